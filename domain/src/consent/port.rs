//! What decisions need of a store.

use async_trait::async_trait;

use super::{Decision, Proof, TextShown, Told};
use crate::{id::CustomerId, ports::StoreError, profile::Customer, time::Timestamp};

/// Decisions, each with its proof.
#[async_trait]
pub trait Consents: Send + Sync {
    /// Notes what the customer decided at `now` ([`Customer::decided`]), and its proof in the same commit; returns the
    /// customer as it is then. `NotFound("customer")` when there is no such customer.
    async fn decide_consent(
        &self,
        id: &CustomerId,
        decision: Decision,
        told: Told,
        now: Timestamp,
    ) -> Result<Customer, StoreError>;
    /// The proofs of all decisions, oldest first; none for who is unknown.
    async fn history(&self, id: &CustomerId) -> Result<Vec<Proof>, StoreError>;
    /// Some proofs, newest first, without the `skip` newest, at most `limit`; and how many there are. Only those are read.
    async fn history_page(
        &self,
        id: &CustomerId,
        skip: usize,
        limit: usize,
    ) -> Result<(Vec<Proof>, u64), StoreError>;
    /// Keeps for ever what these texts said when they were shown. One that is kept already, and said otherwise, is answered:
    /// nothing is kept then.
    async fn pin_texts(&self, shown: Vec<TextShown>) -> Result<Option<TextShown>, StoreError>;
    /// What every text said that was ever shown.
    async fn pinned_texts(&self) -> Result<Vec<TextShown>, StoreError>;
}
