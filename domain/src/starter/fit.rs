//! Whether a product is in the shop in a size that fits the customer.
//!
//! The size that counts is the one that was asked for; without one, any of the customer's sizes of the product's category;
//! without that too, whatever is here, and then no size is named: to name one that is not theirs is worse than none. A size of the customer that does not fit the category counts for nothing: a 38 in
//! shoes says nothing about a coat.

use super::Fact;
use crate::{
    catalogue::Stock,
    id::ProductId,
    profile::{Item, Size},
    situation::{Shelf, Situation},
};

/// The pieces to speak of: in a size that fits, the most of them; all together, without a size, where none is known to fit.
/// `asked` is the size that was asked for.
pub(super) fn piece_that_fits(
    product: &ProductId,
    asked: Option<&str>,
    situation: &Situation,
) -> Option<Stock> {
    let shelf = situation.shelves.get(product)?;
    let fits = sizes_that_fit(asked, shelf, situation);
    let mut known =
        shelf.stock.iter().flatten().filter(|piece| piece.quantity > 0 && piece.since <= situation.now);
    if fits.is_empty() {
        let first = known.next()?.clone();
        return Some(known.fold(Stock { size: None, ..first }, |all, piece| Stock {
            quantity: all.quantity.saturating_add(piece.quantity),
            since: all.since.max(piece.since),
            ..all
        }));
    }
    known
        .filter(|piece| match &piece.size {
            Some(size) => fits.contains(&size.as_str()),
            // A product without sizes fits everybody, unless a size was asked for.
            None => asked.is_none(),
        })
        .max_by_key(|piece| (piece.quantity, piece.since))
        .cloned()
}

/// Whether an item of a list is here in a size that fits.
pub fn is_here_to_fit(item: &Item, situation: &Situation) -> bool {
    piece_that_fits(&item.product, item.size.as_deref(), situation).is_some()
}

/// That these pieces of a product are here.
pub(super) fn in_stock_here(product: &ProductId, piece: &Stock) -> Fact {
    let (product, size) = (product.clone(), piece.size.clone());
    Fact::InStockHere { product, size, quantity: piece.quantity, at: piece.since }
}

fn sizes_that_fit<'a>(asked: Option<&'a str>, shelf: &Shelf, situation: &'a Situation) -> Vec<&'a str> {
    if let Some(size) = asked {
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
