//! What files tell and what the web shop tells are one profile, in whatever order they come.

use proptest::{prelude::*, test_runner::TestRunner};
use shopbell_domain::{
    event::{Action, Line, Origin, Purchase},
    id::{OrderId, ProductId, StoreId, VisitId},
    money::Money,
    ports::{Applied, Change, Imports as _, Ledger as _},
    profile::{Item, Size, Source as Told},
    visit::Visit,
};

use super::*;
use crate::online::{MadeAnew, make_views_anew};

fn anna() -> CustomerId {
    CustomerId::new("anna").unwrap()
}

fn product(number: u32) -> ProductId {
    ProductId::new(format!("p{number}")).unwrap()
}

fn hour(hour: i64) -> Timestamp {
    Timestamp::from_millis(NOW - 3_600_000 * (100 - hour))
}

fn purchase(number: u32) -> Purchase {
    let euros = |euros| Some(Money { minor: euros * 100, currency: "EUR".parse().unwrap() });
    let line = |product_number, size: &str| Line {
        size: Some(size.to_owned()),
        quantity: Some(number % 3),
        price: euros(10),
        category: Some("Coats".to_owned()),
        brand: Some("Loden".to_owned()),
        ..Line::of(product(product_number))
    };
    Purchase {
        order: OrderId::new(format!("o{number}")).unwrap(),
        lines: vec![line(number % 4, "38"), line(9, "M")],
        total: euros(i64::from(number) * 7),
        coupon: None,
        store: Some(StoreId::new("lyon").unwrap()),
    }
}

/// An order of a file: all that it says follows from its number, as files of one retailer agree.
fn order(number: u32) -> Change {
    Change::Order {
        customer: anna(),
        at: hour(i64::from(number) * 7),
        source: Told::Till,
        purchase: purchase(number),
    }
}

fn a_line_of_a_file() -> impl Strategy<Value = Change> {
    let item = |(number, at): (u32, i64)| Item {
        product: product(number),
        name: None,
        size: None,
        quantity: 1,
        at: hour(at),
        source: Told::Web,
    };
    let one = || (0..4_u32, 0..99_i64);
    prop_oneof![
        4 => (0..9_u32).prop_map(order),
        1 => one().prop_map(move |one| Change::Wish { customer: anna(), item: item(one) }),
        1 => one().prop_map(move |one| Change::View { customer: anna(), item: item(one) }),
        1 => (one(), 0..99_i64).prop_map(move |(one, at)| Change::Cart {
            customer: anna(),
            at: hour(at),
            items: vec![item(one)],
        }),
        1 => (0..3_u32, 0..99_i64).prop_map(|(size, at)| Change::Size {
            customer: anna(),
            size: Size { of: "shoes".into(), size: size.to_string(), at: hour(at), source: Told::Import },
        }),
    ]
}

/// What the web shop tells of Anna, of her browser, or of both.
fn an_action() -> impl Strategy<Value = (i64, usize, Action)> {
    let line = || (0..4_u32).prop_map(|number| Line { quantity: Some(1), ..Line::of(product(number)) });
    let id = || (0..9_u32).prop_map(|number| OrderId::new(format!("o{number}")).unwrap());
    let action = prop_oneof![
        line().prop_map(Action::CartAdded),
        line().prop_map(Action::WishAdded),
        line().prop_map(Action::WishRemoved),
        line().prop_map(Action::ProductViewed),
        (0..9_u32).prop_map(|number| Action::OrderPlaced(purchase(number))),
        id().prop_map(|order| Action::OrderCancelled { order }),
        id().prop_map(|order| Action::OrderRefunded { order, refund: None, lines: vec![], amount: None }),
    ];
    (0..99_i64, 0..3_usize, action)
}

/// One thing that is told of Anna.
#[derive(Debug, Clone)]
enum Step {
    Line(Change),
    Event(Event),
    /// An import ends here.
    Views,
}

fn steps() -> impl Strategy<Value = (Vec<Step>, Vec<Step>)> {
    let lines = prop::collection::vec(a_line_of_a_file(), 0..12);
    let actions = prop::collection::vec(an_action(), 0..12);
    (lines, actions).prop_flat_map(|(lines, actions)| {
        let events = actions.into_iter().enumerate().map(|(number, (at, who, action))| {
            let whose = [vec![customer("anna")], vec![browser("b1")], vec![customer("anna"), browser("b1")]];
            Step::Event(Event {
                id: EventId {
                    source: SourceId::new("web").unwrap(),
                    message: MessageId::new(format!("m{number}")).unwrap(),
                },
                at: hour(at),
                who: whose[who].clone(),
                origin: Origin::Web,
                privacy_control: false,
                action,
            })
        });
        let steps: Vec<Step> =
            lines.into_iter().map(Step::Line).chain(events).chain([Step::Views, Step::Views]).collect();
        (Just(steps.clone()).prop_shuffle(), Just(steps).prop_shuffle())
    })
}

async fn lived(steps: &[Step]) -> (Option<View>, Vec<Event>) {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let store = &desk.store;
    let known = Change::Customer { id: anna(), name: Redacted::default(), sharing: None };
    store.apply(vec![known]).await.unwrap();
    for step in steps {
        match step {
            Step::Line(change) => drop(store.apply(vec![change.clone()]).await.unwrap()),
            Step::Event(event) => desk.applier.told(event.clone()).await.unwrap(),
            Step::Views => drop(make_views_anew(store, store, &readings(), |_| ()).await.unwrap()),
        }
    }
    desk.applier.refresh().await.unwrap();
    let view = store.view(&anna()).await.unwrap();
    // The same files once more.
    for step in steps {
        if let Step::Line(change) = step {
            assert_eq!(store.apply(vec![change.clone()]).await.unwrap(), [Applied::Known]);
        }
    }
    assert_eq!(store.stale(9).await.unwrap(), [], "nothing changed");
    let mut events = store.events_of(&customer("anna")).await.unwrap();
    if events.iter().any(|event| event.who.len() > 1) {
        events.extend(store.events_of(&browser("b1")).await.unwrap());
    }
    (view, events)
}

#[test]
fn imports_and_events_give_the_same_profile_in_any_order() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut runner = TestRunner::new(ProptestConfig { cases: 200, ..ProptestConfig::default() });
    let told = runner.run(&steps(), |(one, other)| {
        let ((one, events), (other, _)) =
            runtime.block_on(async { (lived(&one).await, lived(&other).await) });
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.unwrap_or_default().into_profile(), View::rebuild(events).into_profile());
        Ok(())
    });
    told.unwrap();
}

async fn with_anna() -> EmbeddedStore {
    let store = EmbeddedStore::in_memory();
    let known = Change::Customer { id: anna(), name: Redacted::default(), sharing: None };
    store.apply(vec![known]).await.unwrap();
    store
}

#[tokio::test]
async fn an_order_of_a_file_counts_as_one_of_a_till() {
    let store = with_anna().await;
    store.apply(vec![order(4), order(5)]).await.unwrap();
    let made = make_views_anew(&store, &store, &readings(), |_| ()).await.unwrap();
    assert_eq!(made, MadeAnew { views: 1, left: 0 });
    let profile = store.profile(&anna()).await.unwrap();
    assert_eq!((profile.order_count, profile.lifetime.pieces), (2, 6));
    assert_eq!(profile.lifetime.spend[0].minor, 6_300);
    assert_eq!(profile.detail(&purchase(5).order).unwrap().total, purchase(5).total);
    let sizes: Vec<_> = profile.bought_sizes.iter().map(|known| (&*known.size, known.bought.times)).collect();
    assert_eq!(sizes, [("38", 2), ("M", 2)]);
}

#[tokio::test]
async fn of_whom_somebody_must_be_told_the_next_server_makes_the_view() {
    let store = with_anna().await;
    let lyon = StoreId::new("lyon").unwrap();
    let visit = Visit::new(VisitId(1), anna(), lyon.clone(), hour(6));
    store.put_visits(vec![visit]).await.unwrap();
    store.apply(vec![order(1)]).await.unwrap();
    for _ in 0..2 {
        let made = make_views_anew(&store, &store, &readings(), |_| ()).await.unwrap();
        assert_eq!(made, MadeAnew { views: 0, left: 1 });
        assert_eq!(store.view(&anna()).await.unwrap(), None);
    }
    let desk = Desk::on(store.clone());
    desk.applier.refresh().await.unwrap();
    assert_eq!(desk.profile("anna").await.order_count, 1);
    let told = desk.told.0.lock().unwrap().clone();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].orders[&lyon].orders()[0].order, purchase(1).order, "its visit is found");
    assert_eq!(store.stale(9).await.unwrap(), []);
}

#[tokio::test]
async fn who_asked_for_privacy_is_left_to_the_next_server_too() {
    let store = with_anna().await;
    let event = Event {
        id: EventId { source: SourceId::new("web").unwrap(), message: MessageId::new("m").unwrap() },
        at: hour(3),
        who: vec![customer("anna")],
        origin: Origin::Web,
        privacy_control: true,
        action: Action::WishAdded(Line::of(product(1))),
    };
    let effects = Effects { events: vec![event], stale: vec![customer("anna")], ..Effects::default() };
    store.write_effects(effects).await.unwrap();
    let made = make_views_anew(&store, &store, &readings(), |_| ()).await.unwrap();
    assert_eq!(made, MadeAnew { views: 0, left: 1 });
    let desk = Desk::on(store);
    desk.applier.refresh().await.unwrap();
    assert_eq!(*desk.told.1.lock().unwrap(), [(anna(), hour(3))]);
}
