//! Orders of tills, joined to visits: a function of what is known now, not of the order in which it came.
//!
//! An order belongs to the customer's last visit in its shop that began by the time of the order, if the order was paid
//! during it or at most [`PAID_AFTER`] after its last hearing. So the join is made anew of the visits and the orders
//! whenever either changes: late news moves an order to where it belongs, and one that is taken back leaves.
//!
//! A visit of a customer who withdrew gets no order any more, and still loses one that is taken back.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::Visit;
use crate::{
    id::{OrderId, StoreId},
    money::Money,
    profile::{Order, OrderDetail, Profile},
    time::Timestamp,
};

/// Who pays this long after they were heard last paid in that visit: tills stand where the last agent may not hear.
pub const PAID_AFTER: Duration = Duration::from_secs(15 * 60);

/// An order that was paid at a till of the shop, as a visit records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillOrder {
    /// The retailer's order number.
    pub order: OrderId,
    /// When it was paid, as the till tells.
    pub at: Timestamp,
    /// What was paid, as told; else the price of its lines, when that is known.
    pub total: Option<Money>,
    /// Pieces that the customer kept.
    pub pieces: u32,
}

impl TillOrder {
    fn of(order: &Order, detail: &OrderDetail, store: &StoreId) -> Option<Self> {
        let paid = detail.in_shop.as_ref().filter(|paid| paid.store == *store)?;
        let pieces = order.lines.iter().fold(0_u32, |sum, line| sum.saturating_add(line.quantity));
        Some(Self { order: order.id.clone(), at: paid.at, total: detail.total, pieces })
    }
}

/// What is known of a customer's orders at the tills of one shop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TillOrders {
    /// The orders, by time and number.
    orders: Vec<TillOrder>,
    /// Orders that were paid before this may be missing; `None` when none is.
    missing_before: Option<Timestamp>,
    /// Orders of which it is known that they are the customer's, also those that are missing; `None` when that was not
    /// asked.
    standing: Option<BTreeSet<OrderId>>,
}

impl TillOrders {
    /// What a profile tells: its last orders.
    pub fn of(profile: &Profile, store: &StoreId) -> Self {
        let known = profile.orders.iter().zip(&profile.order_details);
        let mut orders: Vec<TillOrder> =
            known.filter_map(|(order, detail)| TillOrder::of(order, detail, store)).collect();
        sort(&mut orders);
        let full = profile.orders.len() >= Profile::MAX_ORDERS;
        let oldest = profile.orders.iter().map(|order| order.at).min();
        Self { orders, missing_before: oldest.filter(|_| full), standing: None }
    }

    /// Nothing is told of any.
    pub fn all_missing() -> Self {
        Self { orders: Vec::new(), missing_before: Some(Timestamp::from_millis(i64::MAX)), standing: None }
    }

    /// With the numbers of all orders that are the customer's: one that is missing and not among them is taken back.
    #[must_use]
    pub fn standing(self, standing: BTreeSet<OrderId>) -> Self {
        Self { standing: Some(standing), ..self }
    }

    /// These are all.
    #[cfg(test)]
    pub(super) fn all(mut orders: Vec<TillOrder>) -> Self {
        sort(&mut orders);
        Self { orders, missing_before: None, standing: None }
    }

    /// All before this may be missing.
    #[cfg(test)]
    pub(super) fn missing_before(self, before: Timestamp) -> Self {
        Self { missing_before: Some(before), ..self }
    }

    /// Only those among these: nothing new joins a visit of a customer who lets none be kept.
    #[must_use]
    pub fn among(mut self, recorded: &BTreeSet<OrderId>) -> Self {
        self.orders.retain(|order| recorded.contains(&order.order));
        self
    }

    /// In which shops' orders two profiles differ, with what the second one tells of them.
    pub fn differing(before: &Profile, after: &Profile) -> BTreeMap<StoreId, Self> {
        let shops = |profile: &Profile| -> Vec<StoreId> {
            profile
                .order_details
                .iter()
                .filter_map(|detail| Some(detail.in_shop.as_ref()?.store.clone()))
                .collect()
        };
        let shops: BTreeSet<StoreId> = shops(before).into_iter().chain(shops(after)).collect();
        let told = shops.into_iter().map(|shop| (Self::of(before, &shop), Self::of(after, &shop), shop));
        told.filter(|(before, after, _)| before.orders != after.orders)
            .map(|(_, after, shop)| (shop, after))
            .collect()
    }

    /// The orders, by time and number.
    pub fn orders(&self) -> &[TillOrder] {
        &self.orders
    }

    /// Whether a recorded order, which is not among these, is nevertheless the customer's as far as is known.
    fn may_be_missing(&self, recorded: &TillOrder) -> bool {
        self.missing_before.is_some_and(|before| recorded.at < before)
            && self.standing.as_ref().is_none_or(|standing| standing.contains(&recorded.order))
    }
}

/// By time and number.
pub(super) fn sort(orders: &mut [TillOrder]) {
    orders.sort_by(|a, b| (a.at, &a.order).cmp(&(b.at, &b.order)));
}

/// Joins the orders to the customer's visits of the shop, of which all must be given that could have them. The places of
/// those whose record differs now.
pub fn join(visits: &mut [&mut Visit], orders: &TillOrders) -> Vec<usize> {
    let mut joined: Vec<Vec<TillOrder>> = visits.iter().map(|visit| kept(visit, orders)).collect();
    for order in &orders.orders {
        let place = place_of(visits, order);
        if let Some(place) = place.and_then(|place| joined.get_mut(place)) {
            place.push(order.clone());
        }
    }
    let mut differ = Vec::new();
    for (place, (visit, mut orders)) in visits.iter_mut().zip(joined).enumerate() {
        sort(&mut orders);
        if visit.orders != orders {
            visit.orders = orders;
            differ.push(place);
        }
    }
    differ
}

/// What a visit keeps whatever it is joined to: orders too old to be told of, and what a withdrawn one has.
fn kept(visit: &Visit, orders: &TillOrders) -> Vec<TillOrder> {
    let known = |recorded: &TillOrder| orders.orders.iter().find(|order| order.order == recorded.order);
    let keep = |recorded: &TillOrder| match known(recorded) {
        Some(order) => visit.withdrawn.is_some().then(|| order.clone()),
        None => orders.may_be_missing(recorded).then(|| recorded.clone()),
    };
    visit.orders.iter().filter_map(keep).collect()
}

/// The visit in which an order was paid.
fn place_of(visits: &[&mut Visit], order: &TillOrder) -> Option<usize> {
    let begun =
        visits.iter().enumerate().filter(|(_, visit)| visit.merged_into.is_none() && visit.began <= order.at);
    let (place, visit) = begun.max_by_key(|(_, visit)| (visit.began, visit.id))?;
    (visit.withdrawn.is_none() && order.at <= visit.last_heard + PAID_AFTER).then_some(place)
}
