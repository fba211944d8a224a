//! Requests that are known by a signature over their body, such as webhooks: the same limits, the same inbox, the same answers.

use axum::{
    Json,
    extract::Request,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use shopbell_domain::{
    id::SourceId,
    inbox::{Acceptance, Message},
    time::Timestamp,
};

use super::{Tracking, body, refusal::Refusal};
use crate::metrics::{MessageFate, TrackingOutcome};

impl Tracking {
    /// Takes a request of a source whose body `read` makes messages of, once it is whole; answers when they are safe.
    pub(crate) async fn take_signed(
        &self,
        source: &SourceId,
        request: Request,
        limit: usize,
        read: impl FnOnce(&HeaderMap, Vec<u8>, Timestamp) -> Result<Vec<Message>, Refusal>,
    ) -> Response {
        match self.keep_signed(source, request, limit, read).await {
            Ok(()) => {
                self.metrics.tracking_request(TrackingOutcome::Taken);
                Json(json!({ "success": true })).into_response()
            }
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Refuses a request of which nothing was read.
    pub(crate) async fn refuse_unread(&self, refusal: &Refusal, request: Request) -> Response {
        body::refuse(request.into_body()).await;
        self.refuse(refusal)
    }

    async fn keep_signed(
        &self,
        source: &SourceId,
        request: Request,
        limit: usize,
        read: impl FnOnce(&HeaderMap, Vec<u8>, Timestamp) -> Result<Vec<Message>, Refusal>,
    ) -> Result<(), Refusal> {
        let (head, stream) = request.into_parts();
        if let Err(refusal) = self.has_place(source).await {
            body::refuse(stream).await;
            return Err(refusal);
        }
        let received = self.read(&head, stream, limit, &self.open_room).await?;
        let (bytes, _held) = received.into_raw()?;
        let messages = read(&head.headers, bytes, self.clock.now())?;
        let answers = self.inbox.accept(messages).await?;
        let new = answers.iter().filter(|answer| **answer == Acceptance::New).count();
        self.metrics.tracking_message(MessageFate::New, new as u64);
        self.metrics.tracking_message(MessageFate::Duplicate, (answers.len() - new) as u64);
        Ok(())
    }
}
