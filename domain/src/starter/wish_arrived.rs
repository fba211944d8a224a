//! An item of the wish list is in this shop, in a size that fits.

use std::cmp::Reverse;

use super::{
    Fact, Rule, Starter, StarterKind,
    fit::{in_stock_here, piece_that_fits},
};
use crate::{catalogue::Stock, profile::Item, situation::Situation};

/// Proposes wished items that are in the shop; those that came in after the wish first, then the newest pieces.
#[derive(Debug, Clone, Copy)]
pub struct WishArrived;

impl Rule for WishArrived {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let mut here: Vec<(&Item, Stock)> = situation
            .known
            .wish_list
            .iter()
            // What only a page says may be anybody's word, and nobody is to be made to say it.
            .filter(|wish| wish.source.is_vouched() && !situation.is_of_this_visit(wish.at))
            .filter(|wish| !situation.bought_since(&wish.product, wish.at))
            .filter_map(|wish| {
                let piece = piece_that_fits(&wish.product, wish.size.as_deref(), situation)?;
                Some((wish, piece))
            })
            .collect();
        here.sort_by_key(|(wish, piece)| {
            (Reverse((piece.since > wish.at, piece.since, wish.at)), &wish.product)
        });
        here.into_iter().map(|(wish, piece)| starter(wish, &piece)).collect()
    }
}

fn starter(wish: &Item, piece: &Stock) -> Starter {
    let wished = Fact::OnWishList {
        product: wish.product.clone(),
        size: wish.size.clone(),
        at: wish.at,
        source: wish.source,
    };
    let here = in_stock_here(&wish.product, piece);
    Starter {
        kind: StarterKind::WishArrived,
        product: Some(wish.product.clone()),
        thing: None,
        facts: vec![wished, here],
    }
}
