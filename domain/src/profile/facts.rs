//! The shapes of single facts, each with source and date.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::Source;
use crate::{
    event::{Correction, Disputed},
    id::{OrderId, ProductId, StoreId},
    money::Money,
    redacted::Redacted,
    time::Timestamp,
};

/// An item of a wish list, a cart, or a page that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which product.
    pub product: ProductId,
    /// What whoever told of it called it, when it was called anything.
    pub name: Option<String>,
    /// The size chosen, when one was.
    pub size: Option<String>,
    /// Pieces; 1 outside carts.
    pub quantity: u32,
    /// When it was put there or looked at.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// A size that the customer told, or that the retailer's file tells.
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

impl Size {
    /// What the name of a preference begins with when it is a size.
    const PREFERENCE: &'static str = "size:";

    /// The name of the preference that tells a size of something: `size:shoes`.
    pub fn preference(of: &str) -> String {
        format!("{}{of}", Self::PREFERENCE)
    }

    /// What a preference of this name is a size of; `None` when it is none.
    pub fn of_preference(name: &str) -> Option<&str> {
        name.strip_prefix(Self::PREFERENCE)
    }
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
    /// What whoever told of it called it, when it was called anything.
    pub name: Option<String>,
    /// The size, where the product has sizes.
    pub size: Option<String>,
    /// Pieces that the customer kept; 0 when all were given back.
    pub quantity: u32,
}

/// What else is known of an [`Order`]; date and source are the order's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetail {
    /// Which order.
    pub order: OrderId,
    /// What was paid, as told.
    pub total: Option<Money>,
    /// What was paid back, by currency.
    pub refunded: Vec<Money>,
    /// The code of the coupon that was used.
    pub coupon: Option<String>,
    /// When the order was changed last.
    pub updated: Option<Timestamp>,
    /// In the order of [`Order::lines`].
    pub lines: Vec<LineDetail>,
    /// The till where it was paid; `None` when it was paid elsewhere, or that is not told.
    pub in_shop: Option<InShop>,
}

/// Where and when an order was paid at a till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InShop {
    /// In which shop.
    pub store: StoreId,
    /// When, as the till tells it: an order of the web shop may be paid later than it was placed.
    pub at: Timestamp,
}

/// What else is known of an [`OrderLine`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDetail {
    /// Of one piece.
    pub price: Option<Money>,
    /// Pieces given back.
    pub returned: u32,
    /// Whether the customer said that it was a gift.
    pub gift: bool,
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

/// How often something was seen, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How often.
    pub times: u32,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// Where the last time was.
    pub source: Source,
}

/// A size that was bought, for oneself as far as is known. It follows from purchases and falls under their consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoughtSize {
    /// The category, as the web shop writes it.
    pub of: String,
    /// The size as the brand writes it.
    pub size: String,
    /// In how many orders.
    pub bought: Evidence,
}

/// A brand, with what speaks for it. Each part falls under the consent of what it follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// As the web shop writes it.
    pub name: String,
    /// In how many orders.
    pub bought: Option<Evidence>,
    /// How often put into the cart or on the wish list.
    pub wanted: Option<Evidence>,
    /// How often looked at or shared.
    pub looked_at: Option<Evidence>,
}

/// A wish that is none any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedWish {
    /// As it was on the list.
    pub item: Item,
    /// When it was taken off.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
    /// Why.
    pub why: WishEnd,
}

/// Why a wish ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WishEnd {
    /// It was taken off the list.
    TakenOff,
    /// It was moved into the cart.
    IntoCart,
}

/// A preference that was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// Of what.
    pub name: String,
    /// What.
    pub value: String,
    /// When it was told.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// A version of a product that the customer designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Design {
    /// Its number in the web shop.
    pub design: String,
    /// The product that it is made from.
    pub product: ProductId,
    /// What was chosen.
    pub choices: BTreeMap<String, String>,
    /// When it was last worked on.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// What the customer thinks of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Which product.
    pub product: ProductId,
    /// Tenths of a star, 0 to 50; `None` when none was given.
    pub rating_tenths: Option<u8>,
    /// When.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// What was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// The words.
    pub query: Redacted<String>,
    /// When they were last searched for.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// A checkout that was begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// When it was begun.
    pub began: Timestamp,
    /// The last sign of it.
    pub last: Timestamp,
    /// The step, as the shop counts.
    pub step: Option<u32>,
    /// Where this is known from.
    pub source: Source,
}

/// A coupon that the customer means to use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponInUse {
    /// Its code.
    pub code: String,
    /// Whether the shop took it.
    pub applied: bool,
    /// When it was last entered or applied.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// A correction that the customer made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionMade {
    /// What it is about.
    pub what: Disputed,
    /// What is true of it.
    pub how: Correction,
    /// When it was made.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

/// The figures of the whole time, without orders that are only a page's word.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lifetime {
    /// Orders that were not cancelled: how many, the first and the last.
    pub orders: Option<Evidence>,
    /// Pieces bought and not given back.
    pub pieces: u64,
    /// What was paid for these orders, by currency; what was paid back is not taken off.
    pub spend: Vec<Money>,
    /// How often something of them was given back.
    pub refunds: u32,
    /// What was paid back, by currency.
    pub refunded: Vec<Money>,
    /// Orders that were cancelled.
    pub cancelled: u32,
}
