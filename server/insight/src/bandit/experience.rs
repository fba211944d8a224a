//! What was seen, as the two sums that a linear model needs of it; and what is believed before anything is seen.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::factor::{Factor, Symmetric};

/// Features and rewards are numbers of about 1. Larger ones than this are a mistake, and a few of them would leave nothing of
/// all others but rounding.
const LARGEST: f64 = 1e3;
/// A prior that holds less in some direction would make a matrix that only rounding tells from one without an inverse.
const LEAST_RIDGE: f64 = 1e-3;

/// Why something is no experience, or no prior.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum InvalidExperience {
    /// Another number of features.
    #[error("{found} features where {expected} are known")]
    Features {
        /// As given.
        found: usize,
        /// As the model has them.
        expected: usize,
    },
    /// Not a number of a reasonable size.
    #[error("a feature or reward of {0}: it must be finite and of a size of about 1, up to 1000")]
    Size(f64),
    /// A share that is none.
    #[error("what is kept is a share above 0 and up to 1, not {0}")]
    Kept(f64),
    /// A weight of a prior that is none.
    #[error("a prior counts as much as some observations, of at least {LEAST_RIDGE}, not {0}")]
    Strength(f64),
    /// Nothing to fit to.
    #[error("a prior cannot be fitted to nothing")]
    Empty,
}

/// Sums over what was seen: of `x xᵀ`, of `x · reward`, and how many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experience {
    pub(super) matrix: Symmetric,
    pub(super) evidence: Vec<f64>,
    pub(super) observations: f64,
}

impl Experience {
    /// Nothing seen yet.
    pub fn none(features: usize) -> Self {
        Self { matrix: Symmetric::diagonal(features, 0.0), evidence: vec![0.0; features], observations: 0.0 }
    }

    /// How many observations; fewer than there were, once some are forgotten.
    pub fn observations(&self) -> f64 {
        self.observations
    }

    /// How many features.
    pub fn features(&self) -> usize {
        self.evidence.len()
    }

    /// Adds what was seen of features `x`.
    pub fn add(&mut self, x: &[f64], reward: f64) -> Result<(), InvalidExperience> {
        check(x, self.features())?;
        check_size(reward)?;
        self.matrix.add_outer(x, 1.0);
        self.add_evidence(x, reward);
        self.observations += 1.0;
        Ok(())
    }

    /// Adds to what is known of features `x` without a new observation.
    pub(super) fn add_evidence(&mut self, x: &[f64], reward: f64) {
        for (sum, part) in self.evidence.iter_mut().zip(x) {
            *sum += part * reward;
        }
    }

    /// Whether it is of so many features, and its numbers are numbers.
    pub(super) fn is_whole(&self, features: usize) -> bool {
        self.matrix.size() == Some(features)
            && self.evidence.len() == features
            && self.evidence.iter().all(|part| part.is_finite())
            && self.observations.is_finite()
            && self.observations >= 0.0
    }

    /// Makes all of it count less.
    pub(super) fn keep(&mut self, share: f64) {
        self.matrix.scale(share);
        self.evidence.iter_mut().for_each(|part| *part *= share);
        self.observations *= share;
    }
}

/// Refuses features that do not fit.
pub(super) fn check(x: &[f64], expected: usize) -> Result<(), InvalidExperience> {
    if x.len() != expected {
        return Err(InvalidExperience::Features { found: x.len(), expected });
    }
    x.iter().try_for_each(|part| check_size(*part))
}

pub(super) fn check_size(number: f64) -> Result<(), InvalidExperience> {
    // Not a number compares as nothing.
    if number.abs() <= LARGEST { Ok(()) } else { Err(InvalidExperience::Size(number)) }
}

/// What is believed before anything is seen, as if some observations had been: never forgotten, and outvoted by what is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    pub(super) matrix: Symmetric,
    pub(super) evidence: Vec<f64>,
}

impl Prior {
    /// Nothing is expected of anything; `ridge` observations in each direction say so.
    pub fn flat(features: usize, ridge: f64) -> Result<Self, InvalidExperience> {
        Self::guess(&vec![0.0; features], ridge)
    }

    /// The weights are about `theta`; `observations` in each direction say so.
    pub fn guess(theta: &[f64], observations: f64) -> Result<Self, InvalidExperience> {
        check(theta, theta.len())?;
        check_strength(observations)?;
        Ok(Self {
            matrix: Symmetric::diagonal(theta.len(), observations),
            evidence: theta.iter().map(|weight| weight * observations).collect(),
        })
    }

    /// What `experience` of earlier times or other customers says, as if it were only `observations` of the same kind: what
    /// it leaves open stays open. One more in each direction says that nothing is expected.
    pub fn fitted(experience: &Experience, observations: f64) -> Result<Self, InvalidExperience> {
        check_strength(observations)?;
        if experience.observations <= 0.0 {
            return Err(InvalidExperience::Empty);
        }
        let share = observations / experience.observations;
        let mut matrix = experience.matrix.clone();
        matrix.scale(share);
        let matrix = matrix.plus(&Symmetric::diagonal(experience.features(), 1.0));
        Ok(Self { matrix, evidence: experience.evidence.iter().map(|part| part * share).collect() })
    }

    /// How many features.
    pub fn features(&self) -> usize {
        self.evidence.len()
    }

    /// Whether it holds something in each direction, as it must.
    pub(super) fn is_whole(&self) -> bool {
        self.matrix.size() == Some(self.features())
            && self.evidence.iter().all(|part| part.is_finite())
            && Factor::of(&self.matrix).is_some()
    }
}

fn check_strength(observations: f64) -> Result<(), InvalidExperience> {
    if observations.is_finite() && observations >= LEAST_RIDGE {
        Ok(())
    } else {
        Err(InvalidExperience::Strength(observations))
    }
}
