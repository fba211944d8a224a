//! A profile as imports make it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};
use shopbell_domain::{
    profile::{Bought, Item, Order, Profile, Size},
    time::Timestamp,
};

/// A profile as imports make it, and what keeping it up needs to know.
///
/// Imports fill seven parts of a profile; these are stored, and the others come back empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "ImportedProfile")]
pub(crate) struct ProfileRecord {
    pub(crate) profile: Profile,
    /// When the cart was as it is: an older cart that comes later changes nothing. `None` before the first.
    pub(crate) cart_at: Option<Timestamp>,
}

/// The layout of a [`ProfileRecord`].
#[derive(Serialize, Deserialize)]
struct ImportedProfile<'a> {
    wish_list: Cow<'a, [Item]>,
    cart: Cow<'a, [Item]>,
    viewed: Cow<'a, [Item]>,
    sizes: Cow<'a, [Size]>,
    orders: Cow<'a, [Order]>,
    order_count: u32,
    bought: Cow<'a, [Bought]>,
    cart_at: Option<Timestamp>,
}

impl Serialize for ProfileRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { profile, cart_at } = self;
        let layout = ImportedProfile {
            wish_list: (&profile.wish_list).into(),
            cart: (&profile.cart).into(),
            viewed: (&profile.viewed).into(),
            sizes: (&profile.sizes).into(),
            orders: (&profile.orders).into(),
            order_count: profile.order_count,
            bought: (&profile.bought).into(),
            cart_at: *cart_at,
        };
        layout.serialize(serializer)
    }
}

impl From<ImportedProfile<'_>> for ProfileRecord {
    fn from(layout: ImportedProfile<'_>) -> Self {
        let profile = Profile {
            wish_list: layout.wish_list.into_owned(),
            cart: layout.cart.into_owned(),
            viewed: layout.viewed.into_owned(),
            sizes: layout.sizes.into_owned(),
            orders: layout.orders.into_owned(),
            order_count: layout.order_count,
            bought: layout.bought.into_owned(),
            ..Profile::default()
        };
        Self { profile, cart_at: layout.cart_at }
    }
}
