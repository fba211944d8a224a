//! An item of the wish list is in this shop, in a size that fits.
//!
//! The size that counts is the one on the wish list; without one, any of the customer's sizes of the product's
//! category; without that too, whatever is here. A size of the customer that does not fit the category counts for
//! nothing: a 38 in shoes says nothing about a coat.

use std::cmp::Reverse;

use super::{Fact, Rule, Starter, StarterKind};
use crate::{
    catalogue::Stock,
    profile::{Item, Size},
    situation::{Shelf, Situation},
};

/// Proposes wished items that are in the shop; those that came in after the wish first, then the newest pieces.
#[derive(Debug, Clone, Copy)]
pub struct WishArrived;

impl Rule for WishArrived {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let mut here: Vec<(&Item, &Stock)> = situation
            .known
            .wish_list
            .iter()
            .filter(|wish| wish.at <= situation.now && !situation.bought_since(&wish.product, wish.at))
            .filter_map(|wish| Some((wish, piece_for(wish, situation)?)))
            .collect();
        here.sort_by_key(|(wish, piece)| {
            (Reverse((piece.since > wish.at, piece.since, wish.at)), &wish.product)
        });
        here.into_iter().map(|(wish, piece)| starter(wish, piece)).collect()
    }
}

fn starter(wish: &Item, piece: &Stock) -> Starter {
    let wished = Fact::OnWishList {
        product: wish.product.clone(),
        size: wish.size.clone(),
        at: wish.at,
        source: wish.source,
    };
    let here = Fact::InStockHere {
        product: wish.product.clone(),
        size: piece.size.clone(),
        quantity: piece.quantity,
        at: piece.since,
    };
    Starter { kind: StarterKind::WishArrived, product: Some(wish.product.clone()), facts: vec![wished, here] }
}

/// The pieces to speak of: in a size that fits, the most of them.
fn piece_for<'a>(wish: &Item, situation: &'a Situation) -> Option<&'a Stock> {
    let shelf = situation.shelves.get(&wish.product)?;
    let fits = sizes_that_fit(wish, shelf, situation);
    let known =
        shelf.stock.iter().flatten().filter(|piece| piece.quantity > 0 && piece.since <= situation.now);
    known
        .filter(|piece| match &piece.size {
            Some(size) => fits.is_empty() || fits.contains(&size.as_str()),
            // A product without sizes fits everybody, unless a size was asked for.
            None => wish.size.is_none(),
        })
        .max_by_key(|piece| (piece.quantity, piece.since))
}

fn sizes_that_fit<'a>(wish: &'a Item, shelf: &Shelf, situation: &'a Situation) -> Vec<&'a str> {
    if let Some(size) = &wish.size {
        return vec![size];
    }
    let words: Vec<String> = words(&shelf.product.category).collect();
    let of_category = |of: &str| words.contains(&of.to_lowercase());
    let told = || situation.known.sizes.iter().filter(|size| of_category(&size.of));
    // A page's word may be anybody's: it counts where nothing better is known.
    let vouched = told().any(|size| size.source.is_vouched());
    let counts = |size: &&Size| size.source.is_vouched() || !vouched;
    told().filter(counts).map(|size| size.size.as_str()).collect()
}

/// The category and each word of it: `Women / Shoes` is a category of `shoes`.
fn words(category: &str) -> impl Iterator<Item = String> {
    let parts = category.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(category).chain(parts).map(str::to_lowercase)
}
