//! The central server.
//!
//! ```text
//!  agents ==Report==> grpc::edge -> floor::task (one owner task a shop) -> store, then ack
//!                                        |  deltas
//!  tablets <=WatchFloor= grpc::floor <---+        GetCard -> brief -> phrases
//!  backends ==> grpc::customer -> store, then every shop is told
//!  web shop, app, tills ==> tracking -> inbox -> online (one owner task) -> profiles -> floors
//! ```
//!
//! | module | what lives there |
//! |---|---|
//! | [`app`] | the composition root: config -> build (binds) -> run |
//! | [`config`] | settings, a section a file |
//! | [`floor`] | one owner task a shop: open visits, rows, tablets, agents |
//! | [`ingest`] | when an event happened, what its token means, what consent lets us keep |
//! | [`brief`] | visit -> situation -> starters -> card with texts |
//! | [`demand`] | models of what people buy |
//! | [`nightly`] | when all that is learnt is learnt anew |
//! | [`ranking`] | what is worth most of what may be said: learnt from what became of it |
//! | [`grpc`] | the APIs, one file a group; who may call |
//! | [`tracking`] | events as Segment's SDKs send them, kept before they are answered |
//! | [`campaigns`] | what headquarters would like guests to know: which file it is read from |
//! | [`charter`] | what the brand never says: which file it is read from |
//! | [`notes`] | notes of associates: who may write what |
//! | [`shopify`] | webhooks of shops on Shopify |
//! | [`online`] | messages of the inbox into events, persons and profiles, each once |
//! | [`rights`] | what customers may ask: regulations carried out, exports, corrections, receipts |
//! | [`http`] | the one port: page, health, metrics, TLS |
//! | [`retention`] | how long data is kept, and its end |
//! | [`rounds`] | jobs that are done again when the clock says so |
//! | [`vault`] | the vault's figures; the tombstones, exported and replayed |
//! | [`texts`] | what customers are shown when they decide |
//! | [`import`] | files of JSON lines into the store |
//! | [`catalogue`] | products and stock, from tables and while the server runs |
//! | [`cli`] | the commands |
//!
//! Never here: rules about visits, consent or starters (the domain's), and the store's engine.

pub mod app;
pub mod brief;
pub mod campaigns;
pub mod catalogue;
pub mod charter;
pub mod cli;
pub mod config;
mod configured;
pub mod demand;
pub mod floor;
pub mod grpc;
pub mod http;
pub mod import;
pub mod ingest;
pub mod metrics;
pub mod nightly;
pub mod notes;
pub mod online;
pub mod outlook;
pub mod phrases;
pub mod ranking;
pub mod retention;
pub mod rights;
pub mod rounds;
pub mod shopify;
pub mod shops;
pub mod texts;
pub mod tracking;
pub mod vault;
pub mod watchdog;

/// Of the program, and of whatever links its library: benches measure what is shipped. A card is some thousand small pieces of
/// memory, and so is each page of the store that is read from the disk: with the system's allocator an arrival takes half as long
/// again (`make bench ONLY=card`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
