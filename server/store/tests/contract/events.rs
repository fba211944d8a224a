//! What every store owes those who make profiles of events, in memory and on disk.

use shopbell_domain::{
    event::{
        Action, Event, EventId, Line, Origin,
        port::{Effects, Events},
    },
    id::{CustomerId, MessageId, ProductId, SourceId},
    identity::{Evidence, Identifier, IdentifierKind, port::Identities},
    inbox::{Failure, Inbox, InboxNumber, Message, Settlement},
    ports::{Applied, Change, Customers, Imports, Profiles, StoreError},
    profile::{Item, Source, View},
    redacted::Redacted,
};

use crate::world::{World, at, is_whole};

fn anna() -> CustomerId {
    CustomerId::new("anna").unwrap()
}

fn product(name: &str) -> ProductId {
    ProductId::new(name).unwrap()
}

fn browser(name: &str) -> Identifier {
    Identifier::new(IdentifierKind::Anonymous, name).unwrap()
}

fn named(name: &str) -> EventId {
    EventId { source: SourceId::new("web").unwrap(), message: MessageId::new(name).unwrap() }
}

fn wish(name: &str, when: i64, who: Vec<Identifier>) -> Event {
    Event {
        id: named(name),
        at: at(when),
        who,
        origin: Origin::Web,
        privacy_control: false,
        action: Action::WishAdded(Line::of(product(name))),
    }
}

fn message(name: &str) -> Message {
    Message {
        id: named(name),
        received: at(1_000),
        sent: None,
        privacy_control: false,
        body: Redacted::new(b"{}".to_vec()),
    }
}

async fn events_stand_under_their_home_in_canonical_order(world: &mut impl World) {
    let store = world.open();
    let here = vec![Identifier::from(&anna()), browser("b1")];
    let mut of_anna: Vec<Event> = (0..600).map(|n| wish(&format!("p{n}"), 1_000 - n, here.clone())).collect();
    let others = vec![wish("x", 5, vec![browser("b1")]), wish("nobody", 6, vec![])];
    let events = of_anna.iter().chain(&others).cloned().collect();
    store.write_effects(Effects { events, ..Effects::default() }).await.unwrap();
    store.write_effects(Effects { events: of_anna[..2].to_vec(), ..Effects::default() }).await.unwrap();
    drop(store);
    let store = world.open();
    of_anna.reverse();
    assert_eq!(store.events_of(&Identifier::from(&anna())).await.unwrap(), of_anna);
    assert_eq!(store.events_of(&browser("b1")).await.unwrap(), others[..1]);
    assert_eq!(store.events_of(&browser("b2")).await.unwrap(), []);
    is_whole(&store).await;
}

async fn a_view_is_what_an_arrival_reads(world: &mut impl World) {
    let store = world.open();
    assert_eq!(store.view(&anna()).await.unwrap(), None);
    // Long enough to be cut into parts, and then short again.
    let many: Vec<Event> = (0..600).map(|n| wish(&format!("p{n}"), n, vec![])).collect();
    for events in [&many[..], &many[..1]] {
        let view = View::rebuild(events);
        let views = vec![(anna(), view.clone())];
        store.write_effects(Effects { views, ..Effects::default() }).await.unwrap();
        assert_eq!(store.view(&anna()).await.unwrap().as_ref(), Some(&view));
        assert_eq!(&store.profile(&anna()).await.unwrap(), view.profile());
        is_whole(&store).await;
    }
}

async fn effects_and_the_inbox_change_in_one_commit(world: &mut impl World) {
    let store = world.open();
    store.accept(vec![message("m1"), message("m2"), message("m3")]).await.unwrap();
    let (a, b) = (Identifier::from(&anna()), browser("b1"));
    let effects = |failed| {
        let failure = Failure { reason: "r".into(), field: String::new(), explanation: "it is wrong".into() };
        Effects {
            events: vec![wish("m1", 5, vec![a.clone(), b.clone()])],
            evidence: vec![Evidence { id: named("m1"), at: at(5), a: a.clone(), b: b.clone() }],
            found: vec![(a.clone(), Some(anna())), (b.clone(), Some(anna()))],
            views: vec![(anna(), View::default())],
            refreshed: vec![],
            stale: vec![],
            settlement: Some(Settlement {
                taken: vec![InboxNumber(1), InboxNumber(2)],
                failures: vec![(InboxNumber(failed), failure)],
                at: at(2_000),
            }),
        }
    };
    let refused = store.write_effects(effects(9)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    assert_eq!(store.backlog().await.unwrap(), 3);
    assert_eq!(store.events_of(&a).await.unwrap(), [], "nothing of it");
    assert_eq!(store.customer_of(&b).await.unwrap(), None);
    store.write_effects(effects(2)).await.unwrap();
    drop(store);
    let store = world.open();
    assert_eq!(store.waiting(10).await.unwrap()[0].0, InboxNumber(3));
    assert_eq!(store.failed(None, 10).await.unwrap().len(), 1);
    assert_eq!(store.events_of(&a).await.unwrap().len(), 1);
    assert_eq!(store.customer_of(&b).await.unwrap(), Some(Some(anna())), "said with the evidence");
    assert_eq!(store.known_of(&b, 10).await.unwrap().evidence.len(), 1);
    is_whole(&store).await;
}

async fn views_that_no_commit_can_take_are_stale(world: &mut impl World) {
    let store = world.open();
    let designs: Vec<Event> = (0..20)
        .map(|n| {
            let choices = (0..50).map(|c| (format!("{c:0>120}"), "x".repeat(120))).collect();
            let action = Action::Designed { product: product("p"), design: format!("d{n}"), choices };
            Event { action, ..wish(&format!("m{n}"), n, vec![]) }
        })
        .collect();
    let view = View::rebuild(&designs);
    let customers: Vec<CustomerId> = (0..60).map(|n| CustomerId::new(format!("c{n}")).unwrap()).collect();
    let views = customers.iter().map(|customer| (customer.clone(), view.clone())).collect();
    store.write_effects(Effects { views, ..Effects::default() }).await.unwrap();
    let stale = store.stale(100).await.unwrap();
    assert!(!stale.is_empty() && stale.len() < 60, "{}", stale.len());
    for customer in customers {
        let is_stale = stale.contains(&Identifier::from(&customer));
        assert_eq!(store.view(&customer).await.unwrap().is_none(), is_stale);
    }
    is_whole(&store).await;
}

async fn what_imports_told_is_among_a_customers_events(world: &mut impl World) {
    let store = world.open();
    let told = wish("web", 15, vec![Identifier::from(&anna())]);
    store.write_effects(Effects { events: vec![told.clone()], ..Effects::default() }).await.unwrap();
    let item = |when| Item {
        product: product("wished"),
        name: None,
        size: None,
        quantity: 1,
        at: at(when),
        source: Source::Web,
    };
    let changes = vec![
        Change::Customer { id: anna(), name: Redacted::new("Anna".into()), sharing: None },
        Change::Wish { customer: anna(), item: item(20) },
        Change::Wish { customer: anna(), item: item(10) },
    ];
    let mut expected: Vec<Event> =
        changes.iter().flat_map(|change| Event::of_import(change).unwrap()).chain([told]).collect();
    expected.sort_by_cached_key(Event::position);
    Imports::apply(&store, changes.clone()).await.unwrap();
    let home = Identifier::from(&anna());
    assert_eq!(store.events_of(&home).await.unwrap(), expected);
    assert_eq!(store.stale(10).await.unwrap(), std::slice::from_ref(&home));

    // As whoever keeps views does.
    let views = vec![(anna(), View::rebuild(&expected))];
    let refreshed = vec![home.clone()];
    store.write_effects(Effects { views, refreshed, ..Effects::default() }).await.unwrap();
    assert!(Imports::apply(&store, changes).await.unwrap().iter().all(|applied| *applied == Applied::Known));
    assert_eq!(store.stale(10).await.unwrap(), [], "nothing new was told");
    Imports::apply(&store, vec![Change::Wish { customer: anna(), item: item(30) }]).await.unwrap();
    assert_eq!(store.stale(10).await.unwrap(), [home]);
    is_whole(&store).await;
}

async fn a_new_customer_who_was_heard_of_before_is_stale(world: &mut impl World) {
    let store = world.open();
    let ben = CustomerId::new("ben").unwrap();
    let new = CustomerId::new("new").unwrap();
    let known = [&anna(), &ben].map(|customer| (Identifier::from(customer), Some(customer.clone())));
    store.remember(known.to_vec()).await.unwrap();
    store.put_customer(&new, Redacted::default()).await.unwrap();
    assert_eq!(store.stale(9).await.unwrap(), [], "nobody ever spoke of this one");
    store.put_customer(&anna(), Redacted::new("Anna".into())).await.unwrap();
    assert_eq!(store.stale(9).await.unwrap(), [Identifier::from(&anna())]);
    let refreshed = vec![Identifier::from(&anna())];
    store.write_effects(Effects { refreshed, ..Effects::default() }).await.unwrap();
    store.put_customer(&anna(), Redacted::new("Anne".into())).await.unwrap();
    assert_eq!(store.stale(9).await.unwrap(), [], "no more than once");
    let of_file = Change::Customer { id: ben.clone(), name: Redacted::default(), sharing: None };
    assert_eq!(store.apply(vec![of_file]).await.unwrap(), [Applied::New]);
    drop(store);
    assert_eq!(world.open().stale(9).await.unwrap(), [Identifier::from(&ben)]);
}

contract!(
    events_stand_under_their_home_in_canonical_order,
    a_view_is_what_an_arrival_reads,
    effects_and_the_inbox_change_in_one_commit,
    views_that_no_commit_can_take_are_stale,
    what_imports_told_is_among_a_customers_events,
    a_new_customer_who_was_heard_of_before_is_stale,
);
