//! What customers may ask of us, carried out.
//!
//! ```text
//!  /v1/regulations ─┐                       ┌─ person      all identifiers, by evidence; a plan, on disk
//!  PrivacyService ──┼─> Rights ──> job ─────┼─ floors      tablets drop the card, shops forget the visit
//!  Shopify ─────────┘     │      (one task) ├─ Gate        nothing more is kept, or again
//!                         │                 ├─ anonymous   what stays for counting, as nobody's
//!                         │                 └─ Forgetting  records, keys, tombstones; then the vault signs a receipt
//!                         ├──> export, corrections, looks: at once
//!                         └──> requests, kept until they are answered: an export, or the end of a source (leaving)
//! ```
//!
//! What holds:
//!
//! * A regulation is on disk before its asker hears of it, and is carried out in the order of asking.
//! * Killed at any moment, the job goes on where it was: whom a number names is decided once and kept (a plan) before
//!   anything is done, and each step done twice is as done once.
//! * While persons are erased the applier stands still, so that no event that it has read is written after them. Whatever
//!   comes later asks [`shopbell_domain::rights::port::Gate`].
//! * No customer number is in a log, and none in a regulation that has ended.
//!
//! To add a kind of regulation: see [`shopbell_domain::rights`]; the compiler then asks for it in `carry`. To add something that is
//! kept of a person: the store's forgetting, and its section in `export`.
//!
//! Never here: keys and ciphers (`server/vault`), storage, who may call (`server/src/grpc/auth.rs`).

mod anonymous;
mod carry;
mod derived;
mod export;
mod failed;
mod http;
mod instant;
mod job;
mod leaving;
mod looks;
mod person;
mod requests;
mod retention;
mod service;
mod shared;

pub use self::{
    export::{ExportError, Format, Part, Reader},
    http::routes,
    job::Job,
    requests::{AnswerError, EraseError},
    service::{CorrectError, Rights, RightsParts},
};
pub(crate) use self::{failed::texts, instant::rfc3339, looks::office};

#[cfg(test)]
mod tests;
