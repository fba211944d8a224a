//! Customers and their phones.

use async_trait::async_trait;
use shopbell_domain::{
    consent::{Consent, Sharing, Told},
    id::{CustomerId, PhoneId},
    identity::Identifier,
    ports::{Customers, PhoneOutcome, StoreError},
    profile::Customer,
    redacted::Redacted,
    time::Timestamp,
};

use super::{consents::decided_by_file, events::mark_stale};
use crate::{
    draft::Draft,
    engine::{Ground, read, read_sealed},
    key::Key,
    locks::Subject,
    record::{OwnerRecord, PhoneRecord},
    refusals,
    store::EmbeddedStore,
};

#[async_trait]
impl Customers for EmbeddedStore {
    async fn customer(&self, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
        read(self.ground(), &Key::Customer { customer: self.keys().customer(id) })
    }

    async fn put_customer(&self, id: &CustomerId, name: Redacted<String>) -> Result<(), StoreError> {
        let new = Customer {
            id: id.clone(),
            name: Redacted::default(),
            consent: Consent::default(),
            help_since: None,
            consented_since: Timestamp::EPOCH,
        };
        self.write([Subject::Customer(id.as_str())], move |draft| {
            let former = read_customer(draft, &new.id)?;
            if former.is_none() {
                look_back(draft, &new.id)?;
            }
            put_customer(draft, &Customer { name, ..former.unwrap_or(new) })
        })
        .await
    }

    async fn set_sharing(
        &self,
        id: &CustomerId,
        sharing: Sharing,
        now: Timestamp,
    ) -> Result<Customer, StoreError> {
        self.decide_with(id, move |consent| decided_by_file(consent, sharing), Told::file(), now).await
    }

    async fn set_help(&self, id: &CustomerId, since: Option<Timestamp>) -> Result<Customer, StoreError> {
        self.change(id, move |customer| Customer { help_since: since, ..customer }).await
    }

    async fn end_help(&self, id: &CustomerId, since: Timestamp) -> Result<(), StoreError> {
        let ended = move |customer: Customer| {
            let help_since = customer.help_since.filter(|asked| *asked != since);
            Customer { help_since, ..customer }
        };
        self.change(id, ended).await.map(drop)
    }

    async fn put_phone(&self, phone: PhoneId, customer: &CustomerId) -> Result<PhoneOutcome, StoreError> {
        let subjects = [Subject::Phone(phone.0), Subject::Customer(customer.as_str())];
        let customer = customer.clone();
        self.write(subjects, move |draft| {
            if read_customer(draft, &customer)?.is_none() {
                return Err(StoreError::NotFound("customer"));
            }
            register(draft, phone, customer).map(|registered| match registered {
                Registered::Now | Registered::Before => PhoneOutcome::Registered,
                Registered::Taken => PhoneOutcome::Taken,
            })
        })
        .await
    }

    async fn phone_owner(&self, phone: PhoneId) -> Result<Option<CustomerId>, StoreError> {
        let (ground, key) = (self.ground(), Key::Phone { phone: self.keys().phone(phone) });
        let Some(record) = read::<PhoneRecord>(ground, &key)?.filter(|record| !record.revoked) else {
            return Ok(None);
        };
        Ok(owner(ground, &key, &record)?.map(|owner| owner.customer))
    }

    async fn revoke_phone(&self, phone: PhoneId) -> Result<(), StoreError> {
        self.write([Subject::Phone(phone.0)], move |draft| {
            let key = Key::Phone { phone: draft.keys().phone(phone) };
            match draft.read::<PhoneRecord>(&key)? {
                Some(record) => {
                    let refusal = (!record.revoked).then(|| refusals::revoked(draft.keys(), phone));
                    draft.refuse(refusal);
                    draft.put(&key, &PhoneRecord { revoked: true, ..record })
                }
                None => Err(StoreError::NotFound("phone")),
            }
        })
        .await
    }
}

impl EmbeddedStore {
    async fn change(
        &self,
        id: &CustomerId,
        change: impl FnOnce(Customer) -> Customer + Send + 'static,
    ) -> Result<Customer, StoreError> {
        let number = id.clone();
        self.write([Subject::Customer(id.as_str())], move |draft| {
            let former = read_customer(draft, &number)?.ok_or(StoreError::NotFound("customer"))?;
            let customer = change(former);
            put_customer(draft, &customer)?;
            Ok(customer)
        })
        .await
    }
}

/// The customer as it will be after the commit.
pub(super) fn read_customer(draft: &Draft<'_>, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
    draft.read(&Key::Customer { customer: draft.keys().customer(id) })
}

/// Of who becomes a customer something may have been told before, such as that the browser asks for privacy: it is to be
/// looked at anew.
pub(super) fn look_back(draft: &mut Draft<'_>, id: &CustomerId) -> Result<(), StoreError> {
    let identifier = draft.keys().customer(id);
    if draft.holds(&Key::Found { identifier })? { mark_stale(draft, Identifier::from(id)) } else { Ok(()) }
}

/// Writes a customer.
pub(crate) fn put_customer(draft: &mut Draft<'_>, customer: &Customer) -> Result<(), StoreError> {
    let mark = draft.keys().customer(&customer.id);
    draft.seal(&Key::Customer { customer: mark }, mark, customer)
}

/// Whose a phone is; `None` when nobody can tell any more.
pub(crate) fn owner(
    ground: Ground<'_>,
    key: &Key,
    record: &PhoneRecord,
) -> Result<Option<OwnerRecord>, StoreError> {
    match &record.owner {
        Some(owner) => read_sealed(ground, key, owner),
        None => Ok(None),
    }
}

/// Writes the index of whose a phone is.
pub(crate) fn put_phone_of(draft: &mut Draft<'_>, owner: &OwnerRecord) -> Result<(), StoreError> {
    let customer = draft.keys().customer(&owner.customer);
    let phone = draft.keys().phone(owner.phone);
    draft.seal(&Key::PhoneOf { customer, phone }, customer, owner)
}

/// What became of a phone number.
pub(super) enum Registered {
    Now,
    Before,
    Taken,
}

/// Gives a phone number to a customer unless it was ever given to another or revoked.
pub(super) fn register(
    draft: &mut Draft<'_>,
    phone: PhoneId,
    customer: CustomerId,
) -> Result<Registered, StoreError> {
    let key = Key::Phone { phone: draft.keys().phone(phone) };
    match draft.read::<PhoneRecord>(&key)? {
        None => {
            let by = draft.keys().customer(&customer);
            let owner = OwnerRecord { phone, customer };
            put_phone_of(draft, &owner)?;
            let owner = draft.sealed(&key, by, &owner)?;
            draft.put(&key, &PhoneRecord { revoked: false, owner: Some(owner) })?;
            Ok(Registered::Now)
        }
        Some(record) if !record.revoked => {
            let owner = owner(draft.committed(), &key, &record)?;
            let same = owner.is_some_and(|owner| owner.customer == customer);
            Ok(if same { Registered::Before } else { Registered::Taken })
        }
        Some(_) => Ok(Registered::Taken),
    }
}
