//! Who looked at whom.

use async_trait::async_trait;
use shopbell_domain::{
    id::CustomerId,
    ports::{Look, Looks, StoreError},
};

use crate::{
    draft::Draft,
    engine::{Flow, each_record},
    key::{Key, prefix},
    store::EmbeddedStore,
};

#[async_trait]
impl Looks for EmbeddedStore {
    async fn record_looks(&self, looks: Vec<Look>) -> Result<(), StoreError> {
        // No locks: nothing is read first, and the same look twice is the same record.
        self.write([], move |draft| looks.iter().try_for_each(|look| put_look(draft, look))).await
    }

    async fn looks_at(&self, customer: &CustomerId, limit: usize) -> Result<Vec<Look>, StoreError> {
        let prefix = prefix::looks_at(self.keys().customer(customer));
        self.read(move |ground| {
            let mut looks: Vec<Look> = Vec::new();
            each_record(ground, &prefix, |_, look| {
                if looks.len() >= limit {
                    return Ok(Flow::Stop);
                }
                looks.push(look);
                Ok(Flow::On)
            })?;
            Ok(looks)
        })
        .await
    }
}

fn put_look(draft: &mut Draft<'_>, look: &Look) -> Result<(), StoreError> {
    let keys = draft.keys();
    let Some(customer) = keys.customer_at(&look.customer, look.at) else { return Ok(()) };
    let associate = keys.associate(&look.associate);
    let key = Key::Look { customer, at: look.at, associate, visit: look.visit, what: look.what };
    draft.seal(&key, customer, look)
}
