//! Which field of consent each part of a profile falls under.
//!
//! The table takes a [`Profile`] apart by all its names: a new part of it does not compile before it has its line here.
//! Brands alone are no line, since each of their parts has a field of its own.

use std::collections::BTreeSet;

use super::Field;
use crate::profile::{Brand, Evidence, Profile};

macro_rules! parts {
    ($($field:ident: $($part:ident),+;)+) => {
        /// The profile without what may not be read.
        #[must_use]
        pub fn shared(profile: &Profile, may: impl Fn(Field) -> bool) -> Profile {
            let Profile { brands, $($($part,)+)+ } = profile;
            Profile {
                brands: shared_brands(brands, &may),
                $($($part: if may(Field::$field) { $part.clone() } else { Default::default() },)+)+
            }
        }

        /// The fields in which two profiles differ.
        pub fn differing(a: &Profile, b: &Profile) -> BTreeSet<Field> {
            let Profile { brands, $($($part: _,)+)+ } = a;
            let mut fields = differing_brands(brands, &b.brands);
            $(if $(a.$part != b.$part)||+ {
                fields.insert(Field::$field);
            })+
            fields
        }
    };
}

parts! {
    WishList: wish_list, wish_prices;
    RemovedWishes: removed_wishes;
    Sizes: sizes;
    Cart: cart, cart_prices, cart_touched;
    Checkout: checkout;
    Coupons: coupons;
    Preferences: preferences;
    Designs: designs;
    Orders: orders, services;
    OrderDetails: order_details;
    Bought: bought;
    BoughtSizes: bought_sizes;
    Lifetime: lifetime, order_count;
    Reviews: reviews;
    Viewed: viewed, viewed_prices;
    Searches: searches;
    Interests: interests;
    Corrections: corrections;
    Notes: notes;
}

/// A part of what is known of a brand.
type BrandPart = fn(&Brand) -> Option<Evidence>;

/// The fields that brands fall under, by what they follow from.
const BRAND_PARTS: [(Field, BrandPart); 3] = [
    (Field::BrandsBought, |brand| brand.bought),
    (Field::BrandsWanted, |brand| brand.wanted),
    (Field::BrandsLookedAt, |brand| brand.looked_at),
];

fn shared_brands(brands: &[Brand], may: impl Fn(Field) -> bool) -> Vec<Brand> {
    let [bought, wanted, looked_at] = BRAND_PARTS.map(|(field, _)| may(field));
    let known = |brand: &Brand| {
        let Brand { name, bought: of_orders, wanted: of_wishes, looked_at: of_looks } = brand;
        let bought = of_orders.filter(|_| bought);
        let wanted = of_wishes.filter(|_| wanted);
        let looked_at = of_looks.filter(|_| looked_at);
        let any = bought.or(wanted).or(looked_at).is_some();
        any.then(|| Brand { name: name.clone(), bought, wanted, looked_at })
    };
    brands.iter().filter_map(known).collect()
}

fn differing_brands(a: &[Brand], b: &[Brand]) -> BTreeSet<Field> {
    let differ = |part: &BrandPart| {
        let known = |brands: &[Brand]| -> Vec<(String, Evidence)> {
            brands.iter().filter_map(|brand| Some((brand.name.clone(), part(brand)?))).collect()
        };
        known(a) != known(b)
    };
    BRAND_PARTS.into_iter().filter(|(_, part)| differ(part)).map(|(field, _)| field).collect()
}
