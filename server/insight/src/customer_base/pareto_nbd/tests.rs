#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::{
    super::testing::{Chances, close, histories, near, over_gamma, simulated, slopes},
    *,
};

/// What Fader and Hardie found on CDNOW, in weeks.
fn paper() -> ParetoNbd {
    ParetoNbd::try_new(0.553, 10.578, 0.606, 11.669).unwrap()
}

fn history(frequency: u32, recency: f64, age: f64) -> History {
    History::try_new(frequency, recency, age).unwrap()
}

fn any_model() -> impl Strategy<Value = ParetoNbd> {
    (0.2_f64..6.0, 0.5_f64..40.0, 0.2_f64..6.0, 0.5_f64..40.0)
        .prop_map(|(r, alpha, s, beta)| ParetoNbd::try_new(r, alpha, s, beta).unwrap())
}

#[test]
fn the_papers_best_customer_is_expected_to_buy_so_often() {
    let customer = history(26, 30.86, 31.0);
    close(paper().expected_purchases(&customer, 52.0).unwrap(), 25.46, 2e-4);
    close(paper().probability_alive(&customer), 0.9979, 5e-5);
}

#[test]
fn who_bought_last_now_is_alive_and_who_is_long_silent_hardly() {
    assert!(paper().probability_alive(&history(3, 20.0, 20.0)) > 0.999_999);
    close(paper().probability_alive(&History::NEW), 1.0, 1e-12);
    let gone = history(400, 10.0, 3_000.0);
    assert!(paper().probability_alive(&gone) < 1e-100);
    assert!(paper().log_likelihood(&[gone]).is_finite());
}

/// Whose parameters are r = 1, alpha = 8, s = 1, beta = 25.
fn customers(number: usize) -> Vec<History> {
    let death = |chances: &mut Chances| {
        let rate = chances.wait(25.0);
        chances.wait(rate)
    };
    simulated(number, death, |_| 0.0, false)
}

#[test]
fn the_parameters_of_simulated_customers_are_found() {
    let found = ParetoNbd::fit(&customers(20_000)).unwrap();
    for (found, true_one) in found.model.parameters().into_iter().zip([1.0, 8.0, 1.0, 25.0]) {
        near(found, true_one, 0.12);
    }
}

#[test]
fn a_fit_is_the_same_in_days_and_in_weeks() {
    let weeks = customers(800);
    let days: Vec<History> =
        weeks.iter().map(|h| history(h.frequency(), 7.0 * h.recency(), 7.0 * h.age())).collect();
    let (in_weeks, in_days) = (ParetoNbd::fit(&weeks).unwrap(), ParetoNbd::fit(&days).unwrap());
    let ([r, alpha, s, beta], found) = (in_weeks.model.parameters(), in_days.model.parameters());
    for (found, expected) in found.into_iter().zip([r, 7.0 * alpha, s, 7.0 * beta]) {
        near(found, expected, 1e-5);
    }
    let repeats: f64 = weeks.iter().map(History::x).sum();
    close(in_days.log_likelihood, in_weeks.log_likelihood - repeats * 7_f64.ln(), 1e-10);
    assert!(in_weeks.slope < 1e-6 && in_weeks.evaluations < 100, "{in_weeks:?}");
}

#[test]
fn what_cannot_be_fitted_says_why() {
    assert_eq!(ParetoNbd::fit(&[]), Err(FitError::NoCustomers));
    let once = [history(0, 0.0, 10.0); 30];
    assert_eq!(ParetoNbd::fit(&once), Err(FitError::NobodyBoughtAgain { customers: 30 }));
    let alike = ParetoNbd::fit(&[history(5, 9.0, 10.0); 200]).unwrap_err();
    assert!(matches!(alike, FitError::Extreme { .. } | FitError::NotConverged { .. }), "{alike:?}");
    assert_eq!(ParetoNbd::try_new(1.0, 1.0, 1.0, 2_000.0).unwrap_err().parameter, "beta");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_likelihood_and_the_chance_are_integrals_over_all_rates(model in any_model(), h in histories()) {
        let (x, age, recency) = (h.x(), h.age(), h.recency());
        // Of somebody with known rates (Fader and Hardie 2005, (7)): alive at the end, and gone before.
        let both = |rate: f64, death: f64| {
            let (end, last) = ((-(rate + death) * age).exp(), (-(rate + death) * recency).exp());
            let alive = rate.powf(x) * end;
            (alive, rate.powf(x) * death * (last - end) / (rate + death))
        };
        let over = |part: fn((f64, f64)) -> f64| {
            over_gamma(model.s, model.beta, |death| over_gamma(model.r, model.alpha, |rate| part(both(rate, death))))
        };
        let (alive, gone) = (over(|both| both.0), over(|both| both.1));
        close(model.log_likelihood(&[h]), (alive + gone).ln(), 1e-9);
        near(model.probability_alive(&h), alive / (alive + gone), 1e-8);
    }

    #[test]
    fn the_expectation_is_the_integral_over_all_rates(model in any_model(), h in histories(), t in 0.1_f64..200.0) {
        let alive = |rate: f64, death: f64| rate.powf(h.x()) * (-(rate + death) * h.age()).exp();
        let over = |part: &dyn Fn(f64, f64) -> f64| {
            over_gamma(model.s, model.beta, |death| over_gamma(model.r, model.alpha, |rate| part(rate, death)))
        };
        // λ times the part of `t` that one lives.
        let to_come = over(&|rate, death| alive(rate, death) * rate * -(-death * t).exp_m1() / death);
        let expected = to_come / over(&alive) * model.probability_alive(&h);
        near(model.expected_purchases(&h, t).unwrap(), expected, 1e-8);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_gradient_is_the_slope(model in any_model(), h in histories()) {
        let (_, gradient) = model.with_gradient(&[(h, 1.0)]);
        let slopes = slopes(model.parameters(), |[r, alpha, s, beta]| {
            ParetoNbd { r, alpha, s, beta }.log_likelihood(&[h])
        });
        for (found, slope) in gradient.into_iter().zip(slopes) {
            close(found, slope, 1e-6);
        }
    }

    #[test]
    fn nothing_happens_where_alpha_is_beta(model in any_model(), h in histories()) {
        let at = |factor: f64| ParetoNbd { beta: model.alpha * factor, ..model }.log_likelihood(&[h]);
        close(f64::midpoint(at(1.0 - 1e-6), at(1.0 + 1e-6)), at(1.0), 1e-9);
    }

    #[test]
    fn more_time_brings_more_and_a_longer_silence_less(model in any_model(), h in histories(), t in 0.1_f64..100.0) {
        let expected = model.expected_purchases(&h, t).unwrap();
        prop_assert!(expected > 0.0);
        prop_assert!(model.expected_purchases(&h, 1.5 * t).unwrap() > expected);
        let longer = history(h.frequency(), h.recency(), 2.0 * h.age());
        prop_assert!(model.probability_alive(&longer) <= model.probability_alive(&h) + 1e-12);
        prop_assert!((0.0..=1.0).contains(&model.probability_alive(&h)));
    }
}
