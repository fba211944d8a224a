//! The server over a real socket, with the store in memory and a clock that is moved by hand.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::large_futures,
    reason = "a test's helper fails its test"
)]

mod auth;
mod clients;
mod consent;
mod contest;
mod decisions;
mod explaining;
mod explaining_later;
mod floor;
mod gate;
mod ingest;
mod limits;
mod matrix;
mod moment;
mod notes;
mod over_visits;
mod overdue;
mod privacy_signal;
mod refusing;
mod restart;
mod retention;
mod services;
mod showings;
mod suppressed;
mod wire;
mod withdrawn;
mod world;
