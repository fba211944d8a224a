//! Many changes in one durable write.
//!
//! What customers did becomes events, as [`Event::of_import`] has it, each kept once by its name; views are left to whoever
//! keeps them, so that their customers are stale in the same commit: a history of any length is folded once. A commit is made
//! when the writes grow large, always between two changes: each change is whole.

use std::collections::{HashMap, hash_map::Entry};

use async_trait::async_trait;
use shopbell_domain::{
    consent::{Consent, Decision, Proof, Told},
    event::Event,
    id::CustomerId,
    identity::Identifier,
    ports::{Applied, Change, Imports, SharingTold, StoreError},
    profile::Customer,
    redacted::Redacted,
    time::Timestamp,
};

use super::{
    catalogue::put_product,
    consents::{decided_by_file, prove},
    customers::{Registered, look_back, put_customer, read_customer, register},
    events::{mark_stale, put_new_event},
};
use crate::{
    draft::Draft,
    engine::Ground,
    key::Key,
    locks::Subject,
    record::{IndexRecord, Public, StockRecord},
    store::EmbeddedStore,
};

/// A commit is made from this number of bytes on. The largest change fits between it and the engine's limit.
const COMMIT_BYTES: usize = 1_024 * 1_024;

#[async_trait]
impl Imports for EmbeddedStore {
    async fn apply(&self, changes: Vec<Change>) -> Result<Vec<Applied>, StoreError> {
        let owned: Vec<OwnedSubject> = changes.iter().flat_map(subjects_of).collect();
        let subjects = owned.iter().map(OwnedSubject::borrow);
        self.write_many(subjects, move |ground| apply_all(ground, changes)).await
    }
}

/// A [`Subject`] that outlives the change that it was read from.
enum OwnedSubject {
    Customer(String),
    Phone(u64),
    Product(String),
    Sku(String),
}

impl OwnedSubject {
    fn borrow(&self) -> Subject<'_> {
        match self {
            Self::Customer(id) => Subject::Customer(id),
            Self::Phone(id) => Subject::Phone(*id),
            Self::Product(id) => Subject::Product(id),
            Self::Sku(number) => Subject::Sku(number),
        }
    }
}

fn subjects_of(change: &Change) -> Vec<OwnedSubject> {
    let of = |customer: &CustomerId| OwnedSubject::Customer(customer.as_str().to_owned());
    match change {
        Change::Customer { id, .. } => vec![of(id)],
        Change::Phone { phone, customer } => vec![OwnedSubject::Phone(phone.0), of(customer)],
        Change::Product(product) => {
            let skus = product.variants.iter().flat_map(|variant| &variant.skus);
            let skus = skus.map(|sku| OwnedSubject::Sku(sku.as_str().to_owned()));
            skus.chain([OwnedSubject::Product(product.id.as_str().to_owned())]).collect()
        }
        Change::Stock { product, .. } => vec![OwnedSubject::Product(product.as_str().to_owned())],
        Change::Order { customer, .. }
        | Change::Wish { customer, .. }
        | Change::Cart { customer, .. }
        | Change::View { customer, .. }
        | Change::Size { customer, .. }
        | Change::Service { customer, .. } => vec![of(customer)],
    }
}

fn apply_all(ground: Ground<'_>, changes: Vec<Change>) -> Result<Vec<Applied>, StoreError> {
    let mut answers = Vec::with_capacity(changes.len());
    // All new customers' keys in one group, and not one by one as their phones come.
    let customers = changes.iter().filter_map(|change| match change {
        Change::Customer { id, .. } => Some(ground.keys().customer(id)),
        _ => None,
    });
    ground.keys().obtain(customers)?;
    let mut plan = Plan::new(ground);
    for change in changes {
        if plan.bytes() >= COMMIT_BYTES {
            plan.commit()?;
            plan = Plan::new(ground);
        }
        answers.push(plan.apply(change)?);
    }
    plan.commit()?;
    Ok(answers)
}

/// One commit in the making, with the customers that it knows of.
struct Plan<'a> {
    draft: Draft<'a>,
    /// Whether they are stale by then.
    known: HashMap<CustomerId, bool>,
}

impl<'a> Plan<'a> {
    fn new(ground: Ground<'a>) -> Self {
        Self { draft: Draft::new(ground), known: HashMap::new() }
    }

    fn bytes(&self) -> usize {
        self.draft.bytes()
    }

    fn commit(self) -> Result<(), StoreError> {
        self.draft.commit()
    }

    fn apply(&mut self, change: Change) -> Result<Applied, StoreError> {
        match change {
            Change::Customer { id, name, sharing } => self.customer(id, name, sharing),
            Change::Phone { phone, customer } => self.phone(phone, customer),
            Change::Product(product) => put_product(&mut self.draft, product)
                .map(|new| if new { Applied::New } else { Applied::Known }),
            Change::Stock { store, product, pieces } => {
                self.replace(&Key::Stock { store, product }, &StockRecord(pieces))
            }
            Change::Order { ref customer, .. }
            | Change::Wish { ref customer, .. }
            | Change::Cart { ref customer, .. }
            | Change::View { ref customer, .. }
            | Change::Size { ref customer, .. }
            | Change::Service { ref customer, .. } => self.tell(customer, &change),
        }
    }

    fn customer(
        &mut self,
        id: CustomerId,
        name: Redacted<String>,
        sharing: Option<SharingTold>,
    ) -> Result<Applied, StoreError> {
        let former = read_customer(&self.draft, &id)?;
        let known = former.clone().unwrap_or_else(|| Customer {
            id,
            name: Redacted::default(),
            consent: Consent::default(),
            help_since: None,
            consented_since: Timestamp::EPOCH,
        });
        // A file does not tell when the customer consented. It was before the file was made, so the time known stays,
        // and the earliest one for who is new: what an agent held back until the import counts.
        let (before, since) = (known.consent, known.consented_since);
        let (decision, after) = match sharing {
            Some(told) => decided_by_file(before, told.sharing),
            None => (Decision::default(), before),
        };
        let customer = Customer { name, ..known.decided(after, since) };
        if former.as_ref() == Some(&customer) {
            return Ok(Applied::Known);
        }
        if former.is_none() {
            look_back(&mut self.draft, &customer.id)?;
        }
        put_customer(&mut self.draft, &customer)?;
        if let Some(SharingTold { at, .. }) = sharing {
            let proof = Proof { at, decision, before, after, told: Told::file() };
            prove(&mut self.draft, &customer.id, proof)?;
        }
        Ok(Applied::New)
    }

    fn phone(
        &mut self,
        phone: shopbell_domain::id::PhoneId,
        customer: CustomerId,
    ) -> Result<Applied, StoreError> {
        if !self.knows(&customer)? {
            return Ok(Applied::UnknownCustomer);
        }
        register(&mut self.draft, phone, customer).map(|registered| match registered {
            Registered::Now => Applied::New,
            Registered::Before => Applied::Known,
            Registered::Taken => Applied::PhoneTaken,
        })
    }

    fn replace<R: Public + PartialEq>(&mut self, key: &Key, record: &R) -> Result<Applied, StoreError> {
        if self.draft.read::<R>(key)?.as_ref() == Some(record) {
            return Ok(Applied::Known);
        }
        self.draft.put(key, record)?;
        Ok(Applied::New)
    }

    /// Keeps what a customer did, as far as it was not told before.
    fn tell(&mut self, customer: &CustomerId, change: &Change) -> Result<Applied, StoreError> {
        if !self.knows(customer)? {
            return Ok(Applied::UnknownCustomer);
        }
        let events = Event::of_import(change)
            .map_err(|error| StoreError::Unavailable(format!("an imported fact has no name: {error}")))?;
        let mut applied = Applied::Known;
        for event in &events {
            // As with messages of the inbox, a name is known for ever.
            let seen = Key::Seen { message: self.draft.keys().name(&event.id) };
            if !self.draft.holds(&seen)? {
                self.draft.put_new(&seen, &IndexRecord)?;
                put_new_event(&mut self.draft, event)?;
                applied = Applied::New;
            }
        }
        match self.known.get_mut(customer) {
            Some(stale) if applied == Applied::New && !*stale => {
                *stale = true;
                mark_stale(&mut self.draft, Identifier::from(customer))?;
            }
            _ => {}
        }
        Ok(applied)
    }

    fn knows(&mut self, customer: &CustomerId) -> Result<bool, StoreError> {
        match self.known.entry(customer.clone()) {
            Entry::Occupied(_) => Ok(true),
            Entry::Vacant(entry) => {
                let customer = self.draft.keys().customer(customer);
                let known = self.draft.holds(&Key::Customer { customer })?;
                if known {
                    entry.insert(self.draft.holds(&Key::Stale { identifier: customer })?);
                }
                Ok(known)
            }
        }
    }
}
