use shopbell_domain::{
    holdout::Arm,
    id::{AgentId, AssociateId, BootId, CustomerId, StoreId, VisitId},
    ports::{Customers as _, Ledger as _, LedgerEntry, Look, LookKind, Looks as _, RecordedPresence},
    presence::PresenceKind,
    redacted::Redacted,
    showing::{Entry, Showing, Showings as _},
    signal::{Carrier, Dbm},
};

use super::*;

fn at(day: u64) -> Timestamp {
    Timestamp::from_secs(i64::try_from(day).unwrap() * 24 * 60 * 60)
}

fn presence(day: u64, visit: &Visit) -> RecordedPresence {
    RecordedPresence {
        agent: AgentId::new("lyon-1").unwrap(),
        boot: BootId(1),
        sequence: day + 1,
        customer: visit.customer.clone(),
        kind: PresenceKind::Entered,
        observed: at(day),
        rssi: Dbm::new(-60).unwrap(),
        carrier: Carrier::ServiceData,
        visit: visit.id,
    }
}

fn showing(customer: &CustomerId, day: u64) -> Entry {
    Entry::Showing(Box::new(Showing {
        at: at(day),
        customer: customer.clone(),
        visit: VisitId(u128::from(day)),
        store: StoreId::new("lyon").unwrap(),
        arm: Arm::Open,
        moment: String::new(),
        charter: 0,
        model: 0,
        seed: 0,
        speech: String::new(),
        elements: Vec::new(),
        unknown: Vec::new(),
        outlook: Vec::new(),
        weights: Vec::new(),
        candidates: Vec::new(),
        further: 0,
    }))
}

async fn store_of(days: u64) -> EmbeddedStore {
    let store = EmbeddedStore::in_memory();
    let (shop, agent) = (StoreId::new("lyon").unwrap(), AgentId::new("lyon-1").unwrap());
    let customer = CustomerId::new("anna").unwrap();
    store.put_customer(&customer, Redacted::new(String::new())).await.unwrap();
    for day in 0..days {
        let mut visit = Visit::new(VisitId(u128::from(day)), customer.clone(), shop.clone(), at(day));
        visit.ended = Some(at(day));
        let entry = LedgerEntry {
            store: shop.clone(),
            agent: agent.clone(),
            boot: BootId(1),
            high_water: day + 1,
            received: at(day),
            presences: vec![presence(day, &visit)],
            visits: vec![visit],
            anonymous: vec![(at(day), 1)],
        };
        store.record(entry).await.unwrap();
        let look = Look {
            at: at(day),
            store: shop.clone(),
            associate: AssociateId::new("ines").unwrap(),
            customer: customer.clone(),
            visit: VisitId(u128::from(day)),
            what: LookKind::CardOpened,
        };
        store.record_looks(vec![look]).await.unwrap();
        store.log(vec![showing(&customer, day)]).await.unwrap();
    }
    store
}

async fn whole(store: &EmbeddedStore, class: Class, before: Timestamp, mode: Mode) -> (u64, u64, u32) {
    let (mut due, mut kept, mut steps, mut from) = (0, 0, 0, None);
    loop {
        let aged = store.age(class, before, from, mode).await.unwrap();
        due += aged.due;
        kept += aged.kept;
        steps += 1;
        match aged.next {
            None => return (due, kept, steps),
            next => from = next,
        }
    }
}

#[tokio::test]
async fn each_class_ages_by_itself_and_in_steps() {
    let store = store_of(600).await;
    for class in [Class::Presences, Class::Visits, Class::Looks, Class::Showings, Class::Anonymous] {
        assert_eq!(whole(&store, class, at(0), Mode::Delete).await, (0, 600, 3), "{class:?}: nothing is due");
        assert_eq!(whole(&store, class, at(400), Mode::Preview).await, (400, 200, 3), "{class:?}");
        assert_eq!(
            whole(&store, class, at(400), Mode::Delete).await,
            (400, 200, 3),
            "{class:?}: a preview deletes nothing"
        );
        assert_eq!(
            whole(&store, class, at(400), Mode::Delete).await,
            (0, 200, 1),
            "{class:?}: they are gone"
        );
    }
    let anna = CustomerId::new("anna").unwrap();
    assert_eq!(store.visits_of(&anna).await.unwrap().len(), 200);
    assert_eq!(store.looks_at(&anna, 1_000).await.unwrap().len(), 200);
    assert_eq!(store.log_of(&anna, at(0), 1_000).await.unwrap().len(), 200);
    let shop = StoreId::new("lyon").unwrap();
    assert_eq!(store.anonymous_count(&shop, at(399)).await.unwrap(), 0);
    assert_eq!(store.anonymous_count(&shop, at(400)).await.unwrap(), 1);
    assert_eq!(store.dated(&anna).unwrap(), Some(at(399)));
    let report = store.check(|_| ()).await.unwrap();
    assert_eq!(report.problem_count, 0, "{:?}", report.problems.first());
}

#[tokio::test]
async fn an_open_visit_does_not_age() {
    let store = EmbeddedStore::in_memory();
    let shop = StoreId::new("lyon").unwrap();
    let customer = CustomerId::new("anna").unwrap();
    let visit = Visit::new(VisitId(1), customer.clone(), shop.clone(), at(0));
    assert_eq!(visit.ended, None);
    store.put_visits(vec![visit]).await.unwrap();
    assert_eq!(whole(&store, Class::Visits, at(9_999), Mode::Delete).await, (0, 0, 1));
    assert_eq!(store.visits_of(&customer).await.unwrap().len(), 1);
}
