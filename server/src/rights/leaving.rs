//! The end of what a source told, when its shop has left.
//!
//! ```text
//!  request (erase a source) ──> told_by: some of its events ──> a regulation of whom they name ──┐
//!               ^──────────────────── the next ones, when that one has ended ────────────────────┤
//!               └── closed, and its failed messages dropped <── no more events ──────────────────┘
//! ```
//!
//! Of whom only this source told, everything is erased, keys and all; of others what it told is removed, and what the
//! retailer's own tills, app and backend told stays. How far the walk is, only memory knows: begun again it finds what is left.

use shopbell_domain::{
    event::port::Walk,
    identity::Identifier,
    inbox::InboxNumber,
    ports::StoreError,
    redacted::Redacted,
    rights::{Asker, Kind, PrivacyRequest, RequestNumber, Wish, subject_text},
};

use super::{
    job::{Halted, Job, More},
    service::{CORRECTIONS, Rights},
};

/// Failed messages that are read at once.
const PAGE: usize = 256;

/// Where the walk over the events of a source is.
#[derive(Debug, Default)]
pub(super) struct Walking(Option<(RequestNumber, Walk)>);

impl Job {
    /// A step of the oldest request of a source that left.
    pub(super) async fn leave(&self) -> Result<More, Halted> {
        let parts = self.rights.parts();
        let open = parts.requests.open_requests().await?;
        let Some(request) = open.into_iter().find(|request| request.wish == Wish::EraseSource) else {
            return Ok(More::No);
        };
        let from = self.walking().0.take().filter(|(of, _)| *of == request.number).map(|(_, walk)| walk);
        if from.is_none() {
            // What came before the request may still be on its way into the store.
            drop(parts.applier.pause().await?);
        }
        let (told, next) = parts.requests.told_by(&request.source, request.at, from).await?;
        if !told.is_empty() {
            self.ask_for(&request, &told).await?;
        }
        match next {
            Some(next) => self.walking().0 = Some((request.number, next)),
            None => self.left(&request).await?,
        }
        Ok(More::Perhaps)
    }

    async fn ask_for(&self, request: &PrivacyRequest, told: &[Identifier]) -> Result<(), StoreError> {
        // Counted first: a server that ends in between counts some of them twice, and none too few.
        self.rights.parts().requests.found(request.number, told.len() as u64).await?;
        let users = told.iter().map(|one| Redacted::new(subject_text(one))).collect();
        let source = request.source.clone();
        let asked =
            self.rights.create(Kind::DeleteOnly, users, Asker::Source(source.clone()), Some(source)).await?;
        asked.map(drop).map_err(|refused| StoreError::Unavailable(refused.to_string()))
    }

    /// The last of it.
    async fn left(&self, request: &PrivacyRequest) -> Result<(), StoreError> {
        let parts = self.rights.parts();
        let (mut of_source, mut after): (Vec<InboxNumber>, _) = (Vec::new(), None);
        loop {
            let page = parts.inbox.failed(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.number);
            let from = |message: &shopbell_domain::inbox::Message| {
                message.id.source == request.source && message.received <= request.at
            };
            of_source.extend(page.into_iter().filter(|one| from(&one.message)).map(|one| one.number));
        }
        parts.kept.drop_failed(of_source).await?;
        parts.requests.close_request(request.number, parts.clock.now()).await?;
        tracing::info!(number = request.number.0, source = %request.source, "what came from a shop that left is erased");
        self.rights.measure().await
    }
}

impl Rights {
    /// Whether nobody but this source told anything of a person.
    pub(super) async fn is_only_of(
        &self,
        source: &shopbell_domain::id::SourceId,
        who: &[Identifier],
    ) -> Result<bool, StoreError> {
        let parts = self.parts();
        for identifier in who {
            if let Some(customer) = identifier.customer()
                && parts.store.customer(&customer).await?.is_some()
            {
                return Ok(false);
            }
            let events = parts.events.events_of(identifier).await?;
            // What was corrected of it is about it.
            if events
                .iter()
                .any(|event| event.id.source != *source && event.id.source.as_str() != CORRECTIONS)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
