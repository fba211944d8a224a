//! When the model learns: all of the log at the start and each night, and what an associate says at once.
//!
//! A refit begins with the prior and reads the whole log in pages. It asks nobody's profile but of those whose purchases may be
//! learnt from, holds no more than the visits of two days, and swaps the model when it has got through; until then, and when it
//! fails, the model before it stays. What is said meanwhile is learnt twice, by the model before and then by the new one.
//!
//! No associate teaches more than their share ([`Teachers`]), at night as at once.
//!
//! Rewards of long ago count less: half as much after [`HALF_LIFE_DAYS`].

use std::{
    collections::{BTreeMap, btree_map},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shopbell_domain::{
    id::{AssociateId, VisitId},
    ports::{Store, StoreError},
    profile::Profile,
    showing::{Entry, Remark, Said, Showings},
    time::{Clock, Timestamp},
};
use shopbell_insight::bandit::{self, InvalidExperience, Rewards};
use tokio::time::Instant;

use super::{
    features,
    learned::{Learned, Model},
    lessons::{Allowed, Lesson, Lessons, OfVisit, reaction, reward},
    prior::InvalidPrior,
    shops::ByShop,
    teachers::{Teachers, Weighed},
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

/// What taps need.
#[derive(Debug, Default)]
struct State {
    known: Known,
    /// What was said since the refit began that is under way, with what it was said of.
    meanwhile: Option<Vec<(Remark, Lesson)>>,
}

/// What is known beside the model, for what is said next.
#[derive(Debug, Default)]
struct Known {
    /// What the model has learnt of each starter.
    recent: BTreeMap<Named, Weighed>,
    /// And of each associate.
    teachers: Teachers,
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
        let (mut model, known) = made?;
        state.known = known;
        for (remark, lesson) in meanwhile {
            credit(&mut state.known, &mut model, &remark, &lesson)?;
        }
        let (learnt, fitted) = (model.learnt, model.fitted);
        self.parts.learned.swap(model);
        drop(state);
        self.parts.metrics.learning.ranked(learnt, fitted, began.elapsed());
        tracing::info!(learnt, took_ms = began.elapsed().as_millis(), "the ranking is learnt");
        Ok(())
    }

    async fn read_log(&self) -> Result<(Model, Known), RefitError> {
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
        if let Some(meanwhile) = &mut state.meanwhile {
            meanwhile.push((remark.clone(), lesson.clone()));
        }
        credit(&mut state.known, &mut model, remark, &lesson)?;
        self.parts.metrics.learning.learnt(model.learnt);
        learned.swap(model);
        Ok(())
    }
}

/// Learns a remark. One that was taken back counts as if it had been what was expected anyway, until the next refit does
/// without it; another word on the same starter takes the first one's place, and its weight.
fn credit(
    known: &mut Known,
    model: &mut Model,
    remark: &Remark,
    lesson: &Lesson,
) -> Result<(), InvalidExperience> {
    let Said::OfStarter { starter, verdict } = &remark.said else { return Ok(()) };
    let Known { recent, teachers } = known;
    let weighed = match (recent.entry((remark.visit, starter.clone())), verdict) {
        (btree_map::Entry::Occupied(weighed), _) => weighed.into_mut(),
        (btree_map::Entry::Vacant(_), None) => return Ok(()),
        (btree_map::Entry::Vacant(place), Some(_)) => {
            let weight = teachers.weigh(&remark.associate, remark.at);
            let Some(weighed) = Weighed::new(&lesson.numbers, weight) else { return Ok(()) };
            place.insert(weighed)
        }
    };
    let reward = match verdict {
        Some(verdict) => {
            Rewards::default().of(bandit::Known { reaction: Some(reaction(*verdict)), bought: None })
        }
        None => weighed.is_learnt().then(|| weighed.expected(&model.weights)),
    };
    let Some(reward) = reward else { return Ok(()) };
    model.learnt += u32::from(!weighed.is_learnt());
    let shops = Arc::make_mut(&mut model.shops);
    shops.count(&remark.store, lesson.kind, lesson.at, weighed.reward(), reward)?;
    weighed.credit(&mut model.weights, reward)?;
    known.forget_the_oldest();
    Ok(())
}

impl Known {
    fn forget_the_oldest(&mut self) {
        while self.recent.len() > MAX_RECENT {
            // Numbers of visits begin with the time.
            self.recent.pop_first();
        }
    }
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
    known: Known,
}

impl Course {
    fn new(now: Timestamp) -> Result<Self, InvalidPrior> {
        let model = Model { fitted: now, ..Model::believed()? };
        let day = f64::NEG_INFINITY;
        Ok(Self { now, reached: now - OLDEST, day, model, shops: ByShop::new(), known: Known::default() })
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
            let weigh = |(who, at): &(AssociateId, Timestamp)| self.known.teachers.weigh(who, *at);
            let weight = lesson.by.as_ref().map_or(1.0, weigh);
            let Some(mut weighed) = Weighed::new(&lesson.numbers, weight) else { continue };
            self.shops.count(&of.store, lesson.kind, lesson.at, None, reward)?;
            weighed.credit(&mut self.model.weights, reward)?;
            self.model.learnt = self.model.learnt.saturating_add(1);
            if may_change {
                self.known.recent.insert((id, starter), weighed);
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

    fn end(mut self) -> Result<(Model, Known), InvalidExperience> {
        self.forget_until(self.now)?;
        self.model.shops = Arc::new(self.shops);
        self.known.forget_the_oldest();
        Ok((self.model, self.known))
    }
}

#[cfg(test)]
mod tests;
