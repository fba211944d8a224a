//! What to send next, and what an acknowledgement means: a sync state machine of one stream.
//!
//! ```text
//!  waiting in the outbox --send--> in flight (at most 4 batches) --receipt--> deleted
//!         ^                              |
//!         +------- stream cut -----------+   (a new stream starts with a new pump, from the oldest event)
//! ```
//!
//! A batch holds events of one boot. With nothing in flight it goes at once, however small: a visitor should not wait
//! for company. While batches are in flight, small ones wait a little for more (as Nagle's rule does for TCP, RFC 896).

use std::{collections::VecDeque, time::Duration};

use shopbell_domain::id::BootId;
use shopbell_proto::convert::edge::Receipt;
use tokio::time::Instant;

use crate::outbox::{Position, Waiting};

/// The limits of one stream.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Events in a batch at most.
    pub batch_events: usize,
    /// How long a small batch waits for more.
    pub batch_wait: Duration,
    /// Batches in flight at most.
    pub in_flight: usize,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Send this many of the events that were offered.
    Send(usize),
    /// Look again at this moment, or when more events or a receipt come.
    WaitUntil(Instant),
    /// Nothing to do until events or a receipt come.
    Idle,
}

#[derive(Debug, Clone, Copy)]
struct Batch {
    boot: BootId,
    last: Position,
}

/// The state of one stream.
#[derive(Debug)]
pub struct Pump {
    limits: Limits,
    sent: Option<Position>,
    flight: VecDeque<Batch>,
    waiting_since: Option<Instant>,
}

impl Pump {
    /// Of a stream on which nothing was sent yet.
    pub const fn new(limits: Limits) -> Self {
        Self { limits, sent: None, flight: VecDeque::new(), waiting_since: None }
    }

    /// Where to read on in the outbox.
    pub const fn sent(&self) -> Option<Position> {
        self.sent
    }

    /// Whether another batch may be sent.
    pub fn has_room(&self) -> bool {
        self.flight.len() < self.limits.in_flight
    }

    /// What to do with the events that wait behind [`Pump::sent`].
    pub fn next(&mut self, waiting: &[Waiting], now: Instant) -> Next {
        let Some(first) = waiting.first().filter(|_| self.has_room()) else { return Next::Idle };
        let same_boot =
            |event: &&Waiting| event.boot == first.boot && event.position.run == first.position.run;
        let ready = waiting.iter().take_while(same_boot).take(self.limits.batch_events).count();
        let full = ready == self.limits.batch_events || ready < waiting.len();
        let since = *self.waiting_since.get_or_insert(now);
        if full || self.flight.is_empty() || now >= since + self.limits.batch_wait {
            return Next::Send(ready);
        }
        Next::WaitUntil(since + self.limits.batch_wait)
    }

    /// These events were sent as one batch.
    pub fn did_send(&mut self, batch: &[Waiting]) {
        if let Some(last) = batch.last() {
            self.flight.push_back(Batch { boot: last.boot, last: last.position });
            self.sent = Some(last.position);
            self.waiting_since = None;
        }
    }

    /// Takes in a receipt; returns up to where the outbox may delete. A receipt for what was not sent on this stream
    /// means nothing here: its events are sent again and acknowledged again.
    pub fn receipt(&mut self, receipt: &Receipt) -> Option<Position> {
        let newest = self.flight.iter().rev().find(|batch| batch.boot == receipt.boot)?.last;
        let covered = Position { run: newest.run, sequence: receipt.sequence.min(newest.sequence) };
        self.flight.retain(|batch| batch.boot != receipt.boot || batch.last > covered);
        (covered.sequence > 0).then_some(covered)
    }
}

#[cfg(test)]
mod tests;
