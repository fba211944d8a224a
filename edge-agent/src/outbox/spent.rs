//! What the server has, and the outbox still holds.

use std::time::Duration;

use tokio::time::Instant;

use super::Position;

/// What was acknowledged waits so long for an event to be deleted with: one sync for both, and an event that comes does
/// not wait for the sync of a deletion.
const WAIT: Duration = Duration::from_millis(100);

/// A run's events up to a place, which the server has acknowledged. Until they are deleted they count as waiting: after
/// a crash they are sent again, and the server counts them once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    pub(super) up_to: Position,
    pub(super) since: Instant,
}

impl Spent {
    /// When it is deleted by itself: at once when no more events come.
    pub(super) fn due(self, appending: bool) -> Instant {
        self.since + if appending { WAIT } else { Duration::ZERO }
    }
}
