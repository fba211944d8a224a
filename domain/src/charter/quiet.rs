//! Times at which a shop keeps quiet.

use std::collections::BTreeSet;

use super::{InvalidCharter, QuietFile};
use crate::{
    id::StoreId,
    time::{LocalTime, Weekday},
};

/// A time of the week at which nothing is suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QuietTime {
    pub(super) days: BTreeSet<Weekday>,
    /// Minutes since midnight.
    pub(super) from: u16,
    /// Minutes since midnight, at most 1440; itself not quiet any more.
    pub(super) until: u16,
    /// All shops where there is none.
    pub(super) stores: BTreeSet<StoreId>,
}

impl QuietTime {
    /// Checks what is written as time number `index`.
    pub(super) fn read(index: usize, file: &QuietFile) -> Result<Self, Vec<InvalidCharter>> {
        let mut wrong = Vec::new();
        let mut days = BTreeSet::new();
        for written in &file.days {
            match Weekday::ALL.into_iter().find(|day| day.name() == written) {
                Some(day) => {
                    days.insert(day);
                }
                None => wrong.push(InvalidCharter::Weekday { index, found: written.clone() }),
            }
        }
        if file.days.is_empty() {
            days.extend(Weekday::ALL);
        }
        let mut time = |key, written: &String| {
            let read = minutes(written);
            if read.is_none() {
                wrong.push(InvalidCharter::Time { index, key, found: written.clone() });
            }
            read
        };
        let (from, until) = (time("from", &file.from), time("until", &file.until));
        if let (Some(from), Some(until)) = (from, until)
            && wrong.is_empty()
        {
            if from < until {
                return Ok(Self { days, from, until, stores: file.stores.iter().cloned().collect() });
            }
            let (from, until) = (file.from.clone(), file.until.clone());
            wrong.push(InvalidCharter::Backwards { index, from, until });
        }
        Err(wrong)
    }

    /// Whether it is kept in a shop at all.
    pub(super) fn is_of(&self, store: &StoreId) -> bool {
        self.stores.is_empty() || self.stores.contains(store)
    }

    /// Whether it is now.
    pub(super) fn is_at(&self, local: LocalTime) -> bool {
        self.days.contains(&local.weekday) && (self.from..self.until).contains(&local.minute_of_day)
    }

    /// The minute of the day at which it next begins or ends, after the present one and on the same day; at midnight, which
    /// changes more than this, nothing is told.
    pub(super) fn turns_after(&self, local: LocalTime) -> Option<u16> {
        let turns = [self.from, self.until].into_iter().filter(|_| self.days.contains(&local.weekday));
        turns.filter(|turn| *turn > local.minute_of_day && *turn < 24 * 60).min()
    }
}

/// `09:30` as minutes since midnight, up to `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let time = hours * 60 + minutes;
    (minutes < 60 && time <= 24 * 60).then_some(time)
}
