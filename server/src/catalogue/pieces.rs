//! Rows of stock into pieces: one row is one size of a product in a shop.

use shopbell_domain::{
    catalogue::{Product, Sku, Stock},
    id::{ProductId, StoreId},
    time::Timestamp,
};

use super::{
    cells::{Cells, whole},
    columns::Field,
};

/// What is there, by which name it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// A product, in a size where it has sizes.
    Product(ProductId, Option<String>),
    /// A number of the catalogue.
    Sku(Sku),
}

/// What one row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pieces {
    pub(super) store: StoreId,
    pub(super) which: Which,
    /// How many, since when; the size is told by [`Which`].
    pub(super) stock: Stock,
}

/// Reads a row. `store` is the shop of a table that has no column of it; `now` the time of a count that tells none.
pub(super) fn read(cells: &Cells<'_>, store: Option<&StoreId>, now: Timestamp) -> Result<Pieces, String> {
    let told = cells.text(Field::Store).map(StoreId::new).transpose();
    let told = told.map_err(|error| format!("store_id: {error}"))?;
    let store = told.or_else(|| store.cloned()).ok_or("store_id: is empty")?;
    let size = cells.label(Field::Size, Product::MAX_LABEL)?;
    let which = match (cells.product()?, size, cells.skus()?.into_iter().next()) {
        (Some(product), Some(size), _) => Which::Product(product, Some(size)),
        (_, None, Some(sku)) | (None, Some(_), Some(sku)) => Which::Sku(sku),
        (Some(product), None, None) => Which::Product(product, None),
        (None, _, None) => return Err("product_id: is empty, and there is no sku".to_owned()),
    };
    let quantity = cells.text(Field::Quantity).ok_or("quantity: is empty; write 0 for none")?;
    // Systems that sell what is not there count below zero: nothing is there.
    let pieces = whole(&quantity).map(|pieces| pieces.max(0)).and_then(|pieces| u32::try_from(pieces).ok());
    let quantity = pieces.ok_or("quantity: write a whole number")?;
    let counted = cells.time(Field::UpdatedAt)?.unwrap_or(now);
    let since = cells.time(Field::Since)?.unwrap_or(counted);
    Ok(Pieces { store, which, stock: Stock { size: None, quantity, since, counted: Some(counted) } })
}
