//! A cart was left behind in the web shop, and what lies in it is here in a size that fits.
//!
//! Of what is not here nothing is said: who spoke of it would know it from the cart alone.

use std::{cmp::Reverse, time::Duration};

use super::{
    Fact, Rule, Starter, StarterKind,
    fit::{in_stock_here, piece_that_fits},
};
use crate::{catalogue::Stock, profile::Item, situation::Situation};

/// Touched more lately than this, the customer may still be about to order: 30 minutes, where the retailer says nothing else.
pub const CART_LEFT_AFTER: Duration = Duration::from_secs(30 * 60);
/// Older than this, a cart says nothing about today: 30 days.
pub(super) const CART_FORGOTTEN_AFTER: Duration = Duration::from_secs(30 * 86_400);

/// Proposes products of a cart that was left behind, not bought since, and are here; the newest first.
#[derive(Debug, Clone, Copy)]
pub struct CartLeft {
    /// For how long neither the cart nor a checkout must have been touched.
    pub after: Duration,
}

impl Default for CartLeft {
    fn default() -> Self {
        Self { after: CART_LEFT_AFTER }
    }
}

impl Rule for CartLeft {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let cart = situation.known.cart_left(situation.now, self.after);
        let mut left: Vec<(&Item, Stock)> = cart
            .iter()
            .filter(|item| self.was_left(item, situation))
            .filter_map(|item| {
                let piece = piece_that_fits(&item.product, item.size.as_deref(), situation)?;
                Some((item, piece))
            })
            .collect();
        left.sort_by_key(|(item, _)| (Reverse(item.at), &item.product));
        left.into_iter().map(|(item, piece)| starter(item, &piece)).collect()
    }
}

impl CartLeft {
    /// Also of a cart of which it is not told when it was touched, as an imported one.
    fn was_left(self, item: &Item, situation: &Situation) -> bool {
        let age = situation.now.since(item.at);
        item.source.is_vouched()
            && item.quantity > 0
            && age > self.after
            && !situation.is_of_this_visit(item.at)
            && age < CART_FORGOTTEN_AFTER
            && situation.shelves.contains_key(&item.product)
            && !situation.bought_since(&item.product, item.at)
    }
}

fn starter(item: &Item, piece: &Stock) -> Starter {
    let here = in_stock_here(&item.product, piece);
    let in_cart = Fact::InCart {
        product: item.product.clone(),
        quantity: item.quantity,
        at: item.at,
        source: item.source,
    };
    Starter {
        kind: StarterKind::CartLeft,
        product: Some(item.product.clone()),
        thing: None,
        facts: vec![in_cart, here],
    }
}
