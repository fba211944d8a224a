//! A file tells what customers shared when it was written; what they decided since then counts more.

use std::collections::HashSet;

use shopbell_domain::{
    consent::Sharing,
    id::CustomerId,
    ports::{Change, Store, StoreError},
};

/// What happens to the sharing of customers that are in the store already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StoredSharing {
    /// It stays: an old file never brings back what a customer took away.
    #[default]
    Keep,
    /// The file's level and greeting take its place; "leave me alone" stays.
    Replace,
}

/// Decides on the sharing of each customer line.
pub(super) struct Decided {
    policy: StoredSharing,
    in_batch: HashSet<CustomerId>,
    kept: u64,
}

impl Decided {
    pub(super) fn new(policy: StoredSharing) -> Self {
        Self { policy, in_batch: HashSet::new(), kept: 0 }
    }

    /// Customers of the former batch are in the store now.
    pub(super) fn begin_batch(&mut self) {
        self.in_batch.clear();
    }

    /// Customers whose stored sharing differs from the file's and stayed.
    pub(super) const fn kept(&self) -> u64 {
        self.kept
    }

    /// The change as it may be applied.
    pub(super) async fn settle(&mut self, store: &dyn Store, change: Change) -> Result<Change, StoreError> {
        let Change::Customer { id, name, sharing: Some(told) } = change else { return Ok(change) };
        let again = !self.in_batch.insert(id.clone());
        let stored = store.customer(&id).await?.map(|customer| customer.sharing);
        let sharing = match (self.policy, stored) {
            (StoredSharing::Keep, None) if !again => Some(told),
            (StoredSharing::Keep, None) => None,
            (StoredSharing::Keep, Some(stored)) => {
                let same = (stored.level, stored.greet_by_name) == (told.level, told.greet_by_name);
                self.kept += u64::from(!same);
                None
            }
            (StoredSharing::Replace, stored) => {
                Some(Sharing { alone_until: stored.and_then(|stored| stored.alone_until), ..told })
            }
        };
        Ok(Change::Customer { id, name, sharing })
    }
}
