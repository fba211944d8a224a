//! What a customer is still worth: expected purchases, period by period, times what one is worth, discounted.

use thiserror::Error;

use super::{CustomerBase, History, NotPredicted};

/// How much less a later period counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discount {
    period: f64,
    rate: f64,
}

/// Why there is no discounting so.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum InvalidDiscount {
    /// The period is no stretch of time.
    #[error("a period of {0} must be finite and above 0")]
    Period(f64),
    /// The rate is none.
    #[error("a rate of {0} a period must be finite and at least 0")]
    Rate(f64),
}

impl Discount {
    /// `period`: its length in the unit of the histories; `rate`: of interest in one period, 0.01 for 1 %.
    pub fn try_new(period: f64, rate: f64) -> Result<Self, InvalidDiscount> {
        if !(period.is_finite() && period > 0.0) {
            return Err(InvalidDiscount::Period(period));
        }
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(InvalidDiscount::Rate(rate));
        }
        Ok(Self { period, rate })
    }
}

/// Value of all purchases expected in so many `periods` from the end of the history on, where one is worth `mean_value`.
///
/// Each period's purchases count at its end, so that the first is discounted once: `Σ v · E[purchases in period i] / (1+d)^i`
/// (Fader, Hardie and Lee, *RFM and CLV: using iso-value curves for customer base analysis*, J. of Marketing Research
/// 42(4), 2005). In the unit of `mean_value`; before any cost.
pub fn lifetime_value(
    model: &impl CustomerBase,
    history: &History,
    mean_value: f64,
    discount: &Discount,
    periods: u32,
) -> Result<f64, NotPredicted> {
    let (mut value, mut before, mut factor) = (0.0, 0.0, 1.0);
    for period in 1..=periods {
        let purchases = model.expected_purchases(history, f64::from(period) * discount.period)?;
        factor /= 1.0 + discount.rate;
        value += mean_value * (purchases - before) * factor;
        before = purchases;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer_base::{BetaGeometric, ParetoNbd, Variant};

    #[test]
    fn without_interest_it_is_the_value_of_all_expected_purchases() {
        let model = BetaGeometric::try_new(Variant::BgNbd, 0.243, 4.414, 0.793, 2.426).unwrap();
        let customer = History::try_new(2, 30.43, 38.86).unwrap();
        let value =
            lifetime_value(&model, &customer, 35.0, &Discount::try_new(3.0, 0.0).unwrap(), 13).unwrap();
        assert!((value - 35.0 * model.expected_purchases(&customer, 39.0).unwrap()).abs() < 1e-12);
    }

    #[test]
    fn interest_makes_it_less_and_nothing_to_come_is_worth_nothing() {
        let model = ParetoNbd::try_new(0.553, 10.578, 0.606, 11.669).unwrap();
        let customer = History::try_new(2, 30.43, 38.86).unwrap();
        let value = |rate| {
            lifetime_value(&model, &customer, 35.0, &Discount::try_new(52.0, rate).unwrap(), 5).unwrap()
        };
        assert!(value(0.0) > value(0.1) && value(0.1) > value(0.2) && value(0.2) > 0.0);
        // One period, one discount.
        let one =
            lifetime_value(&model, &customer, 10.0, &Discount::try_new(52.0, 0.25).unwrap(), 1).unwrap();
        assert!((one - 8.0 * model.expected_purchases(&customer, 52.0).unwrap()).abs() < 1e-12);
        let none = lifetime_value(&model, &customer, 10.0, &Discount::try_new(52.0, 0.25).unwrap(), 0);
        assert_eq!(none, Ok(0.0));
    }

    #[test]
    fn absurd_discounts_are_refused() {
        assert_eq!(Discount::try_new(0.0, 0.1), Err(InvalidDiscount::Period(0.0)));
        assert_eq!(Discount::try_new(1.0, -0.1), Err(InvalidDiscount::Rate(-0.1)));
        assert!(Discount::try_new(f64::NAN, 0.1).is_err() && Discount::try_new(1.0, f64::INFINITY).is_err());
    }
}
