//! Decisions of customers, each with its proof: what was written once is never written again.

use async_trait::async_trait;
use shopbell_domain::{
    consent::{Consent, Decision, Proof, Sharing, Told, port::Consents},
    id::CustomerId,
    ports::StoreError,
    profile::Customer,
    time::Timestamp,
};

use super::customers::{put_customer, read_customer};
use crate::{
    draft::Draft,
    engine::{Flow, each_record},
    key::{Key, prefix},
    locks::Subject,
    record::ProofRecord,
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

/// Keeps a proof beside those that are there.
pub(super) fn prove(draft: &mut Draft<'_>, customer: &CustomerId, proof: Proof) -> Result<(), StoreError> {
    let mark = draft.keys().customer(customer);
    let free = |number| {
        let key = Key::Consent { customer: mark, at: proof.at, number };
        draft.holds(&key).map(|held| (!held).then_some(key))
    };
    for number in 0..=u16::MAX {
        if let Some(key) = free(number)? {
            return draft.seal(&key, mark, &ProofRecord { customer: customer.clone(), proof });
        }
    }
    Err(StoreError::Unavailable("too many decisions of one customer in one moment".to_owned()))
}
