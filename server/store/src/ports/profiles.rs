//! What an arrival reads.

use async_trait::async_trait;
use shopbell_domain::{
    catalogue::{Product, Stock},
    id::{CustomerId, ProductId, StoreId},
    ports::{Profiles, StoreError},
    profile::Profile,
};

use crate::{
    engine::{read, read_current},
    key::Key,
    record::{StockRecord, ViewRecord},
    store::EmbeddedStore,
};

#[async_trait]
impl Profiles for EmbeddedStore {
    async fn profile(&self, customer: &CustomerId) -> Result<Profile, StoreError> {
        // In one piece for nearly everybody; a heavy buyer's takes a dozen point reads.
        let key = Key::View { customer: self.keys().customer(customer) };
        let view = read_current::<ViewRecord>(self.ground(), &key)?;
        Ok(view.map(|ViewRecord(profile)| profile).unwrap_or_default())
    }

    async fn product(&self, id: &ProductId) -> Result<Option<Product>, StoreError> {
        read(self.ground(), &Key::Product { id: id.clone() })
    }

    async fn stock(&self, store: &StoreId, product: &ProductId) -> Result<Option<Vec<Stock>>, StoreError> {
        let key = Key::Stock { store: store.clone(), product: product.clone() };
        Ok(read::<StockRecord>(self.ground(), &key)?.map(|record| record.0))
    }
}
