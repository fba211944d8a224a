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
//! its presences is live. A presence ends with `Left`, with a new boot of its agent that does not confirm it, or after
//! `lost_after` without news from its agent.

use serde::{Deserialize, Serialize};

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
    /// First presence.
    pub began: Timestamp,
    /// Last time that any agent heard any phone of the customer.
    pub last_heard: Timestamp,
    /// Set when the visit has ended; equals `last_heard` then.
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
}
