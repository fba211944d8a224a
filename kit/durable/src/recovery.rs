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
    OpenError, Options, Store,
    directory::{self, Lock},
    store,
};

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
