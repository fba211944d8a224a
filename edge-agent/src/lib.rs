//! The agent in the shop: hears the tokens of phones that opted in, decides who is here, and reports it.
//!
//! ```text
//!  radio --frames--> recognise --sightings--> detect (presence table) --events--> outbox --> uplink --> server
//! ```
//!
//! | module | what it does |
//! |---|---|
//! | [`radio`] | where frames come from: Bluetooth, or a recording |
//! | [`recognise`] | frame -> sighting, or nothing |
//! | [`detect`] | the loop that owns the presence table |
//! | [`outbox`] | durable before anything else sees it |
//! | [`uplink`] | the line to the server |
//! | [`agent`] | composition: the only module that sees all others |
//! | [`health`] | counters, and what the watchdog asks |
//! | [`config`], [`cli`] | what can be set, and the commands |
//! | [`scan`], [`doctor`] | commands for the person who sets an agent up |
//!
//! Never here: customers, keys, addresses of devices. An agent that is stolen reveals nothing.

pub mod agent;
pub mod cli;
pub mod config;
pub mod detect;
pub mod doctor;

pub mod health;
pub mod outbox;
pub mod radio;
pub mod recognise;
pub mod scan;
pub mod uplink;
