//! The rows of the module's tables, one test a row, and the properties of the fold.

mod cart;
mod corrections;
mod cost;
mod interest;
mod notes;
mod orders;
mod properties;
mod rest;
mod services;
mod trust;

use std::collections::BTreeMap;

use super::*;
use crate::{
    event::{Action, Event, EventId, Line, Origin, Purchase},
    id::{MessageId, ProductId, SourceId},
    identity::{Identifier, IdentifierKind},
};

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn product(id: &str) -> ProductId {
    ProductId::new(id).unwrap()
}

fn order_id(id: &str) -> OrderId {
    OrderId::new(id).unwrap()
}

fn euros(minor: i64) -> Money {
    Money { minor, currency: "EUR".parse().unwrap() }
}

fn line(id: &str) -> Line {
    Line::of(product(id))
}

/// `coat/38*2` is two coats in 38.
fn lines(text: &str) -> Vec<Line> {
    text.split_whitespace()
        .map(|word| {
            let (word, quantity) = word.split_once('*').map_or((word, None), |(word, n)| (word, Some(n)));
            let (id, size) = word.split_once('/').map_or((word, None), |(id, size)| (id, Some(size)));
            Line { size: size.map(str::to_owned), quantity: quantity.map(|n| n.parse().unwrap()), ..line(id) }
        })
        .collect()
}

fn one(text: &str) -> Line {
    lines(text).remove(0)
}

fn purchase(order: &str, text: &str) -> Purchase {
    Purchase { order: order_id(order), lines: lines(text), total: None, coupon: None, store: None }
}

fn placed(order: &str, text: &str) -> Action {
    Action::OrderPlaced(purchase(order, text))
}

fn updated(order: &str, text: &str) -> Action {
    Action::OrderUpdated(purchase(order, text))
}

fn refunded(order: &str, text: &str) -> Action {
    Action::OrderRefunded { order: order_id(order), refund: None, lines: lines(text), amount: None }
}

fn cancelled(order: &str) -> Action {
    Action::OrderCancelled { order: order_id(order) }
}

/// Events of the web shop, a minute after each other, numbered from 0.
fn events(actions: impl IntoIterator<Item = Action>) -> Vec<Event> {
    (0..).zip(actions).map(|(number, action)| event(number, number * MINUTE, Origin::Web, action)).collect()
}

fn event(number: i64, millis: i64, origin: Origin, action: Action) -> Event {
    Event {
        id: EventId {
            source: SourceId::new("shop").unwrap(),
            message: MessageId::new(format!("m{number}")).unwrap(),
        },
        at: at(millis),
        who: vec![Identifier::new(IdentifierKind::Customer, "camille").unwrap()],
        origin,
        privacy_control: false,
        action,
    }
}

/// The profile over these actions, which is the same folded one by one and rebuilt.
#[track_caller]
fn after(actions: impl IntoIterator<Item = Action>) -> Profile {
    of(&events(actions))
}

#[track_caller]
fn of(events: &[Event]) -> Profile {
    let rebuilt = View::rebuild(events);
    assert_eq!(arrived(events), rebuilt);
    rebuilt.into_profile()
}

/// The view of a store that takes events as they come.
fn arrived(events: &[Event]) -> View {
    let (mut view, mut known) = (View::default(), Vec::new());
    for event in events {
        known.push(event.clone());
        if view.take(event) == Taken::MustRebuild {
            view = View::rebuild(&known);
        }
    }
    view
}

/// Items as `coat/38*2@5`, where 5 is the minute.
fn items(items: &[Item]) -> String {
    let one = |item: &Item| {
        let size = item.size.as_ref().map_or(String::new(), |size| format!("/{size}"));
        let minute = item.at.as_millis() / MINUTE;
        format!("{}{size}*{}@{minute}", item.product, item.quantity)
    };
    items.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Orders as `o1@5[coat/38*2]`.
fn orders(orders: &[Order]) -> String {
    let line = |line: &OrderLine| {
        let size = line.size.as_ref().map_or(String::new(), |size| format!("/{size}"));
        format!("{}{size}*{}", line.product, line.quantity)
    };
    let one = |order: &Order| {
        let lines: Vec<String> = order.lines.iter().map(line).collect();
        format!("{}@{}[{}]", order.id, order.at.as_millis() / MINUTE, lines.join(" "))
    };
    orders.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Usual items as `coat*2`.
fn usual(profile: &Profile) -> String {
    let one = |bought: &Bought| format!("{}*{}", bought.product, bought.times);
    profile.bought.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn choices(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
