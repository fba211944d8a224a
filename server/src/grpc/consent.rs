//! What customers allow, use by use, with proof: for the retailer's backend.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use shopbell_domain::{
    consent::{Consent, Decision, PrivacySignal, Text, TextName, TextRefused, Texts, Told, Use},
    id::CustomerId,
    ports::Store,
    rights::port::Gate,
    time::Clock,
};
use shopbell_proto::{
    convert::{ConversionError, consent as convert, customer},
    customer::v1::{self, consent_service_server::ConsentService},
};
use tonic::{Request, Response, Status, async_trait};

use super::{auth, deciding::Deciding, status};
use crate::{floor::Hub, texts::TextsError};

/// The consent API.
pub struct ConsentApi {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    hub: Hub,
    deciding: Deciding,
    texts: Texts,
    /// Whether the store keeps what the texts say, as they are shown.
    pinned: AtomicBool,
}

impl std::fmt::Debug for ConsentApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConsentApi")
    }
}

/// What a customer said, and what of it is allowed now.
struct Held {
    said: Consent,
    allowed: Vec<Use>,
}

impl ConsentApi {
    /// Decisions may name `texts` and no others.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        hub: Hub,
        gate: Arc<dyn Gate>,
        texts: Texts,
    ) -> Self {
        let deciding = Deciding::new(Arc::clone(&clock), hub.clone(), gate);
        Self { store, clock, hub, deciding, texts, pinned: AtomicBool::new(false) }
    }

    /// Before texts are shown, what they say is kept for ever: another server of this store shows no other words.
    async fn pin(&self) -> Result<(), Status> {
        if self.pinned.load(Ordering::Acquire) {
            return Ok(());
        }
        let shown = self.texts.iter().map(Text::shown).collect();
        if let Some(other) = self.store.pin_texts(shown).await.map_err(status::store)? {
            return Err(Status::failed_precondition(TextsError::Changed(other.name).to_string()));
        }
        self.pinned.store(true, Ordering::Release);
        Ok(())
    }

    async fn held(&self, id: &CustomerId) -> Result<Held, Status> {
        let decisions = self.hub.decisions();
        let found = decisions.said(id).await.map_err(status::store)?;
        let said = found.ok_or_else(|| Status::not_found("there is no such customer"))?.consent;
        let (effective, now) = (decisions.withhold(said), self.clock.now());
        let allowed = Use::all().filter(|one| {
            let Use { purpose, channel, field } = *one;
            effective.permits(purpose, channel, field, now)
        });
        Ok(Held { said, allowed: allowed.collect() })
    }
}

/// What is wrong with the text that the customer was shown: the app must show another, or this server must know it.
fn refused(error: &TextRefused) -> Status {
    match error {
        TextRefused::Unknown(_) | TextRefused::NotTold | TextRefused::OtherPurpose(..) => {
            Status::failed_precondition(error.to_string())
        }
    }
}

#[async_trait]
impl ConsentService for ConsentApi {
    async fn get_consent(
        &self,
        request: Request<v1::GetConsentRequest>,
    ) -> Result<Response<v1::GetConsentResponse>, Status> {
        let id = customer::customer_id(request.into_inner().customer_id).map_err(status::invalid)?;
        let Held { said, allowed } = self.held(&id).await?;
        let consent = Some(said.into());
        Ok(Response::new(v1::GetConsentResponse { consent, allowed: convert::wire_uses(allowed) }))
    }

    async fn set_consent(
        &self,
        request: Request<v1::SetConsentRequest>,
    ) -> Result<Response<v1::SetConsentResponse>, Status> {
        let by = auth::app(&request)?;
        let request = request.into_inner();
        let id = customer::customer_id(request.customer_id).map_err(status::invalid)?;
        let missing = || status::invalid(ConversionError::MissingField("decision"));
        let decision = Decision::try_from(request.decision.ok_or_else(missing)?).map_err(status::invalid)?;
        if matches!(decision.privacy, Some(PrivacySignal::Lifted(at)) if at > self.clock.now()) {
            return Err(status::invalid(ConversionError::InvalidField {
                field: "decision.privacy_lifted_at_ms",
                reason: "nobody lifts today what a browser will ask for tomorrow".to_owned(),
            }));
        }
        let how = convert::collection(request.collection).map_err(status::invalid)?;
        let name = request.text.map(TextName::from);
        let before = match self.held(&id).await {
            Ok(Held { said, .. }) => said,
            // What cannot be read now keeps nobody from taking something away; who gives is asked for the text of all of it.
            Err(unread) if unread.code() != tonic::Code::NotFound => Consent::default(),
            Err(unknown) => return Err(unknown),
        };
        let text = self.texts.shown(&decision, &before, name.as_ref()).map_err(|error| refused(&error))?;
        self.deciding.decide(&id, decision, Told { text, how, by }).await?;
        let Held { said, allowed } = self.held(&id).await?;
        let consent = Some(said.into());
        Ok(Response::new(v1::SetConsentResponse { consent, allowed: convert::wire_uses(allowed) }))
    }

    async fn get_consent_history(
        &self,
        request: Request<v1::GetConsentHistoryRequest>,
    ) -> Result<Response<v1::GetConsentHistoryResponse>, Status> {
        let request = request.into_inner();
        let id = customer::customer_id(request.customer_id).map_err(status::invalid)?;
        let limit = convert::record_limit(request.limit).map_err(status::invalid)?;
        // Whoever is unknown has no history, and is told so.
        self.held(&id).await?;
        let page = self.store.history_page(&id, request.skip as usize, limit as usize).await;
        let (proofs, total) = page.map_err(status::store)?;
        let records = proofs.into_iter().map(v1::ConsentRecord::from).collect();
        Ok(Response::new(v1::GetConsentHistoryResponse { records, total }))
    }

    async fn list_texts(
        &self,
        request: Request<v1::ListTextsRequest>,
    ) -> Result<Response<v1::ListTextsResponse>, Status> {
        let language = request.into_inner().language;
        self.pin().await?;
        let wanted = self.texts.iter().filter(|text| language.is_empty() || text.name.language == language);
        Ok(Response::new(v1::ListTextsResponse { texts: wanted.map(v1::ConsentText::from).collect() }))
    }
}
