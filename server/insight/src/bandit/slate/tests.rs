use proptest::prelude::*;

use super::*;
use crate::{
    bandit::Prior,
    evaluation::off_policy::{Round, ips},
};

/// Candidates that are one feature each, about which nothing is known but a guess.
fn arms<const N: usize>(guess: [f64; N], observations: f64) -> (LinearModel, Vec<Vec<f64>>) {
    let names = (0..N).map(|place| place.to_string()).collect();
    let model = LinearModel::new(names, Prior::guess(&guess, observations).unwrap()).unwrap();
    let one = |place: usize| (0..N).map(|at| f64::from(u8::from(at == place))).collect();
    (model, (0..N).map(one).collect())
}

const SAMPLING: Exploration = Exploration::Sampling { width: 1.0 };

#[test]
fn the_best_come_first_and_of_equals_the_earlier() {
    assert_eq!(best(&[0.1, 0.9, 0.5, 0.9, 0.2], 3), [1, 3, 2]);
    assert_eq!(best(&[0.3, 0.3, 0.3], 2), [0, 1]);
    assert_eq!(best(&[1.0], 3), [0]);
    assert_eq!(best(&[1.0], 0), [0; 0]);
    assert_eq!(best(&[], 3), [0; 0]);
}

#[test]
fn each_rule_scores_as_it_says() {
    let (model, candidates) = arms([0.5, 0.1], 4.0);
    let mut chance = Chance::from_seed(1);
    assert_eq!(Exploration::Greedy.scores(&model, &candidates, &mut chance), [0.5, 0.1]);
    assert_eq!(Exploration::Optimism { width: 2.0 }.scores(&model, &candidates, &mut chance), [1.5, 1.1]);
    assert_eq!(Exploration::Sampling { width: 0.0 }.scores(&model, &candidates, &mut chance), [0.5, 0.1]);
    assert_ne!(SAMPLING.scores(&model, &candidates, &mut chance), [0.5, 0.1]);
}

#[test]
fn equal_candidates_are_equally_likely() {
    let (model, candidates) = arms([0.3; 5], 1.0);
    let slate = Slate::draw(&model, &candidates, SAMPLING, |scores| best(scores, 3), 4_000, 9);
    assert_eq!(slate.slots.len(), 3);
    for shown in &slate.slots {
        assert_eq!((shown.here.draws(), shown.anywhere.draws()), (4_001, 4_001));
        assert!((shown.here.probability() - 0.2).abs() < 5.0 * shown.here.standard_error());
        assert!((shown.anywhere.probability() - 0.6).abs() < 5.0 * shown.anywhere.standard_error());
    }
    assert!((slate.slots[0].here.standard_error() - 0.0063).abs() < 5e-4);
}

#[test]
fn the_chance_of_two_is_that_of_the_normal_distribution() {
    // N(.6, 1/4) beats N(.1, 1/4) where N(.5, 1/2) is above 0: .7602.
    let (model, candidates) = arms([0.6, 0.1], 4.0);
    for seed in 0..20 {
        let slate = Slate::draw(&model, &candidates, SAMPLING, |scores| best(scores, 1), 20_000, seed);
        let shown = slate.slots[0];
        let expected = if shown.candidate == 0 { 0.7602 } else { 0.2398 };
        assert!((shown.here.probability() - expected).abs() < 5.0 * shown.here.standard_error(), "{shown:?}");
    }
}

#[test]
fn without_chance_all_is_certain() {
    let (model, candidates) = arms([0.6, 0.1, 0.4], 4.0);
    for exploration in [Exploration::Greedy, Exploration::Optimism { width: 1.0 }] {
        let slate = Slate::draw(&model, &candidates, exploration, |scores| best(scores, 2), 100, 0);
        let shown: Vec<usize> = slate.slots.iter().map(|shown| shown.candidate).collect();
        assert_eq!(shown, [0, 2]);
        assert!(slate.slots.iter().all(|shown| shown.here == Propensity::CERTAIN));
    }
}

#[test]
fn a_rule_of_the_caller_has_its_own_chances() {
    // The second slot is kept for candidate 3 or 4, whatever they score.
    let (model, candidates) = arms([0.9, 0.8, 0.7, 0.0, 0.0], 400.0);
    let rule = |scores: &[f64]| vec![best(&scores[..3], 1)[0], 3 + best(&scores[3..], 1)[0]];
    let slate = Slate::draw(&model, &candidates, SAMPLING, rule, 4_000, 2);
    let kept = slate.slots[1];
    assert!(kept.candidate >= 3 && (kept.here.probability() - 0.5).abs() < 0.05, "{kept:?}");
}

#[test]
fn the_same_seed_draws_the_same_card() {
    let (model, candidates) = arms([0.3; 8], 1.0);
    let draw = |seed| Slate::draw(&model, &candidates, SAMPLING, |scores| best(scores, 3), 64, seed);
    assert_eq!(draw(4), draw(4));
    assert!((0..10).any(|seed| draw(seed) != draw(4)));
    assert_eq!(Slate::draw(&model, &[], SAMPLING, |scores| best(scores, 3), 64, 4).slots, []);
}

/// What a rule would have got is found from a log of drawn cards and their counted propensities, though each is counted
/// of no more than 64 draws.
#[test]
fn a_log_of_drawn_cards_tells_what_another_rule_would_have_got() {
    let (model, candidates) = arms([0.5, 0.3, 0.2], 3.0);
    let accepted = [0.2, 0.5, 0.7];
    let mut rounds = Vec::new();
    for seed in 0..20_000 {
        let slate = Slate::draw(&model, &candidates, SAMPLING, |scores| best(scores, 1), 64, seed);
        let shown = slate.slots[0];
        let judged = [0.1, 0.2, 0.7][shown.candidate];
        let reward = accepted[shown.candidate];
        rounds.push(Round::try_new(reward, shown.here.probability(), judged).unwrap());
    }
    let truth = 0.1 * 0.2 + 0.2 * 0.5 + 0.7 * 0.7;
    let found = ips(&rounds).unwrap();
    assert!((found - truth).abs() < 0.02, "{found} is not {truth}");
}

proptest! {
    #[test]
    fn the_best_are_those_of_a_sorted_list(scores in prop::collection::vec(-1.0..1.0_f64, 0..30), slots in 0_usize..6) {
        let mut sorted: Vec<usize> = (0..scores.len()).collect();
        sorted.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        sorted.truncate(slots);
        prop_assert_eq!(best(&scores, slots), sorted);
    }
}
