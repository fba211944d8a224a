//! One token at one agent: a pure state machine.
//!
//! ```text
//!            2 sightings in 10 s, smoothed RSSI >= -80 dBm
//!  unknown ------------------------------------------------> here --+
//!     ^  ^                                                    |  ^  | still here, once a minute
//!     |  |                                                    |  +--+
//!     |  +--- forgotten after `forget_after` --- left <-------+
//!     |                                            |    silence of max(120 s, 3 x learned gap), at most 300 s
//!     +--------- re-entry gate: enter rule with RSSI 6 dB stronger, for a while after leaving
//! ```
//!
//! *Blind is not gone*: while the radio is down ([`PresenceTable::blind`]), exit timers stand still.
//!
//! Invariants: nothing is kept of a frame without a token; at most [`PresencePolicy::max_tokens`] tokens are held, the
//! longest silent unconfirmed one goes first; time is the agent's uptime, so a stepping wall clock changes nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    signal::{Carrier, Dbm, Sighting},
    token::PresenceToken,
};

/// The ways a presence can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PresenceKind {
    /// In range by the enter rule.
    Entered,
    /// Still heard.
    StillHere,
    /// Fell silent.
    Left,
}

/// What the machine says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// Which token.
    pub token: PresenceToken,
    /// What happened.
    pub kind: PresenceKind,
    /// When: for `Left`, when it was last heard.
    pub uptime: Duration,
    /// Smoothed signal strength.
    pub rssi: Dbm,
    /// How it was carried last.
    pub carrier: Carrier,
}
