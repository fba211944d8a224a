//! What the ledger, customers, looks and contests owe their callers.

use std::{future::Future, sync::Arc};

use shopbell_domain::{
    consent::{Decision, Sharing, SharingLevel, Told, port::Consents as _},
    id::{AgentId, AssociateId, BootId, PhoneId, StoreId, VisitId},
    ports::{
        Contests, Customers, Ledger, LedgerEntry, Look, LookKind, Looks, PhoneOutcome, RecordedPresence,
        Store, StoreError,
    },
    presence::PresenceKind,
    redacted::Redacted,
    signal::{Carrier, Dbm},
    token::Window,
    visit::Visit,
    whereabouts::Contest,
};

use crate::world::{World, at, customer, lyon};

fn visit(number: u128, who: &str, began: i64, ended: Option<i64>) -> Visit {
    let began = Visit::new(VisitId(number), customer(who), lyon(), at(began));
    Visit { last_heard: at(ended.unwrap_or(began.began.as_millis())), ended: ended.map(at), ..began }
}

fn presence(sequence: u64, who: &str, number: u128) -> RecordedPresence {
    RecordedPresence {
        agent: AgentId::new("lyon-1").unwrap(),
        boot: BootId(1),
        sequence,
        customer: customer(who),
        kind: PresenceKind::Entered,
        observed: at(5),
        rssi: Dbm::new(-60).unwrap(),
        carrier: Carrier::ServiceData,
        visit: VisitId(number),
    }
}

fn entry(sequences: std::ops::RangeInclusive<u64>, visits: Vec<Visit>) -> LedgerEntry {
    LedgerEntry {
        store: lyon(),
        agent: AgentId::new("lyon-1").unwrap(),
        boot: BootId(1),
        high_water: *sequences.end(),
        received: at(100),
        presences: sequences.map(|sequence| presence(sequence, "anna", 1)).collect(),
        visits,
        anonymous: vec![(at(0), 2), (at(3_600_000), 1), (at(0), 1)],
    }
}

async fn ledger(world: &mut impl World) {
    let agent = AgentId::new("lyon-1").unwrap();
    let store = world.open();
    assert_eq!(store.high_water(&agent, BootId(1)).await.unwrap(), None);
    store.record(entry(1..=200, vec![visit(1, "anna", 10, None), visit(2, "ben", 5, None)])).await.unwrap();
    let first = store.audit().await.unwrap();
    assert_eq!(first.presences.len(), 200);
    // The same batch again, and one wholly below: nothing changes, whatever they hold.
    store.record(entry(1..=200, vec![visit(1, "anna", 99, Some(99))])).await.unwrap();
    store.record(entry(150..=180, vec![visit(3, "zoe", 99, None)])).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!(store.high_water(&agent, BootId(1)).await.unwrap(), Some(200));
    assert_eq!(store.high_water(&agent, BootId(2)).await.unwrap(), None);
    assert_eq!(store.anonymous_count(&lyon(), at(0)).await.unwrap(), 3);
    assert_eq!(store.anonymous_count(&lyon(), at(3_600_000)).await.unwrap(), 1);
    assert_eq!(store.anonymous_count(&lyon(), at(7_200_000)).await.unwrap(), 0);
    assert_eq!(ids(&store.recent_visits(&lyon(), at(0)).await.unwrap()), [2, 1], "by beginning");
    // A batch that reaches over the mark brings only what is new.
    store.record(entry(190..=210, vec![])).await.unwrap();
    let audit = store.audit().await.unwrap();
    let sequences: Vec<u64> = audit.presences.iter().map(|presence| presence.sequence).collect();
    assert_eq!(sequences, (1..=210).collect::<Vec<u64>>(), "each once");
    assert_eq!(audit.presences[0], presence(1, "anna", 1));
    assert_eq!(audit.high_waters.len(), 1);
    assert_eq!((audit.high_waters[0].sequence, audit.high_waters[0].received), (210, at(100)));
    // Another boot of the same agent starts at 1.
    store.record(LedgerEntry { boot: BootId(2), presences: vec![], ..entry(1..=1, vec![]) }).await.unwrap();
    assert_eq!(store.high_water(&agent, BootId(2)).await.unwrap(), Some(1));
}

fn ids(visits: &[Visit]) -> Vec<u128> {
    visits.iter().map(|visit| visit.id.0).collect()
}

async fn visits(world: &mut impl World) {
    let store = world.open();
    let open = [visit(1, "anna", 10, None), visit(2, "ben", 20, None), visit(3, "anna", 30, None)];
    store.put_visits(open.to_vec()).await.unwrap();
    let paris = Visit { store: StoreId::new("paris").unwrap(), ..visit(4, "anna", 40, None) };
    store.put_visits(vec![paris.clone(), visit(1, "anna", 10, Some(50))]).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!(ids(&store.recent_visits(&lyon(), at(51)).await.unwrap()), [2, 3]);
    assert_eq!(ids(&store.recent_visits(&lyon(), at(50)).await.unwrap()), [1, 2, 3]);
    assert_eq!(ids(&store.visits_of(&customer("anna")).await.unwrap()), [1, 3, 4]);
    assert_eq!(store.visit(VisitId(4)).unwrap(), Some(paris));
    // Resumed, and ended later: it stands once, at its last end.
    store.put_visits(vec![visit(1, "anna", 10, None)]).await.unwrap();
    assert_eq!(ids(&store.recent_visits(&lyon(), at(1_000)).await.unwrap()), [1, 2, 3]);
    store.put_visits(vec![visit(1, "anna", 10, Some(70))]).await.unwrap();
    assert_eq!(ids(&store.recent_visits(&lyon(), at(60)).await.unwrap()), [1, 2, 3]);
    assert_eq!(ids(&store.recent_visits(&lyon(), at(71)).await.unwrap()), [2, 3]);
    assert_eq!(ids(&store.visits_of(&customer("nobody")).await.unwrap()), [0_u128; 0]);
    // One that proved to be a part of another is no visit of the customer's; the shop still finds its way by it.
    let merged = Visit { merged_into: Some(VisitId(1)), ..visit(3, "anna", 30, Some(90)) };
    store.put_visits(vec![merged]).await.unwrap();
    assert_eq!(ids(&store.visits_of(&customer("anna")).await.unwrap()), [1, 4]);
    assert_eq!(ids(&store.recent_visits(&lyon(), at(71)).await.unwrap()), [2, 3]);
}

async fn customers(world: &mut impl World) {
    let anna = customer("anna");
    let store = world.open();
    assert_eq!(store.customer(&anna).await.unwrap(), None);
    assert!(matches!(
        store.set_sharing(&anna, Sharing::default(), at(1)).await,
        Err(StoreError::NotFound("customer"))
    ));
    assert!(matches!(store.set_help(&anna, None).await, Err(StoreError::NotFound("customer"))));
    assert!(matches!(store.put_phone(PhoneId(1), &anna).await, Err(StoreError::NotFound("customer"))));
    store.put_customer(&anna, Redacted::new("Anna".into())).await.unwrap();
    assert_eq!(store.customer(&anna).await.unwrap().unwrap().consent.sharing.level, SharingLevel::Invisible);
    let sharing = Sharing { level: SharingLevel::Wishes, greet_by_name: true, alone_until: Some(at(9)) };
    let decided = store.set_sharing(&anna, sharing, at(5)).await.unwrap();
    assert_eq!((decided.consent.sharing, decided.consented_since), (sharing, at(5)));
    assert_eq!(store.set_help(&anna, Some(at(7))).await.unwrap().help_since, Some(at(7)));
    store.put_customer(&anna, Redacted::new("Anna M.".into())).await.unwrap();
    drop(store);

    let store = world.open();
    let found = store.customer(&anna).await.unwrap().unwrap();
    assert_eq!(
        (found.name.reveal().as_str(), found.consent.sharing, found.help_since),
        ("Anna M.", sharing, Some(at(7)))
    );
    assert_eq!(found.consented_since, at(5));
    let lower = Decision::level(SharingLevel::Present);
    let decided = store.decide_consent(&anna, lower, Told::nothing("app"), at(8)).await.unwrap();
    assert_eq!(
        (decided.consent.sharing, decided.consented_since),
        (lower.after(sharing.into()).sharing, at(5))
    );
    store.end_help(&anna, at(6)).await.unwrap();
    assert_eq!(store.customer(&anna).await.unwrap().unwrap().help_since, Some(at(7)), "another wish stays");
    store.end_help(&anna, at(7)).await.unwrap();
    assert_eq!(store.customer(&anna).await.unwrap().unwrap().help_since, None);
    store.set_help(&anna, Some(at(8))).await.unwrap();
    let withdrawn = Sharing { level: SharingLevel::Counted, ..sharing };
    assert_eq!(store.set_sharing(&anna, withdrawn, at(9)).await.unwrap().help_since, None);
    assert_eq!(store.set_sharing(&anna, sharing, at(10)).await.unwrap().consented_since, at(10));
    store.put_customer(&customer("ben"), Redacted::default()).await.unwrap();
    assert_eq!(store.phone_owner(PhoneId(1)).await.unwrap(), None);
    assert_eq!(store.put_phone(PhoneId(1), &anna).await.unwrap(), PhoneOutcome::Registered);
    assert_eq!(store.put_phone(PhoneId(1), &anna).await.unwrap(), PhoneOutcome::Registered);
    assert_eq!(store.put_phone(PhoneId(1), &customer("ben")).await.unwrap(), PhoneOutcome::Taken);
    assert_eq!(store.phone_owner(PhoneId(1)).await.unwrap(), Some(anna.clone()));
    store.revoke_phone(PhoneId(1)).await.unwrap();
    store.revoke_phone(PhoneId(1)).await.unwrap();
    assert!(matches!(store.revoke_phone(PhoneId(2)).await, Err(StoreError::NotFound("phone"))));
    assert_eq!(store.phone_owner(PhoneId(1)).await.unwrap(), None);
    assert_eq!(
        store.put_phone(PhoneId(1), &anna).await.unwrap(),
        PhoneOutcome::Taken,
        "a revoked number stays so"
    );
}

/// Sharing, help and name are changed by many at once; no change may write an old half back.
async fn customers_under_contention(world: &mut impl World) {
    let anna = customer("anna");
    let store = Arc::new(world.open());
    store.put_customer(&anna, Redacted::default()).await.unwrap();
    for round in 0..20 {
        let sharing = Sharing {
            level: SharingLevel::ALL[2 + round % 4],
            greet_by_name: round.is_multiple_of(2),
            alone_until: None,
        };
        let help = Some(at(i64::try_from(round).unwrap()));
        let name = Redacted::new(format!("name {round}"));
        let (a, b, c) = tokio::join!(
            store.set_sharing(&anna, sharing, at(1)),
            store.set_help(&anna, help),
            store.put_customer(&anna, name.clone())
        );
        a.unwrap();
        b.unwrap();
        c.unwrap();
        let found = store.customer(&anna).await.unwrap().unwrap();
        assert_eq!(
            (found.consent.sharing, found.help_since, found.name),
            (sharing, help, name),
            "round {round}"
        );
    }
}

/// A caller that goes away in the middle leaves a whole write or none, and nothing locked.
async fn writes_outlive_their_callers(world: &mut impl World) {
    let anna = customer("anna");
    let store = world.open();
    store.put_customer(&anna, Redacted::default()).await.unwrap();
    for round in 0..20 {
        {
            let mut abandoned = Box::pin(store.set_help(&anna, Some(at(round))));
            let polled =
                std::future::poll_fn(|context| std::task::Poll::Ready(abandoned.as_mut().poll(context)));
            let _ = polled.await;
        }
        let level = SharingLevel::ALL[2 + usize::try_from(round).unwrap() % 4];
        let sharing = Sharing { level, ..Sharing::default() };
        store.set_sharing(&anna, sharing, at(1)).await.unwrap();
        let found = store.customer(&anna).await.unwrap().unwrap();
        assert_eq!((found.consent.sharing, found.help_since), (sharing, Some(at(round))), "round {round}");
    }
}

async fn looks(world: &mut impl World) {
    let look = |millis, what| Look {
        at: at(millis),
        store: lyon(),
        associate: AssociateId::new("zoe").unwrap(),
        customer: customer("anna"),
        visit: VisitId(1),
        what,
    };
    let store = world.open();
    let (greeted, opened) = (look(5, LookKind::Greeted), look(6, LookKind::CardOpened));
    let before = [look(3, LookKind::NamedMinimalCardOpened), look(2, LookKind::MinimalCardOpened)];
    store.record_looks(before.to_vec()).await.unwrap();
    store.record_looks(vec![greeted.clone(), opened.clone(), greeted.clone()]).await.unwrap();
    drop(store);
    let store = world.open();
    assert_eq!(store.looks_at(&customer("anna"), 2).await.unwrap(), [opened.clone(), greeted]);
    assert_eq!(store.looks_at(&customer("anna"), 10).await.unwrap()[2..], before);
    assert_eq!(store.looks_at(&customer("anna"), 1).await.unwrap(), [opened]);
    assert!(store.looks_at(&customer("ben"), 10).await.unwrap().is_empty());
}

async fn contests(world: &mut impl World) {
    let store = world.open();
    let of = |first, last| Contest { first: Window(first), last: Window(last) };
    let (one, other) = (PhoneId(1), PhoneId(u64::MAX));
    assert_eq!(store.contests().await.unwrap(), []);
    store.put_contests(vec![(one, of(7, 7)), (other, of(8, 8))]).await.unwrap();
    store.put_contests(vec![(one, of(7, 9))]).await.unwrap();
    drop(store);
    let store = world.open();
    assert_eq!(store.contests().await.unwrap(), [(one, of(7, 9)), (other, of(8, 8))]);
    store.forget_contests(vec![one, PhoneId(5)]).await.unwrap();
    assert_eq!(store.contests().await.unwrap(), [(other, of(8, 8))]);
    assert!(store.check(|_| ()).await.unwrap().problems.is_empty());
}

/// The store as the server holds it.
async fn serves_as_all_ports(world: &mut impl World) {
    let store: Arc<dyn Store> = Arc::new(world.open());
    assert_eq!(store.customer(&customer("anna")).await.unwrap(), None);
}

contract!(
    ledger,
    visits,
    customers,
    customers_under_contention,
    writes_outlive_their_callers,
    looks,
    contests,
    serves_as_all_ports,
);
