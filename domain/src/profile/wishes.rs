//! The wish list, and what became of wishes.

use super::{
    Item, Moment, Profile, RemovedWish, WishEnd, cart,
    lists::{Priced, name_of, put_first, short},
    tastes::item_of,
};
use crate::{event::Line, money::Money};

pub(super) fn added(profile: &mut Profile, line: &Line, now: Moment) {
    let item = item_of(line, 1, now);
    let mut wishes = Priced::new(&mut profile.wish_list, &mut profile.wish_prices);
    if wishes.knows_better(&item) {
        return;
    }
    wishes.put(item.clone(), line.price);
    profile.removed_wishes.retain(|known| !same(&known.item, &item));
}

pub(super) fn removed(profile: &mut Profile, line: &Line, now: Moment) {
    end(profile, line, WishEnd::TakenOff, now);
}

/// Into the cart: in the size, and at the price, of the wish where the event tells none.
pub(super) fn to_cart(profile: &mut Profile, line: &Line, now: Moment) {
    let wish = end(profile, line, WishEnd::IntoCart, now);
    let line = match wish {
        Some((wish, price)) => Line {
            name: name_of(&item_of(line, 1, now), &wish),
            size: line.size.clone().or(wish.size),
            price: line.price.or(price),
            ..line.clone()
        },
        None => line.clone(),
    };
    cart::added(profile, &line, now);
}

fn end(profile: &mut Profile, line: &Line, why: WishEnd, now: Moment) -> Option<(Item, Option<Money>)> {
    let size = line.size.as_deref().and_then(short);
    let wishes = &mut Priced::new(&mut profile.wish_list, &mut profile.wish_prices);
    let (item, price) = wishes.take(&line.product, size.as_deref())?;
    let removed = RemovedWish { item: item.clone(), at: now.at, source: now.source, why };
    let same = |known: &RemovedWish| same(&known.item, &item);
    put_first(&mut profile.removed_wishes, removed, same, Profile::MAX_REMOVED_WISHES);
    Some((item, price))
}

fn same(a: &Item, b: &Item) -> bool {
    a.product == b.product && a.size == b.size
}
