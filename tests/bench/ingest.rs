//! Durable ingest by the real server, beside the group commit of the store that it rests on.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use futures::future::join_all;
use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    ports::{Ledger as _, LedgerEntry},
    presence::PresenceKind,
};
use shopbell_durable::{Store, WriteBatch};
use shopbell_store::{Audit, EmbeddedStore, Options};
use shopbell_tests::world::World;
use shopbell_vault::{Kek, Vault};

use crate::{
    guests::{ORIGIN, names, register, shown_at},
    measure::{Pair, Paired, runtime, unix_micros},
    report::{Goal, Row},
    reporter::{IN_FLIGHT, Reporter},
};

const SHOPS: [&str; 4] = ["lyon", "paris", "lille", "nantes"];
/// Agents of each shop; both hear all its guests.
const AGENTS: [(&str, &str); 2] = [("door", "entrance"), ("back", "womens")];
/// Guests of each shop, and so events of a batch: every event is about another guest, the dearest mix.
const GUESTS: usize = 256;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 7;

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(bench())
}

async fn bench() -> Vec<Row> {
    let mut world = SHOPS.iter().fold(World::at(ORIGIN), |world, shop| {
        let agents = agents_of(shop);
        let agents: Vec<(&str, &str)> = agents.iter().map(|(agent, zone)| (agent.as_str(), *zone)).collect();
        world.shop(shop, &agents)
    });
    world.start_server().await;
    let mut reporters = reporters(&world).await;
    join_all(reporters.iter_mut().map(|reporter| reporter.say(PresenceKind::Entered))).await;
    press(&mut reporters, ROUND).await;

    // What a batch weighs is read from what the server has just written.
    let audit = world.end().await;
    let bytes = bytes_of_a_batch(&audit).await;
    drop(audit);
    world.start_server().await;
    for reporter in &mut reporters {
        reporter.reconnect(&world.url()).await;
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    let writers = Writers::open(&dir.path().join("store"), reporters.len() * IN_FLIGHT, bytes);
    press(&mut reporters, ROUND / 2).await;
    writers.press(ROUND / 2).await;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let ours = press(&mut reporters, ROUND).await;
        rounds.push(Pair { ours, beside: writers.press(ROUND).await });
    }
    let beside_is = format!(
        "events acknowledged by the server process over loopback gRPC ({} agents in {} shops, batches of {GUESTS} events \
         about {GUESTS} guests, {IN_FLIGHT} in flight each; an event opens its token, reads the customer, changes a \
         visit, its row and two records), beside {} writers on shopbell_durable::Store in this process, each commit \
         {GUESTS} records with together as many bytes as the server commits for a batch ({bytes})",
        reporters.len(),
        SHOPS.len(),
        writers.count,
    );
    vec![Row::new("ingest-durable", "events/s", Paired::of(&rounds), Goal::RatioAtLeast(0.5), beside_is)]
}

fn agents_of(shop: &str) -> Vec<(String, &'static str)> {
    AGENTS.iter().map(|(name, zone)| (format!("{shop}-{name}"), *zone)).collect()
}

async fn reporters(world: &World) -> Vec<Reporter> {
    let app = world.app().await;
    let mut all = Vec::new();
    for shop in SHOPS {
        let tokens = shown_at(&register(&app, &names(shop, GUESTS)).await, world.clock.now());
        for (agent, _) in agents_of(shop) {
            all.push(Reporter::open(&world.url(), &agent, world.clock, tokens.clone()).await);
        }
    }
    all
}

/// All agents at once; acknowledged events a second.
async fn press(reporters: &mut Vec<Reporter>, during: Duration) -> f64 {
    let began = Instant::now();
    let tasks = reporters.drain(..).map(|mut reporter| {
        tokio::spawn(async move {
            let events = reporter.press(during).await;
            (reporter, events)
        })
    });
    let ended = join_all(tasks.collect::<Vec<_>>()).await;
    let elapsed = began.elapsed();
    let mut events = 0;
    for one in ended {
        let (reporter, more) = one.expect("the agent's task ends");
        events += more;
        reporters.push(reporter);
    }
    events as f64 / elapsed.as_secs_f64()
}

/// Bytes of keys and values that the server commits for one batch: the last one of an agent, recorded again.
async fn bytes_of_a_batch(audit: &Audit) -> usize {
    let first = audit.presences.last().expect("something was recorded");
    let of_agent = audit.presences.iter().filter(|presence| presence.agent == first.agent);
    let mut presences: Vec<_> = of_agent.cloned().collect();
    presences.sort_by_key(|presence| presence.sequence);
    let mut presences = presences.split_off(presences.len() - GUESTS);
    let visits: Vec<_> = audit
        .visits
        .iter()
        .filter(|visit| presences.iter().any(|presence| presence.visit == visit.id))
        .cloned()
        .collect();
    assert_eq!(visits.len(), GUESTS, "each event of a batch is about another guest");
    let (store, agent, boot) = (visits[0].store.clone(), first.agent.clone(), first.boot);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let vault = shopbell_vault::Options::new(dir.path().join("vault"), Kek::new([1; 32].into()));
    let (vault, _) = Vault::open(&vault, StdRng::from_os_rng()).expect("a new vault opens");
    let again =
        EmbeddedStore::open(dir.path().join("store"), Options::default(), vault).expect("a new store opens");
    let mut bytes = 0;
    // The second time finds the visits there, as the server does.
    for _ in 0..2 {
        for presence in &mut presences {
            presence.sequence += GUESTS as u64;
        }
        let high_water = presences.last().map_or(0, |presence| presence.sequence);
        let entry = LedgerEntry {
            store: store.clone(),
            agent: agent.clone(),
            boot,
            high_water,
            received: first.observed,
            presences: presences.clone(),
            visits: visits.clone(),
            anonymous: Vec::new(),
        };
        let before = again.stats().bytes;
        again.record(entry).await.expect("the batch is recorded");
        bytes = again.stats().bytes - before;
    }
    usize::try_from(bytes).expect("a batch fits into memory")
}

/// Writers that commit side by side, so that the store makes one commit of what waits.
struct Writers {
    store: Store,
    count: usize,
    value: Vec<u8>,
}

/// Bytes of a key: who writes, and a number that rises.
const KEY_BYTES: usize = 16;

impl Writers {
    fn open(dir: &Path, count: usize, batch_bytes: usize) -> Self {
        let store = Store::open(dir, shopbell_durable::Options::default()).expect("a new store opens");
        Self { store, count, value: vec![0x5a; (batch_bytes / GUESTS).saturating_sub(KEY_BYTES)] }
    }

    /// All writers at once; records a second, each counted when it is safe.
    async fn press(&self, during: Duration) -> f64 {
        let began = Instant::now();
        let tasks = (0..self.count).map(|writer| {
            let (store, value) = (self.store.clone(), self.value.clone());
            tokio::spawn(async move { write(&store, writer, &value, began + during).await })
        });
        let written = join_all(tasks.collect::<Vec<_>>()).await;
        let records: u64 = written.into_iter().map(|records| records.expect("the writer ends")).sum();
        records as f64 / began.elapsed().as_secs_f64()
    }
}

async fn write(store: &Store, writer: usize, value: &[u8], until: Instant) -> u64 {
    // Rises from round to round too.
    let from = unix_micros() * 1_000;
    let mut records = 0;
    while Instant::now() < until {
        let mut batch = WriteBatch::new();
        for _ in 0..GUESTS {
            let number = from + records;
            batch.put([(writer as u64).to_be_bytes(), number.to_be_bytes()].concat(), value);
            records += 1;
        }
        store.commit(batch).await.expect("the store commits");
    }
    records
}
