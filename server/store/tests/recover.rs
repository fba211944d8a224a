//! Damaged stores, many seeds: what a recovery keeps, and that nothing comes back that a customer took away.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of a test fail it by panicking")]

mod damaged;
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use damaged::{at, copy, damage, options};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    event::{Line, Purchase, port::Events},
    holdout::Arm,
    id::{AgentId, BootId, CustomerId, OrderId, PhoneId, ProductId, StoreId, VisitId},
    identity::Identifier,
    ports::{Change, Customers, Imports, Ledger, LedgerEntry, RecordedPresence, SharingTold},
    presence::PresenceKind,
    profile::Source,
    redacted::Redacted,
    showing::{Element, Entry, Showing, Showings as _},
    signal::{Carrier, Dbm},
    visit::Visit,
};
use shopbell_store::{EmbeddedStore, EngineError, OpenError, Recovered, RecoveryReport};
use shopbell_vault::Vault;
use support::vault;

const CASES: u64 = 40;
const PEOPLE: u64 = 400;

fn who(number: u64) -> CustomerId {
    CustomerId::new(format!("customer-{number:05}")).unwrap()
}

/// The last decisions, as the customers made them.
#[derive(Default)]
struct Truth {
    levels: BTreeMap<u64, SharingLevel>,
    revoked: BTreeSet<u64>,
    orders: BTreeMap<u64, usize>,
    batches: Vec<LedgerEntry>,
}

fn order(rng: &mut StdRng, person: u64, number: usize) -> Change {
    let line = || Line { quantity: Some(1), ..Line::of(ProductId::new("p1").unwrap()) };
    // Now and then one that is too long for one record.
    let lines = if rng.random_ratio(1, 60) { 900 } else { rng.random_range(1..8) };
    let purchase = Purchase {
        order: OrderId::new(format!("o-{person}-{number}")).unwrap(),
        lines: (0..lines).map(|_| line()).collect(),
        total: None,
        coupon: None,
        store: None,
    };
    let at = at(i64::try_from(number).unwrap());
    Change::Order { customer: who(person), at, source: Source::Web, purchase }
}

fn batch(rng: &mut StdRng, sequence: u64) -> LedgerEntry {
    let (store, agent) = (StoreId::new("lyon").unwrap(), AgentId::new("door").unwrap());
    let (customer, visit) = (who(rng.random_range(0..PEOPLE)), VisitId(u128::from(sequence)));
    let presence = |sequence| RecordedPresence {
        agent: agent.clone(),
        boot: BootId(7),
        sequence,
        customer: customer.clone(),
        kind: PresenceKind::Entered,
        observed: at(0),
        rssi: Dbm::new(-60).unwrap(),
        carrier: Carrier::ServiceData,
        visit,
    };
    LedgerEntry {
        presences: (sequence - 9..=sequence).map(presence).collect(),
        visits: vec![Visit::new(visit, customer.clone(), store.clone(), at(0))],
        store,
        agent: agent.clone(),
        boot: BootId(7),
        high_water: sequence,
        received: at(i64::try_from(sequence).unwrap()),
        anonymous: Vec::new(),
    }
}

fn showing(visit: &Visit) -> Entry {
    let element = Element {
        what: "wish".to_owned(),
        value: Redacted::new("a coat ".repeat(20)),
        at: None,
        source: None,
        field: None,
    };
    Entry::Showing(Box::new(Showing {
        at: visit.began,
        customer: visit.customer.clone(),
        visit: visit.id,
        store: visit.store.clone(),
        arm: Arm::Open,
        moment: String::new(),
        charter: 0,
        model: 0,
        seed: 0,
        speech: String::new(),
        elements: vec![element; 40],
        unknown: Vec::new(),
        outlook: Vec::new(),
        weights: Vec::new(),
        candidates: Vec::new(),
        further: 0,
    }))
}

/// A store that has lived: decisions up and down, revocations, orders and visits, mixed, over several starts.
async fn sound_store(dir: &Path, vault: &Vault, rng: &mut StdRng) -> Truth {
    let mut truth = Truth::default();
    let mut sequence = 0;
    for life in 0..3 {
        let store = EmbeddedStore::open(dir, options(), vault.clone()).unwrap();
        if life == 0 {
            let people = (0..PEOPLE).flat_map(|person| {
                let (name, sharing) = (Redacted::new("Camille".to_owned()), Sharing::default());
                let sharing = Some(SharingTold { sharing, at: at(0) });
                let phone = PhoneId(person);
                [
                    Change::Customer { id: who(person), name, sharing },
                    Change::Phone { phone, customer: who(person) },
                ]
            });
            store.apply(people.collect()).await.unwrap();
            truth.levels = (0..PEOPLE).map(|person| (person, SharingLevel::Invisible)).collect();
        }
        for _ in 0..150 {
            for _ in 0..4 {
                let person = rng.random_range(0..PEOPLE);
                let level = SharingLevel::from_number(rng.random_range(0..6)).unwrap();
                let sharing = Sharing { level, ..Sharing::default() };
                store.set_sharing(&who(person), sharing, at(life)).await.unwrap();
                truth.levels.insert(person, level);
            }
            let person = rng.random_range(0..PEOPLE);
            if rng.random_ratio(1, 4) {
                store.revoke_phone(PhoneId(person)).await.unwrap();
                truth.revoked.insert(person);
            }
            let mut orders = Vec::new();
            for _ in 0..10 {
                let person = rng.random_range(0..PEOPLE);
                let number = truth.orders.entry(person).or_default();
                orders.push(order(rng, person, *number));
                *number += 1;
            }
            store.apply(orders).await.unwrap();
            sequence += 10;
            let entry = batch(rng, sequence);
            truth.batches.push(entry.clone());
            store.log(vec![showing(&entry.visits[0])]).await.unwrap();
            store.record(entry).await.unwrap();
        }
        assert_eq!(store.check(|_| ()).await.unwrap().problems, []);
    }
    truth
}

#[derive(Debug, Default)]
struct Tally {
    healthy: u64,
    recovered: u64,
    customers: u64,
    customers_known: u64,
    open_customers: u64,
    orders: u64,
    logged: u64,
}

/// What must hold of every store after `recover`, whatever was damaged.
async fn holds(
    (dir, vault): (&Path, &Vault),
    truth: &Truth,
    anew: Option<&RecoveryReport>,
    tally: &mut Tally,
) {
    let store = EmbeddedStore::open(dir, options(), vault.clone()).unwrap();
    let report = store.check(|_| ()).await.unwrap();
    assert_eq!(report.problems, []);
    assert_eq!(store.recovered().unwrap().is_some(), anew.is_some());
    for (person, level) in &truth.levels {
        let found = store.customer(&who(*person)).await.unwrap();
        assert!(
            found.as_ref().is_none_or(|customer| customer.consent.sharing.level <= *level),
            "customer {person} shares more than {level:?}"
        );
        let owner = store.phone_owner(PhoneId(*person)).await.unwrap();
        assert!(owner.is_none() || !truth.revoked.contains(person), "phone {person} was revoked");
        let orders = store.events_of(&Identifier::from(&who(*person))).await.unwrap().len();
        assert!(orders <= truth.orders.get(person).copied().unwrap_or(0));
        if anew.is_some() {
            tally.customers_known += u64::from(found.is_some());
            tally.open_customers +=
                u64::from(found.is_some_and(|customer| customer.consent.sharing.level == *level));
            tally.orders += orders as u64;
        } else {
            assert_eq!(found.unwrap().consent.sharing.level, *level);
        }
    }
    the_log_holds(&store, truth, tally).await;
    // The agent sends again.
    for entry in truth.batches.iter().rev().take(40).rev() {
        store.record(entry.clone()).await.unwrap();
    }
    let audit = store.audit().await.unwrap();
    let distinct: BTreeSet<_> = audit.presences.iter().map(|presence| presence.sequence).collect();
    assert_eq!(distinct.len(), audit.presences.len(), "an event counts once");
    assert_eq!(audit.high_waters.len(), 1);
    assert_eq!(audit.high_waters[0].sequence, truth.batches.last().unwrap().high_water);
}

/// Of the log of showings what is left is as it was, leads from customers to entries and back, and goes on.
async fn the_log_holds(store: &EmbeddedStore, truth: &Truth, tally: &mut Tally) {
    let log = store.log_since(at(0), None, usize::MAX).await.unwrap();
    let known: BTreeMap<_, _> =
        truth.batches.iter().map(|batch| (batch.visits[0].id, &batch.visits[0])).collect();
    let names: BTreeSet<u64> = log.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), log.len(), "each once");
    let people: BTreeSet<_> = log.iter().map(|(_, entry)| entry.customer()).collect();
    let mut short = 0;
    for customer in people {
        short += store.log_in_short(customer, at(0), usize::MAX).await.unwrap().len();
    }
    assert_eq!(short, log.len());
    assert!(log.iter().all(|(_, entry)| *entry == showing(known[&entry.visit()])));
    tally.logged += log.len() as u64;
    let last = names.last().copied();
    let visit = Visit::new(VisitId(7_000_000), who(3), StoreId::new("lyon").unwrap(), at(0));
    store.log(vec![showing(&visit)]).await.unwrap();
    assert_eq!(store.log_since(at(0), last, 9).await.unwrap().len(), 1, "its name is a new one");
}

#[tokio::test]
async fn what_was_taken_away_never_comes_back() {
    let mut rng = StdRng::seed_from_u64(20_261_123);
    let home = tempfile::tempdir().unwrap();
    let vault = vault(&home.path().join("vault"));
    let sound = home.path().join("sound");
    let truth = sound_store(&sound, &vault, &mut rng).await;
    let all_orders: usize = truth.orders.values().sum();
    let mut tally = Tally::default();
    for case in 0..CASES {
        let place = home.path().join(format!("case-{case}"));
        let dir = place.join("store");
        copy(&sound, &dir);
        let what = damage(&dir, &mut rng);
        println!("case {case}: {what}");
        // What the server does first.
        if let Err(error) = EmbeddedStore::open(&dir, options(), vault.clone()) {
            assert!(matches!(error, OpenError::Engine(EngineError::Damaged { .. })), "{error}");
            assert!(dir.exists(), "nothing was moved");
        }
        match EmbeddedStore::recover(&dir, options(), vault.clone(), at(1_000_000), |_| ()).unwrap() {
            Recovered::Healthy => {
                tally.healthy += 1;
                holds((&dir, &vault), &truth, None, &mut tally).await;
            }
            Recovered::Anew(report) => {
                tally.recovered += 1;
                tally.customers += PEOPLE;
                assert!(report.moved_to.join("db").exists() && report.moved_to != dir);
                let again =
                    EmbeddedStore::recover(&dir, options(), vault.clone(), at(1_000_001), |_| ()).unwrap();
                assert!(matches!(again, Recovered::Healthy), "{again:?}");
                holds((&dir, &vault), &truth, Some(&report), &mut tally).await;
            }
        }
        fs::remove_dir_all(&place).unwrap();
    }
    println!("{CASES} damaged stores with {all_orders} orders each: {tally:#?}");
    assert!(tally.recovered > CASES / 3, "{tally:?}: the damage did not reach anything");
    assert!(tally.customers_known * 2 > tally.customers, "{tally:?}: most stores give most customers back");
    assert!(tally.open_customers > 0 && tally.orders > 0 && tally.logged > 0, "{tally:?}");
}

#[tokio::test]
async fn references_to_what_was_lost_are_made_harmless() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(&home.path().join("vault"));
    let dir = home.path().join("store");
    let mut rng = StdRng::seed_from_u64(5);
    sound_store(&dir, &vault, &mut rng).await;
    {
        // As if a page of customers had been lost: nobody else says so.
        let raw = shopbell_durable::Store::open(&dir, options()).unwrap();
        let mut batch = shopbell_durable::WriteBatch::new();
        let customers = raw.scan_prefix(b"c", None, 50).unwrap();
        let events = raw.scan_prefix(b"g", None, 30).unwrap();
        for entry in customers.into_iter().chain(events) {
            batch.delete(entry.key);
        }
        raw.commit_blocking(batch).unwrap();
    }
    let Recovered::Anew(report) =
        EmbeddedStore::recover(&dir, options(), vault.clone(), at(9), |_| ()).unwrap()
    else {
        panic!("it was not healthy");
    };
    assert!(report.reason.contains("do not fit together"), "{}", report.reason);
    assert_eq!((report.lost["customer"], report.customers_closed), (50, 0), "{report:?}");
    assert!(report.lost["message"] >= 1 && report.ends_whole, "{report:?}");
    let store = EmbeddedStore::open(&dir, options(), vault.clone()).unwrap();
    let mut put_back = 0;
    for person in 0..PEOPLE {
        let found = store.customer(&who(person)).await.unwrap().unwrap();
        if found.consented_since == at(9) {
            put_back += 1;
            assert_eq!((found.consent.sharing, found.name.reveal().as_str()), (Sharing::default(), ""));
        }
    }
    assert_eq!(put_back, 50, "without a name, sharing nothing");
    assert_eq!(store.recovered().unwrap(), Some(at(9)));
}

#[test]
fn a_store_in_use_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(&home.path().join("vault"));
    let dir = home.path().join("store");
    let _running = EmbeddedStore::open(&dir, options(), vault.clone()).unwrap();
    let error =
        EmbeddedStore::recover(&dir, options(), vault.clone(), at(0), |_| ()).unwrap_err().to_string();
    assert!(error.contains("in use by another process") && error.contains("store"), "{error}");
}
