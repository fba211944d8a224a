//! Where a guest has been in the shop, as the radio tells: what a person at the door could have seen, too.

use std::time::Duration;

use crate::{id::ZoneId, time::Timestamp, visit::Visit};

/// The time in one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneTime {
    /// Which zone.
    pub zone: ZoneId,
    /// In all.
    pub dwell: Duration,
    /// How many times the guest came to it.
    pub times: u32,
    /// The last time.
    pub last: Timestamp,
}

/// A visit's course so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stay {
    /// How long in the shop.
    pub dwell: Duration,
    /// The zones, in the order of the first coming.
    pub zones: Vec<ZoneTime>,
    /// The present zone, and since when; `None` before the first presence.
    pub present: Option<(ZoneId, Timestamp)>,
    /// How many times the guest was not heard for a while and came back.
    pub re_entries: u32,
}

/// Not heard for longer than this between two stays, a guest was outside.
const OUTSIDE: Duration = Duration::from_secs(60);

impl Stay {
    /// Of a visit, as far as it has gone.
    pub fn of(visit: &Visit) -> Self {
        let mut zones: Vec<ZoneTime> = Vec::new();
        for stay in &visit.stays {
            let dwell = stay.to.since(stay.from);
            match zones.iter_mut().find(|known| known.zone == stay.zone) {
                Some(known) => {
                    known.dwell += dwell;
                    known.times += 1;
                    known.last = known.last.max(stay.to);
                }
                None => zones.push(ZoneTime { zone: stay.zone.clone(), dwell, times: 1, last: stay.to }),
            }
        }
        let gaps = visit.stays.windows(2).filter(|pair| match pair {
            [before, after] => after.from.since(before.to) > OUTSIDE,
            _ => false,
        });
        let re_entries = u32::try_from(gaps.count()).unwrap_or(u32::MAX);
        let present = visit.stays.last().map(|stay| (stay.zone.clone(), stay.from));
        Self { dwell: visit.dwell(), zones, present, re_entries }
    }

    /// How many times the guest came back to a zone.
    pub fn returns(&self) -> u32 {
        self.zones.iter().map(|zone| zone.times.saturating_sub(1)).sum()
    }

    /// The longest time in one zone.
    pub fn longest(&self) -> Duration {
        self.zones.iter().map(|zone| zone.dwell).max().unwrap_or_default()
    }
}
