use proptest::prelude::*;

use super::*;
use crate::chance::Chance;

/// Forecasts of which each happens with `truth` of what was said.
fn forecasts(count: u32, seed: u64, truth: impl Fn(f64) -> f64) -> Vec<Forecast> {
    let mut chance = Chance::from_seed(seed);
    let one = |_| {
        let said = chance.uniform();
        Forecast::try_new(said, chance.uniform() < truth(said)).unwrap()
    };
    (0..count).map(one).collect()
}

fn error(forecasts: &[Forecast]) -> f64 {
    expected_calibration_error(&reliability(forecasts, 10)).unwrap()
}

fn mended(forecasts: &[Forecast], mend: impl Fn(f64) -> f64) -> Vec<Forecast> {
    forecasts.iter().map(|one| Forecast::try_new(mend(one.probability), one.happened).unwrap()).collect()
}

/// Too sure of itself: what it says is nearer to 0 and 1 than what happens.
fn too_sure(said: f64) -> f64 {
    0.3 + 0.4 * said
}

#[test]
fn bins_hold_what_was_said_and_what_happened() {
    let said = |probability, happened| Forecast::try_new(probability, happened).unwrap();
    let bins = reliability(&[said(0.0, false), said(0.19, true), said(0.2, true), said(1.0, true)], 5);
    let known = [(0.0, 2, 0.095, 0.5), (0.2, 1, 0.2, 1.0), (0.8, 1, 1.0, 1.0)];
    assert_eq!(bins.len(), known.len());
    for (bin, (from, count, mean, share)) in bins.iter().zip(known) {
        assert_eq!(bin.forecasts, count);
        for (found, expected) in
            [(bin.from, from), (bin.to, from + 0.2), (bin.said, mean), (bin.happened, share)]
        {
            assert!((found - expected).abs() < 1e-12, "{bin:?}");
        }
    }
    let expected = (2.0 * 0.405 + 0.8) / 4.0;
    assert!((expected_calibration_error(&bins).unwrap() - expected).abs() < 1e-12);
    assert_eq!((expected_calibration_error(&[]), brier(&[]), log_loss(&[])), (None, None, None));
}

#[test]
fn the_interval_of_a_share_is_wilsons() {
    // 8 of 10, as in Wilson's own kind of example: .4902 to .9433.
    let bin = Bin { from: 0.0, to: 1.0, forecasts: 10, said: 0.8, happened: 0.8 };
    let [low, high] = bin.interval();
    assert!((low - 0.490_16).abs() < 1e-4 && (high - 0.943_31).abs() < 1e-4, "{low} {high}");
}

#[test]
fn scores_are_those_of_their_definitions() {
    let said = |probability, happened| Forecast::try_new(probability, happened).unwrap();
    let forecasts = [said(0.8, true), said(0.4, false)];
    assert!((brier(&forecasts).unwrap() - 0.1).abs() < 1e-12);
    let loss = -(0.8_f64.ln() + 0.6_f64.ln()) / 2.0;
    assert!((log_loss(&forecasts).unwrap() - loss).abs() < 1e-12);
    assert!(log_loss(&[said(0.0, true)]).unwrap().is_finite());
    assert_eq!(Forecast::try_new(1.2, true), Err(InvalidForecast(1.2)));
    assert!(Forecast::try_new(f64::NAN, true).is_err());
}

#[test]
fn who_says_what_happens_is_calibrated() {
    assert!(error(&forecasts(50_000, 1, |said| said)) < 0.01);
    assert!(error(&forecasts(50_000, 1, too_sure)) > 0.1);
}

#[test]
fn both_mend_on_outcomes_that_they_have_not_seen() {
    let (seen, unseen) = (forecasts(20_000, 2, too_sure), forecasts(20_000, 3, too_sure));
    let isotonic = Isotonic::fit(&seen).unwrap();
    let by_steps = mended(&unseen, |said| isotonic.probability(said));
    assert!(error(&by_steps) < 0.015, "{}", error(&by_steps));
    assert!(brier(&by_steps).unwrap() < brier(&unseen).unwrap() - 0.02);
    // No logistic curve has this shape, so some of it stays.
    let platt = Platt::fit(&seen).unwrap();
    assert!(platt.slope > 0.0 && platt.slope < 0.6, "{platt:?}");
    let by_curve = mended(&unseen, |said| platt.probability(said));
    assert!(error(&by_curve) < 0.025, "{}", error(&by_curve));
}

#[test]
fn a_curve_finds_its_own_parameters() {
    let curve = Platt { slope: 0.6, offset: -0.8 };
    let found = Platt::fit(&forecasts(200_000, 4, |said| curve.probability(said))).unwrap();
    assert!((found.slope - 0.6).abs() < 0.02 && (found.offset + 0.8).abs() < 0.02, "{found:?}");
    let same = Platt::fit(&forecasts(200_000, 5, |said| said)).unwrap();
    assert!((same.slope - 1.0).abs() < 0.02 && same.offset.abs() < 0.02, "{same:?}");
}

#[test]
fn a_few_outcomes_that_a_score_tells_apart_make_no_cliff() {
    let said = |probability, happened| Forecast::try_new(probability, happened).unwrap();
    let platt = Platt::fit(&[said(0.2, false), said(0.3, false), said(0.7, true), said(0.8, true)]).unwrap();
    assert!(platt.probability(0.9) < 0.98, "{platt:?}");
}

#[test]
fn violators_are_pooled() {
    let said = |probability, happened| Forecast::try_new(probability, happened).unwrap();
    let outcomes = [false, true, false, true, true];
    let forecasts: Vec<Forecast> =
        outcomes.iter().zip([0.1, 0.2, 0.3, 0.4, 0.5]).map(|(happened, at)| said(at, *happened)).collect();
    let isotonic = Isotonic::fit(&forecasts).unwrap();
    for (score, expected) in
        [(0.0, 0.0), (0.1, 0.0), (0.15, 0.25), (0.2, 0.5), (0.3, 0.5), (0.35, 0.75), (0.4, 1.0), (0.9, 1.0)]
    {
        assert!((isotonic.probability(score) - expected).abs() < 1e-12, "at {score}");
    }
}

#[test]
fn the_last_step_ends_at_one_and_not_above() {
    let outcomes = [(0.65, false), (0.75, true), (0.0, true), (0.0, false)];
    let forecasts = outcomes.map(|(at, happened)| Forecast::try_new(at, happened).unwrap());
    let isotonic = Isotonic::fit(&forecasts).unwrap();
    // Here the straight line ends at 1.0000000000000002.
    assert!(Forecast::try_new(isotonic.probability(0.75), true).is_ok());
}

#[test]
fn one_sided_outcomes_fit_nothing() {
    let all: Vec<Forecast> = [0.1, 0.9].map(|at| Forecast::try_new(at, true).unwrap()).into();
    let expected = NotFitted::OneSided { forecasts: 2, happened: 2 };
    assert_eq!(Isotonic::fit(&all), Err(expected));
    assert_eq!(Platt::fit(&all), Err(expected));
    assert_eq!(Platt::fit(&[]), Err(NotFitted::OneSided { forecasts: 0, happened: 0 }));
}

proptest! {
    #[test]
    fn isotonic_rises_and_keeps_the_base_rate(
        outcomes in prop::collection::vec((0_u8..20, any::<bool>()), 2..80)
    ) {
        let forecasts: Vec<Forecast> = outcomes
            .iter()
            .map(|(score, happened)| Forecast::try_new(f64::from(*score) / 20.0, *happened).unwrap())
            .collect();
        if let Ok(isotonic) = Isotonic::fit(&forecasts) {
            let mut before = 0.0;
            for step in 0..=40_u8 {
                let probability = isotonic.probability(f64::from(step) / 40.0);
                prop_assert!(probability >= before - 1e-12 && probability <= 1.0);
                before = probability;
            }
            let said: f64 = forecasts.iter().map(|one| isotonic.probability(one.probability)).sum();
            let happened: f64 = forecasts.iter().map(Forecast::outcome).sum();
            prop_assert!((said - happened).abs() < 1e-9);
        }
    }
}
