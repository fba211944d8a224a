//! The ordered bytes below, the durable store or its twin in memory, and records read from them.
//!
//! Calls block for as long as a disk takes, so they belong on blocking threads; only point reads of small records,
//! which the page cache answers in microseconds, are made on a worker.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::ports::StoreError;
use shopbell_durable::{CommitError, ReadError};

use crate::{
    key::Key,
    keys::Keys,
    record::{self, Personal, Record, Sealed},
};

/// Entries that are read at once.
const PAGE: usize = 256;

/// A key and its value, as bytes.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// One write: a value, or `None` to remove the key.
pub(crate) type Write = (Vec<u8>, Option<Vec<u8>>);

/// An ordered map of bytes with atomic, durable batches.
pub(crate) trait Engine: Send + Sync {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// The first `limit` entries whose keys begin with `prefix`, from `start` (itself included) on.
    fn page(&self, prefix: &[u8], start: &[u8], limit: usize) -> Result<Vec<Entry>, StoreError>;
    /// The last key that begins with `prefix`.
    fn last(&self, prefix: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// Makes the writes, whole or not at all, and returns when they are safe.
    fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError>;
}

impl Engine for shopbell_durable::Store {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Self::get(self, key).map_err(|error| read_failed(&error))
    }

    fn page(&self, prefix: &[u8], start: &[u8], limit: usize) -> Result<Vec<Entry>, StoreError> {
        let entries = self.scan_prefix(prefix, Some(start), limit).map_err(|error| read_failed(&error))?;
        Ok(entries.into_iter().map(|entry| (entry.key, entry.value)).collect())
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let entries = self.scan_prefix_back(prefix, None, 1).map_err(|error| read_failed(&error))?;
        Ok(entries.into_iter().next().map(|entry| entry.key))
    }

    fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let mut batch = shopbell_durable::WriteBatch::new();
        for (key, value) in writes {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            };
        }
        self.commit_blocking(batch).map_err(|error| commit_failed(&error))
    }
}

fn read_failed(error: &ReadError) -> StoreError {
    match error {
        ReadError::Damaged { .. } => StoreError::Damaged(error.to_string()),
        ReadError::Closed { .. } => StoreError::Unavailable(error.to_string()),
    }
}

fn commit_failed(error: &CommitError) -> StoreError {
    match error {
        CommitError::TooLarge { .. } | CommitError::DiskFull { .. } | CommitError::Poisoned { .. } => {
            StoreError::Unavailable(error.to_string())
        }
    }
}

/// The twin in memory: for tests, and for trying things without a disk.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    map: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Memory {
    fn map(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.map().get(key).cloned())
    }

    fn page(&self, prefix: &[u8], start: &[u8], limit: usize) -> Result<Vec<Entry>, StoreError> {
        let from = if start > prefix { start } else { prefix };
        let map = self.map();
        let range = map.range::<[u8], _>((Bound::Included(from), Bound::Unbounded));
        let inside = range.take_while(|(key, _)| key.starts_with(prefix));
        Ok(inside.take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let map = self.map();
        let from = map.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
        Ok(from.take_while(|(key, _)| key.starts_with(prefix)).last().map(|(key, _)| key.clone()))
    }

    fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let mut map = self.map();
        for (key, value) in writes {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }
}

/// What is read: the bytes, with the keys that open them.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    engine: &'a dyn Engine,
    keys: &'a Keys,
}

impl<'a> Ground<'a> {
    /// Of an engine that was written with these keys.
    pub(crate) const fn new(engine: &'a dyn Engine, keys: &'a Keys) -> Self {
        Self { engine, keys }
    }

    /// Marks of people, and keys.
    pub(crate) const fn keys(self) -> &'a Keys {
        self.keys
    }

    /// The value of a key, as it stands.
    pub(crate) fn get(self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.engine.get(key)
    }

    /// Whether there is something under a key.
    pub(crate) fn holds(self, key: &Key) -> Result<bool, StoreError> {
        Ok(self.engine.get(&key.encode())?.is_some())
    }

    /// The first `limit` entries whose keys begin with `prefix`, from `start` (itself included) on, as they stand.
    pub(crate) fn page(self, prefix: &[u8], start: &[u8], limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.engine.page(prefix, start, limit)
    }

    /// The last key that begins with `prefix`.
    pub(crate) fn last(self, prefix: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.engine.last(prefix)
    }

    /// Makes the writes, whole or not at all, and returns when they are safe.
    pub(crate) fn commit(self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.engine.commit(writes)
    }
}

/// Calls `visit` with each entry whose key begins with `prefix`, from `start` on, until it says to stop.
///
/// Pages are read one after the other: what is written meanwhile may or may not be seen.
pub(crate) fn scan(
    ground: Ground<'_>,
    prefix: &[u8],
    start: &[u8],
    mut visit: impl FnMut(Vec<u8>, Vec<u8>) -> Result<Flow, StoreError>,
) -> Result<(), StoreError> {
    let mut from = start.to_vec();
    loop {
        let page = ground.engine.page(prefix, &from, PAGE)?;
        let full = page.len() == PAGE;
        if let Some((last, _)) = page.last() {
            from.clone_from(last);
            from.push(0);
        }
        for (key, value) in page {
            if visit(key, value)? == Flow::Stop {
                return Ok(());
            }
        }
        if !full {
            return Ok(());
        }
    }
}

/// Calls `visit` with each record whose key begins with `prefix`, but for those that nobody can open any more.
pub(crate) fn each_record<R: Record>(
    ground: Ground<'_>,
    prefix: &[u8],
    mut visit: impl FnMut(Key, R) -> Result<Flow, StoreError>,
) -> Result<(), StoreError> {
    scan(ground, prefix, prefix, |key, value| {
        let key = Key::decode(&key).map_err(|error| StoreError::Damaged(format!("a key: {error}")))?;
        match read_value(ground, &key, &value)? {
            Some(record) => visit(key, record),
            None => Ok(Flow::On),
        }
    })
}

/// Whether a scan goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// To the next entry.
    On,
    /// Enough.
    Stop,
}

/// The record of a key; `None` when there is none, or its keys are gone.
pub(crate) fn read<R: Record>(ground: Ground<'_>, key: &Key) -> Result<Option<R>, StoreError> {
    match ground.get(&key.encode())? {
        Some(value) => read_value(ground, key, &value),
        None => Ok(None),
    }
}

/// The record of a key, of which there may be former layouts: these are as good as none.
pub(crate) fn read_current<R: Record>(ground: Ground<'_>, key: &Key) -> Result<Option<R>, StoreError> {
    let Some(value) = ground.get(&key.encode())? else { return Ok(None) };
    with_plain::<R, _>(ground, key, &value, |plain| {
        if plain.first() == Some(&R::VERSION) { record::decode(key, plain).map(Some) } else { Ok(None) }
    })
    .map(Option::flatten)
}

/// The record in a value, whose parts are joined first when it was cut; `None` when its keys are gone.
pub(crate) fn read_value<R: Record>(
    ground: Ground<'_>,
    key: &Key,
    value: &[u8],
) -> Result<Option<R>, StoreError> {
    with_plain::<R, _>(ground, key, value, |plain| record::decode(key, plain))
}

/// The sealed record inside of a public one, which stands under `key`; `None` when its keys are gone.
pub(crate) fn read_sealed<R: Personal>(
    ground: Ground<'_>,
    key: &Key,
    sealed: &Sealed<R>,
) -> Result<Option<R>, StoreError> {
    with_plain::<R, _>(ground, key, sealed.value(), |plain| record::decode(key, plain))
}

fn with_plain<R: Record, T>(
    ground: Ground<'_>,
    key: &Key,
    value: &[u8],
    read: impl FnOnce(&[u8]) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let joined = match record::parts(value) {
        None => None,
        Some(count) => Some(join(ground, key, count)?),
    };
    let value = joined.as_deref().unwrap_or(value);
    if !R::PERSONAL {
        return read(value).map(Some);
    }
    match ground.keys.open(&|| key.fingerprint(), &key.encode(), value)? {
        Some(plain) => read(&plain).map(Some),
        None => Ok(None),
    }
}

/// A value that was cut, as it was before.
pub(crate) fn join(ground: Ground<'_>, key: &Key, count: u16) -> Result<Vec<u8>, StoreError> {
    let mut whole = Vec::with_capacity(usize::from(count) * record::PART_BYTES);
    for index in 0..count {
        let part = ground.get(&Key::Part { of: key.encode(), index }.encode())?.ok_or_else(|| {
            StoreError::Damaged(format!("{} misses its part {index} of {count}", key.fingerprint()))
        })?;
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}
