//! What was shown to associates of what might be said, what was not and why, and what became of it: the log from which the
//! ranking learns, and by which a card can be explained afterwards.
//!
//! The log is the only thing that is kept of learning: models are views of it. So who is erased is unlearnt, and what was
//! said of whom has one place, which the customer's export holds too.
//!
//! To add what is remembered of a card: a field here, and in the store's record, whose version rises.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    consent::Field,
    id::{AssociateId, CustomerId, ProductId, StoreId, VisitId},
    ports::StoreError,
    profile::Source,
    redacted::Redacted,
    starter::{StarterKind, Verdict},
    time::Timestamp,
    visit::Outcome,
};

/// Which side of the comparison a customer is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Arm {
    /// Starters are shown.
    Open,
    /// The card has none, to learn what they change.
    Holdout,
}

/// One thing that was known at that moment, in a form that needs no catalogue to be read later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// What it is, by a name of the closed list of `crate::situation`.
    pub what: String,
    /// Its value, in plain words.
    pub value: Redacted<String>,
    /// Since when it is so, or when it happened; `None` for what has no date.
    pub at: Option<Timestamp>,
    /// Known from where; `None` for what the shop sees itself.
    pub source: Option<Source>,
    /// What of consent allows it; `None` for what is nobody's.
    pub field: Option<Field>,
}

/// What became of a candidate, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fate {
    /// Shown in a slot, from 0, with the chance that it had there and in any slot.
    Shown {
        /// The slot.
        slot: u8,
        /// The chance there.
        here: f64,
        /// The chance in any slot.
        anywhere: f64,
    },
    /// Not shown, by the rule of this name.
    Suppressed {
        /// The rule, as it is counted.
        rule: String,
    },
}

/// One candidate of a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its identifier within the visit.
    pub id: String,
    /// Its kind.
    pub kind: StarterKind,
    /// The product that it speaks of.
    pub product: Option<ProductId>,
    /// What the ranker made of it; `None` where it never came to be weighed.
    pub score: Option<f64>,
    /// The numbers by which it was weighed, in the order of the model's names.
    pub features: Vec<f64>,
    /// What became of it.
    pub fate: Fate,
}

/// One card, as it was composed for somebody who had met the guest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Showing {
    /// When.
    pub at: Timestamp,
    /// Of whom.
    pub customer: CustomerId,
    /// In which visit.
    pub visit: VisitId,
    /// In which shop.
    pub store: StoreId,
    /// On which side of the comparison.
    pub arm: Arm,
    /// The charter's fingerprint.
    pub charter: u64,
    /// The model that ranked: how many showings it had learnt from, and the fingerprint of its features.
    pub model: u64,
    /// The seed of its draw.
    pub seed: u64,
    /// All that was known and allowed.
    pub elements: Vec<Element>,
    /// All candidates, those that were shown first.
    pub candidates: Vec<Candidate>,
}

/// Something that an associate said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// Of a starter, by its identifier; `None` takes it back.
    OfStarter {
        /// Which.
        starter: String,
        /// What.
        verdict: Option<Verdict>,
    },
    /// Of the visit; `None` takes it back.
    OfVisit(Option<Outcome>),
}

/// What an associate said, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// When.
    pub at: Timestamp,
    /// Of whom.
    pub customer: CustomerId,
    /// In which visit.
    pub visit: VisitId,
    /// In which shop.
    pub store: StoreId,
    /// By whom.
    pub associate: AssociateId,
    /// What.
    pub said: Said,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// A card.
    Showing(Box<Showing>),
    /// What became of one.
    Remark(Remark),
}

impl Entry {
    /// When.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Showing(showing) => showing.at,
            Self::Remark(remark) => remark.at,
        }
    }

    /// Of whom.
    pub const fn customer(&self) -> &CustomerId {
        match self {
            Self::Showing(showing) => &showing.customer,
            Self::Remark(remark) => &remark.customer,
        }
    }
}

/// The log of showings.
#[async_trait]
pub trait Showings: Send + Sync {
    /// Adds entries. Of a showing that is, but for its time, the last one of its visit, nothing is kept.
    async fn log(&self, entries: Vec<Entry>) -> Result<(), StoreError>;
    /// The entries of a customer at or after `since`, oldest first, at most the newest `limit`.
    async fn log_of(
        &self,
        customer: &CustomerId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;
    /// Entries of everybody at or after `since`, oldest first, at most `limit` of those after `after`, the name of the last
    /// entry of the page before; each with its name. For learning, and for headquarters.
    async fn log_since(
        &self,
        since: Timestamp,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, Entry)>, StoreError>;
}
