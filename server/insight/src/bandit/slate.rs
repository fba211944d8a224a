//! The few that are shown of all candidates, and how likely each was.

use serde::{Deserialize, Serialize};

use super::model::LinearModel;
use crate::chance::Chance;

/// How much is risked to learn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Exploration {
    /// Nothing: what is expected to be best. The same candidates are always shown again, so that the log says nothing of
    /// others.
    Greedy,
    /// What could be best: expected, and so many deviations more.
    Optimism {
        /// How many deviations.
        width: f64,
    },
    /// What is best by weights that are drawn: now and then another one, the more often the less is known.
    Sampling {
        /// The deviation of a reward of which the features tell all; 0 is greedy.
        width: f64,
    },
}

impl Exploration {
    /// A score for each candidate, one draw for all of them.
    pub fn scores(&self, model: &LinearModel, candidates: &[Vec<f64>], chance: &mut Chance) -> Vec<f64> {
        let score = |x: &Vec<f64>| model.theta().score(x);
        match *self {
            Self::Greedy => candidates.iter().map(score).collect(),
            Self::Optimism { width } => {
                candidates.iter().map(|x| score(x) + width * model.deviation(x)).collect()
            }
            Self::Sampling { width } => {
                let drawn = model.sample(width, chance);
                candidates.iter().map(|x| drawn.score(x)).collect()
            }
        }
    }
}

/// The places of the best scores, the best first; of equal ones the earlier.
pub fn best(scores: &[f64], slots: usize) -> Vec<usize> {
    let mut chosen: Vec<(usize, f64)> = Vec::with_capacity(slots + 1);
    for (place, score) in scores.iter().copied().enumerate() {
        // Most are not among the best of those before them.
        if chosen.len() == slots && chosen.last().is_none_or(|(_, least)| least.total_cmp(&score).is_ge()) {
            continue;
        }
        let at = chosen.partition_point(|(_, other)| other.total_cmp(&score).is_ge());
        chosen.insert(at, (place, score));
        chosen.truncate(slots);
    }
    chosen.into_iter().map(|(place, _)| place).collect()
}

/// How likely something was, as found by drawing again.
///
/// The draw that was shown counts among them, so that what was shown never has the chance 0. With `c` hits of `m` further
/// draws it is `(c + 1) / (m + 1)`, and its inverse, by which a log is weighed, is on average
/// `(1 - (1 - p)^(m + 1)) / p`: that of the true chance `p`, but for what is rarer than about 1 in `m`, which counts as if
/// it were that.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Propensity {
    hits: u32,
    draws: u32,
}

impl Propensity {
    /// Something that is certain, such as the choice of a rule without chance.
    pub const CERTAIN: Self = Self { hits: 1, draws: 1 };

    /// The chance.
    pub fn probability(&self) -> f64 {
        f64::from(self.hits) / f64::from(self.draws.max(1))
    }

    /// How many draws say so, with the one that was shown.
    pub fn draws(&self) -> u32 {
        self.draws
    }

    /// How far off the chance may be: `sqrt(p (1 - p) / draws)`.
    pub fn standard_error(&self) -> f64 {
        let probability = self.probability();
        (probability * (1.0 - probability) / f64::from(self.draws.max(1))).sqrt()
    }
}

/// One of the candidates in a slot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// Its place among the candidates.
    pub candidate: usize,
    /// As drawn.
    pub score: f64,
    /// How likely this candidate was in this slot.
    pub here: Propensity,
    /// How likely it was in any slot.
    pub anywhere: Propensity,
}

/// What is shown, slot by slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Slate {
    /// From the first slot on.
    pub slots: Vec<Shown>,
}

impl Slate {
    /// Chooses among candidates by a draw of `seed`, and draws `again` times more to say how likely each choice was.
    ///
    /// `choose` names the places of what is shown, from the scores of all: [`best`], or a rule that keeps a slot for something
    /// new. It must depend on nothing else, or the propensities are not true. The standard error of a chance is at most
    /// `0.5 / sqrt(again + 1)`: .031 of 256 draws, .062 of 64. A draw of 60 candidates with 16 features takes about a
    /// microsecond. Without sampling there is nothing to draw, and each choice is certain.
    pub fn draw(
        model: &LinearModel,
        candidates: &[Vec<f64>],
        exploration: Exploration,
        choose: impl Fn(&[f64]) -> Vec<usize>,
        again: u32,
        seed: u64,
    ) -> Self {
        let again = if matches!(exploration, Exploration::Sampling { .. }) { again } else { 0 };
        Self::of_draws(|chance| exploration.scores(model, candidates, chance), choose, again, seed)
    }

    /// The same by a caller's own way to draw scores, such as one that bounds the weights that it draws. It is asked once for
    /// the card, and `again` times more, and must depend on nothing but the chance that it is given.
    pub fn of_draws(
        mut draw: impl FnMut(&mut Chance) -> Vec<f64>,
        choose: impl Fn(&[f64]) -> Vec<usize>,
        again: u32,
        seed: u64,
    ) -> Self {
        let mut chance = Chance::from_seed(seed);
        let scores = draw(&mut chance);
        let mut chosen: Vec<(usize, u32, u32)> =
            choose(&scores).into_iter().map(|candidate| (candidate, 1, 1)).collect();
        for _ in 0..again {
            let others = choose(&draw(&mut chance));
            for (slot, (candidate, here, anywhere)) in chosen.iter_mut().enumerate() {
                *here += u32::from(others.get(slot) == Some(candidate));
                *anywhere += u32::from(others.contains(candidate));
            }
        }
        let draws = again.saturating_add(1);
        let slots = chosen.into_iter().filter_map(|(candidate, here, anywhere)| {
            let score = *scores.get(candidate)?;
            let [here, anywhere] = [here, anywhere].map(|hits| Propensity { hits, draws });
            Some(Shown { candidate, score, here, anywhere })
        });
        Self { slots: slots.collect() }
    }
}

#[cfg(test)]
mod tests;
