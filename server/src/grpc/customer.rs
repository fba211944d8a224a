//! The retailer's backend: customers, what they share, their phones and tokens.

use std::sync::{Arc, Mutex, PoisonError};

use rand::RngCore;
use shopbell_domain::{
    consent::{Decision, Field, Told},
    id::{CustomerId, PhoneId},
    ports::{PhoneOutcome, Store, StoreError},
    rights::port::Gate,
    situation::help_stands,
    time::Clock,
    token::{TokenKeys, WINDOWS_PER_DAY, Window},
};
use shopbell_proto::{
    convert::{ConversionError, customer as convert},
    customer::v1::{self, customer_service_server::CustomerService},
};
use tonic::{Request, Response, Status, async_trait};

use super::{auth, deciding::Deciding, status};
use crate::{floor::Hub, online::ApplierHandle};

/// Tries to find a free phone number: with 64 random bits the second is needed about never.
const NUMBER_TRIES: usize = 8;

/// The customer API.
pub struct CustomerApi {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    hub: Hub,
    deciding: Deciding,
    applier: ApplierHandle,
    keys: Mutex<TokenKeys>,
    rng: Mutex<Box<dyn RngCore + Send>>,
}

impl std::fmt::Debug for CustomerApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerApi")
    }
}

impl CustomerApi {
    /// `rng` must be a cryptographic generator: it makes phone numbers.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        hub: Hub,
        gate: Arc<dyn Gate>,
        applier: ApplierHandle,
        keys: TokenKeys,
        rng: Box<dyn RngCore + Send>,
    ) -> Self {
        let deciding = Deciding::new(Arc::clone(&clock), hub.clone(), gate);
        Self { store, clock, hub, deciding, applier, keys: Mutex::new(keys), rng: Mutex::new(rng) }
    }

    async fn customer(&self, id: &CustomerId) -> Result<shopbell_domain::profile::Customer, Status> {
        let found = self.hub.decisions().customer(id).await.map_err(status::store)?;
        found.ok_or_else(|| Status::not_found("there is no such customer"))
    }

    fn number(&self) -> PhoneId {
        PhoneId(self.rng.lock().unwrap_or_else(PoisonError::into_inner).next_u64())
    }

    fn seal(&self, phone: PhoneId, first: Window, count: u32) -> Vec<u8> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        (0..count).flat_map(|n| keys.seal(phone, Window(first.0.saturating_add(n))).0).collect()
    }
}

#[async_trait]
impl CustomerService for CustomerApi {
    async fn put_customer(
        &self,
        request: Request<v1::PutCustomerRequest>,
    ) -> Result<Response<v1::PutCustomerResponse>, Status> {
        let request = request.into_inner();
        let id = convert::customer_id(request.customer_id).map_err(status::invalid)?;
        let name = convert::name(&request.name).map_err(status::invalid)?;
        self.deciding.welcome(&id).await?;
        self.store.put_customer(&id, name).await.map_err(status::store)?;
        // Of who is new something may have been told before.
        self.applier.wake();
        self.hub.customer_changed(&id).await.map_err(status::shop)?;
        Ok(Response::new(v1::PutCustomerResponse {}))
    }

    async fn get_sharing(
        &self,
        request: Request<v1::GetSharingRequest>,
    ) -> Result<Response<v1::GetSharingResponse>, Status> {
        let id = convert::customer_id(request.into_inner().customer_id).map_err(status::invalid)?;
        let sharing = self.customer(&id).await?.consent.sharing;
        Ok(Response::new(v1::GetSharingResponse { sharing: Some(sharing.into()) }))
    }

    async fn set_sharing(
        &self,
        request: Request<v1::SetSharingRequest>,
    ) -> Result<Response<v1::SetSharingResponse>, Status> {
        let by = auth::app(&request)?;
        let request = request.into_inner();
        let id = convert::customer_id(request.customer_id).map_err(status::invalid)?;
        let sharing =
            request.sharing.ok_or_else(|| status::invalid(ConversionError::MissingField("sharing")))?;
        let decision = Decision::try_from(sharing).map_err(status::invalid)?;
        // Such a program knows of no texts: the proof says that nothing was told.
        self.deciding.decide(&id, decision, Told::nothing(by)).await?;
        Ok(Response::new(v1::SetSharingResponse {}))
    }

    async fn set_help_wanted(
        &self,
        request: Request<v1::SetHelpWantedRequest>,
    ) -> Result<Response<v1::SetHelpWantedResponse>, Status> {
        let request = request.into_inner();
        let id = convert::customer_id(request.customer_id).map_err(status::invalid)?;
        let customer = self.customer(&id).await?;
        if request.wanted && !customer.consent.records(Field::Visit, self.clock.now()) {
            return Err(Status::failed_precondition(
                "the customer does not let the shop know of visits: nobody could see that help is wanted",
            ));
        }
        let now = self.clock.now();
        let since = match customer.help_since {
            // Asking twice is once: the first time of asking stands, as long as it counts.
            Some(before) if request.wanted => {
                let open = self.hub.open_visits(&id).await.map_err(status::shop)?;
                Some(if help_stands(before, now, &open) { before } else { now })
            }
            _ => request.wanted.then_some(now),
        };
        self.store.set_help(&id, since).await.map_err(status::store)?;
        self.hub.customer_changed(&id).await.map_err(status::shop)?;
        Ok(Response::new(v1::SetHelpWantedResponse {}))
    }

    async fn register_phone(
        &self,
        request: Request<v1::RegisterPhoneRequest>,
    ) -> Result<Response<v1::RegisterPhoneResponse>, Status> {
        let id = convert::customer_id(request.into_inner().customer_id).map_err(status::invalid)?;
        self.deciding.welcome(&id).await?;
        for _ in 0..NUMBER_TRIES {
            let phone = self.number();
            match self.store.put_phone(phone, &id).await.map_err(status::store)? {
                PhoneOutcome::Registered => {
                    return Ok(Response::new(v1::RegisterPhoneResponse { phone_id: phone.to_string() }));
                }
                PhoneOutcome::Taken => {}
            }
        }
        Err(Status::unavailable("no free phone number was found: call again"))
    }

    async fn revoke_phone(
        &self,
        request: Request<v1::RevokePhoneRequest>,
    ) -> Result<Response<v1::RevokePhoneResponse>, Status> {
        let phone = convert::phone_id(&request.into_inner().phone_id).map_err(status::invalid)?;
        // Like a decision: tablets first, and whatever the disk says.
        let owner = self.hub.decisions().phone_owner(phone).await.ok().flatten();
        self.hub.decisions().revoked(phone);
        if let Err(error) = self.hub.phone_revoked(phone, owner.as_ref()).await {
            tracing::warn!(%error, "a shop could not store what a revoked phone ends");
        }
        let written = self.store.revoke_phone(phone).await;
        if matches!(written, Ok(()) | Err(StoreError::NotFound(_))) {
            self.hub.decisions().revocation_written(phone);
        } else {
            self.hub.decisions().revocation_refused(phone);
        }
        written.map_err(status::store)?;
        Ok(Response::new(v1::RevokePhoneResponse {}))
    }

    async fn issue_tokens(
        &self,
        request: Request<v1::IssueTokensRequest>,
    ) -> Result<Response<v1::IssueTokensResponse>, Status> {
        let request = request.into_inner();
        let phone = convert::phone_id(&request.phone_id).map_err(status::invalid)?;
        let days = convert::token_days(request.days).map_err(status::invalid)?;
        let owner = self.hub.decisions().phone_owner(phone).await.map_err(status::store)?;
        let owner = owner.ok_or_else(|| Status::not_found("there is no such phone, or it was revoked"))?;
        if !self.customer(&owner).await?.consent.records(Field::AnonymousCount, self.clock.now()) {
            return Err(Status::failed_precondition(
                "the customer lets nothing be recorded now: no tokens are issued at level 0, while paused, or restricted",
            ));
        }
        let first = Window::at(self.clock.now());
        let tokens = self.seal(phone, first, days * WINDOWS_PER_DAY);
        Ok(Response::new(v1::IssueTokensResponse { first_window: first.0, tokens }))
    }
}
