//! The floors: who is in which shop, kept by one owner task a shop.
//!
//! ```text
//!  ShopHandle --bounded commands--> task (visits, rows, agents, ingest) --deltas--> tablets' bounded queues
//!  ShopHandle   <----- answers -----  |
//!                                     +--> store, before anything is acknowledged
//! ```
//!
//! What a full queue does: the commands' queue makes callers wait; a tablet's queue cuts the tablet.
//!
//! To add something that can be asked of a shop: a variant of `Command` and a method of [`ShopHandle`] in `handle`, and
//! its arm in `task`.

mod agents;
mod deciding;
mod decisions;
mod handle;
mod hub;
mod moments;
mod present;
mod remark;
mod rows;
mod task;
mod till;
mod whereabouts;

pub use self::{
    decisions::{DecisionId, Decisions},
    handle::{
        AgentReport, AgentStream, Delivery, Opening, Seen, ShopError, ShopHandle, StreamId, Subscription,
    },
    hub::{Hub, HubParts},
    remark::Remark,
    whereabouts::PhoneRegistry,
};
