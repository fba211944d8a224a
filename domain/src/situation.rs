//! All that is known and allowed at one moment of one visit: what the starters are made from.
//!
//! A situation is built for one use and never kept: [`Situation::gather`] asks consent for each part.

use std::collections::BTreeMap;

use crate::{
    catalogue::{Product, Stock},
    id::{CustomerId, ProductId, StoreId, VisitId},
    profile::{Bought, Item, Order, Size},
    time::Timestamp,
};

/// A product on hand: its catalogue entry and its stock in this shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// The catalogue entry.
    pub product: Product,
    /// Pieces here by size; `None` when the shop's stock of it is not known.
    pub stock: Option<Vec<Stock>>,
}

/// All that is known and allowed now. What is not allowed is not here: no rule can leak it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// The moment.
    pub now: Timestamp,
    /// The visit.
    pub visit: VisitId,
    /// Who.
    pub customer: CustomerId,
    /// Where.
    pub store: StoreId,
    /// When help was asked for.
    pub help_since: Option<Timestamp>,
    /// Wish list, newest first.
    pub wish_list: Vec<Item>,
    /// Cart of the web shop, newest first.
    pub cart: Vec<Item>,
    /// Products looked at, newest first.
    pub viewed: Vec<Item>,
    /// Sizes.
    pub sizes: Vec<Size>,
    /// What was bought, with its rhythm.
    pub bought: Vec<Bought>,
    /// The last orders, newest first.
    pub orders: Vec<Order>,
    /// The products that the above name, as far as the catalogue knows them.
    pub shelves: BTreeMap<ProductId, Shelf>,
}
