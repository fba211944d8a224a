//! What customers decide, from the moment they say so: also while it is on its way to the disk, and when the disk
//! refuses it.
//!
//! A decision that takes something away holds at once. It is noted here before it is written, and every reader of
//! consent comes by [`Decisions::customer`] and [`Decisions::phone_owner`]: what is stored, less what is noted. A note
//! goes when a later write of the same kind succeeded, or with the process. Never here: anything that allows more than
//! the store does.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::{
    consent::Sharing,
    id::{CustomerId, PhoneId},
    ports::{Store, StoreError},
    profile::Customer,
};

/// Names one decision; a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecisionId(u64);

#[derive(Default)]
struct Pending {
    decisions: u64,
    sharing: HashMap<CustomerId, Vec<(DecisionId, Sharing)>>,
    revoked: HashSet<PhoneId>,
}

/// Reads consent as it holds now. One for the whole server.
pub struct Decisions {
    store: Arc<dyn Store>,
    pending: Mutex<Pending>,
}

impl std::fmt::Debug for Decisions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decisions")
    }
}

impl Decisions {
    /// Nothing is on its way yet.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, pending: Mutex::new(Pending::default()) }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The customer with no more shared than every decision allows.
    pub async fn customer(&self, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
        let mut customer = self.store.customer(id).await?;
        if let Some(customer) = &mut customer {
            for (_, sharing) in self.pending().sharing.get(id).into_iter().flatten() {
                customer.sharing = customer.sharing.at_most(sharing);
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

    /// From now on no more is shared than `sharing` says, until [`Decisions::written`].
    pub fn decided(&self, customer: &CustomerId, sharing: Sharing) -> DecisionId {
        let mut pending = self.pending();
        pending.decisions += 1;
        let id = DecisionId(pending.decisions);
        pending.sharing.entry(customer.clone()).or_default().push((id, sharing));
        id
    }

    /// The decision is on disk: it and those before it are settled.
    pub fn written(&self, customer: &CustomerId, decision: DecisionId) {
        let mut pending = self.pending();
        if let Some(decisions) = pending.sharing.get_mut(customer) {
            decisions.retain(|(id, _)| *id > decision);
            if decisions.is_empty() {
                pending.sharing.remove(customer);
            }
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
