//! The handle: what can be asked.

use std::sync::{Arc, Mutex, PoisonError};

use rand::{RngCore as _, rngs::StdRng};
use shopbell_domain::{
    consent::port::Consents,
    event::{Action, Correction, Disputed, Event, EventId, Origin, port::Events},
    id::{CustomerId, InvalidId, MessageId, SourceId},
    identity::{Identifier, Rules},
    inbox::Inbox,
    ports::{Look, Store, StoreError},
    redacted::Redacted,
    rights::{
        Asker, Kind, NewRegulation, Outcome, Refused, Regulation, RegulationNumber,
        port::{Admission, Forgetting, Gate, Kept, Regulations, Requests, Subject},
    },
    time::Clock,
};
use shopbell_vault::Vault;
use tokio::sync::Notify;

use crate::{
    config,
    floor::Hub,
    metrics::Metrics,
    online::{ApplierHandle, DecideError},
};

/// Of corrections that customers make.
pub(super) const CORRECTIONS: &str = "shopbell-corrections";

/// What rights need.
pub struct RightsParts {
    /// Regulations and receipts.
    pub regulations: Arc<dyn Regulations>,
    /// Keeps out what must not enter.
    pub gate: Arc<dyn Gate>,
    /// Forgets.
    pub forgetting: Arc<dyn Forgetting>,
    /// What no other port tells of a person.
    pub kept: Arc<dyn Kept>,
    /// What sources pass on.
    pub requests: Arc<dyn Requests>,
    /// Events and who is who.
    pub events: Arc<dyn Events>,
    /// Failed messages may name a person too.
    pub inbox: Arc<dyn Inbox>,
    /// What customers decided, with the proofs.
    pub consents: Arc<dyn Consents>,
    /// Everything else.
    pub store: Arc<dyn Store>,
    /// Signs receipts.
    pub vault: Vault,
    /// Who may be one person.
    pub rules: Rules,
    /// How long each class of data is kept, to be told.
    pub times: config::Retention,
    /// The shops.
    pub hub: Hub,
    /// Writes events.
    pub applier: ApplierHandle,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// A cryptographic generator: it makes the seeds of nobodies.
    pub rng: StdRng,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// Why a correction was not made.
#[derive(Debug, thiserror::Error)]
pub enum CorrectError {
    /// Nobody has this number.
    #[error("there is no such customer")]
    Unknown,
    /// Nothing is kept of this customer.
    #[error("this customer is suppressed: nothing more is kept, a correction neither")]
    KeptOut,
    /// The store could not tell.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The applier could not write it.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// The name of the request is none.
    #[error("request_id: {0}")]
    Request(#[from] InvalidId),
}

/// Asks for what customers may ask. Cheap to clone.
#[derive(Clone)]
pub struct Rights {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) parts: RightsParts,
    pub(super) rng: Mutex<StdRng>,
    /// Rung when a regulation waits.
    pub(super) bell: Notify,
}

impl std::fmt::Debug for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rights")
    }
}

impl Rights {
    /// Carries out nothing itself: [`super::Job`] does.
    pub fn new(mut parts: RightsParts) -> Self {
        use rand::SeedableRng as _;
        let rng = Mutex::new(StdRng::from_rng(&mut parts.rng));
        Self { inner: Arc::new(Inner { parts, rng, bell: Notify::new() }) }
    }

    pub(super) fn parts(&self) -> &RightsParts {
        &self.inner.parts
    }

    /// Asks for a regulation; it is on disk when this returns.
    pub async fn create(
        &self,
        kind: Kind,
        users: Vec<Redacted<String>>,
        by: Asker,
        source: Option<SourceId>,
    ) -> Result<Result<Regulation, Refused>, StoreError> {
        let at = self.parts().clock.now();
        self.keep(NewRegulation { kind, users, by, at, source, message: None }).await
    }

    pub(super) async fn keep(&self, new: NewRegulation) -> Result<Result<Regulation, Refused>, StoreError> {
        let kind = new.kind;
        let new = match new.check() {
            Ok(new) => new,
            Err(refused) => return Ok(Err(refused)),
        };
        let regulation = self.parts().regulations.create(new).await?;
        tracing::info!(number = regulation.number.0, kind = kind.name(), "a regulation was asked for");
        self.inner.bell.notify_one();
        Ok(Ok(regulation))
    }

    /// One regulation.
    pub async fn regulation(&self, number: RegulationNumber) -> Result<Option<Regulation>, StoreError> {
        self.parts().regulations.regulation(number).await
    }

    /// Regulations, newest first.
    pub async fn regulations(
        &self,
        before: Option<RegulationNumber>,
        limit: usize,
    ) -> Result<Vec<Regulation>, StoreError> {
        self.parts().regulations.regulations(before, limit).await
    }

    /// The numbers of a regulation that has not ended.
    pub async fn subjects(&self, number: RegulationNumber, limit: usize) -> Result<Vec<Subject>, StoreError> {
        self.parts().regulations.subjects(number, 0, limit).await
    }

    /// How the numbers of a regulation ended.
    pub async fn outcomes(
        &self,
        number: RegulationNumber,
        from: u32,
        limit: usize,
    ) -> Result<Vec<(u32, Outcome)>, StoreError> {
        self.parts().regulations.outcomes(number, from, limit).await
    }

    /// A receipt's text.
    pub async fn receipt(&self, number: u64) -> Result<Option<String>, StoreError> {
        self.parts().regulations.receipt(number).await
    }

    /// The number and the text of the last receipt of a customer number.
    pub async fn last_receipt_of(&self, user: &str) -> Result<Option<(u64, String)>, StoreError> {
        let regulations = &self.parts().regulations;
        let numbers = regulations.receipts_of(&Redacted::new(user.to_owned())).await?;
        let Some(number) = numbers.last().copied() else { return Ok(None) };
        Ok(regulations.receipt(number).await?.map(|text| (number, text)))
    }

    /// The same as other programs read it.
    pub fn public_key_pem(&self) -> String {
        self.parts().vault.public_key().to_pem()
    }

    /// The key with which receipts are checked, 64 hexadecimal digits.
    pub fn public_key(&self) -> String {
        self.parts().vault.public_key().to_string()
    }

    /// The last looks at a customer.
    pub async fn looks(&self, customer: &CustomerId, limit: usize) -> Result<Vec<Look>, StoreError> {
        self.parts().store.looks_at(customer, limit).await
    }

    /// Corrects what is known; the profile tells it when this returns. `request` names it, so that it counts once.
    pub async fn correct(
        &self,
        customer: &CustomerId,
        what: Disputed,
        how: Correction,
        request: Option<&str>,
    ) -> Result<(), CorrectError> {
        let now = self.parts().clock.now();
        let who = vec![Identifier::from(customer)];
        if self.parts().gate.admits(&who, now).await? != Admission::Welcome {
            return Err(CorrectError::KeptOut);
        }
        if self.parts().store.customer(customer).await?.is_none()
            && self.parts().events.view(customer).await?.is_none()
        {
            return Err(CorrectError::Unknown);
        }
        let message = match request {
            // One customer's request is not another's.
            Some(request) => MessageId::new(format!("{customer}:{request}"))?,
            None => MessageId::new(hex::encode(self.random()))?,
        };
        let event = Event {
            id: EventId { source: SourceId::new(CORRECTIONS)?, message },
            at: now,
            who,
            origin: Origin::Customer,
            privacy_control: false,
            action: Action::Corrected { what, how },
        };
        Ok(self.parts().applier.tell(event).await?)
    }

    pub(super) fn random(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }
}
