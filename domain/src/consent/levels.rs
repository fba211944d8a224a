//! The six levels, as presets over single permissions.

use serde::{Deserialize, Serialize};

use super::{Channel, Field, Grants, Purpose, Use};
use crate::time::Timestamp;

/// How much a customer shares in the shops; each level holds the ones below it.
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

/// The short way to decide: a level, the name, and "leave me alone".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sharing {
    /// How much.
    pub level: SharingLevel,
    /// Whether associates may see and say the name.
    pub greet_by_name: bool,
    /// "Leave me alone" until this time.
    pub alone_until: Option<Timestamp>,
}

impl Sharing {
    /// Whether the customer asked to be left alone at `now`.
    pub fn alone(&self, now: Timestamp) -> bool {
        self.alone_until.is_some_and(|until| now < until)
    }

    /// What the level and the switch for the name allow, use by use. No level allows to analyse, to inform or to
    /// disclose: each of that is asked for by itself.
    pub fn preset(&self) -> Grants {
        Use::all().filter(|one| self.presets(*one)).collect()
    }

    /// Whether [`Sharing::preset`] holds the use.
    pub(super) fn presets(&self, one: Use) -> bool {
        let reaches = lowest_level(one.field).is_some_and(|lowest| self.level >= lowest);
        reaches && in_shop(one.field) == Some(one) && (one.field != Field::Name || self.greet_by_name)
    }
}

/// How a field is used in a shop, which is what levels are about.
fn in_shop(field: Field) -> Option<Use> {
    let (purpose, channel) = match field {
        Field::AnonymousCount | Field::Visit => (Purpose::Recognise, Channel::Record),
        _ => (field.on_tablets()?, Channel::Tablet),
    };
    Some(Use { purpose, channel, field })
}

/// The lowest level that allows a field in the shops; `None` for what no level allows, only the customer by name.
const fn lowest_level(field: Field) -> Option<SharingLevel> {
    Some(match field {
        Field::AnonymousCount => SharingLevel::Counted,
        Field::Visit | Field::PresenceOnFloor | Field::HelpWanted => SharingLevel::Present,
        // It has its own switch, and rests on presence like all that a tablet shows.
        Field::Name => SharingLevel::Invisible,
        Field::WishList
        | Field::Sizes
        | Field::Cart
        | Field::Checkout
        | Field::Coupons
        | Field::Preferences
        | Field::Designs
        | Field::BrandsWanted => SharingLevel::Wishes,
        Field::Orders
        | Field::OrderDetails
        | Field::Bought
        | Field::BoughtSizes
        | Field::BrandsBought
        | Field::Lifetime
        | Field::Reviews => SharingLevel::Purchases,
        Field::Viewed | Field::Searches | Field::Interests | Field::BrandsLookedAt => SharingLevel::Browsing,
        // What was taken off a list was taken off; corrections say what is not so; notes are the associates' words.
        Field::Contact | Field::RemovedWishes | Field::Corrections | Field::Notes => return None,
    })
}
