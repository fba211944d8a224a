//! How much would have been accepted if another rule had chosen, of the log of the rule that did choose.
//!
//! The log says what was shown, how likely that was (its propensity), and what came of it. Where the other rule is likelier
//! to show the same, the round counts more, by the ratio of the two chances, and where it never would, not at all.
//!
//! | estimate | what it does | source |
//! |---|---|---|
//! | [`ips`] | weighs each reward: true on average, wide | Horvitz and Thompson, J. Am. Stat. Assoc. 47, 1952 |
//! | [`snips`] | the same over the sum of the weights: a little off in small logs, narrower | Swaminathan and Joachims, *The self-normalized estimator for counterfactual learning*, NeurIPS 2015 |
//! | [`direct`] | asks a model of rewards what the other rule would get: as true as the model | Dudik, Langford and Li, *Doubly robust policy evaluation and learning*, ICML 2011 |
//! | [`doubly_robust`] | the model, mended by weighing its errors: true if either the model or the propensities are | the same |
//!
//! None of them sees what the log's rule could not show: [`Round::try_new`] refuses a propensity of 0, and a rule that would
//! show such things is judged without them. Look at [`coverage`] first, which tells how much that is, and then at
//! [`effective_sample`], how many rounds the weights leave; of a hundred or less, believe nothing. Intervals:
//! [`super::bootstrap`].
//!
//! ```
//! use shopbell_insight::evaluation::off_policy::{Round, effective_sample, ips, snips};
//!
//! // Two things, each shown half of the time; the other rule would show the first one in 9 of 10 rounds.
//! let rounds = [Round::try_new(1.0, 0.5, 0.9)?, Round::try_new(0.0, 0.5, 0.1)?];
//! assert_eq!(ips(&rounds), Some(0.9));
//! assert_eq!(snips(&rounds), Some(0.9));
//! assert!(effective_sample(&rounds) < 2.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use thiserror::Error;

/// One slot that was shown, and what the rule that is judged would have done there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    reward: f64,
    weight: f64,
    modelled: Modelled,
}

/// What a model of rewards, fitted without this round, expects.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Modelled {
    /// Of what was shown.
    pub shown: f64,
    /// Of the rule that is judged: the mean over what it could show, each by its chance.
    pub judged: f64,
}

/// Why numbers are no round.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum InvalidRound {
    /// A reward or an expectation that is not finite.
    #[error("a reward, or what a model expects of it, must be a finite number, not {0}")]
    NotFinite(f64),
    /// What was shown had a chance.
    #[error("what was shown had a chance above 0 and up to 1, not {0}: log the propensity with each showing")]
    Propensity(f64),
    /// A chance is a share.
    #[error("the chance that the judged rule shows it is a share from 0 to 1, not {0}")]
    Judged(f64),
}

impl Round {
    /// `reward`: what came of it; `propensity`: the chance with which the log's rule showed it here; `judged`: the chance
    /// with which the rule that is judged would have.
    pub fn try_new(reward: f64, propensity: f64, judged: f64) -> Result<Self, InvalidRound> {
        if !reward.is_finite() {
            return Err(InvalidRound::NotFinite(reward));
        }
        if !(propensity > 0.0 && propensity <= 1.0) {
            return Err(InvalidRound::Propensity(propensity));
        }
        if !(0.0..=1.0).contains(&judged) {
            return Err(InvalidRound::Judged(judged));
        }
        Ok(Self { reward, weight: judged / propensity, modelled: Modelled::default() })
    }

    /// With what a model expects here, which [`direct`] and [`doubly_robust`] need; without, it expects nothing (0).
    pub fn with_model(self, modelled: Modelled) -> Result<Self, InvalidRound> {
        match [modelled.shown, modelled.judged].into_iter().find(|value| !value.is_finite()) {
            Some(value) => Err(InvalidRound::NotFinite(value)),
            None => Ok(Self { modelled, ..self }),
        }
    }

    /// What came of it.
    pub fn reward(&self) -> f64 {
        self.reward
    }

    /// How often the judged rule would have shown it for each time that the log's rule did.
    pub fn weight(&self) -> f64 {
        self.weight
    }
}

/// Inverse propensity scoring: the mean of `weight * reward`. `None` of nothing.
pub fn ips<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> Option<f64> {
    mean(rounds, |round| round.weight * round.reward)
}

/// Self-normalised inverse propensity scoring: the mean reward, weighted. `None` where all weights are 0.
pub fn snips<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> Option<f64> {
    let (mut rewards, mut weights) = (0.0, 0.0);
    for round in rounds {
        rewards += round.weight * round.reward;
        weights += round.weight;
    }
    (weights > 0.0).then(|| rewards / weights)
}

/// The direct method: what the model expects of the judged rule. `None` of nothing.
pub fn direct<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> Option<f64> {
    mean(rounds, |round| round.modelled.judged)
}

/// Doubly robust: the direct method, and the weighted errors of the model where the log knows better. `None` of nothing.
pub fn doubly_robust<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> Option<f64> {
    mean(rounds, |round| round.modelled.judged + round.weight * (round.reward - round.modelled.shown))
}

/// The mean weight: which share of what the judged rule would show the log could show. About 1, or IPS falls short by what
/// is missing, and SNIPS speaks of the rest only. `None` of nothing.
pub fn coverage<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> Option<f64> {
    mean(rounds, Round::weight)
}

/// How many rounds of equal weight would tell as much: `(sum of weights)^2 / sum of squares` (Kish, *Survey Sampling*, 1965).
pub fn effective_sample<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> f64 {
    let (mut sum, mut squares) = (0.0, 0.0);
    for round in rounds {
        sum += round.weight;
        squares += round.weight * round.weight;
    }
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

fn mean<'a>(rounds: impl IntoIterator<Item = &'a Round>, of: impl Fn(&Round) -> f64) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for round in rounds {
        sum += of(round);
        count += 1;
    }
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests;
