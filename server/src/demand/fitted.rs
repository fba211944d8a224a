//! The models, fitted; and a customer's purchases as they take them.

use std::collections::BTreeMap;

use shopbell_domain::{id::ProductId, profile::Profile, situation::Pairing, time::Timestamp};
use shopbell_insight::next_visit::{self, Due, Example, Label, Pair, Pairs, PairsOptions, Visit};

use super::{LEAST_PEOPLE, LEAST_REGULARS, MOST_DUE, MOST_PAIRINGS, Told};

/// What keeps rare coincidences from counting, as in `docs/prediction.md`; and how many links of a product are kept.
const PAIRS: PairsOptions = PairsOptions { shrinkage: 50.0, least: LEAST_PEOPLE, links: 20 };
/// Customers whose visits the rhythm is fitted to. It has eleven weights, and more change none of them.
const REGULARS: usize = 2_500;
/// Of each, so many of the last visits.
const VISITS_OF_EACH: usize = 2;
/// Fewest visits before one that is foretold.
const VISITS_BEFORE: usize = 3;

/// What somebody bought, by the day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The products, and on which days since 1970; in the order of products.
    bought: Vec<(ProductId, Vec<u32>)>,
}

impl History {
    /// As a profile tells it, without what only pages told.
    pub fn of(profile: &Profile) -> Self {
        let vouched = profile.bought.iter().filter(|bought| bought.source.is_vouched());
        let mut bought: Vec<(ProductId, Vec<u32>)> =
            vouched.map(|bought| (bought.product.clone(), bought.days.clone())).collect();
        bought.sort();
        Self { bought }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.bought.is_empty()
    }

    /// How much is known.
    pub fn entries(&self) -> usize {
        self.bought.iter().map(|(_, days)| days.len().max(1)).sum()
    }

    /// The days on which anything was bought as visits, the oldest first, with each product under its place here.
    pub fn visits(&self) -> Vec<Visit> {
        let mut visits: BTreeMap<u32, Vec<Label>> = BTreeMap::new();
        for (label, (_, days)) in (0..).zip(&self.bought) {
            for day in days {
                visits.entry(*day).or_default().push(label);
            }
        }
        visits.into_iter().map(|(day, labels)| Visit { day: f64::from(day), labels }).collect()
    }

    fn product(&self, label: Label) -> Option<&ProductId> {
        self.bought.get(label as usize).map(|(product, _)| product)
    }
}

/// The models of a night.
#[derive(Debug, Default)]
pub struct Fitted {
    customers: usize,
    at: Option<Timestamp>,
    /// In the order of labels.
    products: Vec<(Label, ProductId)>,
    labels: BTreeMap<ProductId, Label>,
    pairs: Pairs,
    due: Option<Due>,
}

impl Fitted {
    /// Of the purchases of some customers.
    pub fn of(histories: Vec<History>, now: Timestamp) -> Self {
        let customers = histories.len();
        let due = rhythm(&histories);
        let mut labels: BTreeMap<ProductId, Label> = BTreeMap::new();
        let mut people = Vec::with_capacity(customers);
        for history in histories {
            let mut owned = Vec::with_capacity(history.bought.len());
            for (product, _) in history.bought {
                let next = Label::try_from(labels.len()).unwrap_or(Label::MAX);
                owned.push(*labels.entry(product).or_insert(next));
            }
            people.push(owned);
        }
        let pairs = Pairs::fit(PAIRS, &people);
        // What is in no pair needs no number any more: most of what there is.
        labels.retain(|_, label| !pairs.of(*label).is_empty());
        let mut products: Vec<(Label, ProductId)> =
            labels.iter().map(|(product, label)| (*label, product.clone())).collect();
        products.sort();
        Self { customers, at: Some(now), products, labels, pairs, due }
    }

    /// Of how many customers.
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// How many pairs there are, each in both directions.
    pub fn pairs(&self) -> usize {
        self.pairs.links()
    }

    /// When; `None` before the first time.
    pub fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// What they take of memory, about.
    pub fn bytes(&self) -> usize {
        let name = |product: &ProductId| product.as_str().len() + 2 * size_of::<ProductId>() + 16;
        self.pairs.bytes() + self.labels.keys().map(name).sum::<usize>() * 2
    }

    /// What they say of somebody.
    pub fn told(&self, profile: &Profile, now: Timestamp) -> Told {
        if self.pairs.links() == 0 && self.due.is_none() {
            return Told::default();
        }
        Told { goes_with: self.goes_with(profile), due: self.due(profile, now) }
    }

    /// What goes with what they bought, and they did not buy; of each product the strongest link.
    fn goes_with(&self, profile: &Profile) -> Vec<Pairing> {
        let owned: BTreeMap<Label, &ProductId> = profile
            .bought
            .iter()
            .filter_map(|bought| Some((*self.labels.get(&bought.product)?, &bought.product)))
            .collect();
        let mut best: BTreeMap<Label, (&Pair, &ProductId)> = BTreeMap::new();
        for (label, with) in &owned {
            for pair in self.pairs.of(*label).iter().filter(|pair| !owned.contains_key(&pair.to)) {
                let known = best.entry(pair.to).or_insert((pair, *with));
                if pair.strength > known.0.strength {
                    *known = (pair, *with);
                }
            }
        }
        let mut best: Vec<(&Pair, &ProductId)> = best.into_values().collect();
        best.sort_by(|(a, _), (b, _)| b.strength.total_cmp(&a.strength).then(a.to.cmp(&b.to)));
        let pairing = |(pair, with): (&Pair, &ProductId)| {
            let product = self.product(pair.to)?.clone();
            Some(Pairing {
                product,
                with: with.clone(),
                people: pair.people,
                strength: pair.strength.min(1.0),
            })
        };
        best.into_iter().filter_map(pairing).take(MOST_PAIRINGS).collect()
    }

    /// How likely each usual item is bought at a visit that begins `now`, of the likeliest.
    fn due(&self, profile: &Profile, now: Timestamp) -> BTreeMap<ProductId, f64> {
        let Some(due) = &self.due else { return BTreeMap::new() };
        let history = History::of(profile);
        let visits = history.visits();
        let habits = next_visit::History { visits: &visits, now: day(now) }.habits();
        let mut likely: Vec<(&ProductId, f64)> = habits
            .iter()
            .filter_map(|habit| Some((history.product(habit.label)?, due.probability(habit)?)))
            .collect();
        likely.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        likely.into_iter().take(MOST_DUE).map(|(product, likely)| (product.clone(), likely)).collect()
    }

    fn product(&self, label: Label) -> Option<&ProductId> {
        let at = self.products.binary_search_by_key(&label, |(label, _)| *label).ok()?;
        self.products.get(at).map(|(_, product)| product)
    }
}

/// The rhythm, of the last visits of some of them; `None` where too few come again and again.
fn rhythm(histories: &[History]) -> Option<Due> {
    let visits = histories.iter().map(History::visits);
    let regulars: Vec<Vec<Visit>> =
        visits.filter(|visits| visits.len() > VISITS_BEFORE).take(REGULARS).collect();
    if regulars.len() < LEAST_REGULARS {
        return None;
    }
    let examples: Vec<Example<'_>> = regulars.iter().flat_map(|visits| examples(visits)).collect();
    Due::fit(&examples)
}

/// The last visits of somebody, each with what was before it.
fn examples(visits: &[Visit]) -> impl Iterator<Item = Example<'_>> {
    let last = visits.len().saturating_sub(VISITS_OF_EACH).max(VISITS_BEFORE);
    (last..visits.len()).filter_map(|at| {
        let (before, visit) = (visits.get(..at)?, visits.get(at)?);
        Some(Example {
            before: next_visit::History { visits: before, now: visit.day },
            bought: &visit.labels,
        })
    })
}

/// Days since 1970, whole: purchases are known by the day.
#[expect(clippy::cast_precision_loss, reason = "days since 1970")]
fn day(at: Timestamp) -> f64 {
    at.as_secs().div_euclid(86_400) as f64
}
