//! Those who run the shops: events that failed, and evidence of who is who.

use std::sync::Arc;

use shopbell_domain::{
    event::port::Decision,
    id::{AssociateId, CustomerId, VisitId},
    identity::{Retracted, Retraction, port::Withdrawal},
    inbox::{FailedMessage, Inbox, InboxNumber},
    ports::{Look, LookKind, Store, StoreError},
    redacted::Redacted,
    time::Clock,
};
use shopbell_proto::{
    admin::v1::{self, online_service_server::OnlineService},
    convert::online as convert,
};
use tonic::{Request, Response, Status, async_trait};

use super::status;
use crate::{
    online::{ApplierHandle, DecideError, Portraits},
    rights::{office, texts},
};

/// Failed events of one answer, when the request does not say.
const PAGE: u32 = 100;
/// Failed events of one answer, at most.
const LARGEST_PAGE: u32 = 1_000;

/// Who looks, when the request does not say.
const OPERATOR: &str = "operator";

/// The API for failed events and evidence.
pub struct OnlineApi {
    inbox: Arc<dyn Inbox>,
    applier: ApplierHandle,
    portraits: Portraits,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for OnlineApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnlineApi")
    }
}

impl OnlineApi {
    /// `inbox` must wake the applier.
    pub fn new(
        inbox: Arc<dyn Inbox>,
        applier: ApplierHandle,
        portraits: Portraits,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { inbox, applier, portraits, store, clock }
    }

    /// Keeps that somebody looked at customers, before they see it.
    async fn record(
        &self,
        customers: impl IntoIterator<Item = CustomerId>,
        asked_by: &AssociateId,
        what: LookKind,
    ) -> Result<(), Status> {
        let (at, store) = (self.clock.now(), office());
        let looks = customers.into_iter().map(|customer| Look {
            at,
            store: store.clone(),
            associate: asked_by.clone(),
            customer,
            visit: VisitId(0),
            what,
        });
        self.store.record_looks(looks.collect()).await.map_err(status::store)
    }

    /// The customers of whom something is kept and whom a failed message names.
    async fn named_in(&self, failed: &FailedMessage) -> Result<Vec<CustomerId>, StoreError> {
        let mut known = Vec::new();
        for customer in self.portraits.named_in(&texts(failed.message.body.reveal())).await? {
            if self.store.customer(&customer).await?.is_some() || self.portraits.is_told_of(&customer).await?
            {
                known.push(customer);
            }
        }
        Ok(known)
    }

    async fn decide(&self, decision: Decision) -> Result<bool, Status> {
        self.applier.decide(decision).await.map_err(|error| match error {
            DecideError::Store(error) => status::store(error),
            DecideError::Stopping => status::stopping(),
        })
    }

    async fn failed(&self, number: u64) -> Result<FailedMessage, Status> {
        let before = number.checked_sub(1).map(InboxNumber);
        let first = self.inbox.failed(before, 1).await.map_err(status::store)?.into_iter().next();
        first.filter(|failed| failed.number.0 == number).ok_or_else(|| no_such_event(number))
    }
}

/// What takes the place of an event must be able to be one: what cannot be read at all is not kept.
fn is_object(json: &[u8]) -> Result<(), Status> {
    let read = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(json);
    // The reader's own words may hold some of what it read.
    read.map(|_| ()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Status::invalid_argument(format!("json is not one JSON object: look at line {line}, column {column}"))
    })
}

fn no_such_evidence() -> Status {
    Status::not_found(
        "no event of this name says that two identifiers are one person's: ShowIdentity names those that do",
    )
}

fn no_such_event(number: u64) -> Status {
    Status::not_found(format!(
        "no failed event has the number {number}: it was taken up again, or never failed"
    ))
}

#[async_trait]
impl OnlineService for OnlineApi {
    async fn list_failed_events(
        &self,
        request: Request<v1::ListFailedEventsRequest>,
    ) -> Result<Response<v1::ListFailedEventsResponse>, Status> {
        let v1::ListFailedEventsRequest { after_number, limit } = request.into_inner();
        let after = (after_number > 0).then_some(InboxNumber(after_number));
        let limit = if limit == 0 { PAGE } else { limit.min(LARGEST_PAGE) };
        let failed = self.inbox.failed(after, limit as usize).await.map_err(status::store)?;
        let events = failed.iter().map(convert::failed_event).collect();
        Ok(Response::new(v1::ListFailedEventsResponse { events }))
    }

    async fn get_failed_event(
        &self,
        request: Request<v1::GetFailedEventRequest>,
    ) -> Result<Response<v1::GetFailedEventResponse>, Status> {
        let v1::GetFailedEventRequest { number, asked_by } = request.into_inner();
        let asked_by = if asked_by.is_empty() { OPERATOR.to_owned() } else { asked_by };
        let asked_by = convert::asked_by(asked_by).map_err(status::invalid)?;
        let failed = self.failed(number).await?;
        let named = self.named_in(&failed).await.map_err(status::store)?;
        self.record(named, &asked_by, LookKind::FailedMessageShown).await?;
        let event = Some(convert::failed_event(&failed));
        let json = failed.message.body.into_revealed();
        Ok(Response::new(v1::GetFailedEventResponse { event, json }))
    }

    async fn retry_failed_event(
        &self,
        request: Request<v1::RetryFailedEventRequest>,
    ) -> Result<Response<v1::RetryFailedEventResponse>, Status> {
        let v1::RetryFailedEventRequest { number, json } = request.into_inner();
        if let Some(json) = &json {
            is_object(json)?;
        }
        let body = json.map(Redacted::new);
        let waits = self.inbox.retry(InboxNumber(number), body).await.map_err(status::store)?;
        if waits { Ok(Response::new(v1::RetryFailedEventResponse {})) } else { Err(no_such_event(number)) }
    }

    async fn show_identity(
        &self,
        request: Request<v1::ShowIdentityRequest>,
    ) -> Result<Response<v1::ShowIdentityResponse>, Status> {
        let v1::ShowIdentityRequest { identifier, asked_by } = request.into_inner();
        let identifier = convert::identifier(identifier, "identifier").map_err(status::invalid)?;
        let asked_by = convert::asked_by(asked_by).map_err(status::invalid)?;
        let portrait = self.portraits.of(&identifier).await.map_err(status::store)?;
        let customer = portrait.person.customer();
        self.record(customer.clone(), &asked_by, LookKind::IdentityShown).await?;
        Ok(Response::new(v1::ShowIdentityResponse {
            customer_id: customer.map(|customer| customer.to_string()).unwrap_or_default(),
            identifiers: portrait.person.identifiers().map(convert::wire_identifier).collect(),
            evidence: portrait
                .evidence
                .iter()
                .map(|(piece, standing)| convert::shown_evidence(piece, *standing))
                .collect(),
            decisions: portrait.decisions.iter().map(convert::shown_decision).collect(),
            shared: portrait.shared,
            too_large: portrait.too_large,
        }))
    }

    async fn retract_evidence(
        &self,
        request: Request<v1::RetractEvidenceRequest>,
    ) -> Result<Response<v1::RetractEvidenceResponse>, Status> {
        let v1::RetractEvidenceRequest { evidence, decided_by, why } = request.into_inner();
        let what = convert::retracted(evidence).map_err(status::invalid)?;
        let (by, why) = convert::grounds(decided_by, why).map_err(status::invalid)?;
        if matches!(what, Retracted::Event(_)) && !self.portraits.knows(&what).await.map_err(status::store)? {
            return Err(no_such_evidence());
        }
        let retraction = Retraction { what, by, at: self.clock.now(), why };
        let changed = self.decide(Decision::Retract(retraction)).await?;
        Ok(Response::new(v1::RetractEvidenceResponse { changed }))
    }

    async fn restore_evidence(
        &self,
        request: Request<v1::RestoreEvidenceRequest>,
    ) -> Result<Response<v1::RestoreEvidenceResponse>, Status> {
        let v1::RestoreEvidenceRequest { evidence, decided_by, why } = request.into_inner();
        let what = convert::retracted(evidence).map_err(status::invalid)?;
        let (by, why) = convert::grounds(decided_by, why).map_err(status::invalid)?;
        let withdrawal = Withdrawal { by, at: self.clock.now(), why };
        let changed = self.decide(Decision::Withdraw { what, withdrawal }).await?;
        Ok(Response::new(v1::RestoreEvidenceResponse { changed }))
    }
}
