//! The server over a real socket, with the store in memory and a clock that is moved by hand.

mod auth;
mod consent;
mod floor;
mod ingest;
mod restart;
mod wire;
mod world;
