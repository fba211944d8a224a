//! What every store owes, run on each implementation: in memory and on disk. A new implementation is added in `world.rs`, a new
//! port's contract as a module here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

#[macro_use]
mod world;
#[path = "../support/mod.rs"]
mod support;

mod catalogue;
mod consents;
mod events;
mod identities;
mod imports;
mod inbox;
mod kept;
mod ports;
mod regulations;
mod requests;
mod rights;
mod sealed;
mod showings;
