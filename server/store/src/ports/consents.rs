//! Decisions of customers, each with its proof: what was written once is never written again.

use async_trait::async_trait;
use shopbell_domain::{
    consent::{Consent, Decision, Proof, Sharing, TextShown, Told, port::Consents},
    id::CustomerId,
    ports::StoreError,
    profile::Customer,
    time::Timestamp,
};

use super::customers::{put_customer, read_customer};
use crate::{
    draft::Draft,
    engine::{Flow, each_record, read_value, scan},
    key::{Key, RightsKey, digest, prefix},
    locks::Subject,
    record::{ProofRecord, TextRecord},
    refusals,
    store::EmbeddedStore,
};

#[async_trait]
impl Consents for EmbeddedStore {
    async fn decide_consent(
        &self,
        id: &CustomerId,
        decision: Decision,
        told: Told,
        now: Timestamp,
    ) -> Result<Customer, StoreError> {
        let after = move |consent: Consent| (decision, decision.after(consent));
        self.decide_with(id, after, told, now).await
    }

    async fn history(&self, id: &CustomerId) -> Result<Vec<Proof>, StoreError> {
        let prefix = prefix::consents_of(self.keys().customer(id));
        self.read(move |ground| {
            let mut proofs = Vec::new();
            each_record(ground, &prefix, |_, ProofRecord { proof, .. }| {
                proofs.push(proof);
                Ok(Flow::On)
            })?;
            Ok(proofs)
        })
        .await
    }

    async fn history_page(
        &self,
        id: &CustomerId,
        skip: usize,
        limit: usize,
    ) -> Result<(Vec<Proof>, u64), StoreError> {
        let prefix = prefix::consents_of(self.keys().customer(id));
        self.read(move |ground| {
            // Keys stand in order of time: they are counted, and only the proofs of the page are opened.
            let mut keys = Vec::new();
            scan(ground, &prefix, &prefix, |key, _| {
                keys.push(key);
                Ok(Flow::On)
            })?;
            let total = keys.len() as u64;
            let mut proofs = Vec::new();
            for name in keys.into_iter().rev().skip(skip).take(limit) {
                let key =
                    Key::decode(&name).map_err(|error| StoreError::Damaged(format!("a proof: {error}")))?;
                let Some(value) = ground.get(&name)? else { continue };
                proofs.extend(read_value::<ProofRecord>(ground, &key, &value)?.map(|record| record.proof));
            }
            Ok((proofs, total))
        })
        .await
    }

    async fn pin_texts(&self, shown: Vec<TextShown>) -> Result<Option<TextShown>, StoreError> {
        self.write([Subject::Regulations], move |draft| pin(draft, shown)).await
    }

    async fn pinned_texts(&self) -> Result<Vec<TextShown>, StoreError> {
        self.read(|ground| {
            let mut pinned = Vec::new();
            each_record(ground, &RightsKey::texts(), |_, TextRecord(shown)| {
                pinned.push(shown);
                Ok(Flow::On)
            })?;
            Ok(pinned)
        })
        .await
    }
}

/// Keeps what texts said; one that said otherwise before stops it all.
fn pin(draft: &mut Draft<'_>, shown: Vec<TextShown>) -> Result<Option<TextShown>, StoreError> {
    let mut new = Vec::new();
    for text in shown {
        let key = Key::Rights(RightsKey::Text { name: digest("text", text.name.to_string().as_bytes()) });
        match draft.read::<TextRecord>(&key)? {
            Some(TextRecord(known)) if known != text => return Ok(Some(known)),
            Some(_) => {}
            None => new.push((key, TextRecord(text))),
        }
    }
    new.iter().try_for_each(|(key, record)| draft.put_new(key, record))?;
    Ok(None)
}

impl EmbeddedStore {
    /// Decides with the consent as it is at that moment.
    pub(super) async fn decide_with(
        &self,
        id: &CustomerId,
        decide: impl FnOnce(Consent) -> (Decision, Consent) + Send + 'static,
        told: Told,
        now: Timestamp,
    ) -> Result<Customer, StoreError> {
        let number = id.clone();
        self.write([Subject::Customer(id.as_str())], move |draft| {
            let former = read_customer(draft, &number)?.ok_or(StoreError::NotFound("customer"))?;
            let before = former.consent;
            let (decision, after) = decide(before);
            let customer = former.decided(after, now);
            if let Some(other) = pin(draft, told.text.iter().cloned().collect())? {
                let name = other.name;
                return Err(StoreError::Unavailable(format!(
                    "the text {name} was changed after it was shown"
                )));
            }
            put_customer(draft, &customer)?;
            prove(draft, &customer.id, Proof { at: now, decision, before, after, told })?;
            Ok(customer)
        })
        .await
    }
}

/// What a file tells, and what holds then. Other than a decision, it also takes back "leave me alone".
pub(super) fn decided_by_file(before: Consent, sharing: Sharing) -> (Decision, Consent) {
    let decision = Decision::of_file(sharing);
    let after = decision.after(before);
    let alone_until = sharing.alone_until;
    (decision, Consent { sharing: Sharing { alone_until, ..after.sharing }, ..after })
}

/// Keeps a proof beside those that are there; what it takes away is written down so that no backup gives it again.
pub(super) fn prove(draft: &mut Draft<'_>, customer: &CustomerId, proof: Proof) -> Result<(), StoreError> {
    let mark = draft.keys().customer(customer);
    let free = |number| {
        let key = Key::Consent { customer: mark, at: proof.at, number };
        draft.holds(&key).map(|held| (!held).then_some(key))
    };
    for number in 0..=u16::MAX {
        if let Some(key) = free(number)? {
            draft.refuse(refusals::lowered(mark, &proof, number)?);
            return draft.seal(&key, mark, &ProofRecord { customer: customer.clone(), proof });
        }
    }
    Err(StoreError::Unavailable("too many decisions of one customer in one moment".to_owned()))
}
