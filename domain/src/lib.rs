//! The pure rules of Shopbell: what a token means, when a phone is here, what a visit is, what may be known of
//! a customer and what is worth saying.
//!
//! Everything here is a function of its arguments: no clock is read, no file opened, no task spawned. Time comes
//! in as [`time::Timestamp`] or through [`time::Clock`]; storage is reached through the traits in [`ports`].
//!
//! Never here: tokio, tonic, prost, sled, btleplug, files, sockets, ambient time or randomness.

pub mod card;
pub mod catalogue;
pub mod consent;
#[cfg(test)]
mod example;
pub mod floor;
pub mod id;
pub mod ports;
pub mod presence;
pub mod profile;
pub mod redacted;
pub mod signal;
pub mod situation;
pub mod starter;
pub mod time;
pub mod token;
pub mod visit;
