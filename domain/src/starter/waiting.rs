//! What waits for the customer in this shop: as far as two kinds of starters have it in common.

use std::{cmp::Reverse, collections::BTreeSet, time::Duration};

use super::{Fact, Starter, StarterKind};
use crate::{
    event::ServiceKind,
    id::OrderId,
    profile::{Order, Service},
    situation::Situation,
};

/// Longer ago than this, what was ready is not believed to wait still: 90 days.
const FORGOTTEN: Duration = Duration::from_secs(90 * 86_400);

/// What is ready here: of each of these kinds the newest. A number counts once, also where two kinds have it.
pub(super) fn ready(situation: &Situation, of: &[ServiceKind], kind: StarterKind) -> Vec<Starter> {
    let now = situation.now;
    // A return is taken in by any shop; a parcel lies in one, and where nobody said in which, nobody is sent for it.
    let is_here = |service: &Service| match &service.store {
        Some(store) => *store == situation.store,
        None => service.kind == ServiceKind::Return,
    };
    let mut waiting: Vec<&Service> = situation
        .known
        .services
        .iter()
        .filter(|service| of.contains(&service.kind) && service.is_ready(now) && is_here(service))
        .filter(|service| service.at <= now && now.since(service.at) < FORGOTTEN)
        .filter(|service| !is_void(service, situation) && !went_with_its_order(service, situation))
        .collect();
    waiting.sort_by_key(|service| (Reverse(service.at), service.kind, service.id.clone()));
    let mut told = BTreeSet::new();
    waiting.retain(|service| told.insert(&service.id));
    // One sentence for all of a kind: the others come along when the guest is asked.
    let mut kinds = BTreeSet::new();
    waiting.retain(|service| kinds.insert(service.kind));
    waiting.into_iter().map(|service| starter(service, kind)).collect()
}

/// Whether all of its order was given back: there is nothing in it any more.
fn is_void(service: &Service, situation: &Situation) -> bool {
    let of_it = |order: &&Order| service.order.as_ref() == Some(&order.id) && !order.lines.is_empty();
    let order = situation.known.orders.iter().find(of_it);
    order.is_some_and(|order| order.lines.iter().all(|line| line.quantity == 0))
}

/// Whether its whole order was handed over since, or given up, told by the order's number alone.
fn went_with_its_order(service: &Service, situation: &Situation) -> bool {
    let order = service.order.as_ref().map(OrderId::as_str);
    let is_over = |other: &Service| {
        other.kind == service.kind
            && other.step.is_end()
            && other.source.is_vouched()
            && other.at >= service.at
            && Some(other.id.as_str()) == order
    };
    situation.known.services.iter().any(is_over)
}

/// It names no product: what is in a parcel is nobody's business but the customer's, and it may be a gift.
fn starter(service: &Service, kind: StarterKind) -> Starter {
    let waits = Fact::Waits {
        what: service.kind,
        service: service.id.clone(),
        until: service.until,
        at: service.at,
        source: service.source,
    };
    Starter { kind, product: None, thing: Some(service.id.as_str().to_owned()), facts: vec![waits] }
}
