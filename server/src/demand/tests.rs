use std::time::Duration;

use shopbell_domain::{
    consent::{Decision, Grants, Set, Sharing, SharingLevel, Told as HowTold, Use, port::Consents as _},
    event::{
        Action, Event, EventId, Line, Origin, Purchase,
        port::{Effects, Events as _},
    },
    id::{CustomerId, MessageId, OrderId, SourceId},
    identity::Identifier,
    ports::{Change, Imports as _, SharingTold},
    profile::{Bought, Source, View},
    redacted::Redacted,
    time::ManualClock,
};
use shopbell_insight::next_visit::{self, Due, Example, Visit};

use super::*;

/// 2026-11-21 10:00:00 UTC.
const NOW: Timestamp = Timestamp::from_secs(1_795_255_200);
const TODAY: u32 = 20_778;

fn product(id: &str) -> ProductId {
    ProductId::new(id).unwrap()
}

fn bought(id: &str, days: &[u32], source: Source) -> Bought {
    let at = |day: u32| Timestamp::from_secs(i64::from(day) * 86_400);
    Bought {
        product: product(id),
        times: u32::try_from(days.len()).unwrap(),
        first: at(days[0]),
        last: at(days[days.len() - 1]),
        source,
        days: days.to_vec(),
    }
}

fn profile(bought: impl IntoIterator<Item = Bought>) -> Profile {
    Profile { bought: bought.into_iter().collect(), ..Profile::default() }
}

fn having(products: &[&str]) -> Profile {
    profile(products.iter().map(|id| bought(id, &[TODAY - 9], Source::Till)))
}

fn fitted(people: &[Profile]) -> Fitted {
    Fitted::of(people.iter().map(History::of).collect(), NOW)
}

#[test]
fn a_pair_of_fewer_than_twenty_is_not_said() {
    let mut people = vec![having(&["tent", "stove"]); 19];
    people.extend(vec![having(&["tent"]); 50]);
    assert_eq!(fitted(&people).told(&having(&["tent"]), NOW), Told::default());
    people.push(having(&["tent", "stove"]));
    let told = fitted(&people).told(&having(&["tent"]), NOW);
    let [pairing] = &told.goes_with[..] else { panic!("{told:?}") };
    assert_eq!((pairing.product.as_str(), pairing.with.as_str(), pairing.people), ("stove", "tent", 20));
    let expected = 20.0 / ((70.0_f64 * 20.0).sqrt() + 50.0);
    assert!((pairing.strength - expected).abs() < 1e-12);
    assert_eq!(fitted(&people).told(&having(&["tent", "stove"]), NOW), Told::default(), "they have both");
    assert_eq!(fitted(&people).told(&having(&["rope"]), NOW), Told::default());
}

#[test]
fn of_what_goes_with_several_the_strongest_link_is_told_once() {
    let mut people = vec![having(&["tent", "stove"]); 60];
    people.extend(vec![having(&["rope", "stove"]); 25]);
    people.extend(vec![having(&["rope"]); 60]);
    let told = fitted(&people).told(&having(&["rope", "tent"]), NOW);
    let with: Vec<(&str, &str)> =
        told.goes_with.iter().map(|pairing| (pairing.product.as_str(), pairing.with.as_str())).collect();
    assert_eq!(with, [("stove", "tent")]);
}

#[test]
fn what_only_pages_told_teaches_nothing() {
    let by_page = profile(["tent", "stove"].map(|id| bought(id, &[TODAY - 9], Source::Page)));
    assert!(History::of(&by_page).is_empty());
    assert_eq!(fitted(&vec![by_page; 50]).pairs(), 0);
}

/// Soap is bought each week, paint now and then.
fn regular(start: u32) -> Profile {
    let weeks = |every: u32| -> Vec<u32> { (0..12).step_by(every as usize).map(|n| start + n * 7).collect() };
    profile([bought("soap", &weeks(1), Source::Till), bought("paint", &weeks(5), Source::Till)])
}

#[test]
fn a_rhythm_needs_a_hundred_who_come_again() {
    let people = |count: u32| (0..count).map(|n| regular(TODAY - 90 + n % 7)).collect::<Vec<_>>();
    assert_eq!(fitted(&people(99)).told(&regular(TODAY - 84), NOW), Told::default());
    let models = fitted(&people(100));
    let told = models.told(&regular(TODAY - 84), NOW);
    // Nobody buys anything new, so there is nothing that a ranking could be fitted to.
    assert_eq!(told.due, told.by_rhythm);
    assert_eq!(models.ranked(&regular(TODAY - 84), NOW, 9), []);
    let due = told.due;
    assert!(due[&product("soap")] > 0.8 && due[&product("paint")] < 0.5, "{due:?}");

    // It is Due, fitted to the last two visits of each.
    let visits: Vec<Vec<Visit>> = people(100).iter().map(|one| History::of(one).visits()).collect();
    let mut examples = Vec::new();
    for visits in &visits {
        for at in visits.len() - 2..visits.len() {
            let before = next_visit::History { visits: &visits[..at], now: visits[at].day };
            examples.push(Example { before, bought: &visits[at].labels });
        }
    }
    let expected = Due::fit(&examples).unwrap();
    let mine = History::of(&regular(TODAY - 84)).visits();
    let habits = next_visit::History { visits: &mine, now: f64::from(TODAY) }.habits();
    // In the order of products: paint, soap.
    for (habit, name) in habits.iter().zip(["paint", "soap"]) {
        assert!((expected.probability(habit).unwrap() - due[&product(name)]).abs() < 1e-12);
    }
}

/// Of twelve Saturdays: soap on each and paint on every third; a stove on the first by seven of eight, and a rope by somebody new on
/// each; and something that nobody else has.
fn newcomer(person: u32, saturdays: u32) -> Profile {
    let start = TODAY - saturdays * 7;
    let on = |so: &dyn Fn(u32) -> bool| -> Vec<u32> {
        (0..saturdays).filter(|week| so(*week)).map(|week| start + week * 7).collect()
    };
    let own = format!("own{person}");
    let bought_on = [
        ("soap", on(&|_| true)),
        ("paint", on(&|week| (week + person).is_multiple_of(3))),
        ("stove", on(&|week| week == 0 && !person.is_multiple_of(8))),
        ("rope", on(&|week| week == person % 16)),
        (own.as_str(), on(&|week| week % 4 == 1)),
    ];
    profile(
        bought_on
            .iter()
            .filter(|(_, days)| !days.is_empty())
            .map(|(id, days)| bought(id, days, Source::Till)),
    )
}

fn newcomers(people: u32) -> Vec<Profile> {
    (0..people).map(|person| newcomer(person, 12)).collect()
}

fn named(told: &Told) -> Vec<&str> {
    told.goes_with.iter().map(|pairing| pairing.product.as_str()).collect()
}

#[test]
fn what_goes_with_what_they_have_comes_by_how_likely_they_buy_it() {
    let few = fitted(&newcomers(99));
    let stranger = having(&["soap"]);
    assert_eq!(
        named(&few.told(&stranger, NOW))[..2],
        ["paint", "stove"],
        "too few to say how likely: the strongest"
    );
    let models = fitted(&newcomers(160));
    let told = models.told(&stranger, NOW);
    let place = |id: &str| named(&told).iter().position(|named| *named == id).unwrap();
    assert!(place("rope") < place("stove"), "nobody buys stoves any more: {told:?}");
    let of = |id: &str| told.goes_with.iter().find(|pairing| pairing.product.as_str() == id).unwrap();
    assert!(of("rope").strength < of("stove").strength && of("rope").people >= LEAST_PEOPLE);
}

#[test]
fn usual_items_are_told_by_the_ranking_and_by_rhythm_apart() {
    let models = fitted(&newcomers(160));
    let told = models.told(&newcomer(3, 12), NOW);
    let usual: Vec<&str> = told.due.keys().map(ProductId::as_str).collect();
    assert_eq!(usual, ["own3", "paint", "soap"], "what was bought once is not usual");
    assert!(told.due.keys().eq(told.by_rhythm.keys()) && told.due != told.by_rhythm);
    assert!(told.due.values().all(|likely| (0.0..=1.0).contains(likely)));
    let soap = told.due[&product("soap")];
    assert!(soap > 0.9 && told.due.values().all(|likely| *likely <= soap), "{told:?}");
    let ranked = models.ranked(&newcomer(3, 12), NOW, 9);
    assert!((ranked[0].1 - soap).abs() < 1e-12 && ranked[0].0 == product("soap"));
}

#[test]
fn what_few_bought_is_known_of_nobody_but_of_who_asks() {
    let renamed: Vec<Profile> = newcomers(160)
        .into_iter()
        .enumerate()
        .map(|(person, mut profile)| {
            let own = |bought: &&mut Bought| bought.product.as_str().starts_with("own");
            let bought = profile.bought.iter_mut().find(own).unwrap();
            bought.product = product(&format!("zz{person}"));
            profile
        })
        .collect();
    let (models, others) = (fitted(&newcomers(160)), fitted(&renamed));
    assert_eq!((models.pairs(), models.bytes()), (others.pairs(), others.bytes()));
    let stranger = having(&["soap", "paint"]);
    assert_eq!(models.told(&stranger, NOW), others.told(&stranger, NOW), "as if it had no name");
    let ranked = models.ranked(&newcomer(3, 12), NOW, 99);
    let own: Vec<&str> =
        ranked.iter().map(|(id, _)| id.as_str()).filter(|id| id.starts_with("own")).collect();
    assert_eq!(own, ["own3"]);
}

struct Shop {
    store: EmbeddedStore,
    demand: Demand,
}

impl Shop {
    /// With customers who bought a tent and a stove, and share purchases in shops.
    async fn with(customers: usize) -> Self {
        let store = EmbeddedStore::in_memory();
        let sharing = Sharing { level: SharingLevel::Purchases, greet_by_name: false, alone_until: None };
        let people = (0..customers).map(|n| Change::Customer {
            id: customer(n),
            name: Redacted::new(String::new()),
            sharing: Some(SharingTold { sharing, at: Timestamp::EPOCH }),
        });
        store.apply(people.collect()).await.unwrap();
        let views = (0..customers).map(|n| (customer(n), View::rebuild([order(n)]))).collect();
        store.write_effects(Effects { views, ..Effects::default() }).await.unwrap();
        let as_store: Arc<dyn Store> = Arc::new(store.clone());
        let demand = Demand::new(DemandParts {
            embedded: store.clone(),
            store: Arc::clone(&as_store),
            decisions: Arc::new(Decisions::new(as_store, Set::none())),
            clock: Arc::new(ManualClock::new(NOW)),
            metrics: Arc::default(),
        });
        Self { store, demand }
    }

    async fn decide(&self, n: usize, decision: Decision) {
        let told = HowTold::nothing("test");
        self.store.decide_consent(&customer(n), decision, told, NOW).await.unwrap();
    }

    async fn pairs(&self) -> usize {
        self.demand.refit().await.unwrap();
        self.demand.fitted().pairs()
    }
}

fn customer(n: usize) -> CustomerId {
    CustomerId::new(format!("c{n}")).unwrap()
}

fn order(n: usize) -> Event {
    Event {
        id: EventId {
            source: SourceId::new("till").unwrap(),
            message: MessageId::new(format!("m{n}")).unwrap(),
        },
        at: NOW - Duration::from_secs(86_400),
        who: vec![Identifier::from(&customer(n))],
        origin: Origin::Till,
        privacy_control: false,
        action: Action::OrderPlaced(Purchase {
            order: OrderId::new(format!("o{n}")).unwrap(),
            lines: ["tent", "stove"].map(|id| Line::of(product(id))).into(),
            total: None,
            coupon: None,
            store: None,
        }),
    }
}

fn analysis() -> Grants {
    let analyse = |field| Use { purpose: Purpose::Analyse, channel: Channel::Headquarters, field };
    [Field::Orders, Field::Bought].map(analyse).into_iter().collect()
}

#[tokio::test]
async fn only_those_who_let_purchases_be_analysed_are_learnt_from() {
    let shop = Shop::with(25).await;
    assert_eq!(shop.pairs().await, 0, "no level of sharing allows it");
    for n in 0..20 {
        shop.decide(n, Decision { give: analysis(), ..Decision::default() }).await;
    }
    assert_eq!(shop.pairs().await, 2);
    let told = shop.demand.around(&having(&["tent"]), NOW);
    assert_eq!(told.goes_with[0].product, product("stove"));
    let figures = shop.demand.parts.metrics.text();
    assert!(figures.contains("shopbell_demand_customers 20"), "{figures}");

    shop.decide(7, Decision { object: Set::from_iter([Purpose::Analyse]), ..Decision::default() }).await;
    assert_eq!(shop.pairs().await, 0, "who objects is out with the next fit, and nineteen are too few");
    assert_eq!(shop.demand.around(&having(&["tent"]), NOW), Told::default());
}
