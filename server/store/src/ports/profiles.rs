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
    engine::{Flow, read, read_current, read_value, scan},
    key::{Key, prefix},
    record::{ProfileRecord, StockRecord, ViewRecord},
    store::EmbeddedStore,
};

#[async_trait]
impl Profiles for EmbeddedStore {
    async fn profile(&self, customer: &CustomerId) -> Result<Profile, StoreError> {
        let key = Key::Profile { customer: customer.clone() };
        // In one piece for nearly everybody; a heavy buyer's takes a dozen point reads. A view also holds what imports told.
        match read_current::<ViewRecord>(self.engine(), &Key::View { customer: customer.clone() })? {
            Some(ViewRecord(profile)) => Ok(profile),
            None => Ok(read::<ProfileRecord>(self.engine(), &key)?.unwrap_or_default().profile),
        }
    }

    async fn product(&self, id: &ProductId) -> Result<Option<Product>, StoreError> {
        read(self.engine(), &Key::Product { id: id.clone() })
    }

    async fn stock(&self, store: &StoreId, product: &ProductId) -> Result<Option<Vec<Stock>>, StoreError> {
        let key = Key::Stock { store: store.clone(), product: product.clone() };
        Ok(read::<StockRecord>(self.engine(), &key)?.map(|record| record.0))
    }

    async fn orders(&self, customer: &CustomerId, limit: usize) -> Result<Vec<Order>, StoreError> {
        let customer = customer.clone();
        self.read(move |engine| {
            let prefix = prefix::orders_of(&customer);
            let mut orders: Vec<Order> = Vec::new();
            scan(engine, &prefix, &prefix, |key, value| {
                let key =
                    Key::decode(&key).map_err(|error| StoreError::Damaged(format!("an order: {error}")))?;
                orders.push(read_value(engine, &key, &value)?);
                Ok(Flow::On)
            })?;
            orders.sort_by(|a, b| (Reverse(a.at), &a.id).cmp(&(Reverse(b.at), &b.id)));
            orders.truncate(limit);
            Ok(orders)
        })
        .await
    }
}
