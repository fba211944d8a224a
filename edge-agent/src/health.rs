//! How the agent is doing: counters that every part writes and the heartbeat, the log and the watchdog read.
//!
//! Counters only: nothing here can tell one device from another.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Why something was dropped. The names go to the server and must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drop {
    /// Frames that came faster than they were read; the oldest went.
    RadioQueueFull,
    /// "Still here" events that made room in a full outbox.
    OutboxFullStillHere,
    /// The oldest events that made room in a full outbox.
    OutboxFullOldest,
    /// Events that waited longer than the outbox keeps them.
    OutboxExpired,
    /// Stored events that could not be read.
    OutboxUnreadable,
    /// Events that mean nothing to the server; they are kept aside.
    ServerRejected,
}

impl Drop {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RadioQueueFull => "radio_queue_full",
            Self::OutboxFullStillHere => "outbox_full_still_here",
            Self::OutboxFullOldest => "outbox_full_oldest",
            Self::OutboxExpired => "outbox_expired",
            Self::OutboxUnreadable => "outbox_unreadable",
            Self::ServerRejected => "server_rejected",
        }
    }
}

/// A loop that must go round for the agent to be well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Listens and decides.
    Detector,
    /// Writes events to the disk.
    OutboxWriter,
    /// Talks to the server, or waits to try again.
    Uplink,
}

/// A part that did not go round for so long is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// The counters of one agent.
#[derive(Debug)]
pub struct Health {
    frames: AtomicU64,
    sightings: AtomicU64,
    events: AtomicU64,
    acknowledged: AtomicU64,
    blind: AtomicBool,
    last_advert_ms: AtomicU64,
    drops: Mutex<BTreeMap<Drop, u64>>,
    started: Instant,
    ticks: [AtomicU64; 3],
}

impl Default for Health {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            frames: zero(),
            sightings: zero(),
            events: zero(),
            acknowledged: zero(),
            blind: AtomicBool::new(false),
            last_advert_ms: AtomicU64::new(u64::MAX),
            drops: Mutex::default(),
            started: Instant::now(),
            ticks: [zero(), zero(), zero()],
        }
    }
}

/// The counters at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Advertisements heard since the start.
    pub frames: u64,
    /// Those that carried a token.
    pub sightings: u64,
    /// Presence events made since the start.
    pub events: u64,
    /// Events that the server acknowledged since the start.
    pub acknowledged: u64,
    /// Whether the radio cannot hear.
    pub blind: bool,
    /// When anything was last heard, as uptime of the agent; `None` before the first.
    pub last_advert: Option<Duration>,
    /// What was dropped since the start, by reason.
    pub drops: Vec<(&'static str, u64)>,
}

impl Health {
    /// An advertisement was heard.
    pub fn heard(&self, uptime: Duration) {
        self.frames.fetch_add(1, Relaxed);
        let millis = u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX);
        self.last_advert_ms.store(millis, Relaxed);
    }

    /// It carried a token.
    pub fn recognised(&self) {
        self.sightings.fetch_add(1, Relaxed);
    }

    /// Events were made.
    pub fn made(&self, events: usize) {
        self.events.fetch_add(events as u64, Relaxed);
    }

    /// The server acknowledged events.
    pub fn acknowledged(&self, events: u64) {
        self.acknowledged.fetch_add(events, Relaxed);
    }

    /// The radio went blind, or hears again.
    pub fn set_blind(&self, blind: bool) {
        self.blind.store(blind, Relaxed);
    }

    /// Something was dropped.
    pub fn dropped(&self, reason: Drop, count: u64) {
        if count > 0 {
            let mut drops = self.drops.lock().unwrap_or_else(PoisonError::into_inner);
            *drops.entry(reason).or_default() += count;
        }
    }

    /// A part went round.
    pub fn tick(&self, part: Part) {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let [detector, writer, uplink] = &self.ticks;
        let tick = match part {
            Part::Detector => detector,
            Part::OutboxWriter => writer,
            Part::Uplink => uplink,
        };
        tick.store(millis, Relaxed);
    }

    /// Whether every part went round lately.
    pub fn is_alive(&self) -> bool {
        let now = self.started.elapsed();
        self.ticks
            .iter()
            .all(|tick| now.saturating_sub(Duration::from_millis(tick.load(Relaxed))) < STUCK_AFTER)
    }

    /// All counters.
    pub fn snapshot(&self) -> Snapshot {
        let drops = self.drops.lock().unwrap_or_else(PoisonError::into_inner);
        let last_advert = self.last_advert_ms.load(Relaxed);
        Snapshot {
            frames: self.frames.load(Relaxed),
            sightings: self.sightings.load(Relaxed),
            events: self.events.load(Relaxed),
            acknowledged: self.acknowledged.load(Relaxed),
            blind: self.blind.load(Relaxed),
            last_advert: (last_advert != u64::MAX).then(|| Duration::from_millis(last_advert)),
            drops: drops.iter().map(|(reason, count)| (reason.name(), *count)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_stuck_part_is_enough() {
        let health = Health::default();
        let rounds = [Part::Detector, Part::OutboxWriter, Part::Uplink];
        for part in rounds {
            health.tick(part);
        }
        assert!(health.is_alive());
        tokio::time::advance(Duration::from_secs(9)).await;
        health.tick(Part::Detector);
        health.tick(Part::Uplink);
        assert!(health.is_alive());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(!health.is_alive(), "the writer is stuck");
    }

    #[test]
    fn drops_are_summed_by_reason() {
        let health = Health::default();
        health.dropped(Drop::OutboxFullOldest, 2);
        health.dropped(Drop::OutboxExpired, 0);
        health.dropped(Drop::OutboxFullOldest, 3);
        assert_eq!(health.snapshot().drops, [("outbox_full_oldest", 5)]);
        assert_eq!(health.snapshot().last_advert, None);
    }
}
