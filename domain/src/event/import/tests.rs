use super::*;
use crate::{
    event::{Purchase, ServiceKind, ServiceStep},
    example::{NOW, days_ago, item},
    id::{OrderId, PhoneId, ProductId},
    money::Money,
    profile::View,
};

fn anna() -> CustomerId {
    CustomerId::new("anna").unwrap()
}

fn order(id: &str) -> Change {
    let line = |id: &str, quantity| Line {
        quantity: Some(quantity),
        price: Some(euros(9)),
        size: Some("38".to_owned()),
        category: Some("Care".to_owned()),
        ..Line::of(ProductId::new(id).unwrap())
    };
    let purchase = Purchase {
        order: OrderId::new(id).unwrap(),
        lines: vec![line("soap", 2), line("socks", 0)],
        total: Some(euros(17)),
        coupon: None,
        store: Some("lyon".parse().unwrap()),
    };
    Change::Order { customer: anna(), at: days_ago(30), source: Source::Till, purchase }
}

fn euros(euros: i64) -> Money {
    Money { minor: euros * 100, currency: "EUR".parse().unwrap() }
}

fn changes() -> Vec<Change> {
    let wish = item("coat", Some("38"), days_ago(9));
    let size = Size { of: "coats".into(), size: "38".into(), at: days_ago(99), source: Source::Import };
    let carted = [item("shirt", None, NOW), Item { quantity: 2, ..item("hat", Some("M"), days_ago(2)) }];
    vec![
        Change::Phone { phone: PhoneId(1), customer: anna() },
        order("o1"),
        Change::Wish { customer: anna(), item: wish },
        Change::View { customer: anna(), item: item("boots", None, days_ago(1)) },
        Change::Size { customer: anna(), size },
        Change::Cart { customer: anna(), at: NOW, items: carted.to_vec() },
        Change::Service { customer: anna(), at: days_ago(1), told: parcel() },
    ]
}

fn parcel() -> ServiceTold {
    ServiceTold {
        service: "r-9".parse().unwrap(),
        kind: ServiceKind::Repair,
        step: ServiceStep::Ready,
        store: Some("lyon".parse().unwrap()),
        until: None,
        order: None,
        lines: vec![Line::of(ProductId::new("boots").unwrap())],
    }
}

fn events(changes: &[Change]) -> Vec<Event> {
    changes.iter().flat_map(|change| Event::of_import(change).unwrap()).collect()
}

#[test]
fn imported_facts_come_out_as_they_were() {
    let profile = View::rebuild(events(&changes())).into_profile();
    let known = &profile.orders[0];
    assert_eq!((known.id.as_str(), known.at, known.source), ("o1", days_ago(30), Source::Till));
    let lines: Vec<_> = known.lines.iter().map(|line| (line.product.as_str(), line.quantity)).collect();
    assert_eq!(lines, [("soap", 2), ("socks", 0)]);
    let detail = &profile.order_details[0];
    assert_eq!((detail.total, detail.lines[0].price), (Some(euros(17)), Some(euros(9))));
    assert_eq!(detail.in_shop.as_ref().map(|paid| paid.store.as_str()), Some("lyon"));
    assert_eq!((profile.order_count, profile.bought.len(), profile.bought_sizes.len()), (1, 1, 1));
    assert_eq!((profile.lifetime.pieces, &profile.lifetime.spend), (2, &vec![euros(17)]));
    for change in changes() {
        match change {
            Change::Wish { item, .. } => assert_eq!(profile.wish_list, [item]),
            Change::View { item, .. } => assert_eq!(profile.viewed, [item]),
            Change::Size { size, .. } => assert_eq!(profile.sizes, [size]),
            Change::Cart { items, .. } => assert_eq!(profile.cart, items),
            Change::Service { at, .. } => {
                let [known] = profile.services.as_slice() else { panic!("{:?}", profile.services) };
                assert_eq!((known.at, known.source, known.is_ready(NOW)), (at, Source::Import, true));
                assert_eq!((known.id.as_str(), known.lines[0].product.as_str()), ("r-9", "boots"));
            }
            _ => {}
        }
    }
}

#[test]
fn the_same_change_is_the_same_event() {
    assert_eq!(events(&changes()), events(&changes()));
    let told = events(&changes());
    let names: std::collections::BTreeSet<_> = told.iter().map(|event| &event.id).collect();
    assert_eq!(
        (names.len(), told.len()),
        (7, 7),
        "an order, a wish, a look, a size, a cart of two, and a repair"
    );
    let Change::Order { customer, source, purchase, .. } = order("o1") else { panic!("an order") };
    let moved = Change::Order { customer, at: NOW, source, purchase };
    assert_eq!(events(&[order("o1")])[0].id, events(&[moved])[0].id, "an order is its number");
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
