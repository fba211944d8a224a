//! What is kept of somebody and no other port tells: for who asks what is kept, and for who is forgotten.

use std::collections::BTreeSet;

use async_trait::async_trait;
use shopbell_domain::{
    id::{CustomerId, PhoneId, StoreId},
    inbox::InboxNumber,
    ports::{Ledger as _, RecordedPresence, StoreError},
    rights::port::Kept,
};

use super::inbox::remove_failed;
use crate::{
    engine::{Flow, each_record, read_sealed},
    key::{Key, prefix},
    locks::Subject,
    record::{OwnerRecord, PresencesRecord},
    store::EmbeddedStore,
};

/// Failed messages that are removed in one commit.
const AT_ONCE: usize = 256;

#[async_trait]
impl Kept for EmbeddedStore {
    async fn phones_of(&self, customer: &CustomerId) -> Result<Vec<PhoneId>, StoreError> {
        let prefix = prefix::phones_of(self.keys().customer(customer));
        self.read(move |ground| {
            let mut phones = Vec::new();
            each_record(ground, &prefix, |_, OwnerRecord { phone, .. }| {
                phones.push(phone);
                Ok(Flow::On)
            })?;
            phones.sort_unstable();
            Ok(phones)
        })
        .await
    }

    async fn presences_of(&self, customer: &CustomerId) -> Result<Vec<RecordedPresence>, StoreError> {
        // A presence is part of a visit: only where visits were there are any.
        let visits = self.visits_of(customer).await?;
        let shops: BTreeSet<StoreId> = visits.into_iter().map(|visit| visit.store).collect();
        let customer = customer.clone();
        self.read(move |ground| {
            let mut found = Vec::new();
            for shop in shops {
                each_record(ground, &prefix::presences_in(&shop), |key, PresencesRecord(rows)| {
                    let Key::Presences { agent, boot, .. } = &key else { return Ok(Flow::On) };
                    for row in rows {
                        let row = read_sealed(ground, &key, &row.row)?;
                        let own = row.filter(|row| row.customer == customer);
                        found.extend(own.map(|row| row.of(agent, *boot)));
                    }
                    Ok(Flow::On)
                })?;
            }
            found.sort_by_key(|presence| (presence.observed, presence.sequence));
            Ok(found)
        })
        .await
    }

    async fn drop_failed(&self, numbers: Vec<InboxNumber>) -> Result<u64, StoreError> {
        let mut dropped = 0;
        for numbers in numbers.chunks(AT_ONCE) {
            let numbers = numbers.to_vec();
            dropped += self
                .write([Subject::Inbox], move |draft| {
                    let mut dropped = 0;
                    for number in numbers {
                        if draft.holds(&Key::Failed { number })? {
                            remove_failed(draft, number);
                            dropped += 1;
                        }
                    }
                    Ok(dropped)
                })
                .await?;
        }
        Ok(dropped)
    }
}
