//! How much of a table is taken while the server runs.

use std::time::Duration;

use serde::Deserialize;
use shopbell_kit::config::Invalid;

use super::unit;

/// Tables of products and stock over HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Largest table. It waits in a temporary file.
    pub body_bytes: u64,
    /// How long a piece of it may take to arrive.
    #[serde(rename = "body_timeout_s", deserialize_with = "unit::seconds")]
    pub body_timeout: Duration,
    /// When a sender is asked to come back whose turn it is not.
    #[serde(rename = "retry_after_s", deserialize_with = "unit::seconds")]
    pub retry_after: Duration,
}

impl Catalogue {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        if self.body_bytes == 0 {
            return Err(Invalid::new("catalogue.body_bytes", "more than 0"));
        }
        if self.body_timeout.is_zero() {
            return Err(Invalid::new("catalogue.body_timeout_s", "more than 0"));
        }
        if self.retry_after.as_secs() == 0 {
            return Err(Invalid::new("catalogue.retry_after_s", "whole seconds, at least 1"));
        }
        Ok(())
    }
}
