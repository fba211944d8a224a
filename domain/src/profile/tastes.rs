//! What the customer likes: brands, told sizes and preferences, designs, reviews, searches, products looked at.

use std::collections::BTreeMap;

use super::{
    Brand, Design, Evidence, Item, Moment, Preference, Profile, Review, Search, Size,
    interest::{self, Weight},
    lists::{self, Priced, put_first, short},
};
use crate::{event::Line, id::ProductId, redacted::Redacted};

/// Most choices kept of one design; those first by name.
const MAX_CHOICES: usize = 20;

/// Looked at a product.
pub(super) fn looked_at(profile: &mut Profile, line: &Line, now: Moment) {
    let item = item_of(line, 1, now);
    Priced::new(&mut profile.viewed, &mut profile.viewed_prices).put(item, line.price);
}

/// Dealt with a product in a way that tells of interest.
pub(super) fn noticed(profile: &mut Profile, line: &Line, weight: Weight, now: Moment) {
    interest::add(profile, line.category.as_deref(), weight, now);
    let Some(name) = line.brand.as_deref().and_then(short) else { return };
    change_brand(profile, &name, |brand| {
        let part = if weight == Weight::Wanted { &mut brand.wanted } else { &mut brand.looked_at };
        Evidence::count(part, now);
    });
}

/// An item as a line tells of it.
pub(super) fn item_of(line: &Line, quantity: u32, now: Moment) -> Item {
    let text = |text: &Option<String>| text.as_deref().and_then(short);
    let (name, size) = (text(&line.name), text(&line.size));
    Item { product: line.product.clone(), name, size, quantity, at: now.at, source: now.source }
}

pub(super) fn searched(profile: &mut Profile, query: &Redacted<String>, now: Moment) {
    let Some(query) = short(query.reveal()).map(Redacted::new) else { return };
    let search = Search { query: query.clone(), at: now.at, source: now.source };
    put_first(&mut profile.searches, search, |known| known.query == query, Profile::MAX_SEARCHES);
}

pub(super) fn reviewed(profile: &mut Profile, product: &ProductId, rating_tenths: Option<u8>, now: Moment) {
    let review = Review { product: product.clone(), rating_tenths, at: now.at, source: now.source };
    put_first(&mut profile.reviews, review, |known| known.product == *product, Profile::MAX_REVIEWS);
}

pub(super) fn designed(
    profile: &mut Profile,
    product: &ProductId,
    design: &str,
    choices: &BTreeMap<String, String>,
    now: Moment,
) {
    let Some(design) = short(design) else { return };
    let choices = choices.iter().filter_map(|(name, value)| Some((short(name)?, short(value)?)));
    let made = Design {
        design: design.clone(),
        product: product.clone(),
        choices: choices.take(MAX_CHOICES).collect(),
        at: now.at,
        source: now.source,
    };
    put_first(&mut profile.designs, made, |known| known.design == design, Profile::MAX_DESIGNS);
}

/// Told a preference, or took it back; the one of this name before it is gone, but that a page's word takes the place of a
/// page's only.
pub(super) fn preferred(profile: &mut Profile, name: &str, value: Option<&str>, now: Moment) {
    let (Some(name), value) = (short(name), value.and_then(short)) else { return };
    if let Some(of) = Size::of_preference(&name) {
        let same = |known: &Size| known.of == of;
        match value {
            Some(size) => {
                let told = Size { of: of.to_owned(), size, at: now.at, source: now.source };
                lists::put_told(&mut profile.sizes, told, same, Profile::MAX_ITEMS);
            }
            None => lists::take_back(&mut profile.sizes, now.source, same),
        }
        return;
    }
    let same = |known: &Preference| known.name == name;
    match value {
        Some(value) => {
            let told = Preference { name: name.clone(), value, at: now.at, source: now.source };
            lists::put_told(&mut profile.preferences, told, same, Profile::MAX_PREFERENCES);
        }
        None => lists::take_back(&mut profile.preferences, now.source, same),
    }
}

/// The brand of this name.
pub(super) fn brand<'a>(profile: &'a Profile, name: &str) -> Option<&'a Brand> {
    let index = profile.brands.binary_search_by(|known| known.name.as_str().cmp(name)).ok()?;
    profile.brands.get(index)
}

/// Changes what is known of a brand. One of which nothing is known is no entry; beyond [`Profile::MAX_BRANDS`] the one
/// falls out that was never bought, or else longest ago, and last seen longest ago.
pub(super) fn change_brand(profile: &mut Profile, name: &str, change: impl FnOnce(&mut Brand)) {
    let brands = &mut profile.brands;
    let index = match brands.binary_search_by(|known| known.name.as_str().cmp(name)) {
        Ok(index) => index,
        Err(index) => {
            let new = Brand { name: name.to_owned(), bought: None, wanted: None, looked_at: None };
            brands.insert(index, new);
            index
        }
    };
    let Some(brand) = brands.get_mut(index) else { return };
    change(brand);
    if [brand.bought, brand.wanted, brand.looked_at].iter().all(Option::is_none) {
        brands.remove(index);
    }
    if brands.len() > Profile::MAX_BRANDS {
        lists::touched(brands.len());
        let last = |part: Option<Evidence>| part.map(|evidence| evidence.last);
        let rank = |brand: &Brand| (last(brand.bought), last(brand.wanted).max(last(brand.looked_at)));
        let first_out = brands.iter().enumerate().min_by_key(|(_, brand)| rank(brand));
        if let Some(index) = first_out.map(|(index, _)| index) {
            brands.remove(index);
        }
    }
}
