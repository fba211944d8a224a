#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::{
    super::testing::{close, near, over_gamma_in_steps, slopes},
    *,
};

fn spending(frequency: u32, mean: f64) -> Spending {
    Spending::try_new(frequency, mean).unwrap()
}

fn any_model() -> impl Strategy<Value = GammaGamma> {
    (0.3_f64..9.0, 0.3_f64..9.0, 1.0_f64..60.0).prop_map(|(p, q, v)| GammaGamma::try_new(p, q, v).unwrap())
}

fn any_spending() -> impl Strategy<Value = Spending> {
    (1_u32..25, 0.5_f64..300.0).prop_map(|(frequency, mean)| spending(frequency, mean))
}

/// Customers of whom each pays around a level of their own.
fn some_customers() -> Vec<Spending> {
    (0_u32..300)
        .map(|number| {
            let level = [12.0, 18.0, 22.0, 30.0, 35.0, 48.0, 90.0][number as usize % 7];
            spending(1 + number % 4, level * (0.7 + f64::from(number * 7 % 11) / 18.0))
        })
        .collect()
}

#[test]
fn the_papers_customers_are_expected_to_pay_so_much() {
    // Fader and Hardie 2013 on CDNOW, with more digits of the parameters: the mean of all rests on q - 1.
    let model = GammaGamma::try_new(6.248_802_5, 3.744_588_5, 15.447_748_1).unwrap();
    close(model.expected_value(&spending(2, 22.35)).unwrap(), 24.658_6, 1e-5);
    close(model.expected_value(&spending(1, 11.77)).unwrap(), 18.911_5, 1e-5);
    close(model.expected_value(&spending(0, 0.0)).unwrap(), 35.171_0, 1e-5);
}

#[test]
fn the_more_is_known_the_more_ones_own_mean_counts() {
    let model = GammaGamma::try_new(6.25, 3.74, 15.44).unwrap();
    let of = |frequency| model.expected_value(&spending(frequency, 100.0)).unwrap();
    assert!(of(1) < of(2) && of(2) < of(10) && of(10) < 100.0);
    near(of(1_000_000), 100.0, 1e-5);
}

#[test]
fn who_may_pay_without_measure_has_no_mean() {
    let model = GammaGamma::try_new(0.5, 0.8, 10.0).unwrap();
    assert_eq!(model.expected_value(&spending(0, 0.0)), None);
    assert!(model.expected_value(&spending(1, 10.0)).is_some());
}

#[test]
fn a_fit_is_the_same_in_any_currency() {
    let (euros, cents): (Vec<_>, Vec<_>) =
        some_customers().into_iter().map(|s| (s, spending(s.frequency(), 100.0 * s.mean()))).unzip();
    let (in_euros, in_cents) = (GammaGamma::fit(&euros).unwrap(), GammaGamma::fit(&cents).unwrap());
    let ([p, q, v], found) = (in_euros.model.parameters(), in_cents.model.parameters());
    for (found, expected) in found.into_iter().zip([p, q, 100.0 * v]) {
        near(found, expected, 1e-5);
    }
    assert!(in_euros.slope < 1e-6 && in_euros.evaluations < 100, "{in_euros:?}");
}

#[test]
fn what_cannot_be_fitted_says_why() {
    assert_eq!(GammaGamma::fit(&[]), Err(FitError::NoCustomers));
    let none = [spending(0, 0.0); 12];
    assert_eq!(GammaGamma::fit(&none), Err(FitError::NobodyBoughtAgain { customers: 12 }));
    // Everybody pays the same, to the cent: no difference to find.
    let alike = GammaGamma::fit(&[spending(2, 20.0); 100]).unwrap_err();
    assert!(matches!(alike, FitError::Extreme { .. } | FitError::NotConverged { .. }), "{alike:?}");
}

proptest! {
    #[test]
    fn the_likelihood_is_the_integral_over_all_rates(model in any_model(), s in any_spending()) {
        // The mean of x gamma variables of shape p and one rate is a gamma variable of shape px and x times the rate.
        let (shape, x) = (model.p * s.x(), s.x());
        let integral = over_gamma_in_steps(0.02, model.q, model.v, |rate| {
            (shape * (x * rate).ln() + (shape - 1.0) * s.mean().ln() - x * rate * s.mean() - ln_gamma(shape)).exp()
        });
        close(model.log_likelihood(&[s]), integral.ln(), 1e-9);
    }

    #[test]
    fn the_gradient_is_the_slope(model in any_model(), s in any_spending()) {
        let (_, gradient) = model.with_gradient(&[s]);
        let slopes = slopes(model.parameters(), |[p, q, v]| GammaGamma { p, q, v }.log_likelihood(&[s]));
        for (found, slope) in gradient.into_iter().zip(slopes) {
            close(found, slope, 1e-6);
        }
    }

    #[test]
    fn what_is_expected_lies_between_everybody_and_oneself(model in any_model(), s in any_spending()) {
        prop_assume!(model.q > 1.01);
        let everybody = model.expected_value(&spending(0, 0.0)).unwrap();
        let expected = model.expected_value(&s).unwrap();
        let (low, high) = (everybody.min(s.mean()), everybody.max(s.mean()));
        prop_assert!((low * (1.0 - 1e-12)..=high * (1.0 + 1e-12)).contains(&expected), "{expected} of {low} to {high}");
    }
}
