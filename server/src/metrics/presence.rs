//! What becomes of presence events.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};

/// What became of a presence event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum EventFate {
    /// Became part of a visit.
    Visit,
    /// Belongs to no visit: heard before a withdrawal, or leaving without having come.
    NoVisit,
    /// Added to an anonymous count, or belongs to an arrival that was.
    Anonymous,
    /// Means nothing to this server: named to the agent, which sets it aside.
    Rejected,
    /// Received before: ignored.
    Duplicate,
    /// The token was not issued by this server.
    Forged,
    /// Older than an agent keeps any event.
    TooOld,
    /// The token was issued for another time.
    Stale,
    /// The phone is unknown or revoked.
    UnknownPhone,
    /// The customer shares nothing.
    NotShared,
    /// The same phone is heard in another shop.
    Contested,
    /// A neighbouring shop hears the phone better.
    NextDoor,
}

/// Labels of [`super::Metrics::events`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FateLabels {
    /// What became of it.
    pub fate: EventFate,
}
