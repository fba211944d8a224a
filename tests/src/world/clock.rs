//! The time that all processes of a world show.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shopbell_domain::time::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Shows `origin` at `anchor` (real time), then runs `speed` times as fast.
#[derive(Debug, Clone, Copy)]
pub struct WorldClock {
    origin: Timestamp,
    anchor: Timestamp,
    speed: u32,
}

impl WorldClock {
    /// Shows `origin` (RFC 3339) now.
    pub fn starting_at(origin: &str) -> Self {
        let origin = OffsetDateTime::parse(origin, &Rfc3339).expect("an RFC 3339 time");
        let millis = i64::try_from(origin.unix_timestamp_nanos() / 1_000_000).expect("a time of this age");
        Self { origin: Timestamp::from_millis(millis), anchor: real_now(), speed: 1 }
    }

    /// The same clock, running faster.
    #[must_use]
    pub fn with_speed(self, speed: u32) -> Self {
        Self { speed, ..self }
    }

    /// What the processes believe the time to be.
    pub fn now(&self) -> Timestamp {
        self.origin + real_now().since(self.anchor) * self.speed
    }

    /// What the world's clock showed when it was made.
    pub fn origin(&self) -> Timestamp {
        self.origin
    }

    /// Real time until the world's clock shows `then`.
    pub fn real_until(&self, then: Timestamp) -> Duration {
        then.since(self.now()) / self.speed
    }

    /// The real moment, in Unix milliseconds, at which the world's clock shows `then`.
    pub fn real_at(&self, then: Timestamp) -> Timestamp {
        self.anchor + then.since(self.origin) / self.speed
    }

    /// Waits until the world's clock shows `then`.
    pub async fn wait_until(&self, then: Timestamp) {
        tokio::time::sleep(self.real_until(then)).await;
    }

    /// The arguments that give a process this clock.
    pub fn arguments(&self) -> Vec<String> {
        let settings = [
            format!("clock.origin={:?}", rfc3339(self.origin)),
            format!("clock.anchor={:?}", rfc3339(self.anchor)),
            format!("clock.speed={}", self.speed),
        ];
        settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]).collect()
    }
}

/// The machine's time.
pub(super) fn real_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("a time of this age"))
}

/// RFC 3339 with milliseconds.
fn rfc3339(at: Timestamp) -> String {
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .expect("a time of this age")
        .format(&Rfc3339)
        .expect("it formats")
}
