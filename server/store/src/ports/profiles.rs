//! What an arrival reads.

use std::cmp::Reverse;

use async_trait::async_trait;
use shopbell_domain::{
    catalogue::{Product, Stock},
    id::{CustomerId, ProductId, StoreId},
    ports::{Profiles, StoreError},
    profile::{Order, Profile},
};

use crate::{
    engine::{Flow, each_record, read, read_current},
    key::{Key, prefix},
    record::{ProfileRecord, StockRecord, ViewRecord},
    store::EmbeddedStore,
};

#[async_trait]
impl Profiles for EmbeddedStore {
    async fn profile(&self, customer: &CustomerId) -> Result<Profile, StoreError> {
        let customer = self.keys().customer(customer);
        // In one piece for nearly everybody; a heavy buyer's takes a dozen point reads. A view also holds what imports told.
        if let Some(ViewRecord(profile)) = read_current(self.ground(), &Key::View { customer })? {
            return Ok(profile);
        }
        let record = read::<ProfileRecord>(self.ground(), &Key::Profile { customer })?;
        Ok(record.unwrap_or_default().profile)
    }

    async fn product(&self, id: &ProductId) -> Result<Option<Product>, StoreError> {
        read(self.ground(), &Key::Product { id: id.clone() })
    }

    async fn stock(&self, store: &StoreId, product: &ProductId) -> Result<Option<Vec<Stock>>, StoreError> {
        let key = Key::Stock { store: store.clone(), product: product.clone() };
        Ok(read::<StockRecord>(self.ground(), &key)?.map(|record| record.0))
    }

    async fn orders(&self, customer: &CustomerId, limit: usize) -> Result<Vec<Order>, StoreError> {
        let prefix = prefix::orders_of(self.keys().customer(customer));
        self.read(move |ground| {
            let mut orders: Vec<Order> = Vec::new();
            each_record(ground, &prefix, |_, order| {
                orders.push(order);
                Ok(Flow::On)
            })?;
            orders.sort_by(|a, b| (Reverse(a.at), &a.id).cmp(&(Reverse(b.at), &b.id)));
            orders.truncate(limit);
            Ok(orders)
        })
        .await
    }
}
