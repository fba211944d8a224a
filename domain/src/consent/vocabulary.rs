//! What a permission speaks of: what for, by which way, which field. Closed lists with numbers that are stored.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeSeq as _};

/// A closed list of at most 64 things with numbers.
pub trait Listed: Copy + Eq + 'static {
    /// All of them, in the order of their numbers.
    const EVERY: &'static [Self];
    /// The name in files and exports.
    fn name(self) -> &'static str;
    /// The bit of its number.
    fn bit(self) -> u64;
}

/// A name that stands in no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} `{name}`: one of {known}")]
pub struct UnknownName {
    what: &'static str,
    name: String,
    known: String,
}

macro_rules! closed_list {
    ($(#[$about:meta])* $list:ident, $what:literal {
        $($(#[$doc:meta])* $one:ident = $number:literal, $name:literal;)+
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $list { $($(#[$doc])* #[serde(rename = $name)] $one = $number,)+ }

        impl $list {
            /// All, in the order of their numbers.
            pub const ALL: [Self; [$($number),+].len()] = [$(Self::$one),+];

            /// The name in files and exports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$one => $name,)+ }
            }

            pub(super) const fn bit(self) -> u64 {
                1 << (self as u64)
            }
        }

        impl Listed for $list {
            const EVERY: &'static [Self] = &Self::ALL;

            fn name(self) -> &'static str {
                Self::name(self)
            }

            fn bit(self) -> u64 {
                Self::bit(self)
            }
        }

        impl FromStr for $list {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                Self::ALL.into_iter().find(|one| one.name() == name).ok_or_else(|| UnknownName {
                    what: $what,
                    name: name.to_owned(),
                    known: Self::ALL.map(Self::name).join(", "),
                })
            }
        }
    };
}

closed_list! {
    /// What something of a customer is used for. The numbers are stored: none is ever given again.
    Purpose, "purpose" {
        /// To know that the customer is, or was, in a shop.
        Recognise = 0, "recognise";
        /// To advise the customer in the shop: what an associate sees, and what may be said.
        Advise = 1, "advise";
        /// To learn from it at headquarters: journeys, reports.
        Analyse = 2, "analyse";
        /// To write to the customer, or to call.
        Inform = 3, "inform";
        /// To pass it to others.
        Disclose = 4, "disclose";
    }
}

closed_list! {
    /// By which way a purpose reaches somebody. The numbers are stored: none is ever given again.
    Channel, "channel" {
        /// Nobody: it is kept.
        Record = 0, "record";
        /// The associates of a shop, on their tablets.
        Tablet = 1, "tablet";
        /// Those who look at figures.
        Headquarters = 2, "headquarters";
        /// The customer, by e-mail.
        Email = 3, "email";
        /// The customer, by text message.
        Sms = 4, "sms";
        /// The customer, by a notice of the app.
        Push = 5, "push";
        /// The customer, by a call.
        Telephone = 6, "telephone";
        /// The customer, by post.
        Post = 7, "post";
        /// Companies that are not the retailer.
        Partner = 8, "partner";
    }
}

closed_list! {
    /// What there is of a customer, field by field. The numbers are stored: none is ever given again.
    Field, "field" {
        /// That somebody was there: an hourly count without identity.
        AnonymousCount = 0, "anonymous_count";
        /// That this customer was in a shop, when and where: the visit as a record.
        Visit = 1, "visit";
        /// That this customer is here now, shown to associates.
        PresenceOnFloor = 2, "presence_on_floor";
        /// That the customer asks for help.
        HelpWanted = 3, "help_wanted";
        /// The name.
        Name = 4, "name";
        /// The address of a channel: to be written to or called at all.
        Contact = 5, "contact";
        /// Wish list, with the prices of when the wishes were made.
        WishList = 6, "wish_list";
        /// Wishes that ended.
        RemovedWishes = 7, "removed_wishes";
        /// Sizes that were told.
        Sizes = 8, "sizes";
        /// Cart of the web shop, with prices, and when it was touched.
        Cart = 9, "cart";
        /// A checkout that was begun and not ended.
        Checkout = 10, "checkout";
        /// Coupons in use.
        Coupons = 11, "coupons";
        /// Preferences that were told.
        Preferences = 12, "preferences";
        /// Products that the customer designed.
        Designs = 13, "designs";
        /// Brands, from wishes and carts.
        BrandsWanted = 14, "brands_wanted";
        /// The last orders: when, where, what.
        Orders = 15, "orders";
        /// What else is known of orders: amounts, coupons, what was given back, gifts.
        OrderDetails = 16, "order_details";
        /// Products bought, how often and when: usual items.
        Bought = 17, "bought";
        /// Sizes, from purchases.
        BoughtSizes = 18, "bought_sizes";
        /// Brands, from purchases.
        BrandsBought = 19, "brands_bought";
        /// The figures of the whole time.
        Lifetime = 20, "lifetime";
        /// Reviews of products.
        Reviews = 21, "reviews";
        /// Products looked at in the web shop.
        Viewed = 22, "viewed";
        /// What was searched for in the web shop.
        Searches = 23, "searches";
        /// Recent interests, from looks, wishes and carts.
        Interests = 24, "interests";
        /// Brands, from looks.
        BrandsLookedAt = 25, "brands_looked_at";
        /// What the customer corrected.
        Corrections = 26, "corrections";
        /// What associates noted: free text.
        Notes = 27, "notes";
    }
}

/// A set of things of a closed list.
pub struct Set<T>(u64, PhantomData<T>);

impl<T> Clone for Set<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Set<T> {}

impl<T> PartialEq for Set<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Set<T> {}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self::none()
    }
}

impl<T> Set<T> {
    /// Nothing.
    pub const fn none() -> Self {
        Self::of_bits(0)
    }

    pub(super) const fn of_bits(bits: u64) -> Self {
        Self(bits, PhantomData)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in one of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self::of_bits(self.0 | other.0)
    }

    /// What is in this and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self::of_bits(self.0 & !other.0)
    }
}

impl<T: Listed> Set<T> {
    /// Whether it is in the set.
    pub fn holds(self, one: T) -> bool {
        self.0 & one.bit() != 0
    }

    /// What is in the set, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = T> {
        T::EVERY.iter().copied().filter(move |one| self.holds(*one))
    }
}

impl<T: Listed> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        Self::of_bits(all.into_iter().fold(0, |bits, one| bits | one.bit()))
    }
}

impl<T: Listed> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Listed::name)).finish()
    }
}

/// As names for people; as bits in the store, which knows what a later program added no more than this one.
impl<T: Listed> Serialize for Set<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_u64(self.0);
        }
        let mut names = serializer.serialize_seq(None)?;
        for one in self.iter() {
            names.serialize_element(one.name())?;
        }
        names.end()
    }
}

impl<'de, T: Listed> Deserialize<'de> for Set<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u64::deserialize(deserializer).map(Self::of_bits);
        }
        let names = Vec::<String>::deserialize(deserializer)?;
        let find = |name: &String| T::EVERY.iter().copied().find(|one| one.name() == name);
        let all: Option<Self> = names.iter().map(find).collect::<Option<Vec<T>>>().map(Self::from_iter);
        all.ok_or_else(|| de::Error::custom("a name that is not in the list"))
    }
}

impl Channel {
    /// Whether it reaches somebody at once: those are silent while a customer wants to be left alone.
    pub const fn interrupts(self) -> bool {
        match self {
            Self::Tablet | Self::Sms | Self::Push | Self::Telephone => true,
            Self::Record | Self::Headquarters | Self::Email | Self::Post | Self::Partner => false,
        }
    }
}

impl Field {
    /// For which purpose a tablet shows it; `None` for what no tablet ever shows.
    pub const fn on_tablets(self) -> Option<Purpose> {
        match self {
            Self::PresenceOnFloor | Self::HelpWanted | Self::Name => Some(Purpose::Recognise),
            Self::AnonymousCount | Self::Visit | Self::Contact => None,
            Self::WishList
            | Self::RemovedWishes
            | Self::Sizes
            | Self::Cart
            | Self::Checkout
            | Self::Coupons
            | Self::Preferences
            | Self::Designs
            | Self::BrandsWanted
            | Self::Orders
            | Self::OrderDetails
            | Self::Bought
            | Self::BoughtSizes
            | Self::BrandsBought
            | Self::Lifetime
            | Self::Reviews
            | Self::Viewed
            | Self::Searches
            | Self::Interests
            | Self::BrandsLookedAt
            | Self::Corrections
            | Self::Notes => Some(Purpose::Advise),
        }
    }

    /// Whether a tablet shows it only when the associate has confirmed the person.
    pub const fn needs_confirmation(self) -> bool {
        matches!(self.on_tablets(), Some(Purpose::Advise))
    }
}
