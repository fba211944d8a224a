//! What a store must keep so that who is who can be told, and told differently later.
//!
//! Evidence and retractions are the truth; both are only ever added to. Persons are a view: nothing here stores one. The
//! customer of an identifier is remembered for speed, and is worth nothing once evidence or a retraction came that touches
//! its component.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Evidence, Identifier, Known, Retracted, Retraction};
use crate::{id::CustomerId, ports::StoreError, redacted::Redacted, time::Timestamp};

/// A retraction, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetractionRecord {
    /// The decision.
    pub retraction: Retraction,
    /// By whom, when and why it was withdrawn; `None` while it holds.
    pub withdrawn: Option<Withdrawal>,
}

/// The decision that a retraction was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// By whom.
    pub by: Redacted<String>,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: Redacted<String>,
}

/// Evidence by either of its ends, what was decided against it, and whose an identifier was found to be.
///
/// One owner task writes: what it read is still so when it writes.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Keeps evidence, to be found from both ends. The same evidence again changes nothing. What was remembered of
    /// the customers of its ends ([`Identities::customer_of`]) is forgotten in the same commit.
    async fn add_evidence(&self, evidence: Vec<Evidence>) -> Result<(), StoreError>;

    /// What is known at an identifier, for an [`super::Exploration`].
    ///
    /// A customer who signs in each day makes the same pair again and again, so a store need tell no more than the first
    /// evidence of each of the first `pairs` pairs in canonical order, not counting what is retracted; the retractions that
    /// cover whatever it tells must come with it.
    async fn known_of(&self, identifier: &Identifier, pairs: usize) -> Result<Known, StoreError>;

    /// Keeps a retraction. `false` when what it takes back is taken back already; the first decision stands.
    async fn retract(&self, retraction: Retraction) -> Result<bool, StoreError>;

    /// Withdraws what retracts `what`. `false` when nothing does. The record stays.
    async fn withdraw(&self, what: &Retracted, withdrawal: Withdrawal) -> Result<bool, StoreError>;

    /// All decisions that touch an identifier, oldest first, withdrawn or not: what a person who asks is shown.
    async fn decisions_of(&self, identifier: &Identifier) -> Result<Vec<RetractionRecord>, StoreError>;

    /// Whose an identifier was found to be last: `None` when nothing is remembered, `Some(None)` when it was found to be no
    /// customer's.
    async fn customer_of(&self, identifier: &Identifier) -> Result<Option<Option<CustomerId>>, StoreError>;

    /// Remembers whose identifiers are, and forgets those whose customer is not told here: called with every identifier of
    /// a component, and of the components that it was part of before, in the commit that changed them.
    async fn remember(&self, found: Vec<(Identifier, Option<CustomerId>)>) -> Result<(), StoreError>;
}
