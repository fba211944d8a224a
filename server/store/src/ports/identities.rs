//! Who is who: evidence, decisions about it, and whose identifiers were found to be.

use async_trait::async_trait;
use shopbell_domain::{
    id::CustomerId,
    identity::{
        Evidence, Identifier, Known, Retracted, Retraction, Retractions,
        port::{Identities, RetractionRecord, Withdrawal},
    },
    ports::StoreError,
};

use crate::{
    draft::Draft,
    engine::{Flow, read, read_value, scan},
    evidence,
    key::{Key, Mark, prefix},
    record::{DecisionsRecord, FoundRecord, RetractedRecord},
    store::EmbeddedStore,
};

#[async_trait]
impl Identities for EmbeddedStore {
    async fn add_evidence(&self, evidence: Vec<Evidence>) -> Result<(), StoreError> {
        self.write([], move |draft| {
            for piece in &evidence {
                evidence::add(draft, piece)?;
                for end in [&piece.a, &piece.b] {
                    draft.remove(&Key::Found { identifier: Mark::of(end) })?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Only what counts is told, so no retraction covers any of it.
    async fn known_of(&self, identifier: &Identifier, pairs: usize) -> Result<Known, StoreError> {
        let end = Mark::of(identifier);
        self.read(move |engine| {
            let prefix = prefix::counted_at(end);
            let mut evidence = Vec::new();
            scan(engine, &prefix, &prefix, |key, value| {
                if evidence.len() >= pairs {
                    return Ok(Flow::Stop);
                }
                let key = Key::decode(&key)
                    .map_err(|error| StoreError::Damaged(format!("an index of evidence: {error}")))?;
                evidence.push(read_value(engine, &key, &value)?);
                Ok(Flow::On)
            })?;
            Ok(Known { evidence, retractions: Retractions::default() })
        })
        .await
    }

    async fn retract(&self, retraction: Retraction) -> Result<bool, StoreError> {
        self.write([], move |draft| evidence::retract(draft, retraction)).await
    }

    async fn withdraw(&self, what: &Retracted, withdrawal: Withdrawal) -> Result<bool, StoreError> {
        let what = what.clone();
        self.write([], move |draft| evidence::withdraw(draft, &what, withdrawal)).await
    }

    async fn decisions_of(&self, identifier: &Identifier) -> Result<Vec<RetractionRecord>, StoreError> {
        let mark = Mark::of(identifier);
        self.read(move |engine| {
            let prefix = prefix::decisions_on(mark);
            let mut all = Vec::new();
            scan(engine, &prefix, &prefix, |key, value| {
                let key = Key::decode(&key)
                    .map_err(|error| StoreError::Damaged(format!("an index of decisions: {error}")))?;
                let RetractedRecord(what) = read_value(engine, &key, &value)?;
                let decided = read::<DecisionsRecord>(engine, &evidence::decisions(&what))?;
                all.extend(decided.unwrap_or_default().0);
                Ok(Flow::On)
            })?;
            all.sort_by_key(|decision| decision.retraction.at);
            Ok(all)
        })
        .await
    }

    async fn customer_of(&self, identifier: &Identifier) -> Result<Option<Option<CustomerId>>, StoreError> {
        let found = read::<FoundRecord>(self.engine(), &Key::Found { identifier: Mark::of(identifier) })?;
        Ok(found.map(|found| found.0))
    }

    async fn remember(&self, found: Vec<(Identifier, Option<CustomerId>)>) -> Result<(), StoreError> {
        self.write([], move |draft| remember(draft, found)).await
    }
}

pub(super) fn remember(
    draft: &mut Draft<'_>,
    found: Vec<(Identifier, Option<CustomerId>)>,
) -> Result<(), StoreError> {
    for (identifier, customer) in found {
        let (key, found) = (Key::Found { identifier: Mark::of(&identifier) }, FoundRecord(customer));
        if draft.read::<FoundRecord>(&key)?.as_ref() != Some(&found) {
            draft.put(&key, &found)?;
        }
    }
    Ok(())
}
