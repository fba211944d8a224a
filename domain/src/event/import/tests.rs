use super::*;
use crate::{
    example::{NOW, days_ago, item},
    id::{OrderId, PhoneId, ProductId},
    profile::{OrderLine, View},
};

fn anna() -> CustomerId {
    CustomerId::new("anna").unwrap()
}

fn order(id: &str) -> Order {
    let line = |id: &str, quantity| OrderLine { product: ProductId::new(id).unwrap(), size: None, quantity };
    Order {
        id: OrderId::new(id).unwrap(),
        at: days_ago(30),
        source: Source::Till,
        lines: vec![line("soap", 2), line("socks", 0)],
    }
}

fn changes() -> Vec<Change> {
    let wish = item("coat", Some("38"), days_ago(9));
    let size = Size { of: "coats".into(), size: "38".into(), at: days_ago(99), source: Source::Import };
    let carted = [item("shirt", None, NOW), Item { quantity: 2, ..item("hat", Some("M"), days_ago(2)) }];
    vec![
        Change::Phone { phone: PhoneId(1), customer: anna() },
        Change::Order { customer: anna(), order: order("o1") },
        Change::Wish { customer: anna(), item: wish },
        Change::View { customer: anna(), item: item("boots", None, days_ago(1)) },
        Change::Size { customer: anna(), size },
        Change::Cart { customer: anna(), at: NOW, items: carted.to_vec() },
    ]
}

fn events(changes: &[Change]) -> Vec<Event> {
    changes.iter().flat_map(|change| Event::of_import(change).unwrap()).collect()
}

#[test]
fn imported_facts_come_out_as_they_were() {
    let profile = View::rebuild(events(&changes())).into_profile();
    assert_eq!(profile.orders, [order("o1")]);
    assert_eq!((profile.order_count, profile.bought.len()), (1, 1));
    for change in changes() {
        match change {
            Change::Wish { item, .. } => assert_eq!(profile.wish_list, [item]),
            Change::View { item, .. } => assert_eq!(profile.viewed, [item]),
            Change::Size { size, .. } => assert_eq!(profile.sizes, [size]),
            Change::Cart { items, .. } => assert_eq!(profile.cart, items),
            _ => {}
        }
    }
}

#[test]
fn the_same_change_is_the_same_event() {
    assert_eq!(events(&changes()), events(&changes()));
    let told = events(&changes());
    let names: std::collections::BTreeSet<_> = told.iter().map(|event| &event.id).collect();
    assert_eq!((names.len(), told.len()), (6, 6), "an order, a wish, a look, a size, and a cart of two");
    let moved = Order { at: NOW, ..order("o1") };
    let [first, second] = [order("o1"), moved].map(|order| Change::Order { customer: anna(), order });
    assert_eq!(events(&[first])[0].id, events(&[second])[0].id, "an order is its number");
}

#[test]
fn an_event_names_its_customer() {
    for event in events(&changes()) {
        let [who] = event.who.as_slice() else { panic!("one identifier: {:?}", event.who) };
        assert_eq!(
            (who.kind(), who.value().reveal().as_str()),
            (crate::identity::IdentifierKind::Customer, "anna")
        );
    }
}
