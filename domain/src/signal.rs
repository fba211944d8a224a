//! Signal strength.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Received signal strength in dBm. Bluetooth reports -127 to 20; 127 means "not available" and is no `Dbm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dbm(i8);

impl Dbm {
    /// -80 dBm: about the inside of a shop, seen from its middle.
    pub const MINUS_80: Self = Self(-80);

    /// From a reported value; `None` outside -127 to 20, which the controller uses for "not available".
    pub fn new(value: i16) -> Option<Self> {
        let value = i8::try_from(value).ok()?;
        (-127..=20).contains(&value).then_some(Self(value))
    }

    /// The value in dBm.
    pub const fn get(self) -> i8 {
        self.0
    }
}

/// The carrier of a token, as far as the agent tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Carrier {
    /// Service data of the brand's 16-bit UUID (Android, fobs).
    ServiceData,
    /// A 128-bit service UUID beside the brand's UUID (iPhone, app in front).
    ServiceUuid,
    /// Told by an agent newer than this server.
    Unknown,
}

/// One advertisement that carries a token, as heard by one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// The token.
    pub token: crate::token::PresenceToken,
    /// When, on the agent's clock that never steps.
    pub uptime: Duration,
    /// How strong; `None` when the controller could not tell.
    pub rssi: Option<Dbm>,
    /// How it was carried.
    pub carrier: Carrier,
}
