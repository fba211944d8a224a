//! What a model is told of one customer.

use std::cmp::Ordering;

use thiserror::Error;

/// When somebody bought, as the counting models need it: their sufficient statistics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    frequency: u32,
    recency: f64,
    age: f64,
}

/// Why three numbers are nobody's history.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum InvalidHistory {
    /// A time is not finite, or negative.
    #[error("recency {recency} and age {age} must be finite times of at least 0")]
    NotATime {
        /// As given.
        recency: f64,
        /// As given.
        age: f64,
    },
    /// The last purchase is after the end.
    #[error("the last purchase, at {recency}, is after the end of the observation, at {age}")]
    AfterTheEnd {
        /// As given.
        recency: f64,
        /// As given.
        age: f64,
    },
    /// Who never bought again has no time of it; who did, did it later.
    #[error(
        "{frequency} repeat purchases with the last one at {recency}: without any it must be 0, with some above 0 (merge \
         purchases of one day)"
    )]
    RepeatsAtTheStart {
        /// As given.
        frequency: u32,
        /// As given.
        recency: f64,
    },
}

impl History {
    /// Somebody at the moment of their first purchase.
    pub const NEW: Self = Self { frequency: 0, recency: 0.0, age: 0.0 };

    /// `frequency`: purchases after the first one (x in the papers); `recency`: the time from the first to the last of
    /// them, 0 without any (t_x); `age`: the time from the first one to the end of the observation (T).
    pub fn try_new(frequency: u32, recency: f64, age: f64) -> Result<Self, InvalidHistory> {
        let time = |time: f64| time.is_finite() && time >= 0.0;
        if !time(recency) || !time(age) {
            return Err(InvalidHistory::NotATime { recency, age });
        }
        if recency > age {
            return Err(InvalidHistory::AfterTheEnd { recency, age });
        }
        if (frequency == 0) != (recency == 0.0) {
            return Err(InvalidHistory::RepeatsAtTheStart { frequency, recency });
        }
        Ok(Self { frequency, recency, age })
    }

    /// Purchases after the first one.
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// Time from the first purchase to the last one.
    pub fn recency(&self) -> f64 {
        self.recency
    }

    /// Time from the first purchase to the end of the observation.
    pub fn age(&self) -> f64 {
        self.age
    }

    /// `x`, as the formulas take it.
    pub(crate) fn x(&self) -> f64 {
        f64::from(self.frequency)
    }

    /// Puts those next to each other that share what is costly to compute.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let (this, that) = (self, other);
        this.frequency
            .cmp(&that.frequency)
            .then(this.age.total_cmp(&that.age))
            .then(this.recency.total_cmp(&that.recency))
    }
}

/// What somebody's repeat purchases were worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spending {
    frequency: u32,
    mean: f64,
}

/// Why a mean is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum InvalidSpending {
    /// A mean of nothing, or one that is no price.
    #[error(
        "{frequency} repeat purchases of {mean} on average: without any it must be 0, with some finite and above 0 (leave \
         out customers whose purchases were free or taken back)"
    )]
    NotAPrice {
        /// As given.
        frequency: u32,
        /// As given.
        mean: f64,
    },
}

impl Spending {
    /// `frequency`: purchases after the first one; `mean`: their average value, 0 without any.
    pub fn try_new(frequency: u32, mean: f64) -> Result<Self, InvalidSpending> {
        let price = mean.is_finite() && mean >= 0.0;
        if !price || (frequency == 0) != (mean == 0.0) {
            return Err(InvalidSpending::NotAPrice { frequency, mean });
        }
        Ok(Self { frequency, mean })
    }

    /// Purchases after the first one.
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// Their average value.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `x`, as the formulas take it.
    pub(crate) fn x(&self) -> f64 {
        f64::from(self.frequency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_fits_together() {
        assert!(History::try_new(2, 30.43, 38.86).is_ok());
        assert_eq!(History::try_new(0, 0.0, 0.0), Ok(History::NEW));
        let wrong = |frequency, recency, age| History::try_new(frequency, recency, age).unwrap_err();
        assert_eq!(wrong(1, -1.0, 2.0), InvalidHistory::NotATime { recency: -1.0, age: 2.0 });
        assert!(matches!(wrong(1, f64::NAN, 2.0), InvalidHistory::NotATime { .. }));
        assert!(matches!(wrong(1, 1.0, f64::INFINITY), InvalidHistory::NotATime { .. }));
        assert_eq!(wrong(1, 3.0, 2.0), InvalidHistory::AfterTheEnd { recency: 3.0, age: 2.0 });
        assert_eq!(wrong(0, 1.0, 2.0), InvalidHistory::RepeatsAtTheStart { frequency: 0, recency: 1.0 });
        assert_eq!(wrong(3, 0.0, 2.0), InvalidHistory::RepeatsAtTheStart { frequency: 3, recency: 0.0 });
    }

    #[test]
    fn a_mean_is_of_something() {
        assert!(Spending::try_new(0, 0.0).is_ok());
        assert!(Spending::try_new(2, 22.35).is_ok());
        for (frequency, mean) in [(0, 1.0), (1, 0.0), (1, -3.0), (1, f64::NAN), (1, f64::INFINITY)] {
            assert!(Spending::try_new(frequency, mean).is_err(), "{frequency} of {mean}");
        }
    }
}
