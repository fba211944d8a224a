//! The numbers of all orders that are the customer's, however long ago: a profile names the last ones only.

use std::collections::BTreeSet;

use super::corrections::Standing;
use crate::{
    event::{Action, Event},
    id::OrderId,
};

/// The numbers of the orders that these events, all of a person's, tell and that are the customer's: not cancelled, and not
/// somebody else's. The events may come in any order.
pub fn standing_orders<'a>(events: impl IntoIterator<Item = &'a Event>) -> BTreeSet<OrderId> {
    let mut events: Vec<&Event> = events.into_iter().collect();
    events.sort_by_key(|event| (event.at, &event.id));
    let corrections = Standing::after(events.iter().copied());
    let (mut told, mut cancelled) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        match &event.action {
            Action::OrderPlaced(purchase) | Action::OrderUpdated(purchase)
                if Standing::own(&corrections, purchase).is_some() =>
            {
                told.insert(purchase.order.clone());
            }
            Action::OrderCancelled { order } => {
                cancelled.insert(order.clone());
            }
            _ => {}
        }
    }
    told.retain(|order| !cancelled.contains(order) && !Standing::is_not_mine(&corrections, order));
    told
}
