//! How the ranking of suggestions learns.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, de};
use shopbell_domain::time::Timestamp;
use shopbell_kit::config::Invalid;

const DAY_MINUTES: i64 = 24 * 60;

/// What is learnt, and when.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    /// Whether anything is learnt: by the ranking, and of what people buy.
    pub learn: bool,
    /// When all of it is learnt anew each day.
    pub refit_at: TimeOfDay,
    /// How much is risked to learn: the deviation of the drawn weights, where 0 risks nothing.
    pub width: f64,
}

impl Ranking {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        if (0.0..=1.0).contains(&self.width) {
            return Ok(());
        }
        Err(Invalid::new("ranking.width", "0 to 1: 0 always shows what is expected to be best"))
    }
}

/// A minute of the day, by UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay(i64);

impl TimeOfDay {
    /// Of hours and minutes, such as `03:30`.
    fn read(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !(digits(hours) && digits(minutes)) {
            return None;
        }
        let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then_some(Self(hours * 60 + minutes))
    }

    /// The first such minute after a moment.
    pub fn after(self, now: Timestamp) -> Timestamp {
        let minute = now.as_secs().div_euclid(60);
        let today = minute.div_euclid(DAY_MINUTES) * DAY_MINUTES + self.0;
        let next = if today > minute { today } else { today + DAY_MINUTES };
        now + Duration::from_secs(u64::try_from(next * 60 - now.as_secs()).unwrap_or(0))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text)
            .ok_or_else(|| de::Error::custom(format!("{text:?} is no time of day, such as \"03:30\"")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_two_digits_twice() {
        assert_eq!(TimeOfDay::read("03:30").map(|at| at.to_string()).as_deref(), Some("03:30"));
        for wrong in ["", "3:30", "24:00", "03:60", "03:3", "03:30:00", "+3:30", "03-30"] {
            assert_eq!(TimeOfDay::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_next_one_is_within_a_day_and_after_now() {
        let at = TimeOfDay::read("03:30").unwrap();
        let day = 86_400;
        let seconds = |now| at.after(Timestamp::from_secs(now)).as_secs();
        assert_eq!(seconds(day), day + 12_600);
        assert_eq!(seconds(day + 12_599), day + 12_600);
        assert_eq!(seconds(day + 12_600), 2 * day + 12_600, "that one is now");
        assert_eq!(seconds(day + 12_630), 2 * day + 12_600);
    }

    #[test]
    fn a_width_is_a_deviation() {
        let with = |width| Ranking { learn: true, refit_at: TimeOfDay(0), width }.validate().is_ok();
        assert!(with(0.0) && with(0.1) && with(1.0));
        assert!(!with(-0.1) && !with(1.1) && !with(f64::NAN));
    }
}
