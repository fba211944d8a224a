//! Who looked at whom.

use async_trait::async_trait;
use shopbell_domain::{
    id::CustomerId,
    ports::{Look, Looks, StoreError},
};

use crate::{
    engine::{Flow, read_value, scan},
    key::{Key, prefix},
    store::EmbeddedStore,
};

#[async_trait]
impl Looks for EmbeddedStore {
    async fn record_looks(&self, looks: Vec<Look>) -> Result<(), StoreError> {
        // No locks: nothing is read first, and the same look twice is the same record.
        self.write([], move |draft| looks.iter().try_for_each(|look| draft.put(&key_of(look), look))).await
    }

    async fn looks_at(&self, customer: &CustomerId, limit: usize) -> Result<Vec<Look>, StoreError> {
        let prefix = prefix::looks_at(customer);
        self.read(move |engine| {
            let mut looks: Vec<Look> = Vec::new();
            scan(engine, &prefix, &prefix, |key, value| {
                if looks.len() >= limit {
                    return Ok(Flow::Stop);
                }
                let key =
                    Key::decode(&key).map_err(|error| StoreError::Damaged(format!("a look: {error}")))?;
                looks.push(read_value(engine, &key, &value)?);
                Ok(Flow::On)
            })?;
            Ok(looks)
        })
        .await
    }
}

fn key_of(look: &Look) -> Key {
    Key::Look {
        customer: look.customer.clone(),
        at: look.at,
        associate: look.associate.clone(),
        visit: look.visit,
        what: look.what,
    }
}
