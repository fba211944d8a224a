//! What customers decide, from the moment they say so: also while it is on its way to the disk, and when the disk
//! refuses it.
//!
//! A decision that takes something away holds at once. It is noted here before it is written, and every reader of
//! consent comes by [`Decisions::customer`] and [`Decisions::phone_owner`]: what is stored, less what the notes take
//! away, less what the retailer withholds. A note goes when it was written; when a later decision that was written says
//! the same thing otherwise, that thing goes from it; and with the process. Never here: anything that allows more than
//! the store does.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::{
    consent::{Consent, Decision, Field, PrivacySignal, Set, Told},
    id::{CustomerId, PhoneId},
    ports::{Store, StoreError},
    profile::Customer,
    time::Timestamp,
};

/// Names one decision; a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecisionId(u64);

#[derive(Default)]
struct Pending {
    decisions: u64,
    noted: HashMap<CustomerId, Vec<(DecisionId, Decision)>>,
    revoked: HashSet<PhoneId>,
}

/// Reads consent as it holds now. One for the whole server.
pub struct Decisions {
    store: Arc<dyn Store>,
    withheld: Set<Field>,
    pending: Mutex<Pending>,
}

impl std::fmt::Debug for Decisions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decisions")
    }
}

impl Decisions {
    /// Nothing is on its way yet. Fields that are `withheld` nobody reads, whatever customers allow.
    pub fn new(store: Arc<dyn Store>, withheld: Set<Field>) -> Self {
        Self { store, withheld, pending: Mutex::new(Pending::default()) }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The customer with no more allowed than every decision leaves, and the retailer.
    pub async fn customer(&self, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
        let said = self.said(id).await?;
        Ok(said.map(|customer| Customer { consent: self.withhold(customer.consent), ..customer }))
    }

    /// A consent without what the retailer withholds.
    pub fn withhold(&self, consent: Consent) -> Consent {
        consent.withholding(self.withheld)
    }

    /// The customer with no more allowed than every decision leaves: for telling the customer what was decided. Whoever
    /// reads anything else asks [`Decisions::customer`].
    pub async fn said(&self, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
        let mut customer = self.store.customer(id).await?;
        if let Some(customer) = &mut customer {
            for (_, decision) in self.pending().noted.get(id).into_iter().flatten() {
                customer.consent = decision.narrow(customer.consent);
            }
        }
        Ok(customer)
    }

    /// Notes with its proof that a browser of the customer asked for privacy. Nothing is written when that is known, when
    /// it was lifted since, and when there is no such customer.
    pub async fn privacy_asked(
        &self,
        id: &CustomerId,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let decision = Decision { privacy: Some(PrivacySignal::Seen(at)), ..Decision::default() };
        let Some(customer) = self.store.customer(id).await? else { return Ok(()) };
        if decision.after(customer.consent) == customer.consent {
            return Ok(());
        }
        match self.store.decide_consent(id, decision, Told::signal(), now).await {
            Ok(_) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whose phone it is; `None` when it is unknown or revoked, or is being revoked.
    pub async fn phone_owner(&self, phone: PhoneId) -> Result<Option<CustomerId>, StoreError> {
        if self.is_revoked(phone) {
            return Ok(None);
        }
        self.store.phone_owner(phone).await
    }

    /// Whether the phone is being revoked.
    pub fn is_revoked(&self, phone: PhoneId) -> bool {
        self.pending().revoked.contains(&phone)
    }

    /// From now on what the decision takes away is gone, until [`Decisions::written`].
    pub fn decided(&self, customer: &CustomerId, decision: Decision) -> DecisionId {
        let mut pending = self.pending();
        pending.decisions += 1;
        let id = DecisionId(pending.decisions);
        pending.noted.entry(customer.clone()).or_default().push((id, decision));
        id
    }

    /// The decision is on disk: it is settled, and what earlier ones said of the same things.
    pub fn written(&self, customer: &CustomerId, decision: DecisionId) {
        let mut pending = self.pending();
        let Some(noted) = pending.noted.get_mut(customer) else { return };
        let Some((_, written)) = noted.iter().find(|(id, _)| *id == decision).copied() else { return };
        noted.retain(|(id, _)| *id != decision);
        for (_, earlier) in noted.iter_mut().filter(|(id, _)| *id < decision) {
            *earlier = earlier.but_for(&written);
        }
        noted.retain(|(_, left)| !left.is_empty());
        if noted.is_empty() {
            pending.noted.remove(customer);
        }
    }

    /// From now on nothing that the phone shows counts.
    pub fn revoked(&self, phone: PhoneId) {
        self.pending().revoked.insert(phone);
    }

    /// The end of the phone is on disk.
    pub fn revocation_written(&self, phone: PhoneId) {
        self.pending().revoked.remove(&phone);
    }
}
