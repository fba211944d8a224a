//! What a store must keep so that events become profiles.
//!
//! Events and evidence are the truth; views and the customers of identifiers are made of them, and can be made again. One
//! owner task writes ("the applier"): what it read is still so when it writes.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::Event;
use crate::{
    id::{CustomerId, SourceId},
    identity::{
        Evidence, Identifier, Pair, Retracted, Retraction,
        port::{Identities, Withdrawal},
    },
    inbox::Settlement,
    ports::StoreError,
    profile::View,
};

/// All that a run of messages, or a refreshing of views, changes: written whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// Events to keep, each under the first of its identifiers.
    pub events: Vec<Event>,
    /// What they are evidence of.
    pub evidence: Vec<Evidence>,
    /// Whose identifiers were found to be, as for [`Identities::remember`].
    pub found: Vec<(Identifier, Option<CustomerId>)>,
    /// Views that changed.
    pub views: Vec<(CustomerId, View)>,
    /// What is no longer stale ([`Events::stale`]).
    pub refreshed: Vec<Identifier>,
    /// What is stale from now on, also when it is among the refreshed.
    pub stale: Vec<Identifier>,
    /// The messages that all this came of; `None` when it came of none.
    pub settlement: Option<Settlement>,
}

/// What somebody decides about evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It counts no more.
    Retract(Retraction),
    /// It was wrong to take it back: it counts again.
    Withdraw {
        /// What was taken back.
        what: Retracted,
        /// By whom, when and why it counts again.
        withdrawal: Withdrawal,
    },
}

impl Decision {
    /// What it is about.
    pub const fn what(&self) -> &Retracted {
        match self {
            Self::Retract(retraction) => &retraction.what,
            Self::Withdraw { what, .. } => what,
        }
    }
}

/// How far a walk over all identifiers has come; what it says is the store's own business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk(pub Vec<u8>);

/// Events under their home identifiers, and the views over them.
#[async_trait]
pub trait Events: Identities {
    /// Of each piece of evidence, whether keeping it would change what counts. It would not when it is kept already, when
    /// it is taken back, and when an earlier one says the same.
    async fn would_count(&self, evidence: Vec<Evidence>) -> Result<Vec<bool>, StoreError>;

    /// The evidence of this name, or of this pair, that is kept, in canonical order.
    async fn evidence_of(&self, what: &Retracted) -> Result<Vec<Evidence>, StoreError>;

    /// Who said that these two are one person's: the sources of the first `most` pieces of kept evidence, which may have
    /// been taken back since.
    async fn sources_of(&self, pair: Pair, most: usize) -> Result<BTreeSet<SourceId>, StoreError> {
        let evidence = self.evidence_of(&Retracted::Pair(pair)).await?;
        Ok(evidence.into_iter().take(most).map(|piece| piece.id.source).collect())
    }

    /// All events at home with an identifier, in canonical order.
    async fn events_of(&self, home: &Identifier) -> Result<Vec<Event>, StoreError>;

    /// The view of a customer; `None` when none was kept, or by a program that kept it otherwise: rebuild it.
    async fn view(&self, customer: &CustomerId) -> Result<Option<View>, StoreError>;

    /// Writes all of it. Views beyond what a commit can take are not written: their customers are stale then.
    async fn write_effects(&self, effects: Effects) -> Result<(), StoreError>;

    /// Writes a decision, and in the same commit that the surroundings of these identifiers are stale. `false` when the
    /// decision changes nothing; nothing is written then.
    async fn decide(&self, decision: Decision, stale: Vec<Identifier>) -> Result<bool, StoreError>;

    /// Identifiers around which persons and views are to be made anew, at most `limit`: after a decision, and where an
    /// import told something of a customer who has a view.
    async fn stale(&self, limit: usize) -> Result<Vec<Identifier>, StoreError>;

    /// All identifiers that events are at home with or evidence speaks of, at most `limit` at once, and from where to go on;
    /// `None` when these were the last. One may come twice; what is written meanwhile may or may not come.
    async fn walk(
        &self,
        from: Option<Walk>,
        limit: usize,
    ) -> Result<(Vec<Identifier>, Option<Walk>), StoreError>;

    /// Whether a customer has a view, and by the rules of this program.
    async fn has_current_view(&self, customer: &CustomerId) -> Result<bool, StoreError> {
        Ok(self.view(customer).await?.is_some_and(|view| view.is_current()))
    }
}
