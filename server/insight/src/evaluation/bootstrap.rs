//! How far an estimate would have moved if other customers had come: the percentile bootstrap.
//!
//! As many units as there are, drawn with replacement, again and again; the estimate of each draw; and of these the middle
//! part (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13). A unit is what is independent of the
//! others: a customer, or a visit with all that was shown in it, and not a slot of it, whose fate is bound to its
//! neighbours'.

use thiserror::Error;

use crate::chance::Chance;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// How often.
    pub resamples: u32,
    /// The share of the draws that lies within the interval.
    pub level: f64,
    /// Which draws.
    pub seed: u64,
}

impl Default for Options {
    /// 95 % of 1,000 draws.
    fn default() -> Self {
        Self { resamples: 1_000, level: 0.95, seed: 0 }
    }
}

/// Where an estimate lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Of what there is.
    pub estimate: f64,
    /// Below this are as many draws as above `high`.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Why there is no interval.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NoInterval {
    /// Nothing to draw from, or an estimate that says nothing of what there is.
    #[error("the estimate says nothing of these {0} units")]
    NoEstimate(usize),
    /// Too few draws for percentiles, or a level that is no share.
    #[error("{resamples} resamples and a level of {level}: it takes at least 2, and a level between 0 and 1")]
    Options {
        /// As given.
        resamples: u32,
        /// As given.
        level: f64,
    },
    /// Most draws hold nothing of which the estimate says something.
    #[error("the estimate says nothing of {silent} of {resamples} draws: there are too few units")]
    TooFew {
        /// Draws without an estimate.
        silent: u32,
        /// All draws.
        resamples: u32,
    },
}

/// The estimate of all units, with its interval. `estimate` may say nothing (`None`) of units that it cannot judge; such
/// draws are left out, and more than half of them is an error.
pub fn interval<T>(
    units: &[T],
    estimate: impl Fn(&[&T]) -> Option<f64>,
    options: Options,
) -> Result<Interval, NoInterval> {
    let Options { resamples, level, seed } = options;
    if resamples < 2 || !(level > 0.0 && level < 1.0) {
        return Err(NoInterval::Options { resamples, level });
    }
    let all: Vec<&T> = units.iter().collect();
    let of_all = estimate(&all).ok_or(NoInterval::NoEstimate(units.len()))?;
    let mut chance = Chance::from_seed(seed);
    let mut drawn = Vec::with_capacity(all.len());
    let mut estimates = Vec::new();
    for _ in 0..resamples {
        drawn.clear();
        drawn.extend((0..all.len()).filter_map(|_| all.get(chance.below(all.len())).copied()));
        estimates.extend(estimate(&drawn));
    }
    let silent = resamples - u32::try_from(estimates.len()).unwrap_or(resamples);
    estimates.sort_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    match (quantile(&estimates, tail), quantile(&estimates, 1.0 - tail)) {
        (Some(low), Some(high)) if silent <= resamples / 2 => Ok(Interval { estimate: of_all, low, high }),
        _ => Err(NoInterval::TooFew { silent, resamples }),
    }
}

/// The value below which `share` of the sorted values lie, in between two of them where it falls there (Hyndman and Fan's
/// seventh kind, which NumPy takes, too). `None` of nothing.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list"
)]
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let below = *sorted.get(place.floor() as usize)?;
    let above = *sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[&f64]) -> Option<f64> {
        let count = f64::from(u32::try_from(values.len()).unwrap());
        (count > 0.0).then(|| values.iter().copied().sum::<f64>() / count)
    }

    #[test]
    fn a_quantile_lies_between_values() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        let of = |share| quantile(&sorted, share).unwrap();
        for (share, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (1.0, 8.0)] {
            assert!((of(share) - expected).abs() < 1e-12, "{share}");
        }
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_normal_distribution() {
        let values: Vec<f64> = (0..400).map(|index| f64::from(index % 20)).collect();
        let found = interval(&values, mean, Options { resamples: 4_000, ..Options::default() }).unwrap();
        assert!((found.estimate - 9.5).abs() < 1e-12);
        // The deviation of 0..20 is sqrt(33.25), and 1.96 of it by sqrt(400) are .565.
        assert!(
            (found.high - 9.5 - 0.565).abs() < 0.04 && (9.5 - found.low - 0.565).abs() < 0.04,
            "{found:?}"
        );
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let values = [1.0, 5.0, 2.0, 9.0, 4.0];
        let of = |seed| interval(&values, mean, Options { seed, ..Options::default() }).unwrap();
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }

    #[test]
    fn what_has_no_interval_is_told() {
        assert_eq!(interval(&[], mean, Options::default()), Err(NoInterval::NoEstimate(0)));
        let none = Options { level: 1.0, ..Options::default() };
        assert!(matches!(interval(&[1.0], mean, none), Err(NoInterval::Options { .. })));
        // Says something of them all, and of few draws: a draw that holds each of them once has a chance of 6!/6^6.
        let whole =
            |values: &[&u32]| (0..6).all(|one| values.iter().any(|value| **value == one)).then_some(1.0);
        let units: Vec<u32> = (0..6).collect();
        let found = interval(&units, whole, Options::default());
        assert!(matches!(found, Err(NoInterval::TooFew { silent: 901.., resamples: 1_000 })), "{found:?}");
    }
}
