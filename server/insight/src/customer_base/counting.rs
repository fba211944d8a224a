//! What every model of how often somebody buys can be asked.

use thiserror::Error;

use super::History;

/// A fitted model of who buys how often, and until when.
pub trait CustomerBase {
    /// Logarithm of the probability (density) of these histories, all together.
    fn log_likelihood(&self, histories: &[History]) -> f64;

    /// Chance that somebody has not stopped for good yet, from 0 to 1.
    ///
    /// Not to be used to order customers: see the [module](super).
    fn probability_alive(&self, history: &History) -> f64;

    /// Mean number of purchases in a time `within` from the end of the history on.
    ///
    /// Of [`History::NEW`]: the mean number of repeat purchases of a new customer.
    fn expected_purchases(&self, history: &History, within: f64) -> Result<f64, NotPredicted>;
}

/// Why there is no expectation to tell.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NotPredicted {
    /// No time to look ahead to.
    #[error("{0} is no time to look ahead: it must be finite and at least 0")]
    NotATime(f64),
    /// So far beyond what was observed that the arithmetic gives out.
    #[error("{within} is too far ahead of a history of {age} to be computed: look less far ahead")]
    TooFar {
        /// As asked.
        within: f64,
        /// Of the history.
        age: f64,
    },
}

/// A time to look ahead.
pub(crate) fn time_ahead(within: f64) -> Result<f64, NotPredicted> {
    if within.is_finite() && within >= 0.0 { Ok(within) } else { Err(NotPredicted::NotATime(within)) }
}
