use std::time::Duration;

use proptest::prelude::*;

use super::{super::interest::decayed, *};

const HALF_LIFE: Duration = Duration::from_secs(1_000);

#[test]
fn it_halves_in_its_half_life() {
    let unit = 1 << 32;
    assert_eq!(decayed(unit, Duration::ZERO, HALF_LIFE), unit);
    assert_eq!(decayed(unit, HALF_LIFE, HALF_LIFE), unit / 2);
    assert_eq!(decayed(unit, HALF_LIFE * 5, HALF_LIFE), unit / 32);
    assert_eq!(decayed(u64::MAX, HALF_LIFE * 64, HALF_LIFE), 0);
    assert_eq!(decayed(u64::MAX, Duration::MAX, Duration::ZERO), 0);
}

#[test]
fn the_weakest_interest_falls_out() {
    let look = |n: usize| Action::ListViewed { category: Some(format!("c{n:03}")) };
    let first = [look(0), look(0), look(1)];
    let profile = after(first.into_iter().chain((2..=Profile::MAX_INTERESTS).map(look)));
    let names: Vec<_> = profile.interests.iter().map(|known| known.category.as_str()).collect();
    assert_eq!(names.len(), Profile::MAX_INTERESTS);
    assert!(names.contains(&"c000") && !names.contains(&"c001"), "{names:?}");
}

proptest! {
    #[test]
    fn decay_is_the_power_of_two(units in any::<u64>(), millis in 0..40_000_000_u64) {
        let elapsed = Duration::from_millis(millis);
        #[expect(clippy::cast_precision_loss, reason = "the reference is only this exact")]
        let (units_f, millis_f) = (units as f64, millis as f64);
        let exact = units_f * (-millis_f / 1_000_000.0).exp2();
        #[expect(clippy::cast_precision_loss, reason = "the reference is only this exact")]
        let found = decayed(units, elapsed, HALF_LIFE) as f64;
        prop_assert!((found - exact).abs() <= exact * 1e-8 + 1.0, "{found} {exact}");
    }

    #[test]
    fn the_sum_is_that_of_all_events(minutes in prop::collection::vec(0..200_000_i64, 1..200)) {
        let look = Action::ListViewed { category: Some("Coats".into()) };
        let told: Vec<Event> = (0..)
            .zip(&minutes)
            .map(|(number, minute)| event(number, minute * MINUTE, Origin::Web, look.clone()))
            .collect();
        let now = at(250_000 * MINUTE);
        let half_life = INTEREST_HALF_LIFE.as_secs_f64();
        let exact: f64 = told
            .iter()
            .map(|event| (-now.since(event.at).as_secs_f64() / half_life).exp2())
            .sum();
        let profile = View::rebuild(&told).into_profile();
        let found = profile.interests[0].strength(now);
        prop_assert!((found - exact).abs() <= exact * 1e-6, "{found} {exact}");
    }
}
