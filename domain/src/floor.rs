//! Who is here, as every tablet of a shop sees it: a snapshot, then numbered deltas (pure state).
//!
//! The floor holds no profile: a row is as much of a customer as every associate of the shop may see.

use crate::{
    id::{AssociateId, VisitId, ZoneId},
    redacted::Redacted,
    time::Timestamp,
};

/// Whether a guest is in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GuestState {
    /// In the shop.
    Here,
    /// Left a short while ago.
    Left {
        /// When last heard.
        at: Timestamp,
    },
    /// Was here when the shop's agents went silent.
    Uncertain,
}

/// One row of the floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The visit.
    pub visit: VisitId,
    /// The name, only where the customer wants to be greeted by it.
    pub name: Option<Redacted<String>>,
    /// Where last heard.
    pub zone: ZoneId,
    /// When the visit began.
    pub began: Timestamp,
    /// Whether still here.
    pub state: GuestState,
    /// When help was asked for.
    pub help_since: Option<Timestamp>,
    /// Who greeted the guest last.
    pub greeted_by: Option<AssociateId>,
    /// Rises whenever an open card should be fetched anew.
    pub card_revision: u64,
}
