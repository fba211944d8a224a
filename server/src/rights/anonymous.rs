//! What stays of an event when its person is erased and only counting is left.
//!
//! Out go all identifiers, message and order numbers, names, queries, codes, texts and whatever a sender chose freely. What is
//! left is a kind of thing that happened, products, pieces, prices and the hour. One day of one person is one nobody: enough
//! to count baskets and visits of the web shop; nothing but an order that is given back joins one day to another. The names of nobodies are made of a
//! seed that is destroyed with the regulation, so that carrying it out twice leaves the same events, and nobody can find
//! out later whose they were.

use shopbell_domain::{
    event::{Action, Event, EventId, Line, Origin, Purchase, ServiceTold},
    id::{InvalidId, MessageId, OrderId, ServiceId},
    identity::{Identifier, IdentifierKind},
    redacted::Redacted,
    time::Timestamp,
};

use super::derived::Seed;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Longest size that is a size and no text of somebody.
const SIZE_BYTES: usize = 8;

/// The event as nobody's; `None` when nothing of it may stay.
pub(super) fn anonymous(event: &Event, seed: &Seed) -> Result<Option<Event>, InvalidId> {
    let Some(action) = stripped(&event.action, seed)? else { return Ok(None) };
    let at = rounded(event.at, HOUR_MS);
    let name = [event.id.source.as_str(), event.id.message.as_str()].join("\n");
    let message = MessageId::new(format!("nobody-{}", seed.name("message", name.as_bytes())))?;
    let day = rounded(event.at, DAY_MS).as_millis().to_be_bytes();
    let who = Identifier::new(IdentifierKind::Anonymous, &format!("nobody-{}", seed.name("day", &day)));
    Ok(Some(Event {
        id: EventId { source: event.id.source.clone(), message },
        at,
        who: who.into_iter().collect(),
        origin: match event.origin {
            Origin::Page { received } => Origin::Page { received: rounded(received, HOUR_MS) },
            origin => origin,
        },
        privacy_control: event.privacy_control,
        action,
    }))
}

fn rounded(at: Timestamp, to: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(to) * to)
}

fn stripped(action: &Action, seed: &Seed) -> Result<Option<Action>, InvalidId> {
    Ok(Some(match action {
        Action::ProductViewed(line) => Action::ProductViewed(bare(line)),
        Action::ListViewed { .. } => Action::ListViewed { category: None },
        Action::Searched { .. } => Action::Searched { query: Redacted::new(String::new()) },
        Action::ProductShared(line) => Action::ProductShared(bare(line)),
        Action::CartAdded(line) => Action::CartAdded(bare(line)),
        Action::CartRemoved(line) => Action::CartRemoved(bare(line)),
        Action::CartIs(lines) => Action::CartIs(lines.iter().map(bare).collect()),
        Action::CheckoutStarted(lines) => Action::CheckoutStarted(lines.iter().map(bare).collect()),
        Action::CheckoutStep { step } => Action::CheckoutStep { step: *step },
        Action::OrderPlaced(purchase) => Action::OrderPlaced(of_nobody(purchase, seed)?),
        Action::OrderUpdated(purchase) => Action::OrderUpdated(of_nobody(purchase, seed)?),
        Action::OrderRefunded { order, refund, lines, amount } => Action::OrderRefunded {
            order: number(order, seed)?,
            refund: refund.as_ref().map(|refund| seed.name("refund", refund.as_bytes())),
            lines: lines.iter().map(bare).collect(),
            amount: *amount,
        },
        Action::OrderCancelled { order } => Action::OrderCancelled { order: number(order, seed)? },
        Action::WishAdded(line) => Action::WishAdded(bare(line)),
        Action::WishRemoved(line) => Action::WishRemoved(bare(line)),
        Action::WishToCart(line) => Action::WishToCart(bare(line)),
        Action::Reviewed { product, rating_tenths } => {
            Action::Reviewed { product: product.clone(), rating_tenths: *rating_tenths }
        }
        Action::PageViewed { .. } => Action::PageViewed { page: None },
        Action::Service(told) => Action::Service(service(told, seed)?),
        // About a person and nothing else, or in words that a sender chose.
        Action::Identified(_)
        | Action::Preferred { .. }
        | Action::Designed { .. }
        | Action::Coupon { .. }
        | Action::Corrected { .. }
        | Action::Noted { .. }
        | Action::Other { .. } => return Ok(None),
    }))
}

/// The product is the catalogue's; what the web shop wrote of it beside that may be anything.
fn bare(line: &Line) -> Line {
    let is_size = |size: &&String| {
        size.len() <= SIZE_BYTES && size.chars().all(|c| c.is_ascii_alphanumeric() || ".,/- ".contains(c))
    };
    Line {
        size: line.size.as_ref().filter(is_size).cloned(),
        quantity: line.quantity,
        price: line.price,
        ..Line::of(line.product.clone())
    }
}

fn of_nobody(purchase: &Purchase, seed: &Seed) -> Result<Purchase, InvalidId> {
    Ok(Purchase {
        order: number(&purchase.order, seed)?,
        lines: purchase.lines.iter().map(bare).collect(),
        total: purchase.total,
        coupon: None,
        store: purchase.store.clone(),
    })
}

fn service(told: &ServiceTold, seed: &Seed) -> Result<ServiceTold, InvalidId> {
    let number_of_it = seed.name("service", told.service.as_str().as_bytes());
    Ok(ServiceTold {
        service: ServiceId::new(format!("nobody-{number_of_it}"))?,
        kind: told.kind,
        step: told.step,
        store: told.store.clone(),
        until: None,
        order: told.order.as_ref().map(|order| number(order, seed)).transpose()?,
        lines: told.lines.iter().map(bare).collect(),
    })
}

/// The same for each event of an order, so that what was given back is still taken off.
fn number(order: &OrderId, seed: &Seed) -> Result<OrderId, InvalidId> {
    OrderId::new(format!("nobody-{}", seed.name("order", order.as_str().as_bytes())))
}

#[cfg(test)]
mod tests;
