//! Events in a stream, from backends and till systems: the same way as over HTTP.

use std::{sync::Arc, time::Duration};

use shopbell_proto::customer::v1::{self, event_service_server::EventService};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming, async_trait, metadata::MetadataMap};

use super::status;
use crate::{
    http::Line,
    tracking::{Taken, Tracking},
};

/// Events that are kept in one go.
const EVENTS: usize = 100;
/// A go ends with the event that reaches this number of bytes.
const BYTES: usize = 64 * 1_024;
/// What has come is kept when nothing more comes for so long.
const QUIET: Duration = Duration::from_millis(20);
/// Unusable events that are told.
const TOLD: usize = 100;

/// The API for events.
#[derive(Debug)]
pub struct EventApi {
    tracking: Arc<Tracking>,
    stop: CancellationToken,
}

impl EventApi {
    /// Streams end when `stop` is cancelled.
    pub const fn new(tracking: Arc<Tracking>, stop: CancellationToken) -> Self {
        Self { tracking, stop }
    }
}

/// The write key is the source's, and is no token of [`super::auth`].
fn write_key(metadata: &MetadataMap) -> Result<String, Status> {
    let refused =
        || Status::unauthenticated("send `authorization: Bearer <write key>` with a source's write key");
    let value = metadata.get("authorization").and_then(|value| value.to_str().ok()).ok_or_else(refused)?;
    let (scheme, key) = value.split_once(' ').ok_or_else(refused)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(key.trim().to_owned()) } else { Err(refused()) }
}

/// What may be done with what has come.
enum Next {
    More(Vec<u8>),
    Quiet,
    End,
}

async fn next(events: &mut Streaming<v1::SendEventsRequest>) -> Result<Next, Status> {
    match tokio::time::timeout(QUIET, events.message()).await {
        Err(_) => Ok(Next::Quiet),
        Ok(message) => Ok(message?.map_or(Next::End, |message| Next::More(message.json))),
    }
}

#[async_trait]
impl EventService for EventApi {
    async fn send_events(
        &self,
        request: Request<Streaming<v1::SendEventsRequest>>,
    ) -> Result<Response<v1::SendEventsResponse>, Status> {
        let source = self.tracking.source(&write_key(request.metadata())?)?;
        Line::wrote(request.extensions(), source.kind);
        let mut events = request.into_inner();
        let mut answer = v1::SendEventsResponse::default();
        let (mut pending, mut bytes) = (Vec::new(), 0);
        loop {
            let next = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(status::stopping()),
                next = next(&mut events) => next?,
            };
            let ended = matches!(next, Next::End);
            if let Next::More(event) = next {
                bytes += event.len();
                pending.push(event);
                if pending.len() < EVENTS && bytes < BYTES {
                    continue;
                }
            }
            if !pending.is_empty() {
                let taken = self.tracking.take_events(&source, &std::mem::take(&mut pending)).await?;
                bytes = 0;
                add(&mut answer, taken);
            }
            if ended {
                return Ok(Response::new(answer));
            }
        }
    }
}

fn add(answer: &mut v1::SendEventsResponse, taken: Taken) {
    answer.accepted += taken.accepted as u64;
    answer.duplicates += taken.duplicates as u64;
    let room = TOLD.saturating_sub(answer.unusable.len());
    let told = taken.unusable.into_iter().take(room).map(|(message, failure)| v1::UnusableEvent {
        message_id: message.as_str().to_owned(),
        reason: failure.reason,
        field: failure.field,
        explanation: failure.explanation,
    });
    answer.unusable.extend(told);
}
