//! When a visit ends: a value, checked once.

use std::time::Duration;

/// The rules of visits, before they are checked. `Default` is what the shops start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitSettings {
    /// Who comes back within this time after the last presence goes on with the same visit.
    pub resume_within: Duration,
    /// A presence ends after this time without news from its agent.
    pub lost_after: Duration,
    /// A presence of an earlier boot ends this long after the new boot said hello, unless that confirmed it.
    pub confirm_within: Duration,
    /// A presence of an agent that is connected and hears ends after this time without a word of it.
    pub silent_after: Duration,
    /// How long ended visits are kept at hand for late news: as long as an agent keeps its outbox.
    pub remember_for: Duration,
}

impl Default for VisitSettings {
    fn default() -> Self {
        Self {
            resume_within: Duration::from_secs(10 * 60),
            lost_after: Duration::from_secs(4 * 3_600),
            confirm_within: Duration::from_secs(300),
            silent_after: Duration::from_secs(10 * 60),
            remember_for: Duration::from_secs(72 * 3_600),
        }
    }
}

/// Why settings are no policy: names the setting and the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("visit setting `{setting}` is {found_ms} ms: give {expected}")]
pub struct InvalidVisitPolicy {
    /// The setting.
    pub setting: &'static str,
    /// Its value in milliseconds.
    pub found_ms: u128,
    /// What it must be.
    pub expected: &'static str,
}

/// Checked rules of visits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitPolicy(VisitSettings);

impl VisitPolicy {
    /// Checks the settings.
    pub fn try_new(settings: VisitSettings) -> Result<Self, InvalidVisitPolicy> {
        let s = &settings;
        let at_least = |setting, value: Duration, least: Duration, expected| {
            if value >= least {
                Ok(())
            } else {
                Err(InvalidVisitPolicy { setting, found_ms: value.as_millis(), expected })
            }
        };
        let minute = Duration::from_secs(60);
        at_least("resume_within", s.resume_within, minute, "at least a minute")?;
        at_least("confirm_within", s.confirm_within, minute, "at least a minute")?;
        let twice = "at least two minutes: agents report once a minute";
        at_least("silent_after", s.silent_after, 2 * minute, twice)?;
        at_least("lost_after", s.lost_after, s.silent_after, "at least `silent_after`")?;
        at_least("remember_for", s.remember_for, s.lost_after, "at least `lost_after`")?;
        Ok(Self(settings))
    }

    /// The settings that it was made from.
    pub const fn settings(&self) -> &VisitSettings {
        &self.0
    }
}
