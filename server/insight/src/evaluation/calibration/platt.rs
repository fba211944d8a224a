//! Platt scaling: a logistic curve over the score.

use serde::{Deserialize, Serialize};

use super::{Forecast, NotFitted, both_sides};
use crate::optimise::minimise;

/// `1 / (1 + exp(-(slope · logit(score) + offset)))`.
///
/// On the logit of a probability and not on the probability, so that it can leave what is right as it is: slope 1 and offset
/// 0. A slope under 1 says that the forecasts were too sure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Of the logit.
    pub slope: f64,
    /// Added to it.
    pub offset: f64,
}

/// What the logit takes for 0, and 1 less it for 1.
const SUREST: f64 = 1e-6;

fn logit(probability: f64) -> f64 {
    let probability = probability.clamp(SUREST, 1.0 - SUREST);
    libm::log(probability / (1.0 - probability))
}

/// `1 / (1 + e^-x)`, of which neither side overflows.
fn logistic(x: f64) -> f64 {
    let less = libm::exp(-x.abs());
    if x >= 0.0 { 1.0 / (1.0 + less) } else { less / (1.0 + less) }
}

impl Platt {
    /// The likeliest curve, where what happened counts a little less than 1, and what did not a little more than 0, by
    /// Platt's own rule (his 2.2): else few outcomes that a score tells apart would make it a cliff. The likelihood is
    /// written as Lin, Lin and Weng do (Machine Learning 68, 2007). Fails when all or none happened.
    pub fn fit(forecasts: &[Forecast]) -> Result<Self, NotFitted> {
        both_sides(forecasts)?;
        let all = forecasts.iter().map(|_| 1.0).sum::<f64>();
        let happened = forecasts.iter().map(Forecast::outcome).sum::<f64>();
        let target = |forecast: &Forecast| {
            if forecast.happened { (happened + 1.0) / (happened + 2.0) } else { 1.0 / (all - happened + 2.0) }
        };
        let points: Vec<(f64, f64)> =
            forecasts.iter().map(|forecast| (logit(forecast.probability), target(forecast))).collect();
        let base = logit(happened / all);
        let found = minimise([0.0, base], |[slope, offset]| {
            let (mut loss, mut by_slope, mut by_offset) = (0.0, 0.0, 0.0);
            for (score, target) in &points {
                let x = slope * score + offset;
                loss += x.max(0.0) - x * target + libm::log1p(libm::exp(-x.abs()));
                let error = logistic(x) - target;
                by_slope += error * score;
                by_offset += error;
            }
            (loss / all, [by_slope / all, by_offset / all])
        });
        let [slope, offset] = found.map_err(|_| NotFitted::NoMaximum)?.at;
        Ok(Self { slope, offset })
    }

    /// Of a forecast.
    pub fn probability(&self, said: f64) -> f64 {
        logistic(self.slope * logit(said) + self.offset)
    }
}
