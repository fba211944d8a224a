//! What people buy, as models of it: what goes with what, and what somebody usually buys again by now.
//!
//! | what | model | said only where |
//! |---|---|---|
//! | what goes with what somebody bought | item-kNN of products (`shopbell_insight::next_visit::Pairs`) | at least [`LEAST_PEOPLE`] customers bought both |
//! | which of it they are likeliest to buy, and how likely each usual item is bought at this visit | the ranking (`Ranking`) over what is common (`Crowd`) | at least [`LEAST_REGULARS`] customers have visits to fit it to |
//! | the latter by their own gaps alone, for the outlook and where the ranking is not fitted | their hazard (`Due`) | the same |
//!
//! They are fitted at the start and each night, in the background, to the purchases of those who let orders and what they bought
//! be analysed at headquarters, which no level of sharing allows: the customer gives it by name (`docs/consent.md`). Who takes it
//! back or is erased is out with the next fit. In a small shop, or where nobody gave it, they say nothing.
//!
//! A purchase is known by the day: of each product the last 12 days on which it was bought, which is what a profile keeps. So
//! one read of a profile is enough, to fit and to ask. What only pages told is left out: it could be anybody's word.
//!
//! Never kept: whose purchases they were. Of each customer nothing is left in the models but counts, and of products and pairs none
//! that fewer than [`LEAST_PEOPLE`] bought: not even their names.
//!
//! To add a model: its fit in `learning.rs`, what it says in [`Fitted::told`], its figures in `docs/prediction.md`.

mod fitted;
mod gathering;
mod history;
mod learning;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use shopbell_domain::{
    consent::{Channel, Consent, Field, Purpose},
    id::ProductId,
    ports::{Store, StoreError},
    profile::Profile,
    situation::Pairing,
    time::{Clock, Timestamp},
};
use shopbell_store::EmbeddedStore;
use tokio::time::Instant;

pub use self::{fitted::Fitted, history::History};
use crate::{floor::Decisions, metrics::Metrics};

/// Fewest customers who bought both products of a pair, or a product of which anything common is known.
pub const LEAST_PEOPLE: u32 = 20;
/// Fewest customers to whose visits the rhythm, and the ranking, are fitted.
pub const LEAST_REGULARS: usize = 100;
/// Most customers whose purchases are learnt from: a sample of all who allow it.
pub const MOST_CUSTOMERS: usize = 200_000;
/// Most pairings that are told of one customer.
pub const MOST_PAIRINGS: usize = 10;
/// Most usual items of which it is told how likely they are.
pub const MOST_DUE: usize = 100;

/// What the models say of one customer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// What goes with what they bought, and they did not buy; the likeliest to be bought first.
    pub goes_with: Vec<Pairing>,
    /// How likely each of their usual items is bought at this visit.
    pub due: BTreeMap<ProductId, f64>,
    /// The same by their own gaps alone.
    pub by_rhythm: BTreeMap<ProductId, f64>,
}

/// What it takes to learn what people buy.
pub struct DemandParts {
    /// The customers, one after the other.
    pub embedded: EmbeddedStore,
    /// Their profiles.
    pub store: Arc<dyn Store>,
    /// What they allow.
    pub decisions: Arc<Decisions>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// Why a fit did not get through.
#[derive(Debug, thiserror::Error)]
pub enum DemandError {
    /// A customer or a profile cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mistake in this program.
    #[error("the fit broke off: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// The models for all who make cards; clones share them.
#[derive(Clone)]
pub struct Demand {
    parts: Arc<DemandParts>,
    fitted: Arc<RwLock<Arc<Fitted>>>,
}

impl std::fmt::Debug for Demand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Demand")
    }
}

impl Demand {
    /// Says nothing until it is fitted.
    pub fn new(parts: DemandParts) -> Self {
        Self { parts: Arc::new(parts), fitted: Arc::default() }
    }

    /// The models of this moment.
    pub fn fitted(&self) -> Arc<Fitted> {
        Arc::clone(&self.fitted.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What they say of a customer at `now`. What of it may be used is asked of consent where it is used.
    pub fn around(&self, profile: &Profile, now: Timestamp) -> Told {
        self.fitted().told(profile, now)
    }

    /// Fits them anew. Customers are read a page at a time, and the fit has a thread of its own: whoever serves waits for
    /// neither. Until it has got through, and where it fails, the models before it stay.
    pub async fn refit(&self) -> Result<(), DemandError> {
        let began = Instant::now();
        let now = self.parts.clock.now();
        let purchases = gathering::gather(&self.parts, now).await?;
        let fitted = tokio::task::spawn_blocking(move || Fitted::of(purchases, now)).await?;
        self.parts.metrics.learning.demand(
            fitted.customers(),
            fitted.pairs(),
            fitted.bytes(),
            now,
            began.elapsed(),
        );
        let (customers, pairs) = (fitted.customers(), fitted.pairs());
        tracing::info!(customers, pairs, took_ms = began.elapsed().as_millis(), "what people buy is learnt");
        *self.fitted.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fitted);
        Ok(())
    }
}

/// Whether purchases may be learnt from.
pub fn may_learn(consent: &Consent, now: Timestamp) -> bool {
    let analysed = |field| consent.permits(Purpose::Analyse, Channel::Headquarters, field, now);
    analysed(Field::Orders) && analysed(Field::Bought)
}

#[cfg(test)]
mod tests;
