//! Whether what is given a probability happens as often as it says, and how to mend it if not.
//!
//! [`reliability`] puts forecasts in bins and compares, of each, what was said with what happened: drawn, it is the
//! reliability diagram. [`expected_calibration_error`] is its one number, [`brier`] and [`log_loss`] judge the forecasts
//! themselves (a forecaster who always says the base rate is calibrated, and useless).
//!
//! | what mends | when | source |
//! |---|---|---|
//! | [`Platt`] | few outcomes (from about 50), and scores that are off smoothly | Platt, *Probabilistic outputs for support vector machines*, 1999 |
//! | [`Isotonic`] | many (from about 1,000): any rising curve | Zadrozny and Elkan, *Transforming classifier scores into accurate multiclass probability estimates*, KDD 2002 |
//!
//! Fit on some outcomes and measure on others: on its own, [`Isotonic`] is perfect by construction.
//!
//! ```
//! use shopbell_insight::evaluation::calibration::{Forecast, Isotonic, expected_calibration_error, reliability};
//!
//! let said = |probability: f64, happened| Forecast::try_new(probability, happened);
//! let forecasts = [said(0.9, true)?, said(0.9, false)?, said(0.1, false)?, said(0.1, false)?];
//! let bins = reliability(&forecasts, 10);
//! assert_eq!(bins.len(), 2);
//! assert!((expected_calibration_error(&bins).unwrap() - 0.25).abs() < 1e-12);
//! assert_eq!(Isotonic::fit(&forecasts)?.probability(0.95), 0.5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod isotonic;
mod platt;

pub use isotonic::Isotonic;
pub use platt::Platt;

use thiserror::Error;

/// A probability of 0 or 1 that was wrong would cost infinitely; this is as sure as [`log_loss`] takes anybody to be.
const SUREST: f64 = 1e-15;

/// What was said, and what happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    probability: f64,
    happened: bool,
}

/// Why a forecast is none.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("a probability is a share from 0 to 1, not {0}")]
pub struct InvalidForecast(pub f64);

/// Why nothing could be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotFitted {
    /// Of these, all or none happened.
    #[error("{happened} of {forecasts} happened: to calibrate, some must happen and some not")]
    OneSided {
        /// How many there are.
        forecasts: usize,
        /// How many of them happened.
        happened: usize,
    },
    /// The search found no end.
    #[error("the likelihood has no maximum that the search could find")]
    NoMaximum,
}

impl Forecast {
    /// That something would happen with this probability, and whether it did.
    pub fn try_new(probability: f64, happened: bool) -> Result<Self, InvalidForecast> {
        if (0.0..=1.0).contains(&probability) {
            Ok(Self { probability, happened })
        } else {
            Err(InvalidForecast(probability))
        }
    }

    /// What was said.
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// What happened.
    pub fn happened(&self) -> bool {
        self.happened
    }

    fn outcome(&self) -> f64 {
        f64::from(u8::from(self.happened))
    }
}

/// Forecasts that said about the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// From this probability on.
    pub from: f64,
    /// To below this one; the last bin holds 1, too.
    pub to: f64,
    /// How many.
    pub forecasts: u32,
    /// What they said on average.
    pub said: f64,
    /// To which share of them it happened.
    pub happened: f64,
}

impl Bin {
    /// Where the true share lies with 95 %, by Wilson's score interval (J. Am. Stat. Assoc. 22, 1927): the bar to draw.
    pub fn interval(&self) -> [f64; 2] {
        const Z: f64 = 1.959_963_984_540_054;
        let count = f64::from(self.forecasts);
        let spread = Z * Z / count;
        let middle = (self.happened + spread / 2.0) / (1.0 + spread);
        let half =
            (self.happened * (1.0 - self.happened) * spread + spread * spread / 4.0).sqrt() / (1.0 + spread);
        [(middle - half).max(0.0), (middle + half).min(1.0)]
    }
}

/// The forecasts in bins of equal width; bins without any are left out.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the number of a bin"
)]
pub fn reliability(forecasts: &[Forecast], bins: usize) -> Vec<Bin> {
    let bins = bins.max(1);
    let mut sums = vec![(0_u32, 0.0, 0.0); bins];
    for forecast in forecasts {
        let place = ((forecast.probability * bins as f64) as usize).min(bins - 1);
        if let Some((count, said, happened)) = sums.get_mut(place) {
            *count += 1;
            *said += forecast.probability;
            *happened += forecast.outcome();
        }
    }
    let edge = |place: usize| place as f64 / bins as f64;
    let bin = |(place, (count, said, happened)): (usize, (u32, f64, f64))| Bin {
        from: edge(place),
        to: edge(place + 1),
        forecasts: count,
        said: said / f64::from(count),
        happened: happened / f64::from(count),
    };
    sums.into_iter().enumerate().filter(|(_, (count, ..))| *count > 0).map(bin).collect()
}

/// How far what was said is from what happened, over all bins by their size (Naeini, Cooper and Hauskrecht, AAAI 2015). `None`
/// without forecasts.
pub fn expected_calibration_error(bins: &[Bin]) -> Option<f64> {
    let gap = |bin: &Bin| (bin.said - bin.happened).abs();
    let all: f64 = bins.iter().map(|bin| f64::from(bin.forecasts)).sum();
    (all > 0.0).then(|| bins.iter().map(|bin| f64::from(bin.forecasts) * gap(bin)).sum::<f64>() / all)
}

/// The mean squared error (Brier, Monthly Weather Review 78, 1950): 0 is perfect, and the base rate's is its variance.
/// `None` without forecasts.
pub fn brier(forecasts: &[Forecast]) -> Option<f64> {
    mean(forecasts, |forecast| (forecast.probability - forecast.outcome()).powi(2))
}

/// The mean of `-ln` of the probability that was given to what happened. `None` without forecasts.
pub fn log_loss(forecasts: &[Forecast]) -> Option<f64> {
    mean(forecasts, |forecast| {
        let right = if forecast.happened { forecast.probability } else { 1.0 - forecast.probability };
        -libm::log(right.clamp(SUREST, 1.0))
    })
}

fn mean(forecasts: &[Forecast], of: impl Fn(&Forecast) -> f64) -> Option<f64> {
    let count = u32::try_from(forecasts.len()).ok().filter(|count| *count > 0)?;
    Some(forecasts.iter().map(of).sum::<f64>() / f64::from(count))
}

/// Refuses forecasts of which all or none happened.
fn both_sides(forecasts: &[Forecast]) -> Result<(), NotFitted> {
    let happened = forecasts.iter().filter(|forecast| forecast.happened).count();
    if happened == 0 || happened == forecasts.len() {
        return Err(NotFitted::OneSided { forecasts: forecasts.len(), happened });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
