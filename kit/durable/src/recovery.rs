//! A new store out of a damaged one, without ever being without either.
//!
//! ```text
//!  <dir>  damaged                                     | what a crash leaves           | what comes next
//!  1. <dir>.recovering   a new store is filled        | <dir> as it was               | begin again
//!  2. -> <dir>.recovered it is whole and on the disk  | <dir> as it was               | begin again
//!  3. <dir> -> <dir>.damaged-<unix ms>                | no <dir>, but <dir>.recovered | the next opening does 4
//!  4. <dir>.recovered -> <dir>                        |                               |
//! ```
//!
//! The lock is held all the time. The damaged directory is never deleted, and nothing in it is changed.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Entry, OpenError, Options, Salvage, Store, WriteBatch,
    directory::{self, Lock},
    store,
};

/// Bytes of salvaged entries that are written in one commit.
const CARRIED_AT_ONCE: usize = 256 * 1_024;

/// A recovery that has begun.
#[derive(Debug)]
pub struct Recovery {
    dir: PathBuf,
    options: Options,
    lock: Arc<Lock>,
}

impl Recovery {
    /// Takes the lock of `dir`, which must be there, and clears away what an interrupted recovery left.
    pub fn begin(dir: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let dir = dir.as_ref();
        let lock = Arc::new(directory::lock(dir)?);
        Self::with_lock(dir, options, lock)
    }

    pub(crate) fn with_lock(dir: &Path, options: Options, lock: Arc<Lock>) -> Result<Self, OpenError> {
        if !dir.is_dir() {
            return Err(OpenError::NotADirectory { dir: dir.to_owned() });
        }
        let recovery = Self { dir: dir.to_owned(), options, lock };
        for leftover in [recovery.filling(), directory::recovered(dir)] {
            directory::remove_all(&leftover)?;
        }
        Ok(recovery)
    }

    fn filling(&self) -> PathBuf {
        directory::beside(&self.dir, ".recovering")
    }

    /// The new store, empty. Nobody else finds it before [`Recovery::finish`].
    pub fn new_store(&self) -> Result<Store, OpenError> {
        let filling = self.filling();
        directory::create(&filling)?;
        store::start(&filling, &self.options).map(|started| started.hold(Arc::clone(&self.lock)))
    }

    /// Takes what can be read over into `new`: entries that could be read, entries that were taken over, and why those
    /// are not all that `keep` wants, if so.
    pub(crate) fn carry_over(
        &self,
        new: &Store,
        keep: impl FnMut(&Entry) -> bool,
    ) -> (u64, u64, Option<String>) {
        let mut carrier =
            Carrier { store: new, batch: WriteBatch::new(), carried_over: 0, cut_short: None, keep };
        let readable = Salvage::read(&self.dir, |_, _| ())
            .and_then(|salvage| salvage.entries(|found| carrier.take(found.entry)).map(|()| salvage.len()));
        carrier.commit();
        let Carrier { carried_over, cut_short, .. } = carrier;
        match readable {
            Ok(readable) => (readable, carried_over, cut_short),
            Err(error) => (carried_over, carried_over, Some(error.to_string())),
        }
    }

    /// Puts the new store, of which this must be the last handle, in the place of the damaged one, and says where that
    /// one is from now on.
    pub fn finish(self, new: Store, now_unix_millis: i64) -> Result<PathBuf, OpenError> {
        new.close()?;
        let recovered = directory::recovered(&self.dir);
        directory::rename(&self.filling(), &recovered)?;
        let moved_to = directory::quarantine(&self.dir, now_unix_millis)?;
        directory::rename(&recovered, &self.dir)?;
        Ok(moved_to)
    }
}

/// Takes over what was salvaged, until the new store refuses.
struct Carrier<'a, K> {
    store: &'a Store,
    batch: WriteBatch,
    carried_over: u64,
    cut_short: Option<String>,
    keep: K,
}

impl<K: FnMut(&Entry) -> bool> Carrier<'_, K> {
    fn take(&mut self, entry: Entry) {
        if (self.keep)(&entry) {
            self.batch.put(entry.key, entry.value);
            if self.batch.bytes() >= CARRIED_AT_ONCE {
                self.commit();
            }
        }
    }

    fn commit(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        let entries = batch.len() as u64;
        if self.cut_short.is_some() {
            return;
        }
        match self.store.commit_blocking(batch) {
            Ok(()) => self.carried_over += entries,
            Err(error) => self.cut_short = Some(error.to_string()),
        }
    }
}
