//! The facts of an import, as events: one way into the profile.
//!
//! | change | events, each at the time that the change tells |
//! |---|---|
//! | order | [`Action::OrderPlaced`], named by customer and order number: the same order twice is one event |
//! | wish | [`Action::WishAdded`] |
//! | view | [`Action::ProductViewed`] |
//! | size | [`Action::Preferred`] with [`Size::preference`] as its name |
//! | service | [`Action::Service`] |
//! | cart | [`Action::CartAdded`] for each item at its own time, then [`Action::CartIs`] |
//! | customer, phone, product, stock | none: no facts of a profile |
//!
//! An event is named by a digest of what it says, so that importing a file again changes nothing.

use sha2::{Digest, Sha256};

use super::{Action, Event, EventId, Line, Origin, ServiceTold};
use crate::{
    id::{CustomerId, InvalidId, MessageId, SourceId},
    identity::Identifier,
    ports::Change,
    profile::{Item, Size, Source},
    time::Timestamp,
};

/// The source that events of imports name. No sender may have it: who knows the name of an order's event could tell it first.
pub const IMPORT_SOURCE: &str = "import";

impl Event {
    /// What an imported change says, as events; empty when it says nothing about a profile.
    pub fn of_import(change: &Change) -> Result<Vec<Self>, InvalidId> {
        match change {
            Change::Customer { .. } | Change::Phone { .. } | Change::Product(_) | Change::Stock { .. } => {
                Ok(Vec::new())
            }
            Change::Order { customer, at, source, purchase } => {
                // Whatever else a second file says of it, an order is its number: the first word of a file stands.
                let name = ["order", customer.as_str(), purchase.order.as_str()];
                Ok(vec![event(&name, customer, *at, *source, Action::OrderPlaced(purchase.clone()))?])
            }
            Change::Wish { customer, item } => {
                Ok(vec![of_item("wish", customer, item, Action::WishAdded(line(item)))?])
            }
            Change::View { customer, item } => {
                Ok(vec![of_item("view", customer, item, Action::ProductViewed(line(item)))?])
            }
            Change::Size { customer, size } => Ok(vec![told(customer, size)?]),
            Change::Cart { customer, at, items } => cart(customer, *at, items),
            Change::Service { customer, at, told } => Ok(vec![service(customer, *at, told)?]),
        }
    }
}

fn told(customer: &CustomerId, size: &Size) -> Result<Event, InvalidId> {
    let at = size.at.as_millis().to_string();
    let name = ["size", customer.as_str(), &size.of, &size.size, &at];
    let action = Action::Preferred { name: Size::preference(&size.of), value: Some(size.size.clone()) };
    event(&name, customer, size.at, size.source, action)
}

fn service(customer: &CustomerId, at: Timestamp, told: &ServiceTold) -> Result<Event, InvalidId> {
    let ServiceTold { service, kind, step, store, until, order, lines } = told;
    let rest = lines.iter().map(|line| format!("{} {:?} {:?}", line.product, line.size, line.quantity));
    let mut name = vec!["service".to_owned(), customer.to_string(), service.to_string()];
    name.push(format!("{kind:?} {step:?} {} {store:?} {until:?} {order:?}", at.as_millis()));
    name.extend(rest);
    let name: Vec<&str> = name.iter().map(String::as_str).collect();
    event(&name, customer, at, Source::Import, Action::Service(told.clone()))
}

fn cart(customer: &CustomerId, at: Timestamp, items: &[Item]) -> Result<Vec<Event>, InvalidId> {
    let mut events = Vec::with_capacity(items.len() + 1);
    let mut name = vec!["cart".to_owned(), customer.to_string(), at.as_millis().to_string()];
    for item in items {
        let since = Item { at: item.at.min(at), ..item.clone() };
        if since.at < at {
            events.push(of_item("carted", customer, &since, Action::CartAdded(line(item)))?);
        }
        name.extend([item.product.to_string(), format!("{:?} {}", item.size, item.quantity)]);
    }
    let parts: Vec<&str> = name.iter().map(String::as_str).collect();
    let source = items.first().map_or(Source::Web, |item| item.source);
    events.push(event(&parts, customer, at, source, Action::CartIs(items.iter().map(line).collect()))?);
    Ok(events)
}

fn line(item: &Item) -> Line {
    Line {
        name: item.name.clone(),
        size: item.size.clone(),
        quantity: Some(item.quantity),
        ..Line::of(item.product.clone())
    }
}

fn of_item(kind: &str, customer: &CustomerId, item: &Item, action: Action) -> Result<Event, InvalidId> {
    let numbers = format!("{} {}", item.at.as_millis(), item.quantity);
    let size = format!("{:?}", item.size);
    let name = [kind, customer.as_str(), item.product.as_str(), &size, &numbers];
    event(&name, customer, item.at, item.source, action)
}

fn event(
    name: &[&str],
    customer: &CustomerId,
    at: Timestamp,
    source: Source,
    action: Action,
) -> Result<Event, InvalidId> {
    let kind = name.first().copied().unwrap_or_default();
    let message = MessageId::new(format!("{kind}-{}", digest(name)))?;
    Ok(Event {
        id: EventId { source: SourceId::new(IMPORT_SOURCE)?, message },
        at,
        who: vec![Identifier::from(customer)],
        origin: origin(source),
        privacy_control: false,
        action,
    })
}

const fn origin(source: Source) -> Origin {
    match source {
        // An import says nothing of pages; should it, the retailer says so.
        Source::Web | Source::Page => Origin::Web,
        Source::Till => Origin::Till,
        Source::Customer => Origin::Customer,
        Source::Associate => Origin::Associate,
        Source::Stock | Source::Import => Origin::Import,
    }
}

/// 32 hexadecimal digits of SHA-256 over the parts, each with its length, so that no two lists of parts run together.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let half = hash.first_chunk().copied().map_or(0, u128::from_be_bytes);
    format!("{half:032x}")
}

#[cfg(test)]
mod tests;
