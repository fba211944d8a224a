use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::event::{Correction, CouponStep, Disputed, ServiceKind, ServiceStep, ServiceTold};

fn a_line() -> impl Strategy<Value = Line> {
    let text = |prefix: &'static str, n: u32| {
        prop::option::of((0..n).prop_map(move |number| format!("{prefix}{number}")))
    };
    let price = prop::option::of((1..9_i64).prop_map(|price| euros(price * 100)));
    let gift = prop::bool::weighted(0.2);
    (0..6_u32, text("s", 3), prop::option::of(0..4_u32), price, text("b", 3), text("c", 3), gift).prop_map(
        |(id, size, quantity, price, brand, category, gift)| Line {
            size,
            quantity,
            price,
            brand,
            category,
            gift,
            ..line(&format!("p{id}"))
        },
    )
}

fn some_lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(a_line(), 0..4)
}

fn an_order() -> impl Strategy<Value = OrderId> {
    (0..12_u32).prop_map(|number| order_id(&format!("o{number}")))
}

fn a_purchase() -> impl Strategy<Value = Purchase> {
    (an_order(), some_lines(), prop::option::of(1..9_i64)).prop_map(|(order, lines, total)| Purchase {
        order,
        lines,
        total: total.map(|total| euros(total * 1_000)),
        coupon: None,
        store: None,
    })
}

fn an_order_event() -> impl Strategy<Value = Action> {
    prop_oneof![
        5 => a_purchase().prop_map(Action::OrderPlaced),
        2 => a_purchase().prop_map(Action::OrderUpdated),
        2 => (an_order(), some_lines(), prop::option::of(1..9_i64)).prop_map(|(order, lines, amount)| {
            Action::OrderRefunded { order, refund: None, lines, amount: amount.map(euros) }
        }),
        1 => an_order().prop_map(|order| Action::OrderCancelled { order }),
    ]
}

fn a_correction() -> impl Strategy<Value = Action> {
    let product = || (0..6_u32).prop_map(|id| product(&format!("p{id}")));
    let what = prop_oneof![
        an_order().prop_map(Disputed::Order),
        (an_order(), product()).prop_map(|(order, product)| Disputed::OrderLine { order, product }),
        product().prop_map(Disputed::Viewed),
    ];
    let how = prop_oneof![Just(Correction::Gift), Just(Correction::NotMe), Just(Correction::Withdrawn)];
    (what, how).prop_map(|(what, how)| Action::Corrected { what, how })
}

fn an_online_event() -> impl Strategy<Value = Action> {
    let text = |prefix: &'static str| (0..4_u32).prop_map(move |number| format!("{prefix}{number}"));
    let step = prop_oneof![Just(CouponStep::Entered), Just(CouponStep::Applied), Just(CouponStep::Removed)];
    prop_oneof![
        a_line().prop_map(Action::ProductViewed),
        text("c").prop_map(|category| Action::ListViewed { category: Some(category) }),
        text("q").prop_map(|query| Action::Searched { query: Redacted::new(query) }),
        a_line().prop_map(Action::CartAdded),
        a_line().prop_map(Action::CartRemoved),
        some_lines().prop_map(Action::CartIs),
        some_lines().prop_map(Action::CheckoutStarted),
        Just(Action::CheckoutStep { step: Some(2) }),
        (text("k"), step).prop_map(|(code, step)| Action::Coupon { code, step }),
        a_line().prop_map(Action::WishAdded),
        a_line().prop_map(Action::WishRemoved),
        a_line().prop_map(Action::WishToCart),
        (text("size:"), prop::option::of(text("v")))
            .prop_map(|(name, value)| Action::Preferred { name, value }),
    ]
}

fn a_service() -> impl Strategy<Value = Action> {
    let kind = prop::sample::select(ServiceKind::ALL.to_vec());
    let step = prop::sample::select(ServiceStep::ALL.to_vec());
    let until = prop::option::of((0..99_i64).prop_map(|minute| at(minute * MINUTE)));
    let told = (0..30_u32, kind, step, until, prop::option::of(an_order()), some_lines());
    told.prop_map(|(number, kind, step, until, order, lines)| {
        let service = format!("s{number}").parse().unwrap();
        Action::Service(ServiceTold { service, kind, step, store: None, until, order, lines })
    })
}

fn an_event(action: impl Strategy<Value = Action>) -> impl Strategy<Value = (i64, Origin, Action)> {
    let page = Origin::Page { received: at(0) };
    let origin = prop_oneof![Just(Origin::Web), Just(Origin::Till), Just(Origin::Import), Just(page)];
    (0..60_i64, origin, action)
}

fn numbered(told: Vec<(i64, Origin, Action)>) -> Vec<Event> {
    (0..)
        .zip(told)
        .map(|(number, (minute, origin, action))| event(number, minute * MINUTE, origin, action))
        .collect()
}

fn histories() -> impl Strategy<Value = Vec<Event>> {
    let action =
        prop_oneof![6 => an_online_event(), 5 => an_order_event(), 3 => a_service(), 1 => a_correction()];
    prop::collection::vec(an_event(action), 0..60).prop_map(numbered)
}

pub(super) fn shopping() -> impl Strategy<Value = Vec<Event>> {
    let action = prop_oneof![12 => an_order_event(), 3 => a_service(), 1 => a_correction()];
    prop::collection::vec(an_event(action), 0..60).prop_map(numbered)
}

/// What the profile's orders say, counted by hand. All orders are in the profile: there are few numbers. What is only a
/// page's word counts for nothing.
fn counted_by_hand(profile: &Profile) -> (BTreeMap<ProductId, (u32, Timestamp, Timestamp)>, u64) {
    let (mut bought, mut pieces) = (BTreeMap::new(), 0);
    let all = profile.orders.iter().zip(&profile.order_details);
    for (order, detail) in all.filter(|(order, _)| order.source.is_vouched()) {
        pieces += order.lines.iter().map(|line| u64::from(line.quantity)).sum::<u64>();
        let own =
            order.lines.iter().zip(&detail.lines).filter(|(line, told)| line.quantity > 0 && !told.gift);
        let products: std::collections::BTreeSet<_> = own.map(|(line, _)| line.product.clone()).collect();
        for product in products {
            let (times, first, last) = bought.entry(product).or_insert((0, order.at, order.at));
            (*times, *first, *last) = (*times + 1, (*first).min(order.at), (*last).max(order.at));
        }
    }
    (bought, pieces)
}

fn without(events: &[Event], out: impl Fn(&Event) -> bool) -> Vec<Event> {
    events.iter().filter(|event| !out(event)).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_order_of_arrival_and_duplicates_do_not_matter(
        (sorted, arrival) in histories().prop_flat_map(|events| {
            let twice: Vec<Event> = events.iter().chain(&events).cloned().collect();
            (Just(events), Just(twice).prop_shuffle())
        })
    ) {
        let rebuilt = View::rebuild(&sorted);
        prop_assert_eq!(&arrived(&arrival), &rebuilt);
        prop_assert_eq!(&View::rebuild(arrival), &rebuilt);
        let mut again = rebuilt.clone();
        for event in &sorted {
            if again.take(event) == Taken::MustRebuild {
                prop_assert_eq!(&again, &rebuilt, "a refused event must change nothing");
            }
        }
        prop_assert_eq!(again, rebuilt);
    }

    #[test]
    fn taking_a_merge_back_leaves_each_side_as_it_was(events in histories()) {
        let is_first = |event: &Event| event.who[0].value().reveal() == "a0";
        let (one, other) = (without(&events, |event| !is_first(event)), without(&events, is_first));
        let (view_one, view_other) = (View::rebuild(&one), View::rebuild(&other));
        let mut merged = view_one.clone();
        for event in &other {
            if merged.take(event) == Taken::MustRebuild {
                merged = View::rebuild(&events);
            }
        }
        if !other.is_empty() {
            prop_assert_eq!(merged, View::rebuild(&events));
        }
        prop_assert_eq!(View::rebuild(without(&events, |event| !is_first(event))), view_one);
        prop_assert_eq!(View::rebuild(without(&events, is_first)), view_other);
    }

    #[test]
    fn what_was_bought_is_what_counting_by_hand_gives(events in shopping()) {
        let profile = View::rebuild(&events).into_profile();
        let (bought, pieces) = counted_by_hand(&profile);
        let found: BTreeMap<_, _> =
            profile.bought.iter().map(|known| (known.product.clone(), (known.times, known.first, known.last))).collect();
        prop_assert_eq!(found, bought);
        prop_assert_eq!(profile.lifetime.pieces, pieces);
        let counting: Vec<_> = profile.orders.iter().filter(|order| order.source.is_vouched()).map(|order| order.at).collect();
        prop_assert_eq!(profile.order_count as usize, counting.len());
        let first_last = profile.lifetime.orders.map(|orders| (orders.first, orders.last));
        let by_hand = counting.iter().min().copied().zip(counting.iter().max().copied());
        prop_assert_eq!(first_last, by_hand);
        prop_assert!(profile.orders.is_sorted_by_key(|order| std::cmp::Reverse(order.at)));
    }

    #[test]
    fn not_me_is_as_if_it_had_never_been_told(events in histories(), id in 0..6_u32, number in 0..12_u32) {
        let (id, number) = (product(&format!("p{id}")), order_id(&format!("o{number}")));
        let say = |what, n: i64| {
            event(1_000 + n, 100 * MINUTE, Origin::Customer, Action::Corrected { what, how: Correction::NotMe })
        };
        let told = without(&events, |event| matches!(event.action, Action::Corrected { .. }));
        let mut corrected = told.clone();
        corrected.extend([say(Disputed::Viewed(id.clone()), 0), say(Disputed::Order(number.clone()), 1)]);
        let never = without(&told, |event| {
            event.action.order() == Some(&number)
                || matches!(&event.action, Action::ProductViewed(line) if line.product == id)
        });
        let corrected = Profile { corrections: vec![], ..View::rebuild(corrected).into_profile() };
        prop_assert_eq!(corrected, View::rebuild(never).into_profile());
    }

    #[test]
    fn cancelling_open_orders_is_as_if_they_had_never_been_placed(
        orders in prop::collection::vec(some_lines(), 30..120), last in 1..20_usize,
    ) {
        let number = |n: usize| order_id(&format!("o{n}"));
        let placing = |n: usize| {
            let purchase = Purchase { order: number(n), lines: orders[n].clone(), total: None, coupon: None, store: None };
            Action::OrderPlaced(purchase)
        };
        let gone = orders.len() - last;
        let cancelling = (gone..orders.len()).map(|n| Action::OrderCancelled { order: number(n) });
        let cancelled = View::rebuild(events((0..orders.len()).map(placing).chain(cancelling))).into_profile();
        let never = View::rebuild(events((0..gone).map(placing))).into_profile();
        let lifetime = Lifetime { cancelled: 0, ..cancelled.lifetime.clone() };
        prop_assert_eq!(cancelled.lifetime.cancelled as usize, last);
        prop_assert_eq!(Profile { lifetime, cart_touched: never.cart_touched, ..cancelled }, never);
    }
}

#[test]
fn a_view_of_other_rules_is_rebuilt() {
    let told = events([placed("o1", "coat")]);
    let mut old = View::rebuild(&told).of_version(FOLD_VERSION + 1);
    assert!(!old.is_current());
    assert_eq!(old.take(&event(9, DAY, Origin::Web, placed("o2", "hat"))), Taken::MustRebuild);
    assert_eq!(usual(old.profile()), "coat*1");
    assert_eq!(View::rebuild(&told).folded_to(), Some(&told[0].position()));
}
