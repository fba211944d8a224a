//! How likely any of the usual items that are due is bought at the visit.
//!
//! [`Due`](crate::next_visit::Due) says of each usual item how likely it is bought now. That one of several is bought is not their sum, nor is it what
//! independent coins would give: who skips one usual item skips others. So it is fitted to real visits (`docs/outcomes.md`):
//!
//! `logit p = a + b·logit(likeliest) + c·logit(likeliest)² + d·ln(1 + number due)`

use super::fitting::NotFitted;
use crate::logistic::{Logistic, Row};

/// From this probability on a usual item is due.
pub const DUE: f64 = 0.25;

const KNOWN: usize = 4;
/// As of the hazard itself.
const RIDGE: f64 = 3.0;
/// What the logit takes for 0, and 1 less it for 1.
const SUREST: f64 = 1e-3;
/// More usual items than anybody has.
const MOST_DUE: u32 = 1_000;

/// A real visit: what was due before it, and whether any of that was bought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DueVisit {
    /// The probability of the likeliest usual item.
    pub likeliest: f64,
    /// How many had [`DUE`] or more.
    pub due: u32,
    /// Whether one of these was bought; where none was due, the likeliest.
    pub bought: bool,
}

/// The fitted curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnyDue {
    pub(super) weights: [f64; KNOWN],
}

impl AnyDue {
    /// Of real visits of people who have usual items.
    pub fn fit(visits: &[DueVisit]) -> Result<Self, NotFitted> {
        let row = |visit: &DueVisit| Row {
            known: known(visit.likeliest, Some(visit.due)).map(crate::outcome::fitting::narrow),
            counts: 1.0,
            happened: visit.bought,
        };
        let rows: Vec<Row<KNOWN>> = visits.iter().map(row).collect();
        let fitted = Logistic::fit(&rows, RIDGE).ok_or(NotFitted::NoMaximum("any_due"))?;
        Ok(Self { weights: *fitted.weights() })
    }

    /// How likely it is that any is bought, by the probability of the likeliest and the number that is due; where that is
    /// unknown, the likeliest alone, if it is due.
    pub fn probability(&self, likeliest: f64, due: Option<u32>) -> f64 {
        1.0 / (1.0 + libm::exp(-self.log_odds(likeliest, due)))
    }

    pub(super) fn log_odds(&self, likeliest: f64, due: Option<u32>) -> f64 {
        self.weights.iter().zip(known(likeliest, due)).map(|(weight, known)| weight * known).sum()
    }
}

fn known(likeliest: f64, due: Option<u32>) -> [f64; KNOWN] {
    let likeliest = likeliest.clamp(SUREST, 1.0 - SUREST);
    let due = due.unwrap_or(u32::from(likeliest >= DUE)).min(MOST_DUE);
    let logit = libm::log(likeliest / (1.0 - likeliest));
    [1.0, logit, logit * logit, libm::log1p(f64::from(due))]
}
