//! Durations in code, whose keys name their unit in files.

use std::time::Duration;

use serde::{Deserialize as _, Deserializer};
use shopbell_kit::config::{Millis, Seconds};

/// A key that ends in `_s`.
pub(super) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    Seconds::deserialize(from).map(Seconds::get)
}

/// A key that ends in `_ms`.
pub(super) fn millis<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    Millis::deserialize(from).map(Millis::get)
}
