//! What waits for a customer in a shop, or was given in there: an order to pick up, a return, a repair.

use serde::{Deserialize, Serialize};

use super::Line;
use crate::{
    id::{OrderId, ServiceId, StoreId},
    time::Timestamp,
};

/// How a service stands, as an event tells of it. What it does not tell stays as it was told before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTold {
    /// The retailer's number of it, unique within its kind; the order's where it has none of its own.
    pub service: ServiceId,
    /// What it is.
    pub kind: ServiceKind,
    /// How far it has come.
    pub step: ServiceStep,
    /// In which shop.
    pub store: Option<StoreId>,
    /// How long it waits there.
    pub until: Option<Timestamp>,
    /// The order that it belongs to.
    pub order: Option<OrderId>,
    /// Which products. Empty when it is not told.
    pub lines: Vec<Line>,
}

/// What is done for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServiceKind {
    /// Something bought elsewhere is handed over in the shop.
    PickUp,
    /// Something bought is brought back.
    Return,
    /// Something of the customer's is repaired or altered, and fetched again.
    Repair,
}

impl ServiceKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PickUp, Self::Return, Self::Repair];
}

/// How far a service has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServiceStep {
    /// It is on its way: the order is being prepared, the return is agreed on, the repair is being made.
    Announced,
    /// The shop waits for the customer: the parcel is there, the return may be handed in, the repair may be fetched.
    Ready,
    /// It came to its end: handed over, taken back, fetched.
    Done,
    /// Nothing comes of it any more.
    Cancelled,
}

impl ServiceStep {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Announced, Self::Ready, Self::Done, Self::Cancelled];

    /// Whether nothing follows any more.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}
