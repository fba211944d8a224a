//! What every store owes those who ask to be forgotten, in memory and on disk.

use shopbell_domain::{
    consent::Told,
    consent::port::Consents,
    event::{
        Action, Event, EventId, Line, Origin, Purchase,
        port::{Decision, Effects, Events},
    },
    id::{AgentId, AssociateId, BootId, MessageId, OrderId, PhoneId, ProductId, SourceId, VisitId},
    identity::{Evidence, Identifier, IdentifierKind, Pair, Retracted, Retraction, port::Identities},
    ports::{
        Change, Contests, Customers, Imports, Ledger, LedgerEntry, Look, LookKind, Looks, PhoneOutcome,
        Profiles, RecordedPresence, StoreError,
    },
    presence::PresenceKind,
    profile::{Profile, Source, View},
    redacted::Redacted,
    rights::port::{Admission, Erasure, Forgetting, Gate, Kept, Reason},
    showing::Showings as _,
    signal::{Carrier, Dbm},
    token::Window,
    visit::Visit,
    whereabouts::Contest,
};
use shopbell_store::EmbeddedStore;

use crate::{
    showings::shown_and_said,
    world::{World, at, customer, is_whole, lyon},
};

fn who(kind: IdentifierKind, raw: &str) -> Identifier {
    Identifier::new(kind, raw).unwrap()
}

/// Camille, as she is known: a number, an address, a browser, a phone.
fn camille() -> Vec<Identifier> {
    vec![
        Identifier::from(&customer("camille-7")),
        who(IdentifierKind::Email, "camille@example.com"),
        Identifier::from(PhoneId(7)),
        who(IdentifierKind::Anonymous, "browser-of-camille"),
    ]
}

fn named(name: &str) -> EventId {
    EventId { source: SourceId::new("web").unwrap(), message: MessageId::new(name).unwrap() }
}

fn wish(name: &str, when: i64, who: Vec<Identifier>) -> Event {
    let action = Action::WishAdded(Line::of(ProductId::new("coat").unwrap()));
    Event { id: named(name), at: at(when), who, origin: Origin::Web, privacy_control: false, action }
}

fn presence(sequence: u64, who: &str, visit: u128) -> RecordedPresence {
    RecordedPresence {
        agent: AgentId::new("door").unwrap(),
        boot: BootId(1),
        sequence,
        customer: customer(who),
        kind: PresenceKind::Entered,
        observed: at(1_000),
        rssi: Dbm::new(-60).unwrap(),
        carrier: Carrier::ServiceData,
        visit: VisitId(visit),
    }
}

fn erasure(receipt: u64, when: i64) -> Erasure {
    Erasure { reason: Reason::Request, receipt, at: at(when) }
}

/// One life of a customer, through every port. Of another customer a part, as a witness.
pub(crate) async fn live(store: &EmbeddedStore, name: &str, person: &[Identifier], number: u64) {
    let id = customer(name);
    let purchase = Purchase {
        order: OrderId::new(format!("order-of-{name}")).unwrap(),
        lines: vec![Line::of(ProductId::new("shoe").unwrap())],
        total: None,
        coupon: None,
        store: None,
    };
    let phone = PhoneId(number);
    let changes = vec![
        Change::Customer { id: id.clone(), name: Redacted::new(format!("Name {name}")), sharing: None },
        Change::Phone { phone, customer: id.clone() },
        Change::Order { customer: id.clone(), at: at(500), source: Source::Till, purchase },
    ];
    store.apply(changes).await.unwrap();
    let decision = shopbell_domain::consent::Decision::default();
    store.decide_consent(&id, decision, Told::nothing("app"), at(600)).await.unwrap();
    let visit = Visit::new(VisitId(u128::from(number)), id.clone(), lyon(), at(1_000));
    let entry = LedgerEntry {
        store: lyon(),
        agent: AgentId::new("door").unwrap(),
        boot: BootId(1),
        high_water: 10 * number,
        received: at(1_000),
        presences: vec![
            presence(10 * number - 1, name, u128::from(number)),
            presence(10 * number, name, u128::from(number)),
        ],
        visits: vec![visit],
        anonymous: vec![],
    };
    store.record(entry).await.unwrap();
    let look = Look {
        at: at(1_100),
        store: lyon(),
        associate: AssociateId::new("ines").unwrap(),
        customer: id.clone(),
        visit: VisitId(u128::from(number)),
        what: LookKind::CardOpened,
    };
    store.record_looks(vec![look]).await.unwrap();
    store.log(shown_and_said(name, u128::from(number))).await.unwrap();
    let contest = Contest { first: Window(1), last: Window(2) };
    store.put_contests(vec![(phone, contest)]).await.unwrap();
    let event = wish(&format!("event-of-{name}"), 700, person.to_vec());
    let effects = Effects {
        evidence: Evidence::of(&event),
        found: person.iter().map(|one| (one.clone(), Some(id.clone()))).collect(),
        views: vec![(id.clone(), View::rebuild([&event]))],
        events: vec![event],
        ..Effects::default()
    };
    store.write_effects(effects).await.unwrap();
    let what = Retracted::Event(named(&format!("event-of-{name}")));
    let by = Redacted::new("ana".to_owned());
    let retraction = Retraction { what, by: by.clone(), at: at(800), why: by };
    assert!(Events::decide(store, Decision::Retract(retraction), person.to_vec()).await.unwrap());
}

async fn nothing_is_read_back(store: &EmbeddedStore, name: &str, person: &[Identifier], number: u64) {
    let id = customer(name);
    assert_eq!(store.customer(&id).await.unwrap(), None);
    assert_eq!(store.profile(&id).await.unwrap(), Profile::default());
    assert_eq!(store.view(&id).await.unwrap(), None);
    assert_eq!(store.visits_of(&id).await.unwrap(), []);
    assert_eq!(store.visit(VisitId(u128::from(number))).unwrap(), None);
    assert_eq!(store.looks_at(&id, 10).await.unwrap(), []);
    assert_eq!(store.log_of(&id, at(0), 10).await.unwrap(), []);
    let log = store.log_since(at(0), None, 100).await.unwrap();
    assert!(log.iter().all(|(_, entry)| *entry.customer() != id));
    assert_eq!(store.history(&id).await.unwrap(), []);
    assert_eq!(store.phones_of(&id).await.unwrap(), []);
    assert_eq!(store.presences_of(&id).await.unwrap(), []);
    assert_eq!(store.phone_owner(PhoneId(number)).await.unwrap(), None);
    for identifier in person {
        assert_eq!(store.events_of(identifier).await.unwrap(), []);
        assert_eq!(store.known_of(identifier, 10).await.unwrap().evidence, []);
        assert_eq!(store.decisions_of(identifier).await.unwrap(), []);
        assert_eq!(store.customer_of(identifier).await.unwrap(), None);
        assert!(!store.stale(100).await.unwrap().contains(identifier));
    }
    let pairs = Pair::new(person[0].clone(), person[1].clone());
    assert_eq!(store.evidence_of(&Retracted::Pair(pairs)).await.unwrap(), []);
    let of_event = Retracted::Event(named(&format!("event-of-{name}")));
    assert_eq!(store.evidence_of(&of_event).await.unwrap(), []);
    let audit = store.audit().await.unwrap();
    assert!(audit.presences.iter().all(|presence| presence.customer != id));
    assert!(audit.visits.iter().all(|visit| visit.customer != id));
}

async fn who_is_forgotten_leaves_nothing_behind_and_others_all(world: &mut impl World) {
    let store = world.open();
    let ben = vec![Identifier::from(&customer("ben-8")), who(IdentifierKind::Email, "ben@example.com")];
    live(&store, "camille-7", &camille(), 7).await;
    live(&store, "ben-8", &ben, 8).await;
    assert_eq!(store.phones_of(&customer("camille-7")).await.unwrap(), [PhoneId(7)]);
    assert_eq!(store.presences_of(&customer("camille-7")).await.unwrap().len(), 2);
    is_whole(&store).await;

    let told = store.forget(camille(), erasure(41, 2_000)).await.unwrap();
    assert_eq!(told.tombstones.len(), 4);
    assert!(told.tombstones.contains(&told.tombstone));
    assert!(told.keys.len() >= 4, "{told:?}");
    for kind in ["customers", "visits", "looks", "consents", "events", "evidence", "views", "phones"] {
        assert!(told.records.get(kind).is_some_and(|count| *count > 0), "{kind}: {told:?}");
    }
    assert_eq!((told.records["presences"], told.records["decisions"], told.records["contests"]), (2, 1, 1));
    assert_eq!((told.records["showings"], told.records["remarks"]), (1, 1));
    nothing_is_read_back(&store, "camille-7", &camille(), 7).await;
    is_whole(&store).await;

    let id = customer("ben-8");
    assert_eq!(store.customer(&id).await.unwrap().unwrap().name.reveal(), "Name ben-8");
    assert_eq!(store.visits_of(&id).await.unwrap().len(), 1);
    assert_eq!(store.events_of(&ben[0]).await.unwrap().len(), 2, "one was imported");
    assert_eq!(store.presences_of(&id).await.unwrap().len(), 2);
    assert_eq!(store.log_of(&id, at(0), 10).await.unwrap().len(), 2);
    assert_eq!(store.phone_owner(PhoneId(8)).await.unwrap(), Some(id));
    assert_eq!(store.contests().await.unwrap().len(), 1);

    // Asked again, as after a crash: the same lives, and nothing more to remove.
    let again = store.forget(camille(), erasure(41, 2_000)).await.unwrap();
    assert_eq!(again.records.get("events"), None, "{again:?}");
    assert_eq!((again.subject, again.tombstones), (told.subject, told.tombstones));
    drop(store);
    let store = world.open();
    nothing_is_read_back(&store, "camille-7", &camille(), 7).await;
    is_whole(&store).await;
    assert!(matches!(store.forget(vec![], erasure(42, 1)).await, Err(StoreError::NotFound(_))));
}

async fn an_order_that_was_erased_is_known_as_that(world: &mut impl World) {
    let store = world.open();
    let order = |name: &str| OrderId::new(name).unwrap();
    let placed = |name: &str, who: Vec<Identifier>| Event {
        id: named(name),
        at: at(1_000),
        who,
        origin: Origin::Web,
        privacy_control: false,
        action: Action::OrderCancelled { order: order(name) },
    };
    let by_page = Event { origin: Origin::Page { received: at(1_000) }, ..placed("o3", camille()) };
    let ben = vec![Identifier::from(&customer("ben-8"))];
    let events = vec![placed("o1", camille()), placed("o2", ben), by_page];
    store.write_effects(Effects { events, ..Effects::default() }).await.unwrap();
    assert!(!store.has_erased(&order("o1"), Source::Web).await.unwrap());
    store.forget(camille(), erasure(41, 2_000)).await.unwrap();
    drop(store);
    let store = world.open();
    for teller in [Source::Web, Source::Till, Source::Import, Source::Page] {
        assert!(store.has_erased(&order("o1"), teller).await.unwrap(), "{teller:?}");
        assert!(!store.has_erased(&order("o2"), teller).await.unwrap(), "{teller:?}: somebody else's");
        let only_page = teller == Source::Page;
        assert_eq!(store.has_erased(&order("o3"), teller).await.unwrap(), only_page, "{teller:?}");
    }
    is_whole(&store).await;
}

async fn what_is_from_before_stays_out_and_a_new_life_begins_empty(world: &mut impl World) {
    let store = world.open();
    live(&store, "camille-7", &camille(), 7).await;
    let one = &camille()[1..2];
    assert_eq!(store.admits(one, at(10)).await.unwrap(), Admission::Welcome);
    store.forget(camille(), erasure(41, 2_000)).await.unwrap();
    for (when, expected) in [(1_999, false), (2_000, false), (2_001, true)] {
        let admitted = store.admits(one, at(when)).await.unwrap();
        let refused = Admission::ErasedSince(at(2_000));
        assert_eq!(admitted, if expected { Admission::Welcome } else { refused }, "at {when}");
    }
    assert_eq!(store.admits(&[], at(0)).await.unwrap(), Admission::Welcome);
    let number = PhoneId(7);
    store.put_customer(&customer("camille-7"), Redacted::new("Camille again".into())).await.unwrap();
    let taken = store.put_phone(number, &customer("camille-7")).await.unwrap();
    assert_eq!(taken, PhoneOutcome::Taken, "a number is given once");
    nothing_but_the_name(&store).await;
    // What a shop still held in memory.
    let entry = LedgerEntry {
        store: lyon(),
        agent: AgentId::new("door").unwrap(),
        boot: BootId(1),
        high_water: 100,
        received: at(2_500),
        presences: vec![presence(99, "camille-7", 7)],
        visits: vec![Visit::new(VisitId(7), customer("camille-7"), lyon(), at(1_000))],
        anonymous: vec![],
    };
    store.record(entry).await.unwrap();
    nothing_but_the_name(&store).await;
    assert_eq!(store.recent_visits(&lyon(), at(0)).await.unwrap(), []);
    assert_eq!(store.audit().await.unwrap().presences, []);
    // The second life ends as the first did.
    store.forget(camille(), erasure(43, 3_000)).await.unwrap();
    assert_eq!(store.customer(&customer("camille-7")).await.unwrap(), None);
    assert_eq!(store.admits(one, at(2_500)).await.unwrap(), Admission::ErasedSince(at(3_000)));
    is_whole(&store).await;
}

async fn nothing_but_the_name(store: &EmbeddedStore) {
    let id = customer("camille-7");
    let found = store.customer(&id).await.unwrap().unwrap();
    assert_eq!(found.name.reveal(), "Camille again");
    assert_eq!(store.visits_of(&id).await.unwrap(), []);
    assert_eq!(store.history(&id).await.unwrap(), []);
    assert_eq!(store.events_of(&camille()[0]).await.unwrap(), []);
    assert_eq!(store.looks_at(&id, 10).await.unwrap(), []);
}

async fn a_suppression_holds_for_all_until_it_is_lifted(world: &mut impl World) {
    let store = world.open();
    let all = camille();
    store.suppress(&all[0], &all[1..]).await.unwrap();
    store.suppress(&all[1], &[]).await.unwrap();
    drop(store);
    let store = world.open();
    for identifier in &all {
        let one = std::slice::from_ref(identifier);
        assert_eq!(store.admits(one, at(9_000)).await.unwrap(), Admission::Suppressed);
    }
    store.forget(all.clone(), erasure(41, 2_000)).await.unwrap();
    assert_eq!(store.admits(&all[..1], at(9_000)).await.unwrap(), Admission::Suppressed, "it outlives that");
    store.lift(&all[0]).await.unwrap();
    store.lift(&all[0]).await.unwrap();
    assert_eq!(store.admits(&all[..1], at(9_000)).await.unwrap(), Admission::Welcome);
    assert_eq!(
        store.admits(&all[1..2], at(9_000)).await.unwrap(),
        Admission::Suppressed,
        "put on it by itself"
    );
    store.lift(&all[1]).await.unwrap();
    assert_eq!(store.admits(&all[1..2], at(9_000)).await.unwrap(), Admission::Welcome);
    // By whatever name of theirs: all of it that holds them goes, and nobody else's.
    let ben = [Identifier::from(&customer("ben-8"))];
    store.suppress(&all[0], &all[1..]).await.unwrap();
    store.suppress(&all[1], &[]).await.unwrap();
    store.suppress(&ben[0], &[]).await.unwrap();
    store.lift(&all[1]).await.unwrap();
    for identifier in &all {
        let one = std::slice::from_ref(identifier);
        assert_eq!(store.admits(one, at(9_000)).await.unwrap(), Admission::Welcome);
    }
    assert_eq!(store.admits(&ben, at(9_000)).await.unwrap(), Admission::Suppressed);
    is_whole(&store).await;
}

contract!(
    who_is_forgotten_leaves_nothing_behind_and_others_all,
    an_order_that_was_erased_is_known_as_that,
    what_is_from_before_stays_out_and_a_new_life_begins_empty,
    a_suppression_holds_for_all_until_it_is_lifted,
);
