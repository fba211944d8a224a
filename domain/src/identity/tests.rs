use std::collections::BTreeMap;

use super::{
    IdentifierKind::{Anonymous, Customer, Email, Loyalty, Phone, PhoneNumber},
    *,
};
use crate::{
    event::{Action, Event, EventId, Origin},
    id::{MessageId, SourceId},
    time::Timestamp,
};

mod any_evidence;
mod histories;
mod identifiers;
mod local;
mod naive;
mod traps;

fn identifier(kind: IdentifierKind, raw: &str) -> Identifier {
    Identifier::new(kind, raw).unwrap()
}

fn customer(number: &str) -> Identifier {
    identifier(Customer, number)
}

fn email(address: &str) -> Identifier {
    identifier(Email, address)
}

fn browser(id: &str) -> Identifier {
    identifier(Anonymous, id)
}

fn event_id(message: u64) -> EventId {
    EventId { source: SourceId::new("web").unwrap(), message: MessageId::new(message.to_string()).unwrap() }
}

fn event(message: u64, who: &[Identifier]) -> Event {
    Event {
        id: event_id(message),
        at: Timestamp::from_secs(i64::try_from(message).unwrap()),
        who: super::who(who.iter().cloned()),
        origin: Origin::Web,
        privacy_control: false,
        action: Action::PageViewed { page: None },
    }
}

/// The evidence of events that happen one second after the other.
fn told(events: &[&[Identifier]]) -> Vec<Evidence> {
    (1..).zip(events).flat_map(|(message, who)| Evidence::of(&event(message, who))).collect()
}

fn taken_back(what: impl IntoIterator<Item = Retracted>) -> Retractions {
    what.into_iter().collect()
}

/// A small world in which everything collides: identifiers by number, sorted as [`Identifier`] sorts.
const WORLD: [(IdentifierKind, &str); 14] = [
    (Customer, "c1"),
    (Customer, "c2"),
    (Customer, "c3"),
    (Loyalty, "l1"),
    (Loyalty, "l2"),
    (Email, "e1@shop.example"),
    (Email, "e2@shop.example"),
    (Email, "e3@shop.example"),
    (PhoneNumber, "+33612345600"),
    (Phone, "00000000000000a1"),
    (Anonymous, "a1"),
    (Anonymous, "a2"),
    (Anonymous, "a3"),
    (Anonymous, "x-house-value"),
];

/// The number of the one that the retailer blocks.
const BLOCKED: u8 = 13;

/// Rules so tight that a few pieces of evidence break each of them.
const TIGHT: [((IdentifierKind, IdentifierKind), u32); 4] =
    [((Anonymous, Customer), 1), ((Anonymous, Email), 2), ((Email, Customer), 2), ((Phone, Customer), 1)];
const PAIRS: usize = 4;

fn tight_rules() -> Rules {
    Rules::try_new(RuleSettings {
        loyalty_cards: 1,
        emails: 2,
        phone_numbers: 1,
        phones: 1,
        anonymous: 2,
        shared_above: BTreeMap::from(TIGHT),
        pairs_per_identifier: PAIRS,
        component: 5_000,
        blocked: ["X-House-Value".to_owned()].into(),
        ..RuleSettings::default()
    })
    .unwrap()
}

fn world() -> Vec<Identifier> {
    let world: Vec<_> = WORLD.iter().map(|(kind, raw)| identifier(*kind, raw)).collect();
    assert!(world.is_sorted());
    world
}

/// Evidence by numbers: `a < b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    event: u8,
    at: u8,
    a: u8,
    b: u8,
}

impl Piece {
    fn evidence(self, world: &[Identifier]) -> Evidence {
        Evidence {
            id: event_id(u64::from(self.event)),
            at: Timestamp::from_secs(i64::from(self.at)),
            a: world[usize::from(self.a)].clone(),
            b: world[usize::from(self.b)].clone(),
        }
    }
}

fn pair(world: &[Identifier], a: u8, b: u8) -> Retracted {
    Retracted::Pair(Pair::new(world[usize::from(b)].clone(), world[usize::from(a)].clone()))
}
