//! Phones that are heard in two places.

use async_trait::async_trait;
use shopbell_domain::{
    id::PhoneId,
    identity::Identifier,
    ports::{Contests, StoreError},
    whereabouts::Contest,
};

use crate::{
    engine::{Flow, each_record},
    key::{Key, prefix},
    record::ContestRecord,
    store::EmbeddedStore,
};

#[async_trait]
impl Contests for EmbeddedStore {
    async fn contests(&self) -> Result<Vec<(PhoneId, Contest)>, StoreError> {
        self.read(move |ground| {
            let mut contests = Vec::new();
            each_record(ground, &prefix::contests(), |_, ContestRecord { phone, contest }| {
                contests.push((phone, contest));
                Ok(Flow::On)
            })?;
            contests.sort_by_key(|(phone, _)| *phone);
            Ok(contests)
        })
        .await
    }

    async fn put_contests(&self, contests: Vec<(PhoneId, Contest)>) -> Result<(), StoreError> {
        // No locks: nothing is read first.
        self.write([], move |draft| {
            contests.into_iter().try_for_each(|(phone, contest)| {
                let mark = draft.keys().mark(&Identifier::from(phone));
                draft.seal(&Key::Contest { phone: mark }, mark, &ContestRecord { phone, contest })
            })
        })
        .await
    }

    async fn forget_contests(&self, phones: Vec<PhoneId>) -> Result<(), StoreError> {
        self.write([], move |draft| {
            for phone in phones {
                let phone = draft.keys().mark(&Identifier::from(phone));
                draft.remove_short(&Key::Contest { phone });
            }
            Ok(())
        })
        .await
    }
}
