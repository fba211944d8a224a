//! Requests that sources pass on: kept, measured, answered with an export, closed.

use std::collections::BTreeSet;

use futures::Stream;
use shopbell_domain::{
    event::EventId,
    id::CustomerId,
    identity::Identifier,
    ports::StoreError,
    redacted::Redacted,
    rights::{
        Asker, Kind, NewRegulation, NewRequest, PrivacyRequest, Refused, Regulation, RequestNumber, Wish,
        subject_text,
    },
};

use super::{
    export::{ExportError, Format, Part, Reader},
    person::{NotFound, whole_of},
    service::Rights,
};

/// Why a request is not answered with an export.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// No request has this number.
    #[error("there is no such request")]
    Unknown,
    /// It was answered.
    #[error("the request is closed, and whom it named is forgotten")]
    Closed,
    /// It asks for something else.
    #[error("the request asks for an erasure, which is carried out by itself: see `regulations list`")]
    NoExport,
    /// Nothing is kept of the customer any more.
    #[error(
        "whom the request names was erased since it came: nothing is kept; say so, and close the request"
    )]
    Erased,
    /// There is no export.
    #[error(transparent)]
    Export(#[from] ExportError),
}

impl Rights {
    /// Keeps a request; it is on disk when this returns. Asked again by the same message it is the same one.
    pub async fn ask(&self, new: NewRequest) -> Result<PrivacyRequest, StoreError> {
        let request = self.parts().requests.ask(new).await?;
        tracing::warn!(number = request.number.0, wish = ?request.wish, "a request about privacy came: `requests list`");
        self.inner.bell.notify_one();
        self.measure().await?;
        Ok(request)
    }

    /// One request.
    pub async fn request(&self, number: RequestNumber) -> Result<Option<PrivacyRequest>, StoreError> {
        self.parts().requests.request(number).await
    }

    /// Requests, newest first.
    pub async fn requests(
        &self,
        before: Option<RequestNumber>,
        limit: usize,
    ) -> Result<Vec<PrivacyRequest>, StoreError> {
        self.parts().requests.requests(before, limit).await
    }

    /// Those that are open, oldest first.
    pub async fn open_requests(&self) -> Result<Vec<PrivacyRequest>, StoreError> {
        self.parts().requests.open_requests().await
    }

    /// A request was answered. What closes by itself stays as it is.
    pub async fn close_request(&self, number: RequestNumber) -> Result<PrivacyRequest, AnswerError> {
        let request = self.request(number).await.map_err(ExportError::Store)?.ok_or(AnswerError::Unknown)?;
        if request.wish == Wish::EraseSource && request.closed.is_none() {
            return Err(AnswerError::NoExport);
        }
        let now = self.parts().clock.now();
        let closed = self.parts().requests.close_request(number, now).await.map_err(ExportError::Store)?;
        self.measure().await.map_err(ExportError::Store)?;
        Ok(closed)
    }

    /// The export that answers a request, made of what is kept now.
    pub async fn export_requested(
        &self,
        number: RequestNumber,
        format: Format,
        by: &Reader,
    ) -> Result<impl Stream<Item = Result<Part, ExportError>> + Send + use<>, AnswerError> {
        let request = self.request(number).await.map_err(ExportError::Store)?.ok_or(AnswerError::Unknown)?;
        match (request.wish, request.closed) {
            (Wish::EraseSource, _) => return Err(AnswerError::NoExport),
            (Wish::Export, Some(_)) => return Err(AnswerError::Closed),
            (Wish::Export, None) => {}
        }
        let named = self.parts().requests.named_by(number).await.map_err(ExportError::Store)?;
        let who = named.ok_or(AnswerError::Erased)?;
        let persons = self.persons_of(&who).await.map_err(ExportError::from)?;
        let all: BTreeSet<Identifier> = persons.into_iter().flat_map(|(_, whole)| whole).collect();
        let customer: Option<CustomerId> = who.iter().chain(&all).find_map(Identifier::customer);
        Ok(self.export_of(customer, all.into_iter().collect(), format, by).await?)
    }

    /// Asks for the erasure of whom a source names with a message; it is on disk when this returns. Asked again by the same
    /// message it is the same.
    pub async fn erase_named(
        &self,
        who: &[Identifier],
        message: &EventId,
    ) -> Result<Result<Regulation, Refused>, EraseError> {
        let persons = self.persons_of(who).await?;
        let users = persons.iter().map(|(named, _)| Redacted::new(subject_text(named))).collect();
        let (by, at) = (Asker::Source(message.source.clone()), self.parts().clock.now());
        let message = Some(message.clone());
        Ok(self.keep(NewRegulation { kind: Kind::DeleteOnly, users, by, at, source: None, message }).await?)
    }

    /// The persons whom a source names in one breath, each by the identifier that names them, with all of theirs.
    ///
    /// The strongest names the person. An address beside it may be known of somebody else, a namesake with another customer
    /// number: whoever has one of their own is asked for by that number, and by no other.
    async fn persons_of(&self, who: &[Identifier]) -> Result<Vec<(Identifier, Vec<Identifier>)>, NotFound> {
        let parts = self.parts();
        let mut persons: Vec<(Identifier, Vec<Identifier>)> = Vec::new();
        for named in who {
            if persons.iter().any(|(_, whole)| whole.contains(named)) {
                continue;
            }
            let whole = whole_of(parts.events.as_ref(), parts.kept.as_ref(), &parts.rules, named.clone())
                .await?
                .all();
            if persons.is_empty() || whole.iter().all(|other| other.customer().is_none()) {
                persons.push((named.clone(), whole));
            }
        }
        Ok(persons)
    }

    /// Measures what is open.
    pub(super) async fn measure(&self) -> Result<(), StoreError> {
        let (parts, now) = (self.parts(), self.parts().clock.now());
        let mut open = parts.requests.open_requests().await?;
        open.retain(|request| request.closed.is_none());
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let overdue = open.iter().filter(|request| request.is_overdue(now)).count();
        parts.metrics.open_requests.set(count(open.len()));
        parts.metrics.overdue_requests.set(count(overdue));
        Ok(())
    }
}

/// Why an erasure was not asked for.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// It is not known who that is.
    #[error("{0}")]
    Who(String),
    /// The store could not tell, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotFound> for EraseError {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Store(error) => Self::Store(error),
            other => Self::Who(other.to_string()),
        }
    }
}
