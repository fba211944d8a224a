//! Phones that are heard in two places.

use async_trait::async_trait;
use shopbell_domain::{
    id::PhoneId,
    ports::{Contests, StoreError},
    whereabouts::Contest,
};

use crate::{
    engine::{Flow, read_value, scan},
    key::{Key, prefix},
    store::EmbeddedStore,
};

#[async_trait]
impl Contests for EmbeddedStore {
    async fn contests(&self) -> Result<Vec<(PhoneId, Contest)>, StoreError> {
        let prefix = prefix::contests();
        self.read(move |engine| {
            let mut contests = Vec::new();
            scan(engine, &prefix, &prefix, |key, value| {
                let key =
                    Key::decode(&key).map_err(|error| StoreError::Damaged(format!("a contest: {error}")))?;
                if let Key::Contest { phone } = key {
                    contests.push((phone, read_value(engine, &key, &value)?));
                }
                Ok(Flow::On)
            })?;
            Ok(contests)
        })
        .await
    }

    async fn put_contests(&self, contests: Vec<(PhoneId, Contest)>) -> Result<(), StoreError> {
        // No locks: nothing is read first.
        self.write([], move |draft| {
            contests
                .iter()
                .try_for_each(|(phone, contest)| draft.put(&Key::Contest { phone: *phone }, contest))
        })
        .await
    }

    async fn forget_contests(&self, phones: Vec<PhoneId>) -> Result<(), StoreError> {
        self.write([], move |draft| {
            for phone in phones {
                draft.remove_short(&Key::Contest { phone });
            }
            Ok(())
        })
        .await
    }
}
