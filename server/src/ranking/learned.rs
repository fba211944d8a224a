//! The model as it is now, and one draw of it for a card.

use std::sync::{Arc, PoisonError, RwLock};

use shopbell_domain::{
    id::VisitId,
    situation::Situation,
    starter::{Drawn, Ranker, Slot, Starter},
    time::Timestamp,
};
use shopbell_insight::{
    bandit::{LinearModel, Shown, Slate},
    chance::Chance,
};

use super::{
    features::{self, SUGGESTION},
    prior::{self, InvalidPrior},
    shops::ByShop,
};

/// How much is risked to learn: the deviation of a reward of which the features tell all (`docs/learning.md` has the tries).
pub const WIDTH: f64 = 0.1;
/// Further draws of a card that tell how likely its choice was: each chance is off by at most .062 (standard error).
const AGAIN: u32 = 64;
/// What all suggestions have in common is believed half when so many whole lessons have told it: all that ten associates may ever
/// teach. Of one alone it is believed by a tenth at most.
const BELIEVED_HALF: f64 = 300.0;

/// What is known at a moment. Never changed: whoever learns more makes another.
#[derive(Debug, Clone)]
pub struct Model {
    /// The weights.
    pub(super) weights: LinearModel,
    /// How shops took kinds.
    pub(super) shops: Arc<ByShop>,
    /// Of how many showings.
    pub(super) learnt: u32,
    /// When the log was last read.
    pub(super) fitted: Timestamp,
}

impl Model {
    /// What is believed before anything is learnt.
    pub fn believed() -> Result<Self, InvalidPrior> {
        let weights = prior::model()?;
        Ok(Self { weights, shops: Arc::default(), learnt: 0, fitted: Timestamp::EPOCH })
    }

    /// Stands for it in the log: the fingerprint of the features, and of how many showings it learnt.
    pub fn number(&self) -> u64 {
        u64::from(features::fingerprint()) << 32 | u64::from(self.learnt)
    }

    /// Whether the numbers that a model of this number weighed mean the same here.
    pub fn same_features(number: u64) -> bool {
        number >> 32 == u64::from(features::fingerprint())
    }

    /// Of how many showings it has learnt.
    pub fn learnt(&self) -> u32 {
        self.learnt
    }

    /// When the log was last read for it; 1970 while it knows nothing but the prior.
    pub fn fitted(&self) -> Timestamp {
        self.fitted
    }

    /// How far it is believed what all suggestions have in common, from 0 to 1, by how much has taught it.
    fn believed_of_all(&self) -> f64 {
        let last = features::COUNT - 1;
        let lessons = self.weights.seen_of(last).unwrap_or_default() / SUGGESTION.powi(2);
        lessons / (lessons + BELIEVED_HALF)
    }

    /// Weights, drawn or expected, as they score.
    fn scored(&self, drawn: &[f64]) -> Vec<f64> {
        features::scored(drawn, self.weights.theta().as_slice(), self.believed_of_all())
    }

    /// What only to say hello is worth: it is never learnt, and so that of the prior.
    fn worth_of_a_hello(&self) -> f64 {
        self.weights.theta().as_slice().get(features::place_of_hello()).copied().unwrap_or_default()
    }

    /// What each number adds to what a candidate was expected to be worth, by the weights of a model of this number, in words, and
    /// the number itself; what adds or takes most first. The words are for those who answer for the server; they are never said to
    /// anybody. Numbers of another list of features are told by their places.
    pub fn grounds(number: u64, weights: &[f64], numbers: &[f64]) -> Vec<(String, f64, f64)> {
        let names = if Self::same_features(number) { features::names() } else { Vec::new() };
        let mut parts = Vec::new();
        for (place, (weight, number)) in weights.iter().zip(numbers).enumerate() {
            let name = || {
                names.get(place).map_or_else(|| format!("number {place}"), |name| features::in_words(name))
            };
            if weight * number != 0.0 {
                parts.push((name(), weight * number, *number));
            }
        }
        parts.sort_by(|(_, a, _), (_, b, _)| b.abs().total_cmp(&a.abs()));
        parts
    }
}

/// The seed of a visit's draws: the same while it lasts, so that a card that is opened again has not changed by chance.
pub const fn seed(visit: VisitId) -> u64 {
    let VisitId(number) = visit;
    #[expect(clippy::cast_possible_truncation, reason = "the halves of 128 bits")]
    let halves = (number as u64, (number >> 64) as u64);
    halves.0 ^ halves.1.rotate_left(32)
}

/// The model for all who make cards: what one learns, the next card knows.
#[derive(Debug)]
pub struct Learned {
    model: RwLock<Arc<Model>>,
    width: f64,
}

impl Learned {
    /// That knows nothing but the prior. `width`: [`WIDTH`], or 0 to show what is expected to be best and nothing else.
    pub fn new(width: f64) -> Result<Self, InvalidPrior> {
        Ok(Self { model: RwLock::new(Arc::new(Model::believed()?)), width })
    }

    /// The model of this moment.
    pub fn model(&self) -> Arc<Model> {
        Arc::clone(&self.model.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A score for each candidate, one draw of the weights for all of them.
    fn scores(&self, model: &Model, numbers: &[Vec<f64>], chance: &mut Chance) -> Vec<f64> {
        let drawn = match self.width {
            width if width > 0.0 => model.weights.sample(width, chance),
            _ => model.weights.theta().clone(),
        };
        let weights = model.scored(drawn.as_slice());
        let score =
            |numbers: &Vec<f64>| numbers.iter().zip(&weights).map(|(number, weight)| number * weight).sum();
        numbers.iter().map(score).collect()
    }

    /// From the next card on.
    pub(super) fn swap(&self, model: Model) {
        *self.model.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(model);
    }
}

impl Ranker for Learned {
    fn draw(
        &self,
        situation: &Situation,
        candidates: &[Starter],
        select: &dyn Fn(&[f64]) -> Vec<usize>,
    ) -> Drawn {
        // All of a card is of the same model.
        let model = self.model();
        let numbers: Vec<Vec<f64>> = candidates
            .iter()
            .map(|candidate| features::numbers(situation, candidate, &model.shops))
            .collect();
        let draw = |chance: &mut Chance| self.scores(&model, &numbers, chance);
        let seed = seed(situation.visit);
        // Without chance all draws are one.
        let again = if self.width > 0.0 { AGAIN } else { 0 };
        let slate = Slate::of_draws(draw, select, again, seed);
        // The same seed begins with the same draw: that of the card.
        let scores = draw(&mut Chance::from_seed(seed));
        let slot = |shown: &Shown| Slot {
            candidate: shown.candidate,
            here: shown.here.probability(),
            anywhere: shown.anywhere.probability(),
        };
        Drawn {
            slots: slate.slots.iter().map(slot).collect(),
            scores,
            features: numbers,
            weights: model.scored(model.weights.theta().as_slice()),
            model: model.number(),
            seed,
        }
    }

    fn worth_of_a_hello(&self) -> f64 {
        self.model().worth_of_a_hello()
    }
}

#[cfg(test)]
impl Model {
    /// What something is expected to be worth, as it scores, by its grounds.
    pub(super) fn parts(&self, numbers: &[f64]) -> Vec<(String, f64, f64)> {
        Self::grounds(self.number(), &self.scored(self.weights.theta().as_slice()), numbers)
    }
}

#[cfg(test)]
mod tests;
