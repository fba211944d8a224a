//! A file tells what customers shared when it was written; what they decided since then counts more.

use std::collections::HashSet;

use futures::future::try_join_all;
use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    id::CustomerId,
    ports::{Change, SharingTold, Store, StoreError},
    time::Timestamp,
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

/// What happens to customers and phones that are not in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unknown {
    /// They are new: the file's level counts, and the phone is registered.
    #[default]
    New,
    /// The store may have lost them, and with them what they took away: the customer comes at level 0, the phone is
    /// refused.
    PerhapsLost,
}

/// What is done with a change.
#[derive(Debug)]
pub(super) enum Settled {
    /// It is applied.
    Apply(Change),
    /// It is applied, and the customer's sharing was replaced in another write.
    Replaced(Change),
    /// It is refused, for this reason.
    Refuse(&'static str),
}

const PERHAPS_REVOKED: &str = "phone_id: this store was recovered, and may have lost that the phone was revoked; register \
                               another number, or import with --levels-from-file";

/// Decides on the sharing of each customer line.
pub(super) struct Decided {
    policy: StoredSharing,
    unknown: Unknown,
    now: Timestamp,
    in_batch: HashSet<CustomerId>,
    raised: Vec<(CustomerId, Sharing)>,
    kept: u64,
    closed: u64,
}

impl Decided {
    pub(super) fn new(policy: StoredSharing, unknown: Unknown, now: Timestamp) -> Self {
        Self { policy, unknown, now, in_batch: HashSet::new(), raised: Vec::new(), kept: 0, closed: 0 }
    }

    /// Customers of the former batch are in the store now.
    pub(super) fn begin_batch(&mut self) {
        self.in_batch.clear();
    }

    /// Customers whose stored sharing differs from the file's and stayed.
    pub(super) const fn kept(&self) -> u64 {
        self.kept
    }

    /// Customers who came at level 0, since the store may have lost what they took away.
    pub(super) const fn closed(&self) -> u64 {
        self.closed
    }

    /// The change as it may be applied. Those that raise a known customer wait for [`Decided::raise`].
    pub(super) async fn settle(&mut self, store: &dyn Store, change: Change) -> Result<Settled, StoreError> {
        let (id, name, told) = match change {
            Change::Customer { id, name, sharing: Some(told) } => (id, name, told.sharing),
            Change::Phone { phone, .. } if self.unknown == Unknown::PerhapsLost => {
                let known = store.phone_owner(phone).await?.is_some();
                return Ok(if known { Settled::Apply(change) } else { Settled::Refuse(PERHAPS_REVOKED) });
            }
            other => return Ok(Settled::Apply(other)),
        };
        let again = !self.in_batch.insert(id.clone());
        let stored = store.customer(&id).await?.map(|customer| customer.consent.sharing);
        let sharing = match (self.policy, stored) {
            (StoredSharing::Keep, None) if again => None,
            (StoredSharing::Keep, None) if self.unknown == Unknown::PerhapsLost => {
                self.closed += u64::from(told.level > SharingLevel::Invisible);
                Some(Sharing::default())
            }
            (StoredSharing::Keep, None) => Some(told),
            (StoredSharing::Keep, Some(stored)) => {
                let same = (stored.level, stored.greet_by_name) == (told.level, told.greet_by_name);
                self.kept += u64::from(!same);
                None
            }
            (StoredSharing::Replace, stored) => {
                let told = Sharing { alone_until: stored.and_then(|stored| stored.alone_until), ..told };
                if stored.is_some_and(|stored| stored.level < told.level) {
                    self.raised.push((id.clone(), told));
                    return Ok(Settled::Replaced(Change::Customer { id, name, sharing: None }));
                }
                Some(told)
            }
        };
        let sharing = sharing.map(|sharing| SharingTold { sharing, at: self.now });
        Ok(Settled::Apply(Change::Customer { id, name, sharing }))
    }

    /// Raises those who were known and shared less, as of now: nobody had consented to what was heard in between. All at
    /// once, so that they share the durable writes.
    pub(super) async fn raise(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        let raised = std::mem::take(&mut self.raised);
        try_join_all(raised.iter().map(|(id, sharing)| store.set_sharing(id, *sharing, self.now))).await?;
        Ok(())
    }
}
