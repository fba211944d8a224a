//! What can still be read of a damaged store. Nothing is changed, and the engine is not asked.
//!
//! Each entry was written once by its writer. Unless [`Found::current`] says otherwise it may be an older value, or one
//! that was deleted since: take such entries only where that does no harm (an outbox's events, which their receiver
//! knows by number), or make them harmless.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{Entry, OpenError, log::Log, mark::Mark};

/// An entry whose checksum holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The entry.
    pub entry: Entry,
    /// Whether it is surely as it was written last: nothing that was written after it is unreadable or missing.
    pub current: bool,
}

/// Hands over every value that still lies in the log of the store in `dir`, in the order of writing: also those that were
/// written over or deleted since. For whoever must know what a disk gives away.
pub fn every_value(dir: impl AsRef<Path>, take: impl FnMut(Entry)) -> Result<(), OpenError> {
    let dir = dir.as_ref();
    let read = Log::read_all(&dir.join("db")).and_then(|log| log.history(take));
    read.map_err(|e| OpenError::io(dir, "read the log of", e))
}

/// What a damaged store still holds.
#[derive(Debug)]
pub struct Salvage {
    dir: PathBuf,
    log: Option<Log>,
    ends_whole: bool,
}

impl Salvage {
    /// Reads the store in `dir`, open or not; `progress` is told how many bytes of how many were read. Keeps keys in
    /// memory, and no values.
    pub fn read(dir: impl AsRef<Path>, progress: impl FnMut(u64, u64)) -> Result<Self, OpenError> {
        let dir = dir.as_ref().to_owned();
        let log = match Log::read(&dir.join("db"), progress) {
            Ok(log) => Some(log),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(OpenError::io(&dir, "read the log of", e)),
        };
        let commits = log.as_ref().and_then(Log::commits);
        let newest = Mark::newest(&dir).map_err(|e| OpenError::io(&dir, "read the mark of", e))?;
        let ends_whole = commits.zip(newest).is_some_and(|(commits, newest)| commits >= newest);
        Ok(Self { dir, log, ends_whole })
    }

    /// Number of entries.
    pub fn len(&self) -> u64 {
        self.log.as_ref().map_or(0, Log::len)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes in the midst of the log that cannot be read.
    pub fn unreadable_bytes(&self) -> u64 {
        self.log.as_ref().map_or(0, Log::unreadable_bytes)
    }

    /// Whether the log surely holds the last acknowledged commit.
    pub const fn ends_whole(&self) -> bool {
        self.ends_whole
    }

    /// Hands over every entry, by key.
    pub fn entries(&self, mut take: impl FnMut(Found)) -> Result<(), OpenError> {
        let Some(log) = &self.log else { return Ok(()) };
        log.entries(|entry, last| take(Found { entry, current: last && self.ends_whole }))
            .map_err(|e| OpenError::io(&self.dir, "read the log of", e))
    }
}
