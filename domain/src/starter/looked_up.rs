//! A product that the customer looks up on the phone while standing in the shop is here.
//!
//! The one moment at which what was looked at is a question rather than a trace. What was looked at before the visit
//! proposes nothing.

use std::cmp::Reverse;

use super::{
    Fact, Rule, Starter, StarterKind,
    fit::{in_stock_here, piece_that_fits},
};
use crate::{catalogue::Stock, profile::Item, situation::Situation};

/// Proposes what was looked at last since the visit began, is here in a size that fits, and was not bought since.
#[derive(Debug, Clone, Copy)]
pub struct LookedUp;

impl Rule for LookedUp {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let during = |item: &&Item| situation.began <= item.at && item.at <= situation.now;
        let mut here: Vec<(&Item, Stock)> = situation
            .known
            .viewed
            .iter()
            .filter(during)
            .filter(|item| !situation.bought_since(&item.product, item.at))
            .filter_map(|item| {
                let piece = piece_that_fits(&item.product, item.size.as_deref(), situation)?;
                Some((item, piece))
            })
            .collect();
        here.sort_by_key(|(item, _)| (Reverse(item.at), &item.product));
        here.into_iter().map(|(item, piece)| starter(item, &piece)).collect()
    }
}

fn starter(item: &Item, piece: &Stock) -> Starter {
    let looked_up = Fact::LookedUp { product: item.product.clone(), at: item.at, source: item.source };
    let here = in_stock_here(&item.product, piece);
    Starter {
        kind: StarterKind::LookedUp,
        product: Some(item.product.clone()),
        thing: None,
        facts: vec![looked_up, here],
    }
}
