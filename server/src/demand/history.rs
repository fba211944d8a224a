//! A customer's purchases as the models take them.

use shopbell_domain::{id::ProductId, profile::Profile};
use shopbell_insight::next_visit::{Label, Visit};

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
        visits((0..).zip(&self.bought).map(|(label, (_, days))| (label, &days[..])))
    }

    /// The products, each once.
    pub(super) fn products(&self) -> impl Iterator<Item = &ProductId> {
        self.bought.iter().map(|(product, _)| product)
    }

    /// The same without names.
    pub(super) fn numbered(self, label: impl Fn(usize, &ProductId) -> Label) -> Numbered {
        let mut bought = Vec::with_capacity(self.entries());
        let mut owned = Vec::with_capacity(self.bought.len());
        for (place, (product, days)) in self.bought.into_iter().enumerate() {
            let label = label(place, &product);
            owned.push(label);
            bought.extend(days.into_iter().map(|day| (day, label)));
        }
        bought.sort_unstable();
        Numbered { owned, bought }
    }
}

/// Visits by label, of what was bought on which days.
pub(super) fn visits<'a>(bought: impl Iterator<Item = (Label, &'a [u32])>) -> Vec<Visit> {
    let mut days: Vec<(u32, Label)> =
        bought.flat_map(|(label, days)| days.iter().map(move |day| (*day, label))).collect();
    days.sort_unstable();
    by_day(&days)
}

fn by_day(bought: &[(u32, Label)]) -> Vec<Visit> {
    let visit = |day: &[(u32, Label)]| {
        let labels = day.iter().map(|(_, label)| *label).collect();
        Some(Visit { day: f64::from(day.first()?.0), labels })
    };
    bought.chunk_by(|a, b| a.0 == b.0).filter_map(visit).collect()
}

/// Purchases under numbers: eight bytes each, and four for each product.
#[derive(Debug, Clone)]
pub(super) struct Numbered {
    owned: Vec<Label>,
    bought: Vec<(u32, Label)>,
}

impl Numbered {
    /// Of what they have, what is below `beyond`, each once.
    pub(super) fn owned(&self, beyond: Label) -> Vec<Label> {
        self.owned.iter().copied().filter(|label| *label < beyond).collect()
    }

    /// How many products they have.
    pub(super) fn products(&self) -> usize {
        self.owned.len()
    }

    /// The days on which anything was bought, the oldest first.
    pub(super) fn visits(&self) -> Vec<Visit> {
        by_day(&self.bought)
    }
}
