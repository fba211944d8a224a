use proptest::prelude::*;

use super::*;
use crate::chance::Chance;

/// Rounds of a rule that shows one of three by `log`, of which each is accepted by its own chance; a rule that shows them
/// by `judged` is asked after, with a model that expects `model` of each.
fn logged(log: [f64; 3], judged: [f64; 3], model: [f64; 3], seed: u64) -> (Vec<Round>, f64) {
    const ACCEPTED: [f64; 3] = [0.1, 0.4, 0.7];
    let mut chance = Chance::from_seed(seed);
    let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let rounds = (0..40_000)
        .map(|_| {
            let at = chance.uniform();
            let shown = if at < log[0] { 0 } else { 1 + usize::from(at >= log[0] + log[1]) };
            let reward = f64::from(u8::from(chance.uniform() < ACCEPTED[shown]));
            let modelled = Modelled { shown: model[shown], judged: dot(judged, model) };
            Round::try_new(reward, log[shown], judged[shown]).unwrap().with_model(modelled).unwrap()
        })
        .collect();
    (rounds, dot(judged, ACCEPTED))
}

#[test]
fn all_find_what_the_other_rule_would_have_got() {
    let right = [0.1, 0.4, 0.7];
    let (rounds, truth) = logged([0.6, 0.3, 0.1], [0.1, 0.3, 0.6], right, 1);
    for (name, found) in [("IPS", ips(&rounds)), ("SNIPS", snips(&rounds)), ("DR", doubly_robust(&rounds))] {
        assert!((found.unwrap() - truth).abs() < 0.02, "{name}: {found:?} is not {truth}");
    }
    assert!((direct(&rounds).unwrap() - truth).abs() < 1e-9);
}

#[test]
fn a_wrong_model_misleads_only_the_direct_method() {
    let (rounds, truth) = logged([0.6, 0.3, 0.1], [0.1, 0.3, 0.6], [0.9, 0.5, 0.2], 2);
    assert!((direct(&rounds).unwrap() - truth).abs() > 0.15);
    assert!((doubly_robust(&rounds).unwrap() - truth).abs() < 0.03);
}

#[test]
fn a_right_model_mends_wrong_propensities() {
    let right = [0.1, 0.4, 0.7];
    let (rounds, truth) = logged([0.6, 0.3, 0.1], [0.1, 0.3, 0.6], right, 3);
    // All weights twice too large.
    let wrong: Vec<Round> =
        rounds.iter().map(|round| Round { weight: 2.0 * round.weight, ..*round }).collect();
    assert!((ips(&wrong).unwrap() - truth).abs() > 0.4);
    assert!((doubly_robust(&wrong).unwrap() - truth).abs() < 0.03);
}

#[test]
fn the_effective_sample_is_all_of_it_where_the_rules_agree() {
    let (rounds, _) = logged([0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [0.0; 3], 4);
    assert!((effective_sample(&rounds) - 40_000.0).abs() < 1e-6);
    let one = Round { weight: 1e6, ..rounds[0] };
    assert!(effective_sample(rounds.iter().chain([&one])) < 2.0);
}

#[test]
fn coverage_is_what_the_log_could_show() {
    let (rounds, _) = logged([0.6, 0.3, 0.1], [0.1, 0.3, 0.6], [0.0; 3], 5);
    assert!((coverage(&rounds).unwrap() - 1.0).abs() < 0.05);
    let (rounds, _) = logged([0.6, 0.4, 0.0], [0.1, 0.3, 0.6], [0.0; 3], 6);
    assert!((coverage(&rounds).unwrap() - 0.4).abs() < 0.02);
    assert_eq!(coverage([]), None);
}

#[test]
fn nothing_says_nothing() {
    assert_eq!((ips([]), snips([]), direct([]), doubly_robust([])), (None, None, None, None));
    let never = Round::try_new(1.0, 0.5, 0.0).unwrap();
    assert_eq!((ips([&never]), snips([&never])), (Some(0.0), None));
    assert!(effective_sample([&never]).abs() < f64::EPSILON);
}

#[test]
fn what_is_no_round_is_told() {
    assert!(matches!(Round::try_new(f64::NAN, 0.5, 0.5), Err(InvalidRound::NotFinite(_))));
    for propensity in [0.0, -0.1, 1.1, f64::NAN] {
        assert!(matches!(Round::try_new(1.0, propensity, 0.5), Err(InvalidRound::Propensity(_))));
    }
    for judged in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(Round::try_new(1.0, 0.5, judged), Err(InvalidRound::Judged(_))));
    }
    let round = Round::try_new(1.0, 0.5, 0.5).unwrap();
    assert!(round.with_model(Modelled { shown: f64::INFINITY, judged: 0.0 }).is_err());
}

proptest! {
    #[test]
    fn of_the_rule_itself_all_are_its_mean_reward(
        rewards in prop::collection::vec((0.0..1.0_f64, 0.01..1.0_f64), 1..50)
    ) {
        let rounds: Vec<Round> =
            rewards.iter().map(|(reward, chance)| Round::try_new(*reward, *chance, *chance).unwrap()).collect();
        let mean = mean(&rounds, Round::reward).unwrap();
        for found in [ips(&rounds), snips(&rounds), doubly_robust(&rounds)] {
            prop_assert!((found.unwrap() - mean).abs() < 1e-12);
        }
    }

    #[test]
    fn snips_stays_among_the_rewards_and_the_effective_sample_within_the_log(
        rounds in prop::collection::vec((0.0..1.0_f64, 0.01..1.0_f64, 0.0..1.0_f64), 1..50)
    ) {
        let rounds: Vec<Round> =
            rounds.iter().map(|(reward, logged, judged)| Round::try_new(*reward, *logged, *judged).unwrap()).collect();
        if let Some(found) = snips(&rounds) {
            prop_assert!((0.0..=1.0).contains(&found));
        }
        let effective = effective_sample(&rounds);
        prop_assert!(effective <= f64::from(u32::try_from(rounds.len()).unwrap()) + 1e-9);
    }
}
