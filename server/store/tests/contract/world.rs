//! The implementations, and what all contracts ask of them.

use shopbell_domain::{
    id::{CustomerId, StoreId},
    time::Timestamp,
};
use shopbell_store::{EmbeddedStore, Options};

use crate::support::vault;

/// Opens the same store again each time; what was written must still be there.
pub(crate) trait World {
    fn open(&mut self) -> EmbeddedStore;
}

pub(crate) struct InMemory(pub(crate) EmbeddedStore);

impl World for InMemory {
    fn open(&mut self) -> EmbeddedStore {
        self.0.clone()
    }
}

pub(crate) struct OnDisk(pub(crate) tempfile::TempDir);

impl World for OnDisk {
    fn open(&mut self) -> EmbeddedStore {
        let vault = vault(&self.0.path().join("vault"));
        EmbeddedStore::open(self.0.path().join("store"), Options::default(), vault).unwrap()
    }
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn customer(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

pub(crate) fn lyon() -> StoreId {
    StoreId::new("lyon").unwrap()
}

/// `check` has nothing to say.
pub(crate) async fn is_whole(store: &EmbeddedStore) {
    assert_eq!(store.check(|_| ()).await.unwrap().problems, []);
}

/// Makes a test of each case on each implementation.
macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod in_memory {
            use shopbell_store::EmbeddedStore;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(&mut crate::world::InMemory(EmbeddedStore::in_memory())).await;
            })*
        }
        mod on_disk {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(&mut crate::world::OnDisk(tempfile::tempdir().unwrap())).await;
            })*
        }
    };
}
