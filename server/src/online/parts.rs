//! What the applier is put together of.

use std::sync::Arc;

use shopbell_domain::{event::port::Events, inbox::Inbox, rights::port::Gate, time::Clock};

use super::{audience::Audience, bell::Bell, reading::Readings};
use crate::metrics::Metrics;

/// What the applier needs.
pub struct ApplierParts {
    /// Where messages wait.
    pub inbox: Arc<dyn Inbox>,
    /// Where their effects go: the same store as the inbox's.
    pub events: Arc<dyn Events>,
    /// How messages are read, and who may be one person.
    pub readings: Readings,
    /// The server's clock.
    pub clock: Arc<dyn Clock>,
    /// Rung when messages wait.
    pub bell: Bell,
    /// Who is told of profiles that changed.
    pub audience: Arc<dyn Audience>,
    /// Keeps out what is told of who was erased, or is suppressed.
    pub gate: Arc<dyn Gate>,
    /// Where the work is counted.
    pub metrics: Arc<Metrics>,
}

impl std::fmt::Debug for ApplierParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApplierParts")
    }
}
