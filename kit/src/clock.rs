//! The clocks of real processes, and the `[clock]` section that chooses one.
//!
//! This is the only module that reads the machine's clocks. A demo or a test of whole processes runs on a
//! recording's time: each process is given the same `origin`, `anchor` and `speed`, so that they agree without
//! talking to each other.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::Deserialize;
use shopbell_domain::time::{Clock, Timestamp};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::config::Invalid;

/// The machine's clocks.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Uptime counts from here.
    #[expect(clippy::disallowed_methods, reason = "this is where the machine's clock enters the program")]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(unix_micros() / 1_000).unwrap_or(i64::MAX))
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the machine's clock enters the program")]
fn unix_micros() -> i128 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_micros()).unwrap_or(i128::MAX),
        // A machine without a clock battery may believe that it is before 1970.
        Err(before) => -i128::try_from(before.duration().as_micros()).unwrap_or(i128::MAX),
    }
}

/// A recording's time: it shows `origin` when the machine shows `anchor`, and runs `speed` times as fast.
#[derive(Debug, Clone)]
pub struct ReplayClock {
    origin: Timestamp,
    anchor: Timestamp,
    speed: u32,
    system: SystemClock,
}

impl ReplayClock {
    /// `speed` is at least 1.
    pub fn start(origin: Timestamp, anchor: Timestamp, speed: u32) -> Self {
        Self { origin, anchor, speed: speed.max(1), system: SystemClock::start() }
    }

    fn at(&self, unix_micros: i128) -> Timestamp {
        let elapsed = unix_micros.saturating_sub(i128::from(self.anchor.as_millis()) * 1_000);
        let shown = i128::from(self.origin.as_millis()) + elapsed.saturating_mul(self.speed.into()) / 1_000;
        let limit = if shown < 0 { i64::MIN } else { i64::MAX };
        Timestamp::from_millis(i64::try_from(shown).unwrap_or(limit))
    }
}

impl Clock for ReplayClock {
    fn now(&self) -> Timestamp {
        self.at(unix_micros())
    }

    fn uptime(&self) -> Duration {
        self.system.uptime().saturating_mul(self.speed)
    }
}

/// Section `[clock]`. Without keys it stands for the machine's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockConfig {
    /// What the clock shows at `anchor` (RFC 3339).
    pub origin: Option<String>,
    /// A moment of the machine's clock (RFC 3339).
    pub anchor: Option<String>,
    /// How many seconds pass in one; at least 1.
    pub speed: Option<u32>,
}

impl ClockConfig {
    /// Checks the section and starts its clock.
    pub fn start(&self) -> Result<Arc<dyn Clock>, Invalid> {
        // A key that makes no sense is named before one that is missing.
        let time =
            |key, text: &Option<String>| text.as_ref().map(|text| parse_rfc3339(key, text)).transpose();
        match (time("clock.origin", &self.origin)?, time("clock.anchor", &self.anchor)?) {
            (None, None) if self.speed.is_none() => Ok(Arc::new(SystemClock::start())),
            (Some(origin), Some(anchor)) => {
                let speed = self.speed.unwrap_or(1);
                if speed == 0 {
                    return Err(Invalid::new("clock.speed", "a whole number of at least 1"));
                }
                Ok(Arc::new(ReplayClock::start(origin, anchor, speed)))
            }
            (None, _) => Err(Invalid::new("clock.origin", "a time, since another key of [clock] is set")),
            (Some(_), None) => Err(Invalid::new("clock.anchor", "a time, since clock.origin is set")),
        }
    }
}

/// Reads a time like `2026-03-14T09:30:00Z`; `key` names it in the error.
pub fn parse_rfc3339(key: &str, text: &str) -> Result<Timestamp, Invalid> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .and_then(|time| i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok())
        .map(Timestamp::from_millis)
        .ok_or_else(|| Invalid::new(key, format!("a time like \"2026-03-14T09:30:00Z\", not {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(toml: &str) -> ClockConfig {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn replay_shows_the_origin_at_the_anchor_and_runs_fast() {
        let origin = parse_rfc3339("o", "2026-03-14T09:30:00Z").unwrap();
        let anchor = parse_rfc3339("a", "2026-11-22T02:00:00+01:00").unwrap();
        assert_eq!(anchor, parse_rfc3339("a", "2026-11-22T01:00:00Z").unwrap());
        let clock = ReplayClock::start(origin, anchor, 60);
        let anchor_micros = i128::from(anchor.as_millis()) * 1_000;
        assert_eq!(clock.at(anchor_micros), origin);
        assert_eq!(clock.at(anchor_micros + 1_000_000), origin + Duration::from_secs(60));
        assert_eq!(clock.at(anchor_micros - 1_000_000), origin - Duration::from_secs(60));
        assert_eq!(clock.at(i128::MAX).as_millis(), i64::MAX);
        assert_eq!(clock.at(i128::MIN).as_millis(), i64::MIN);
    }

    #[test]
    fn both_clocks_follow_the_machine() {
        let system = SystemClock::start();
        let before = system.now();
        let clock =
            config("origin = \"2020-01-01T00:00:00Z\"\nanchor = \"2020-01-01T00:00:00Z\"").start().unwrap();
        let shown = clock.now();
        assert!(shown >= before && shown <= system.now(), "at speed 1 from a common moment they agree");
        let fast = ReplayClock::start(before, before, 1_000);
        let uptime = fast.uptime();
        while fast.now() < before + Duration::from_secs(5) {
            std::thread::yield_now();
        }
        assert!(fast.uptime() > uptime + Duration::from_secs(2), "uptime runs as fast as the wall clock");
    }

    #[test]
    fn half_a_section_is_refused_by_key() {
        let error = |toml| config(toml).start().err().map(|invalid| invalid.to_string()).unwrap_or_default();
        assert_eq!(error(""), "");
        assert!(error("speed = 2").starts_with("clock.origin must be a time"));
        assert!(error("anchor = \"2020-01-01T00:00:00Z\"").starts_with("clock.origin"));
        assert!(error("origin = \"2020-01-01T00:00:00Z\"").starts_with("clock.anchor"));
        assert!(error("origin = \"yesterday\"").starts_with("clock.origin must be a time like"));
        assert!(
            error("origin = \"yesterday\"\nanchor = \"2020-01-01T00:00:00Z\"").contains("not \"yesterday\"")
        );
        let zero = "speed = 0\norigin = \"2020-01-01T00:00:00Z\"\nanchor = \"2020-01-01T00:00:00Z\"";
        assert!(error(zero).starts_with("clock.speed must be a whole number"));
    }
}
