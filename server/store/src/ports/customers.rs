//! Customers and their phones.

use async_trait::async_trait;
use shopbell_domain::{
    consent::{Consent, Decision, Sharing, Told},
    id::{CustomerId, PhoneId},
    ports::{Customers, PhoneOutcome, StoreError},
    profile::Customer,
    redacted::Redacted,
    time::Timestamp,
};

use crate::{
    draft::Draft, engine::read, key::Key, locks::Subject, record::PhoneRecord, store::EmbeddedStore,
};

#[async_trait]
impl Customers for EmbeddedStore {
    async fn customer(&self, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
        read(self.engine(), &Key::Customer { id: id.clone() })
    }

    async fn put_customer(&self, id: &CustomerId, name: Redacted<String>) -> Result<(), StoreError> {
        let key = Key::Customer { id: id.clone() };
        let new = Customer {
            id: id.clone(),
            name: Redacted::default(),
            consent: Consent::default(),
            help_since: None,
            consented_since: Timestamp::EPOCH,
        };
        self.write([Subject::Customer(id.as_str())], move |draft| {
            let former = draft.read::<Customer>(&key)?.unwrap_or(new);
            draft.put(&key, &Customer { name, ..former })
        })
        .await
    }

    async fn set_sharing(
        &self,
        id: &CustomerId,
        sharing: Sharing,
        now: Timestamp,
    ) -> Result<Customer, StoreError> {
        let decide = move |consent: Consent| {
            let Sharing { level, greet_by_name, alone_until } = sharing;
            let (level, greet_by_name) = (Some(level), Some(greet_by_name));
            let decision = Decision { level, greet_by_name, alone_until, ..Decision::default() };
            // Other than a decision, this also takes back "leave me alone".
            let Sharing { alone_until, .. } = sharing;
            let after = decision.after(consent);
            (decision, Consent { sharing: Sharing { alone_until, ..after.sharing }, ..after })
        };
        self.decide_with(id, decide, Told::file(), now).await
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
            if !draft.holds(&Key::Customer { id: customer.clone() })? {
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
        let record = read::<PhoneRecord>(self.engine(), &Key::Phone { phone })?;
        Ok(record.filter(|record| !record.revoked).map(|record| record.customer))
    }

    async fn revoke_phone(&self, phone: PhoneId) -> Result<(), StoreError> {
        let key = Key::Phone { phone };
        self.write([Subject::Phone(phone.0)], move |draft| match draft.read::<PhoneRecord>(&key)? {
            Some(record) => draft.put(&key, &PhoneRecord { revoked: true, ..record }),
            None => Err(StoreError::NotFound("phone")),
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
        let key = Key::Customer { id: id.clone() };
        self.write([Subject::Customer(id.as_str())], move |draft| {
            let former = draft.read::<Customer>(&key)?.ok_or(StoreError::NotFound("customer"))?;
            let customer = change(former);
            draft.put(&key, &customer)?;
            Ok(customer)
        })
        .await
    }
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
    let key = Key::Phone { phone };
    match draft.read::<PhoneRecord>(&key)? {
        None => {
            draft.put(&key, &PhoneRecord { customer, revoked: false })?;
            Ok(Registered::Now)
        }
        Some(record) if record.customer == customer && !record.revoked => Ok(Registered::Before),
        Some(_) => Ok(Registered::Taken),
    }
}
