//! When the model learns: all of the log at the start and each night, and what an associate says at once.
//!
//! A refit begins with the prior and reads the whole log in pages. It asks nobody's profile but of those whose purchases may be
//! learnt from, holds no more than the visits of two days, and swaps the model when it has got through; until then, and when it
//! fails, the model before it stays. What is said meanwhile is learnt twice, by the model before and then by the new one.
//!
//! Rewards of long ago count less: half as much after [`HALF_LIFE_DAYS`].

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shopbell_domain::{
    id::VisitId,
    ports::{Store, StoreError},
    profile::Profile,
    showing::{Entry, Remark, Said, Showings},
    time::{Clock, Timestamp},
};
use shopbell_insight::bandit::{Habit, InvalidExperience, Propensity, Rewards, Showing};
use tokio::time::Instant;

use super::{
    features::{self, ByShop},
    learned::{Learned, Model},
    lessons::{Allowed, Lesson, Lessons, OfVisit, reaction, reward},
    prior::InvalidPrior,
};
use crate::{floor::Decisions, metrics::Metrics};

/// After so many days a lesson counts half.
pub(super) const HALF_LIFE_DAYS: f64 = 180.0;
/// What is older counts less than a fiftieth, and is not read.
const OLDEST: Duration = Duration::from_secs(1_000 * 86_400);
/// Entries of the log that are read at once.
const PAGE: usize = 256;
/// A visit of which nothing was heard for so long has ended, however it did.
const SETTLED: Duration = Duration::from_secs(2 * 86_400);
const FOREVER: Timestamp = Timestamp::from_millis(i64::MAX);
/// Starters of which something may still be said that are remembered as learnt.
const MAX_RECENT: usize = 20_000;
/// Entries of one customer that are read to find what a tap is about.
const OF_ONE: usize = 400;

/// Why a refit did not get through.
#[derive(Debug, thiserror::Error)]
pub enum RefitError {
    /// The log, a customer or a profile cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mistake in this program.
    #[error(transparent)]
    Prior(#[from] InvalidPrior),
    /// Numbers in the log that are none.
    #[error("a showing in the log: {0}")]
    Numbers(#[from] InvalidExperience),
}

/// What a learner needs.
pub struct LearnerParts {
    /// The model that it makes.
    pub learned: Arc<Learned>,
    /// What it is a view of.
    pub log: Arc<dyn Showings>,
    /// Profiles.
    pub store: Arc<dyn Store>,
    /// What customers allow.
    pub decisions: Arc<Decisions>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// A starter, and its visit.
type Named = (VisitId, String);

/// What is known of starters of which something may still be said: what the model has learnt of each.
#[derive(Debug, Default)]
struct State {
    recent: BTreeMap<Named, Showing>,
    /// What was said since the refit began that is under way.
    meanwhile: Option<Vec<(Remark, Showing)>>,
}

/// Teaches a model; clones share it.
#[derive(Clone)]
pub struct Learner {
    parts: Arc<LearnerParts>,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for Learner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Learner")
    }
}

impl Learner {
    /// Does nothing until it is asked.
    pub fn new(parts: LearnerParts) -> Self {
        Self { parts: Arc::new(parts), state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the model anew from all of the log. Whoever was erased, or takes back what a showing rested on, is in it no more.
    pub async fn refit(&self) -> Result<(), RefitError> {
        let began = Instant::now();
        self.state().meanwhile = Some(Vec::new());
        let made = self.read_log().await;
        let mut state = self.state();
        let meanwhile = state.meanwhile.take().unwrap_or_default();
        let (mut model, recent) = made?;
        state.recent = recent;
        for (remark, showing) in meanwhile {
            credit(&mut state, &mut model, &remark, showing)?;
        }
        let (learnt, fitted) = (model.learnt, model.fitted);
        self.parts.learned.swap(model);
        drop(state);
        self.parts.metrics.learning.ranked(learnt, fitted, began.elapsed());
        tracing::info!(learnt, took_ms = began.elapsed().as_millis(), "the ranking is learnt");
        Ok(())
    }

    async fn read_log(&self) -> Result<(Model, BTreeMap<Named, Showing>), RefitError> {
        let LearnerParts { log, clock, .. } = &*self.parts;
        let now = clock.now();
        let mut course = Course::new(now)?;
        let (mut lessons, mut after) = (Lessons::default(), None);
        loop {
            let page = log.log_since(now - OLDEST, after, PAGE).await?;
            let Some((last, entry)) = page.last() else { break };
            (after, course.reached) = (Some(*last), entry.at());
            for (_, entry) in page {
                lessons.take(entry);
            }
            for (visit, of_visit) in lessons.settled(course.reached - SETTLED) {
                self.learn(&mut course, visit, of_visit).await?;
            }
        }
        for (visit, of_visit) in lessons.settled(FOREVER) {
            self.learn(&mut course, visit, of_visit).await?;
        }
        Ok(course.end()?)
    }

    async fn learn(&self, course: &mut Course, visit: VisitId, of: OfVisit) -> Result<(), RefitError> {
        let LearnerParts { store, decisions, .. } = &*self.parts;
        let customer = decisions.customer(&of.customer).await?;
        let allowed = customer
            .map_or(Allowed::Nothing, |customer| Allowed::by(&customer.consent, &of.rests_on, course.now));
        let profile = match allowed {
            Allowed::Nothing => return Ok(()),
            Allowed::Taps => None,
            Allowed::Purchases => Some(store.profile(&of.customer).await?),
        };
        Ok(course.visit(visit, of, profile.as_ref())?)
    }

    /// Learns what an associate said, at once. The night's refit finds it in the log, with what the tills say.
    pub async fn remarked(&self, remark: &Remark) -> Result<(), RefitError> {
        let Said::OfStarter { starter, .. } = &remark.said else { return Ok(()) };
        let LearnerParts { learned, log, decisions, clock, .. } = &*self.parts;
        let now = clock.now();
        let entries = log.log_of(&remark.customer, now - SETTLED, OF_ONE).await?;
        let mut lessons = Lessons::default();
        // Without what was said: else the showing after a first word would not be the last.
        entries
            .into_iter()
            .filter(|entry| entry.visit() == remark.visit && matches!(entry, Entry::Showing(_)))
            .for_each(|entry| lessons.take(entry));
        let Some((_, mut of)) = lessons.settled(FOREVER).pop() else { return Ok(()) };
        let Some(lesson) = of.lessons.remove(starter) else { return Ok(()) };
        let customer = decisions.customer(&remark.customer).await?;
        let allowed = customer.map(|customer| Allowed::by(&customer.consent, &of.rests_on, now));
        if matches!(allowed, None | Some(Allowed::Nothing)) {
            return Ok(());
        }
        let mut state = self.state();
        let mut model = (*learned.model()).clone();
        let showing = shown(lesson);
        if let Some(meanwhile) = &mut state.meanwhile {
            meanwhile.push((remark.clone(), showing.clone()));
        }
        credit(&mut state, &mut model, remark, showing)?;
        self.parts.metrics.learning.learnt(model.learnt);
        learned.swap(model);
        Ok(())
    }
}

fn shown(lesson: Lesson) -> Showing {
    // The chance is in the log: learning does not ask it.
    Showing::new(lesson.numbers, Propensity::CERTAIN)
}

/// Learns a remark. One that was taken back counts as if it had been what was expected anyway, until the next refit does
/// without it.
fn credit(
    state: &mut State,
    model: &mut Model,
    remark: &Remark,
    showing: Showing,
) -> Result<(), InvalidExperience> {
    let Said::OfStarter { starter, verdict } = &remark.said else { return Ok(()) };
    let showing = state.recent.entry((remark.visit, starter.clone())).or_insert(showing);
    let reward = match verdict {
        Some(verdict) => {
            let known = shopbell_insight::bandit::Known { reaction: Some(reaction(*verdict)), bought: None };
            Rewards::default().of(known)
        }
        None => showing
            .reward()
            .is_some()
            .then(|| model.weights.theta().score(showing.features()).clamp(0.0, 1.0)),
    };
    let Some(reward) = reward else { return Ok(()) };
    model.learnt += u32::from(showing.reward().is_none());
    model.weights.credit(showing, reward)?;
    while state.recent.len() > MAX_RECENT {
        // Numbers of visits begin with the time.
        state.recent.pop_first();
    }
    Ok(())
}

/// A refit on its way through the log.
struct Course {
    now: Timestamp,
    /// When the last entry was that was read.
    reached: Timestamp,
    /// Up to which day the model has forgotten.
    day: f64,
    model: Model,
    shops: ByShop,
    recent: BTreeMap<Named, Showing>,
}

impl Course {
    fn new(now: Timestamp) -> Result<Self, InvalidPrior> {
        let model = Model { fitted: now, ..Model::believed()? };
        let day = f64::NEG_INFINITY;
        Ok(Self { now, reached: now - OLDEST, day, model, shops: ByShop::new(), recent: BTreeMap::new() })
    }

    fn visit(
        &mut self,
        id: VisitId,
        of: OfVisit,
        profile: Option<&Profile>,
    ) -> Result<(), InvalidExperience> {
        self.forget_until(of.last)?;
        let may_change = self.now.since(of.last) < SETTLED;
        for (starter, lesson) in of.lessons {
            let Some(reward) = reward(&lesson, profile, self.now) else { continue };
            let taken = self.shops.entry((of.store.clone(), lesson.kind)).or_default();
            taken.add(Habit::default(), features::days(lesson.at), reward)?;
            let mut showing = shown(lesson);
            self.model.weights.credit(&mut showing, reward)?;
            self.model.learnt = self.model.learnt.saturating_add(1);
            if may_change {
                self.recent.insert((id, starter), showing);
            }
        }
        Ok(())
    }

    fn forget_until(&mut self, at: Timestamp) -> Result<(), InvalidExperience> {
        // Day by day: to forget makes the model's factor anew.
        let day = features::days(at).floor();
        if self.day.is_finite() && day > self.day {
            self.model.weights.forget((-(day - self.day) / HALF_LIFE_DAYS).exp2())?;
        }
        self.day = self.day.max(day);
        Ok(())
    }

    fn end(mut self) -> Result<(Model, BTreeMap<Named, Showing>), InvalidExperience> {
        self.forget_until(self.now)?;
        self.model.shops = Arc::new(self.shops);
        while self.recent.len() > MAX_RECENT {
            self.recent.pop_first();
        }
        Ok((self.model, self.recent))
    }
}

#[cfg(test)]
mod tests;
