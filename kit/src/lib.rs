//! What both binaries need to be good processes, and nothing that only one of them needs.
//!
//! | module | what it gives |
//! |---|---|
//! | [`config`] | defaults <- file <- `--set`, with errors that name key, source and remedy |
//! | [`clock`] | the system's clock, or a recording's time |
//! | [`lifecycle`] | named tasks, soft and hard stop, a crash that stops the process |
//! | [`telemetry`] | logs to standard error |
//! | [`backoff`] | how long to wait before trying again |
//! | [`secret`] | keys and tokens out of files |
//! | [`notify`] | the service manager's readiness and watchdog messages |
//!
//! This crate is the one place that reads the ambient clock, starts tasks and reads the service manager's
//! environment; everything else is handed these as values. It has no statics: two servers can run in one test
//! process. Never here: tonic services, storage, radio, rules about customers.

pub mod backoff;
pub mod clock;
pub mod config;
pub mod lifecycle;
pub mod notify;
pub mod secret;
pub mod telemetry;

pub use shopbell_domain::redacted::Redacted;
