//! What can be wrong with a charter: each mistake names where it stands.

use super::{MAX_CAP, MAX_NAME, MAX_QUIET, MAX_SALT, MAX_WORDS};
use crate::{
    starter::{MAX_STARTERS, StarterKind},
    time::Weekday,
};

/// A mistake in a charter.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidCharter {
    /// A subject's name.
    #[error(
        "forbidden[{index}].subject: {name:?} is no name: lower-case letters, digits and `-`, at most {MAX_NAME}"
    )]
    Name {
        /// Which one, from 0.
        index: usize,
        /// What is written.
        name: String,
    },
    /// A subject that stands twice.
    #[error("forbidden[{index}].subject: {name:?} stands twice: put its words together")]
    Twice {
        /// Which one, from 0.
        index: usize,
        /// Its name.
        name: String,
    },
    /// A subject without words forbids nothing.
    #[error("forbidden[{index}].words: {name:?} has none, and no categories, and so forbids nothing")]
    NoWords {
        /// Which one, from 0.
        index: usize,
        /// Its name.
        name: String,
    },
    /// A word that is none.
    #[error("forbidden[{index}].{key}: {word:?} is no word or words; `*` stands only at the end of one")]
    Word {
        /// Which subject, from 0.
        index: usize,
        /// Which of its lists.
        key: &'static str,
        /// What is written.
        word: String,
    },
    /// More than a charter may hold.
    #[error("forbidden: {found} words of all subjects; at most {MAX_WORDS} are allowed")]
    TooManyWords {
        /// How many there are.
        found: usize,
    },
    /// A kind that there is not.
    #[error("starters.never: there is no kind {0:?}; the kinds are: {kinds}", kinds = kinds())]
    Kind(String),
    /// A kind that no charter turns off.
    #[error("starters.never: {0:?} is never kept back: who asks for help is answered")]
    Answers(String),
    /// A number out of its bounds.
    #[error("starters.at_most: {0} is more than {MAX_STARTERS}, which is what is read in a glance")]
    TooMany(usize),
    /// Neither of two words.
    #[error("{key}: {found:?} is neither {one:?} nor {other:?}")]
    Neither {
        /// Where.
        key: &'static str,
        /// What is written.
        found: String,
        /// What it may be.
        one: &'static str,
        /// What it may be instead.
        other: &'static str,
    },
    /// A cap that is none.
    #[error("caps.{key}: {found} is more than {MAX_CAP}, and would cap nothing; 0 shows nothing")]
    Cap {
        /// Which one.
        key: &'static str,
        /// What is written.
        found: usize,
    },
    /// More in a visit than in thirty days.
    #[error(
        "caps.per_visit: {per_visit} is more than caps.per_30_days, {per_30_days}, which no visit can exceed"
    )]
    Caps {
        /// In a visit.
        per_visit: usize,
        /// In thirty days.
        per_30_days: usize,
    },
    /// A day of the week that there is not.
    #[error("quiet[{index}].days: there is no {found:?}; the days are: {days}", days = days())]
    Weekday {
        /// Which time, from 0.
        index: usize,
        /// What is written.
        found: String,
    },
    /// A time that is none.
    #[error("quiet[{index}].{key}: {found:?} is no time of the day such as 09:30, at most 24:00")]
    Time {
        /// Which time, from 0.
        index: usize,
        /// Which end.
        key: &'static str,
        /// What is written.
        found: String,
    },
    /// A time that ends before it begins.
    #[error(
        "quiet[{index}]: {until} is not after {from}: a time over midnight is two, one until 24:00 and one from 00:00"
    )]
    Backwards {
        /// Which time, from 0.
        index: usize,
        /// Its beginning.
        from: String,
        /// Its end.
        until: String,
    },
    /// More times than a charter may hold.
    #[error("quiet: {found} times; at most {MAX_QUIET} are allowed")]
    TooManyTimes {
        /// How many there are.
        found: usize,
    },
    /// A share out of its bounds.
    #[error("control.holdout_share: {0} is not between 0 and 0.5; 0.05 is one customer in twenty")]
    Share(f64),
    /// A salt that is none.
    #[error("control.salt: must be 1 to {MAX_SALT} characters, and has {0}")]
    Salt(usize),
    /// A time that is none.
    #[error("moment.{key}: {found:?} is no time such as 15s or 3m, at most {most}")]
    Span {
        /// Which one.
        key: &'static str,
        /// What is written.
        found: String,
        /// The longest that makes sense.
        most: &'static str,
    },
}

fn kinds() -> String {
    StarterKind::ALL.map(StarterKind::name).join(", ")
}

fn days() -> String {
    Weekday::ALL.map(Weekday::name).join(", ")
}
