//! The ranking as the server serves it. A profile knows purchases by the day, and of each product the last twelve days; what few
//! bought is in no table, and no pair of few is. So the recipe of `ranking.rs` is judged once more with what is left of it, by the
//! server's own code and the same protocol.

use std::collections::BTreeMap;

use shopbell_domain::{
    id::ProductId,
    profile::{Bought, Profile, Source},
    time::Timestamp,
};
use shopbell_insight::{
    evaluation::calibration::{Forecast, expected_calibration_error, reliability},
    next_visit::{Label, Visit},
};
use shopbell_server::demand::{Fitted, History, LEAST_PEOPLE, Told};

use super::households::{Cases, SHOWN, Split, TEST, level};

/// What a card has room for.
const SAID: usize = 3;
const BINS: usize = 10;

fn product(label: Label) -> ProductId {
    ProductId::new(label.to_string()).unwrap()
}

fn label(product: &ProductId) -> Label {
    product.as_str().parse().unwrap()
}

fn at(day: f64) -> Timestamp {
    Timestamp::from_secs(day.floor() as i64 * 86_400)
}

/// What a profile keeps of these visits.
fn profile(visits: &[Visit]) -> Profile {
    let mut days: BTreeMap<Label, Vec<u32>> = BTreeMap::new();
    for visit in visits {
        for label in &visit.labels {
            days.entry(*label).or_default().push(visit.day as u32);
        }
    }
    let bought = days.into_iter().map(|(label, mut days)| {
        let times = days.len() as u32;
        days.dedup();
        let days = days.split_off(days.len().saturating_sub(Bought::KEPT_DAYS));
        let [first, last] = [days[0], days[days.len() - 1]].map(|day| at(f64::from(day)));
        Bought { product: product(label), times, first, last, source: Source::Till, days }
    });
    Profile { bought: bought.collect(), ..Profile::default() }
}

/// How many people bought each product, for the bound.
fn people(cases: &Cases<'_>) -> BTreeMap<Label, u32> {
    let mut people = BTreeMap::new();
    for had in cases.frequencies() {
        for (label, _) in had.iter() {
            *people.entry(label).or_default() += 1;
        }
    }
    people
}

struct Served<'a> {
    cases: Cases<'a>,
    lists: Vec<Vec<Label>>,
    told: Vec<Told>,
}

fn served(cases: Cases<'_>, now: f64) -> Served<'_> {
    let profiles: Vec<Profile> = cases.cases.iter().map(|case| profile(case.before)).collect();
    let fitted = Fitted::of(profiles.iter().map(History::of).collect(), at(now));
    eprintln!("{} customers, {} pairs, {} kB", fitted.customers(), fitted.pairs(), fitted.bytes() / 1_000);
    let people = people(&cases);
    let (mut lists, mut told) = (Vec::new(), Vec::new());
    for (profile, case) in profiles.iter().zip(&cases.cases) {
        let ranked = fitted.ranked(profile, at(case.next.day), SHOWN);
        let owns = |id: &ProductId| profile.bought.iter().any(|bought| bought.product == *id);
        let enough = |id: &ProductId| owns(id) || people[&label(id)] >= LEAST_PEOPLE;
        assert!(ranked.iter().all(|(id, _)| enough(id)), "what few bought is told to nobody else");
        lists.push(ranked.iter().map(|(id, _)| label(id)).collect());
        told.push(fitted.told(profile, at(case.next.day)));
    }
    Served { cases, lists, told }
}

impl Served<'_> {
    /// recall@10 and ndcg@10.
    fn worth(&self) -> [f64; 2] {
        let [recall, gain, _] = self.cases.judge(|number, _| self.lists[number].clone(), |_, _| true).1;
        [recall, gain]
    }

    /// The three likeliest usual items of each: how many of them were bought, and how far what was said is from that.
    fn usual(&self, of: impl Fn(&Told) -> &BTreeMap<ProductId, f64>) -> [f64; 2] {
        let forecasts: Vec<Forecast> = (self.told.iter().zip(&self.cases.cases))
            .flat_map(|(told, case)| {
                let mut likely: Vec<(Label, f64)> = of(told).iter().map(|(id, p)| (label(id), *p)).collect();
                likely.sort_by(|a, b| b.1.total_cmp(&a.1));
                let said = |(label, p): (Label, f64)| {
                    Forecast::try_new(p, case.next.labels.contains(&label)).unwrap()
                };
                likely.into_iter().take(SAID).map(said).collect::<Vec<_>>()
            })
            .collect();
        let happened = forecasts.iter().filter(|forecast| forecast.happened()).count() as f64;
        let error = expected_calibration_error(&reliability(&forecasts, BINS)).unwrap();
        [happened / forecasts.len() as f64, error]
    }

    /// How many of the three first pairings of each were bought.
    fn paired(&self) -> f64 {
        let (mut said, mut bought) = (0.0, 0.0);
        for (told, case) in self.told.iter().zip(&self.cases.cases) {
            for pairing in told.goes_with.iter().take(SAID) {
                said += 1.0;
                bought += f64::from(u8::from(case.next.labels.contains(&label(&pairing.product))));
            }
        }
        bought / said
    }
}

/// Below which recall must not fall, and the figures that `docs/prediction.md` tells, to 5e-4.
struct Expected {
    bar: f64,
    worth: [f64; 2],
    usual: [f64; 2],
    by_rhythm: [f64; 2],
    paired: f64,
}

fn measure(split: Split, earlier: usize) -> Served<'static> {
    // Kept to the end of the process: it is a few megabytes.
    let level = Box::leak(Box::new(level("product")));
    let cases = level.cases(split, earlier);
    let first = cases.cases.iter().map(|case| case.next.day).fold(f64::INFINITY, f64::min);
    let last = cases.cases.iter().map(|case| case.next.day).fold(0.0, f64::max);
    let served = served(cases, if split == Split::ByTime { first } else { last });
    eprintln!(
        "{split:?} {earlier}: {:.4?}; usual {:.4?}, by rhythm {:.4?}; paired {:.4}",
        served.worth(),
        served.usual(|told| &told.due),
        served.usual(|told| &told.by_rhythm),
        served.paired()
    );
    served
}

fn hold(split: Split, expected: &Expected) {
    let served = measure(split, TEST);
    let [worth, usual, by_rhythm] =
        [served.worth(), served.usual(|told| &told.due), served.usual(|told| &told.by_rhythm)];
    assert!(worth[0] >= expected.bar, "{} is less than {}", worth[0], expected.bar);
    assert!(usual[0] > by_rhythm[0], "what is bought again is foretold better than by own gaps alone");
    let found = [worth, usual, by_rhythm].into_iter().flatten().chain([served.paired()]);
    let told =
        [expected.worth, expected.usual, expected.by_rhythm].into_iter().flatten().chain([expected.paired]);
    for (found, told) in found.zip(told) {
        assert!((found - told).abs() < 5e-4, "{found:.4} is told as {told}");
    }
}

#[test]
fn what_is_served_is_at_least_as_good_as_the_best_of_the_last_visit() {
    let expected = Expected {
        bar: 0.1246,
        worth: [0.1267, 0.1691],
        usual: [0.1813, 0.0254],
        by_rhythm: [0.1737, 0.0076],
        paired: 0.0123,
    };
    hold(Split::LastOut, &expected);
}

#[test]
fn by_time_what_is_served_is_within_a_thousandth_of_the_best() {
    let expected = Expected {
        // The best of the reference has .1445, which this misses: `docs/prediction.md`.
        bar: 0.1435,
        worth: [0.1438, 0.2116],
        usual: [0.2315, 0.0196],
        by_rhythm: [0.2279, 0.0489],
        paired: 0.0133,
    };
    hold(Split::ByTime, &expected);
}

#[test]
#[ignore = "it judges nothing: it prints figures, for whoever changes what is served"]
fn validation_of_what_is_served() {
    measure(Split::LastOut, 1);
    measure(Split::ByTime, 1);
}
