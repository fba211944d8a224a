//! What every store owes those who pass requests on, in memory and on disk.

use shopbell_domain::{
    event::{
        Action, Event, EventId, Line, Origin,
        port::{Effects, Events},
    },
    id::{MessageId, ProductId, SourceId},
    identity::{Evidence, Identifier, IdentifierKind, port::Identities},
    rights::{
        DAYS_TO_ANSWER, NewRequest, RequestNumber, Wish,
        port::{Erasure, Forgetting, Reason, Requests},
    },
};
use shopbell_store::EmbeddedStore;

use crate::world::{World, at, customer, is_whole};

contract!(a_request_is_kept_once_until_it_is_closed, what_one_source_told_goes_alone, many_at_once);

fn source(name: &str) -> SourceId {
    SourceId::new(name).unwrap()
}

fn named(of: &str, name: &str) -> EventId {
    EventId { source: source(of), message: MessageId::new(name).unwrap() }
}

fn email(address: &str) -> Identifier {
    Identifier::new(IdentifierKind::Email, address).unwrap()
}

fn browser(name: &str) -> Identifier {
    Identifier::new(IdentifierKind::Anonymous, name).unwrap()
}

fn asks(name: &str, wish: Wish, who: Vec<Identifier>) -> NewRequest {
    NewRequest { message: named("shopify", name), wish, reference: "9999".to_owned(), at: at(1_000), who }
}

async fn a_request_is_kept_once_until_it_is_closed(world: &mut dyn World) {
    let store = world.open();
    let guest = vec![email("guest@example.com")];
    let first = store.ask(asks("a", Wish::Export, guest.clone())).await.unwrap();
    assert_eq!(store.ask(asks("a", Wish::Export, guest.clone())).await.unwrap(), first, "told again");
    let second = store.ask(asks("b", Wish::EraseSource, Vec::new())).await.unwrap();
    drop(store);
    let store = world.open();
    assert_eq!((first.number, second.number), (RequestNumber(1), RequestNumber(2)));
    assert_eq!((first.due, first.closed), (at(1_000) + DAYS_TO_ANSWER, None));
    assert!(
        !first.is_overdue(first.due) && first.is_overdue(first.due + std::time::Duration::from_millis(1))
    );
    assert_eq!(store.named_by(first.number).await.unwrap(), Some(guest.clone()));
    assert_eq!(store.open_requests().await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(store.requests(None, 9).await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(store.requests(Some(second.number), 9).await.unwrap(), std::slice::from_ref(&first));
    store.found(second.number, 3).await.unwrap();
    let closed = store.close_request(first.number, at(2_000)).await.unwrap();
    assert_eq!(store.close_request(first.number, at(3_000)).await.unwrap(), closed, "the first time stands");
    assert_eq!(closed.closed, Some(at(2_000)));
    assert_eq!(store.named_by(first.number).await.unwrap(), None, "whom it named is forgotten");
    let open = store.open_requests().await.unwrap();
    assert_eq!(open.iter().map(|one| (one.number, one.found)).collect::<Vec<_>>(), [(second.number, 3)]);
    assert!(store.close_request(RequestNumber(7), at(1)).await.is_err());
    // Who is erased is named by no request.
    let third = store.ask(asks("c", Wish::Export, guest.clone())).await.unwrap();
    store.forget(guest, erasure(1)).await.unwrap();
    assert_eq!(store.named_by(third.number).await.unwrap(), None);
    assert_eq!(store.request(third.number).await.unwrap(), Some(third));
    is_whole(&store).await;
}

fn erasure(receipt: u64) -> Erasure {
    Erasure { reason: Reason::Request, receipt, at: at(5_000) }
}

fn wish(of: &str, name: &str, when: i64, who: Vec<Identifier>) -> Event {
    let action = Action::WishAdded(Line::of(ProductId::new("coat").unwrap()));
    Event { id: named(of, name), at: at(when), who, origin: Origin::Web, privacy_control: false, action }
}

async fn tell(store: &EmbeddedStore, events: Vec<Event>) {
    let evidence = events.iter().flat_map(Evidence::of).collect();
    store.write_effects(Effects { events, evidence, ..Effects::default() }).await.unwrap();
}

async fn what_one_source_told_goes_alone(world: &mut dyn World) {
    let store = world.open();
    let (number, address, device) =
        (Identifier::from(&customer("camille-7")), email("camille@example.com"), browser("of-camille"));
    let (both, all) =
        (vec![number.clone(), address.clone()], [number.clone(), address.clone(), device.clone()]);
    tell(
        &store,
        vec![
            wish("shopify", "one", 100, both.clone()),
            wish("till", "two", 200, both.clone()),
            wish("shopify", "three", 300, vec![number.clone(), device.clone()]),
            wish("shopify", "late", 900, vec![address.clone()]),
        ],
    )
    .await;
    let (told, next) = store.told_by(&source("shopify"), at(500), None).await.unwrap();
    assert_eq!((told, next), (vec![number.clone()], None), "the late one is of another time");
    let forgotten = store.forget_told_by(all.to_vec(), &source("shopify")).await.unwrap();
    assert_eq!((forgotten.records["events"], forgotten.records["evidence"]), (3, 2));
    assert!(forgotten.keys.is_empty(), "the person stays");
    drop(store);
    let store = world.open();
    let left = store.events_of(&number).await.unwrap();
    assert_eq!(left.iter().map(|event| event.id.clone()).collect::<Vec<_>>(), [named("till", "two")]);
    assert_eq!(store.events_of(&address).await.unwrap(), []);
    let known = store.known_of(&number, 9).await.unwrap().evidence;
    assert_eq!(known.len(), 1, "the browser is hers no more: {known:?}");
    assert_eq!(known[0].id, named("till", "two"), "what the till told counts now");
    let mut stale = store.stale(9).await.unwrap();
    stale.sort();
    assert_eq!(stale, all);
    let again = store.forget_told_by(all.to_vec(), &source("shopify")).await.unwrap();
    assert!(again.records.is_empty(), "done again it finds nothing");
    is_whole(&store).await;
}

async fn many_at_once(world: &mut dyn World) {
    let store = world.open();
    let person = |n: u64| vec![Identifier::from(&customer(&format!("c-{n}"))), browser(&format!("b-{n}"))];
    let events: Vec<Event> = (0..20).map(|n| wish("web", &format!("m-{n}"), 100, person(n))).collect();
    // One event that two of them share: it goes once.
    let shared = wish("web", "shared", 150, vec![person(3)[0].clone(), browser("b-4")]);
    tell(&store, events.into_iter().chain([shared]).collect()).await;
    let asked: Vec<_> = (0..19).map(|n| (person(n), erasure(n + 1))).collect();
    let forgotten = store.forget_all(asked.clone()).await.unwrap();
    let counted: u64 = forgotten.iter().map(|one| one.as_ref().unwrap().records["events"]).sum();
    assert_eq!((forgotten.len(), counted), (19, 20));
    for (n, one) in forgotten.iter().enumerate() {
        let one = one.as_ref().unwrap();
        assert_eq!((one.keys.len(), one.tombstones.len()), (2, 2), "person {n}");
        assert!(one.tombstones.contains(&one.tombstone));
    }
    let tombstones: std::collections::BTreeSet<u64> =
        forgotten.iter().flat_map(|one| one.as_ref().unwrap().tombstones.clone()).collect();
    assert_eq!(tombstones.len(), 38);
    for n in 0..19 {
        assert_eq!(store.events_of(&person(n)[0]).await.unwrap(), []);
    }
    assert_eq!(store.events_of(&person(19)[0]).await.unwrap().len(), 1, "the witness");
    // Cut short after it, the same erasure comes to the same tombstones.
    let again = store.forget_all(asked).await.unwrap();
    for (first, again) in forgotten.iter().zip(again) {
        assert_eq!(first.as_ref().unwrap().tombstones, again.unwrap().tombstones);
    }
    is_whole(&store).await;
}
