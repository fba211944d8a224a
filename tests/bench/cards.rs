//! What a card takes: from what is known to what is shown, and with all its reads and the write of the log.
//!
//! The store is `profile`'s, with a catalogue of 100,000 products and their stock beside the customers;
//! `BENCH_CUSTOMERS` and `BENCH_DIR` mean the same here.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    catalogue::{Product, Stock},
    charter::{Charter, CharterFile},
    consent::Set,
    floor::{Guest, GuestState},
    id::{AssociateId, CustomerId, ProductId, StoreId, VisitId, ZoneId},
    ports::{Change, Customers as _, Imports as _, Profiles as _, Store},
    profile::{Bought, Customer, Profile},
    situation::{Around, Shelf, Situation, products_needed},
    starter::{CART_LEFT_AFTER, FixedOrder, Ranker, Rule, choose, rules},
    time::{Clock, Timestamp},
    visit::Visit,
};
use shopbell_server::{
    brief::{Brief, BriefParts},
    charter,
    demand::{Demand, DemandParts, Fitted, History, MOST_PAIRINGS, Told},
    floor::{Decisions, Seen},
    metrics::Metrics,
    outlook::Foreteller,
    phrases::{Language, Phrases},
    ranking::{Learned, WIDTH},
    shops::Shop,
};
use shopbell_store::EmbeddedStore;

use crate::{
    measure::{Pair, Paired, cpu_time, memory_kb, millis, quantile, runtime},
    profile::{FULL_EVERY, Home, build, customer, customers, open, view},
    report::{Goal, Row},
};

const PRODUCTS: usize = 100_000;
const CHUNK: usize = 2_000;
const ROUNDS: usize = 15;
/// Cards of a round.
const CARDS: usize = 1_000;
/// Arrivals at once: as many shops whose associates greet somebody in the same moment.
const AT_ONCE: usize = 64;
/// Serenade's published load, at which it answers within 7 ms (p90) on two virtual cores (Kersbergen, Sprangers and Schelter,
/// SIGMOD 2022): predictions a second.
const SERENADE: f64 = 1_000.0;
/// After the last order of the profiles.
const NOW: Timestamp = Timestamp::from_secs(1_791_000_000);

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(bench())
}

async fn bench() -> Vec<Row> {
    let (home, customers) = (Home::new(), customers());
    let full = view(20, 60);
    let built = build(home.path(), customers, &full).await;
    let store = open(home.path());
    fill_catalogue(&store).await;
    let about = format!(
        "{customers} customers and {PRODUCTS} products in the store ({built}), {:.0} MB of this process resident",
        memory_kb(std::process::id(), "VmRSS") / 1_000.0
    );
    let ranked = rank(&store, customers, &about).await;
    vec![ranked, arrivals(&store, customers, &about).await]
}

fn product(number: usize) -> ProductId {
    ProductId::new(format!("product-{number}")).expect("an id")
}

fn shop() -> Shop {
    Shop {
        id: StoreId::new("lyon").expect("an id"),
        name: "Lyon".to_owned(),
        zones: vec![(ZoneId::new("entrance").expect("an id"), "Entrance".to_owned())],
        agents: std::collections::BTreeMap::new(),
        associates: [(ines(), "Inès".to_owned())].into(),
        neighbours: std::collections::BTreeSet::new(),
        fitting_rooms: std::collections::BTreeSet::new(),
        time_zone: None,
    }
}

fn ines() -> AssociateId {
    AssociateId::new("ines").expect("an id")
}

async fn fill_catalogue(store: &EmbeddedStore) {
    for from in (0..PRODUCTS).step_by(CHUNK) {
        let numbers = from..from + CHUNK;
        let named = |number: usize| Product::new(product(number), format!("Product {number}"), "Coats");
        let products = numbers.clone().map(|number| Change::Product(named(number)));
        let stock = numbers.map(|number| Change::Stock {
            store: shop().id,
            product: product(number),
            pieces: vec![Stock::new(Some("38".to_owned()), 2, NOW)],
        });
        store.apply(products.chain(stock).collect()).await.expect("the catalogue is written");
    }
}

/// That of the program, with nobody held out: each card is to have suggestions.
fn charter() -> Charter {
    let mut file: CharterFile = toml::from_str(charter::DEFAULT).expect("the program's charter");
    file.control.holdout_share = Some(0.0);
    file.caps.per_30_days = Some(1_000);
    Charter::read(&file).expect("the program's charter")
}

/// What is known of one customer, as the reader of a card brings it.
struct Gathered {
    visit: Visit,
    customer: Customer,
    profile: Profile,
    around: Around,
    models: Fitted,
}

impl Gathered {
    async fn of(store: &EmbeddedStore, id: &CustomerId, models: Fitted) -> Self {
        let customer = store.customer(id).await.expect("it is read").expect("there is one");
        let profile = regular(store.profile(id).await.expect("it is read"));
        let mut needed = products_needed(&profile, &customer.consent, NOW);
        needed.extend(models.told(&profile, NOW).goes_with.into_iter().map(|pairing| pairing.product));
        let mut around = Around::default();
        for id in needed {
            let product = store.product(&id).await.expect("it is read").expect("it is in the catalogue");
            let stock = store.stock(&shop().id, &id).await.expect("it is read");
            around.shelves.insert(id, Shelf { product, stock });
        }
        Self { visit: visit(id, 1), customer, profile, around, models }
    }

    /// What is shown, of all that is known.
    fn choose(
        &self,
        around: Around,
        rules: &[Box<dyn Rule>],
        ranker: &dyn Ranker,
        charter: &Charter,
    ) -> usize {
        let told = self.models.told(&self.profile, NOW);
        let Told { goes_with, due, by_rhythm } = told;
        let around = Around { goes_with, due, by_rhythm, ..around };
        let situation = Situation::gather(NOW, &self.visit, &self.customer, &self.profile, around, true);
        choose(&situation, rules, ranker, charter).shown().count()
    }
}

/// Of a guest whom one has met, ten minutes after they came in.
fn visit(of: &CustomerId, number: u128) -> Visit {
    let began = NOW - Duration::from_secs(600);
    let mut visit = Visit::new(VisitId::new(began, number), of.clone(), shop().id, began);
    visit.greeted.push(ines());
    visit
}

/// As if each product had been bought now and then for a quarter: the store's orders are all of one day.
fn regular(mut profile: Profile) -> Profile {
    let today = u32::try_from(NOW.as_secs() / 86_400).expect("a day");
    for (every, bought) in (1..6).cycle().zip(&mut profile.bought) {
        bought.days = (0..12).step_by(every).map(|week| today - 90 + week * 7).collect();
    }
    profile
}

/// Models of people enough to say of one as much as they ever say: some who come again and again, with other products, and some
/// who bought one of these and one more.
fn models(profile: &Profile) -> Fitted {
    let renamed = |bought: &Bought, number: usize| Bought { product: product(number), ..bought.clone() };
    let of = |bought: Vec<Bought>| History::of(&Profile { bought, ..Profile::default() });
    let others = profile.bought.iter().zip(80_000..).map(|(bought, number)| renamed(bought, number));
    let mut people = vec![of(others.collect()); 200];
    for (bought, number) in profile.bought.iter().zip(90_000..).take(MOST_PAIRINGS) {
        people.extend(vec![of(vec![bought.clone(), renamed(bought, number)]); 40]);
    }
    Fitted::of(people, NOW)
}

async fn rank(store: &EmbeddedStore, customers: usize, about: &str) -> Row {
    let mut rng = StdRng::seed_from_u64(11);
    let id = customer(rng.random_range(0..customers / FULL_EVERY) * FULL_EVERY);
    let models = models(&regular(store.profile(&id).await.expect("it is read")));
    let known = Gathered::of(store, &id, models).await;
    let told = known.models.told(&known.profile, NOW);
    assert!(told.goes_with.len() == MOST_PAIRINGS && !told.due.is_empty(), "the models say what they can");
    let (rules, charter) = (rules(CART_LEFT_AFTER), charter());
    let learned = Learned::new(WIDTH).expect("the program's prior");
    let once = |ranker: &dyn Ranker| {
        let around = known.around.clone();
        let began = Instant::now();
        let shown = known.choose(around, &rules, ranker, &charter);
        assert!(shown > 0, "there is something to say");
        millis(began.elapsed())
    };
    let p99 = |ranker: &dyn Ranker| quantile((0..CARDS).map(|_| once(ranker)).collect(), 99);
    p99(&learned);
    let rounds: Vec<Pair> =
        (0..ROUNDS).map(|_| Pair { ours: p99(&learned), beside: p99(&FixedOrder) }).collect();
    let beside_is = format!(
        "p99 of {CARDS} cards, the median of {ROUNDS} rounds, from a full profile, {} shelves and the models of what people buy \
         ({} pairings, {} usual items) to what is shown: situation, all rules, the program's charter, features, one draw and 64 \
         more for the chances; beside the same in the fixed order, without features and draws; {about}",
        known.around.shelves.len(),
        told.goes_with.len(),
        told.due.len(),
    );
    Row::new("card-rank", "ms", Paired::of(&rounds), Goal::Below(1.0), beside_is)
}

/// A clock that stands.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
}

fn brief(store: &EmbeddedStore) -> Brief {
    let as_store: Arc<dyn Store> = Arc::new(store.clone());
    let decisions = Arc::new(Decisions::new(Arc::clone(&as_store), Set::none()));
    let (clock, metrics) = (Arc::new(Still), Arc::new(Metrics::new()));
    let demand = Demand::new(DemandParts {
        embedded: store.clone(),
        store: Arc::clone(&as_store),
        decisions: Arc::clone(&decisions),
        clock: Arc::clone(&clock) as _,
        metrics: Arc::clone(&metrics),
    });
    Brief::new(BriefParts {
        store: as_store,
        decisions,
        clock,
        phrases: Phrases::load().expect("the program's texts"),
        rules: rules(CART_LEFT_AFTER),
        charter: charter(),
        campaigns: Vec::new(),
        ranking: Arc::new(Learned::new(WIDTH).expect("the program's prior")),
        demand,
        foreteller: Foreteller::shipped().expect("the program's weights"),
        metrics,
    })
}

async fn arrivals(store: &EmbeddedStore, customers: usize, about: &str) -> Row {
    let (brief, shop) = (brief(store), shop());
    let mut rng = StdRng::seed_from_u64(13);
    let (mut rounds, mut walls, mut times, mut number) = (Vec::new(), Vec::new(), Vec::new(), 0_u128);
    for round in 0..=ROUNDS {
        let seen: Vec<Seen> = (0..CARDS)
            .map(|_| {
                number += 1;
                arrive(&customer(rng.random_range(0..customers / FULL_EVERY) * FULL_EVERY), number)
            })
            .collect();
        let (before, began) = (cpu_time(std::process::id()), Instant::now());
        let cards = stream::iter(seen).map(|seen| async {
            let began = Instant::now();
            let card =
                brief.card(seen, &ines(), &shop, Language::English).await.expect("the card is made").card;
            assert!(!card.starters.is_empty(), "there is something to say");
            millis(began.elapsed())
        });
        let took: Vec<f64> = cards.buffer_unordered(AT_ONCE).collect().await;
        let (wall, busy) = (began.elapsed(), cpu_time(std::process::id()).saturating_sub(before));
        // The first one warms up.
        if round > 0 {
            rounds.push(Pair { ours: CARDS as f64 / busy.as_secs_f64(), beside: SERENADE });
            walls.push(CARDS as f64 / wall.as_secs_f64());
            times.extend(took);
        }
    }
    let beside_is = format!(
        "cards of arrivals for a second of one core, by the time that the whole process was busy, kernel included, {AT_ONCE} at \
         once ({:.0}/s by the clock on the wall on these cores, p90 {:.1} ms, p99 {:.1} ms, which wait for the disk): customer, log of \
         showings, full profile, shelves and stock, situation, rules, charter, draw and its chances, outlook, the showing on \
         disk, words in English; what people buy is not fitted here (`card-rank` has its part); beside the load at which \
         Serenade says to answer within 7 ms (p90) on two virtual cores, a published figure of another machine; {about}",
        crate::measure::median(walls),
        quantile(times.clone(), 90),
        quantile(times, 99),
    );
    Row::new("card-arrivals", "/s", Paired::of(&rounds), Goal::RatioAtLeast(1.0), beside_is)
}

fn arrive(of: &CustomerId, number: u128) -> Seen {
    let visit = visit(of, number);
    let guest = Guest {
        visit: visit.id,
        name: None,
        zone: ZoneId::new("entrance").expect("an id"),
        began: visit.began,
        state: GuestState::Here,
        help_since: None,
        greeted_by: Some(ines()),
        card_revision: 1,
        sign: None,
        bought: false,
    };
    Seen { guest, visit }
}
