//! Who is who: identifiers, the evidence that two of them are one person's, and persons as a view over it.
//!
//! ```text
//!   event ──who()──> identifiers in normal form          "null", "0000-0000", an in-store tablet's own id: left out
//!     │
//!     └──Evidence::of──> evidence          customer c1 ── e-mail camille@...      one star an event, its strongest
//!                                          customer c1 ── browser 7f3a            identifier in the middle
//!
//!   set of evidence ──┐
//!   set of retractions ┼── resolve ──> persons, and of each piece of evidence whether it is effective and why not
//!   rules ────────────┘
//! ```
//!
//! # How persons are made
//!
//! 1. Evidence that somebody took back is left out.
//! 2. Each identifier has surroundings: what it was seen with. Only the first [`Rules::pairs_per_identifier`] others count.
//!    Seen with more of some kind than the rules allow, it is **shared**: several people's, and joins nothing. So is a
//!    family's computer, on which two customers signed in, nobody's.
//! 3. Evidence is taken in canonical order: strongest first, then oldest. It makes one person of two, unless that person would
//!    have more identifiers of a kind than [`Rules::per_person`] allows, above all two customer numbers. Then it is kept and
//!    is not effective.
//!
//! # What holds, whatever comes
//!
//! * Persons are a function of *sets*: in which order, how often and how late evidence came cannot matter.
//! * Taking evidence back gives exactly what would be, had it never come. There is nothing to repair by hand.
//! * No person ever breaks a limit; nothing is ever joined through what is blocked or shared.
//! * What is said of an identifier depends on its component only, so [`Exploration`] says it from a few look-ups.
//!
//! `tests/` shows each of these for any evidence, and over 100,000 histories against a second, naive statement of the rules.
//!
//! Never here: storage, settings files, anything that asks what time it is; a merge that is written down; a guess (two
//! people with one name, one address, one way of browsing).
//!
//! # To add a kind of identifier
//!
//! 1. [`IdentifierKind`]: at its place by strength, its name, and whether it is a device. The compiler names the rest:
//! 2. its normal form in `normal.rs`, its placeholders in `blocked.rs`, how many a person may have in `rules.rs`;
//! 3. in [`RuleSettings::default`], from when on it is several people's. A kind without a bound is never shared.
//! 4. A row in `tests/identifiers.rs`; the histories take it up by themselves.
//!
//! Stored identifiers name their kind by its place among the variants, so a new kind in the middle is a new version of
//! the records that hold one.

mod blocked;
mod evidence;
mod exploration;
mod identifier;
mod normal;
pub mod port;
mod resolution;
mod rules;

pub use self::{
    blocked::Placeholder,
    evidence::{Evidence, Pair, Retracted, Retraction, Retractions},
    exploration::{Atlas, Exploration, Known, Place, TooLarge, resolve_around},
    identifier::{Identifier, IdentifierKind, Unusable, who, who_by_public_key, who_on_shared_device},
    normal::{DialingPlan, InvalidDialingPlan},
    resolution::{Person, Resolution, Standing, resolve},
    rules::{InvalidRules, RuleSettings, Rules},
};

#[cfg(test)]
mod tests;
