//! Instants, and the clock as a parameter.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since the Unix epoch, UTC, without leap seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From milliseconds that somebody else wrote down: in a file, or in a request.
    pub fn try_from_millis(millis: i64) -> Result<Self, ImplausibleTime> {
        if (EARLIEST_MS..LATEST_MS).contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(ImplausibleTime(millis))
        }
    }

    /// From seconds since the Unix epoch; saturates.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).cast_unsigned())
    }
}

/// 1980-01-01: a smaller number of milliseconds is nearly always one of seconds.
const EARLIEST_MS: i64 = 315_532_800_000;

/// 2100-01-01.
const LATEST_MS: i64 = 4_102_444_800_000;

/// A number that is hardly meant as a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the time {0} is not between the years 1980 and 2100; numbers are milliseconds since 1970")]
pub struct ImplausibleTime(pub i64);

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    /// Saturates at the end of time.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    /// Saturates at the beginning of time.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// The first, as ISO 8601 counts.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The seventh.
    Sunday,
}

impl Weekday {
    /// All of them, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Its English name in lower case, as files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day {
    /// The year.
    pub year: i16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl fmt::Display for Day {
    /// As ISO 8601 writes it: `1990-05-04`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// What the clocks on the wall of a shop show. How it is found out of a [`Timestamp`] is no rule: time zones change by
/// decree, so the server looks them up in a database and hands this in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LocalTime {
    /// The day of the week.
    pub weekday: Weekday,
    /// Minutes since midnight by the clock on the wall, 0 to 1439.
    pub minute_of_day: u16,
    /// The day.
    pub date: Day,
}

/// Where the time comes from. Rules take [`Timestamp`]s; only loops and handlers hold a clock.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock. May step.
    fn now(&self) -> Timestamp;

    /// Time since the process started, from a clock that never steps.
    fn uptime(&self) -> Duration;
}

/// A clock that moves when it is told to.
#[cfg(any(test, feature = "test-clock"))]
#[derive(Debug, Default)]
pub struct ManualClock {
    state: std::sync::Mutex<(Timestamp, Duration)>,
}

#[cfg(any(test, feature = "test-clock"))]
impl ManualClock {
    /// Shows `now`, with an uptime of zero.
    pub fn new(now: Timestamp) -> Self {
        Self { state: std::sync::Mutex::new((now, Duration::ZERO)) }
    }

    fn with<T>(&self, f: impl FnOnce(&mut (Timestamp, Duration)) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Both clocks move on.
    pub fn advance(&self, by: Duration) {
        self.with(|(now, uptime)| {
            *now = *now + by;
            *uptime += by;
        });
    }

    /// Only the wall clock is set, as by a correction.
    pub fn step_to(&self, to: Timestamp) {
        self.with(|(now, _)| *now = to);
    }
}

#[cfg(any(test, feature = "test-clock"))]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.with(|(now, _)| *now)
    }

    fn uptime(&self) -> Duration {
        self.with(|(_, uptime)| *uptime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_never_negative() {
        let (a, b) = (Timestamp::from_millis(5), Timestamp::from_millis(8));
        assert_eq!(b.since(a), Duration::from_millis(3));
        assert_eq!(a.since(b), Duration::ZERO);
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::from_millis(i64::MAX) + Duration::MAX, Timestamp::from_millis(i64::MAX));
        assert_eq!(Timestamp::from_secs(i64::MAX).as_millis(), i64::MAX);
        assert_eq!(Timestamp::from_millis(-1).as_secs(), -1);
    }
}
