//! The rooms that suggest something to associates, and those that learn how.

use std::sync::Arc;

use shopbell_domain::starter::rules;

use super::{StartError, rooms::Rooms};
use crate::{
    brief::{Brief, BriefParts},
    campaigns, charter,
    demand::{Demand, DemandParts},
    grpc::StarterApi,
    nightly::Nightly,
    outlook::Foreteller,
    phrases::Phrases,
    ranking::{Learned, Learner, LearnerParts},
};

/// What is learnt, and by whom.
pub(super) struct Learning {
    /// What suggestions are worth.
    ranking: Arc<Learned>,
    /// What people buy.
    demand: Demand,
    /// Learns a tap at once; `None` where nothing is to be learnt.
    pub(super) learner: Option<Learner>,
}

impl Rooms<'_> {
    /// Begins to learn, where the configuration lets it: now, and each night. Elsewhere the models say nothing, and the ranking
    /// stays at its prior.
    pub(super) fn start_learning(&self) -> Result<Learning, StartError> {
        let ranking = Arc::new(Learned::new(self.config.ranking.width)?);
        let demand = Demand::new(DemandParts {
            embedded: self.embedded.clone(),
            store: Arc::clone(&self.store),
            decisions: Arc::clone(self.hub.decisions()),
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
        });
        if !self.config.ranking.learn {
            return Ok(Learning { ranking, demand, learner: None });
        }
        let learner = Learner::new(LearnerParts {
            learned: Arc::clone(&ranking),
            log: Arc::clone(&self.store) as _,
            store: Arc::clone(&self.store),
            decisions: Arc::clone(self.hub.decisions()),
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
        });
        let nightly = Nightly {
            learner: learner.clone(),
            demand: demand.clone(),
            at: self.config.ranking.refit_at,
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
        };
        self.tasks.spawn_service("learning", nightly.run(self.tasks.soft()));
        Ok(Learning { ranking, demand, learner: Some(learner) })
    }

    /// What makes cards.
    pub(super) fn brief(&self, learning: &Learning) -> Result<Arc<Brief>, StartError> {
        let config = self.config;
        let charter = charter::of(&config.charter, &config.shops)?;
        let campaigns = campaigns::of(&config.campaigns, &charter, &config.shops)?;
        Ok(Arc::new(Brief::new(BriefParts {
            store: Arc::clone(&self.store),
            decisions: Arc::clone(self.hub.decisions()),
            clock: Arc::clone(&self.clock),
            phrases: Phrases::load()?,
            rules: rules(config.limits.cart_left),
            charter,
            campaigns,
            ranking: Arc::clone(&learning.ranking),
            demand: learning.demand.clone(),
            foreteller: Foreteller::shipped()?,
            metrics: Arc::clone(&self.metrics),
        })))
    }

    /// What those ask who answer for what is suggested.
    pub(super) fn starters(&self, brief: Arc<Brief>) -> StarterApi {
        StarterApi::new(self.hub.clone(), brief, Arc::clone(&self.store), Arc::clone(&self.clock))
    }
}
