//! When a token counts as here, and when as gone: a value, checked once.

use std::{fmt, time::Duration};

use crate::signal::Dbm;

/// The rules of presence, before they are checked. `Default` is what the shops start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceSettings {
    /// Sightings that it takes to enter, 1 to 8.
    pub enter_sightings: u8,
    /// Within how long these must be heard.
    pub enter_within: Duration,
    /// Smoothed signal strength that it takes to enter.
    pub enter_rssi: Dbm,
    /// Over how long the signal strength is smoothed.
    pub smooth_over: Duration,
    /// Shortest silence that means gone.
    pub exit_min: Duration,
    /// Longest silence that is waited for.
    pub exit_max: Duration,
    /// Between the two: silence of this many learned gaps means gone.
    pub exit_gaps: u32,
    /// For how long after leaving it is harder to enter again; zero switches the gate off.
    pub reentry_for: Duration,
    /// By how many dB stronger a token must be to pass the gate at once; twice the sightings pass it too.
    pub reentry_gain_db: u8,
    /// How often a token that is still heard is reported.
    pub still_here_every: Duration,
    /// A token whose smoothed strength moved by this many dB since the last report is reported before its time: the
    /// phone is walking, and the zone that it walks into must win. 8 dB is a change that BlueZ reports at all.
    pub moved_db: u8,
    /// The shortest time between two such reports.
    pub moved_every: Duration,
    /// Most tokens held at once.
    pub max_tokens: usize,
    /// After how much silence a token that is not here is forgotten.
    pub forget_after: Duration,
}

impl Default for PresenceSettings {
    fn default() -> Self {
        Self {
            enter_sightings: 2,
            enter_within: Duration::from_secs(10),
            enter_rssi: Dbm::MINUS_80,
            smooth_over: Duration::from_secs(15),
            exit_min: Duration::from_secs(120),
            exit_max: Duration::from_secs(300),
            exit_gaps: 3,
            reentry_for: Duration::from_secs(60),
            reentry_gain_db: 6,
            still_here_every: Duration::from_secs(60),
            moved_db: 8,
            moved_every: Duration::from_secs(5),
            max_tokens: 4096,
            forget_after: Duration::from_secs(60),
        }
    }
}

/// Why settings are no policy: names the setting and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("presence setting `{setting}` is {found}: {expected}")]
pub struct InvalidPolicy {
    /// The setting.
    pub setting: &'static str,
    /// Its value.
    pub found: String,
    /// What it must be.
    pub expected: &'static str,
}

/// Checked rules of presence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PresencePolicy(PresenceSettings);

impl PresencePolicy {
    /// Most sightings that the enter rule can ask for; the re-entry gate asks for twice as many.
    pub const MAX_ENTER_SIGHTINGS: u8 = 8;

    /// Checks the settings.
    pub fn try_new(settings: PresenceSettings) -> Result<Self, InvalidPolicy> {
        let s = &settings;
        let count = 1..=Self::MAX_ENTER_SIGHTINGS;
        require(count.contains(&s.enter_sightings), "enter_sightings", &s.enter_sightings, "give 1 to 8")?;
        let longer_than_zero = "give more than zero";
        require(!s.enter_within.is_zero(), "enter_within", &millis(s.enter_within), longer_than_zero)?;
        require(!s.smooth_over.is_zero(), "smooth_over", &millis(s.smooth_over), longer_than_zero)?;
        require(!s.exit_min.is_zero(), "exit_min", &millis(s.exit_min), longer_than_zero)?;
        let exit_max = s.exit_max >= s.exit_min;
        require(exit_max, "exit_max", &millis(s.exit_max), "give at least `exit_min`")?;
        require(s.exit_max <= DAY, "exit_max", &millis(s.exit_max), "give at most a day")?;
        require(s.exit_gaps >= 1, "exit_gaps", &s.exit_gaps, "give at least 1")?;
        let gain = (0..=40).contains(&s.reentry_gain_db);
        require(gain, "reentry_gain_db", &s.reentry_gain_db, "give 0 to 40")?;
        let still_here = !s.still_here_every.is_zero();
        require(still_here, "still_here_every", &millis(s.still_here_every), longer_than_zero)?;
        require(s.moved_db >= 1, "moved_db", &s.moved_db, "give at least 1")?;
        let moved = !s.moved_every.is_zero();
        require(moved, "moved_every", &millis(s.moved_every), longer_than_zero)?;
        let room = (1..=1_000_000).contains(&s.max_tokens);
        require(room, "max_tokens", &s.max_tokens, "give 1 to 1000000")?;
        let kept = s.forget_after >= s.reentry_for.max(s.enter_within);
        let expected = "give at least `reentry_for` and `enter_within`";
        require(kept, "forget_after", &millis(s.forget_after), expected)?;
        Ok(Self(settings))
    }

    /// The settings that it was made from.
    pub const fn settings(&self) -> &PresenceSettings {
        &self.0
    }

    /// How long a token with this learned gap may be silent before it counts as gone.
    pub fn exit_after(&self, learned_gap: Option<Duration>) -> Duration {
        let by_gap = learned_gap.unwrap_or_default().saturating_mul(self.0.exit_gaps);
        by_gap.clamp(self.0.exit_min, self.0.exit_max)
    }
}

const DAY: Duration = Duration::from_secs(86_400);

fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

fn require(
    holds: bool,
    setting: &'static str,
    found: &dyn fmt::Display,
    expected: &'static str,
) -> Result<(), InvalidPolicy> {
    if holds { Ok(()) } else { Err(InvalidPolicy { setting, found: format!("{found}"), expected }) }
}
