//! The store as its callers hold it: opening, and the two ways in which everything runs.

use std::{fmt, path::Path, sync::Arc};

use shopbell_domain::ports::StoreError;
use shopbell_durable::{Options, Stats};
use shopbell_vault::Vault;
use tokio::sync::RwLock;

use crate::{
    draft::Draft,
    engine::{Engine, Ground, Memory},
    inbox::Admission,
    keys::Keys,
    locks::{Held, Locks, Subject},
    log::Log,
    opening::{self, OpenError},
};

/// A store; clones share it. The last one to go closes it.
#[derive(Clone)]
pub struct EmbeddedStore {
    inner: Arc<Inner>,
}

struct Inner {
    kind: Kind,
    keys: Keys,
    locks: Locks,
    inbox: Arc<Admission>,
    log: Arc<Log>,
    /// Held by all who write; by one alone while somebody is forgotten, so that no mark of a life that ends is written.
    writing: Arc<RwLock<()>>,
}

pub(crate) enum Kind {
    Durable(shopbell_durable::Store),
    Memory(Memory),
}

impl Inner {
    fn ground(&self) -> Ground<'_> {
        let engine: &dyn Engine = match &self.kind {
            Kind::Durable(store) => store,
            Kind::Memory(memory) => memory,
        };
        Ground::new(engine, &self.keys)
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.inner.kind {
            Kind::Durable(store) => return f.debug_tuple("EmbeddedStore").field(store).finish(),
            Kind::Memory(_) => "memory",
        };
        f.debug_tuple("EmbeddedStore").field(&kind).finish()
    }
}

impl EmbeddedStore {
    /// Opens the store in `dir`, which is made when it is missing. Reads the disk and blocks. What is personal in it can be
    /// read with this vault's keys only: a store belongs to one vault for ever.
    pub fn open(dir: impl AsRef<Path>, options: Options, vault: Vault) -> Result<Self, OpenError> {
        let dir = dir.as_ref();
        let store = shopbell_durable::Store::open(dir, options)?;
        let keys = Keys::of(vault);
        opening::prepare(&store, Ground::new(&store, &keys), dir)?;
        Ok(Self::of(Kind::Durable(store), keys))
    }

    /// An empty store that is gone with its last handle.
    pub fn in_memory() -> Self {
        Self::of(Kind::Memory(Memory::default()), Keys::in_memory())
    }

    /// Why no writes are taken now, if so: for health checks. The message names the way out. A full disk shows as soon
    /// as it is asked, and so does its new room.
    pub fn write_failure(&self) -> Option<String> {
        let obstacle = match &self.inner.kind {
            Kind::Durable(store) => store.check_writable().err().map(|obstacle| obstacle.to_string()),
            Kind::Memory(_) => None,
        };
        obstacle.or_else(|| self.inner.keys.failure())
    }

    /// What was written since opening; zero in memory.
    pub fn stats(&self) -> Stats {
        match &self.inner.kind {
            Kind::Durable(store) => store.stats(),
            Kind::Memory(_) => Stats::default(),
        }
    }

    fn of(kind: Kind, keys: Keys) -> Self {
        Self {
            inner: Arc::new(Inner {
                kind,
                keys,
                locks: Locks::new(),
                inbox: Arc::default(),
                log: Arc::default(),
                writing: Arc::default(),
            }),
        }
    }

    /// Disk or memory.
    pub(crate) fn kind(&self) -> &Kind {
        &self.inner.kind
    }

    /// What only memory knows of the inbox.
    pub(crate) fn admission(&self) -> &Arc<Admission> {
        &self.inner.inbox
    }

    /// What only memory knows of the log of showings.
    pub(crate) fn log_order(&self) -> Arc<Log> {
        Arc::clone(&self.inner.log)
    }

    /// For point reads only.
    pub(crate) fn ground(&self) -> Ground<'_> {
        self.inner.ground()
    }

    /// Marks of people, and keys.
    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Runs a read that may take long on a blocking thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Ground<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || read(inner.ground())).await
    }

    /// Lets `change` fill a draft while nobody else holds the subjects, and commits it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        subjects: impl IntoIterator<Item = Subject<'_>>,
        change: impl FnOnce(&mut Draft<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_many(subjects, move |ground| {
            let mut draft = Draft::new(ground);
            let answer = change(&mut draft)?;
            draft.commit()?;
            Ok(answer)
        })
        .await
    }

    /// Lets `change` make commits of its own while nobody else writes anything.
    pub(crate) async fn write_alone<T: Send + 'static>(
        &self,
        change: impl FnOnce(Ground<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let alone = Arc::clone(&self.inner.writing).write_owned().await;
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let answer = change(inner.ground());
            drop(alone);
            answer
        })
        .await
    }

    /// Waits until nobody else holds the subjects: for what takes several writes.
    pub(crate) async fn hold(&self, subjects: impl IntoIterator<Item = Subject<'_>>) -> Held {
        self.inner.locks.hold(subjects).await
    }

    /// Lets `change` make commits of its own while nobody else holds the subjects.
    pub(crate) async fn write_many<T: Send + 'static>(
        &self,
        subjects: impl IntoIterator<Item = Subject<'_>>,
        change: impl FnOnce(Ground<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let held = self.inner.locks.hold(subjects).await;
        let writing = Arc::clone(&self.inner.writing).read_owned().await;
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let answer = change(inner.ground());
            drop((held, writing));
            answer
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(StoreError::Unavailable(format!("the store's thread ended: {error}"))))
}
