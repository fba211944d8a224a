//! Bounds and times. What a queue does when it is full stands at the queue.

use std::time::Duration;

use serde::Deserialize;
use shopbell_kit::config::Invalid;

use super::unit;

/// Tablets miss two beats before they hide names and cards, after 15 s without a word.
pub(super) const MOST_HEARTBEAT: Duration = Duration::from_secs(5);

/// Bounds and times.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Presence events older than this at receipt are recorded, and show nobody on a tablet.
    #[serde(rename = "push_age_s", deserialize_with = "unit::seconds")]
    pub push_age: Duration,
    /// Beyond this difference of wall clocks, events of an agent's older boots are kept and never pushed.
    #[serde(rename = "clock_skew_s", deserialize_with = "unit::seconds")]
    pub clock_skew: Duration,
    /// Events older than this at receipt are discarded: no agent keeps any for so long.
    #[serde(rename = "event_age_s", deserialize_with = "unit::seconds")]
    pub event_age: Duration,
    /// How often each shop looks at what time alone changes.
    #[serde(rename = "tick_ms", deserialize_with = "unit::millis")]
    pub tick: Duration,
    /// Silence after which a tablet's stream gets a heartbeat, at most [`MOST_HEARTBEAT`].
    #[serde(rename = "floor_heartbeat_s", deserialize_with = "unit::seconds")]
    pub floor_heartbeat: Duration,
    /// Changes that wait for one tablet; when full, the tablet is cut and comes back with its cursor.
    pub tablet_queue: usize,
    /// Commands that wait for one shop; when full, callers wait.
    pub shop_queue: usize,
    /// How long after the end of an agent's stream its guests count as uncertain.
    #[serde(rename = "agent_gone_s", deserialize_with = "unit::seconds")]
    pub agent_gone: Duration,
    /// How long nothing of a cart must have been touched until it is one that was left.
    #[serde(rename = "cart_left_s", deserialize_with = "unit::seconds")]
    pub cart_left: Duration,
    /// Silence after which an agent counts as late, and its guests as uncertain.
    #[serde(rename = "agent_late_s", deserialize_with = "unit::seconds")]
    pub agent_late: Duration,
    /// Silence after which an agent counts as down.
    #[serde(rename = "agent_down_s", deserialize_with = "unit::seconds")]
    pub agent_down: Duration,
    /// Largest message taken, in bytes.
    pub message_bytes: usize,
    /// Streams and calls at once on one connection.
    pub streams_per_connection: u32,
    /// Report streams of one agent at once; a newer one takes the place of the oldest.
    pub agent_streams: usize,
    /// Floor streams of one tablet's token at once; a newer one takes the place of the oldest.
    pub tablet_streams: usize,
    /// How long a request may take to be whole, and an agent to say hello.
    #[serde(rename = "request_s", deserialize_with = "unit::seconds")]
    pub request: Duration,
    /// Connections at once; further ones wait in the system's queue.
    pub connections: usize,
    /// Connections of one address at once; further ones are closed.
    pub connections_per_address: usize,
    /// How long a connection may stay that shows no credentials.
    #[serde(rename = "stranger_s", deserialize_with = "unit::seconds")]
    pub stranger: Duration,
    /// How long open calls may take to end after the signal to stop.
    #[serde(rename = "drain_s", deserialize_with = "unit::seconds")]
    pub drain: Duration,
}

impl Limits {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let positive = [
            ("limits.push_age_s", !self.push_age.is_zero()),
            ("limits.clock_skew_s", !self.clock_skew.is_zero()),
            ("limits.tick_ms", !self.tick.is_zero()),
            ("limits.cart_left_s", !self.cart_left.is_zero()),
            ("limits.tablet_queue", self.tablet_queue > 0),
            ("limits.shop_queue", self.shop_queue > 0),
            ("limits.agent_late_s", !self.agent_late.is_zero()),
            ("limits.streams_per_connection", self.streams_per_connection > 0),
            ("limits.agent_streams", self.agent_streams > 0),
            ("limits.tablet_streams", self.tablet_streams > 0),
            ("limits.request_s", !self.request.is_zero()),
            ("limits.connections", self.connections > 0),
            ("limits.connections_per_address", self.connections_per_address > 0),
            ("limits.stranger_s", !self.stranger.is_zero()),
        ];
        for (key, good) in positive {
            if !good {
                return Err(Invalid::new(key, "more than 0"));
            }
        }
        if self.floor_heartbeat.is_zero() || self.floor_heartbeat > MOST_HEARTBEAT {
            return Err(Invalid::new("limits.floor_heartbeat_s", "more than 0 and at most 5"));
        }
        if self.event_age < self.push_age {
            return Err(Invalid::new("limits.event_age_s", "at least limits.push_age_s"));
        }
        if self.agent_down <= self.agent_late {
            return Err(Invalid::new("limits.agent_down_s", "more than limits.agent_late_s"));
        }
        if self.message_bytes < 65_536 {
            return Err(Invalid::new("limits.message_bytes", "at least 65536, which a full batch needs"));
        }
        Ok(())
    }
}
