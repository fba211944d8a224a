//! What others pass on that customers, or a whole shop, ask for: kept until it is answered, with the day by which that must be.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{event::EventId, id::SourceId, identity::Identifier, time::Timestamp};

/// Time in which a request is to be answered: Shopify's own limit, and about that of GDPR, article 12(3).
pub const DAYS_TO_ANSWER: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Names a request: counts from 1, in the order in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestNumber(pub u64);

impl fmt::Display for RequestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RequestNumber {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wish {
    /// That everything that is kept of a customer is handed out. Somebody of the company does, and closes it.
    Export,
    /// That everything that came from the source is erased: the shop has left. It closes by itself.
    EraseSource,
}

impl Wish {
    /// All wishes.
    pub const ALL: [Self; 2] = [Self::Export, Self::EraseSource];
}

/// A request that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequest {
    /// The message that asks: told again, it is the same request.
    pub message: EventId,
    /// What is asked for.
    pub wish: Wish,
    /// The number that the source gave it; empty when it gave none.
    pub reference: String,
    /// When it came.
    pub at: Timestamp,
    /// Of whom, strongest first; nobody for a whole source.
    pub who: Vec<Identifier>,
}

/// A request, without those that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyRequest {
    /// Its number.
    pub number: RequestNumber,
    /// Who passed it on.
    pub source: SourceId,
    /// What is asked for.
    pub wish: Wish,
    /// The number that the source gave it; empty when it gave none.
    pub reference: String,
    /// When it came.
    pub at: Timestamp,
    /// By when it must be answered.
    pub due: Timestamp,
    /// When it was answered; `None` while it is open.
    pub closed: Option<Timestamp>,
    /// Identifiers that were given to regulations so far, of a whole source.
    pub found: u64,
}

impl PrivacyRequest {
    /// A request that has just come.
    pub fn new(number: RequestNumber, new: &NewRequest) -> Self {
        Self {
            number,
            source: new.message.source.clone(),
            wish: new.wish,
            reference: new.reference.clone(),
            at: new.at,
            due: new.at + DAYS_TO_ANSWER,
            closed: None,
            found: 0,
        }
    }

    /// Whether it is open and should have been answered.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.closed.is_none() && now > self.due
    }
}
