//! Who may read, change and write back what: one writer at a time for each customer, phone, shop, agent or product.
//!
//! A fixed number of locks is shared by all subjects. Whoever needs several takes them in ascending order, so that
//! nobody waits in a circle.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Two subjects share a lock with a chance of one in this.
const LOCKS: u32 = 256;

/// What a change reads first and writes then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    Agent(&'a str),
    Customer(&'a str),
    Inbox,
    Phone(u64),
    Product(&'a str),
    Regulations,
    Shop(&'a str),
    Sku(&'a str),
}

impl Subject<'_> {
    fn index(self) -> u32 {
        let hash = match self {
            Self::Agent(id) => hash(b'a', id.as_bytes()),
            Self::Customer(id) => hash(b'c', id.as_bytes()),
            Self::Inbox => hash(b'i', &[]),
            Self::Phone(id) => hash(b'f', &id.to_be_bytes()),
            Self::Product(id) => hash(b'p', id.as_bytes()),
            Self::Regulations => hash(b'r', &[]),
            Self::Shop(id) => hash(b's', id.as_bytes()),
            Self::Sku(number) => hash(b'k', number.as_bytes()),
        };
        hash % LOCKS
    }
}

fn hash(kind: u8, id: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(id);
    hasher.finalize()
}

/// All locks of a store.
#[derive(Debug)]
pub(crate) struct Locks(Vec<Arc<Mutex<()>>>);

/// Subjects that are held until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    _guards: Vec<OwnedMutexGuard<()>>,
}

impl Locks {
    /// All free.
    pub(crate) fn new() -> Self {
        Self((0..LOCKS).map(|_| Arc::default()).collect())
    }

    /// Waits until nobody else holds any of the subjects.
    pub(crate) async fn hold(&self, subjects: impl IntoIterator<Item = Subject<'_>>) -> Held {
        let wanted: BTreeSet<u32> = subjects.into_iter().map(Subject::index).collect();
        let mut guards = Vec::with_capacity(wanted.len());
        for index in wanted {
            if let Some(lock) = self.0.get(index as usize) {
                guards.push(Arc::clone(lock).lock_owned().await);
            }
        }
        Held { _guards: guards }
    }
}
