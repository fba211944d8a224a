//! One regulation: what is asked, of whom, and what became of it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{event::EventId, id::SourceId, redacted::Redacted, time::Timestamp};

/// Customer numbers that one regulation takes at most: Segment's own limit a call.
pub const MAX_USERS: usize = 5_000;

/// Names a regulation: counts from 1, in the order in which they were asked and are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RegulationNumber(pub u64);

impl fmt::Display for RegulationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RegulationNumber {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// From now on nothing is kept; what is known stays.
    SuppressOnly,
    /// The end of a suppression. What was shared is not shared again by that.
    Unsuppress,
    /// Erased, and nothing is kept from now on.
    SuppressWithDelete,
    /// Erased. Who comes back is a new person.
    DeleteOnly,
    /// Erased; what happened stays for counting, as nobody's.
    Anonymize,
}

/// A name that is no kind of regulation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no such kind of regulation: take SUPPRESS_ONLY, UNSUPPRESS, SUPPRESS_WITH_DELETE, DELETE_ONLY or ANONYMIZE"
)]
pub struct UnknownKind;

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::SuppressOnly, Self::Unsuppress, Self::SuppressWithDelete, Self::DeleteOnly, Self::Anonymize];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SuppressOnly => "SUPPRESS_ONLY",
            Self::Unsuppress => "UNSUPPRESS",
            Self::SuppressWithDelete => "SUPPRESS_WITH_DELETE",
            Self::DeleteOnly => "DELETE_ONLY",
            Self::Anonymize => "ANONYMIZE",
        }
    }

    /// The kind of this name. Segment's `_INTERNAL` kinds leave its destinations alone; there are none here, so that they
    /// are the same.
    pub fn from_name(name: &str) -> Result<Self, UnknownKind> {
        match name {
            "SUPPRESS_WITH_DELETE_INTERNAL" => Ok(Self::SuppressWithDelete),
            "DELETE_INTERNAL" => Ok(Self::DeleteOnly),
            _ => Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownKind),
        }
    }

    /// Whether nothing is kept of the person from now on.
    pub const fn suppresses(self) -> bool {
        match self {
            Self::SuppressOnly | Self::SuppressWithDelete => true,
            Self::Unsuppress | Self::DeleteOnly | Self::Anonymize => false,
        }
    }

    /// Whether the person is forgotten.
    pub const fn erases(self) -> bool {
        match self {
            Self::SuppressWithDelete | Self::DeleteOnly | Self::Anonymize => true,
            Self::SuppressOnly | Self::Unsuppress => false,
        }
    }
}

/// How far it is.
///
/// ```text
/// INITIALIZED ──> RUNNING ──> FINISHED | PARTIAL_SUCCESS | FAILED | INVALID
///      └────────> NOT_SUPPORTED
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// It waits for its turn.
    Initialized,
    /// None of its customer numbers is one; nothing was done.
    Invalid,
    /// It asks for what cannot be done for a part of the data alone; nothing was done.
    NotSupported,
    /// It is being carried out.
    Running,
    /// Carried out for some of the numbers; the others tell why not.
    PartialSuccess,
    /// Carried out for nobody.
    Failed,
    /// Carried out for all.
    Finished,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Initialized,
        Self::Invalid,
        Self::NotSupported,
        Self::Running,
        Self::PartialSuccess,
        Self::Failed,
        Self::Finished,
    ];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initialized => "INITIALIZED",
            Self::Invalid => "INVALID",
            Self::NotSupported => "NOT_SUPPORTED",
            Self::Running => "RUNNING",
            Self::PartialSuccess => "PARTIAL_SUCCESS",
            Self::Failed => "FAILED",
            Self::Finished => "FINISHED",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more becomes of it.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Initialized | Self::Running => false,
            Self::Invalid | Self::NotSupported | Self::PartialSuccess | Self::Failed | Self::Finished => true,
        }
    }

    /// Whether `next` may follow. A state follows itself: what was begun before a restart is begun again.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Initialized => true,
            Self::Running => !matches!(next, Self::Initialized | Self::NotSupported),
            Self::Invalid | Self::NotSupported | Self::PartialSuccess | Self::Failed | Self::Finished => {
                false
            }
        }
    }
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asker {
    /// A backend of the retailer.
    App,
    /// One of those who run the shops.
    Operator,
    /// A web shop that passes on what its customer asked there.
    Source(SourceId),
    /// Nobody: the time for which data may be kept is over.
    Retention,
}

/// A regulation that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRegulation {
    /// What is asked.
    pub kind: Kind,
    /// The customer numbers, 1 to [`MAX_USERS`], as they were told; [`super::subject()`] says whom else they may name.
    pub users: Vec<Redacted<String>>,
    /// Who asked.
    pub by: Asker,
    /// When.
    pub at: Timestamp,
    /// The only source that it is about; `None` for all.
    pub source: Option<SourceId>,
    /// The message of a source that asks for it: asked again by the same, it is the same regulation.
    pub message: Option<EventId>,
}

/// Why a regulation is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Of nobody.
    #[error("subjectIds is empty: name 1 to {MAX_USERS} customer numbers")]
    Nobody,
    /// Of too many.
    #[error("subjectIds has {0} entries: at most {MAX_USERS} are taken a call; split them")]
    TooMany(usize),
}

impl NewRegulation {
    /// Checks how many it names; a number that stands twice counts once.
    pub fn check(mut self) -> Result<Self, Refused> {
        match self.users.len() {
            0 => return Err(Refused::Nobody),
            many if many > MAX_USERS => return Err(Refused::TooMany(many)),
            _ => {}
        }
        let mut seen = std::collections::HashSet::new();
        self.users.retain(|user| seen.insert(user.clone()));
        Ok(self)
    }

    /// The state in which it begins. What one source told is woven into the person; taking that alone out would neither
    /// be an erasure nor leave a whole profile. Only a source that leaves takes along what it told.
    pub fn first_state(&self) -> State {
        let leaves =
            |source: &SourceId| self.kind == Kind::DeleteOnly && self.by == Asker::Source(source.clone());
        if self.source.as_ref().is_none_or(leaves) { State::Initialized } else { State::NotSupported }
    }
}

/// What became of one customer number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was carried out.
    Done {
        /// The receipt's number, of an erasure.
        receipt: Option<u64>,
        /// Records that were removed.
        records: u64,
    },
    /// It is no customer number; the reason does not tell it.
    Invalid(String),
    /// It could not be carried out; the reason tells what to do.
    Failed(String),
}

/// How many of its numbers ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Numbers that it names.
    pub users: u64,
    /// Carried out.
    pub done: u64,
    /// No customer numbers.
    pub invalid: u64,
    /// Could not be carried out.
    pub failed: u64,
}

impl Tally {
    /// Counts one more.
    pub const fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Done { .. } => self.done += 1,
            Outcome::Invalid(_) => self.invalid += 1,
            Outcome::Failed(_) => self.failed += 1,
        }
    }

    /// Numbers of which it is known how they ended.
    pub const fn ended(&self) -> u64 {
        self.done + self.invalid + self.failed
    }

    /// The state in which it ends, once all numbers have ended.
    pub const fn last_state(&self) -> State {
        match (self.done, self.invalid, self.failed) {
            (_, 0, 0) => State::Finished,
            (0, _, 0) => State::Invalid,
            (0, _, _) => State::Failed,
            _ => State::PartialSuccess,
        }
    }
}

/// A regulation, without the customer numbers that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regulation {
    /// Its number.
    pub number: RegulationNumber,
    /// What is asked.
    pub kind: Kind,
    /// Who asked.
    pub by: Asker,
    /// When.
    pub at: Timestamp,
    /// The only source that it is about; `None` for all.
    pub source: Option<SourceId>,
    /// How far it is.
    pub state: State,
    /// How its numbers ended so far.
    pub tally: Tally,
    /// When it ended.
    pub ended: Option<Timestamp>,
}
