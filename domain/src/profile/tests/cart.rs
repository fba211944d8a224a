use std::time::Duration;

use super::*;
use crate::event::CouponStep;

fn add(text: &str) -> Action {
    Action::CartAdded(one(text))
}

fn remove(text: &str) -> Action {
    Action::CartRemoved(one(text))
}

fn is(text: &str) -> Action {
    Action::CartIs(lines(text))
}

fn coupon(code: &str, step: CouponStep) -> Action {
    Action::Coupon { code: code.to_owned(), step }
}

#[track_caller]
fn cart(actions: impl IntoIterator<Item = Action>, expected: &str) -> Profile {
    let profile = after(actions);
    assert_eq!(items(&profile.cart), expected);
    assert_eq!(profile.cart.len(), profile.cart_prices.len());
    profile
}

#[test]
fn added_pieces_add_up_and_the_item_is_the_newest() {
    cart([add("coat/38"), add("hat"), add("coat/38*2"), add("coat/40")], "coat/40*1@3 coat/38*3@2 hat*1@1");
    cart([add("coat*0")], "");
}

#[test]
fn removed_are_the_pieces_told_or_all() {
    cart([add("coat*3"), add("hat"), remove("coat*1")], "hat*1@1 coat*2@0");
    cart([add("coat*3"), remove("coat*3")], "");
    cart([add("coat*3"), remove("coat")], "");
    cart([add("coat*3"), remove("coat*9")], "");
    cart([add("coat"), remove("hat")], "coat*1@0");
}

#[test]
fn removed_without_a_size_is_the_item_without_one_or_the_newest() {
    cart([add("coat"), add("coat/38"), remove("coat")], "coat/38*1@1");
    cart([add("coat/36"), add("coat/38"), remove("coat")], "coat/36*1@0");
    cart([add("coat/36"), remove("coat/38")], "coat/36*1@0");
}

#[test]
fn the_whole_cart_replaces_and_keeps_dates() {
    cart([add("coat"), add("hat"), is("coat shoe")], "shoe*1@2 coat*1@0");
    cart([add("coat*2"), is("coat")], "coat*1@0");
    cart([add("coat"), is("coat*2")], "coat*2@1");
    cart([is("coat coat*2 hat*0")], "coat*3@0");
    cart([add("coat"), is("")], "");
}

#[test]
fn a_cart_keeps_prices() {
    let priced = |text: &str, minor| Line { price: Some(euros(minor)), ..one(text) };
    let profile = cart(
        [
            Action::CartAdded(priced("coat", 900)),
            Action::CartAdded(priced("hat", 100)),
            add("coat"),
            Action::CartIs(vec![one("coat*2"), priced("hat", 90), one("shoe")]),
            remove("coat*1"),
        ],
        "shoe*1@3 coat*1@2 hat*1@1",
    );
    let found: Vec<_> = profile.priced_cart().map(|(_, price)| price).collect();
    assert_eq!(found, [None, Some(euros(900)), Some(euros(90))]);
}

#[test]
fn checkout_puts_in_what_the_cart_lacks_and_goes_on() {
    let profile = cart(
        [
            add("coat*2"),
            Action::CheckoutStarted(lines("coat hat")),
            Action::CheckoutStep { step: Some(2) },
            Action::CheckoutStep { step: None },
        ],
        "hat*1@1 coat*2@0",
    );
    let checkout = Checkout { began: at(MINUTE), last: at(3 * MINUTE), step: Some(2), source: Source::Web };
    assert_eq!(profile.checkout, Some(checkout));
    let begun = after([Action::CheckoutStep { step: Some(1) }]).checkout.unwrap();
    assert_eq!((begun.began, begun.step), (at(0), Some(1)));
}

#[test]
fn a_size_that_cart_or_checkout_does_not_tell_is_no_second_item() {
    cart([add("coat/38"), Action::CheckoutStarted(lines("coat"))], "coat/38*1@0");
    cart([add("coat"), Action::CheckoutStarted(lines("coat/38"))], "coat*1@0");
    cart([add("coat/38"), Action::CheckoutStarted(lines("coat/40"))], "coat/40*1@1 coat/38*1@0");
}

#[test]
fn a_wish_moves_into_the_cart_in_its_size_and_at_its_price() {
    let wish = Line { price: Some(euros(900)), ..one("coat/38") };
    let profile = cart([Action::WishAdded(wish), Action::WishToCart(one("coat"))], "coat/38*1@1");
    assert_eq!(profile.cart_prices, [Some(euros(900))]);
    assert_eq!(profile.wish_list, []);
    assert_eq!(profile.removed_wishes[0].why, WishEnd::IntoCart);
}

#[test]
fn an_order_takes_its_lines_out_once() {
    cart([add("coat/38*3"), add("hat"), placed("o1", "coat/38")], "hat*1@1");
    cart([add("coat/38"), placed("o1", "coat")], "");
    cart([add("coat"), placed("o1", "coat/38")], "");
    cart([add("coat/38"), placed("o1", "coat/40")], "coat/38*1@0");
    cart([add("coat"), updated("o1", "coat")], "");
    cart([placed("o1", "coat"), add("coat"), placed("o1", "coat"), updated("o1", "coat")], "coat*1@1");
    cart([add("coat"), placed("o1", "coat"), refunded("o1", ""), cancelled("o1")], "");
}

#[test]
fn a_web_order_without_lines_bought_the_whole_cart() {
    cart([add("coat"), placed("o1", "")], "");
    let mut at_till = events([add("coat"), placed("o1", "")]);
    at_till[1].origin = Origin::Till;
    assert_eq!(items(&of(&at_till).cart), "coat*1@0");
}

#[test]
fn a_web_order_ends_checkout_and_coupons_and_a_till_does_not() {
    let mut told = events([
        Action::CheckoutStarted(lines("coat")),
        coupon("TEN", CouponStep::Applied),
        placed("o1", "hat"),
    ]);
    let ordered = of(&told);
    assert_eq!((ordered.checkout, ordered.coupons), (None, vec![]));
    told[2].origin = Origin::Till;
    let elsewhere = of(&told);
    assert!(elsewhere.checkout.is_some());
    assert_eq!(elsewhere.coupons.len(), 1);
}

#[test]
fn an_order_told_again_leaves_the_next_checkout_alone() {
    let next = [
        add("hat"),
        Action::CheckoutStarted(lines("hat")),
        coupon("TEN", CouponStep::Applied),
        placed("o1", "coat"),
    ];
    let before = after([placed("o1", "coat")].into_iter().chain(next[..3].iter().cloned()));
    assert_eq!(after([placed("o1", "coat")].into_iter().chain(next)), before);
}

#[test]
fn an_order_first_told_by_the_till_or_an_update_ends_its_checkout_when_placed() {
    let actions = [
        Action::CheckoutStarted(lines("coat")),
        coupon("TEN", CouponStep::Applied),
        updated("o1", "coat"),
        placed("o1", "coat"),
    ];
    let ended = |profile: &Profile| (profile.checkout.is_none(), profile.coupons.is_empty());
    assert_eq!(ended(&after(actions[..3].iter().cloned())), (false, false));
    assert_eq!(ended(&after(actions.clone())), (true, true));
    let mut at_till = events(actions);
    (at_till[2].origin, at_till[2].action) = (Origin::Till, placed("o1", "coat"));
    assert_eq!(ended(&of(&at_till)), (true, true));
}

#[test]
fn coupons_are_in_use_until_denied_or_removed() {
    use CouponStep::{Applied, Denied, Entered, Removed};
    let used = |steps: &[(&str, CouponStep)]| {
        let profile = after(steps.iter().map(|(code, step)| coupon(code, *step)));
        profile.coupons.iter().map(|known| (known.code.clone(), known.applied)).collect::<Vec<_>>()
    };
    assert_eq!(used(&[("A", Entered), ("B", Applied)]), [("B".into(), true), ("A".into(), false)]);
    assert_eq!(used(&[("A", Applied), ("A", Entered)]), [("A".into(), true)]);
    assert_eq!(used(&[("A", Entered), ("B", Applied), ("A", Denied), ("B", Removed)]), []);
}

#[test]
fn a_cart_is_left_when_nothing_was_touched_for_a_while() {
    let quiet = Duration::from_secs(30 * 60);
    let left = |profile: &Profile, minute: i64| items(profile.cart_left(at(minute * MINUTE), quiet));
    let added = after([add("coat")]);
    assert_eq!([left(&added, 29), left(&added, 30)], ["", "coat*1@0"]);
    let in_checkout = after([add("coat"), Action::CheckoutStep { step: Some(1) }]);
    assert_eq!([left(&in_checkout, 30), left(&in_checkout, 31)], ["", "coat*1@0"]);
    let ordered_another = after([add("coat"), placed("o1", "hat")]);
    assert_eq!([left(&ordered_another, 30), left(&ordered_another, 31)], ["", "coat*1@0"]);
    assert_eq!(left(&after([add("coat"), placed("o1", "coat")]), 999), "");
}

#[test]
fn what_was_bought_at_the_till_is_left_no_more() {
    let quiet = Duration::from_secs(30 * 60);
    let left = |actions: [Action; 2]| {
        let mut told = events([add("coat/38"), add("hat")].into_iter().chain(actions));
        told[2..].iter_mut().for_each(|event| event.origin = Origin::Till);
        items(of(&told).cart_left(at(DAY), quiet))
    };
    let elsewhere = placed("o2", "sock");
    assert_eq!(left([placed("o1", "coat"), elsewhere.clone()]), "hat*1@1");
    assert_eq!(left([placed("o1", "coat/38 hat"), elsewhere]), "");
}
