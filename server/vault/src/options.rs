//! How a vault is opened, and what it tells of itself.

use std::path::PathBuf;

use crate::Kek;

/// How a vault is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// A directory of its own, made if it is missing, with mode 0700.
    pub dir: PathBuf,
    /// Wraps what is new.
    pub kek: Kek,
    /// The one before, as long as a rotation is not finished.
    pub previous_kek: Option<Kek>,
    /// Data keys that are kept unwrapped in memory at most.
    pub cached_keys: usize,
    /// Requests that may wait; a further one waits for room.
    pub queued_requests: usize,
    /// Requests that share their syncs at most.
    pub grouped_requests: usize,
    /// Slots by which the file grows, of 128 bytes each.
    pub extent_slots: u32,
}

impl Options {
    /// The defaults.
    pub fn new(dir: impl Into<PathBuf>, kek: Kek) -> Self {
        Self {
            dir: dir.into(),
            kek,
            previous_kek: None,
            cached_keys: 10_000,
            queued_requests: 1_024,
            grouped_requests: 512,
            extent_slots: 8_192,
        }
    }
}

/// What a vault holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Slots in the file.
    pub slots: u64,
    /// Slots that hold nothing.
    pub free: u64,
    /// Erased subjects.
    pub tombstones: u64,
    /// Refusals that were written down.
    pub refusals: u64,
}

/// What came of tombstones that were replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Tombstones that this vault had not.
    pub added: u64,
    /// Keys that they destroyed.
    pub destroyed: u64,
}
