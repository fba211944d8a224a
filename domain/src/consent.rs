//! What a customer lets us know and do. Default deny: what no rule allows is not allowed.
//!
//! Everything that can be done is a [`Use`]: a [`Field`], for a [`Purpose`], by a [`Channel`]. [`Consent::permits`] is
//! the one policy function. Whoever reads a field of a customer asks it at that moment, with the consent as stored at
//! that moment; nothing keeps an earlier answer.
//!
//! # What holds
//!
//! ```text
//! allowed  =  (preset of the level  +  given by name  -  refused by name)      what the customer chose
//!             and all that it rests on is allowed                              no card without presence
//!             and not restricted, not paused, purpose not objected to          stops at once
//!             and, to analyse and to disclose: no privacy signal
//!             and, by ways that reach somebody at once: not "leave me alone"
//! ```
//!
//! - Levels are about the shops: they allow to recognise and to advise. To analyse, to inform, to disclose is given by
//!   name only.
//! - What was refused by name stays refused at every level ([`Decision`]).
//! - Global Privacy Control is an opt-out. That a browser does not send it is no consent.
//! - A retailer may allow less than the customer does: [`Consent::withholding`].
//!
//! To add a part of the profile: 1. a line in `parts`, which the compiler asks for; 2. for a new [`Field`], its number
//! and name in `vocabulary`, and the matches `Field::on_tablets` and, in `levels`, its lowest level; 3. its row in the
//! table of `tests/`, written by hand. To add a purpose or a channel: its number and name, and a line in `grants`.

mod decision;
mod grants;
mod levels;
mod parts;
pub mod port;
mod proof;
mod texts;
mod vocabulary;

use serde::{Deserialize, Serialize};

pub use self::{
    decision::{Decision, PrivacySignal},
    grants::{Grants, NoSuchUse, Use},
    levels::{Sharing, SharingLevel},
    parts::{differing, shared},
    proof::{Collection, Proof, Told},
    texts::{InvalidText, Text, TextName, TextRefused, TextShown, Texts},
    vocabulary::{Channel, Field, Listed, Purpose, Set, UnknownName},
};
use crate::time::Timestamp;

/// What a customer decided, all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Consent {
    /// The level, the name, "leave me alone".
    pub sharing: Sharing,
    /// Given by name, beyond the level. Never the name, which has its switch.
    pub given: Grants,
    /// Refused by name, whatever the level.
    pub refused: Grants,
    /// Nothing is done until this time.
    pub paused_until: Option<Timestamp>,
    /// What is known is only kept (GDPR, article 18).
    pub restricted: bool,
    /// What was objected to (GDPR, article 21).
    pub objected: Set<Purpose>,
    /// When a browser of the customer asked for privacy (Global Privacy Control).
    pub privacy_signal: Option<Timestamp>,
    /// Until when the customer said that such a signal does not count.
    pub privacy_lifted: Option<Timestamp>,
}

impl From<Sharing> for Consent {
    fn from(sharing: Sharing) -> Self {
        Self { sharing, ..Self::default() }
    }
}

impl Consent {
    /// Whether `field` may be used for `purpose` by `channel` at `now`. Asked at each use.
    pub fn permits(&self, purpose: Purpose, channel: Channel, field: Field, now: Timestamp) -> bool {
        self.allows(Use { purpose, channel, field }, now)
    }

    /// [`Consent::permits`] for a tablet: each field has one purpose there, and some are never shown.
    pub fn shows(&self, field: Field, now: Timestamp) -> bool {
        field.on_tablets().is_some_and(|purpose| self.permits(purpose, Channel::Tablet, field, now))
    }

    /// [`Consent::permits`] for what is kept of presence itself: the visit, and the count without identity.
    pub fn records(&self, field: Field, now: Timestamp) -> bool {
        self.permits(Purpose::Recognise, Channel::Record, field, now)
    }

    /// What the customer chose, whether or not something holds it back for now.
    pub fn chosen(&self) -> Grants {
        let by_name = self.given.without(&Grants::from_iter([Use::NAME_ON_TABLETS]));
        self.sharing.preset().and(&by_name).without(&self.refused)
    }

    /// Whether the customer asked to be left alone at `now`.
    pub fn alone(&self, now: Timestamp) -> bool {
        self.sharing.alone(now)
    }

    /// Whether nothing is done for now.
    pub fn paused(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// Without these fields, whatever the customer allows.
    #[must_use]
    pub fn withholding(self, fields: Set<Field>) -> Self {
        let withheld: Grants = Use::all().filter(|one| fields.holds(one.field)).collect();
        let greet_by_name = self.sharing.greet_by_name && !fields.holds(Field::Name);
        let sharing = Sharing { greet_by_name, ..self.sharing };
        Self { sharing, refused: self.refused.and(&withheld), ..self }
    }

    /// With nothing given any more, and all that was refused, stopped or objected to: where a decision may be lost.
    #[must_use]
    pub fn closed(self) -> Self {
        let sharing = Sharing { alone_until: self.sharing.alone_until, ..Sharing::default() };
        Self { sharing, given: Grants::none(), ..self }
    }

    /// With no more allowed than `bound` allows: where what was decided since may have been more, and is lost.
    #[must_use]
    pub fn no_more_than(self, bound: &Self) -> Self {
        let (mine, theirs) = (self.sharing, bound.sharing);
        let only_here = self.given.without(&bound.given);
        Self {
            sharing: Sharing {
                level: mine.level.min(theirs.level),
                greet_by_name: mine.greet_by_name && theirs.greet_by_name,
                alone_until: mine.alone_until.max(theirs.alone_until),
            },
            given: self.given.without(&only_here),
            refused: self.refused.and(&bound.refused),
            paused_until: self.paused_until.max(bound.paused_until),
            restricted: self.restricted || bound.restricted,
            objected: self.objected.and(bound.objected),
            privacy_signal: self.privacy_signal.or(bound.privacy_signal),
            privacy_lifted: self.privacy_lifted,
        }
    }

    fn allows(&self, one: Use, now: Timestamp) -> bool {
        let Use { purpose, channel, field } = one;
        // The name has its switch, and is given by no other way.
        let by_name = self.given.holds(purpose, channel, field) && one != Use::NAME_ON_TABLETS;
        let chosen = (by_name || self.sharing.presets(one)) && !self.refused.holds(purpose, channel, field);
        chosen && !self.holds_back(one, now) && one.rests_on().is_none_or(|base| self.allows(base, now))
    }

    fn holds_back(&self, one: Use, now: Timestamp) -> bool {
        let asks_for_privacy = match one.purpose {
            Purpose::Analyse | Purpose::Disclose => self.privacy_signal.is_some(),
            Purpose::Recognise | Purpose::Advise | Purpose::Inform => false,
        };
        self.restricted
            || self.paused(now)
            || self.objected.holds(one.purpose)
            || asks_for_privacy
            || (one.channel.interrupts() && self.alone(now))
    }
}

#[cfg(test)]
mod tests;
