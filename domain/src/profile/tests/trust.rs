//! Who is believed: what a page tells yields to what the web shop's server, a till or an import tells.

use proptest::prelude::*;

use super::{properties::shopping, *};

const PAGE: Origin = Origin::Page { received: Timestamp::from_millis(0) };

/// One minute after each other.
fn told(by: &[(Origin, Action)]) -> Vec<Event> {
    (0..).zip(by).map(|(n, (origin, action))| event(n, n * MINUTE, *origin, action.clone())).collect()
}

fn profile(by: &[(Origin, Action)]) -> Profile {
    of(&told(by))
}

#[test]
fn a_page_changes_no_order_that_was_told_by_who_is_believed() {
    for believed in [Origin::Web, Origin::Till, Origin::Import] {
        let real = (believed, placed("o1", "coat/38 hat"));
        let alone = profile(std::slice::from_ref(&real));
        for lie in [placed("o1", "sock*9"), updated("o1", "sock*9"), refunded("o1", ""), cancelled("o1")] {
            for by in [[real.clone(), (PAGE, lie.clone())], [(PAGE, lie), real.clone()]] {
                let found = profile(&by);
                assert_eq!(
                    orders(&found.orders),
                    orders(&alone.orders)
                        .replace("@0", &format!("@{}", found.orders[0].at.as_millis() / MINUTE))
                );
                assert_eq!(found.orders[0].source, believed.into());
                assert_eq!((usual(&found), &found.order_details[0].refunded), (usual(&alone), &vec![]));
                assert_eq!((found.order_count, found.lifetime.cancelled, found.lifetime.refunds), (1, 0, 0));
                assert_eq!(found.lifetime.pieces, 2);
            }
        }
    }
}

#[test]
fn a_pages_order_is_its_word_until_somebody_who_is_believed_tells_it() {
    let found = profile(&[(PAGE, placed("o1", "coat")), (PAGE, refunded("o1", "coat"))]);
    assert_eq!((found.orders[0].source, found.lifetime.refunds), (Source::Page, 1));
    let found = profile(&[
        (PAGE, placed("o1", "coat")),
        (PAGE, refunded("o1", "coat")),
        (Origin::Till, placed("o1", "coat hat")),
    ]);
    assert_eq!(
        (found.orders[0].source, orders(&found.orders)),
        (Source::Till, "o1@2[coat*1 hat*1]".to_owned())
    );
    assert_eq!(found.lifetime.refunds, 0);
    assert!(found.bought.iter().all(|bought| bought.source == Source::Till));
}

#[test]
fn a_web_shop_may_refund_what_its_page_told() {
    let bought = (PAGE, placed("o1", "coat hat"));
    let found =
        profile(&[bought.clone(), (Origin::Web, refunded("o1", "hat")), (PAGE, refunded("o1", "coat"))]);
    assert_eq!(orders(&found.orders), "o1@0[coat*1 hat*0]");
    let found = profile(&[bought.clone(), (PAGE, cancelled("o1")), (Origin::Web, refunded("o1", "hat"))]);
    assert_eq!(orders(&found.orders), "o1@0[coat*1 hat*0]", "who is believed knows of no cancellation");
    assert_eq!(profile(&[bought, (Origin::Till, cancelled("o1"))]).order_count, 0);
}

#[test]
fn a_flood_of_made_up_orders_settles_and_hides_no_real_ones() {
    let real = |n: i64| (Origin::Till, placed(&format!("r{n}"), "coat"));
    let lie = |n: i64| (PAGE, placed(&format!("x{n}"), "sock"));
    let mut by: Vec<(Origin, Action)> = (0..10).map(real).collect();
    by.extend((0..500).map(lie));
    let found = profile(&by);
    let shown = found.orders.iter().filter(|order| order.source == Source::Till).count();
    assert_eq!((found.orders.len(), shown), (Profile::MAX_ORDERS, 10));
    by.extend((0..10).map(|n| (Origin::Till, cancelled(&format!("r{n}")))));
    assert!(!usual(&profile(&by)).contains("coat"), "each could still be cancelled");
    // Where nothing else is known, a page's orders have all places.
    let only: Vec<_> = (0..60).map(lie).collect();
    assert_eq!(profile(&only).orders.len(), Profile::MAX_ORDERS);
}

#[test]
fn what_a_page_tells_of_who_is_who_is_dated_by_its_receipt() {
    let mut told = event(1, DAY, Origin::Web, Action::PageViewed { page: None });
    told.who = vec![
        Identifier::new(IdentifierKind::Customer, "c1").unwrap(),
        Identifier::new(IdentifierKind::Anonymous, "b1").unwrap(),
    ];
    let at_of = |event: &Event| crate::identity::Evidence::of(event)[0].at;
    assert_eq!(at_of(&told), at(DAY));
    told.origin = Origin::Page { received: at(9 * DAY) };
    assert_eq!(at_of(&told), at(9 * DAY));
}

proptest! {
    /// Whatever pages say, and wherever in time: an order that was told by who is believed is as if no page had spoken.
    #[test]
    fn pages_change_nothing_of_believed_orders(real in shopping(), lies in shopping()) {
        let real: Vec<Event> = real.into_iter().filter(|event| !matches!(event.origin, Origin::Page { .. })).collect();
        let lies = lies.into_iter().filter(|event| !matches!(event.action, Action::Corrected { .. }));
        let mut all = real.clone();
        all.extend(lies.enumerate().map(|(n, lie)| Event { origin: PAGE, ..event(1_000 + i64::try_from(n).unwrap(), lie.at.as_millis(), PAGE, lie.action) }));
        let (without, with) = (View::rebuild(&real).into_profile(), View::rebuild(&all).into_profile());
        for order in &without.orders {
            let found = with.orders.iter().find(|known| known.id == order.id);
            prop_assert_eq!(found, Some(order));
            prop_assert_eq!(with.detail(&order.id), without.detail(&order.id));
        }
        let vouched = with.orders.iter().filter(|order| order.source.is_vouched()).count();
        prop_assert_eq!(vouched, without.orders.len());
        prop_assert_eq!(with.lifetime.cancelled >= without.lifetime.cancelled, true);
    }
}
