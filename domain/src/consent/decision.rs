//! What a customer decides anew.

use serde::{Deserialize, Serialize};

use super::{Consent, Grants, Purpose, Set, Sharing, SharingLevel, Use};
use crate::time::Timestamp;

/// What a customer decides anew; what is not said stays as it was.
///
/// A level comes first, and single uses on top of it. Who goes to a lower level takes back what was given by name in the
/// shops as well. What was refused by name stays refused at every level, until it is given by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decision {
    /// How much is shared in the shops.
    pub level: Option<SharingLevel>,
    /// Whether associates may see and say the name.
    pub greet_by_name: Option<bool>,
    /// "Leave me alone" until this time; one that is over takes it back.
    pub alone_until: Option<Timestamp>,
    /// Uses that are allowed from now on.
    pub give: Grants,
    /// Uses that are not allowed from now on, also where they are given in the same breath.
    pub refuse: Grants,
    /// Nothing is done until this time; one that is over takes it back.
    pub pause_until: Option<Timestamp>,
    /// Whether what is known is only kept from now on (GDPR, article 18).
    pub restrict: Option<bool>,
    /// Purposes that are objected to from now on (GDPR, article 21).
    pub object: Set<Purpose>,
    /// Purposes that are objected to no more.
    pub object_no_more: Set<Purpose>,
    /// What the customer's browser said of privacy, or the customer of that.
    pub privacy: Option<PrivacySignal>,
}

/// Global Privacy Control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PrivacySignal {
    /// A browser asked for it at this time.
    Seen(Timestamp),
    /// The customer said at this time that it does not count here, until it is seen again.
    Lifted(Timestamp),
}

impl Decision {
    /// Only a level.
    pub fn level(level: SharingLevel) -> Self {
        Self { level: Some(level), ..Self::default() }
    }

    /// Only these uses are given.
    pub fn give(uses: impl IntoIterator<Item = Use>) -> Self {
        Self { give: uses.into_iter().collect(), ..Self::default() }
    }

    /// Only these uses are refused.
    pub fn refuse(uses: impl IntoIterator<Item = Use>) -> Self {
        Self { refuse: uses.into_iter().collect(), ..Self::default() }
    }

    /// What a retailer's file tells: level, name, and "leave me alone" where it is said.
    pub fn of_file(sharing: Sharing) -> Self {
        let Sharing { level, greet_by_name, alone_until } = sharing;
        Self { level: Some(level), greet_by_name: Some(greet_by_name), alone_until, ..Self::default() }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What holds then for who decided `before`.
    #[must_use]
    pub fn after(&self, before: Consent) -> Consent {
        let (give, refuse) = (self.give.without(&self.refuse), self.refuse);
        let mut after = before;
        after.sharing.level = self.level.unwrap_or(before.sharing.level);
        after.sharing.greet_by_name = self.names().unwrap_or(before.sharing.greet_by_name);
        after.sharing.alone_until = self.alone_until.or(before.sharing.alone_until);
        after.given = self.left_given(&before).and(&but_name(&give));
        after.refused = before.refused.without(&give).and(&but_name(&refuse));
        after.paused_until = self.pause_until.or(before.paused_until);
        after.restricted = self.restrict.unwrap_or(before.restricted);
        after.objected = before.objected.without(self.object_no_more).and(self.object);
        match self.privacy {
            Some(PrivacySignal::Seen(at)) => after.privacy_signal = seen(&before, at),
            Some(PrivacySignal::Lifted(at)) => {
                after.privacy_signal = before.privacy_signal.filter(|seen| *seen > at);
                after.privacy_lifted = before.privacy_lifted.max(Some(at));
            }
            None => {}
        }
        after
    }

    /// What is left of `before` when only that counts which this takes away: no more than `before` allows, and no more
    /// than [`Decision::after`] allows.
    #[must_use]
    pub fn narrow(&self, before: Consent) -> Consent {
        let mut left = before;
        left.sharing.level = self.level.map_or(before.sharing.level, |level| level.min(before.sharing.level));
        left.sharing.greet_by_name &= self.names() != Some(false);
        left.sharing.alone_until = before.sharing.alone_until.max(self.alone_until);
        left.given = self.left_given(&before);
        left.refused = before.refused.and(&but_name(&self.refuse));
        left.paused_until = before.paused_until.max(self.pause_until);
        left.restricted |= self.restrict == Some(true);
        left.objected = before.objected.and(self.object);
        if let Some(PrivacySignal::Seen(at)) = self.privacy {
            left.privacy_signal = seen(&before, at);
        }
        left
    }

    /// Only what this takes away from `before`: whoever writes it later gives nothing by it.
    #[must_use]
    pub fn only_taking(&self, before: &Consent) -> Self {
        Self {
            level: self.level.filter(|level| *level < before.sharing.level),
            greet_by_name: self.names().filter(|named| !named),
            alone_until: self.alone_until.filter(|until| Some(*until) > before.sharing.alone_until),
            refuse: self.refuse,
            pause_until: self.pause_until.filter(|until| Some(*until) > before.paused_until),
            restrict: self.restrict.filter(|restrict| *restrict),
            object: self.object,
            privacy: self.privacy.filter(|signal| matches!(signal, PrivacySignal::Seen(_))),
            ..Self::default()
        }
    }

    /// Whether it allows anything that `before` does not.
    pub fn gives(&self, before: Consent) -> bool {
        self.after(before) != self.narrow(before)
    }

    /// What this still says when `later` was decided after it.
    #[must_use]
    pub fn but_for(&self, later: &Self) -> Self {
        let said = later.give.and(&later.refuse);
        let names = later.names().is_some();
        Self {
            level: self.level.filter(|_| later.level.is_none()),
            greet_by_name: self.names().filter(|_| !names),
            alone_until: self.alone_until.filter(|_| later.alone_until.is_none()),
            give: but_name(&self.give).without(&said),
            refuse: but_name(&self.refuse).without(&said),
            pause_until: self.pause_until.filter(|_| later.pause_until.is_none()),
            restrict: self.restrict.filter(|_| later.restrict.is_none()),
            object: self.object.without(later.object.and(later.object_no_more)),
            object_no_more: self.object_no_more.without(later.object.and(later.object_no_more)),
            privacy: self.privacy.filter(|_| later.privacy.is_none()),
        }
    }

    /// The purposes for which it allows more than before: the customer must have been told of them. The end of a pause is
    /// none, since it allows what was asked for before it.
    pub fn purposes_given(&self, before: &Consent) -> Set<Purpose> {
        let after = self.after(*before);
        let chosen: Set<Purpose> =
            after.chosen().without(&before.chosen()).iter().map(|one| one.purpose).collect();
        let lifted = if before.privacy_signal.is_some() && after.privacy_signal.is_none() {
            Set::from_iter([Purpose::Analyse, Purpose::Disclose])
        } else {
            Set::none()
        };
        chosen.and(lifted).and(before.objected.without(after.objected))
    }

    /// What it says of the name, by its switch or as a use; who refuses is believed.
    fn names(&self) -> Option<bool> {
        let Use { purpose, channel, field } = Use::NAME_ON_TABLETS;
        let refused = self.refuse.holds(purpose, channel, field) || self.greet_by_name == Some(false);
        let given = self.give.holds(purpose, channel, field) || self.greet_by_name == Some(true);
        (refused || given).then_some(!refused)
    }

    /// What stays of what was given by name: a lower level takes it back in the shops, the lowest one also at
    /// headquarters. Messages and what is passed to others are decisions of their own.
    fn left_given(&self, before: &Consent) -> Grants {
        let lowered = self.level.is_some_and(|level| level < before.sharing.level);
        let nothing = self.level == Some(SharingLevel::Invisible);
        let ends = |purpose: &Purpose| match purpose {
            Purpose::Recognise | Purpose::Advise => lowered || nothing,
            Purpose::Analyse => nothing,
            Purpose::Inform | Purpose::Disclose => false,
        };
        let ended: Set<Purpose> = Purpose::ALL.into_iter().filter(ends).collect();
        before.given.without_purposes(ended).without(&self.refuse)
    }
}

/// The first signal that counts: none from before the customer lifted it.
fn seen(before: &Consent, at: Timestamp) -> Option<Timestamp> {
    let counts = before.privacy_lifted.is_none_or(|lifted| at > lifted);
    before.privacy_signal.or_else(|| counts.then_some(at))
}

/// The name has its switch, and stands nowhere else.
fn but_name(grants: &Grants) -> Grants {
    grants.without(&Grants::from_iter([Use::NAME_ON_TABLETS]))
}
