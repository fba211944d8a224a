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
    engine::{Flow, each_record, read},
    evidence,
    key::{Key, prefix},
    keys::By,
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
                    let identifier = draft.keys().mark(end);
                    draft.remove(&Key::Found { identifier });
                }
            }
            Ok(())
        })
        .await
    }

    /// Only what counts is told, so no retraction covers any of it.
    async fn known_of(&self, identifier: &Identifier, pairs: usize) -> Result<Known, StoreError> {
        let prefix = prefix::counted_at(self.keys().mark(identifier));
        // Of most browsers that come nothing is known: no other thread is woken for that.
        if self.ground().page(&prefix, &prefix, 1)?.is_empty() {
            return Ok(Known::default());
        }
        self.read(move |ground| {
            let mut evidence: Vec<Evidence> = Vec::new();
            each_record(ground, &prefix, |_, piece: Evidence| {
                // Keys do not tell those apart that tie at a time: all of them are read, and the order is made here.
                let tie = |last: &Evidence| {
                    (piece.b.kind(), piece.a.kind(), piece.at) == (last.b.kind(), last.a.kind(), last.at)
                };
                if evidence.len() >= pairs && !evidence.last().is_some_and(tie) {
                    return Ok(Flow::Stop);
                }
                evidence.push(piece);
                Ok(Flow::On)
            })?;
            evidence.sort();
            evidence.truncate(pairs);
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
        let prefix = prefix::decisions_on(self.keys().mark(identifier));
        self.read(move |ground| {
            let mut all = Vec::new();
            each_record(ground, &prefix, |_, RetractedRecord(what)| {
                let key = evidence::decisions(ground.keys(), &what);
                let decided = read::<DecisionsRecord>(ground, &key)?;
                all.extend(decided.unwrap_or_default().0);
                Ok(Flow::On)
            })?;
            all.sort_by_key(|decision| decision.retraction.at);
            Ok(all)
        })
        .await
    }

    async fn customer_of(&self, identifier: &Identifier) -> Result<Option<Option<CustomerId>>, StoreError> {
        let identifier = self.keys().mark(identifier);
        let found = read::<FoundRecord>(self.ground(), &Key::Found { identifier })?;
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
        let mark = draft.keys().mark(&identifier);
        let key = Key::Found { identifier: mark };
        let by = match &customer {
            Some(customer) => By::Both(mark, draft.keys().customer(customer)),
            None => By::One(mark),
        };
        let found = FoundRecord(customer);
        if draft.read::<FoundRecord>(&key)?.as_ref() != Some(&found) {
            draft.seal(&key, by, &found)?;
        }
    }
    Ok(())
}
