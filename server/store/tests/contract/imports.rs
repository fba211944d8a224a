//! What imports bring, and what they refuse.

use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::{Sharing, SharingLevel},
    event::{Action, Event, Line, Purchase, port::Events},
    id::{CustomerId, OrderId, PhoneId, ProductId},
    identity::Identifier,
    ports::{Applied, Change, Customers, Imports, Profiles, SharingTold},
    profile::{Item, Profile, Size, Source, View},
    redacted::Redacted,
    time::Timestamp,
};
use shopbell_store::EmbeddedStore;

use crate::world::{World, at, customer, lyon};

fn product(number: usize) -> ProductId {
    ProductId::new(format!("p{number}")).unwrap()
}

fn order(number: i64, products: std::ops::Range<usize>) -> Change {
    let line = |number| Line { quantity: Some(1), ..Line::of(product(number)) };
    let purchase = Purchase {
        order: OrderId::new(format!("o{number}")).unwrap(),
        lines: products.map(line).collect(),
        total: None,
        coupon: None,
        store: None,
    };
    Change::Order { customer: customer("anna"), at: at(number * 86_400_000), source: Source::Web, purchase }
}

/// The view over what is kept of a customer without other identifiers.
async fn profile(store: &EmbeddedStore, customer: &CustomerId) -> Profile {
    View::rebuild(store.events_of(&Identifier::from(customer)).await.unwrap()).into_profile()
}

fn item(number: usize, millis: i64) -> Item {
    Item {
        product: product(number),
        name: None,
        size: Some("38".into()),
        quantity: 1,
        at: at(millis),
        source: Source::Web,
    }
}

fn one_change_of_each_kind() -> Vec<Change> {
    let anna = customer("anna");
    let sharing = Sharing { level: SharingLevel::Browsing, ..Sharing::default() };
    vec![
        Change::Customer {
            id: anna.clone(),
            name: Redacted::new("Anna".into()),
            sharing: Some(SharingTold { sharing, at: at(3) }),
        },
        Change::Phone { phone: PhoneId(7), customer: anna.clone() },
        Change::Product(Product::new(product(1), "Robe", "dresses")),
        Change::Stock {
            store: lyon(),
            product: product(1),
            pieces: vec![Stock::new(Some("38".into()), 2, at(3))],
        },
        // Before the cart: what is bought leaves it.
        order(0, 0..3),
        Change::Wish { customer: anna.clone(), item: item(1, 10) },
        Change::Cart { customer: anna.clone(), at: at(11), items: vec![item(2, 11)] },
        Change::View { customer: anna.clone(), item: item(3, 12) },
        Change::Size {
            customer: anna,
            size: Size { of: "shoes".into(), size: "38".into(), at: at(13), source: Source::Import },
        },
    ]
}

async fn imports(world: &mut impl World) {
    let anna = customer("anna");
    let store = world.open();
    assert_eq!(store.profile(&anna).await.unwrap(), Profile::default());
    let changes = one_change_of_each_kind();
    let kinds = changes.len();
    assert_eq!(store.apply(changes.clone()).await.unwrap(), vec![Applied::New; kinds]);
    assert_eq!(store.apply(changes).await.unwrap(), vec![Applied::Known; kinds]);
    assert_eq!(store.profile(&anna).await.unwrap(), Profile::default(), "whoever keeps views makes one");
    drop(store);

    let store = world.open();
    assert_eq!(store.stale(9).await.unwrap(), [Identifier::from(&anna)]);
    let profile = profile(&store, &anna).await;
    assert_eq!((profile.order_count, profile.bought.len()), (1, 3));
    assert_eq!(
        (profile.wish_list, profile.cart, profile.viewed),
        (vec![item(1, 10)], vec![item(2, 11)], vec![item(3, 12)])
    );
    assert_eq!(profile.sizes[0].size, "38");
    assert_eq!(store.product(&product(1)).await.unwrap().unwrap().name, "Robe");
    assert_eq!(store.product(&product(9)).await.unwrap(), None);
    assert_eq!(store.stock(&lyon(), &product(1)).await.unwrap().unwrap()[0].quantity, 2);
    assert_eq!(store.stock(&lyon(), &product(9)).await.unwrap(), None);
    assert_eq!(store.phone_owner(PhoneId(7)).await.unwrap(), Some(anna.clone()));
    assert_eq!(store.customer(&anna).await.unwrap().unwrap().consented_since, Timestamp::EPOCH);
    // Without sharing, a file leaves the customer's decision as it is.
    let renamed = Change::Customer { id: anna.clone(), name: Redacted::new("A.".into()), sharing: None };
    assert_eq!(store.apply(vec![renamed]).await.unwrap(), [Applied::New]);
    assert_eq!(store.customer(&anna).await.unwrap().unwrap().consent.sharing.level, SharingLevel::Browsing);
}

async fn refused_imports(world: &mut impl World) {
    use Applied::{Known, New, PhoneTaken, UnknownCustomer};

    let (anna, ben) = (customer("anna"), customer("ben"));
    let store = world.open();
    let known =
        |id: &CustomerId| Change::Customer { id: id.clone(), name: Redacted::default(), sharing: None };
    let answers = store
        .apply(vec![
            order(1, 0..1),
            Change::Phone { phone: PhoneId(1), customer: anna.clone() },
            known(&anna),
            known(&ben),
            order(1, 0..1),
            order(1, 0..1),
            Change::Phone { phone: PhoneId(1), customer: anna.clone() },
            Change::Phone { phone: PhoneId(1), customer: ben },
            Change::Wish { customer: customer("nobody"), item: item(1, 1) },
        ])
        .await
        .unwrap();
    assert_eq!(
        answers,
        [UnknownCustomer, UnknownCustomer, New, New, New, Known, New, PhoneTaken, UnknownCustomer],
        "in the order of the changes, each seeing those before it"
    );
    assert_eq!(profile(&store, &anna).await.order_count, 1);
    assert_eq!(store.phone_owner(PhoneId(1)).await.unwrap(), Some(anna));
}

/// More than one record, one part or one commit can take.
async fn heavy_household(world: &mut impl World) {
    let anna = customer("anna");
    let store = world.open();
    let mut changes = vec![Change::Customer { id: anna.clone(), name: Redacted::default(), sharing: None }];
    changes.extend((0..300).map(|number| {
        let first = usize::try_from(number).unwrap() * 5;
        order(number, first..first + 300)
    }));
    let answers = store.apply(changes.clone()).await.unwrap();
    assert!(answers.iter().all(|answer| *answer == Applied::New));
    drop(store);

    let store = world.open();
    let events = store.events_of(&Identifier::from(&anna)).await.unwrap();
    assert!(events.is_sorted_by_key(Event::position) && events.len() == 300);
    let lines = |event: &Event| match &event.action {
        Action::OrderPlaced(purchase) => purchase.lines.len(),
        _ => 0,
    };
    assert!(events.iter().all(|event| lines(event) == 300), "whole");
    let profile = profile(&store, &anna).await;
    assert_eq!((profile.order_count, profile.orders.len(), profile.bought.len()), (300, 20, 1_695));
    let often = profile.bought.iter().find(|bought| bought.product == product(700)).unwrap();
    assert_eq!((often.times, often.days.len()), (40, 12));
    let answers = store.apply(changes).await.unwrap();
    assert!(answers.iter().all(|answer| *answer == Applied::Known));
    let report = store.check(|_| {}).await.unwrap();
    assert_eq!(report.problems, [], "whole");
    assert_eq!((report.records["event"], report.records["name of a message"]), (300, 300));
}

contract!(imports, refused_imports, heavy_household);
