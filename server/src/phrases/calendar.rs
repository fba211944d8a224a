//! Days as people speak of them: today, yesterday, tomorrow, else by their date, as the shop's clocks show it.

use shopbell_domain::time::{Day, LocalTime, Timestamp};
use time::{Date, Month, OffsetDateTime, UtcOffset};

/// The shop's calendar at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    now: Timestamp,
    /// Of the shop's clocks, ahead of UTC.
    offset_secs: i64,
}

/// How near a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// The present day.
    Today,
    /// The day before.
    Yesterday,
    /// The day after.
    Tomorrow,
    /// Any other.
    Other,
}

impl Near {
    /// As the messages call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Tomorrow => "tomorrow",
            Self::Other => "other",
        }
    }
}

impl Calendar {
    /// At `now`, by the clock on the shop's wall; by UTC where that is not known.
    ///
    /// The clock's difference to UTC is taken for other days, too: a day of the other half of the year may begin an hour off,
    /// which changes only what happened in that hour.
    pub fn new(now: Timestamp, wall: Option<LocalTime>) -> Self {
        let ahead = wall.and_then(|wall| {
            let midnight = of_day(wall.date)?.midnight().assume_utc().unix_timestamp();
            let shown = midnight + i64::from(wall.minute_of_day) * 60;
            Some(shown - now.as_secs().div_euclid(60) * 60)
        });
        Self { now, offset_secs: ahead.unwrap_or_default() }
    }

    /// The day of a moment.
    pub fn day(&self, at: Timestamp) -> Date {
        let offset = i32::try_from(self.offset_secs).ok();
        let offset = offset.and_then(|secs| UtcOffset::from_whole_seconds(secs).ok());
        let utc = OffsetDateTime::from_unix_timestamp(at.as_secs()).ok();
        utc.and_then(|utc| utc.checked_to_offset(offset.unwrap_or(UtcOffset::UTC)))
            .map_or(Date::MIN, OffsetDateTime::date)
    }

    /// The present day.
    pub fn today(&self) -> Date {
        self.day(self.now)
    }

    /// How near a day is.
    pub fn near(&self, day: Date) -> Near {
        let today = self.today();
        match day {
            day if day == today => Near::Today,
            day if Some(day) == today.previous_day() => Near::Yesterday,
            day if Some(day) == today.next_day() => Near::Tomorrow,
            _ => Near::Other,
        }
    }
}

/// A day of the domain, where the calendar has it.
pub(super) fn of_day(day: Day) -> Option<Date> {
    let month = Month::try_from(day.month).ok()?;
    Date::from_calendar_date(i32::from(day.year), month, day.day).ok()
}

#[cfg(test)]
mod tests {
    use shopbell_domain::time::Weekday;

    use super::*;

    /// 2026-11-21 23:30:00 UTC.
    const NOW: Timestamp = Timestamp::from_secs(1_795_303_800);

    #[test]
    fn days_are_those_of_the_shop() {
        let wall = LocalTime {
            weekday: Weekday::Sunday,
            minute_of_day: 30,
            date: Day { year: 2026, month: 11, day: 22 },
        };
        let (utc, paris) = (Calendar::new(NOW, None), Calendar::new(NOW, Some(wall)));
        let near = |calendar: &Calendar, hours: i64| {
            calendar.near(calendar.day(Timestamp::from_secs(NOW.as_secs() + hours * 3_600))).name()
        };
        let of = |calendar| [-24, -1, 0, 1, 24, 48].map(|hours| near(&calendar, hours));
        assert_eq!(of(utc), ["yesterday", "today", "today", "tomorrow", "tomorrow", "other"]);
        assert_eq!(of(paris), ["yesterday", "yesterday", "today", "today", "tomorrow", "other"]);
        assert_eq!(utc.today().to_string(), "2026-11-21");
        assert_eq!(paris.today().to_string(), "2026-11-22");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_no_reason_to_fall_over() {
        let calendar = Calendar::new(NOW, None);
        for at in [i64::MIN, i64::MAX] {
            assert_eq!(calendar.near(calendar.day(Timestamp::from_millis(at))), Near::Other);
        }
    }
}
