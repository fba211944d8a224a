//! The models, fitted; and what they say of a customer.

use std::collections::{BTreeMap, HashMap, HashSet};

use shopbell_domain::{id::ProductId, profile::Profile, situation::Pairing, time::Timestamp};
use shopbell_insight::next_visit::{self, Crowd, Due, Habit, Label, Pair, Pairs, Ranking, Visit};

use super::{
    History, LEAST_PEOPLE, MOST_DUE, MOST_PAIRINGS, Told,
    history::{self, Numbered},
    learning,
};

/// The models of a night.
#[derive(Debug, Default)]
pub struct Fitted {
    customers: usize,
    at: Option<Timestamp>,
    names: Names,
    pairs: Pairs,
    due: Option<Due>,
    ranking: Option<(Crowd, Ranking)>,
}

impl Fitted {
    /// Of the purchases of some customers.
    pub fn of(histories: Vec<History>, now: Timestamp) -> Self {
        let customers = histories.len();
        let names = Names::of(&histories);
        let people: Vec<Numbered> = histories
            .into_iter()
            .map(|history| history.numbered(|place, product| names.label(place, product)))
            .collect();
        let due = learning::rhythm(&people);
        let labels = names.beyond();
        let weights = learning::ranking(labels, &people, day(now));
        let pairs = learning::pairs(people.iter().map(|one| one.owned(labels)));
        let ranking = weights.map(|weights| (learning::crowd(labels, &people, &pairs, day(now)), weights));
        Self { customers, at: Some(now), names, pairs, due, ranking }
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
        let crowd = self.ranking.as_ref().map_or(0, |(crowd, _)| crowd.bytes());
        self.pairs.bytes() + self.names.bytes() + crowd
    }

    /// What they say of somebody.
    pub fn told(&self, profile: &Profile, now: Timestamp) -> Told {
        if self.pairs.links() == 0 && self.due.is_none() {
            return Told::default();
        }
        let own = Own::of(profile, &self.names);
        let visits = own.visits();
        let history = next_visit::History { visits: &visits, now: day(now) };
        let habits = history.habits();
        let by_rhythm = self.by_rhythm(&own, &habits);
        let Some((crowd, ranking)) = &self.ranking else {
            let goes_with = self.pairings(self.paired(&own, |_| true), |_| 0.0);
            return Told { goes_with, due: by_rhythm.clone(), by_rhythm };
        };
        let usual: HashSet<Label> =
            habits.iter().filter(|habit| habit.times > 1).map(|habit| habit.label).collect();
        let likely =
            ranking.likely(crowd, &history, &habits, |label| usual.contains(&label), |new| !own.has(new));
        let new: HashMap<Label, f64> = likely.new.into_iter().collect();
        // Of more than are told, only those that were ranked are looked at.
        let paired = self.paired(&own, |label| new.len() < MOST_PAIRINGS || new.contains_key(&label));
        let due = likely.again.into_iter().filter_map(|(label, likely)| Some((own.product(label)?, likely)));
        Told {
            goes_with: self.pairings(paired, |pair| new.get(&pair.to).copied().unwrap_or(0.0)),
            due: likeliest(due, MOST_DUE).collect(),
            by_rhythm,
        }
    }

    /// The products that somebody is likeliest to buy at a visit that begins `now`, of all that they bought and of what is new to them,
    /// the likeliest first. [`Fitted::told`] tells of this ranking what may be said. Nothing where it is not fitted.
    pub fn ranked(&self, profile: &Profile, now: Timestamp, number: usize) -> Vec<(ProductId, f64)> {
        let Some((crowd, ranking)) = &self.ranking else { return Vec::new() };
        let own = Own::of(profile, &self.names);
        let visits = own.visits();
        let history = next_visit::History { visits: &visits, now: day(now) };
        let product = |label| own.product(label).or_else(|| self.names.product(label)).cloned();
        let ranked = ranking.rank(crowd, &history, number).into_iter();
        ranked.filter_map(|ranked| Some((product(ranked.label)?, ranked.probability))).collect()
    }

    /// What goes with what they bought, and they did not buy; of each product the strongest link, and with what.
    fn paired<'a>(
        &'a self,
        own: &Own<'a>,
        among: impl Fn(Label) -> bool,
    ) -> BTreeMap<Label, (&'a Pair, &'a ProductId)> {
        let mut best: BTreeMap<Label, (&Pair, &ProductId)> = BTreeMap::new();
        for (label, with, _) in &own.all {
            for pair in self.pairs.of(*label).iter().filter(|pair| among(pair.to) && !own.has(pair.to)) {
                let known = best.entry(pair.to).or_insert((pair, *with));
                if pair.strength > known.0.strength {
                    *known = (pair, *with);
                }
            }
        }
        best
    }

    /// Those that are likeliest bought, and of equals the strongest.
    fn pairings(
        &self,
        paired: BTreeMap<Label, (&Pair, &ProductId)>,
        likely: impl Fn(&Pair) -> f64,
    ) -> Vec<Pairing> {
        let mut best: Vec<(&Pair, &ProductId)> = paired.into_values().collect();
        best.sort_by(|(a, _), (b, _)| {
            let stronger = || b.strength.total_cmp(&a.strength).then(a.to.cmp(&b.to));
            likely(b).total_cmp(&likely(a)).then_with(stronger)
        });
        let pairing = |(pair, with): (&Pair, &ProductId)| {
            let product = self.names.product(pair.to)?.clone();
            let strength = pair.strength.min(1.0);
            Some(Pairing { product, with: with.clone(), people: pair.people, strength })
        };
        best.into_iter().filter_map(pairing).take(MOST_PAIRINGS).collect()
    }

    fn by_rhythm(&self, own: &Own<'_>, habits: &[Habit]) -> BTreeMap<ProductId, f64> {
        let Some(due) = &self.due else { return BTreeMap::new() };
        let likely =
            habits.iter().filter_map(|habit| Some((own.product(habit.label)?, due.probability(habit)?)));
        likeliest(likely, MOST_DUE).collect()
    }
}

fn likeliest<'a>(
    of: impl Iterator<Item = (&'a ProductId, f64)>,
    number: usize,
) -> impl Iterator<Item = (ProductId, f64)> {
    let mut of: Vec<(&ProductId, f64)> = of.collect();
    of.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    of.truncate(number);
    of.into_iter().map(|(product, likely)| (product.clone(), likely)).collect::<Vec<_>>().into_iter()
}

/// The products that enough people bought, and their numbers. What fewer bought has none: in nothing that is kept is it known by name.
#[derive(Debug, Default)]
struct Names {
    /// By label.
    products: Vec<ProductId>,
    labels: HashMap<ProductId, Label>,
}

impl Names {
    fn of(histories: &[History]) -> Self {
        let mut people: HashMap<&ProductId, u32> = HashMap::new();
        for product in histories.iter().flat_map(History::products) {
            *people.entry(product).or_default() += 1;
        }
        let mut products: Vec<ProductId> = people
            .into_iter()
            .filter(|(_, people)| *people >= LEAST_PEOPLE)
            .map(|(id, _)| id.clone())
            .collect();
        products.sort();
        Self { labels: products.iter().cloned().zip(0..).collect(), products }
    }

    /// One more than the highest.
    fn beyond(&self) -> Label {
        Label::try_from(self.products.len()).unwrap_or(Label::MAX)
    }

    /// Of something that somebody has, at a place among it: where too few have it, a number that is theirs alone.
    fn label(&self, place: usize, product: &ProductId) -> Label {
        let own = || self.beyond().saturating_add(Label::try_from(place).unwrap_or(Label::MAX));
        self.labels.get(product).copied().unwrap_or_else(own)
    }

    fn product(&self, label: Label) -> Option<&ProductId> {
        self.products.get(label as usize)
    }

    fn bytes(&self) -> usize {
        let name = |product: &ProductId| 2 * (product.as_str().len() + size_of::<ProductId>()) + 16;
        self.products.iter().map(name).sum()
    }
}

/// What somebody bought, as labels; what only pages told is not asked after a rhythm.
struct Own<'a> {
    /// In the order of labels.
    all: Vec<(Label, &'a ProductId, &'a [u32])>,
}

impl<'a> Own<'a> {
    fn of(profile: &'a Profile, names: &Names) -> Self {
        let all = profile.bought.iter().enumerate();
        let mut all: Vec<(Label, &ProductId, &[u32])> = all
            .map(|(place, bought)| {
                let days = if bought.source.is_vouched() { &bought.days[..] } else { &[] };
                (names.label(place, &bought.product), &bought.product, days)
            })
            .collect();
        all.sort_unstable_by_key(|(label, ..)| *label);
        Self { all }
    }

    fn visits(&self) -> Vec<Visit> {
        history::visits(self.all.iter().map(|(label, _, days)| (*label, *days)))
    }

    fn has(&self, label: Label) -> bool {
        self.product(label).is_some()
    }

    fn product(&self, label: Label) -> Option<&'a ProductId> {
        let at = self.all.binary_search_by_key(&label, |(label, ..)| *label).ok()?;
        self.all.get(at).map(|(_, product, _)| *product)
    }
}

/// Days since 1970, whole: purchases are known by the day.
#[expect(clippy::cast_precision_loss, reason = "days since 1970")]
fn day(at: Timestamp) -> f64 {
    at.as_secs().div_euclid(86_400) as f64
}
