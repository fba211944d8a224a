//! Whole-system tests: real processes, real sockets, real disks.
//!
//! [`world`] is the harness, with verbs: a shop, a server, agents that replay what phones send, tablets that speak
//! gRPC-Web like the browser does. Tests wait for a state with a deadline, never for a time.
//!
//! Never here: product code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test harness fails by panicking, and waits for real processes in real time"
)]

pub mod phone;
pub mod world;
