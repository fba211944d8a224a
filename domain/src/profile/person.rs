//! Who the customer is, as far as anybody told: the days that matter to them, how they wish to be addressed, whether they
//! are of age.
//!
//! All of it stands in preferences, whatever tells them, and is read here:
//!
//! | preference | value |
//! |---|---|
//! | `birthday` | `1990-05-04`, or `05-04` without the year |
//! | `date:` and a name, as `date:wedding` | the same; a day in the future is that one day, every other one comes each year |
//! | `address` | `formal` or `informal` |
//! | `age` | whole years, when it was told |
//!
//! What cannot be read is not known; it is no error, since it was told to others first. All of it falls under the consent for
//! preferences.

use super::{Preference, Profile, Source};
use crate::time::{Day, Timestamp};

/// The preference that tells the day of birth.
pub const BIRTHDAY: &str = "birthday";
/// The preference that tells how one wishes to be addressed.
pub const ADDRESS: &str = "address";
/// The preference that tells how old one is.
pub const AGE: &str = "age";
/// What the name of a preference begins with when it tells a day.
pub const DATE_PREFIX: &str = "date:";

/// From this age on one is no minor any more.
const OF_AGE: i32 = 18;
/// Whoever tells more mistyped.
const OLDEST: i32 = 130;

/// How somebody is addressed, where a language makes a difference: as a customer wishes, or as a brand does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Address {
    /// As `vous`.
    #[default]
    Formal,
    /// As `tu`.
    Informal,
}

impl Address {
    /// Both, by their words.
    pub const BY_WORD: [(&'static str, Self); 2] = [("formal", Self::Formal), ("informal", Self::Informal)];

    /// Reads a word.
    pub fn from_word(word: &str) -> Option<Self> {
        let told = word.trim().to_lowercase();
        Self::BY_WORD.into_iter().find(|(word, _)| *word == told).map(|(_, address)| address)
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Formal => "formal",
            Self::Informal => "informal",
        }
    }
}

/// A day as it is told: of a year, or of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTold {
    /// The year, when it is told.
    pub year: Option<i16>,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl DayTold {
    /// Reads `1990-05-04`, `05-04` or `--05-04`; a time after it is of no matter.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().split(['T', ' ']).next().unwrap_or_default();
        let text = text.strip_prefix("--").unwrap_or(text);
        let parts: Vec<&str> = text.split('-').collect();
        let (year, month, day) = match parts.as_slice() {
            [year, month, day] => (Some(number(year, 4)?), number(month, 2)?, number(day, 2)?),
            [month, day] => (None, number(month, 2)?, number(day, 2)?),
            _ => return None,
        };
        let year = match year {
            Some(year) if (1880..2100).contains(&year) => Some(year),
            None => None,
            Some(_) => return None,
        };
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let is_day = (1..=12).contains(&month) && (1..=days_of(month, year)).contains(&day);
        is_day.then_some(Self { year, month, day })
    }

    /// As it is written: `1990-05-04`, or `05-04`.
    pub fn written(self) -> String {
        let Self { year, month, day } = self;
        match year {
            Some(year) => Day { year, month, day }.to_string(),
            None => format!("{month:02}-{day:02}"),
        }
    }

    /// The first time that it comes on `today` or later.
    fn next(self, today: Day) -> Day {
        if let Some(year) = self.year
            && let only = self.in_year(year)
            && only > today
        {
            return only;
        }
        let this_year = self.in_year(today.year);
        if this_year < today { self.in_year(today.year.saturating_add(1)) } else { this_year }
    }

    /// In a year without it, 29 February is the last of that month.
    fn in_year(self, year: i16) -> Day {
        Day { year, month: self.month, day: self.day.min(days_of(self.month, Some(year))) }
    }
}

/// A day of the customer's that is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearDate<'a> {
    /// Whose name it has: `birthday`, or what stands behind `date:`.
    pub name: &'a str,
    /// When it comes.
    pub on: Day,
    /// In how many days; 0 is today.
    pub in_days: u16,
    /// When it was told.
    pub told: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

impl Profile {
    /// The days of the customer's that come within so many days, today included; the nearest first. What a page told of a day
    /// that who is believed told too is left out.
    pub fn dates_near(&self, today: Day, days: u16) -> Vec<NearDate<'_>> {
        let mut near: Vec<NearDate<'_>> =
            self.preferences.iter().filter_map(|told| near(told, today, days)).collect();
        near.sort_by_key(|date| (date.name, !date.source.is_vouched()));
        near.dedup_by_key(|date| date.name);
        near.sort_by_key(|date| (date.in_days, date.name));
        near
    }

    /// How the customer wishes to be addressed, as somebody who is believed tells: a page may be anybody, and a "tu" in the
    /// wrong place is not taken back.
    pub fn address(&self) -> Option<Address> {
        let mut told =
            self.preferences.iter().filter(|told| told.source.is_vouched() && told.name == ADDRESS);
        told.find_map(|told| Address::from_word(&told.value))
    }

    /// Whether the customer is under 18; `None` when nobody told. Whoever says so is enough, a page too, and doubt is for yes:
    /// nobody is a minor too long by it, but some hours.
    pub fn is_minor(&self, now: Timestamp) -> Option<bool> {
        let ages = self.preferences.iter().filter_map(|told| match told.name.as_str() {
            BIRTHDAY => age_by(DayTold::read(&told.value)?, now),
            AGE => age_since(told, now),
            _ => None,
        });
        ages.min().map(|age| age < OF_AGE)
    }
}

fn near(told: &Preference, today: Day, days: u16) -> Option<NearDate<'_>> {
    let name = match told.name.as_str() {
        BIRTHDAY => BIRTHDAY,
        other => other.strip_prefix(DATE_PREFIX).filter(|name| !name.is_empty())?,
    };
    let on = DayTold::read(&told.value)?.next(today);
    let in_days = u16::try_from(count(on) - count(today)).ok().filter(|left| *left <= days)?;
    Some(NearDate { name, on, in_days, told: told.at, source: told.source })
}

/// The least age that a birthday leaves open anywhere on earth.
fn age_by(birthday: DayTold, now: Timestamp) -> Option<i32> {
    let year = birthday.year?;
    let today = utc_day(now - std::time::Duration::from_secs(12 * 3_600));
    let had_it = today >= birthday.in_year(today.year);
    let age = i32::from(today.year) - i32::from(year) - i32::from(!had_it);
    (0..=OLDEST).contains(&age).then_some(age)
}

/// The least age, by one that was told a while ago.
fn age_since(told: &Preference, now: Timestamp) -> Option<i32> {
    const YEAR_SECS: u64 = 366 * 86_400;
    let age = told.value.trim().parse().ok().filter(|age| (0..=OLDEST).contains(age))?;
    let years = i32::try_from(now.since(told.at).as_secs() / YEAR_SECS).unwrap_or(0);
    Some(age.saturating_add(years))
}

fn number(digits: &str, most: usize) -> Option<i16> {
    let is_number = digits.len() <= most && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// Without a year, February may have 29 days.
const fn days_of(month: u8, year: Option<i16>) -> u8 {
    match month {
        2 => match year {
            Some(year) if year % 4 != 0 || (year % 100 == 0 && year % 400 != 0) => 28,
            _ => 29,
        },
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1 March of the year 0, as the proleptic Gregorian calendar counts; from March on, so that the odd day of a leap
/// year is the last one.
fn count(day: Day) -> i64 {
    let month = (i64::from(day.month) + 9) % 12;
    let year = i64::from(day.year) - month / 10;
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 306 + 5) / 10
        + i64::from(day.day)
        - 1
}

impl Day {
    /// Noon of the day in UTC.
    pub fn noon_utc(self) -> Timestamp {
        const EPOCH: Day = Day { year: 1970, month: 1, day: 1 };
        Timestamp::from_secs((count(self) - count(EPOCH)) * 86_400 + 43_200)
    }
}

/// The day in UTC.
pub(crate) fn utc_day(at: Timestamp) -> Day {
    const EPOCH: Day = Day { year: 1970, month: 1, day: 1 };
    let wanted = at.as_secs().div_euclid(86_400) + count(EPOCH);
    // At most a year too early: 365.2425 days are a year, and `count` begins in March.
    let mut year = i16::try_from(wanted * 400 / 146_097).unwrap_or(i16::MAX - 1);
    if count(Day { year: year.saturating_add(1), month: 1, day: 1 }) <= wanted {
        year = year.saturating_add(1);
    }
    let begun = |month: &u8| count(Day { year, month: *month, day: 1 }) <= wanted;
    let month = (1..=12_u8).rev().find(begun).unwrap_or(1);
    let day = wanted - count(Day { year, month, day: 1 }) + 1;
    Day { year, month, day: u8::try_from(day).unwrap_or(1) }
}

#[cfg(test)]
mod tests;
