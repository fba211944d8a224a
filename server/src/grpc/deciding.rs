//! What a customer decides, from the call to the disk: tablets first, then the proof.

use std::sync::Arc;

use shopbell_domain::{
    consent::{Decision, Told},
    id::CustomerId,
    ports::Store,
    profile::Customer,
    time::Clock,
};
use tonic::Status;

use super::status;
use crate::floor::{DecisionId, Hub};

/// Carries out decisions, for every service that takes them.
#[derive(Clone)]
pub(super) struct Deciding {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    hub: Hub,
}

impl Deciding {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, hub: Hub) -> Self {
        Self { store, clock, hub }
    }

    /// Lets the decision hold: what it takes away at once, and what it gives once it is on disk with its proof.
    pub(super) async fn decide(
        &self,
        id: &CustomerId,
        decision: Decision,
        told: Told,
    ) -> Result<Customer, Status> {
        let noted = self.forbid(id, decision).await?;
        let written = self.store.decide_consent(id, decision, told, self.clock.now()).await;
        let customer = written.map_err(status::store)?;
        self.hub.decisions().written(id, noted);
        self.hub.customer_changed(id).await.map_err(status::shop)?;
        Ok(customer)
    }

    /// Lets what a decision takes away hold at once, on every tablet, before it is on disk: a disk that refuses must
    /// not keep a customer in view.
    async fn forbid(&self, id: &CustomerId, decision: Decision) -> Result<DecisionId, Status> {
        let decisions = self.hub.decisions();
        let before = match decisions.customer(id).await {
            Ok(Some(customer)) => Some(customer.consent),
            Ok(None) => return Err(Status::not_found("there is no such customer")),
            // What cannot be read may have allowed anything.
            Err(_) => None,
        };
        let noted = decisions.decided(id, decision);
        if before.is_none_or(|before| decision.narrow(before) != before)
            && let Err(error) = self.hub.customer_changed(id).await
        {
            // The tablets were told; whether the disk takes anything is said by the write that follows.
            tracing::warn!(%error, "a shop could not store what a customer's decision ends");
        }
        Ok(noted)
    }
}
