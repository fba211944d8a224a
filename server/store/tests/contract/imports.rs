//! What imports bring, and what they refuse.

use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::{Sharing, SharingLevel},
    id::{CustomerId, OrderId, PhoneId, ProductId},
    ports::{Applied, Change, Customers, Imports, Profiles, SharingTold},
    profile::{Item, Order, OrderLine, Size, Source},
    redacted::Redacted,
    time::Timestamp,
};

use crate::world::{World, at, customer, lyon};

fn product(number: usize) -> ProductId {
    ProductId::new(format!("p{number}")).unwrap()
}

fn order(number: i64, products: std::ops::Range<usize>) -> Order {
    let lines =
        products.map(|number| OrderLine { product: product(number), size: None, quantity: 1 }).collect();
    Order {
        id: OrderId::new(format!("o{number}")).unwrap(),
        at: at(number * 86_400_000),
        source: Source::Web,
        lines,
    }
}

fn item(number: usize, millis: i64) -> Item {
    Item {
        product: product(number),
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
        Change::Order { customer: anna.clone(), order: order(1, 0..3) },
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
    assert_eq!(store.profile(&anna).await.unwrap(), shopbell_domain::profile::Profile::default());
    let changes = one_change_of_each_kind();
    let kinds = changes.len();
    assert_eq!(store.apply(changes.clone()).await.unwrap(), vec![Applied::New; kinds]);
    assert_eq!(store.apply(changes).await.unwrap(), vec![Applied::Known; kinds]);
    drop(store);

    let store = world.open();
    let profile = store.profile(&anna).await.unwrap();
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
            Change::Order { customer: anna.clone(), order: order(1, 0..1) },
            Change::Phone { phone: PhoneId(1), customer: anna.clone() },
            known(&anna),
            known(&ben),
            Change::Order { customer: anna.clone(), order: order(1, 0..1) },
            Change::Order { customer: anna.clone(), order: order(1, 0..1) },
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
    assert_eq!(store.profile(&anna).await.unwrap().order_count, 1);
    assert_eq!(store.phone_owner(PhoneId(1)).await.unwrap(), Some(anna));
}

/// More than one record, one part or one commit can take.
async fn heavy_household(world: &mut impl World) {
    let anna = customer("anna");
    let store = world.open();
    let mut changes = vec![Change::Customer { id: anna.clone(), name: Redacted::default(), sharing: None }];
    changes.extend((0..300).map(|number| {
        let first = usize::try_from(number).unwrap() * 5;
        Change::Order { customer: anna.clone(), order: order(number, first..first + 300) }
    }));
    let answers = store.apply(changes.clone()).await.unwrap();
    assert!(answers.iter().all(|answer| *answer == Applied::New));
    drop(store);

    let store = world.open();
    let profile = store.profile(&anna).await.unwrap();
    assert_eq!((profile.order_count, profile.orders.len(), profile.bought.len()), (300, 20, 1_795));
    let often = profile.bought.iter().find(|bought| bought.product == product(700)).unwrap();
    assert_eq!((often.times, often.days.len()), (60, 12));
    assert_eq!(profile.orders[0], order(299, 1_495..1_795));
    let orders = store.orders(&anna, 1_000).await.unwrap();
    assert_eq!((orders.len(), &orders[299]), (300, &order(0, 0..300)));
    assert_eq!(store.orders(&anna, 2).await.unwrap(), [order(299, 1_495..1_795), order(298, 1_490..1_790)]);
    let answers = store.apply(changes).await.unwrap();
    assert!(answers.iter().all(|answer| *answer == Applied::Known));
    let report = store.check(|_| {}).await.unwrap();
    assert_eq!(report.problems, [], "whole");
    assert_eq!((report.records["order"], report.records["profile"]), (300, 1));
}

contract!(imports, refused_imports, heavy_household);
