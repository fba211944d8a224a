//! The weights that all candidates share, learnt from what became of those that were shown.

use serde::{Deserialize, Serialize};

use super::{
    experience::{Experience, InvalidExperience, Prior, check, check_size},
    factor::{Factor, dot},
    showing::{Credited, Showing},
    state::{InvalidModel, State},
};
use crate::chance::Chance;

/// After so many updates the factor is made anew, so that rounding does not pile up.
const RENEWED_AFTER: u32 = 1_024;

/// A linear model of rewards that can be added to, for ever; see [`super`].
///
/// Its matrix is positive definite at all times: the prior's is, what was seen only adds to it, and forgetting takes away
/// only of what was seen. Serialised, it carries a version, and reading it checks all of that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "State", into = "State")]
pub struct LinearModel {
    pub(super) names: Vec<String>,
    pub(super) prior: Prior,
    pub(super) seen: Experience,
    /// `-ln` of what is kept by now of what was seen at first.
    pub(super) forgotten: f64,
    factor: Factor,
    updates: u32,
    theta: Weights,
}

/// A set of weights, as drawn for one card.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(Vec<f64>);

impl Weights {
    /// What they make of a candidate.
    pub fn score(&self, x: &[f64]) -> f64 {
        dot(&self.0, x)
    }

    /// One for each feature.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }
}

/// What one feature adds to a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution<'a> {
    /// Its name.
    pub feature: &'a str,
    /// The feature.
    pub value: f64,
    /// Weight times feature.
    pub adds: f64,
}

impl LinearModel {
    /// A model that has seen nothing; each name is that of the feature at its place.
    pub fn new(names: Vec<String>, prior: Prior) -> Result<Self, InvalidModel> {
        let seen = Experience::none(prior.features());
        Self::of(names, prior, seen, 0.0)
    }

    /// Of its parts, all checked.
    pub(super) fn of(
        names: Vec<String>,
        prior: Prior,
        seen: Experience,
        forgotten: f64,
    ) -> Result<Self, InvalidModel> {
        super::state::check_names(&names, prior.features())?;
        if !prior.is_whole() {
            return Err(InvalidModel::Prior);
        }
        if !(seen.is_whole(prior.features()) && forgotten >= 0.0 && forgotten.is_finite()) {
            return Err(InvalidModel::Seen);
        }
        let factor = Factor::of_about(&prior.matrix.plus(&seen.matrix)).ok_or(InvalidModel::Seen)?;
        let theta = Weights(Vec::new());
        let mut model = Self { names, prior, seen, forgotten, factor, updates: 0, theta };
        model.solve();
        Ok(model)
    }

    /// Refuses other features than these, in this order: a stored model of an older list of features.
    pub fn fits(&self, names: &[&str]) -> Result<(), InvalidModel> {
        let longest = names.len().max(self.names.len());
        for place in 0..longest {
            let (known, wanted) = (self.names.get(place).cloned(), names.get(place).map(ToString::to_string));
            if known != wanted {
                return Err(InvalidModel::OtherFeatures { known, wanted });
            }
        }
        Ok(())
    }

    /// The names of the features, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many observations it has learnt from and not forgotten, without the prior.
    pub fn observations(&self) -> f64 {
        self.seen.observations()
    }

    /// How much of a feature was seen and not forgotten: the sum of its squares. `None` of one that there is not.
    pub fn seen_of(&self, feature: usize) -> Option<f64> {
        self.seen.matrix.diagonal_at(feature)
    }

    /// The weights that are expected.
    pub fn theta(&self) -> &Weights {
        &self.theta
    }

    /// How far off the expected reward of a candidate may be: `sqrt(xᵀ A⁻¹ x)`, the standard deviation where rewards have
    /// that of 1.
    pub fn deviation(&self, x: &[f64]) -> f64 {
        let part = self.factor.solve_lower(x);
        dot(&part, &part).sqrt()
    }

    /// Weights drawn from `N(theta, width² A⁻¹)`: `theta + width · L⁻ᵀ z` with standard normal `z`, whose covariance is
    /// `L⁻ᵀ L⁻¹ = (L Lᵀ)⁻¹`.
    pub fn sample(&self, width: f64, chance: &mut Chance) -> Weights {
        let normals: Vec<f64> = self.names.iter().map(|_| chance.normal()).collect();
        self.sample_of(width, &normals)
    }

    /// The same of given normal numbers, one for each feature.
    pub fn sample_of(&self, width: f64, normals: &[f64]) -> Weights {
        let away = self.factor.solve_upper(normals);
        Weights(self.theta.0.iter().zip(&away).map(|(expected, away)| expected + width * away).collect())
    }

    /// What each feature adds to the expected reward of a candidate, what adds or takes most first; those that are 0 are left out.
    pub fn explain(&self, x: &[f64]) -> Vec<Contribution<'_>> {
        let parts = self.names.iter().zip(self.theta.0.iter().zip(x));
        let mut parts: Vec<Contribution<'_>> = parts
            .map(|(feature, (weight, part))| Contribution { feature, value: *part, adds: weight * part })
            .filter(|contribution| contribution.adds != 0.0)
            .collect();
        parts.sort_by(|a, b| b.adds.abs().total_cmp(&a.adds.abs()));
        parts
    }

    /// Learns what became of a candidate that was shown, in one step; [`Self::credit`] can mend it later.
    pub fn observe(&mut self, x: &[f64], reward: f64) -> Result<(), InvalidExperience> {
        self.seen.add(x, reward)?;
        self.factor.add_outer(x);
        self.updates += 1;
        if self.updates >= RENEWED_AFTER {
            self.renew();
        }
        self.solve();
        Ok(())
    }

    /// Learns what is known by now of a showing. The first reward is an observation; another one later takes its place, and
    /// the same one again changes nothing. What was forgotten in between is forgotten of the correction, too.
    pub fn credit(&mut self, showing: &mut Showing, reward: f64) -> Result<(), InvalidExperience> {
        match showing.credited {
            None => self.observe(&showing.features, reward)?,
            Some(before) => {
                check(&showing.features, self.names.len())?;
                check_size(reward)?;
                let kept = libm::exp(before.forgotten - self.forgotten).min(1.0);
                self.seen.add_evidence(&showing.features, (reward - before.reward) * kept);
                self.solve();
                showing.credited = Some(Credited { reward, ..before });
                return Ok(());
            }
        }
        showing.credited = Some(Credited { reward, forgotten: self.forgotten });
        Ok(())
    }

    /// Makes all that was seen count less: `kept` is above 0 and up to 1, for a day that ends `0.5^(1 / half-life in days)`.
    /// The prior stays, so that after however long a silence the model is as sure as at first, and no less.
    pub fn forget(&mut self, kept: f64) -> Result<(), InvalidExperience> {
        if !(kept > 0.0 && kept <= 1.0) {
            return Err(InvalidExperience::Kept(kept));
        }
        self.seen.keep(kept);
        self.forgotten -= libm::log(kept);
        self.renew();
        self.solve();
        Ok(())
    }

    /// Makes the factor anew of the matrix. That of the updates stays where rounding leaves the matrix without one.
    fn renew(&mut self) {
        if let Some(factor) = Factor::of_about(&self.prior.matrix.plus(&self.seen.matrix)) {
            self.factor = factor;
        }
        self.updates = 0;
    }

    fn solve(&mut self) {
        let evidence = self.prior.evidence.iter().zip(&self.seen.evidence).map(|(prior, seen)| prior + seen);
        self.theta = Weights(self.factor.solve(&evidence.collect::<Vec<f64>>()));
    }
}

#[cfg(test)]
mod tests;
