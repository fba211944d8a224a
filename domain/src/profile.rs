//! What is known of a customer, each fact with its source and date.
//!
//! A profile is only data: whether a part of it may be shown is decided by [`crate::consent`] at the moment of use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    consent::{Sharing, SharingLevel},
    id::{CustomerId, OrderId, ProductId},
    redacted::Redacted,
    time::Timestamp,
};

/// Where a fact came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The web shop.
    Web,
    /// The till of a shop.
    Till,
    /// The stock of the shop.
    Stock,
    /// The customer, in words or by a switch.
    Customer,
    /// A file that the retailer imported.
    Import,
}

/// A customer as stored beside the profile: small, read at every use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Who.
    pub id: CustomerId,
    /// The name to be greeted by; may be empty.
    pub name: Redacted<String>,
    /// What the customer decided.
    pub sharing: Sharing,
    /// When help was asked for; `None` when it is not wanted.
    pub help_since: Option<Timestamp>,
    /// When the customer last rose to a level that lets visits be kept: nothing from before may become one. The
    /// earliest time for who came with the retailer's file: the consent was given there, at a time that it does not tell.
    pub consented_since: Timestamp,
}

impl Customer {
    /// With a decision of `now`. Who withdraws asks for no help any more.
    #[must_use]
    pub fn decided(self, sharing: Sharing, now: Timestamp) -> Self {
        let present = |sharing: Sharing| sharing.level >= SharingLevel::Present;
        let rises = present(sharing) && !present(self.sharing);
        Self {
            sharing,
            help_since: self.help_since.filter(|_| present(sharing)),
            consented_since: if rises { now } else { self.consented_since },
            ..self
        }
    }
}

/// An item of a wish list, a cart, or a page that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which product.
    pub product: ProductId,
    /// The size chosen, when one was.
    pub size: Option<String>,
    /// Pieces; 1 outside carts.
    pub quantity: u32,
    /// When it was put there or looked at.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// A size that the customer told or bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// What it is a size of, such as `shoes`.
    pub of: String,
    /// The size as the brand writes it.
    pub size: String,
    /// When it became known.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The retailer's order number.
    pub id: OrderId,
    /// When it was placed.
    pub at: Timestamp,
    /// Where it was placed.
    pub source: Source,
    /// What was bought.
    pub lines: Vec<OrderLine>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Which product.
    pub product: ProductId,
    /// The size, where the product has sizes.
    pub size: Option<String>,
    /// Pieces.
    pub quantity: u32,
}

/// How often and when one product was bought: kept up with each order, so that no arrival reads old orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// Which product.
    pub product: ProductId,
    /// Number of orders that held it.
    pub times: u32,
    /// The first purchase.
    pub first: Timestamp,
    /// The last purchase.
    pub last: Timestamp,
    /// Where the last purchase was made.
    pub source: Source,
    /// The days of the last purchases (days since 1970, ascending), at most [`Bought::KEPT_DAYS`].
    pub days: Vec<u32>,
}

impl Bought {
    /// How many purchase days are kept for the typical gap.
    pub const KEPT_DAYS: usize = 12;

    /// Median gap between the kept purchase days; `None` with fewer than three of them.
    pub fn typical_gap(&self) -> Option<Duration> {
        if self.days.len() < 3 {
            return None;
        }
        let mut gaps: Vec<u32> =
            self.days.iter().zip(self.days.iter().skip(1)).map(|(a, b)| b.saturating_sub(*a)).collect();
        gaps.sort_unstable();
        let median = gaps.get(gaps.len() / 2).copied()?;
        (median > 0).then(|| Duration::from_secs(u64::from(median) * 86_400))
    }
}

/// What is known of a customer: one read at an arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Wish list, newest first, at most [`Profile::MAX_ITEMS`].
    pub wish_list: Vec<Item>,
    /// Cart of the web shop, newest first, at most [`Profile::MAX_ITEMS`].
    pub cart: Vec<Item>,
    /// Products looked at, newest first, at most [`Profile::MAX_ITEMS`].
    pub viewed: Vec<Item>,
    /// Sizes, newest first, at most [`Profile::MAX_ITEMS`].
    pub sizes: Vec<Size>,
    /// The last orders, newest first, at most [`Profile::MAX_ORDERS`].
    pub orders: Vec<Order>,
    /// Number of all orders.
    pub order_count: u32,
    /// Products bought at least once, by product, at most [`Profile::MAX_BOUGHT`] (the least often and longest ago go first).
    pub bought: Vec<Bought>,
}

impl Profile {
    /// Longest list of items or sizes.
    pub const MAX_ITEMS: usize = 100;
    /// How many orders are kept whole in the profile.
    pub const MAX_ORDERS: usize = 20;
    /// How many bought products are kept.
    pub const MAX_BOUGHT: usize = 2_000;
}
