//! What a customer decides, and whether anything may be given at all.

use std::sync::Arc;

use shopbell_domain::{
    consent::{Consent, Decision, Told},
    id::CustomerId,
    identity::Identifier,
    profile::Customer,
    rights::port::{Admission, Gate},
    time::Clock,
};
use tonic::Status;

use super::status;
use crate::floor::Hub;

/// Carries out decisions, for every service that takes them.
#[derive(Clone)]
pub(super) struct Deciding {
    clock: Arc<dyn Clock>,
    hub: Hub,
    gate: Arc<dyn Gate>,
}

impl Deciding {
    pub(super) fn new(clock: Arc<dyn Clock>, hub: Hub, gate: Arc<dyn Gate>) -> Self {
        Self { clock, hub, gate }
    }

    /// Lets the decision hold: what it takes away at once, and what it gives once it is on disk with its proof. Of who is
    /// suppressed nothing may be given; what is taken away always is.
    pub(super) async fn decide(
        &self,
        id: &CustomerId,
        decision: Decision,
        told: Told,
    ) -> Result<Customer, Status> {
        // What cannot be read now keeps nobody from taking something away.
        let before = self.hub.decisions().said(id).await.ok().flatten();
        let before = before.map_or_else(Consent::default, |customer| customer.consent);
        if decision.gives(before) {
            self.welcome(id).await?;
        }
        self.hub.decide(id, decision, told, self.clock.now()).await.map_err(status::shop)
    }

    /// Refuses what would bring in data of somebody of whom nothing may be kept.
    pub(super) async fn welcome(&self, id: &CustomerId) -> Result<(), Status> {
        let who = [Identifier::from(id)];
        match self.gate.admits(&who, self.clock.now()).await.map_err(status::store)? {
            Admission::Suppressed => Err(Status::failed_precondition(
                "this customer is suppressed: nothing more is kept or shared of them, and only what takes away is noted; \
                 when they want to come back, ask for an UNSUPPRESS regulation first (POST /v1/regulations)",
            )),
            Admission::Welcome | Admission::ErasedSince(_) => Ok(()),
        }
    }
}
