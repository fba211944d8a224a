//! Orders of tills, joined to visits.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    event::{Action, Correction, Disputed, Event, EventId, Line, Origin, Purchase},
    id::{MessageId, OrderId, ProductId, SourceId},
    identity::Identifier,
    profile::View,
};

fn number(id: u32) -> OrderId {
    OrderId::new(format!("o{id}")).unwrap()
}

fn order(id: u32, minutes: f64) -> TillOrder {
    TillOrder { order: number(id), at: at(minutes), total: None, pieces: 2 }
}

fn tell(shop: &mut Shop, orders: Vec<TillOrder>) -> Vec<VisitId> {
    shop.visits.tell_orders(&customer("c1"), TillOrders::all(orders))
}

fn orders(shop: &Shop, id: VisitId) -> Vec<String> {
    shop.visit(id).orders.iter().map(|order| order.order.to_string()).collect()
}

/// One visit of minutes 0 to 5.
fn one_visit() -> (Shop, VisitId) {
    let mut shop = Shop::new();
    let visit = shop.enter("door", 1, 0.0);
    shop.leave("door", 1, 5.0);
    (shop, visit)
}

#[test]
fn it_is_joined_during_the_visit_and_a_quarter_of_an_hour_after() {
    let (mut shop, visit) = one_visit();
    let told = vec![order(1, -0.1), order(2, 0.0), order(3, 20.0), order(4, 20.1)];
    assert_eq!(tell(&mut shop, told.clone()), [visit]);
    assert_eq!(orders(&shop, visit), ["o2", "o3"]);
    shop.visits.take_changed();
    assert_eq!(tell(&mut shop, told), [], "the same told twice is once");
    assert_eq!(shop.visits.take_changed(), []);
}

#[test]
fn one_between_two_visits_is_of_the_one_before_and_one_of_the_second_is_not_of_the_first() {
    let (mut shop, first) = one_visit();
    let second = shop.enter("door", 2, 16.0);
    assert_ne!(first, second);
    tell(&mut shop, vec![order(1, 15.5), order(2, 16.5)]);
    assert_eq!((orders(&shop, first), orders(&shop, second)), (vec!["o1".into()], vec!["o2".into()]));
}

#[test]
fn an_order_that_was_there_before_its_visit_waits_for_it() {
    let mut shop = Shop::new();
    shop.enter("door", 1, 200.0);
    tell(&mut shop, vec![order(1, 3.0)]);
    // An hour late.
    let visit = shop.enter("shoes", 2, 0.0);
    assert_eq!(orders(&shop, visit), ["o1"]);
}

#[test]
fn what_is_taken_back_leaves_also_a_withdrawn_visit_and_nothing_joins_that_one() {
    let (mut shop, visit) = one_visit();
    tell(&mut shop, vec![order(1, 1.0), order(2, 2.0)]);
    shop.visits.withdraw(&customer("c1"), at(6.0));
    tell(&mut shop, vec![order(2, 2.0), order(3, 3.0)]);
    assert_eq!(orders(&shop, visit), ["o2"]);
    tell(&mut shop, vec![]);
    assert_eq!(orders(&shop, visit), [""; 0]);
}

#[test]
fn what_a_full_profile_does_not_tell_any_more_stays_unless_it_is_taken_back() {
    let (mut shop, visit) = one_visit();
    tell(&mut shop, vec![order(1, 1.0), order(2, 2.0)]);
    let full = || TillOrders::all(vec![]).missing_before(at(100.0));
    shop.visits.tell_orders(&customer("c1"), full());
    assert_eq!(orders(&shop, visit), ["o1", "o2"], "they may have fallen out");
    shop.visits.tell_orders(&customer("c1"), full().standing(BTreeSet::from([number(2)])));
    assert_eq!(orders(&shop, visit), ["o2"]);
}

#[test]
fn visits_that_prove_to_be_one_keep_what_was_joined_to_each_also_while_nothing_is_told() {
    let mut shop = Shop::new();
    let first = shop.enter("door", 1, 0.0);
    shop.leave("door", 1, 1.0);
    let second = shop.enter("door", 2, 18.0);
    tell(&mut shop, vec![order(1, 0.5), order(2, 19.0)]);
    assert_eq!((orders(&shop, first), orders(&shop, second)), (vec!["o1".into()], vec!["o2".into()]));
    let stored: Vec<Visit> = shop.visits.all().cloned().collect();
    let mut later = Shop::new();
    later.visits.load(stored);
    assert_eq!(later.visits.lacking_orders(), BTreeSet::from([customer("c1")]));
    let joined = later.enter("shoes", 3, 9.0);
    assert_eq!(orders(&later, joined), ["o1", "o2"]);
    later.visits.take_over_orders(&mut shop.visits);
    assert!(!later.visits.lacks_orders(&customer("c1")));
    assert_eq!(orders(&later, joined), ["o1", "o2"]);
}

#[test]
fn a_customer_who_was_never_here_is_not_remembered() {
    let mut shop = Shop::new();
    assert_eq!(tell(&mut shop, vec![order(1, 1.0)]), []);
    assert!(shop.visits.lacks_orders(&customer("c1")));
}

fn event(id: u32, minutes: f64, origin: Origin, action: Action) -> Event {
    let source = SourceId::new("till").unwrap();
    let message = MessageId::new(format!("m{id}")).unwrap();
    let who = vec![Identifier::from(&customer("c1"))];
    Event { id: EventId { source, message }, at: at(minutes), who, origin, privacy_control: false, action }
}

fn bought(id: u32, store: Option<&str>) -> Action {
    let lines = vec![Line { quantity: Some(3), ..Line::of(ProductId::new("coat").unwrap()) }];
    let store = store.map(|store| StoreId::new(store).unwrap());
    Action::OrderPlaced(Purchase { order: number(id), lines, total: None, coupon: None, store })
}

fn known(events: &[Event]) -> Vec<(String, u32)> {
    let profile = View::rebuild(events).into_profile();
    let orders = TillOrders::of(&profile, &StoreId::new(STORE).unwrap());
    orders.orders().iter().map(|order| (order.order.to_string(), order.pieces)).collect()
}

#[test]
fn a_profile_tells_the_orders_of_this_shops_tills_and_of_nothing_else() {
    let mut events = vec![
        event(1, 1.0, Origin::Till, bought(1, Some(STORE))),
        event(2, 2.0, Origin::Till, bought(2, Some("paris"))),
        event(3, 3.0, Origin::Till, bought(3, None)),
        event(4, 4.0, Origin::Web, bought(4, Some(STORE))),
        // Placed in the web shop, paid at the till.
        event(5, 5.0, Origin::Till, bought(4, Some(STORE))),
        event(6, 6.0, Origin::Till, bought(6, Some(STORE))),
        event(7, 7.0, Origin::Till, bought(7, Some(STORE))),
        event(8, 8.0, Origin::Till, Action::OrderCancelled { order: number(6) }),
    ];
    let not_me = Action::Corrected { what: Disputed::Order(number(7)), how: Correction::NotMe };
    events.push(event(9, 9.0, Origin::Customer, not_me));
    assert_eq!(known(&events), [("o1".to_owned(), 3), ("o4".to_owned(), 3)]);
}

/// What comes to a shop, in any order.
#[derive(Debug, Clone)]
enum News {
    Heard(&'static str, u8, u16),
    /// All orders up to this many are known.
    Orders(usize),
}

fn news() -> impl Strategy<Value = (Vec<u16>, Vec<News>)> {
    let stay = (any::<bool>(), 0_u16..240, prop::collection::vec(1_u16..9, 0..6));
    let stays = prop::collection::vec(stay, 0..8);
    (prop::collection::vec(0_u16..300, 0..12), stays).prop_flat_map(|(orders, stays)| {
        let mut all: Vec<News> = (0..=orders.len()).map(News::Orders).collect();
        // Each time with a token of its own, so that the news may come in any order.
        let mut tokens = 0..;
        let mut heard = |door: bool, minute| {
            let zone = if door { "door" } else { "shoes" };
            News::Heard(zone, tokens.next().unwrap(), minute)
        };
        for (door, from, gaps) in stays {
            all.push(heard(door, from));
            let mut minute = from;
            for gap in gaps {
                minute += gap;
                all.push(heard(door, minute));
            }
        }
        (Just(orders), Just(all).prop_shuffle())
    })
}

/// The visits with their orders, and each order at most once.
fn after(orders: &[u16], news: &[News]) -> Vec<(Timestamp, Timestamp, Vec<TillOrder>)> {
    let mut shop = Shop::new();
    let mut known = 0;
    let all = |count: usize| -> Vec<TillOrder> {
        let first = orders.iter().zip(0_u32..).take(count);
        first.map(|(minute, id)| order(id, f64::from(*minute))).collect()
    };
    for news in news {
        match news {
            News::Heard(zone, token, minute) => {
                shop.enter(zone, *token, f64::from(*minute));
                if shop.visits.lacks_orders(&customer("c1")) {
                    tell(&mut shop, all(known));
                }
            }
            News::Orders(count) => {
                known = known.max(*count);
                tell(&mut shop, all(known));
            }
        }
        let joined: Vec<&OrderId> =
            shop.visits.all().flat_map(|visit| &visit.orders).map(|order| &order.order).collect();
        assert_eq!(
            joined.len(),
            joined.iter().collect::<BTreeSet<_>>().len(),
            "an order is in one visit at most"
        );
    }
    let mut seen: Vec<_> =
        shop.visits.all().map(|visit| (visit.began, visit.last_heard, visit.orders.clone())).collect();
    seen.sort_by_key(|(began, ..)| *began);
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_order_of_arrival_gives_the_same_joins((orders, news) in news()) {
        let mut sorted = news.clone();
        sorted.sort_by_key(|news| match news {
            News::Heard(_, _, minute) => (0, *minute),
            News::Orders(_) => (1, 0),
        });
        let joined = after(&orders, &news);
        prop_assert_eq!(&joined, &after(&orders, &sorted));
        for (minute, id) in orders.iter().zip(0_u32..) {
            let time = at(f64::from(*minute));
            let last = joined.iter().rfind(|(began, ..)| *began <= time);
            let belongs = last.is_some_and(|(_, last_heard, _)| time <= *last_heard + PAID_AFTER);
            let holds = last.is_some_and(|(.., orders)| orders.iter().any(|order| order.order == number(id)));
            prop_assert_eq!(belongs, holds);
        }
    }
}
