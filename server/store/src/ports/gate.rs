//! Who may enter: whom nothing is kept of, and who was erased.
//!
//! A suppression is kept under marks without life, so that it outlives an erasure. It stands under whom it keeps out, and
//! once more under whom it was put on, so that it can be lifted as a whole.

use async_trait::async_trait;
use shopbell_domain::{
    id::OrderId,
    identity::Identifier,
    ports::StoreError,
    profile::Source,
    rights::port::{Admission, Gate},
    time::Timestamp,
};

use crate::{
    engine::{Flow, scan},
    key::{Key, RightsKey, prefix},
    record::IndexRecord,
    refusals,
    store::EmbeddedStore,
};

#[async_trait]
impl Gate for EmbeddedStore {
    async fn admits(&self, who: &[Identifier], at: Timestamp) -> Result<Admission, StoreError> {
        let (ground, keys) = (self.ground(), self.keys());
        for identifier in who {
            let suppressed = prefix::suppressions_of(keys.lifeless(identifier));
            if !ground.page(&suppressed, &suppressed, 1)?.is_empty() {
                return Ok(Admission::Suppressed);
            }
        }
        let erased = who.iter().filter_map(|identifier| keys.life(identifier).1).max();
        Ok(match erased {
            Some(erased) if at <= erased => Admission::ErasedSince(erased),
            _ => Admission::Welcome,
        })
    }

    async fn has_erased(&self, order: &OrderId, teller: Source) -> Result<bool, StoreError> {
        let order = self.keys().order_to(teller, order);
        self.ground().holds(&Key::Rights(RightsKey::ErasedOrder { order }))
    }

    async fn suppress(&self, named: &Identifier, others: &[Identifier]) -> Result<(), StoreError> {
        let by = self.keys().lifeless(named);
        let mut who: Vec<_> = others.iter().map(|identifier| self.keys().lifeless(identifier)).collect();
        who.push(by);
        self.write([], move |draft| {
            draft.refuse(refusals::suppressed(by, &who));
            who.into_iter().try_for_each(|who| {
                draft.put_new(&Key::Suppressed { who, by }, &IndexRecord)?;
                draft.put_new(&Key::Suppresses { by, who }, &IndexRecord)
            })
        })
        .await
    }

    async fn lift(&self, named: &Identifier) -> Result<(), StoreError> {
        let who = self.keys().lifeless(named);
        let prefix = prefix::suppressions_of(who);
        let lifted = self.write([], move |draft| {
            let mut asked = Vec::new();
            scan(draft.committed(), &prefix, &prefix, |key, _| {
                match Key::decode(&key) {
                    Ok(Key::Suppressed { by, .. }) => asked.push(by),
                    _ => return Err(damaged()),
                }
                Ok(Flow::On)
            })?;
            for by in &asked {
                let mut kept_out = Vec::new();
                let prefix = prefix::suppressed_by(*by);
                scan(draft.committed(), &prefix, &prefix, |key, _| {
                    match Key::decode(&key) {
                        Ok(Key::Suppresses { who, .. }) => kept_out.push(who),
                        _ => return Err(damaged()),
                    }
                    Ok(Flow::On)
                })?;
                for who in kept_out {
                    draft.remove_short(&Key::Suppressed { who, by: *by });
                    draft.remove_short(&Key::Suppresses { by: *by, who });
                }
            }
            Ok(asked)
        });
        let lifted: Vec<_> = lifted.await?.into_iter().map(refusals::lifted).collect();
        // Only then: cut short in between, a backup that is put back keeps out once more.
        if !lifted.is_empty() {
            self.read(move |ground| ground.keys().refuse(lifted)).await?;
        }
        Ok(())
    }
}

fn damaged() -> StoreError {
    StoreError::Damaged("an index of suppressions".to_owned())
}
