//! What decisions need of a store.

use async_trait::async_trait;

use super::{Decision, Proof, Told};
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
}
