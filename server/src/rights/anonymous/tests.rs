use std::collections::{BTreeMap, BTreeSet};

use shopbell_domain::{
    event::{Correction, CouponStep, Disputed, Promise, ServiceKind, ServiceStep, Traits},
    id::{AssociateId, NoteId, ProductId, SourceId, StoreId, VisitId},
    money::{Currency, Money},
};

use super::*;

const AT: i64 = 1_795_000_123_456;
/// Planted in every field that somebody chooses freely.
const CANARY: &str = "canary";

fn seed(byte: u8) -> Seed {
    Seed::of(Redacted::new([byte; 32]))
}

fn line() -> Line {
    let price = Money { minor: 4_990, currency: "EUR".parse::<Currency>().unwrap() };
    Line {
        product: ProductId::new("coat-1").unwrap(),
        size: Some("38".to_owned()),
        quantity: Some(2),
        price: Some(price),
        name: Some(CANARY.to_owned()),
        brand: Some(CANARY.to_owned()),
        category: Some(CANARY.to_owned()),
        gift: true,
    }
}

fn order() -> OrderId {
    OrderId::new(format!("{CANARY}-17")).unwrap()
}

fn purchase() -> Purchase {
    Purchase {
        order: order(),
        lines: vec![line()],
        total: None,
        coupon: Some(CANARY.to_owned()),
        store: StoreId::new("lyon").ok(),
    }
}

fn event(action: Action) -> Event {
    let id = EventId { source: SourceId::new("web").unwrap(), message: MessageId::new(CANARY).unwrap() };
    let who = vec![Identifier::new(IdentifierKind::Email, "canary@example.com").unwrap()];
    let at = Timestamp::from_millis(AT);
    Event { id, at, who, origin: Origin::Web, privacy_control: false, action }
}

/// One of each kind.
fn actions() -> Vec<Action> {
    let text = || Some(CANARY.to_owned());
    let secret = || Redacted::new(CANARY.to_owned());
    let traits =
        Traits { name: Some(secret()), other: [(CANARY.to_owned(), secret())].into(), ..Traits::default() };
    vec![
        Action::ProductViewed(line()),
        Action::ListViewed { category: text() },
        Action::Searched { query: secret() },
        Action::ProductShared(line()),
        Action::CartAdded(line()),
        Action::CartRemoved(line()),
        Action::CartIs(vec![line()]),
        Action::CheckoutStarted(vec![line()]),
        Action::CheckoutStep { step: Some(2) },
        Action::OrderPlaced(purchase()),
        Action::OrderUpdated(purchase()),
        Action::OrderRefunded { order: order(), refund: text(), lines: vec![line()], amount: None },
        Action::OrderCancelled { order: order() },
        Action::Coupon { code: CANARY.to_owned(), step: CouponStep::Applied },
        Action::WishAdded(line()),
        Action::WishRemoved(line()),
        Action::WishToCart(line()),
        Action::Reviewed { product: line().product, rating_tenths: Some(40) },
        Action::Designed {
            product: line().product,
            design: CANARY.to_owned(),
            choices: BTreeMap::from([(CANARY.to_owned(), CANARY.to_owned())]),
        },
        Action::Preferred { name: CANARY.to_owned(), value: text() },
        Action::Identified(traits),
        Action::PageViewed { page: text() },
        Action::Other { name: CANARY.to_owned(), told: Some(Redacted::new(CANARY.to_owned())) },
        Action::Corrected { what: Disputed::Order(order()), how: Correction::Gift },
        Action::Noted {
            note: NoteId(7),
            author: AssociateId::new(CANARY).unwrap(),
            store: StoreId::new("lyon").unwrap(),
            visit: VisitId(9),
            text: Some(secret()),
            promise: Some(Promise { due: Timestamp::from_secs(9), kept: false }),
        },
        Action::Service(ServiceTold {
            service: CANARY.parse().unwrap(),
            kind: ServiceKind::Repair,
            step: ServiceStep::Ready,
            store: Some(StoreId::new("lyon").unwrap()),
            until: Some(Timestamp::from_secs(9)),
            order: Some(order()),
            lines: vec![line()],
        }),
    ]
}

#[test]
fn nothing_that_somebody_chose_stays() {
    let mut left = 0;
    for action in actions() {
        let Some(event) = anonymous(&event(action), &seed(1)).unwrap() else { continue };
        let text = serde_json::to_string(&event).unwrap();
        assert!(!text.to_lowercase().contains(CANARY), "{text}");
        assert!(matches!(event.who.as_slice(), [one] if one.kind() == IdentifierKind::Anonymous), "{text}");
        left += 1;
    }
    assert_eq!(left, 19, "the others tell of a person and nothing else");
}

#[test]
fn what_is_counted_stays() {
    let event = anonymous(&event(Action::OrderPlaced(purchase())), &seed(1)).unwrap().unwrap();
    assert_eq!(event.at, Timestamp::from_millis(AT - AT % HOUR_MS));
    let Action::OrderPlaced(left) = event.action else { panic!("{:?}", event.action) };
    let [only] = left.lines.as_slice() else { panic!("{left:?}") };
    assert_eq!((only.size.as_deref(), only.quantity, only.price), (Some("38"), Some(2), line().price));
    assert_eq!((left.store, left.coupon), (StoreId::new("lyon").ok(), None));
}

#[test]
fn a_text_in_the_place_of_a_size_goes() {
    let engraved = Line { size: Some("for Camille".to_owned()), ..line() };
    assert_eq!(bare(&engraved).size, None);
}

#[test]
fn the_same_again_is_the_same_and_another_seed_is_another_nobody() {
    let placed = event(Action::OrderPlaced(purchase()));
    let first = anonymous(&placed, &seed(1)).unwrap();
    assert_eq!(anonymous(&placed, &seed(1)).unwrap(), first);
    let (first, other) = (first.unwrap(), anonymous(&placed, &seed(2)).unwrap().unwrap());
    assert_ne!((&first.id, &first.who), (&other.id, &other.who));
}

#[test]
fn orders_are_told_together_and_days_apart() {
    let day = |days: i64, action| {
        let at = Timestamp::from_millis(AT + days * DAY_MS);
        anonymous(&Event { at, ..event(action) }, &seed(1)).unwrap().unwrap()
    };
    let placed = day(0, Action::OrderPlaced(purchase()));
    let back = day(3, Action::OrderCancelled { order: order() });
    let number = |event: &Event| match &event.action {
        Action::OrderPlaced(purchase) => purchase.order.clone(),
        Action::OrderCancelled { order } => order.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(number(&placed), number(&back));
    let nobodies: BTreeSet<_> = [&placed, &back].into_iter().flat_map(|event| event.who.clone()).collect();
    assert_eq!(nobodies.len(), 2);
}
