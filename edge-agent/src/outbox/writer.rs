//! The one task that writes to the outbox, and so the only one that counts what is in it.

use std::{sync::Arc, time::Duration};

use shopbell_domain::{id::BootId, presence::PresenceKind, time::Clock};
use shopbell_durable::{CommitError, Quarantined, Store, WriteBatch};
use shopbell_proto::convert::edge::{AgentInstant, Report};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};

use super::{
    Acknowledged, Appender, Event, Level, Options, Outbox, OutboxError, Position, Waiting, aside,
    keys::{self, all_events, events_of},
    limits,
    spent::Spent,
};
use crate::health::{Drop, Health, Part};

/// Events that may wait for the writer; then the detector waits, and the radio's queue drops.
const QUEUE: usize = 1_024;
/// Events that one commit takes at most, and entries that are read or deleted at once.
const PAGE: usize = 256;
/// An empty store larger than this is made anew: deleting alone gives no space back.
const RECREATE_ABOVE: u64 = 16 * 1_024 * 1_024;
const FULL_DISK_RETRY: Duration = Duration::from_secs(2);
const HOUSEKEEPING: Duration = Duration::from_secs(60);
const HEARTBEAT: Duration = Duration::from_secs(3);

/// An outbox that was opened.
pub struct Opened {
    /// The way in.
    pub appender: Appender,
    /// The way out.
    pub outbox: Outbox,
    /// To be run as a task.
    pub writer: Writer,
    /// Set when the store was damaged; it was moved aside, and a new one made of what it still held.
    pub quarantined: Option<Quarantined>,
}

/// Opens the outbox for a new boot. Reads the disk and blocks.
pub fn open(
    options: Options,
    boot: BootId,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
) -> Result<Opened, OutboxError> {
    let store_options = shopbell_durable::Options {
        cache_bytes: 2 * 1_024 * 1_024,
        queue_commits: 64,
        group_commits: 64,
        ..Default::default()
    };
    let opened =
        Store::open_or_start_anew(&options.dir, store_options, clock.now().as_millis(), keys::is_ours)?;
    if let Some(quarantined) = &opened.quarantined {
        report(quarantined);
    }
    let store = opened.store;
    let newest = store.scan_prefix_back(all_events(), None, 1)?;
    let newest = newest.first().and_then(|entry| Position::from_key(&entry.key).ok());
    let run = newest.map_or(1, |position| position.run.saturating_add(1));
    let (events_in, events) = mpsc::channel(QUEUE);
    let (receipts_in, receipts) = mpsc::channel(64);
    let (level, level_out) = watch::channel(Level::default());
    let outbox = Outbox { store: store.clone(), boot, receipts: receipts_in, level: level_out };
    let mut writer = Writer {
        queue: Queue {
            store,
            options,
            boot,
            clock,
            health,
            count: 0,
            bytes: 0,
            spent: None,
            still_here_from: None,
        },
        run,
        next: 1,
        events,
        receipts,
        level,
        pending: Vec::new(),
    };
    writer.queue.count_all()?;
    writer.publish(false);
    Ok(Opened { appender: Appender { events: events_in }, outbox, writer, quarantined: opened.quarantined })
}

/// What was taken over may be known to the server already: it counts each event once, by boot and number.
fn report(quarantined: &Quarantined) {
    let Quarantined { moved_to, reason, readable, carried_over, cut_short } = quarantined;
    tracing::error!(
        moved_to = %moved_to.display(),
        reason,
        readable,
        carried_over,
        cut_short = cut_short.as_deref().unwrap_or("no"),
        "the outbox was damaged; a new one has taken over what can still be read and waits for the server"
    );
}

/// Writes, deletes and keeps the limits. Ends when nobody can append and nobody can acknowledge any more.
pub struct Writer {
    queue: Queue,
    run: u64,
    next: u64,
    events: mpsc::Receiver<Event>,
    receipts: mpsc::Receiver<Acknowledged>,
    level: watch::Sender<Level>,
    pending: Vec<Event>,
}

impl Writer {
    /// Runs to the end. An error is final: the store takes no more writes.
    pub async fn run(mut self) -> Result<(), OutboxError> {
        let mut housekeeping = interval(HOUSEKEEPING);
        housekeeping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heartbeat = interval(HEARTBEAT);
        let (mut appending, mut acknowledging, mut disk_full) = (true, true, false);
        while appending || acknowledging || !self.pending.is_empty() || self.queue.spent.is_some() {
            let deletion = self.queue.spent.map(|spent| spent.due(appending));
            let room = PAGE.saturating_sub(self.pending.len());
            tokio::select! {
                got = self.events.recv_many(&mut self.pending, room), if appending && room > 0 && !disk_full => {
                    appending = got > 0;
                }
                receipt = self.receipts.recv(), if acknowledging => match receipt {
                    Some(receipt) => self.queue.acknowledge(&receipt).await?,
                    None => acknowledging = false,
                },
                () = sleep_until(deletion.unwrap_or_else(Instant::now)), if deletion.is_some() => {
                    self.queue.delete_spent().await?;
                }
                () = sleep(FULL_DISK_RETRY), if disk_full => {}
                _ = housekeeping.tick() => self.queue.expire().await?,
                _ = heartbeat.tick() => {}
            }
            if !self.pending.is_empty() {
                disk_full = !self.write_pending(disk_full).await?;
                // Nobody is left to free space for: what cannot be written now never will be.
                if disk_full && !appending && !acknowledging {
                    tracing::error!(
                        events = self.pending.len(),
                        "the disk is full: events are lost at the stop"
                    );
                    break;
                }
            }
            self.publish(!appending && self.pending.is_empty());
            self.queue.health.tick(Part::OutboxWriter);
        }
        Ok(())
    }

    fn publish(&self, closed: bool) {
        let newest =
            (self.next > 1).then(|| Position { run: self.run, sequence: self.next.saturating_sub(1) });
        let level = Level { events: self.queue.count, newest, closed };
        self.level.send_if_modified(|before| std::mem::replace(before, level) != level);
    }

    /// Writes what is pending, and deletes what is spent with it; `false` when the disk is full.
    async fn write_pending(&mut self, was_full: bool) -> Result<bool, OutboxError> {
        let mut batch = WriteBatch::new();
        for (event, sequence) in self.pending.iter().zip(self.next..) {
            let position = Position { run: self.run, sequence };
            let report = Report {
                sequence,
                token: event.presence.token,
                kind: event.presence.kind,
                at: event.at,
                rssi: event.presence.rssi,
                carrier: event.presence.carrier,
            };
            batch.put(position.key(), keys::encode(self.queue.boot, report));
        }
        let (count, bytes) = (batch.len() as u64, batch.bytes() as u64);
        let spent = self.queue.spent_page()?;
        for entry in &spent {
            batch.delete(entry.key.clone());
        }
        match self.queue.store.commit(batch).await {
            Ok(()) => {}
            Err(error @ CommitError::DiskFull { .. }) => {
                if !was_full {
                    tracing::error!(%error, "the outbox cannot write; events wait in memory until there is room");
                }
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        if was_full {
            tracing::info!("the disk has room again; the outbox writes");
        }
        self.pending.clear();
        self.next = self.next.saturating_add(count);
        self.queue.count += count;
        self.queue.bytes += bytes;
        self.queue.have_gone(&spent);
        self.queue.were_acknowledged(&spent);
        self.queue.shed().await?;
        Ok(true)
    }
}

/// What is on the disk.
struct Queue {
    store: Store,
    options: Options,
    boot: BootId,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
    count: u64,
    bytes: u64,
    /// What the server has, and is still to be deleted.
    spent: Option<Spent>,
    /// Where "still here" events may begin: everything before was looked through.
    still_here_from: Option<Position>,
}

/// An entry as the limits see it.
struct Stored {
    key: Vec<u8>,
    bytes: u64,
    /// Absent when it cannot be read.
    event: Option<Waiting>,
}

impl Stored {
    fn position(&self) -> Option<Position> {
        self.event.map(|event| event.position)
    }
}

impl Queue {
    fn page(&self, prefix: Vec<u8>, start: Option<&[u8]>) -> Result<Vec<Stored>, OutboxError> {
        let entries = self.store.scan_prefix(prefix, start, PAGE)?;
        let stored = entries.into_iter().map(|entry| {
            let bytes = (entry.key.len() + entry.value.len()) as u64;
            Stored { event: keys::read(&entry).ok(), key: entry.key, bytes }
        });
        Ok(stored.collect())
    }

    /// Counts what waits, and drops what an agent of this version cannot read.
    fn count_all(&mut self) -> Result<(), OutboxError> {
        for entry in self.store.entries(all_events()) {
            let entry = entry?;
            if let Err(error) = keys::read(&entry) {
                tracing::error!(%error, "a waiting event cannot be read and is dropped");
                let mut batch = WriteBatch::new();
                batch.delete(entry.key);
                self.store.commit_blocking(batch)?;
                self.health.dropped(Drop::OutboxUnreadable, 1);
                continue;
            }
            self.count += 1;
            self.bytes += (entry.key.len() + entry.value.len()) as u64;
        }
        Ok(())
    }

    async fn delete(&mut self, entries: &[Stored]) -> Result<(), OutboxError> {
        let mut batch = WriteBatch::new();
        for entry in entries {
            batch.delete(entry.key.clone());
        }
        match self.store.commit(batch).await {
            Ok(()) => self.have_gone(entries),
            // Even the reserve for deleting is used up: the entries stay, and are deleted by a later attempt.
            Err(CommitError::DiskFull { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn have_gone(&mut self, entries: &[Stored]) {
        self.count = self.count.saturating_sub(entries.len() as u64);
        self.bytes = self.bytes.saturating_sub(entries.iter().map(|entry| entry.bytes).sum());
    }

    /// What is spent went: all of it, unless a page was full.
    fn were_acknowledged(&mut self, entries: &[Stored]) {
        self.health.acknowledged(entries.len() as u64);
        if entries.len() < PAGE {
            self.spent = None;
        }
    }

    /// What is spent, a page of it.
    fn spent_page(&self) -> Result<Vec<Stored>, OutboxError> {
        let Some(Spent { up_to, .. }) = self.spent else { return Ok(Vec::new()) };
        let mut entries = self.page(events_of(up_to.run), None)?;
        entries.retain(|entry| entry.position().is_none_or(|position| position <= up_to));
        Ok(entries)
    }

    /// Deletes a page of what is spent. When the disk refuses, the next receipt tries again.
    async fn delete_spent(&mut self) -> Result<(), OutboxError> {
        let (entries, before) = (self.spent_page()?, self.count);
        self.delete(&entries).await?;
        if self.count == before {
            self.spent = None;
        } else {
            self.were_acknowledged(&entries);
        }
        if self.count == 0 && self.store.recreate_if_empty(RECREATE_ABOVE).await? {
            tracing::info!("the outbox is empty; its directory was made anew to give the space back");
        }
        Ok(())
    }

    /// Notes that a run's events up to a place are spent; those that the server rejected stay, aside.
    async fn acknowledge(&mut self, receipt: &Acknowledged) -> Result<(), OutboxError> {
        let up_to = receipt.up_to;
        if !receipt.rejected.is_empty() {
            let rejected = aside::set(&self.store, up_to, &receipt.rejected).await?;
            self.health.dropped(Drop::ServerRejected, rejected);
        }
        while self.spent.is_some_and(|spent| spent.up_to.run != up_to.run) {
            self.delete_spent().await?;
        }
        let before = self.spent.unwrap_or_else(|| Spent { up_to, since: Instant::now() });
        self.spent = Some(Spent { up_to: before.up_to.max(up_to), ..before });
        Ok(())
    }

    /// Drops what is too old, oldest first.
    async fn expire(&mut self) -> Result<(), OutboxError> {
        // What the server has is not dropped.
        while self.spent.is_some() {
            self.delete_spent().await?;
        }
        let now = AgentInstant { wall: self.clock.now(), uptime: self.clock.uptime() };
        aside::expire(&self.store, self.boot, now, self.options.max_age).await?;
        loop {
            let mut entries = self.page(all_events(), None)?;
            let is_old = |entry: &Stored| {
                let age = entry.event.as_ref().and_then(|event| limits::age(event, self.boot, now));
                age.is_some_and(|age| age > self.options.max_age)
            };
            let old = entries.iter().take_while(|entry| is_old(entry)).count();
            entries.truncate(old);
            if !self.drop_entries(&entries, Drop::OutboxExpired).await? || old < PAGE {
                return Ok(());
            }
        }
    }

    /// Makes room when the outbox is full: "still here" events go first, then the oldest.
    async fn shed(&mut self) -> Result<(), OutboxError> {
        while limits::disk_bytes(self.bytes) > self.options.max_bytes && self.count > 0 {
            if self.spent.is_some() {
                self.delete_spent().await?;
                continue;
            }
            let start = self.still_here_from.map(Position::key);
            let mut page = self.page(all_events(), start.as_deref())?;
            let looked_through = page.last().and_then(Stored::position).map(Position::next);
            let reason = if looked_through.is_some() {
                self.still_here_from = looked_through;
                page.retain(|entry| {
                    entry.event.is_some_and(|event| event.report.kind == PresenceKind::StillHere)
                });
                Drop::OutboxFullStillHere
            } else {
                // Nothing but arrivals and leavings is left.
                page = self.page(all_events(), None)?;
                Drop::OutboxFullOldest
            };
            if !page.is_empty() && !self.drop_entries(&page, reason).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Deletes and counts; `false` when nothing was deleted.
    async fn drop_entries(&mut self, entries: &[Stored], reason: Drop) -> Result<bool, OutboxError> {
        let before = self.count;
        self.delete(entries).await?;
        let dropped = before.saturating_sub(self.count);
        self.health.dropped(reason, dropped);
        if dropped > 0 {
            tracing::warn!(dropped, reason = reason.name(), "events were dropped from the outbox");
        }
        Ok(dropped > 0)
    }
}
