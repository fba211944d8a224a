//! Products and the stock of each shop.

use serde::{Deserialize, Serialize};

use crate::{id::ProductId, time::Timestamp};

/// What is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The retailer's product number.
    pub id: ProductId,
    /// Name as the brand writes it, at most 200 characters.
    pub name: String,
    /// Category as the brand writes it; may be empty.
    pub category: String,
}

/// Pieces of one product in one shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Size, where the product has sizes.
    pub size: Option<String>,
    /// Pieces in the shop.
    pub quantity: u32,
    /// When the pieces came in, or when the count was taken.
    pub since: Timestamp,
}
