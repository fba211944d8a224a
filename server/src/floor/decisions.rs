//! What customers decide, from the moment they say so: also while it is on its way to the disk, and when the disk
//! refuses it.
//!
//! A decision that takes something away holds at once. It is noted here before it is written, and every reader of
//! consent comes by [`Decisions::customer`] and [`Decisions::phone_owner`]: what is stored, less what the notes take
//! away, less what the retailer withholds. A note goes when it was written; when a later decision that was written says
//! the same thing otherwise, that thing goes from it; and with the process. One that the disk refused is written later
//! (`deciding`). Never here: anything that allows more than
//! the store does.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::{
    consent::{Consent, Decision, Field, Set, Told},
    id::{CustomerId, PhoneId},
    ports::{Store, StoreError},
    profile::Customer,
    time::Timestamp,
};
use tokio::sync::{Notify, RwLock};

/// Names one decision; a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecisionId(u64);

/// What a decision still needs to be written.
#[derive(Debug, Clone)]
pub(super) struct Unwritten {
    /// What was told of it.
    pub(super) told: Told,
    /// When it was made.
    pub(super) at: Timestamp,
}

/// A decision that holds, and that the disk may not have.
struct Note {
    id: DecisionId,
    decision: Decision,
    /// Once the disk has refused it.
    unwritten: Option<Unwritten>,
}

#[derive(Default)]
struct Pending {
    decisions: u64,
    noted: HashMap<CustomerId, Vec<Note>>,
    revoked: HashSet<PhoneId>,
    /// Those of them that the disk refused.
    unrevoked: HashSet<PhoneId>,
}

/// Reads consent as it holds now. One for the whole server.
pub struct Decisions {
    store: Arc<dyn Store>,
    withheld: Set<Field>,
    pending: Mutex<Pending>,
    /// Rung when the disk refused.
    bell: Notify,
    /// Held by all who decide; by one alone while something old is written, so that it does not undo what is newer.
    order: RwLock<()>,
}

impl std::fmt::Debug for Decisions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decisions")
    }
}

impl Decisions {
    /// Nothing is on its way yet. Fields that are `withheld` nobody reads, whatever customers allow.
    pub fn new(store: Arc<dyn Store>, withheld: Set<Field>) -> Self {
        Self { store, withheld, pending: Mutex::default(), bell: Notify::new(), order: RwLock::new(()) }
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
            for note in self.pending().noted.get(id).into_iter().flatten() {
                customer.consent = note.decision.narrow(customer.consent);
            }
        }
        Ok(customer)
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

    /// From now on what the decision takes away is gone, until [`Decisions::written`]. One that the disk refused and that is
    /// made again is the same.
    pub fn decided(&self, customer: &CustomerId, decision: Decision) -> DecisionId {
        let mut pending = self.pending();
        let again = |note: &&Note| note.unwritten.is_some() && note.decision == decision;
        if let Some(note) = pending.noted.get(customer).into_iter().flatten().find(again) {
            return note.id;
        }
        pending.decisions += 1;
        let id = DecisionId(pending.decisions);
        pending.noted.entry(customer.clone()).or_default().push(Note { id, decision, unwritten: None });
        id
    }

    /// The decision is on disk: it is settled, and what earlier ones said of the same things.
    pub fn written(&self, customer: &CustomerId, decision: DecisionId) {
        let mut pending = self.pending();
        let Some(noted) = pending.noted.get_mut(customer) else { return };
        let Some(written) = noted.iter().find(|note| note.id == decision).map(|note| note.decision) else {
            return;
        };
        noted.retain(|note| note.id != decision);
        for earlier in noted.iter_mut().filter(|note| note.id < decision) {
            earlier.decision = earlier.decision.but_for(&written);
        }
        noted.retain(|note| !note.decision.is_empty());
        if noted.is_empty() {
            pending.noted.remove(customer);
        }
    }

    /// The disk refused the decision: what it takes away is to be written later.
    pub(super) fn refused(&self, customer: &CustomerId, decision: DecisionId, unwritten: &Unwritten) {
        let mut pending = self.pending();
        let noted = pending.noted.get_mut(customer).into_iter().flatten();
        for note in noted.filter(|note| note.id == decision) {
            note.unwritten.get_or_insert(unwritten.clone());
        }
        drop(pending);
        self.bell.notify_one();
    }

    /// All that the disk refused and that still holds, in the order in which it was decided.
    pub(super) fn refused_ones(&self) -> Vec<(CustomerId, DecisionId)> {
        let pending = self.pending();
        let mut all: Vec<_> = pending
            .noted
            .iter()
            .flat_map(|(customer, noted)| noted.iter().map(move |note| (customer, note)))
            .filter(|(_, note)| note.unwritten.is_some())
            .map(|(customer, note)| (customer.clone(), note.id))
            .collect();
        all.sort_by_key(|(_, id)| *id);
        all
    }

    /// What is left to be written of a decision that the disk refused.
    pub(super) fn refused_one(&self, customer: &CustomerId, id: DecisionId) -> Option<(Decision, Unwritten)> {
        let pending = self.pending();
        let note = pending.noted.get(customer)?.iter().find(|note| note.id == id)?;
        Some((note.decision, note.unwritten.clone()?))
    }

    /// Who decides, and who writes what is old.
    pub(super) const fn order(&self) -> &RwLock<()> {
        &self.order
    }

    /// Phones whose end the disk refused.
    pub(super) fn refused_phones(&self) -> Vec<PhoneId> {
        self.pending().unrevoked.iter().copied().collect()
    }

    /// How much of what the disk refused still holds.
    pub(super) fn unwritten(&self) -> usize {
        let pending = self.pending();
        let notes = pending.noted.values().flatten().filter(|note| note.unwritten.is_some());
        notes.count() + pending.unrevoked.len()
    }

    /// Rung when the disk refused something.
    pub(super) const fn bell(&self) -> &Notify {
        &self.bell
    }

    /// From now on nothing that the phone shows counts.
    pub fn revoked(&self, phone: PhoneId) {
        self.pending().revoked.insert(phone);
    }

    /// The end of the phone is on disk.
    pub fn revocation_written(&self, phone: PhoneId) {
        let mut pending = self.pending();
        pending.revoked.remove(&phone);
        pending.unrevoked.remove(&phone);
    }

    /// The disk refused the end of the phone: it holds, and is to be written later.
    pub fn revocation_refused(&self, phone: PhoneId) {
        self.pending().unrevoked.insert(phone);
        self.bell.notify_one();
    }
}
