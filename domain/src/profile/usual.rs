//! What purchases say about habits, and how it is taken back: usual items, bought sizes, bought brands, all orders.
//!
//! An order speaks for [`Subject`]s, each once. Counting one more order is one step; taking one back is not, since a
//! count does not tell what it was before. So for each subject of an order that may still change (the open ones of
//! [`super::orders`]) the tally without all open orders is kept in [`Settled`], and taking one back starts from there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bought, BoughtSize, Evidence, Moment, Profile, Source, lists, tastes};
use crate::id::ProductId;

/// What a purchase speaks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Subject {
    /// That something was bought at all.
    Orders,
    /// A product.
    Product(ProductId),
    /// A size.
    Size { of: String, size: String },
    /// A brand.
    Brand(String),
}

/// How often, and when; the days of purchase for products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    seen: Evidence,
    days: Option<Vec<u32>>,
}

/// A subject of open orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settled {
    subject: Subject,
    /// Number of open orders that speak for it.
    uses: u32,
    /// The tally of all other orders.
    before: Option<Tally>,
}

impl Evidence {
    pub(super) const fn once(now: Moment) -> Self {
        Self { times: 1, first: now.at, last: now.at, source: now.source }
    }

    /// One more. Gives the same in any order: of two at the same instant the till's counts, a page's last.
    pub(super) fn add(&mut self, now: Moment) {
        self.times = self.times.saturating_add(1);
        self.first = self.first.min(now.at);
        if (now.at, rank(now.source)) > (self.last, rank(self.source)) {
            (self.last, self.source) = (now.at, now.source);
        }
    }

    /// One more of what may not have been seen yet.
    pub(super) fn count(known: &mut Option<Self>, now: Moment) {
        match known {
            Some(known) => known.add(now),
            None => *known = Some(Self::once(now)),
        }
    }
}

const fn rank(source: Source) -> u8 {
    match source {
        Source::Page => 0,
        Source::Stock | Source::Associate => 1,
        Source::Import => 2,
        Source::Customer => 3,
        Source::Web => 4,
        Source::Till => 5,
    }
}

impl Tally {
    fn once(subject: &Subject, now: Moment) -> Self {
        let days = matches!(subject, Subject::Product(_)).then(|| vec![lists::day_of(now.at)]);
        Self { seen: Evidence::once(now), days }
    }

    fn count(tally: &mut Option<Self>, subject: &Subject, now: Moment) {
        match tally {
            Some(known) => known.add(now),
            None => *tally = Some(Self::once(subject, now)),
        }
    }

    fn add(&mut self, now: Moment) {
        self.seen.add(now);
        let (Some(days), day) = (&mut self.days, lists::day_of(now.at)) else { return };
        if let Err(index) = days.binary_search(&day) {
            days.insert(index, day);
            if days.len() > Bought::KEPT_DAYS {
                days.remove(0);
            }
        }
    }
}

/// An open order speaks for a subject from now on.
pub(super) fn count(profile: &mut Profile, settled: &mut Vec<Settled>, subject: &Subject, now: Moment) {
    let mut tally = get(profile, subject);
    match find(settled, subject) {
        Ok(index) => {
            if let Some(known) = settled.get_mut(index) {
                known.uses += 1;
            }
        }
        Err(index) => {
            settled.insert(index, Settled { subject: subject.clone(), uses: 1, before: tally.clone() });
        }
    }
    Tally::count(&mut tally, subject, now);
    set(profile, subject, tally);
}

/// An open order does not speak any more for the subjects that `others` names, each with the other open orders that
/// do.
pub(super) fn take_back(
    profile: &mut Profile,
    settled: &mut Vec<Settled>,
    others: BTreeMap<Subject, Vec<Moment>>,
) {
    for (subject, moments) in others {
        let Ok(index) = find(settled, &subject) else { continue };
        let Some(known) = settled.get_mut(index) else { continue };
        known.uses = known.uses.saturating_sub(1);
        let mut tally = if known.uses == 0 { settled.remove(index).before } else { known.before.clone() };
        lists::touched(moments.len());
        for moment in moments {
            Tally::count(&mut tally, &subject, moment);
        }
        set(profile, &subject, tally);
    }
}

/// An order that spoke for the subject will not change any more.
pub(super) fn settle(settled: &mut Vec<Settled>, subject: &Subject, now: Moment) {
    let Ok(index) = find(settled, subject) else { return };
    let Some(known) = settled.get_mut(index) else { return };
    known.uses = known.uses.saturating_sub(1);
    if known.uses == 0 {
        settled.remove(index);
    } else {
        Tally::count(&mut known.before, subject, now);
    }
}

fn find(settled: &[Settled], subject: &Subject) -> Result<usize, usize> {
    settled.binary_search_by(|known| known.subject.cmp(subject))
}

/// What the profile says of a subject.
fn get(profile: &Profile, subject: &Subject) -> Option<Tally> {
    let plain = |seen: Evidence| Tally { seen, days: None };
    match subject {
        Subject::Orders => profile.lifetime.orders.map(plain),
        Subject::Product(product) => {
            let index = profile.bought.binary_search_by(|known| known.product.cmp(product)).ok()?;
            profile.bought.get(index).map(|known| Tally {
                seen: Evidence {
                    times: known.times,
                    first: known.first,
                    last: known.last,
                    source: known.source,
                },
                days: Some(known.days.clone()),
            })
        }
        Subject::Size { of, size } => {
            let index = find_size(&profile.bought_sizes, of, size).ok()?;
            profile.bought_sizes.get(index).map(|known| plain(known.bought))
        }
        Subject::Brand(name) => tastes::brand(profile, name)?.bought.map(plain),
    }
}

/// Makes the profile say this of a subject.
fn set(profile: &mut Profile, subject: &Subject, tally: Option<Tally>) {
    match subject {
        Subject::Orders => {
            profile.lifetime.orders = tally.map(|tally| tally.seen);
            profile.order_count = profile.lifetime.orders.map_or(0, |orders| orders.times);
        }
        Subject::Product(product) => set_product(&mut profile.bought, product, tally),
        Subject::Size { of, size } => set_size(&mut profile.bought_sizes, of, size, tally),
        Subject::Brand(name) => {
            tastes::change_brand(profile, name, |brand| brand.bought = tally.map(|tally| tally.seen));
        }
    }
}

fn set_product(all: &mut Vec<Bought>, product: &ProductId, tally: Option<Tally>) {
    let found = all.binary_search_by(|known| known.product.cmp(product));
    let Some(Tally { seen: Evidence { times, first, last, source }, days }) = tally else {
        if let Ok(index) = found {
            all.remove(index);
        }
        return;
    };
    let days = days.unwrap_or_default();
    let bought = Bought { product: product.clone(), times, first, last, source, days };
    match found {
        Ok(index) => {
            if let Some(known) = all.get_mut(index) {
                *known = bought;
            }
        }
        Err(index) => {
            all.insert(index, bought);
            cut(all);
        }
    }
}

/// When there are too many, the tenth that was bought least often and longest ago goes: at once, so that most
/// purchases sort nothing.
fn cut(all: &mut Vec<Bought>) {
    if all.len() <= Profile::MAX_BOUGHT {
        return;
    }
    lists::touched(all.len());
    let rank = |bought: &Bought| (bought.times, bought.last, bought.product.clone());
    let mut ranks: Vec<_> = all.iter().map(rank).collect();
    ranks.sort_unstable();
    if let Some(lowest_kept) = ranks.into_iter().nth(Profile::MAX_BOUGHT / 10) {
        all.retain(|bought| rank(bought) >= lowest_kept);
    }
}

fn set_size(all: &mut Vec<BoughtSize>, of: &str, size: &str, tally: Option<Tally>) {
    let found = find_size(all, of, size);
    match (found, tally) {
        (Ok(index), None) => {
            all.remove(index);
        }
        (Ok(index), Some(tally)) => {
            if let Some(known) = all.get_mut(index) {
                known.bought = tally.seen;
            }
        }
        (Err(_), None) => {}
        (Err(index), Some(tally)) => {
            all.insert(index, BoughtSize { of: of.to_owned(), size: size.to_owned(), bought: tally.seen });
            if all.len() > Profile::MAX_ITEMS {
                lists::touched(all.len());
                let oldest = all.iter().enumerate().min_by_key(|(_, known)| known.bought.last);
                if let Some(index) = oldest.map(|(index, _)| index) {
                    all.remove(index);
                }
            }
        }
    }
}

fn find_size(all: &[BoughtSize], of: &str, size: &str) -> Result<usize, usize> {
    all.binary_search_by(|known| (known.of.as_str(), known.size.as_str()).cmp(&(of, size)))
}
