//! How a change becomes part of a profile: pure, and the same whatever order the changes come in.
//!
//! Each function says whether the profile changed. An order must be folded once: the store knows which orders it
//! holds, the profile only keeps the last ones.
//!
//! Lists keep the newest entries. A cut-off entry can only come back by a newer one, so the order of arrival does not
//! matter; for [`Profile::bought`] that holds as long as no product was cut off (its count starts anew then).

use std::{cmp::Reverse, collections::BTreeSet};

use shopbell_domain::{
    id::ProductId,
    profile::{Bought, Item, Order, Profile, Size, Source},
    time::Timestamp,
};

use crate::record::ProfileRecord;

/// Whether a change changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folded {
    /// The profile is another one now.
    Changed,
    /// The profile knew it already, or knows something newer.
    Same,
}

/// An item came onto the wish list.
pub(crate) fn wish(record: &mut ProfileRecord, item: Item) -> Folded {
    newest_item(&mut record.profile.wish_list, item)
}

/// A product was looked at.
pub(crate) fn view(record: &mut ProfileRecord, item: Item) -> Folded {
    newest_item(&mut record.profile.viewed, item)
}

/// The cart was these items at `at`.
pub(crate) fn cart(record: &mut ProfileRecord, at: Timestamp, mut items: Vec<Item>) -> Folded {
    if record.cart_at.is_some_and(|known| known > at) {
        return Folded::Same;
    }
    items.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| (&a.product, &a.size).cmp(&(&b.product, &b.size))));
    items.truncate(Profile::MAX_ITEMS);
    if record.cart_at == Some(at) && record.profile.cart == items {
        return Folded::Same;
    }
    record.cart_at = Some(at);
    record.profile.cart = items;
    Folded::Changed
}

/// A size became known.
pub(crate) fn size(record: &mut ProfileRecord, size: Size) -> Folded {
    let sizes = &mut record.profile.sizes;
    let before = sizes.clone();
    match sizes.iter_mut().find(|known| known.of == size.of) {
        Some(known) if (known.at, &known.size) < (size.at, &size.size) => *known = size,
        Some(_) => return Folded::Same,
        None => sizes.push(size),
    }
    sizes.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.of.cmp(&b.of)));
    sizes.truncate(Profile::MAX_ITEMS);
    if *sizes == before { Folded::Same } else { Folded::Changed }
}

/// An order that was not folded before.
pub(crate) fn order(record: &mut ProfileRecord, order: Order) -> Folded {
    let profile = &mut record.profile;
    profile.order_count = profile.order_count.saturating_add(1);
    for product in products_of(&order) {
        bought(&mut profile.bought, product, order.at, order.source);
    }
    cut_bought(&mut profile.bought);
    let at = profile
        .orders
        .partition_point(|known| (Reverse(known.at), &known.id) < (Reverse(order.at), &order.id));
    profile.orders.insert(at, order);
    profile.orders.truncate(Profile::MAX_ORDERS);
    Folded::Changed
}

/// Products of which at least one piece was bought, each once: a line of no pieces was taken back at the till.
fn products_of(order: &Order) -> BTreeSet<&ProductId> {
    order.lines.iter().filter(|line| line.quantity > 0).map(|line| &line.product).collect()
}

fn bought(all: &mut Vec<Bought>, product: &ProductId, at: Timestamp, source: Source) {
    let day = day_of(at);
    match all.binary_search_by(|known| known.product.cmp(product)) {
        Ok(index) => {
            if let Some(known) = all.get_mut(index) {
                known.times = known.times.saturating_add(1);
                known.first = known.first.min(at);
                // Two orders of the same instant: the till's counts, so that their order does not matter.
                if at > known.last || (at == known.last && source == Source::Till) {
                    (known.last, known.source) = (at, source);
                }
                keep_day(&mut known.days, day);
            }
        }
        Err(index) => all.insert(
            index,
            Bought { product: product.clone(), times: 1, first: at, last: at, source, days: vec![day] },
        ),
    }
}

fn keep_day(days: &mut Vec<u32>, day: u32) {
    if let Err(index) = days.binary_search(&day) {
        days.insert(index, day);
        if days.len() > Bought::KEPT_DAYS {
            days.remove(0);
        }
    }
}

fn cut_bought(all: &mut Vec<Bought>) {
    while all.len() > Profile::MAX_BOUGHT {
        let rank = |bought: &Bought| (bought.times, bought.last);
        let lowest = all
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| rank(a).cmp(&rank(b)).then_with(|| a.product.cmp(&b.product)));
        let Some((index, _)) = lowest else { return };
        all.remove(index);
    }
}

/// Days since 1970 in UTC; 0 before that.
fn day_of(at: Timestamp) -> u32 {
    u32::try_from(at.as_secs().div_euclid(86_400).max(0)).unwrap_or(u32::MAX)
}

fn newest_item(list: &mut Vec<Item>, item: Item) -> Folded {
    let same_thing = |known: &Item| known.product == item.product && known.size == item.size;
    match list.iter().position(same_thing) {
        Some(index) => {
            let older =
                list.get(index).is_some_and(|known| (known.at, known.quantity) < (item.at, item.quantity));
            if !older {
                return Folded::Same;
            }
            list.remove(index);
        }
        None if list.len() >= Profile::MAX_ITEMS
            && list.last().is_some_and(|last| newest_first(last) < newest_first(&item)) =>
        {
            return Folded::Same;
        }
        None => {}
    }
    let at = list.partition_point(|known| newest_first(known) < newest_first(&item));
    list.insert(at, item);
    list.truncate(Profile::MAX_ITEMS);
    Folded::Changed
}

fn newest_first(item: &Item) -> (Reverse<Timestamp>, &ProductId, &Option<String>) {
    (Reverse(item.at), &item.product, &item.size)
}

#[cfg(test)]
mod tests;
