use proptest::prelude::*;

use super::*;

const W: u32 = 2_000_000;

fn store(name: &str) -> StoreId {
    StoreId::new(name).unwrap()
}

/// The middle of a quarter of an hour, and seconds from there.
fn moment(window: u32, seconds: i64) -> Timestamp {
    Timestamp::from_secs(Window(window).begins().as_secs() + 450 + seconds)
}

fn hearing(store: &StoreId, at: Timestamp, rssi: i16) -> Hearing<'_> {
    Hearing { store, window: Window::at(at), at, rssi: Dbm::new(rssi).unwrap(), left: false }
}

fn alone() -> BTreeSet<StoreId> {
    BTreeSet::new()
}

#[test]
fn a_relay_is_noticed_whatever_token_it_plays() {
    let (lyon, nice) = (store("lyon"), store("nice"));
    for (token, now) in [(W - 1, W), (W, W), (W + 1, W), (W, W + 1)] {
        let mut phone = Whereabouts::default();
        assert_eq!(phone.hear(&hearing(&lyon, moment(W, 0), -60), &alone()), Finding::Here);
        let relayed = Hearing { window: Window(token), ..hearing(&nice, moment(now, 10), -60) };
        assert_eq!(phone.hear(&relayed, &alone()), Finding::Contested(BTreeSet::from([lyon.clone()])));
        assert_eq!(phone.hear(&relayed, &alone()), Finding::Contested(alone()), "once told");
        assert!(!phone.may_show(&lyon, moment(now, 20)) && !phone.may_show(&nice, moment(now, 20)));
    }
}

#[test]
fn a_contest_is_over_a_tokens_life_after_the_other_shop_fell_silent() {
    let (lyon, nice) = (store("lyon"), store("nice"));
    let mut phone = Whereabouts::default();
    phone.hear(&hearing(&lyon, moment(W, 0), -60), &alone());
    phone.hear(&hearing(&nice, moment(W, 1), -60), &alone());
    let next = hearing(&lyon, moment(W + 1, 0), -60);
    assert_eq!(phone.hear(&next, &alone()), Finding::Contested(alone()), "the other's tokens still live");
    // What the relay played in the second quarter of an hour lengthens it.
    let later = hearing(&lyon, moment(W + 2, 0), -60);
    let mut longer = phone.clone();
    longer.hear(&hearing(&nice, moment(W + 1, 5), -60), &alone());
    assert_eq!(longer.hear(&later, &alone()), Finding::Contested(alone()));
    assert!(phone.forget(later.at));
    assert_eq!(phone.hear(&later, &alone()), Finding::Here);
    assert!(phone.may_show(&lyon, later.at));
    assert!(!phone.forget(moment(W + 6, 0)), "nothing is left");
}

#[test]
fn a_stored_contest_holds_without_its_hearings() {
    let lyon = store("lyon");
    let contest = Contest { first: Window(W), last: Window(W) };
    let mut phone = Whereabouts::contested(contest);
    assert!(!phone.may_show(&lyon, moment(W + 1, 0)));
    let hearing = hearing(&lyon, moment(W + 1, 0), -60);
    assert_eq!(phone.hear(&hearing, &alone()), Finding::Contested(alone()));
    assert!(!contest.is_over(moment(W + 2, 0)) && contest.is_over(moment(W + 3, 0)));
}

#[test]
fn who_needs_more_than_half_an_hour_from_shop_to_shop_is_never_contested() {
    let (lyon, nice) = (store("lyon"), store("nice"));
    let mut phone = Whereabouts::default();
    phone.hear(&hearing(&lyon, moment(W, 449), -60), &alone());
    let arrived = hearing(&nice, moment(W, 449 + 1_800), -60);
    assert_eq!(phone.hear(&arrived, &alone()), Finding::Here);
    assert!(phone.may_show(&nice, arrived.at));
}

#[test]
fn between_neighbours_the_louder_one_has_the_phone_and_the_last_who_hears_it() {
    let (left, right) = (store("left"), store("right"));
    let (of_left, of_right) = (BTreeSet::from([right.clone()]), BTreeSet::from([left.clone()]));
    let mut phone = Whereabouts::default();
    assert_eq!(phone.hear(&hearing(&left, moment(W, 0), -70), &of_left), Finding::Here);
    assert_eq!(
        phone.hear(&hearing(&right, moment(W, 1), -65), &of_right),
        Finding::NextDoor,
        "a body turned"
    );
    assert!(phone.may_show(&left, moment(W, 2)) && !phone.may_show(&right, moment(W, 2)));
    // Another agent of the same shop, further away, does not make it quieter.
    assert_eq!(phone.hear(&hearing(&left, moment(W, 3), -90), &of_left), Finding::Here);
    assert_eq!(phone.hear(&hearing(&right, moment(W, 4), -66), &of_right), Finding::NextDoor);
    let over = hearing(&right, moment(W, 30), -64);
    assert_eq!(phone.hear(&over, &of_right), Finding::HereFrom(left.clone()));
    assert!(!phone.may_show(&left, over.at) && phone.may_show(&right, over.at));
    // Back again: the right one hears it no more.
    assert_eq!(phone.hear(&hearing(&left, moment(W, 149), -80), &of_left), Finding::NextDoor);
    assert_eq!(phone.hear(&hearing(&left, moment(W, 150), -80), &of_left), Finding::HereFrom(right.clone()));
    // Or says at once that it left.
    let left_there = Hearing { left: true, ..hearing(&left, moment(W, 160), -80) };
    assert_eq!(phone.hear(&left_there, &of_left), Finding::Here);
    assert_eq!(phone.hear(&hearing(&right, moment(W, 161), -90), &of_right), Finding::Here);
}

/// A word somewhere: shop, quarter of an hour, seconds, strength.
fn word() -> impl Strategy<Value = (usize, u32, i64, i16)> {
    (0..3_usize, W..W + 12, -449_i64..449, -100_i16..-30)
}

proptest! {
    #[test]
    fn one_shop_and_neighbours_contest_nothing(words in prop::collection::vec(word(), 0..40)) {
        let stores = [store("a"), store("b"), store("c")];
        let all: BTreeSet<StoreId> = stores.iter().cloned().collect();
        let (mut single, mut mall) = (Whereabouts::default(), Whereabouts::default());
        for (shop, window, seconds, rssi) in words {
            let at = moment(window, seconds);
            prop_assert_eq!(single.hear(&hearing(&stores[0], at, rssi), &alone()), Finding::Here);
            let found = mall.hear(&hearing(&stores[shop], at, rssi), &all);
            prop_assert!(!matches!(found, Finding::Contested(_)));
        }
        prop_assert_eq!((single.contest(), mall.contest()), (None, None));
    }

    #[test]
    fn two_places_at_once_are_contested_whoever_tells_first(
        words in prop::collection::vec(word(), 2..30).prop_shuffle(),
    ) {
        let stores = [store("a"), store("b"), store("c")];
        let mut phone = Whereabouts::default();
        for (shop, window, seconds, rssi) in &words {
            let at = moment(*window, *seconds);
            let found = phone.hear(&hearing(&stores[*shop], at, *rssi), &alone());
            let before = words.iter().take_while(|word| *word != &(*shop, *window, *seconds, *rssi));
            let two = before.clone().any(|(other, near, ..)| other != shop && near.abs_diff(*window) <= 1);
            prop_assert!(!two || matches!(found, Finding::Contested(_)));
            if two {
                prop_assert!(stores.iter().all(|store| !phone.may_show(store, phone_now(&phone))));
            }
        }
        let apart = words.iter().all(|(shop, window, ..)| {
            words.iter().all(|(other, near, ..)| other == shop || near.abs_diff(*window) > 1)
        });
        prop_assert_eq!(phone.contest().is_none(), apart);
    }

    #[test]
    fn what_is_known_of_a_phone_does_not_grow(words in prop::collection::vec(word(), 0..200)) {
        let stores = [store("a"), store("b"), store("c")];
        let mut phone = Whereabouts::default();
        for (shop, window, seconds, rssi) in words {
            phone.hear(&hearing(&stores[shop], moment(window, seconds), rssi), &alone());
            phone.forget(moment(W + 11, 0));
            prop_assert!(phone.heard.len() <= 3 * 4);
        }
        prop_assert!(!phone.forget(moment(W + 20, 0)));
    }
}

/// A moment of the latest contest.
fn phone_now(phone: &Whereabouts) -> Timestamp {
    phone.contest().map_or(Timestamp::EPOCH, |contest| contest.last.begins())
}
