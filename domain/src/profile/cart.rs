//! Cart, checkout and coupons. What each event does stands in the table of [`super`].

use std::time::Duration;

use super::{
    Checkout, CouponInUse, Item, Moment, Profile,
    lists::{Priced, name_of, put_first, short, touched},
    tastes::item_of,
};
use crate::{
    event::{CouponStep, Line},
    money::Money,
    time::Timestamp,
};

impl Profile {
    /// The cart, when it was left behind: neither it nor a checkout was touched for `quiet`, and the customer ordered
    /// nothing in the web shop meanwhile. Empty otherwise.
    ///
    /// Derived at each read: that somebody left is nothing that happens.
    pub fn cart_left(&self, now: Timestamp, quiet: Duration) -> &[Item] {
        match self.cart_touched {
            Some(touched) if now.since(touched) < quiet => &[],
            _ => &self.cart,
        }
    }
}

fn cart_of(profile: &mut Profile) -> Priced<'_> {
    Priced::new(&mut profile.cart, &mut profile.cart_prices)
}

fn touch(profile: &mut Profile, now: Moment) {
    profile.cart_touched = profile.cart_touched.max(Some(now.at));
}

/// Put something in: the pieces add up with those that are there.
pub(super) fn added(profile: &mut Profile, line: &Line, now: Moment) {
    touch(profile, now);
    put(profile, item_of(line, line.quantity.unwrap_or(1), now), line.price);
}

/// Puts an item in, with those that are there.
pub(super) fn put(profile: &mut Profile, mut item: Item, price: Option<Money>) {
    if item.quantity == 0 {
        return;
    }
    let mut cart = cart_of(profile);
    if cart.knows_better(&item) {
        return;
    }
    let known = cart.get(&item.product, item.size.as_deref());
    let (pieces, known_price) = known.map_or((0, None), |(known, price)| (known.quantity, price));
    item.quantity = item.quantity.saturating_add(pieces);
    cart.put(item, price.or(known_price));
}

/// Took something out: the pieces told, or all of it. What stays keeps its date.
pub(super) fn removed(profile: &mut Profile, line: &Line, now: Moment) {
    touch(profile, now);
    let size = line.size.as_deref().and_then(short);
    let mut cart = cart_of(profile);
    let Some((item, price)) = cart.take(&line.product, size.as_deref()) else { return };
    let left = item.quantity.saturating_sub(line.quantity.unwrap_or(u32::MAX));
    if left > 0 {
        let mut all: Vec<(Item, Option<Money>)> = std::mem::take(&mut profile.cart)
            .into_iter()
            .zip(std::mem::take(&mut profile.cart_prices))
            .collect();
        all.push((Item { quantity: left, ..item }, price));
        cart_of(profile).replace(all);
    }
}

/// The cart is these lines. What was there in at least this quantity keeps its date.
pub(super) fn replaced(profile: &mut Profile, lines: &[Line], now: Moment) {
    touch(profile, now);
    let mut cart = cart_of(profile);
    let mut all: Vec<(Item, Option<Money>)> = Vec::new();
    for line in lines.iter().take(MAX_LINES) {
        let item = item_of(line, line.quantity.unwrap_or(1), now);
        touched(all.len());
        match all.iter_mut().find(|(known, _)| known.product == item.product && known.size == item.size) {
            Some((known, price)) => {
                known.quantity = known.quantity.saturating_add(item.quantity);
                *price = line.price.or(*price);
            }
            None => all.push((item, line.price)),
        }
    }
    all.retain(|(item, _)| item.quantity > 0);
    for (item, price) in &mut all {
        let Some((known, known_price)) = cart.get(&item.product, item.size.as_deref()) else { continue };
        item.name = name_of(item, known);
        if known.quantity >= item.quantity {
            (item.at, item.source) = (known.at, known.source);
        }
        *price = price.or(known_price);
    }
    cart.replace(all);
}

/// Most lines of one event that are looked at.
const MAX_LINES: usize = 2 * Profile::MAX_ITEMS;

/// Went to the checkout: what the cart does not hold of it was put there unseen. A size that one side does not tell is no
/// difference.
pub(super) fn checkout_started(profile: &mut Profile, lines: &[Line], now: Moment) {
    touch(profile, now);
    for line in lines.iter().take(Profile::MAX_ITEMS) {
        let item = item_of(line, line.quantity.unwrap_or(1), now);
        touched(profile.cart.len());
        let is_there = |known: &Item| {
            let same_size = known.size.is_none() || item.size.is_none() || known.size == item.size;
            known.product == item.product && same_size
        };
        if !profile.cart.iter().any(is_there) {
            put(profile, item, line.price);
        }
    }
    profile.checkout = Some(Checkout { began: now.at, last: now.at, step: None, source: now.source });
}

/// Got on in the checkout, or was first seen there.
pub(super) fn checkout_step(profile: &mut Profile, step: Option<u32>, now: Moment) {
    touch(profile, now);
    let begun =
        profile.checkout.unwrap_or(Checkout { began: now.at, last: now.at, step: None, source: now.source });
    profile.checkout =
        Some(Checkout { last: now.at, step: step.or(begun.step), source: now.source, ..begun });
}

/// A web order ends the checkout and the use of coupons, as far as they are from before it was `known`: when a
/// confirmation page is loaded once more, they are of another order.
pub(super) fn checked_out(profile: &mut Profile, known: Option<Timestamp>, now: Moment) {
    if now.source.is_web_shop() {
        let ordered = known.unwrap_or(now.at);
        touch(profile, Moment { at: ordered, ..now });
        profile.checkout = profile.checkout.filter(|checkout| checkout.began > ordered);
        profile.coupons.retain(|coupon| coupon.at > ordered);
    }
}

/// An order became known. The bought lines leave the cart, whatever their quantity; a size that one side does not tell
/// is no difference. A web order that tells no lines bought the whole cart.
pub(super) fn bought(profile: &mut Profile, lines: &[Line], now: Moment) {
    if lines.is_empty() && now.source.is_web_shop() {
        profile.cart.clear();
        profile.cart_prices.clear();
        return;
    }
    for line in lines.iter().take(MAX_LINES) {
        let size = line.size.as_deref().and_then(short);
        cart_of(profile).retain(|item| {
            let same_size = item.size.is_none() || size.is_none() || item.size == size;
            item.product != line.product || !same_size
        });
    }
}

pub(super) fn coupon(profile: &mut Profile, code: &str, step: CouponStep, now: Moment) {
    let Some(code) = short(code) else { return };
    let same = |known: &CouponInUse| known.code == code;
    let applied = match step {
        CouponStep::Entered => profile.coupons.iter().any(|known| same(known) && known.applied),
        CouponStep::Applied => true,
        CouponStep::Denied | CouponStep::Removed => {
            profile.coupons.retain(|known| !same(known));
            return;
        }
    };
    let coupon = CouponInUse { code: code.clone(), applied, at: now.at, source: now.source };
    put_first(&mut profile.coupons, coupon, same, Profile::MAX_COUPONS);
}
