//! What can be set, and the sizes that cannot.

use std::time::Duration;

/// Longest key, in bytes.
///
/// An inner page of the tree holds up to 256 keys, and must stay below a quarter of a segment.
pub const MAX_KEY_BYTES: usize = 1_024;

/// Longest value, in bytes.
///
/// A leaf holds up to about twenty values. sled writes a page above a quarter of a segment to a file of its
/// own which it never syncs, so twenty of the largest values must fit into a quarter of a segment.
pub const MAX_VALUE_BYTES: usize = 16 * 1_024;

/// Largest batch, in bytes of keys and values: a bound on the memory that one commit may take.
pub const MAX_BATCH_BYTES: usize = 4 * 1_024 * 1_024;

/// Size of a segment of the log, in bytes; fixed when a store is created, so it is no option.
pub(crate) const SEGMENT_BYTES: usize = 2 * 1_024 * 1_024;

/// When stored values are checked against their checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verification {
    /// Each value when it is read. Opening stays fast however large the store is.
    #[default]
    OnRead,
    /// All values once while opening, and each when it is read. For small stores that must not find out late.
    AtOpen,
}

/// How a store is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Page cache of the engine, in bytes.
    pub cache_bytes: u64,
    /// Commits that may wait; a further one waits for room.
    pub queue_commits: usize,
    /// Commits that share one sync at most.
    pub group_commits: usize,
    /// Free space of the file system, in bytes, that writes leave alone. Batches that only delete may use half
    /// of it, so that a full disk can be cleared. The engine never meets the end of the disk: it would have
    /// to stop half-way through a write.
    pub reserve_bytes: u64,
    /// How long opening may take before the store counts as damaged (sled can hang on a damaged log).
    pub open_timeout: Duration,
    /// When values are checked.
    pub verification: Verification,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 32 * 1_024 * 1_024,
            queue_commits: 1_024,
            group_commits: 512,
            reserve_bytes: 16 * 1_024 * 1_024,
            open_timeout: Duration::from_secs(60),
            verification: Verification::OnRead,
        }
    }
}
