//! What a customer lets us know and do. Default deny: what no rule allows is not allowed.
//!
//! [`Sharing::permits`] is the one policy function. Whoever reads a field of a customer asks it at that moment, with
//! the sharing as stored at that moment; nothing keeps an earlier answer.
//!
//! To add a field of the profile: 1. a variant of [`Field`], also in [`Field::ALL`]; 2. the matches in `Field::needs`
//! and [`Field::needs_confirmation`], which the compiler asks for; 3. a row in the table of the tests.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How much a customer shares; each level holds the ones below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum SharingLevel {
    /// Level 0: nothing is recorded.
    #[default]
    Invisible,
    /// Level 1: counted without identity.
    Counted,
    /// Level 2: "my advisor may know I am here".
    Present,
    /// Level 3: and wish list, sizes and cart.
    Wishes,
    /// Level 4: and purchases.
    Purchases,
    /// Level 5: and what I looked at in the web shop.
    Browsing,
}

impl SharingLevel {
    /// All levels, lowest first.
    pub const ALL: [Self; 6] =
        [Self::Invisible, Self::Counted, Self::Present, Self::Wishes, Self::Purchases, Self::Browsing];

    /// The level with this number, 0 to 5.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// What a customer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sharing {
    /// How much.
    pub level: SharingLevel,
    /// Whether associates may see and say the name.
    pub greet_by_name: bool,
    /// "Leave me alone" until this time.
    pub alone_until: Option<Timestamp>,
}

/// What a customer decides anew; what is not said stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// How much.
    pub level: SharingLevel,
    /// Whether associates may see and say the name.
    pub greet_by_name: Option<bool>,
    /// "Leave me alone" until this time; one that is over takes it back.
    pub alone_until: Option<Timestamp>,
}

impl Decision {
    /// What is shared then by who shared `before`.
    #[must_use]
    pub fn after(&self, before: Sharing) -> Sharing {
        Sharing {
            level: self.level,
            greet_by_name: self.greet_by_name.unwrap_or(before.greet_by_name),
            alone_until: self.alone_until.or(before.alone_until),
        }
    }

    /// The most that is shared then, whatever was before.
    pub fn most(&self) -> Sharing {
        self.after(Sharing { level: self.level, greet_by_name: true, alone_until: None })
    }
}

/// What can be read of a customer, field by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// That somebody was there: an hourly count without identity.
    AnonymousCount,
    /// That this customer was in a shop, when and where: the visit as a record.
    Visit,
    /// That this customer is here now, shown to associates.
    PresenceOnFloor,
    /// That the customer asks for help.
    HelpWanted,
    /// The name.
    Name,
    /// Wish list.
    WishList,
    /// Sizes.
    Sizes,
    /// Cart of the web shop.
    Cart,
    /// Purchases, and what follows from them, such as usual items.
    Purchases,
    /// Products looked at in the web shop.
    Browsing,
}

impl Field {
    /// All fields, for the tests that hold each of them to a rule.
    pub const ALL: [Self; 10] = [
        Self::AnonymousCount,
        Self::Visit,
        Self::PresenceOnFloor,
        Self::HelpWanted,
        Self::Name,
        Self::WishList,
        Self::Sizes,
        Self::Cart,
        Self::Purchases,
        Self::Browsing,
    ];

    /// The lowest level that allows the field.
    const fn needs(self) -> SharingLevel {
        match self {
            Self::AnonymousCount => SharingLevel::Counted,
            Self::Visit | Self::PresenceOnFloor | Self::HelpWanted | Self::Name => SharingLevel::Present,
            Self::WishList | Self::Sizes | Self::Cart => SharingLevel::Wishes,
            Self::Purchases => SharingLevel::Purchases,
            Self::Browsing => SharingLevel::Browsing,
        }
    }

    /// Whether the field waits until the associate has confirmed the person.
    pub const fn needs_confirmation(self) -> bool {
        match self {
            Self::AnonymousCount | Self::Visit | Self::PresenceOnFloor | Self::HelpWanted | Self::Name => {
                false
            }
            Self::WishList | Self::Sizes | Self::Cart | Self::Purchases | Self::Browsing => true,
        }
    }
}

impl Sharing {
    /// Whether `field` may be read at `now`. Asked at each use.
    ///
    /// "Leave me alone" takes the customer off the floor, whatever the level; the name needs its own switch.
    pub fn permits(&self, field: Field, now: Timestamp) -> bool {
        if self.level < field.needs() {
            return false;
        }
        match field {
            Field::AnonymousCount | Field::Visit => true,
            Field::Name => self.greet_by_name && !self.alone(now),
            _ => !self.alone(now),
        }
    }

    /// What both this and `other` allow: the lower level, the name only with both, alone until the later time.
    #[must_use]
    pub fn at_most(&self, other: &Self) -> Self {
        Self {
            level: self.level.min(other.level),
            greet_by_name: self.greet_by_name && other.greet_by_name,
            alone_until: self.alone_until.max(other.alone_until),
        }
    }

    /// Whether the customer asked to be left alone at `now`.
    pub fn alone(&self, now: Timestamp) -> bool {
        self.alone_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests;
