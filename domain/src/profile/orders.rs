//! Orders that may still change, and what each of them says.
//!
//! The last [`MAX_OPEN_ORDERS`] orders that were spoken of are kept whole, so that an update, a refund or a cancellation
//! is told by the difference between what the order said before and says after. Older ones are settled: what comes
//! later about such a number is like news of an order never heard of. Its refund counts in the lifetime figures, its
//! cancellation is counted, nothing else changes; placed once more it would be a new order.

mod open;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use self::open::{Effect, OpenOrder, Stated};
use super::{
    Lifetime, Moment, Order, OrderDetail, Profile,
    corrections::Standing,
    lists,
    usual::{self, Settled, Subject},
};
use crate::{
    event::{Line, Purchase},
    id::OrderId,
    money::Money,
    time::Timestamp,
};

/// How many orders may still change.
pub const MAX_OPEN_ORDERS: usize = 50;

/// Most lines kept of one order; the rest is not known.
pub const MAX_ORDER_LINES: usize = 200;

/// What the fold needs to know and nobody reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Longest known first.
    open: VecDeque<OpenOrder>,
    /// By subject.
    settled: Vec<Settled>,
    /// What the customer corrected, by subject.
    pub(super) corrections: Vec<Standing>,
}

/// An order was placed. Of one that is known already only what was not told before is taken.
pub(super) fn placed(profile: &mut Profile, memory: &mut Memory, purchase: &Purchase, now: Moment) {
    let told = Stated::new(purchase, &memory.corrections, now);
    change(profile, memory, &purchase.order, |order| match order.known_or(told) {
        None => {}
        Some((known, told)) => {
            if known.lines.is_empty() {
                known.lines = told.lines;
            }
            known.total = known.total.or(told.total);
            known.coupon = known.coupon.take().or(told.coupon);
        }
    });
}

/// The order is now this. What the update does not tell stays; what was given back stays given back.
pub(super) fn updated(profile: &mut Profile, memory: &mut Memory, purchase: &Purchase, now: Moment) {
    let told = Stated::new(purchase, &memory.corrections, now);
    change(profile, memory, &purchase.order, |order| match order.known_or(told) {
        None => {}
        Some((known, told)) => {
            if !told.lines.is_empty() {
                known.lines = told.lines;
            }
            known.total = told.total.or(known.total);
            known.coupon = told.coupon.or_else(|| known.coupon.take());
            known.updated = Some(now.at);
        }
    });
}

/// Something was given back; no lines mean all of it.
pub(super) fn refunded(
    profile: &mut Profile,
    memory: &mut Memory,
    id: &OrderId,
    lines: &[Line],
    amount: Option<Money>,
) {
    change(profile, memory, id, |order| order.refund(lines, amount));
}

/// The order is somebody else's, all of it.
pub(super) fn disowned(profile: &mut Profile, memory: &mut Memory, id: &OrderId) {
    change(profile, memory, id, |order| order.disowned = true);
}

/// The order was cancelled, for good.
pub(super) fn cancelled(profile: &mut Profile, memory: &mut Memory, id: &OrderId) {
    change(profile, memory, id, |order| order.cancelled = true);
}

/// Since when it is known what the order is.
pub(super) fn known_since(memory: &Memory, id: &OrderId) -> Option<Timestamp> {
    lists::touched(memory.open.len());
    let order = memory.open.iter().find(|order| order.id == *id)?;
    order.stated.as_ref().map(|stated| stated.first.at)
}

/// Changes an order, and all that follows from it.
fn change(profile: &mut Profile, memory: &mut Memory, id: &OrderId, change: impl FnOnce(&mut OpenOrder)) {
    let Some(order) = memory.open_order(id) else { return };
    let before = order.effect();
    change(order);
    let (after, shown) = (order.effect(), order.shown());
    let first = order.stated.as_ref().map(|stated| stated.first);
    lists::touched(before.subjects.len() + after.subjects.len());
    change_figures(&mut profile.lifetime, &before, &after);
    let gone: BTreeSet<&Subject> = before.subjects.difference(&after.subjects).collect();
    if !gone.is_empty() {
        let others = memory.others(&gone);
        usual::take_back(profile, &mut memory.settled, others);
    }
    for subject in after.subjects.difference(&before.subjects) {
        let Some(first) = first else { break };
        usual::count(profile, &mut memory.settled, subject, first);
    }
    show(profile, memory, id, shown);
}

fn change_figures(lifetime: &mut Lifetime, before: &Effect, after: &Effect) {
    let max = Profile::MAX_CURRENCIES;
    lifetime.pieces = lifetime.pieces.saturating_sub(before.pieces).saturating_add(after.pieces);
    lifetime.refunds = lifetime.refunds.saturating_sub(before.refunds).saturating_add(after.refunds);
    lifetime.cancelled = lifetime.cancelled.saturating_sub(before.cancelled).saturating_add(after.cancelled);
    for (sums, old, new) in [
        (&mut lifetime.spend, before.spend.as_slice(), after.spend.as_slice()),
        (&mut lifetime.refunded, before.refunded.as_slice(), after.refunded.as_slice()),
    ] {
        for amount in old {
            lists::add_money(sums, lists::negative(*amount), max);
        }
        for amount in new {
            lists::add_money(sums, *amount, max);
        }
    }
}

/// Puts the order among the last ones, or takes it off and fills its place with the next.
fn show(profile: &mut Profile, memory: &Memory, id: &OrderId, shown: Option<(Order, OrderDetail)>) {
    lists::touched(profile.orders.len());
    let known = profile.orders.iter().position(|order| order.id == *id);
    if let Some(index) = known {
        profile.orders.remove(index);
        profile.order_details.remove(index);
    }
    if let Some(shown) = shown {
        insert(profile, shown);
    } else if known.is_some() {
        lists::touched(memory.open.len());
        let missing = |order: &&OpenOrder| profile.orders.iter().all(|known| known.id != order.id);
        let next = memory.open.iter().filter(missing).filter_map(OpenOrder::shown);
        let next = next.max_by(|(a, _), (b, _)| (a.at, &b.id).cmp(&(b.at, &a.id)));
        if let Some(next) = next {
            insert(profile, next);
        }
    }
}

fn insert(profile: &mut Profile, (order, detail): (Order, OrderDetail)) {
    use std::cmp::Reverse;
    let before = |known: &Order| (Reverse(known.at), &known.id) < (Reverse(order.at), &order.id);
    let index = profile.orders.partition_point(before);
    profile.orders.insert(index, order);
    profile.order_details.insert(index, detail);
    profile.orders.truncate(Profile::MAX_ORDERS);
    profile.order_details.truncate(Profile::MAX_ORDERS);
}

impl Memory {
    /// The order, which is opened when it is not known. The one known longest is settled when there are too many.
    fn open_order(&mut self, id: &OrderId) -> Option<&mut OpenOrder> {
        lists::touched(self.open.len());
        if let Some(index) = self.open.iter().position(|order| order.id == *id) {
            return self.open.get_mut(index);
        }
        if self.open.len() >= MAX_OPEN_ORDERS
            && let Some(oldest) = self.open.pop_front()
            && let Some(stated) = &oldest.stated
        {
            for subject in oldest.effect().subjects {
                usual::settle(&mut self.settled, &subject, stated.first);
            }
        }
        self.open.push_back(OpenOrder::new(id.clone()));
        self.open.back_mut()
    }

    /// Each of the subjects, with the moments of all open orders that speak for it.
    fn others(&self, subjects: &BTreeSet<&Subject>) -> BTreeMap<Subject, Vec<Moment>> {
        let mut others: BTreeMap<Subject, Vec<Moment>> =
            subjects.iter().map(|subject| ((*subject).clone(), Vec::new())).collect();
        for order in &self.open {
            let Some(stated) = &order.stated else { continue };
            lists::touched(stated.lines.len());
            for subject in order.effect().subjects {
                if let Some(moments) = others.get_mut(&subject) {
                    moments.push(stated.first);
                }
            }
        }
        others
    }
}

#[cfg(test)]
impl Memory {
    /// The longest lists of the fold's own: open orders, subjects, lines of one order, things given back of one.
    pub(super) fn lengths(&self) -> [usize; 4] {
        let longest = |of: fn(&OpenOrder) -> usize| self.open.iter().map(of).max().unwrap_or(0);
        [
            self.open.len(),
            self.settled.len(),
            longest(|order| order.lines().len()),
            longest(|order| order.returned.len()),
        ]
    }
}
