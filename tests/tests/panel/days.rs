//! Days as texts of both languages tell them, against the days of facts.

use shopbell_proto::floor::v1::StarterFact;
use time::{Date, OffsetDateTime, UtcOffset, macros::format_description};

use super::{known::Known, verdict::is_said};

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
/// Days near by, with how many days ahead they are.
const NEAR: [(&str, i64); 6] =
    [("yesterday", -1), ("today", 0), ("tomorrow", 1), ("hier", -1), ("aujourd hui", 0), ("demain", 1)];

/// The days that facts may tell.
pub(crate) struct Dates {
    /// Each as it may be written, the longest first.
    written: Vec<String>,
    /// How many days ahead each is.
    ahead: Vec<i64>,
}

impl Dates {
    /// Of when facts came to be known, and of when what they tell of falls due or ends.
    pub(crate) fn of(known: &Known<'_>, facts: &[StarterFact]) -> Self {
        let mut moments: Vec<i64> = facts.iter().map(|fact| fact.at_ms).collect();
        for service in known.profile("services") {
            let is_told =
                service["id"].as_str().is_some_and(|id| facts.iter().any(|fact| fact.text.contains(id)));
            moments.extend(service["until"].as_i64().filter(|_| is_told));
        }
        for note in known.profile("notes") {
            let versions = note["versions"].as_array().into_iter().flatten();
            let told = versions.filter(|one| facts.iter().any(|fact| one["at"] == fact.at_ms));
            moments.extend(told.filter_map(|one| one["promise"]["due"].as_i64()));
        }
        let day = |at: i64| {
            let utc = OffsetDateTime::from_unix_timestamp(at.div_euclid(1_000)).unwrap();
            // In November; what is of the summer begins an hour later, as the program says it does.
            utc.to_offset(UtcOffset::from_hms(1, 0, 0).unwrap()).date()
        };
        let today = day(known.seen.at.as_millis());
        let days: Vec<Date> = moments.into_iter().map(day).chain(told_as_days(known, today)).collect();
        let mut written = Vec::new();
        for day in &days {
            let (number, month, year) = (day.day(), usize::from(u8::from(day.month())) - 1, day.year());
            let first = if number == 1 { "1er".to_owned() } else { number.to_string() };
            for text in [format!("{number} {}", ENGLISH[month]), format!("{first} {}", FRENCH[month])] {
                written.extend([format!("{text} {year}"), text]);
            }
        }
        written.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let ahead = days.iter().map(|day| (*day - today).whole_days()).collect();
        Self { written, ahead }
    }

    /// A word of a day that no fact has. What is said may speak of today, as everybody does.
    pub(crate) fn untold(&self, text: &str) -> Option<&'static str> {
        let rest = without_dates(text, self);
        let month = ENGLISH.into_iter().chain(FRENCH).find(|month| {
            let after_a_number =
                |(at, _): (usize, &str)| rest[..at].trim_end().ends_with(|c: char| c.is_ascii_digit());
            rest.match_indices(month).any(after_a_number)
        });
        let near = NEAR.into_iter().filter(|(word, ahead)| *ahead != 0 && is_said(word, text));
        month.or_else(|| near.filter(|(_, ahead)| !self.ahead.contains(ahead)).map(|(word, _)| word).next())
    }
}

/// A text without the dates of facts.
pub(crate) fn without_dates(text: &str, dates: &Dates) -> String {
    dates.written.iter().fold(text.to_owned(), |text, date| text.replace(date.as_str(), " "))
}

/// Days that are told as such: those that matter to the guest, when they come next, and until when announcements run.
fn told_as_days(known: &Known<'_>, today: Date) -> Vec<Date> {
    let read = |text: &str| Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    let mut days: Vec<Date> = Vec::new();
    for name in ["birthday", "date:"] {
        let told = known.preference(name).and_then(|told| read(told["value"].as_str()?));
        let this_year = told.and_then(|day| day.replace_year(today.year()).ok());
        let next =
            this_year.filter(|day| *day < today).and_then(|day| day.replace_year(today.year() + 1).ok());
        days.extend(next.or(this_year));
    }
    days.extend(known.announcements().filter_map(|one| read(one["until"].as_str()?)));
    days
}
