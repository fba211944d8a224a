//! One customer in one store, from first presence to last: a pure state machine.
//!
//! ```text
//!               entered                     last presence left
//!   (nothing) ----------> here(presences) ----------------------> lingering --- resume_within passes ---> ended
//!                          ^   |    ^                                 |
//!                          |   +----+ zones, dwell, rotations         |
//!                          +------------------------------------------+ entered again: the same visit goes on
//! ```
//!
//! A visit joins all agents of a store, all phones of the customer and all token rotations: it is here while any of
//! its presences is live. A presence ends with `Left`, with a new boot of its agent that does not confirm it, with a
//! long silence of an agent that does hear, or after `lost_after` without news from its agent.
//!
//! News comes late and out of order: an agent that was cut off for an hour tells that hour when it is back. What is
//! joined is decided by the times in the news alone, never by when it arrived: two moments belong together when no
//! more than `resume_within` lies between them, or when one agent says that a presence lasted from one to the other.
//! So late news can make a past visit, lengthen one, or show that two visits were one; the one that is then taken in
//! tells so in [`Visit::merged_into`]. Only the newest visit of a customer can be open.
//!
//! Orders that were paid at the shop's tills are joined to visits by their own time (`till`), in whatever order visits and
//! orders become known.
//!
//! [`ShopVisits`] keeps the visits of one shop; the rest of this file is what is stored.

mod agents;
mod entry;
mod policy;
mod shop;
mod till;
mod trace;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::{
    policy::{InvalidVisitPolicy, VisitPolicy, VisitSettings},
    shop::{Heard, ShopVisits},
    till::{PAID_AFTER, TillOrder, TillOrders, join as join_orders},
    trace::Trace,
};
use crate::{
    id::{AgentId, AssociateId, BootId, CustomerId, StoreId, VisitId, ZoneId},
    starter::Verdict,
    time::Timestamp,
    token::PresenceToken,
};

/// A stay in one zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneStay {
    /// Which zone.
    pub zone: ZoneId,
    /// From when.
    pub from: Timestamp,
    /// Until when it is known to last.
    pub to: Timestamp,
}

/// A presence that has not left, as the visit keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivePresence {
    /// The agent that hears it.
    pub agent: AgentId,
    /// The agent's boot.
    pub boot: BootId,
    /// The token.
    pub token: PresenceToken,
    /// The agent's zone.
    pub zone: ZoneId,
    /// Last news of it.
    pub heard: Timestamp,
    /// How strong.
    pub rssi: i8,
}

/// What the associate said became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// The customer bought.
    Sold,
    /// A good conversation without a purchase.
    Talked,
    /// The customer wished to be left alone.
    LeftAlone,
}

/// A visit, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Identifier.
    pub id: VisitId,
    /// Who.
    pub customer: CustomerId,
    /// Where.
    pub store: StoreId,
    /// First presence. Late news can move it back, so it may be before the time in `id`.
    pub began: Timestamp,
    /// Last time that any agent heard any phone of the customer.
    pub last_heard: Timestamp,
    /// Set when the visit has ended; equals `last_heard` then. Late news can move it, and can open a visit again.
    pub ended: Option<Timestamp>,
    /// Stays, oldest first. The last one is the present zone.
    pub stays: Vec<ZoneStay>,
    /// Presences that have not left.
    pub live: Vec<LivePresence>,
    /// Associates who confirmed the person, latest last.
    pub greeted: Vec<AssociateId>,
    /// What was said of starters, by starter id.
    pub feedback: Vec<(String, Verdict)>,
    /// What became of the visit.
    pub outcome: Option<Outcome>,
    /// Where the customer was heard; stays are derived from it.
    pub trace: Trace,
    /// When the customer withdrew consent during the visit: it ended then, and nothing is added to it any more.
    pub withdrawn: Option<Timestamp>,
    /// The visit that this one proved to be a part of. Such a record only tells the way; it counts as no visit.
    pub merged_into: Option<VisitId>,
    /// What was paid at the shop's tills in the course of it, by time and number: a fact beside `outcome`.
    pub orders: Vec<TillOrder>,
}

impl Visit {
    /// A visit that begins, without any presence yet.
    pub fn new(id: VisitId, customer: CustomerId, store: StoreId, began: Timestamp) -> Self {
        Self {
            id,
            customer,
            store,
            began,
            last_heard: began,
            ended: None,
            stays: Vec::new(),
            live: Vec::new(),
            greeted: Vec::new(),
            feedback: Vec::new(),
            outcome: None,
            trace: Trace::default(),
            withdrawn: None,
            merged_into: None,
            orders: Vec::new(),
        }
    }

    /// Whether the visit has not ended.
    pub const fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// How long the customer was heard in the shop, from first to last.
    pub fn dwell(&self) -> Duration {
        self.last_heard.since(self.began)
    }

    /// How long the customer was heard in a zone.
    pub fn dwell_in(&self, zone: &ZoneId) -> Duration {
        self.stays.iter().filter(|stay| stay.zone == *zone).map(|stay| stay.to.since(stay.from)).sum()
    }

    /// Where the customer was heard last; `None` only before the first presence.
    pub fn zone(&self) -> Option<&ZoneId> {
        self.stays.last().map(|stay| &stay.zone)
    }

    /// Whether this associate confirmed the person.
    pub fn is_confirmed_by(&self, associate: &AssociateId) -> bool {
        self.greeted.contains(associate)
    }
}

#[cfg(test)]
mod tests;
