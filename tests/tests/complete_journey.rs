//! 2,469 households and 1.47 million purchase rows go through the importer into a store on disk, and come out as
//! pandas counts them; a household's starters are its real usual items.
//!
//! `tests/data/completejourney.sh` makes the files and `counts.json`; this test calls it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test fails by panicking, also in its helpers, and says what it measured"
)]

#[path = "complete_journey/demand.rs"]
mod demand;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde::Deserialize;
use shopbell_domain::{
    charter::Charter,
    consent::{Sharing, SharingLevel},
    event::{Action, Event, Purchase, port::Events as _},
    id::{CustomerId, ProductId, StoreId, VisitId},
    identity::Identifier,
    ports::{Customers, Profiles},
    profile::{Bought, Profile},
    situation::{Around, Shelf, Situation, products_needed},
    starter::{CART_LEFT_AFTER, FixedOrder, Starter, StarterKind, choose, rules},
    time::Timestamp,
    visit::Visit,
};
use shopbell_server::import::{self, Counts, Kind, Silent};
use shopbell_store::EmbeddedStore;
use shopbell_tests::{
    phone::{Phone, Stretch},
    world::World,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What pandas counted.
#[derive(Deserialize)]
struct Expected {
    now: String,
    households: u64,
    baskets: u64,
    lines: u64,
    products: u64,
    orders_of: BTreeMap<String, u32>,
    bought_of: BTreeMap<String, usize>,
    sample: Vec<Household>,
}

#[derive(Deserialize)]
struct Household {
    customer_id: String,
    usual: Vec<Usual>,
    due: Vec<String>,
}

#[derive(Deserialize)]
struct Usual {
    product_id: String,
    times: u32,
    first: i64,
    last: i64,
    days: Vec<u32>,
    typical_gap_days: Option<u64>,
}

fn data() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = root.join("tests/data/completejourney.sh");
    let made = Command::new(&script).status().unwrap();
    assert!(made.success(), "{} could not make the data; it says above what is missing", script.display());
    root.join("target/data/completejourney")
}

#[tokio::test(flavor = "multi_thread")]
async fn all_households_come_out_as_pandas_counts_them() {
    let data = data();
    let expected: Expected =
        serde_json::from_str(&std::fs::read_to_string(data.join("counts.json")).unwrap()).unwrap();
    let mut world = World::at(&expected.now).shop("367", &[("367-1", "aisles")]);
    import_all(&data, world.store(), &expected).await;

    let store = world.store();
    let lines = hold_households(&store, &expected).await;
    assert_eq!(lines, expected.lines, "every row of the data is in an order");
    for household in &expected.sample {
        hold_usual_items(&store, household).await;
        hold_starters(&store, household, &expected.now).await;
    }
    let households: Vec<CustomerId> =
        expected.orders_of.keys().map(|id| CustomerId::new(id.as_str()).unwrap()).collect();
    demand::hold(&store, &households, world.clock.now()).await;
    let report = store.check(|_| {}).await.unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.records["event"], report.records["view"]), (expected.baskets, expected.households));
    drop(store);
    hold_card(&mut world, &expected.sample[0]).await;
}

/// The household's phone is heard in the shop, and the associate who greets them sees what they buy again and again.
async fn hold_card(world: &mut World, household: &Household) {
    world.start_server().await;
    let tokens = world.app().await.phone(&household.customer_id).await.unwrap();
    let now = world.clock.now();
    let stay = Stretch { during: now..now + Duration::from_secs(60), rssi: -60 };
    let _agent = world.start_agent("367-1", Phone::android(tokens, 1).heard(&[stay]));
    let mut tablet = world.tablet("367");
    let floor = tablet.until("the household is here", |floor| !floor.rows.is_empty()).await;
    let card = tablet.greet(floor.rows.keys().next().unwrap(), true).await.unwrap();

    let shown: Vec<(&str, u32)> =
        card.usual_items.iter().map(|item| (item.product_id.as_str(), item.times)).collect();
    let usual = household.usual.iter().map(|usual| (usual.product_id.as_str(), usual.times));
    assert_eq!(shown, usual.take(shown.len()).collect::<Vec<_>>());
    assert!(shown.len() >= 5 && card.usual_items.iter().all(|item| !item.name.is_empty()), "{card:#?}");
    // One sentence for all that is due, and the guest says which.
    let due = household.due.first().map(|product| format!("usual-due/{product}"));
    assert_eq!(card.starters.iter().map(|starter| &starter.id).collect::<Vec<_>>(), [&due.unwrap()]);
}

async fn import_all(data: &Path, store: EmbeddedStore, expected: &Expected) {
    let files = [
        ("customers.jsonl", Kind::Customer, expected.households),
        ("products.jsonl", Kind::Product, expected.products),
        ("orders.jsonl", Kind::Order, expected.baskets),
    ];
    let began = tokio::time::Instant::now();
    for (file, kind, new) in files {
        let summary =
            import::run(&store, &data.join(file), &import::Options::default(), &mut Silent).await.unwrap();
        assert_eq!(
            (summary.of(kind), summary.rejected()),
            (Counts { new, known: 0, rejected: 0 }, 0),
            "{file}"
        );
    }
    let took = began.elapsed();
    let rows = expected.lines + expected.products + expected.households;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = rows as f64 / took.as_secs_f64();
    let stats = store.stats();
    eprintln!(
        "import: {rows} rows in {:.1} s, {rate:.0} rows/s, {} commits, {} MB written",
        took.as_secs_f64(),
        stats.commits,
        stats.bytes / 1_000_000
    );
    // The same again changes nothing.
    for (file, kind, known) in [files[0], files[2]] {
        let summary =
            import::run(&store, &data.join(file), &import::Options::default(), &mut Silent).await.unwrap();
        assert_eq!(summary.of(kind), Counts { new: 0, known, rejected: 0 }, "{file} once more");
    }
    assert_eq!(store.stale(1).await.unwrap(), [], "no profile is to be made anew");
}

/// Orders and bought products of every household; returns the number of all order lines.
async fn hold_households(store: &EmbeddedStore, expected: &Expected) -> u64 {
    let mut lines = 0;
    for (household, order_count) in &expected.orders_of {
        let customer = CustomerId::new(household.as_str()).unwrap();
        let profile = store.profile(&customer).await.unwrap();
        assert_eq!(profile.order_count, *order_count, "orders of {household}");
        assert_eq!(profile.lifetime.orders.unwrap().times, *order_count, "in the figures of {household}");
        let bought = expected.bought_of.get(household).copied().unwrap_or(0);
        // Of more products than a profile keeps, a tenth goes at once.
        let kept = Profile::MAX_BOUGHT * 9 / 10..=Profile::MAX_BOUGHT;
        let is_so = if bought > Profile::MAX_BOUGHT {
            kept.contains(&profile.bought.len())
        } else {
            profile.bought.len() == bought
        };
        assert!(is_so, "{} of {bought} products bought by {household}", profile.bought.len());
        let events = store.events_of(&Identifier::from(&customer)).await.unwrap();
        let orders: Vec<&Purchase> = events.iter().filter_map(placed).collect();
        assert_eq!(orders.len(), *order_count as usize, "stored orders of {household}");
        let last: Vec<Timestamp> =
            events.iter().rev().take(Profile::MAX_ORDERS).map(|event| event.at).collect();
        let shown: Vec<Timestamp> = profile.orders.iter().map(|order| order.at).collect();
        assert_eq!(shown, last, "the last orders of {household}");
        lines += orders.iter().map(|order| order.lines.len() as u64).sum::<u64>();
    }
    lines
}

fn placed(event: &Event) -> Option<&Purchase> {
    match &event.action {
        Action::OrderPlaced(purchase) => Some(purchase),
        _ => None,
    }
}

async fn hold_usual_items(store: &EmbeddedStore, household: &Household) {
    let customer = CustomerId::new(household.customer_id.as_str()).unwrap();
    let mut bought = store.profile(&customer).await.unwrap().bought;
    bought.sort_by(|a, b| (b.times, b.last).cmp(&(a.times, a.last)).then_with(|| a.product.cmp(&b.product)));
    let found: Vec<Bought> = bought.into_iter().take(household.usual.len()).collect();
    for (found, expected) in found.iter().zip(&household.usual) {
        let whose = &household.customer_id;
        assert_eq!(found.product.as_str(), expected.product_id, "{whose}");
        assert_eq!(
            (found.times, &found.days),
            (expected.times, &expected.days),
            "{whose}: {}",
            found.product
        );
        assert_eq!(
            (found.first.as_millis(), found.last.as_millis()),
            (expected.first, expected.last),
            "{whose}"
        );
        let gap = found.typical_gap().map(|gap| gap.as_secs() / 86_400);
        assert_eq!(gap, expected.typical_gap_days.filter(|days| *days > 0), "{whose}: {}", found.product);
    }
    assert_eq!(found.len(), 20, "enough to compare");
}

/// What an associate would be told of the household on the data's last day.
async fn hold_starters(store: &EmbeddedStore, household: &Household, now: &str) {
    let now = OffsetDateTime::parse(now, &Rfc3339).unwrap().unix_timestamp();
    let now = Timestamp::from_secs(now);
    let id = CustomerId::new(household.customer_id.as_str()).unwrap();
    let customer = store.customer(&id).await.unwrap().unwrap();
    assert_eq!(customer.consent.sharing, Sharing { level: SharingLevel::Purchases, ..Sharing::default() });
    let profile = store.profile(&id).await.unwrap();
    let mut shelves = BTreeMap::new();
    for product in products_needed(&profile, &customer.consent, now) {
        if let Some(found) = store.product(&product).await.unwrap() {
            shelves.insert(product, Shelf { product: found, stock: None });
        }
    }
    let shop = StoreId::new("367").unwrap();
    let visit = Visit::new(VisitId(1), id, shop, now);
    let situation = Situation::gather(now, &visit, &customer, &profile, Around::of(shelves), true);
    let choice = choose(&situation, &rules(CART_LEFT_AFTER), &FixedOrder, &Charter::default());
    let of_habits = |one: &&Starter| one.kind == StarterKind::UsualDue;
    let proposed = choice.considered.iter().map(|one| &one.starter).filter(of_habits);
    let told: Vec<ProductId> = proposed.filter_map(|starter| starter.product.clone()).take(3).collect();
    let due: Vec<ProductId> = household.due.iter().map(|id| ProductId::new(id.as_str()).unwrap()).collect();
    assert_eq!(told, due, "{}", household.customer_id);
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), 3, "three different ones");
    let shown: Vec<Option<&ProductId>> = choice.shown().map(|starter| starter.product.as_ref()).collect();
    assert_eq!(shown, [due.first()], "one sentence for all of them");
}
