//! The durable queue between what happened in the shop and what the server knows.
//!
//! ```text
//!  detector --append--> bounded queue --> Writer (one task) --commit--> store --read--> uplink
//!                                            ^                                             |
//!                                            +--------------- acknowledge -----------------+
//! ```
//!
//! Invariants: an event is on the disk before the uplink can see it, stays there until the server has acknowledged it,
//! and keeps its boot and sequence number over every restart. The order is first in, first out, old boots first. What
//! is dropped because the queue is full or too old is counted by reason ([`crate::health::Drop`]): first "still here"
//! events, which only repeat, then the oldest. An event that means nothing to the server holds up nothing: it is set
//! `aside`.
//!
//! Never here: the network, and the meaning of an event.

mod aside;
pub mod keys;
mod limits;
mod spent;
mod writer;

use std::{path::PathBuf, time::Duration};

use shopbell_domain::{id::BootId, presence::Presence};
use shopbell_durable::{CommitError, OpenError, ReadError, Store};
use shopbell_proto::convert::edge::{AgentInstant, Rejection, Report};
use tokio::sync::{mpsc, watch};

pub use self::{
    keys::Position,
    writer::{Opened, Writer, open},
};

/// What can be set.
#[derive(Debug, Clone)]
pub struct Options {
    /// The store's own directory.
    pub dir: PathBuf,
    /// Most bytes on the disk.
    pub max_bytes: u64,
    /// Events older than this are dropped.
    pub max_age: Duration,
}

/// Why the outbox cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// It does not open.
    #[error("the outbox cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// It takes no writes.
    #[error("the outbox cannot be written: {0}")]
    Commit(#[from] CommitError),
    /// It cannot be read.
    #[error("the outbox cannot be read: {0}")]
    Read(#[from] ReadError),
    /// The writer has ended, since the agent stops.
    #[error("the outbox is closed")]
    Closed,
}

/// An event before it has a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// What the presence table said.
    pub presence: Presence,
    /// When it happened, on both clocks.
    pub at: AgentInstant,
}

/// A waiting event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the queue.
    pub position: Position,
    /// The boot that made it.
    pub boot: BootId,
    /// The event.
    pub report: Report,
}

/// What the server said of a run's events.
#[derive(Debug)]
struct Acknowledged {
    up_to: Position,
    rejected: Vec<Rejection>,
}

/// How full the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Level {
    /// Events that wait.
    pub events: u64,
    /// The place of the newest event that was written in this run.
    pub newest: Option<Position>,
    /// Whether everything that was ever handed over is on the disk, and no more will come.
    pub closed: bool,
}

/// The way in. When it is dropped, no more events come.
#[derive(Debug)]
pub struct Appender {
    events: mpsc::Sender<Event>,
}

impl Appender {
    /// Hands an event over to the writer; waits while its queue is full.
    pub async fn append(&self, event: Event) -> Result<(), OutboxError> {
        self.events.send(event).await.map_err(|_| OutboxError::Closed)
    }
}

/// The way out: cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    store: Store,
    boot: BootId,
    receipts: mpsc::Sender<Acknowledged>,
    level: watch::Receiver<Level>,
}

impl Outbox {
    /// The server has safely stored everything of this run up to here, but for what it rejected: it is deleted. What was
    /// rejected is set aside, and not sent again.
    pub async fn acknowledge(&self, up_to: Position, rejected: Vec<Rejection>) -> Result<(), OutboxError> {
        self.receipts.send(Acknowledged { up_to, rejected }).await.map_err(|_| OutboxError::Closed)
    }

    /// How many events are set aside.
    pub fn set_aside(&self) -> Result<usize, OutboxError> {
        Ok(aside::all(&self.store)?.len())
    }

    /// The events behind `after` (or from the oldest), at most `limit`. What cannot be read was dropped at the
    /// opening; what became unreadable since is left out.
    pub fn read_after(&self, after: Option<Position>, limit: usize) -> Result<Vec<Waiting>, OutboxError> {
        let start = after.map(|position| position.next().key());
        let entries = self.store.scan_prefix(keys::all_events(), start.as_deref(), limit)?;
        Ok(entries.iter().filter_map(|entry| keys::read(entry).ok()).collect())
    }

    /// The boot of this run.
    pub const fn boot(&self) -> BootId {
        self.boot
    }

    /// Changes whenever events come or go.
    pub fn level(&self) -> watch::Receiver<Level> {
        self.level.clone()
    }

    /// How old the oldest waiting event is; zero when none waits or its age cannot be told.
    pub fn oldest_age(&self, now: AgentInstant) -> Result<Duration, OutboxError> {
        let oldest = self.read_after(None, 1)?;
        Ok(oldest.first().and_then(|event| limits::age(event, self.boot, now)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
