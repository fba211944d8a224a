//! Orders that may still change, and what each of them says.
//!
//! The last [`MAX_OPEN_ORDERS`] orders that were spoken of are kept whole, so that an update, a refund or a cancellation
//! is told by the difference between what the order said before and says after. Older ones are settled: what comes
//! later about such a number is like news of an order never heard of. Its refund counts nothing, its cancellation is
//! counted, nothing else changes; placed once more it would be a new order.
//!
//! What pages tell yields to what is vouched for: who may say what stands in a table of [`super`].

mod open;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use self::open::{Effect, OpenOrder, Stated, keep_gifts};
use super::{
    Lifetime, Moment, Order, OrderDetail, Profile, Source,
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

/// How many of them may be a page's word where there are others: who makes up orders settles no real ones by that.
pub const MAX_PAGES_OPEN: usize = 10;

/// How many refunds of one order are known again by their numbers.
const MAX_REFUNDS: usize = 50;

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
    yield_to(profile, memory, &purchase.order, now.source);
    let told = Stated::new(purchase, &memory.corrections, now);
    change(profile, memory, &purchase.order, now.source, |order| match order.known_or(told) {
        None => {}
        Some((known, told)) => {
            if known.lines.is_empty() {
                known.lines = told.lines;
            } else {
                keep_gifts(&told.lines, &mut known.lines);
            }
            known.total = known.total.or(told.total);
            known.coupon = known.coupon.take().or(told.coupon);
            known.in_shop = known.in_shop.take().or(told.in_shop);
        }
    });
}

/// The order is now this. What the update does not tell stays; what was given back stays given back.
pub(super) fn updated(profile: &mut Profile, memory: &mut Memory, purchase: &Purchase, now: Moment) {
    yield_to(profile, memory, &purchase.order, now.source);
    let told = Stated::new(purchase, &memory.corrections, now);
    change(profile, memory, &purchase.order, now.source, |order| match order.known_or(told) {
        None => {}
        Some((known, mut told)) => {
            if !told.lines.is_empty() {
                keep_gifts(&known.lines, &mut told.lines);
                known.lines = told.lines;
            }
            known.total = told.total.or(known.total);
            known.coupon = told.coupon.or_else(|| known.coupon.take());
            known.in_shop = known.in_shop.take().or(told.in_shop);
            known.updated = Some(now.at);
        }
    });
}

/// What was given back of an order.
pub(super) struct Refund<'a> {
    /// Its own number, when it is told.
    pub(super) number: Option<&'a str>,
    /// What; none mean all of it.
    pub(super) lines: &'a [Line],
    /// What was paid back, when it is told.
    pub(super) amount: Option<Money>,
}

/// Something was given back.
pub(super) fn refunded(
    profile: &mut Profile,
    memory: &mut Memory,
    id: &OrderId,
    refund: &Refund<'_>,
    source: Source,
) {
    change(profile, memory, id, source, |order| {
        if order.takes_changes_by(source) && order.is_new(refund) {
            order.refund(refund, source);
        }
    });
}

/// The order is somebody else's, all of it. A page that says so of what others changed is not believed either.
pub(super) fn disowned(profile: &mut Profile, memory: &mut Memory, id: &OrderId, source: Source) {
    yield_to(profile, memory, id, source);
    change(profile, memory, id, source, |order| order.disowned |= order.takes_changes_by(source));
}

/// The order was cancelled, for good.
pub(super) fn cancelled(profile: &mut Profile, memory: &mut Memory, id: &OrderId, source: Source) {
    change(profile, memory, id, source, |order| {
        if order.takes_changes_by(source) {
            order.cancelled = true;
        }
    });
}

/// Whether the order is known to be cancelled, by somebody who is believed as much.
pub(super) fn is_cancelled(memory: &Memory, id: &OrderId, source: Source) -> bool {
    let is_known = |order: &OpenOrder| order.cancelled && (order.heard_of || !source.is_vouched());
    memory.find(id).is_some_and(is_known)
}

/// Whether the source may say what the order is: a page may not when somebody has who is believed.
pub(super) fn may_tell(memory: &Memory, id: &OrderId, source: Source) -> bool {
    source.is_vouched() || !memory.find(id).is_some_and(OpenOrder::is_vouched)
}

/// Since when it is known what the order is, by somebody who is believed as much.
pub(super) fn known_since(memory: &Memory, id: &OrderId, source: Source) -> Option<Timestamp> {
    let order = memory.find(id).filter(|order| order.is_vouched() || !source.is_vouched())?;
    order.stated.as_ref().map(|stated| stated.first.at)
}

/// What pages told of the order never was when somebody who is believed tells it.
fn yield_to(profile: &mut Profile, memory: &mut Memory, id: &OrderId, source: Source) {
    if source.is_vouched() && memory.find(id).is_some_and(OpenOrder::is_pages_word) {
        change(profile, memory, id, source, |order| order.stated = None);
    }
}

/// Changes an order by a word of the source, and all that follows from it.
fn change(
    profile: &mut Profile,
    memory: &mut Memory,
    id: &OrderId,
    source: Source,
    change: impl FnOnce(&mut OpenOrder),
) {
    let Some(order) = memory.open_order(id, source) else { return };
    let before = order.effect();
    order.heard(source);
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
    while profile.orders.len() > Profile::MAX_ORDERS {
        let by_pages = |order: &&Order| !order.source.is_vouched();
        let too_many = profile.orders.iter().filter(by_pages).count() > Profile::MAX_PAGES_ORDERS;
        let out = profile.orders.iter().rposition(|order| !too_many || !order.source.is_vouched());
        let Some(out) = out else { break };
        profile.orders.remove(out);
        profile.order_details.remove(out);
    }
}

impl Memory {
    /// The order, when it may still change.
    fn find(&self, id: &OrderId) -> Option<&OpenOrder> {
        lists::touched(self.open.len());
        self.open.iter().find(|order| order.id == *id)
    }

    /// The order, which is opened when it is not known. The one known longest is settled when there are too many.
    fn open_order(&mut self, id: &OrderId, source: Source) -> Option<&mut OpenOrder> {
        lists::touched(self.open.len());
        if let Some(index) = self.open.iter().position(|order| order.id == *id) {
            return self.open.get_mut(index);
        }
        if self.open.len() >= MAX_OPEN_ORDERS
            && let Some(index) = self.first_to_settle(source)
            && let Some(oldest) = self.open.remove(index)
            && let Some(stated) = &oldest.stated
        {
            for subject in oldest.effect().subjects {
                usual::settle(&mut self.settled, &subject, stated.first);
            }
        }
        self.open.push_back(OpenOrder::new(id.clone()));
        self.open.back_mut()
    }

    /// The one known longest; of those that only pages spoke of, when they would have more than their places.
    fn first_to_settle(&self, source: Source) -> Option<usize> {
        let by_pages = self.open.iter().filter(|order| order.is_only_pages()).count();
        let too_many = by_pages + usize::from(!source.is_vouched()) > MAX_PAGES_OPEN;
        self.open.iter().position(|order| !too_many || order.is_only_pages())
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
