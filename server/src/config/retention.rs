//! How long each class of data is kept. The configuration can only shorten.

use std::time::Duration;

use serde::Deserialize;
use shopbell_kit::config::Invalid;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest times, in days, and the keys of the settings. A month counts 30 days and a half, so that twelve are a year.
const LONGEST: [(&str, u32); 7] = [
    ("retention.presences_days", 7),
    ("retention.failed_events_days", 30),
    ("retention.visits_days", 396),
    ("retention.looks_days", 366),
    ("retention.showings_days", 396),
    ("retention.profiles_days", 1_096),
    ("retention.anonymous_days", 1_096),
];

/// How long each class of data is kept, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// What agents heard, as it came: from the receipt.
    pub presences_days: u32,
    /// Events that could not be used: from the moment when that was found.
    pub failed_events_days: u32,
    /// Visits: from their end.
    pub visits_days: u32,
    /// Who looked at whose card: from the look.
    pub looks_days: u32,
    /// What was shown of what might be said, and what became of it: from its time.
    pub showings_days: u32,
    /// All that is known of a customer: from what they did last.
    pub profiles_days: u32,
    /// Anonymous arrivals of an hour: from that hour.
    pub anonymous_days: u32,
}

impl Retention {
    fn settings(&self) -> [u32; 7] {
        [
            self.presences_days,
            self.failed_events_days,
            self.visits_days,
            self.looks_days,
            self.showings_days,
            self.profiles_days,
            self.anonymous_days,
        ]
    }

    pub(super) fn validate(&self) -> Result<(), Invalid> {
        for ((key, longest), days) in LONGEST.into_iter().zip(self.settings()) {
            if days == 0 || days > longest {
                return Err(Invalid::new(
                    key,
                    format!(
                        "1 to {longest}: the configuration can shorten how long data is kept, and not lengthen it"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// A number of days.
    pub fn days(days: u32) -> Duration {
        DAY * days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Retention = Retention {
        presences_days: 7,
        failed_events_days: 30,
        visits_days: 396,
        looks_days: 366,
        showings_days: 396,
        profiles_days: 1_096,
        anonymous_days: 1_096,
    };

    #[test]
    fn times_can_be_shortened_and_not_lengthened() {
        DEFAULT.validate().unwrap();
        Retention { presences_days: 1, profiles_days: 30, ..DEFAULT }.validate().unwrap();
        let longer = Retention { visits_days: 397, ..DEFAULT }.validate().unwrap_err().to_string();
        assert!(longer.contains("retention.visits_days") && longer.contains("1 to 396"), "{longer}");
        assert!(Retention { looks_days: 0, ..DEFAULT }.validate().is_err(), "never is no time");
    }
}
