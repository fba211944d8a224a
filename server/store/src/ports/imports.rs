//! Many changes in one durable write.
//!
//! Profiles are read once, folded in memory and written once a commit, whatever number of changes they get. A commit
//! is made when the writes grow large, always between two changes: each change is whole.

use std::collections::HashMap;

use async_trait::async_trait;
use shopbell_domain::{
    consent::{Consent, Decision, Proof, Told},
    id::CustomerId,
    identity::Identifier,
    ports::{Applied, Change, Imports, SharingTold, StoreError},
    profile::{Customer, Order, Profile},
    redacted::Redacted,
    time::Timestamp,
};

use super::{
    catalogue::put_product,
    consents::{decided_by_file, prove},
    customers::{Registered, put_customer, read_customer, register},
    events::mark_stale,
};
use crate::{
    draft::Draft,
    engine::Ground,
    fold::{self, Folded},
    key::Key,
    locks::Subject,
    record::{ProfileRecord, Public, StockRecord},
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
        | Change::Size { customer, .. } => vec![of(customer)],
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

/// One commit in the making, with the profiles that it touches.
struct Plan<'a> {
    draft: Draft<'a>,
    profiles: HashMap<CustomerId, Touched>,
    profile_bytes: usize,
}

struct Touched {
    record: ProfileRecord,
    changed: bool,
}

impl<'a> Plan<'a> {
    fn new(ground: Ground<'a>) -> Self {
        Self { draft: Draft::new(ground), profiles: HashMap::new(), profile_bytes: 0 }
    }

    fn bytes(&self) -> usize {
        self.draft.bytes() + self.profile_bytes
    }

    fn commit(mut self) -> Result<(), StoreError> {
        for (customer, touched) in self.profiles {
            if touched.changed {
                let mark = self.draft.keys().customer(&customer);
                if self.draft.holds(&Key::View { customer: mark })? {
                    mark_stale(&mut self.draft, Identifier::from(&customer))?;
                }
                self.draft.seal(&Key::Profile { customer: mark }, mark, &touched.record)?;
            }
        }
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
            Change::Order { customer, order } => self.order(&customer, order),
            Change::Wish { customer, item } => self.fold(&customer, |record| fold::wish(record, item)),
            Change::Cart { customer, at, items } => {
                self.fold(&customer, |record| fold::cart(record, at, items))
            }
            Change::View { customer, item } => self.fold(&customer, |record| fold::view(record, item)),
            Change::Size { customer, size } => self.fold(&customer, |record| fold::size(record, size)),
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

    fn order(&mut self, customer: &CustomerId, order: Order) -> Result<Applied, StoreError> {
        let (mark, number) = (self.draft.keys().customer(customer), self.draft.keys().order(&order.id));
        let key = Key::Order { customer: mark, order: number };
        if self.draft.holds(&key)? {
            return Ok(Applied::Known);
        }
        if !self.knows(customer)? {
            return Ok(Applied::UnknownCustomer);
        }
        self.draft.seal_new(&key, mark, &order)?;
        self.fold(customer, |record| fold::order(record, order))
    }

    fn fold(
        &mut self,
        customer: &CustomerId,
        fold: impl FnOnce(&mut ProfileRecord) -> Folded,
    ) -> Result<Applied, StoreError> {
        if !self.profiles.contains_key(customer) {
            if !self.knows(customer)? {
                return Ok(Applied::UnknownCustomer);
            }
            let key = Key::Profile { customer: self.draft.keys().customer(customer) };
            let record = self.draft.read::<ProfileRecord>(&key)?.unwrap_or_default();
            self.profile_bytes += estimate(&record.profile);
            self.profiles.insert(customer.clone(), Touched { record, changed: false });
        }
        let Some(touched) = self.profiles.get_mut(customer) else { return Ok(Applied::UnknownCustomer) };
        match fold(&mut touched.record) {
            Folded::Same => Ok(Applied::Known),
            Folded::Changed => {
                touched.changed = true;
                self.profile_bytes += CHANGE_BYTES;
                Ok(Applied::New)
            }
        }
    }

    fn knows(&self, customer: &CustomerId) -> Result<bool, StoreError> {
        Ok(self.profiles.contains_key(customer)
            || self.draft.holds(&Key::Customer { customer: self.draft.keys().customer(customer) })?)
    }
}

/// What a change may add to a profile, about.
const CHANGE_BYTES: usize = 256;

/// Bytes that a profile takes, about: only to cut commits.
fn estimate(profile: &Profile) -> usize {
    let items = profile.wish_list.len() + profile.cart.len() + profile.viewed.len() + profile.sizes.len();
    let lines: usize = profile.orders.iter().map(|order| 2 + order.lines.len()).sum();
    64 * (profile.bought.len() + items) + 32 * lines
}
