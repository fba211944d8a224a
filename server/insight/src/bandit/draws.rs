//! Many draws for the same candidates.
//!
//! With `theta' = theta + width · L⁻ᵀ z` the score of a candidate is `x · theta + width · (L⁻¹ x) · z`. All but `z` is the
//! same in each draw, so it is computed once, and laid out so that a draw goes through memory in order.

use super::model::LinearModel;
use crate::chance::Chance;

/// Candidates, ready to be scored by weights that are drawn.
pub(super) struct Draws {
    /// `x · theta` of each candidate.
    expected: Vec<f64>,
    /// For each normal number, what one of it adds to each candidate's score.
    spread: Vec<Vec<f64>>,
}

impl Draws {
    pub(super) fn new(model: &LinearModel, candidates: &[Vec<f64>], width: f64) -> Self {
        let mut spread = vec![Vec::with_capacity(candidates.len()); model.names().len()];
        for x in candidates {
            for (column, part) in spread.iter_mut().zip(model.spread(x)) {
                column.push(width * part);
            }
        }
        Self { expected: candidates.iter().map(|x| model.theta().score(x)).collect(), spread }
    }

    /// Scores all candidates by one draw.
    pub(super) fn draw(&self, chance: &mut Chance, scores: &mut Vec<f64>) {
        scores.clone_from(&self.expected);
        for column in &self.spread {
            let normal = chance.normal();
            for (score, part) in scores.iter_mut().zip(column) {
                *score += normal * part;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandit::{Exploration, Prior};

    #[test]
    fn a_draw_is_that_of_drawn_weights() {
        let mut chance = Chance::from_seed(8);
        let names = (0..5).map(|place| place.to_string()).collect();
        let mut model =
            LinearModel::new(names, Prior::guess(&[0.1, 0.2, 0.0, -0.3, 0.4], 2.0).unwrap()).unwrap();
        let mut features = || (0..5).map(|_| chance.uniform()).collect::<Vec<f64>>();
        let candidates: Vec<Vec<f64>> = (0..7).map(|_| features()).collect();
        for x in &candidates {
            model.observe(x, 0.5).unwrap();
        }
        let exploration = Exploration::Sampling { width: 0.7 };
        let (mut one, mut other) = (Chance::from_seed(3), Chance::from_seed(3));
        let (draws, mut scores) = (Draws::new(&model, &candidates, 0.7), Vec::new());
        for _ in 0..10 {
            draws.draw(&mut one, &mut scores);
            for (found, expected) in scores.iter().zip(exploration.scores(&model, &candidates, &mut other)) {
                assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
            }
        }
    }
}
