//! What customers may ask of us: to be forgotten, not to be followed, to read everything, to correct it.
//!
//! ```text
//!   regulation (kind, up to 5,000 customer numbers)
//!     │ each number: the whole person, by the evidence of who is who
//!     ├─ suppress ──> Gate          nothing more is kept of any of their identifiers, until it is lifted
//!     └─ erase ─────> Forgetting    records removed, keys destroyed, a tombstone for each identifier, a receipt
//!
//!   request (passed on by a source)  kept until it is answered: an export, or the end of all that came from the source
//! ```
//!
//! The wire names, kinds and states are those of Segment's regulations, so that what a retailer has for them works here.
//! An erased person and a merged one are different things: nothing here ever comes of a merge, and no merge erases.
//!
//! # What holds
//!
//! * A regulation goes one way: [`State::may_become`]. What it did to a person is done once, however often it is begun.
//! * A tombstone stays for ever. What is from before it never enters, whoever sends it ([`port::Gate::admits`]).
//! * The customer numbers that a regulation names are forgotten when it ends; receipts are found again by number.
//!
//! To add a kind: a variant of [`Kind`], its wire name, what it asks for ([`Kind::suppresses`], [`Kind::erases`]); the job in
//! the server does not compile until it is carried out.
//!
//! Never here: storage, HTTP, what time it is.

pub mod port;
mod regulation;
mod request;
mod subject;

pub use self::{
    regulation::{
        Asker, Kind, MAX_USERS, NewRegulation, Outcome, Refused, Regulation, RegulationNumber, State, Tally,
        UnknownKind,
    },
    request::{DAYS_TO_ANSWER, NewRequest, PrivacyRequest, RequestNumber, Wish},
    subject::{subject, subject_text},
};

#[cfg(test)]
mod tests;
