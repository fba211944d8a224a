//! What the server's models of what people buy say of the households, held to the models that they are made of and to what
//! was bought.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use shopbell_domain::{
    consent::{Channel, Decision, Field, Purpose, Set, Told, Use, port::Consents as _},
    id::{CustomerId, ProductId},
    ports::{Profiles as _, Store},
    profile::{Bought, Profile, Source},
    time::{Clock, Timestamp},
};
use shopbell_insight::next_visit::{self, Due, Example};
use shopbell_server::{
    demand::{Demand, DemandParts, Fitted, History, LEAST_PEOPLE, MOST_DUE},
    floor::Decisions,
};
use shopbell_store::EmbeddedStore;

/// As `server/src/demand/fitted.rs` has them.
const SHRINKAGE: f64 = 50.0;
const REGULARS: usize = 2_500;
const VISITS_BEFORE: usize = 3;
/// Households for which every number is computed again.
const COMPARED: usize = 40;

/// Before anybody allows it nothing is said; then what the models of `insight` say of the same visits; and nothing again when
/// it was taken back.
pub(super) async fn hold(store: &EmbeddedStore, households: &[CustomerId], now: Timestamp) {
    let as_store: Arc<dyn Store> = Arc::new(store.clone());
    let demand = Demand::new(DemandParts {
        embedded: store.clone(),
        store: Arc::clone(&as_store),
        decisions: Arc::new(Decisions::new(as_store, Set::none())),
        clock: Arc::new(Still(now)),
        metrics: Arc::default(),
    });
    demand.refit().await.unwrap();
    assert_eq!((demand.fitted().customers(), demand.fitted().pairs()), (0, 0), "no level allows it");
    let analyse = |field| Use { purpose: Purpose::Analyse, channel: Channel::Headquarters, field };
    let give = [Field::Orders, Field::Bought].map(analyse).into_iter().collect();
    let mut profiles = Vec::new();
    for household in households {
        let decision = Decision { give, ..Decision::default() };
        store.decide_consent(household, decision, Told::nothing("test"), now).await.unwrap();
        profiles.push(store.profile(household).await.unwrap());
    }
    let began = tokio::time::Instant::now();
    demand.refit().await.unwrap();
    let fitted = demand.fitted();
    eprintln!(
        "demand: {} households, {} pairs, {} KB, fitted in {:.1} s",
        fitted.customers(),
        fitted.pairs(),
        fitted.bytes() / 1_000,
        began.elapsed().as_secs_f64()
    );
    assert_eq!(fitted.customers(), profiles.iter().filter(|profile| !profile.bought.is_empty()).count());
    let buyers = buyers(&profiles);
    let mut pairings = 0;
    hold_strongest(&demand, &buyers, now);
    for profile in profiles.iter().step_by(profiles.len() / COMPARED) {
        pairings += hold_pairings(&demand, profile, &buyers, now);
    }
    assert!(pairings > COMPARED, "enough to compare: {pairings}");
    hold_rhythm(&profiles, now);
    foretell(&profiles);
    for household in households {
        let decision = Decision { refuse: give, ..Decision::default() };
        store.decide_consent(household, decision, Told::nothing("test"), now).await.unwrap();
    }
    demand.refit().await.unwrap();
    assert_eq!((demand.fitted().customers(), demand.fitted().pairs()), (0, 0), "all of them took it back");
}

/// A clock that stands.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
}

type Buyers<'a> = BTreeMap<&'a ProductId, BTreeSet<usize>>;

fn buyers(profiles: &[Profile]) -> Buyers<'_> {
    let mut buyers = Buyers::new();
    for (person, profile) in profiles.iter().enumerate() {
        for bought in &profile.bought {
            buyers.entry(&bought.product).or_default().insert(person);
        }
    }
    buyers
}

/// Each pairing is counted again.
fn hold_pairings(demand: &Demand, profile: &Profile, buyers: &Buyers<'_>, now: Timestamp) -> usize {
    let told = demand.around(profile, now).goes_with;
    let owned: BTreeSet<&ProductId> = profile.bought.iter().map(|bought| &bought.product).collect();
    let of = |a: &ProductId, b: &ProductId| {
        let both = buyers[a].intersection(&buyers[b]).count();
        let alone = (buyers[a].len() * buyers[b].len()) as f64;
        (both, both as f64 / (alone.sqrt() + SHRINKAGE))
    };
    for pairing in &told {
        let (both, strength) = of(&pairing.with, &pairing.product);
        assert_eq!(both, pairing.people as usize);
        assert!(both >= LEAST_PEOPLE as usize && (strength - pairing.strength).abs() < 1e-9);
        assert!(owned.contains(&pairing.with) && !owned.contains(&pairing.product));
    }
    told.len()
}

/// Of what most people buy, each product's strongest link is the one that counting finds.
fn hold_strongest(demand: &Demand, buyers: &Buyers<'_>, now: Timestamp) {
    let mut popular: Vec<(&ProductId, &BTreeSet<usize>)> =
        buyers.iter().map(|(id, who)| (*id, who)).collect();
    popular.sort_by_key(|(_, who)| std::cmp::Reverse(who.len()));
    for (with, who) in &popular[..10] {
        let strength = |(id, others): &(&ProductId, &BTreeSet<usize>)| {
            let both = who.intersection(others).count();
            let kept = id != with && both >= LEAST_PEOPLE as usize;
            let strength = both as f64 / (((who.len() * others.len()) as f64).sqrt() + SHRINKAGE);
            if kept { strength } else { 0.0 }
        };
        let strongest = popular.iter().map(strength).fold(0.0, f64::max);
        let bought = Bought {
            product: (*with).clone(),
            times: 1,
            first: now,
            last: now,
            source: Source::Till,
            days: vec![],
        };
        let told = demand.around(&Profile { bought: vec![bought], ..Profile::default() }, now).goes_with;
        assert!((told[0].strength - strongest).abs() < 1e-9, "{with}: {told:?}, {strongest}");
    }
}

/// The rhythm is `Due`, fitted to the last two visits of those with enough; and what is due is what the ranking says of the same items.
fn hold_rhythm(profiles: &[Profile], now: Timestamp) {
    let histories: Vec<History> = profiles.iter().map(History::of).filter(|one| !one.is_empty()).collect();
    let fitted = Fitted::of(histories.clone(), now);
    let visits: Vec<Vec<next_visit::Visit>> =
        histories.iter().map(History::visits).filter(|visits| visits.len() > VISITS_BEFORE).collect();
    assert!(visits.len() < REGULARS);
    let examples: Vec<Example<'_>> = visits
        .iter()
        .flat_map(|visits| {
            (visits.len().saturating_sub(2).max(VISITS_BEFORE)..visits.len()).map(|at| Example {
                before: next_visit::History { visits: &visits[..at], now: visits[at].day },
                bought: &visits[at].labels,
            })
        })
        .collect();
    let due = Due::fit(&examples).unwrap();
    let today = now.as_secs().div_euclid(86_400) as f64;
    let mut compared = 0;
    for profile in profiles.iter().step_by(profiles.len() / COMPARED) {
        let visits = History::of(profile).visits();
        let habits = next_visit::History { visits: &visits, now: today }.habits();
        let mut expected: Vec<f64> = habits.iter().filter_map(|habit| due.probability(habit)).collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        let told = fitted.told(profile, now);
        let mut by_rhythm: Vec<f64> = told.by_rhythm.into_values().collect();
        by_rhythm.sort_by(|a, b| b.total_cmp(a));
        // Some never bought anything twice.
        assert_eq!(by_rhythm.len(), expected.len().min(MOST_DUE));
        compared += by_rhythm.len();
        assert!(by_rhythm.iter().zip(&expected).all(|(told, expected)| (told - expected).abs() < 1e-12));
        let ranked: BTreeMap<ProductId, f64> = fitted.ranked(profile, now, MOST_DUE).into_iter().collect();
        for (id, likely) in &told.due {
            assert!(ranked.get(id).is_none_or(|ranked| (ranked - likely).abs() < 1e-12), "{id}");
        }
    }
    assert!(compared > COMPARED, "enough to compare: {compared}");
}

/// What is said at the last visit of each household, of all before it, and what was bought then.
fn foretell(profiles: &[Profile]) {
    let last =
        |profile: &Profile| profile.bought.iter().filter_map(|bought| bought.days.last().copied()).max();
    let cut: Vec<(Profile, u32)> = profiles
        .iter()
        .filter_map(|profile| {
            let last = last(profile)?;
            Some((before(profile, last), last))
        })
        .collect();
    let end = cut.iter().map(|(_, day)| *day).max().unwrap();
    let histories = cut.iter().map(|(profile, _)| History::of(profile)).collect();
    let fitted = Fitted::of(histories, Timestamp::from_secs(i64::from(end) * 86_400));
    let (mut due, mut paired) = (Said::default(), Said::default());
    for ((known, day), whole) in cut.iter().zip(profiles.iter().filter(|profile| last(profile).is_some())) {
        let now = Timestamp::from_secs(i64::from(*day) * 86_400);
        let bought: BTreeSet<&ProductId> =
            whole.bought.iter().filter(|one| one.days.last() == Some(day)).map(|one| &one.product).collect();
        let told = fitted.told(known, now);
        let mut likely: Vec<(&ProductId, f64)> = told.due.iter().map(|(id, likely)| (id, *likely)).collect();
        likely.sort_by(|a, b| b.1.total_cmp(&a.1));
        likely.iter().take(3).for_each(|(id, likely)| due.add(*likely, bought.contains(id)));
        let new = told.goes_with.iter().take(3);
        new.for_each(|pairing| paired.add(pairing.strength, bought.contains(&pairing.product)));
    }
    eprintln!(
        "at the last visit, of the three likeliest usual items {:.4} were bought ({:.4} was said, ECE {:.4}, {} times), and of \
         the three first pairings {:.4} ({} times)",
        due.happened(),
        due.said(),
        due.calibration_error(),
        due.0.len(),
        paired.happened(),
        paired.0.len(),
    );
    assert!(due.calibration_error() < 0.05, "probabilities are true");
    assert!(due.happened() > 5.0 * paired.happened(), "habits are bought, news is not");
}

/// The profile before a day.
fn before(profile: &Profile, day: u32) -> Profile {
    let mut known = Profile { bought: profile.bought.clone(), ..Profile::default() };
    for bought in &mut known.bought {
        bought.days.retain(|of| *of < day);
    }
    known.bought.retain(|bought| !bought.days.is_empty());
    known
}

#[derive(Default)]
struct Said(Vec<(f64, bool)>);

impl Said {
    fn add(&mut self, said: f64, happened: bool) {
        self.0.push((said, happened));
    }

    fn said(&self) -> f64 {
        self.0.iter().map(|(said, _)| said).sum::<f64>() / self.0.len() as f64
    }

    fn happened(&self) -> f64 {
        self.0.iter().filter(|(_, happened)| *happened).count() as f64 / self.0.len() as f64
    }

    /// The mean distance between what was said and what happened, over ten bins.
    fn calibration_error(&self) -> f64 {
        let bin = |number: usize| {
            Self(
                self.0
                    .iter()
                    .filter(|(said, _)| ((said * 10.0) as usize).min(9) == number)
                    .copied()
                    .collect(),
            )
        };
        let bins = (0..10).map(bin).filter(|bin| !bin.0.is_empty());
        bins.map(|bin| (bin.said() - bin.happened()).abs() * bin.0.len() as f64).sum::<f64>()
            / self.0.len() as f64
    }
}
