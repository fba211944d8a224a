use shopbell_domain::{
    catalogue::Product,
    event::Purchase,
    id::{AssociateId, CustomerId, OrderId, PhoneId, ProductId, StoreId, VisitId},
    ports::{Change, Imports, Ledger, Look, LookKind, Looks as _},
    profile::Source,
    redacted::Redacted,
    time::Timestamp,
};

use super::*;
use crate::{draft::Draft, key::LoggedKind, keys::Keys, ports::put_in_short, record::SealedRow};

fn anna() -> CustomerId {
    CustomerId::new("anna").unwrap()
}

fn visit(who: CustomerId) -> Visit {
    Visit::new(VisitId(1), who, StoreId::new("lyon").unwrap(), Timestamp::from_millis(1))
}

async fn sound_store() -> EmbeddedStore {
    let store = EmbeddedStore::in_memory();
    let purchase = Purchase {
        order: OrderId::new("o1").unwrap(),
        lines: vec![],
        total: None,
        coupon: None,
        store: None,
    };
    let at = Timestamp::from_millis(5);
    let long = Product::new(ProductId::new("p1").unwrap(), "x".repeat(40_000), "");
    store
        .apply(vec![
            Change::Customer { id: anna(), name: Redacted::new("Anna".into()), sharing: None },
            Change::Phone { phone: PhoneId(1), customer: anna() },
            Change::Order { customer: anna(), at, source: Source::Web, purchase },
            Change::Product(long),
        ])
        .await
        .unwrap();
    store.put_visits(vec![visit(anna())]).await.unwrap();
    store
}

/// What the check says after `spoil` wrote past all rules.
async fn problems_after(spoil: impl FnOnce(Ground<'_>)) -> Vec<String> {
    let store = sound_store().await;
    spoil(store.ground());
    let report = store.check(|_| {}).await.unwrap();
    assert_eq!(report.problems.len() as u64, report.problem_count);
    report.problems.iter().map(ToString::to_string).collect()
}

fn remove(key: impl FnOnce(&Keys) -> Key) -> impl FnOnce(Ground<'_>) {
    move |ground| ground.commit(vec![(key(ground.keys()).encode(), None)]).unwrap()
}

#[tokio::test]
async fn a_sound_store_has_no_problems_and_is_counted() {
    let store = sound_store().await;
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counter = std::sync::Arc::clone(&seen);
    let report =
        store.check(move |count| counter.store(count, std::sync::atomic::Ordering::Relaxed)).await.unwrap();
    assert_eq!(report.problems, []);
    let expected = [
        ("customer", 1),
        ("event", 1),
        ("index of a customer's phones", 1),
        ("index of a customer's visits", 1),
        ("index of open visits", 1),
        ("mark of a stale view", 1),
        ("name of a message", 1),
        ("part of a long record", 3),
        ("phone", 1),
        ("product", 1),
        ("visit", 1),
    ];
    assert_eq!(report.records, BTreeMap::from(expected));
    assert_eq!(seen.load(std::sync::atomic::Ordering::Relaxed), 13);
}

#[tokio::test]
async fn a_look_at_somebody_who_is_known_by_events_alone_is_sound() {
    let store = sound_store().await;
    let look = |what| Look {
        at: Timestamp::from_millis(7),
        store: StoreId::new("operations").unwrap(),
        associate: AssociateId::new("ana").unwrap(),
        customer: CustomerId::new("guest").unwrap(),
        visit: VisitId(0),
        what,
    };
    let looks =
        [LookKind::IdentityShown, LookKind::FailedMessageShown, LookKind::Exported, LookKind::ExportedByApp];
    store.record_looks(looks.map(look).to_vec()).await.unwrap();
    let report = store.check(|_| {}).await.unwrap();
    assert_eq!(report.problems, []);
    assert_eq!(report.records["look"], 4);
    assert_eq!(store.looks_at(&CustomerId::new("guest").unwrap(), 9).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_missing_customer_is_found_from_all_that_name_it() {
    let problems = problems_after(remove(|keys| Key::Customer { customer: keys.customer(&anna()) })).await;
    for kind in ["phone #", "visit #"] {
        let found = problems.iter().find(|problem| problem.starts_with(kind)).unwrap();
        assert!(
            found.contains("its customer is not in the store") && found.contains("Way out: import"),
            "{found}"
        );
    }
    assert_eq!(problems.len(), 2);
}

#[tokio::test]
async fn lost_records_are_found() {
    let missing = problems_after(remove(|_| Key::Visit { id: VisitId(1) })).await;
    assert!(
        missing.iter().all(|problem| problem.contains("its visit is missing")) && missing.len() == 2,
        "{missing:?}"
    );

    let open = Key::OpenVisit { store: StoreId::new("lyon").unwrap(), visit: VisitId(1) };
    let index = problems_after(remove(|_| open)).await;
    assert!(index[0].contains("missing in the index of open visits") && index.len() == 1, "{index:?}");

    let product = Key::Product { id: ProductId::new("p1").unwrap() };
    let orphans = problems_after(remove(|_| product.clone())).await;
    assert!(orphans.iter().all(|problem| problem.contains("its record does not name it")), "{orphans:?}");
    assert_eq!(orphans.len(), 3);

    let part = Key::Part { of: product.encode(), index: 1 };
    let cut = problems_after(remove(|_| part)).await;
    assert!(cut[0].contains("misses its part 1 of 3") && cut.len() == 1, "{cut:?}");
}

#[tokio::test]
async fn an_entry_of_the_log_and_its_index_lead_to_each_other() {
    let store = sound_store().await;
    let remark = |visit| {
        showing::Entry::Remark(showing::Remark {
            at: Timestamp::from_millis(7),
            customer: anna(),
            visit: VisitId(visit),
            store: StoreId::new("lyon").unwrap(),
            associate: AssociateId::new("ana").unwrap(),
            said: showing::Said::OfVisit(None),
        })
    };
    let ground = store.ground();
    let customer = ground.keys().customer(&anna());
    let logged = |number| Logged {
        number,
        at: Timestamp::from_millis(7),
        customer,
        visit: VisitId(1),
        what: LoggedKind::Remark,
    };
    let mut draft = Draft::new(ground);
    for (number, visit) in [(1, 1), (2, 1), (3, 9)] {
        draft.seal_new(&Key::Logged(logged(number)), customer, &remark(visit)).unwrap();
        put_in_short(&mut draft, logged(number), &remark(visit)).unwrap();
    }
    draft.remove(&Key::LoggedOf(logged(1)));
    draft.remove(&Key::Logged(logged(2)));
    draft.commit().unwrap();
    let problems: Vec<String> =
        store.check(|_| {}).await.unwrap().problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(
        problems[0].starts_with("remark #") && problems[0].contains("does not stand in short"),
        "{problems:?}"
    );
    assert!(problems[1].contains("under another name than its own"), "{problems:?}");
    assert!(problems[2].contains("its entry is missing"), "{problems:?}");
}

#[tokio::test]
async fn foreign_bytes_are_named_with_the_way_out() {
    let problems = problems_after(|ground| {
        let customer = Key::Customer { customer: ground.keys().customer(&anna()) }.encode();
        let product = Key::Product { id: ProductId::new("p2").unwrap() }.encode();
        let writes =
            vec![(vec![0xEE, 1], Some(vec![])), (customer, Some(vec![9, 9])), (product, Some(vec![9]))];
        ground.commit(writes).unwrap();
    })
    .await;
    assert!(problems[0].contains("customer #") && problems[0].contains("is not sealed"), "{problems:?}");
    assert!(problems[1].contains("version 9") && problems[1].contains("p2"), "{problems:?}");
    assert!(problems[2].starts_with("key [ee, 01]: no kind of record has the tag 0xee"), "{problems:?}");
    assert_eq!(problems.len(), 3);
}

#[tokio::test]
async fn a_presence_beyond_its_high_water_is_found() {
    let problems = problems_after(|ground| {
        let key = Key::Presences {
            store: StoreId::new("lyon").unwrap(),
            received: Timestamp::EPOCH,
            agent: shopbell_domain::id::AgentId::new("a").unwrap(),
            boot: shopbell_domain::id::BootId(1),
            first: 1,
        };
        let row = crate::record::PresenceRow {
            sequence: 4,
            customer: anna(),
            kind: shopbell_domain::presence::PresenceKind::Left,
            observed: Timestamp::EPOCH,
            rssi: shopbell_domain::signal::Dbm::new(-60).unwrap(),
            carrier: shopbell_domain::signal::Carrier::ServiceData,
            visit: VisitId(1),
        };
        let mut draft = Draft::new(ground);
        let by = ground.keys().customer(&anna());
        let row = SealedRow { sequence: 4, row: draft.sealed(&key, by, &row).unwrap() };
        draft.put(&key, &PresencesRecord(vec![row])).unwrap();
        draft.commit().unwrap();
    })
    .await;
    assert!(problems[0].contains("reaches event 4, and its boot is recorded up to 0"), "{problems:?}");
}
