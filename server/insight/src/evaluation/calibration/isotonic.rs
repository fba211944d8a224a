//! Isotonic regression: the rising steps that are nearest to what happened.

use serde::{Deserialize, Serialize};

use super::{Forecast, NotFitted, both_sides};

/// A probability for each score, rising with it, in steps.
///
/// Scores need be no probabilities: whatever rises with what is likelier. Between two steps it goes straight from one to the
/// next, and beyond the first and the last it stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Ends of the steps: score and probability, both rising.
    corners: Vec<(f64, f64)>,
}

/// Neighbours in the order of scores that are given one value.
#[derive(Clone, Copy)]
struct Block {
    first: f64,
    last: f64,
    count: f64,
    happened: f64,
}

impl Block {
    fn mean(&self) -> f64 {
        self.happened / self.count
    }
}

impl Isotonic {
    /// The steps nearest to the outcomes by squares, by pooling adjacent violators (Ayer, Brunk, Ewing, Reid and Silverman,
    /// Ann. Math. Stat. 26, 1955). Fails when all or none happened.
    pub fn fit(forecasts: &[Forecast]) -> Result<Self, NotFitted> {
        both_sides(forecasts)?;
        let mut sorted: Vec<&Forecast> = forecasts.iter().collect();
        sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
        let mut blocks: Vec<Block> = Vec::new();
        for equal in sorted.chunk_by(|a, b| a.probability.total_cmp(&b.probability).is_eq()) {
            let score = equal.first().map_or(0.0, |forecast| forecast.probability);
            let happened = equal.iter().map(|forecast| forecast.outcome()).sum();
            let count = equal.iter().map(|_| 1.0).sum();
            let mut block = Block { first: score, last: score, count, happened };
            while let Some(below) = blocks.pop_if(|below| below.mean() >= block.mean()) {
                block.first = below.first;
                block.count += below.count;
                block.happened += below.happened;
            }
            blocks.push(block);
        }
        let corners =
            blocks.iter().flat_map(|block| [(block.first, block.mean()), (block.last, block.mean())]);
        let mut corners: Vec<(f64, f64)> = corners.collect();
        corners.dedup();
        Ok(Self { corners })
    }

    /// Of a score.
    pub fn probability(&self, score: f64) -> f64 {
        let above = self.corners.partition_point(|(corner, _)| *corner < score);
        let at = |place: Option<usize>| place.and_then(|place| self.corners.get(place));
        match (at(above.checked_sub(1)), at(Some(above))) {
            (Some((left, low)), Some((right, high))) => {
                // Rounding must not lift it above its step: that of a probability of 1 would be none.
                (low + (high - low) * (score - left) / (right - left)).min(*high)
            }
            (None, Some((_, only))) | (Some((_, only)), None) => *only,
            (None, None) => f64::NAN,
        }
    }
}
