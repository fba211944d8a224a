//! What was shown to associates of what might be said, what was not and why, and what became of it: the log from which the
//! ranking learns, and by which a card can be explained afterwards.
//!
//! The log is the only thing that is kept of learning: models are views of it. So who is erased is unlearnt, and what was
//! said of whom has one place, which the customer's export holds too.
//!
//! Its size is bounded: [`Entry::bounded`] says what is kept of an entry, [`MAX_SHOWINGS`] and [`MAX_REMARKS`] how many there
//! are of a visit. Who has not been shown anything by it is not in it: of a visit without a showing no remark is kept.
//!
//! To add what is remembered of a card: a field here; the store's record of it, whose version rises, shows the test that
//! holds its bytes.

mod bounds;
mod facts;
mod record;
mod remembered;

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    consent::Field,
    holdout::Arm,
    id::{AssociateId, CustomerId, ProductId, StoreId, VisitId},
    outlook::Outlook,
    ports::StoreError,
    profile::Source,
    redacted::Redacted,
    situation::Unknown,
    starter::{StarterKind, Verdict},
    time::Timestamp,
    visit::Outcome,
};

pub use self::{
    bounds::{
        MAX_CANDIDATES, MAX_ELEMENTS, MAX_FACTS, MAX_FEATURES, MAX_GROUNDS, MAX_NAME_CHARS, MAX_OUTCOMES,
        MAX_REMARKS, MAX_SHOWINGS, MAX_TEXT_CHARS, MAX_UNKNOWN, MAX_VALUE_CHARS,
    },
    record::Worded,
};

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

/// What an associate read, word by word: another text, price or name later does not change what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// What may be said aloud.
    pub say: Redacted<String>,
    /// Why, for the associate's eyes.
    pub reason: Redacted<String>,
}

/// One candidate of a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its identifier within the visit.
    pub id: String,
    /// Its kind, which is written by its name: kinds come, and their order changes.
    #[serde(with = "kind_by_name")]
    pub kind: StarterKind,
    /// The product that it speaks of.
    pub product: Option<ProductId>,
    /// What it rests on, in short, the main thing first.
    pub facts: Vec<Element>,
    /// What was read of it; `None` where it was not shown.
    pub texts: Option<Texts>,
    /// What it was ranked by: a draw about what it is expected to be worth; `None` where it never came to be weighed.
    pub score: Option<f64>,
    /// The numbers by which it was weighed, in the order of the model's names.
    #[serde(with = "sparse")]
    pub features: Vec<f64>,
    /// What became of it.
    pub fate: Fate,
}

impl Candidate {
    /// What of the customer it speaks of: of one of these that was taken back no more is told of it.
    pub fn speaks_of(&self) -> BTreeSet<Field> {
        self.facts.iter().filter_map(|fact| fact.field).collect()
    }
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
    /// Whether the moment was a good one, by its name.
    pub moment: String,
    /// The charter's fingerprint.
    pub charter: u64,
    /// The model that ranked: how many showings it had learnt from, and the fingerprint of its features.
    pub model: u64,
    /// The seed of its draw.
    pub seed: u64,
    /// How its texts speak: the language's BCP 47 tag, and how guests are addressed, such as `fr, informal`.
    pub speech: String,
    /// All that was known and allowed.
    pub elements: Vec<Element>,
    /// What was not known, and why.
    pub unknown: Vec<Unknown>,
    /// What the visit might become, likeliest first.
    pub outlook: Vec<Outlook>,
    /// What each of a candidate's numbers was expected to be worth. Kept to explain this card, never to learn from.
    pub weights: Vec<f64>,
    /// All candidates, those that were shown first.
    pub candidates: Vec<Candidate>,
    /// How many more candidates there were, which are not kept.
    pub further: u32,
}

impl Showing {
    /// Whether another one says the same, but for when it was, the seed of its draw, and the outlook, which changes by the second;
    /// what changes the choice stands in the numbers of the candidates.
    pub fn says_as(&self, other: &Self) -> bool {
        let Self {
            at: _,
            customer,
            visit,
            store,
            arm,
            moment,
            charter,
            model,
            seed: _,
            speech,
            elements,
            unknown,
            outlook: _,
            weights,
            candidates,
            further,
        } = self;
        (customer, visit, store, arm, charter, model)
            == (&other.customer, &other.visit, &other.store, &other.arm, &other.charter, &other.model)
            && (moment, speech, elements, unknown)
                == (&other.moment, &other.speech, &other.elements, &other.unknown)
            && (weights, candidates, further) == (&other.weights, &other.candidates, &other.further)
    }
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

    /// In which visit.
    pub const fn visit(&self) -> VisitId {
        match self {
            Self::Showing(showing) => showing.visit,
            Self::Remark(remark) => remark.visit,
        }
    }
}

/// Numbers of which most are 0: how many there are, and those that are not, each with its place.
mod sparse {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    use super::MAX_FEATURES;

    pub(super) fn serialize<S: Serializer>(all: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        let others = all.iter().enumerate().filter(|(_, number)| **number != 0.0);
        (all.len(), others.collect::<Vec<_>>()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let (len, others) = <(usize, Vec<(usize, f64)>)>::deserialize(deserializer)?;
        if len > MAX_FEATURES {
            return Err(de::Error::custom(format!(
                "{len} numbers of a candidate are more than {MAX_FEATURES}"
            )));
        }
        let mut all = vec![0.0; len];
        for (place, number) in others {
            let beyond = || de::Error::custom(format!("a number stands at {place} of {len}"));
            *all.get_mut(place).ok_or_else(beyond)? = number;
        }
        Ok(all)
    }
}

/// Kinds as the names that they have in files, in records, too.
mod kind_by_name {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use crate::starter::StarterKind;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(kind: &StarterKind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StarterKind, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = StarterKind::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| de::Error::custom(format!("no kind of starter is called {name:?}")))
    }
}

/// The log of showings. Writes return only when a power cut can no longer undo them.
#[async_trait]
pub trait Showings: Send + Sync {
    /// Adds entries in order, as far as they are [`Entry::bounded`], together or not at all.
    ///
    /// Nothing is kept of a showing that says as the last one of its visit that speaks like it; of a remark on a visit of which no showing is kept;
    /// of one that repeats what the same associate said last of the same thing; of what is beyond [`MAX_SHOWINGS`] and
    /// [`MAX_REMARKS`]; of a customer who was erased since; and of one who is suppressed.
    async fn log(&self, entries: Vec<Entry>) -> Result<(), StoreError>;
    /// The entries of a customer at or after `since`, at most the newest `limit`, oldest first.
    async fn log_of(
        &self,
        customer: &CustomerId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;
    /// The same, each [`Entry::in_short`]: many of them in the time of one card.
    async fn log_in_short(
        &self,
        customer: &CustomerId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;
    /// Entries of everybody at or after `since`, in the order in which they were logged, at most `limit` of those after
    /// `after`, the name of the last one of the page before; each with its name. For learning, and for headquarters.
    ///
    /// Whoever goes on from the last name misses none and gets none twice, also while others write: what is logged later has a
    /// greater name than all that a page has told. What is logged beside something that still is being written may come with a
    /// page later only.
    async fn log_since(
        &self,
        since: Timestamp,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, Entry)>, StoreError>;
}

#[cfg(test)]
mod tests;
