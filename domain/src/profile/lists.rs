//! Bounded lists, newest first, and bounded texts: nothing in a profile grows with the number of events.
//!
//! Every walk over a list is told to [`touched`], so that a test can count the work of one event.

use crate::{id::ProductId, money::Money, time::Timestamp};

use super::{Item, Preference, Profile, Size, Source};

/// Longest text that is kept of an event, in characters; the rest is cut off.
pub(super) const MAX_TEXT: usize = 128;

/// The text without spaces around it, and cut; `None` when nothing is left.
pub(super) fn short(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(MAX_TEXT).collect())
}

/// Puts `entry` first in place of the one that is the same thing; beyond `max` the last falls out.
pub(super) fn put_first<T>(list: &mut Vec<T>, entry: T, same: impl Fn(&T) -> bool, max: usize) {
    touched(list.len());
    if let Some(known) = list.iter().position(same) {
        list.remove(known);
    }
    list.insert(0, entry);
    list.truncate(max);
}

/// A fact that somebody told.
pub(super) trait Told {
    /// Who.
    fn source(&self) -> Source;
}

impl Told for Item {
    fn source(&self) -> Source {
        self.source
    }
}

impl Told for Size {
    fn source(&self) -> Source {
        self.source
    }
}

impl Told for Preference {
    fn source(&self) -> Source {
        self.source
    }
}

/// Puts `entry` first. What is vouched for takes the place of all that is the same thing; a page's word only that of a
/// page's, and stands beside what is vouched for. Beyond `max` one falls out ([`first_out`]).
pub(super) fn put_told<T: Told>(list: &mut Vec<T>, entry: T, same: impl Fn(&T) -> bool, max: usize) {
    take_back(list, entry.source(), same);
    list.insert(0, entry);
    while let Some(index) = first_out(list, max) {
        list.remove(index);
    }
}

/// Takes back what is the same thing, as far as the source may: a page only what pages told.
pub(super) fn take_back<T: Told>(list: &mut Vec<T>, source: Source, same: impl Fn(&T) -> bool) {
    touched(list.len());
    list.retain(|known| !same(known) || (known.source().is_vouched() && !source.is_vouched()));
}

/// What falls out of a list, newest first, that is longer than `max`: the oldest; and where more than half of `max` is a
/// page's word, the oldest of that, so that who makes up facts pushes no real ones out.
pub(super) fn first_out<T: Told>(list: &[T], max: usize) -> Option<usize> {
    if list.len() <= max {
        return None;
    }
    touched(list.len());
    let is_pages = |known: &T| !known.source().is_vouched();
    let too_many = list.iter().filter(|known| is_pages(known)).count() > max / 2;
    list.iter().rposition(|known| !too_many || is_pages(known))
}

/// What an item is called that was known before: as it is told now, else as it was; but never as a page called it when
/// either was told by who is believed.
pub(super) fn name_of(told: &Item, known: &Item) -> Option<String> {
    let names = match (told.source.is_vouched(), known.source.is_vouched()) {
        (true, false) => [&told.name, &None],
        (false, true) => [&known.name, &None],
        _ => [&told.name, &known.name],
    };
    names.into_iter().flatten().next().cloned()
}

/// A list of items with the price of each.
pub(super) struct Priced<'a> {
    items: &'a mut Vec<Item>,
    prices: &'a mut Vec<Option<Money>>,
}

impl<'a> Priced<'a> {
    pub(super) fn new(items: &'a mut Vec<Item>, prices: &'a mut Vec<Option<Money>>) -> Self {
        prices.resize(items.len(), None);
        Self { items, prices }
    }

    /// Whether a page repeats what somebody told who is believed: its word takes no place of theirs.
    pub(super) fn knows_better(&self, item: &Item) -> bool {
        let believed = |(known, _): (&Item, _)| known.source.is_vouched();
        !item.source.is_vouched() && self.get(&item.product, item.size.as_deref()).is_some_and(believed)
    }

    /// Puts an item first in place of the same product in the same size, which is given back.
    pub(super) fn put(&mut self, mut item: Item, price: Option<Money>) -> Option<(Item, Option<Money>)> {
        let known = self.position(&item.product, item.size.as_deref()).and_then(|index| self.out(index));
        if let Some((known, _)) = &known {
            item.name = name_of(&item, known);
        }
        self.items.insert(0, item);
        self.prices.insert(0, price);
        while let Some(index) = first_out(self.items, Profile::MAX_ITEMS) {
            self.out(index);
        }
        known
    }

    /// Takes an item out: the one in this size; when no size is told and none is without a size, the newest in any.
    pub(super) fn take(&mut self, product: &ProductId, size: Option<&str>) -> Option<(Item, Option<Money>)> {
        let any = || match size {
            Some(_) => None,
            None => self.items.iter().position(|item| item.product == *product),
        };
        let index = self.position(product, size).or_else(any)?;
        self.out(index)
    }

    /// The same product in the same size.
    pub(super) fn get(&self, product: &ProductId, size: Option<&str>) -> Option<(&Item, Option<Money>)> {
        let index = self.position(product, size)?;
        Some((self.items.get(index)?, self.prices.get(index).copied().flatten()))
    }

    /// Keeps what `stays` says.
    pub(super) fn retain(&mut self, stays: impl Fn(&Item) -> bool) {
        touched(self.items.len());
        let mut kept = self.items.iter().map(&stays);
        self.prices.retain(|_| kept.next().unwrap_or(false));
        self.items.retain(|item| stays(item));
    }

    /// In place of all: newest first, then by product and size.
    pub(super) fn replace(&mut self, mut all: Vec<(Item, Option<Money>)>) {
        touched(self.items.len() + all.len());
        let key = |item: &Item| (std::cmp::Reverse(item.at), item.product.clone(), item.size.clone());
        all.sort_by_cached_key(|(item, _)| key(item));
        all.truncate(Profile::MAX_ITEMS);
        (*self.items, *self.prices) = all.into_iter().unzip();
    }

    fn position(&self, product: &ProductId, size: Option<&str>) -> Option<usize> {
        touched(self.items.len());
        self.items.iter().position(|item| item.product == *product && item.size.as_deref() == size)
    }

    fn out(&mut self, index: usize) -> Option<(Item, Option<Money>)> {
        (index < self.items.len()).then(|| (self.items.remove(index), self.prices.remove(index)))
    }
}

/// Adds an amount to the sum of its currency; beyond `max` currencies a new one is not summed. Zero is no entry.
pub(super) fn add_money(sums: &mut Vec<Money>, amount: Money, max: usize) {
    match sums.binary_search_by(|sum| sum.currency.cmp(&amount.currency)) {
        Ok(index) => {
            let Some(sum) = sums.get_mut(index) else { return };
            sum.minor = sum.minor.saturating_add(amount.minor);
            if sum.minor == 0 {
                sums.remove(index);
            }
        }
        Err(index) if sums.len() < max && amount.minor != 0 => sums.insert(index, amount),
        Err(_) => {}
    }
}

/// The amount with the other sign.
pub(super) const fn negative(amount: Money) -> Money {
    Money { minor: amount.minor.saturating_neg(), ..amount }
}

/// Days since 1970 in UTC; 0 before that.
pub(super) fn day_of(at: Timestamp) -> u32 {
    u32::try_from(at.as_secs().div_euclid(86_400).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
thread_local! {
    static TOUCHED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Says that so many entries were walked over or moved.
pub(super) fn touched(entries: usize) {
    #[cfg(test)]
    TOUCHED.with(|count| count.set(count.get() + entries));
    #[cfg(not(test))]
    let _ = entries;
}

/// The entries walked over since this was asked last.
#[cfg(test)]
pub(super) fn take_touched() -> usize {
    TOUCHED.with(|count| count.replace(0))
}
