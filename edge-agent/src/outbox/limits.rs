//! How much may wait, and how long: pure rules.

use std::time::Duration;

use shopbell_domain::id::BootId;
use shopbell_proto::convert::edge::AgentInstant;

use super::Waiting;

/// Bytes on the disk for one byte of key and value, by measurement of sled with small values.
const OVERHEAD_HALVES: u64 = 5;

/// An age beyond this is not an age but a wall clock that was years off when the event was made, as on a box without a
/// clock battery. Such events are kept until there is no room: dropping them would lose what happened before the
/// clock was set.
const IMPLAUSIBLE: Duration = Duration::from_secs(365 * 86_400);

/// Bytes that entries of this size take on the disk.
pub(super) const fn disk_bytes(entry_bytes: u64) -> u64 {
    entry_bytes.saturating_mul(OVERHEAD_HALVES) / 2
}

/// How old an event is; `None` when that cannot be told.
pub(super) fn age(event: &Waiting, boot: BootId, now: AgentInstant) -> Option<Duration> {
    if event.boot == boot {
        return Some(now.uptime.saturating_sub(event.report.at.uptime));
    }
    let age = now.wall.since(event.report.at.wall);
    (age < IMPLAUSIBLE).then_some(age)
}
