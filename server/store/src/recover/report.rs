//! How a recovery goes and ends, as it is told. Nothing personal.

use std::{collections::BTreeMap, path::PathBuf};

use shopbell_domain::ports::StoreError;

use crate::{opening::OpenError, refusals::Replayed};

/// How a recovery ended.
#[derive(Debug)]
pub enum Recovered {
    /// There was nothing to recover, and nothing was changed.
    Healthy,
    /// A new store is in place.
    Anew(Box<RecoveryReport>),
}

/// What became of a damaged store. Holds nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecoveryReport {
    /// Where the damaged directory is now.
    pub moved_to: PathBuf,
    /// What was found.
    pub reason: String,
    /// Whether the log holds the last acknowledged commit; if not, nobody knows how much is missing at its end.
    pub ends_whole: bool,
    /// Bytes in the midst of the log that cannot be read.
    pub unreadable_bytes: u64,
    /// Records of each kind in the new store.
    pub kept: BTreeMap<&'static str, u64>,
    /// Records that are known to be lost, of each kind: other records name them, or they cannot be read.
    pub lost: BTreeMap<&'static str, u64>,
    /// Customers who share nothing from now on, since their last decision may be lost.
    pub customers_closed: u64,
    /// Phones that are revoked from now on, since their revocation may be lost.
    pub phones_closed: u64,
    /// Withdrawn decisions about evidence that hold from now on, since another decision may be lost.
    pub decisions_closed: u64,
    /// Events that count no more as evidence that identifiers are one person's, since a decision that they do not may
    /// be lost.
    pub evidence_closed: u64,
    /// What the vault's journal of refusals brought back.
    pub taken_back: Replayed,
}

/// How far a recovery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reads the log: bytes of how many.
    Reading(u64, u64),
    /// Carries records over: records of how many.
    Carrying(u64, u64),
    /// Settles what was carried over.
    Settling,
    /// Checks the new store.
    Checking,
}

/// Why a store could not be recovered. The damaged one is still in its place.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The new store cannot be written or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mistake of this program.
    #[error("the new store has {0} problems and is not taken; keep the directory and report this")]
    Unsettled(u64),
}
