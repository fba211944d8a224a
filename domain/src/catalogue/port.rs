//! What keeps products and stock.

use async_trait::async_trait;

use super::{Product, Sku, Stock};
use crate::{
    id::{ProductId, StoreId},
    ports::StoreError,
    time::Timestamp,
};

/// One change of the catalogue or the stock. The same twice is once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// All of a product: [`Product::replacing`] says what is kept.
    Product(Product),
    /// A product is no longer sold. It stays known: it is on wish lists and in orders.
    Ended {
        /// Which.
        product: ProductId,
        /// Since when.
        at: Timestamp,
    },
    /// Pieces of some sizes of a product in a shop; the others stay: [`super::restocked`].
    Stock {
        /// The shop.
        store: StoreId,
        /// The product, which the catalogue need not know.
        product: ProductId,
        /// The pieces of each size that is told.
        pieces: Vec<Stock>,
    },
}

/// Products and stock, as those who bring them in need them. Whoever shows them reads [`crate::ports::Profiles`].
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Takes changes, in order; one answer for each: whether it changed anything. Returns when all are safe.
    async fn tell(&self, changes: Vec<Told>) -> Result<Vec<bool>, StoreError>;
    /// Which product and size a number names, as the catalogue says.
    async fn variant(&self, sku: &Sku) -> Result<Option<(ProductId, Option<String>)>, StoreError>;
    /// Products by number, from after `after` on, at most `limit`.
    async fn products(&self, after: Option<&ProductId>, limit: usize) -> Result<Vec<Product>, StoreError>;
    /// What is in a shop, by product number, from after `after` on, at most `limit` products.
    async fn stock_in(
        &self,
        store: &StoreId,
        after: Option<&ProductId>,
        limit: usize,
    ) -> Result<Vec<(ProductId, Vec<Stock>)>, StoreError>;
}
