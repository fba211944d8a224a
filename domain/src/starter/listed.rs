//! What the customer put on the wish list or into the cart, with the price that was told then.

use super::{CART_LEFT_AFTER, Fact, cart_left::CART_FORGOTTEN_AFTER};
use crate::{consent::Field, money::Money, profile::Item, situation::Situation};

/// An item of one of the two lists.
#[derive(Clone, Copy)]
pub(super) struct Listed<'a> {
    pub(super) item: &'a Item,
    /// What one piece cost then, when that was told.
    pub(super) price: Option<Money>,
    /// Which list, as its field of consent.
    pub(super) list: Field,
}

/// What stands on the lists and was not bought since; of the cart only where it was left behind, and not long ago.
pub(super) fn listed(situation: &Situation) -> impl Iterator<Item = Listed<'_>> {
    let (known, now) = (&situation.known, situation.now);
    let wishes = known.priced_wishes().map(|(item, price)| Listed { item, price, list: Field::WishList });
    let is_left = !known.cart_left(now, CART_LEFT_AFTER).is_empty();
    let cart = known
        .priced_cart()
        .filter(move |(item, _)| is_left && item.quantity > 0 && now.since(item.at) < CART_FORGOTTEN_AFTER);
    let cart = cart.map(|(item, price)| Listed { item, price, list: Field::Cart });
    wishes
        .chain(cart)
        .filter(move |one| one.item.source.is_vouched() && !situation.is_of_this_visit(one.item.at))
        .filter(move |one| !situation.bought_since(&one.item.product, one.item.at))
}

impl Listed<'_> {
    /// That it stands there.
    pub(super) fn fact(&self) -> Fact {
        let Item { product, size, quantity, at, source, .. } = self.item.clone();
        match self.list {
            Field::Cart => Fact::InCart { product, quantity, at, source },
            _ => Fact::OnWishList { product, size, at, source },
        }
    }
}
