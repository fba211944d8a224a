#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::{
    super::testing::{Chances, close, histories, near, over_beta, over_gamma, simulated, slopes},
    *,
};

/// What Fader, Hardie and Lee 2005 found on CDNOW, in weeks.
fn paper() -> BetaGeometric {
    BetaGeometric::try_new(Variant::BgNbd, 0.243, 4.414, 0.793, 2.426).unwrap()
}

fn history(frequency: u32, recency: f64, age: f64) -> History {
    History::try_new(frequency, recency, age).unwrap()
}

fn either() -> impl Strategy<Value = BetaGeometric> {
    (any::<bool>(), 0.2_f64..6.0, 0.3_f64..40.0, 0.2_f64..5.0, 0.2_f64..8.0).prop_map(
        |(first, r, alpha, a, b)| {
            let variant = if first { Variant::MbgNbd } else { Variant::BgNbd };
            BetaGeometric::try_new(variant, r, alpha, a, b).unwrap()
        },
    )
}

#[test]
fn the_papers_customer_is_expected_to_buy_so_often() {
    let customer = history(2, 30.43, 38.86);
    close(paper().expected_purchases(&customer, 39.0).unwrap(), 1.226, 5e-4);
    let exact =
        BetaGeometric::try_new(Variant::BgNbd, 0.242_592_907, 4.413_531_562, 0.792_886_147, 2.425_753_433)
            .unwrap();
    close(exact.expected_purchases(&customer, 39.0).unwrap(), 1.225_910_4, 5e-8);
    close(exact.probability_alive(&customer), 0.726_609_14, 5e-8);
    close(exact.probability_alive(&history(26, 30.86, 31.0)), 0.968_919_72, 5e-8);
    close(exact.expected_purchases(&History::NEW, 39.0).unwrap(), 1.195_016_2, 1e-7);
    close(exact.expected_purchases(&History::NEW, 78.0).unwrap(), 1.857_971_7, 1e-7);
    for (within, expected) in
        [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)]
    {
        close(exact.expected_purchases(&History::NEW, within).unwrap(), expected, 1e-3);
    }
}

#[test]
fn the_papers_new_customer_buys_so_often_with_these_chances() {
    let chance = |purchases, within| paper().probability_of(purchases, within).unwrap();
    near(chance(0, 39.0), 0.573_786_4, 1e-7);
    near(chance(10, 2.0), 1.07869e-7, 1e-5);
    let known = [
        0.001_999_521_4,
        0.001_517_023_6,
        0.001_163_315_0,
        0.000_900_314_8,
        0.000_702_363_8,
        0.000_551_790_2,
        0.000_436_191_3,
        0.000_346_717_1,
        0.000_276_961_3,
        0.000_222_226_0,
    ];
    for (purchases, known) in (11..).zip(known) {
        near(chance(purchases, 30.0), known, 1e-6);
    }
}

#[test]
fn who_never_came_again_is_alive_to_the_one_and_not_to_the_other() {
    let once = history(0, 0.0, 38.86);
    close(paper().probability_alive(&once), 1.0, 0.0);
    let modified = BetaGeometric { variant: Variant::MbgNbd, ..paper() };
    assert!(modified.probability_alive(&once) < 0.8);
    let long_gone = history(20, 1.0, 5_000.0);
    assert!(paper().probability_alive(&long_gone) < 1e-30);
    assert!(paper().log_likelihood(&[long_gone]).is_finite());
}

#[test]
fn a_horizon_of_any_length_has_an_answer_or_a_reason() {
    let customer = history(2, 30.43, 38.86);
    for within in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(paper().expected_purchases(&customer, within), Err(NotPredicted::NotATime(_))));
        assert!(paper().probability_of(3, within).is_err());
    }
    close(paper().expected_purchases(&customer, 0.0).unwrap(), 0.0, 0.0);
    let far = paper().expected_purchases(&customer, 40_000.0).unwrap();
    assert!(far > paper().expected_purchases(&customer, 39_000.0).unwrap());
    assert!(matches!(paper().expected_purchases(&customer, 1e30), Err(NotPredicted::TooFar { .. })));
}

/// Whose parameters are r = 1, alpha = 8, a = 1, b = 2.
fn customers(variant: Variant, number: usize) -> Vec<History> {
    let chance_to_end = |chances: &mut Chances| 1.0 - chances.next().sqrt();
    simulated(number, |_| f64::INFINITY, chance_to_end, variant == Variant::MbgNbd)
}

#[test]
fn the_parameters_of_simulated_customers_are_found() {
    for variant in [Variant::BgNbd, Variant::MbgNbd] {
        let found = BetaGeometric::fit(variant, &customers(variant, 20_000)).unwrap();
        for (found, true_one) in found.model.parameters().into_iter().zip([1.0, 8.0, 1.0, 2.0]) {
            near(found, true_one, 0.12);
        }
    }
}

#[test]
fn a_fit_is_the_same_in_days_and_in_weeks() {
    for variant in [Variant::BgNbd, Variant::MbgNbd] {
        let weeks = customers(variant, 800);
        let days: Vec<History> =
            weeks.iter().map(|h| history(h.frequency(), 7.0 * h.recency(), 7.0 * h.age())).collect();
        let (in_weeks, in_days) =
            (BetaGeometric::fit(variant, &weeks).unwrap(), BetaGeometric::fit(variant, &days).unwrap());
        let ([r, alpha, a, b], found) = (in_weeks.model.parameters(), in_days.model.parameters());
        for (found, expected) in found.into_iter().zip([r, 7.0 * alpha, a, b]) {
            near(found, expected, 1e-5);
        }
        let repeats: f64 = weeks.iter().map(History::x).sum();
        close(in_days.log_likelihood, in_weeks.log_likelihood - repeats * 7_f64.ln(), 1e-10);
        close(in_weeks.log_likelihood, in_weeks.model.log_likelihood(&weeks), 1e-12);
        assert!(in_weeks.slope < 1e-6 && in_weeks.evaluations < 100, "{in_weeks:?}");
    }
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let fit = |histories: &[History]| BetaGeometric::fit(Variant::BgNbd, histories).unwrap_err();
    assert_eq!(fit(&[]), FitError::NoCustomers);
    let once = history(0, 0.0, 10.0);
    assert_eq!(fit(&[once; 30]), FitError::NobodyBoughtAgain { customers: 30 });
    let mut few = vec![once; 30];
    few.push(history(2, 3.0, 10.0));
    assert_eq!(fit(&few), FitError::TooFewRepeaters { repeaters: 1, customers: 31 });
    // Everybody alike, and nobody gone: no difference to find.
    let alike = fit(&[history(5, 10.0, 10.0); 200]);
    assert!(matches!(alike, FitError::Extreme { .. }), "{alike:?}");
}

#[test]
fn a_parameter_that_is_none_is_refused_by_name() {
    let wrong = BetaGeometric::try_new(Variant::BgNbd, 0.2, -4.0, 1.0, 1.0).unwrap_err();
    assert_eq!(wrong.to_string(), "parameter alpha is -4, and must be finite and above 0");
}

/// Fader, Hardie and Lee 2005, (2), of somebody with known rate and chance; for MBG/NBD with one end more.
fn individual_likelihood(variant: Variant, h: &History) -> impl Fn(f64, f64, f64) -> f64 {
    let ends = h.x() + variant.ends_beside_repeats();
    let (x, age, recency) = (h.x(), h.age(), h.recency());
    move |rate, p, left| {
        let gone = if ends > 0.0 { p * left.powf(ends - 1.0) * (-rate * recency).exp() } else { 0.0 };
        rate.powf(x) * (left.powf(ends) * (-rate * age).exp() + gone)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_likelihood_is_the_integral_over_all_rates_and_chances(model in either(), h in histories()) {
        let likelihood = individual_likelihood(model.variant, &h);
        let integral = over_beta(model.a, model.b, |p, left| over_gamma(model.r, model.alpha, |rate| likelihood(rate, p, left)));
        close(model.log_likelihood(&[h]), integral.ln(), 1e-9);
    }

    #[test]
    fn the_expectation_is_the_integral_over_all_rates_and_chances(model in either(), h in histories(), t in 0.0_f64..200.0) {
        let x = h.x() + model.variant.ends_beside_repeats();
        let likelihood = individual_likelihood(model.variant, &h);
        let to_come = over_beta(model.a, model.b, |p, left| over_gamma(model.r, model.alpha, |rate| {
            let alive = left.powf(x) * rate.powf(h.x()) * (-rate * h.age()).exp();
            // One's own purchases until one stops: (1 - exp(-λpt)) / p.
            alive * -(-rate * p * t).exp_m1() / p
        }));
        let all = over_beta(model.a, model.b, |p, left| over_gamma(model.r, model.alpha, |rate| likelihood(rate, p, left)));
        near(model.expected_purchases(&h, t).unwrap().max(1e-300), (to_come / all).max(1e-300), 1e-8);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_gradient_is_the_slope(model in either(), h in histories()) {
        let (_, gradient) = model.with_gradient(&[(h, 1.0)]);
        let slopes = slopes(model.parameters(), |[r, alpha, a, b]| {
            BetaGeometric { r, alpha, a, b, ..model }.log_likelihood(&[h])
        });
        for (found, slope) in gradient.into_iter().zip(slopes) {
            close(found, slope, 1e-6);
        }
    }

    #[test]
    fn more_time_brings_more_and_a_longer_silence_less(model in either(), h in histories(), t in 0.1_f64..100.0) {
        let expected = model.expected_purchases(&h, t).unwrap();
        prop_assert!(expected > 0.0);
        prop_assert!(model.expected_purchases(&h, 1.5 * t).unwrap() > expected);
        let longer = history(h.frequency(), h.recency(), 2.0 * h.age());
        prop_assert!(model.probability_alive(&longer) <= model.probability_alive(&h));
        prop_assert!(model.expected_purchases(&longer, t).unwrap() < expected);
        prop_assert!((0.0..=1.0).contains(&model.probability_alive(&h)));
    }

    #[test]
    fn nothing_happens_where_a_is_one(model in either(), h in histories(), t in 0.1_f64..100.0) {
        let at = |a| BetaGeometric { a, ..model }.expected_purchases(&h, t).unwrap();
        near(f64::midpoint(at(1.0 - 1e-5), at(1.0 + 1e-5)), at(1.0), 1e-7);
    }

    #[test]
    fn the_chances_add_up_to_one_and_to_the_expectation(model in either(), t in 0.1_f64..20.0) {
        let chances: Vec<f64> = (0..3_000).map(|n| model.probability_of(n, t).unwrap()).take_while(|c| *c > 1e-18).collect();
        prop_assume!(chances.len() < 3_000);
        close(chances.iter().sum(), 1.0, 1e-9);
        let mean = (0..).zip(&chances).map(|(n, chance)| f64::from(n) * chance).sum();
        close(model.expected_purchases(&History::NEW, t).unwrap(), mean, 1e-8);
    }
}
