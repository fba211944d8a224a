//! One arrival's read of a full profile, unsealed, with a million customers in the store, beside the bare read of records
//! of the same store.
//!
//! `BENCH_CUSTOMERS=100000` takes fewer, where the disk or the time is short; the row says how many there were.
//! `BENCH_DIR=/some/directory` keeps the store there, and the next run reads it again.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use futures::{StreamExt as _, stream};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    event::{
        Action, Event, EventId, Line, Origin, Purchase,
        port::{Effects, Events as _},
    },
    id::{CustomerId, MessageId, OrderId, ProductId, SourceId},
    identity::Identifier,
    money::Money,
    ports::{Change, Imports as _, Profiles as _, SharingTold},
    profile::View,
    redacted::Redacted,
    time::Timestamp,
};
use shopbell_durable::Store;
use shopbell_store::{EmbeddedStore, Options};
use shopbell_vault::{Kek, Vault};

use crate::{
    measure::{Pair, Paired, load_average, memory_kb, millis, quantile, runtime},
    report::{Goal, Row},
};

/// `store.cache_bytes`, as the server has it by default.
const CACHE_BYTES: u64 = 268_435_456;
const CUSTOMERS: usize = 1_000_000;
/// Every so many customers have the profile that is read: many orders, wishes, looks. The others have a small one.
pub(crate) const FULL_EVERY: usize = 20;
const CHUNK: usize = 200;
/// Chunks on their way at once.
const AT_ONCE: usize = 4;
const ROUNDS: usize = 15;
/// Reads of a round.
const READS: usize = 2_000;
/// A record that is not small, as profiles are.
const RECORD_BYTES: usize = 1_024;

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(bench())
}

async fn bench() -> Vec<Row> {
    let (home, customers) = (Home::new(), customers());
    let dir = home.path();
    let full = view(20, 60);
    let built = build(dir, customers, &full).await;

    let store = open(dir);
    let mut rng = StdRng::seed_from_u64(7);
    let mut times = Vec::with_capacity(ROUNDS * READS);
    let calls = read_calls();
    for _ in 0..ROUNDS * READS {
        let customer = customer(rng.random_range(0..customers / FULL_EVERY) * FULL_EVERY);
        let began = Instant::now();
        let profile = store.profile(&customer).await.expect("the profile is read");
        times.push(millis(began.elapsed()));
        assert_eq!(profile.orders.len(), full.profile().orders.len(), "the full profile");
    }
    let calls = (read_calls() - calls) / times.len() as f64;
    let memory = memory_kb(std::process::id(), "VmRSS") / 1_000.0;
    drop(store);
    let bare = bare_reads(&dir.join("store"), &mut rng);
    let disk = megabytes(dir);
    let profile_bytes = json_len(full.profile());
    let mut beside_is = format!(
        "p99 of {READS} reads, the median of {ROUNDS} rounds (of all {} reads as one: {:.3} ms, beside {:.3}), of a full profile ({profile_bytes} bytes as JSON) by EmbeddedStore::profile, one after the \
         other, each of a customer by chance: look-up, parts, unsealing with the customer's key out of the vault, decoding; \
         {customers} customers in the store, opened anew ({disk:.0} MB of store and vault on disk, {memory:.0} MB of this \
         process resident, cache {} MB as the server's, {built}, load then {:.1}), beside p99 of bare gets of sealed records of at least \
         {RECORD_BYTES} bytes in the same directory by shopbell_durable::Store",
        times.len(),
        quantile(times.clone(), 99),
        quantile(bare.clone(), 99),
        CACHE_BYTES / 1_000_000,
        load_average(),
    );
    let median = quantile(times.clone(), 50);
    let _ =
        write!(beside_is, "; the median read took {median:.3} ms, and a read {calls:.1} calls of read(2)");
    let p99 = |round: &[f64]| quantile(round.to_vec(), 99);
    let rounds = times.chunks(READS).zip(bare.chunks(READS));
    let rounds: Vec<Pair> =
        rounds.map(|(ours, beside)| Pair { ours: p99(ours), beside: p99(beside) }).collect();
    vec![Row::new("profile-read", "ms", Paired::of(&rounds), Goal::Below(1.0), beside_is)]
}

/// How many there are to be in the store.
pub(crate) fn customers() -> usize {
    std::env::var("BENCH_CUSTOMERS").map_or(CUSTOMERS, |count| count.parse().expect("a number"))
}

/// Where the store is: gone with this, unless `BENCH_DIR` names a directory, which is kept for the next run.
pub(crate) enum Home {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Home {
    pub(crate) fn new() -> Self {
        if let Some(dir) = std::env::var_os("BENCH_DIR") {
            return Self::Kept(dir.into());
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
        std::fs::create_dir_all(&folder).expect("a folder");
        Self::Temporary(tempfile::tempdir_in(&folder).expect("a temporary directory"))
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Kept(dir) => dir,
            Self::Temporary(dir) => dir.path(),
        }
    }
}

/// Makes the store, unless a former run kept one; how, in words.
pub(crate) async fn build(dir: &Path, customers: usize, full: &View) -> String {
    let done = dir.join(format!("built-{customers}"));
    if done.exists() {
        return "built by a former run".to_owned();
    }
    let began = Instant::now();
    let store = open(dir);
    fill(&store, customers, full).await;
    drop(store);
    std::fs::write(done, "").expect("a file is written");
    format!("built in {:.0} s", began.elapsed().as_secs_f64())
}

pub(crate) fn open(dir: &Path) -> EmbeddedStore {
    let vault = shopbell_vault::Options::new(dir.join("vault"), Kek::new([1; 32].into()));
    let (vault, _) = Vault::open(&vault, StdRng::from_os_rng()).expect("the vault opens");
    EmbeddedStore::open(dir.join("store"), options(), vault).expect("the store opens")
}

/// Calls of `read(2)` and its kin that this process has made.
fn read_calls() -> f64 {
    let io = std::fs::read_to_string("/proc/self/io").expect("a file of proc(5)");
    let calls = io.lines().find_map(|line| line.strip_prefix("syscr: ")).and_then(|calls| calls.parse().ok());
    calls.expect("a number")
}

fn options() -> Options {
    Options { cache_bytes: CACHE_BYTES, ..Options::default() }
}

pub(crate) fn customer(number: usize) -> CustomerId {
    CustomerId::new(format!("customer-{number}")).expect("an id")
}

/// Customers with their views, by the store's own writers.
async fn fill(store: &EmbeddedStore, customers: usize, full: &View) {
    let small = view(2, 5);
    let chunks = (0..customers).step_by(CHUNK).map(|from| {
        let numbers = from..customers.min(from + CHUNK);
        let small = &small;
        async move {
            let sharing = Sharing { level: SharingLevel::Purchases, greet_by_name: true, alone_until: None };
            let people = numbers.clone().map(|number| Change::Customer {
                id: customer(number),
                name: Redacted::new(format!("Customer {number}")),
                sharing: Some(SharingTold { sharing, at: Timestamp::EPOCH }),
            });
            store.apply(people.collect()).await.expect("the customers are written");
            let views = numbers.map(|number| {
                (customer(number), if number % FULL_EVERY == 0 { full.clone() } else { small.clone() })
            });
            let effects = Effects { views: views.collect(), ..Effects::default() };
            store.write_effects(effects).await.expect("the views are written");
        }
    });
    stream::iter(chunks).buffer_unordered(AT_ONCE).for_each(|()| async {}).await;
}

/// The view over so many orders and looks.
pub(crate) fn view(orders: usize, looks: usize) -> View {
    let product = |number: usize| Line {
        size: Some("38".to_owned()),
        quantity: Some(1),
        price: Some(Money { minor: 12_990, currency: "EUR".parse().expect("a currency") }),
        name: Some("Loden coat".to_owned()),
        brand: Some(format!("Brand {}", number % 20)),
        category: Some(format!("Category {}", number % 12)),
        ..Line::of(ProductId::new(format!("product-{number}")).expect("an id"))
    };
    let placed = (0..orders).map(|order| {
        Action::OrderPlaced(Purchase {
            order: OrderId::new(format!("order-{order}")).expect("an id"),
            lines: (0..5).map(|line| product(order * 3 + line)).collect(),
            total: None,
            coupon: None,
            store: None,
        })
    });
    let looked = (0..looks).map(|look| Action::ProductViewed(product(look)));
    let wished = (0..looks / 4).map(|wish| Action::WishAdded(product(wish * 2)));
    let actions = placed.chain(looked).chain(wished);
    View::rebuild((0_i64..).zip(actions).map(|(number, action)| Event {
        id: EventId {
            source: SourceId::new("bench").expect("an id"),
            message: MessageId::new(format!("m{number}")).expect("an id"),
        },
        at: Timestamp::from_secs(1_790_000_000 + number * 3_600),
        who: vec![Identifier::from(&customer(0))],
        origin: Origin::Till,
        privacy_control: false,
        action,
    }))
}

/// Milliseconds of reads of records that are not small, by chance, as they stand on disk.
fn bare_reads(dir: &Path, rng: &mut StdRng) -> Vec<f64> {
    let store = Store::open(dir, options()).expect("the store opens");
    let entries = store.entries(Vec::new()).map(|entry| entry.expect("the entry is read"));
    let keys: Vec<Vec<u8>> =
        entries.filter(|entry| entry.value.len() >= RECORD_BYTES).map(|entry| entry.key.clone()).collect();
    assert!(!keys.is_empty(), "there are profiles");
    drop(store);
    let store = Store::open(dir, options()).expect("the store opens");
    let mut times = Vec::with_capacity(ROUNDS * READS);
    for _ in 0..ROUNDS * READS {
        let key = &keys[rng.random_range(0..keys.len())];
        let began = Instant::now();
        let value = store.get(key).expect("the record is read");
        times.push(millis(began.elapsed()));
        assert!(value.is_some(), "the record is there");
    }
    times
}

fn json_len(profile: &shopbell_domain::profile::Profile) -> usize {
    serde_json::to_vec(profile).map_or(0, |bytes| bytes.len())
}

fn megabytes(folder: &Path) -> f64 {
    let files =
        std::fs::read_dir(folder).expect("the folder is read").map(|file| file.expect("a file").path());
    files
        .map(|file| {
            if file.is_dir() {
                megabytes(&file)
            } else {
                std::fs::metadata(&file).map_or(0.0, |file| file.len() as f64 / 1e6)
            }
        })
        .sum()
}
