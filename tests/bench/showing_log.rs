//! What the log of showings takes and gives: durable entries of cards that are composed side by side, beside profiles that are
//! written as durably; and what a card reads of a regular customer's, beside the read of their profile.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use futures::future::join_all;
use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    consent::Field,
    event::port::{Effects, Events as _},
    holdout::Arm,
    id::{CustomerId, ProductId, StoreId, VisitId},
    outlook::{Outlook, Prospect},
    ports::Profiles as _,
    profile::{Source, View},
    redacted::Redacted,
    showing::{Candidate, Element, Entry, Fate, Showing, Showings as _, Texts},
    situation::Unknown,
    starter::StarterKind,
    time::Timestamp,
};
use shopbell_store::{EmbeddedStore, Options};
use shopbell_vault::{Kek, Vault};

use crate::{
    measure::{Pair, Paired, millis, quantile, runtime},
    profile::view,
    report::{Goal, Row},
};

/// Cards at once.
const WRITERS: u64 = 64;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 7;
/// Cards that are opened in a visit.
const OF_A_VISIT: u64 = 5;
const ELEMENTS: usize = 40;
const CANDIDATES: usize = 12;
/// Numbers of a candidate, of which every fourth is not 0.
const FEATURES: usize = 34;
/// What a card reads of one customer at most.
const READ: usize = 500;
const READS: usize = 200;

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(bench())
}

async fn bench() -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    std::fs::create_dir_all(&folder).expect("a folder");
    let dir = tempfile::tempdir_in(&folder).expect("a temporary directory");
    let store = open(dir.path());
    let full = view(20, 60);
    vec![appends(&store, &full).await, reads(&store, &full).await]
}

async fn appends(store: &EmbeddedStore, full: &View) -> Row {
    let mut number = 0;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in 0..=ROUNDS {
        let log = |writer: u64, turn: u64| {
            let (store, visit) = (store.clone(), number + turn / OF_A_VISIT);
            async move { store.log(vec![showing(writer, visit, turn)]).await.expect("the log takes it") }
        };
        let ours = press(log).await;
        let write = |writer: u64, _| {
            let (store, views) = (store.clone(), vec![(customer(writer), full.clone())]);
            let effects = Effects { views, ..Effects::default() };
            async move { store.write_effects(effects).await.expect("the view is written") }
        };
        let beside = press(write).await;
        number += 1_000_000;
        // The first only makes keys and files.
        if round > 0 {
            rounds.push(Pair { ours, beside });
        }
    }
    let bytes = serde_json::to_vec(&showing(0, 0, 0)).map_or(0, |bytes| bytes.len());
    let beside_is = format!(
        "entries that EmbeddedStore::log had on disk, {WRITERS} customers at once, one a call, each another card than the \
         customer's last ({OF_A_VISIT} a visit; {ELEMENTS} elements, {CANDIDATES} candidates with {FEATURES} numbers, {bytes} \
         bytes as JSON), beside full profiles that as many writers had on disk by EmbeddedStore::write_effects, one a \
         call, in turns in the same store"
    );
    Row::new("showing-log", "entries/s", Paired::of(&rounds), Goal::Told, beside_is)
}

/// Writes of all writers a second; each goes on when its last one is safe.
async fn press<F: Future<Output = ()>>(write: impl Fn(u64, u64) -> F) -> f64 {
    let began = Instant::now();
    let writers = (0..WRITERS).map(|writer| {
        let write = &write;
        async move {
            let mut turn = 0;
            while began.elapsed() < ROUND {
                write(writer, turn).await;
                turn += 1;
            }
            turn
        }
    });
    let written: u64 = join_all(writers).await.into_iter().sum();
    written as f64 / began.elapsed().as_secs_f64()
}

async fn reads(store: &EmbeddedStore, full: &View) -> Row {
    let regular = WRITERS + 1;
    for visit in 0..READ as u64 / 10 {
        let entries = (0..10).map(|turn| showing(regular, visit, turn)).collect();
        store.log(entries).await.expect("the log takes them");
    }
    let views = vec![(customer(regular), full.clone())];
    store.write_effects(Effects { views, ..Effects::default() }).await.expect("the view is written");
    let customer = customer(regular);
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (mut ours, mut beside) = (Vec::with_capacity(READS), Vec::with_capacity(READS));
        for _ in 0..READS {
            let began = Instant::now();
            let entries =
                store.log_in_short(&customer, Timestamp::EPOCH, READ).await.expect("the log is read");
            ours.push(millis(began.elapsed()));
            assert_eq!(entries.len(), READ);
            let began = Instant::now();
            store.profile(&customer).await.expect("the profile is read");
            beside.push(millis(began.elapsed()));
        }
        rounds.push(Pair { ours: quantile(ours, 99), beside: quantile(beside, 99) });
    }
    let beside_is = format!(
        "p99 of {READS} reads by EmbeddedStore::log_in_short of all {READ} entries of one customer, as large as those of showing-log, \
         beside p99 of as many reads of the same customer's full profile, one by one in turns"
    );
    Row::new("showing-log-read", "ms", Paired::of(&rounds), Goal::Told, beside_is)
}

fn open(dir: &Path) -> EmbeddedStore {
    let vault = shopbell_vault::Options::new(dir.join("vault"), Kek::new([1; 32].into()));
    let (vault, _) = Vault::open(&vault, StdRng::from_os_rng()).expect("a new vault opens");
    EmbeddedStore::open(dir.join("store"), Options::default(), vault).expect("a new store opens")
}

fn customer(number: u64) -> CustomerId {
    CustomerId::new(format!("customer-{number}")).expect("an id")
}

/// A card of a customer who shares everything.
fn showing(of: u64, visit: u64, turn: u64) -> Entry {
    let at = Timestamp::from_secs(1_790_000_000);
    let element = |number: usize| Element {
        what: "wish".to_owned(),
        value: Redacted::new(format!("product-{number}, size 38, loden coat")),
        at: Some(at),
        source: Some(Source::Web),
        field: Some(Field::WishList),
    };
    let text =
        || Redacted::new("We have the loden coat here, in 38. Shall I show you, if you like?".to_owned());
    let candidate = |number: usize| Candidate {
        id: format!("wish-arrived/product-{number}"),
        kind: StarterKind::WishArrived,
        product: Some(ProductId::new(format!("product-{number}")).expect("an id")),
        facts: (0..2).map(element).collect(),
        texts: (number < 3).then(|| Texts { say: text(), reason: text() }),
        score: Some(0.25),
        features: (0..FEATURES).map(|place| if place % 4 == 0 { 0.5 } else { 0.0 }).collect(),
        fate: match u8::try_from(number) {
            Ok(slot @ 0..3) => Fate::Shown { slot, here: 0.5, anywhere: 0.75 },
            _ => Fate::Suppressed { rule: "NoRoom".to_owned() },
        },
    };
    let outlook =
        |prospect| Outlook { prospect, probability: 0.25, grounds: vec![("minutes_in_zone".into(), 0.5); 4] };
    Entry::Showing(Box::new(Showing {
        at,
        customer: customer(of),
        visit: VisitId(u128::from(visit)),
        store: StoreId::new("lyon").expect("an id"),
        arm: Arm::Open,
        moment: "pause".to_owned(),
        charter: 7,
        model: turn,
        seed: visit,
        speech: "en, formal".to_owned(),
        elements: (0..ELEMENTS).map(element).collect(),
        unknown: vec![Unknown::NotTold(Field::Designs); 15],
        outlook: Prospect::ALL.map(outlook).into(),
        weights: vec![0.25; FEATURES],
        candidates: (0..CANDIDATES).map(candidate).collect(),
        further: 0,
    }))
}
