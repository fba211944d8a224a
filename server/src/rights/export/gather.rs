//! What sections and tables are made of, read from the ports.

use std::collections::BTreeMap;

use shopbell_domain::{
    consent::Proof,
    event::{Event, Position},
    id::{CustomerId, PhoneId},
    identity::{Evidence, Identifier, port::RetractionRecord},
    inbox::FailedMessage,
    ports::{Look, RecordedPresence, StoreError},
    profile::{Customer, Profile},
    showing::Entry,
    time::Timestamp,
    visit::Visit,
};

use super::super::{failed, service::Rights};
use crate::config::Retention;

/// Whose data, and where they are.
#[derive(Debug, Clone)]
pub(super) struct Data {
    rights: Rights,
    /// `None` of a guest.
    pub(super) customer: Option<CustomerId>,
    pub(super) who: Vec<Identifier>,
}

impl Data {
    pub(super) const fn new(rights: Rights, customer: Option<CustomerId>, who: Vec<Identifier>) -> Self {
        Self { rights, customer, who }
    }

    /// How long each class of data is kept.
    pub(super) fn times(&self) -> Retention {
        self.rights.parts().times
    }

    pub(super) fn now(&self) -> Timestamp {
        self.rights.parts().clock.now()
    }

    /// Whether anything is kept at all.
    pub(super) async fn is_known(&self) -> Result<bool, StoreError> {
        if self.record().await?.is_some() || self.who.len() > 1 {
            return Ok(true);
        }
        Ok(!self.events().await?.is_empty())
    }

    pub(super) async fn record(&self) -> Result<Option<Customer>, StoreError> {
        let Some(customer) = &self.customer else { return Ok(None) };
        self.rights.parts().store.customer(customer).await
    }

    pub(super) async fn consents(&self) -> Result<Vec<Proof>, StoreError> {
        let Some(customer) = &self.customer else { return Ok(Vec::new()) };
        self.rights.parts().consents.history(customer).await
    }

    pub(super) async fn phones(&self) -> Result<Vec<PhoneId>, StoreError> {
        let Some(customer) = &self.customer else { return Ok(Vec::new()) };
        self.rights.parts().kept.phones_of(customer).await
    }

    /// All events of all identifiers, each once, in canonical order.
    pub(super) async fn events(&self) -> Result<Vec<Event>, StoreError> {
        let mut events: BTreeMap<Position, Event> = BTreeMap::new();
        for identifier in &self.who {
            for event in self.rights.parts().events.events_of(identifier).await? {
                events.insert(event.position(), event);
            }
        }
        Ok(events.into_values().collect())
    }

    /// What ties the identifiers together.
    pub(super) async fn evidence(&self) -> Result<Vec<Evidence>, StoreError> {
        let parts = self.rights.parts();
        let mut all: Vec<Evidence> = Vec::new();
        for identifier in &self.who {
            let known = parts.events.known_of(identifier, parts.rules.pairs_per_identifier()).await?;
            // Of others only that there is something: their identifiers are theirs.
            all.extend(
                known
                    .evidence
                    .into_iter()
                    .filter(|one| self.who.contains(&one.a) && self.who.contains(&one.b)),
            );
        }
        all.sort();
        all.dedup();
        Ok(all)
    }

    pub(super) async fn decisions(&self) -> Result<Vec<RetractionRecord>, StoreError> {
        let mut all: Vec<RetractionRecord> = Vec::new();
        for identifier in &self.who {
            for record in self.rights.parts().events.decisions_of(identifier).await? {
                if !all.contains(&record) {
                    all.push(record);
                }
            }
        }
        Ok(all)
    }

    pub(super) async fn profile(&self) -> Result<Profile, StoreError> {
        let Some(customer) = &self.customer else { return Ok(Profile::default()) };
        self.rights.parts().store.profile(customer).await
    }

    pub(super) async fn visits(&self) -> Result<Vec<Visit>, StoreError> {
        let Some(customer) = &self.customer else { return Ok(Vec::new()) };
        self.rights.parts().store.visits_of(customer).await
    }

    pub(super) async fn presences(&self) -> Result<Vec<RecordedPresence>, StoreError> {
        let Some(customer) = &self.customer else { return Ok(Vec::new()) };
        self.rights.parts().kept.presences_of(customer).await
    }

    pub(super) async fn looks(&self) -> Result<Vec<Look>, StoreError> {
        let Some(customer) = &self.customer else { return Ok(Vec::new()) };
        self.rights.looks(customer, usize::MAX).await
    }

    /// What was proposed, and what became of it.
    pub(super) async fn log(&self) -> Result<Vec<Entry>, StoreError> {
        let Some(customer) = &self.customer else { return Ok(Vec::new()) };
        self.rights.parts().store.log_of(customer, Timestamp::EPOCH, usize::MAX).await
    }

    /// Messages that name the person and could not be used.
    pub(super) async fn failed(&self) -> Result<Vec<FailedMessage>, StoreError> {
        failed::messages_naming(self.rights.parts().inbox.as_ref(), &self.who.iter().cloned().collect()).await
    }
}
