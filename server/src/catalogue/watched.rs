//! The catalogue, with open cards that hear of what changes in it: what was sold is withdrawn from them.

use std::sync::Arc;

use async_trait::async_trait;
use shopbell_domain::{
    catalogue::{
        Product, Sku, Stock,
        port::{Catalogue, Told},
    },
    id::{ProductId, StoreId},
    ports::StoreError,
};

use crate::floor::Hub;

/// Passes all on to the store, and tells the shops of what has changed.
pub(crate) struct Watched {
    store: Arc<dyn Catalogue>,
    hub: Hub,
}

impl Watched {
    pub(crate) const fn new(store: Arc<dyn Catalogue>, hub: Hub) -> Self {
        Self { store, hub }
    }
}

/// Of which product something is told, and where only one shop's is.
fn about(told: &Told) -> (ProductId, Option<StoreId>) {
    match told {
        Told::Product(product) => (product.id.clone(), None),
        Told::Ended { product, .. } => (product.clone(), None),
        Told::Stock { store, product, .. } => (product.clone(), Some(store.clone())),
    }
}

#[async_trait]
impl Catalogue for Watched {
    async fn tell(&self, changes: Vec<Told>) -> Result<Vec<bool>, StoreError> {
        let about: Vec<_> = changes.iter().map(about).collect();
        let answers = self.store.tell(changes).await?;
        let news = about.into_iter().zip(&answers).filter(|(_, is_new)| **is_new);
        self.hub.goods_changed(&news.map(|(about, _)| about).collect()).await;
        Ok(answers)
    }

    async fn variant(&self, sku: &Sku) -> Result<Option<(ProductId, Option<String>)>, StoreError> {
        self.store.variant(sku).await
    }

    async fn products(&self, after: Option<&ProductId>, limit: usize) -> Result<Vec<Product>, StoreError> {
        self.store.products(after, limit).await
    }

    async fn stock_in(
        &self,
        store: &StoreId,
        after: Option<&ProductId>,
        limit: usize,
    ) -> Result<Vec<(ProductId, Vec<Stock>)>, StoreError> {
        self.store.stock_in(store, after, limit).await
    }
}
