use proptest::prelude::*;

use super::*;
use crate::bandit::Propensity;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|place| format!("feature {place}")).collect()
}

fn flat(features: usize) -> LinearModel {
    LinearModel::new(names(features), Prior::flat(features, 1.0).unwrap()).unwrap()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{found:?} is not {expected:?}");
    }
}

/// The twenty observations of one arm that the reference was computed of: no chance in them.
fn arm(which: u32) -> LinearModel {
    let mut model = flat(3);
    for i in (0..60_u32).filter(|i| i % 3 == which) {
        let x = [1.0, f64::from(7 * i % 11) / 11.0, f64::from(5 * i % 13) / 13.0];
        let rate = 0.2 + [0.5 * x[1], 0.5 * x[2], 0.0][which as usize];
        let reward = f64::from(u8::from(f64::from(3 * i % 17) / 17.0 < rate));
        model.observe(&x, reward).unwrap();
    }
    model
}

#[test]
fn greedy_and_optimism_are_those_of_mabwiser() {
    // MABWiser 2.7.4, LinGreedy and LinUCB with alpha 1 and l2 1.
    let known =
        [(0.618_997_368, 1.013_584_569), (0.707_320_360, 1.166_681_933), (0.234_124_523, 0.627_839_801)];
    let x = [1.0, 0.9, 0.1];
    for (which, (mean, bound)) in (0..).zip(known) {
        let model = arm(which);
        let expected = model.theta().score(&x);
        assert_close(&[expected, expected + model.deviation(&x)], &[mean, bound], 5e-10);
    }
    assert_close(arm(0).theta().as_slice(), &[0.318_136_589, 0.319_737_484, 0.130_970_442], 5e-10);
}

#[test]
fn sampling_is_that_of_numpy_for_the_same_normal_numbers() {
    // theta + solve(cholesky(A).T, z), computed with NumPy.
    let known = [
        ([0.265_849_339_594_637, -0.438_308_675_454_300, 1.296_966_638_593_621], [0.5, -1.25, 2.0]),
        ([0.034_151_635_175_064, 0.736_170_675_371_052, 0.189_270_252_132_231], [-0.3, 0.7, 0.1]),
    ];
    for (weights, normals) in known {
        assert_close(arm(0).sample_of(1.0, &normals).as_slice(), &weights, 1e-12);
    }
    let of_b = [0.331_689_682_033_367, -0.611_518_351_518_141, 1.176_266_249_238_694];
    assert_close(arm(1).sample_of(1.0, &[0.5, -1.25, 2.0]).as_slice(), &of_b, 1e-12);
    assert_eq!(&arm(2).sample_of(0.0, &[1.0; 3]), arm(2).theta());
}

#[test]
fn drawn_scores_have_the_mean_and_the_deviation() {
    let (model, x) = (arm(1), [1.0, 0.9, 0.1]);
    let mut chance = Chance::from_seed(5);
    let scores: Vec<f64> = (0..100_000).map(|_| model.sample(0.5, &mut chance).score(&x)).collect();
    let mean = scores.iter().sum::<f64>() / 1e5;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / 1e5;
    // Five standard errors of either.
    assert!((mean - model.theta().score(&x)).abs() < 5.0 * 0.5 * model.deviation(&x) / 316.0);
    assert!((variance.sqrt() / (0.5 * model.deviation(&x)) - 1.0).abs() < 0.012);
}

#[test]
fn a_prior_speaks_until_it_is_outvoted() {
    let mut model = LinearModel::new(names(2), Prior::guess(&[0.8, 0.0], 10.0).unwrap()).unwrap();
    assert_close(model.theta().as_slice(), &[0.8, 0.0], 1e-12);
    for _ in 0..10 {
        model.observe(&[1.0, 0.0], 0.2).unwrap();
    }
    assert_close(model.theta().as_slice(), &[0.5, 0.0], 1e-12);
    for _ in 0..10_000 {
        model.observe(&[1.0, 0.0], 0.2).unwrap();
    }
    assert_close(model.theta().as_slice(), &[0.2, 0.0], 1e-3);
}

#[test]
fn a_fitted_prior_is_as_sure_as_so_many_observations() {
    let mut experience = Experience::none(2);
    for step in 0..1_000 {
        let x = f64::from(step % 10) / 10.0;
        experience.add(&[1.0, x], 0.3 + 0.2 * x).unwrap();
    }
    let prior = Prior::fitted(&experience, 400.0).unwrap();
    let model = LinearModel::new(names(2), prior).unwrap();
    assert_close(model.theta().as_slice(), &[0.3, 0.2], 0.01);
    // Of 400 rewards with deviation 1, the mean is known to 1 / 20.
    assert!((model.deviation(&[1.0, 0.45]) - 0.05).abs() < 1e-3);
    assert_eq!(Prior::fitted(&Experience::none(2), 5.0), Err(InvalidExperience::Empty));
}

#[test]
fn a_purchase_takes_the_place_of_a_tap() {
    let showing = || Showing::new(vec![1.0, 0.4], Propensity::CERTAIN);
    let (mut in_steps, mut at_once) = (flat(2), flat(2));
    let mut tapped = showing();
    for reward in [0.5, 0.5, 0.8, 1.0] {
        in_steps.credit(&mut tapped, reward).unwrap();
    }
    at_once.credit(&mut showing(), 1.0).unwrap();
    assert_close(in_steps.theta().as_slice(), at_once.theta().as_slice(), 1e-14);
    assert!((in_steps.observations() - 1.0).abs() < 1e-12);
    assert_eq!(tapped.reward(), Some(1.0));
}

#[test]
fn a_correction_after_some_forgetting_is_that_of_what_is_left() {
    let showing = || Showing::new(vec![1.0, 0.4], Propensity::CERTAIN);
    let (mut late, mut early) = (flat(2), flat(2));
    let (mut corrected, mut known) = (showing(), showing());
    late.credit(&mut corrected, 0.1).unwrap();
    early.credit(&mut known, 1.0).unwrap();
    for _ in 0..30 {
        late.forget(0.97).unwrap();
        early.forget(0.97).unwrap();
    }
    late.credit(&mut corrected, 1.0).unwrap();
    assert_close(late.theta().as_slice(), early.theta().as_slice(), 1e-12);
}

#[test]
fn forgetting_ends_at_the_prior() {
    let prior = LinearModel::new(names(3), Prior::guess(&[0.1, 0.2, 0.3], 5.0).unwrap()).unwrap();
    let mut model = prior.clone();
    for _ in 0..100 {
        model.observe(&[1.0, -1.0, 0.5], 1.0).unwrap();
    }
    let sure = model.deviation(&[1.0, -1.0, 0.5]);
    model.forget(0.5).unwrap();
    assert!((model.observations() - 50.0).abs() < 1e-9);
    assert!(model.deviation(&[1.0, -1.0, 0.5]) > sure);
    for _ in 0..200 {
        model.forget(0.5).unwrap();
    }
    assert_close(model.theta().as_slice(), prior.theta().as_slice(), 1e-9);
    assert!((model.deviation(&[1.0, -1.0, 0.5]) - prior.deviation(&[1.0, -1.0, 0.5])).abs() < 1e-9);
    for kept in [0.0, -1.0, 1.1, f64::NAN] {
        assert!(matches!(model.forget(kept), Err(InvalidExperience::Kept(_))));
    }
}

#[test]
fn an_explanation_names_what_adds_most_and_adds_up() {
    let prior = Prior::guess(&[0.5, -0.2, 0.1, 0.9], 1.0).unwrap();
    let model = LinearModel::new(["usual", "old", "price", "wish"].map(String::from).into(), prior).unwrap();
    let x = [1.0, 2.0, 1.0, 0.0];
    let parts = model.explain(&x);
    let order: Vec<&str> = parts.iter().map(|part| part.feature).collect();
    assert_eq!(order, ["usual", "old", "price"], "for or against");
    let sum: f64 = parts.iter().map(|part| part.adds).sum();
    assert!((sum - model.theta().score(&x)).abs() < 1e-12);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let mut model = flat(2);
    let before = model.clone();
    assert_eq!(model.observe(&[1.0], 1.0), Err(InvalidExperience::Features { found: 1, expected: 2 }));
    for (x, reward) in [([1.0, f64::NAN], 1.0), ([1e4, 0.0], 1.0), ([1.0, 0.0], f64::INFINITY)] {
        assert!(matches!(model.observe(&x, reward), Err(InvalidExperience::Size(_))));
    }
    let mut showing = Showing::new(vec![1.0; 3], Propensity::CERTAIN);
    assert!(model.credit(&mut showing, 1.0).is_err());
    assert_eq!((model, showing.reward()), (before, None));
}

#[test]
fn features_have_names_of_their_own() {
    let prior = || Prior::flat(2, 1.0).unwrap();
    let new = |names: [&str; 2]| LinearModel::new(names.map(String::from).into(), prior());
    assert_eq!(new(["a", "a"]), Err(InvalidModel::Name("a".to_owned())));
    assert_eq!(new(["a", ""]), Err(InvalidModel::Name(String::new())));
    assert_eq!(LinearModel::new(names(3), prior()), Err(InvalidModel::Names { names: 3, features: 2 }));
    let model = new(["a", "b"]).unwrap();
    assert_eq!(model.fits(&["a", "b"]), Ok(()));
    let (known, wanted) = (None, Some("c".to_owned()));
    assert_eq!(model.fits(&["a", "b", "c"]), Err(InvalidModel::OtherFeatures { known, wanted }));
    assert!(model.fits(&["b", "a"]).is_err() && model.fits(&["a"]).is_err());
}

#[test]
fn a_stored_model_is_the_same_and_a_damaged_one_is_told() {
    let mut model = arm(0);
    model.forget(0.9).unwrap();
    let stored = serde_json::to_value(&model).unwrap();
    let read: LinearModel = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(read, model);

    let damaged = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut stored = stored.clone();
        change(&mut stored);
        serde_json::from_value::<LinearModel>(stored).unwrap_err().to_string()
    };
    assert!(damaged(&|stored| stored["version"] = 9.into()).contains("version 9"));
    assert!(damaged(&|stored| stored["names"][1] = "feature 0".into()).contains("named twice"));
    assert!(
        damaged(&|stored| stored["prior"]["matrix"][1][1] = (-1.0).into()).contains("the prior is damaged")
    );
    assert!(damaged(&|stored| stored["prior"]["matrix"][1][0] = 7.0.into()).contains("the prior is damaged"));
    assert!(damaged(&|stored| stored["seen"]["evidence"] = vec![1.0].into()).contains("has seen is damaged"));
    assert!(
        damaged(&|stored| stored["seen"]["matrix"][2][2] = (-1e6).into()).contains("has seen is damaged")
    );
    assert!(damaged(&|stored| stored["forgotten"] = (-1.0).into()).contains("has seen is damaged"));
}

/// One thing that happens to a model.
#[derive(Debug, Clone)]
enum Step {
    Observe(Vec<f64>, f64),
    Forget(f64),
}

/// Features as they are, and as they should not be: equal ones, tiny ones, the largest that are taken.
fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![4 => Just(1.0), 1 => Just(1e-9), 1 => Just(1e3), 1 => Just(0.0)];
    let x = (prop::collection::vec(-1.0..1.0_f64, 6), size, any::<bool>()).prop_map(|(mut x, size, same)| {
        for part in &mut x {
            *part *= size;
        }
        if same {
            x[5] = x[4];
        }
        x
    });
    prop_oneof![
        30 => (x, -1.0..1.0_f64).prop_map(|(x, reward)| Step::Observe(x, reward)),
        1 => (0.5..1.0_f64).prop_map(Step::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// A hundred thousand steps of a model, in an order of a few hundred again and again.
    #[test]
    fn the_matrix_stays_positive_definite(steps in prop::collection::vec(step(), 50..300)) {
        let mut model = flat(6);
        for step in steps.iter().cycle().take(100_000) {
            match step {
                Step::Observe(x, reward) => model.observe(x, *reward).unwrap(),
                Step::Forget(kept) => model.forget(*kept).unwrap(),
            }
        }
        let deviations = (0..6).map(|place| {
            let mut x = [0.0; 6];
            x[place] = 1.0;
            model.deviation(&x)
        });
        // The prior is one observation in each direction, so nothing can be less known than that; and what is known has a
        // deviation still.
        for deviation in deviations {
            prop_assert!(deviation > 0.0 && deviation <= 1.0 + 1e-6, "{deviation}");
        }
        prop_assert!(model.theta().as_slice().iter().all(|weight| weight.is_finite()));
        prop_assert!(model.sample_of(1.0, &[1.0; 6]).as_slice().iter().all(|weight| weight.is_finite()));
        // Made anew of what is stored, it says the same.
        let anew = LinearModel::of(model.names.clone(), model.prior.clone(), model.seen.clone(), model.forgotten);
        let anew = anew.unwrap();
        for x in [[1.0; 6], [1.0, -1.0, 0.5, 0.0, 0.3, 0.1]] {
            prop_assert!((anew.deviation(&x) - model.deviation(&x)).abs() < 1e-5);
            prop_assert!((anew.theta().score(&x) - model.theta().score(&x)).abs() < 1e-5);
        }
    }
}
