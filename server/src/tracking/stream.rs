//! Events that come one by one, over gRPC: read, bounded and kept as those of a request.

use std::sync::Arc;

use shopbell_domain::{
    id::MessageId,
    inbox::{Acceptance, Failure, Message},
};
use shopbell_proto::segment::{self, Call, Limits};
use tonic::Status;

use super::{Tracking, reading, refusal::Refusal};
use crate::{config::Source, metrics::MessageFate};

/// What became of events.
#[derive(Debug, Default)]
pub struct Taken {
    /// So many are in the inbox now.
    pub accepted: usize,
    /// So many had come before.
    pub duplicates: usize,
    /// Those that are kept and cannot be used as they are.
    pub unusable: Vec<(MessageId, Failure)>,
}

impl Tracking {
    /// Whose write key this is.
    pub(crate) fn source(&self, write_key: &str) -> Result<Arc<Source>, Status> {
        self.sources.find(write_key).map_err(|refusal| refused(&refusal))
    }

    /// Keeps events, each as JSON; returns when all are safe. None is kept when one is no event at all.
    pub(crate) async fn take_events(&self, source: &Source, events: &[Vec<u8>]) -> Result<Taken, Status> {
        self.take_all(source, events).await.map_err(|refusal| refused(&refusal))
    }

    async fn take_all(&self, source: &Source, events: &[Vec<u8>]) -> Result<Taken, Refusal> {
        self.has_place(&source.id).await?;
        let messages: Result<Vec<Message>, Refusal> =
            events.iter().map(|event| self.message(source, event)).collect();
        let messages = messages?;
        self.tells(source, events.iter().map(Vec::len).sum());
        let mut taken = Taken::default();
        let reading = reading(source);
        let unusable: Vec<Option<(MessageId, Failure)>> = messages
            .iter()
            .map(|message| Some((message.id.message.clone(), segment::event(message, &reading).err()?)))
            .collect();
        let answers = self.inbox.accept(messages).await?;
        // Of one that had come before, the first counts.
        let new = unusable.into_iter().zip(&answers).filter(|(_, answer)| **answer == Acceptance::New);
        taken.unusable = new.filter_map(|(unusable, _)| unusable).collect();
        taken.accepted = answers.iter().filter(|answer| **answer == Acceptance::New).count();
        taken.duplicates = answers.len() - taken.accepted;
        self.metrics.tracking_message(MessageFate::New, taken.accepted as u64);
        self.metrics.tracking_message(MessageFate::Duplicate, taken.duplicates as u64);
        Ok(taken)
    }

    /// One event, read as the only one of a batch.
    fn message(&self, source: &Source, event: &[u8]) -> Result<Message, Refusal> {
        let limit = self.limits.event_bytes;
        if event.len() > limit {
            return Err(Refusal::EventTooLarge { limit });
        }
        let batch = [br#"{"batch":["#, event, b"]}"].concat();
        let limits = Limits { event_bytes: limit, events: 1, ..Limits::default() };
        let envelope = segment::envelope::read(&batch, Call::Batch, &limits, || self.new_id())?;
        let item = envelope.items.into_iter().next().ok_or(Refusal::EventTooLarge { limit })?;
        Ok(item.into_message(source.id.clone(), self.clock.now(), false))
    }
}

/// The status that makes a client do what it would after the answer over HTTP.
fn refused(refusal: &Refusal) -> Status {
    let text = refusal.to_string();
    match refusal {
        Refusal::BadAuthorization
        | Refusal::NoWriteKey
        | Refusal::UnknownWriteKey
        | Refusal::BadSignature => Status::unauthenticated(text),
        Refusal::ForeignOrigin | Refusal::WrongShop => Status::permission_denied(text),
        Refusal::UnknownPath | Refusal::UnknownShop | Refusal::WrongMethod(_) => Status::unimplemented(text),
        Refusal::BodyTooLarge { .. }
        | Refusal::EventTooLarge { .. }
        | Refusal::UnknownEncoding
        | Refusal::BrokenGzip
        | Refusal::CutBody
        | Refusal::Envelope(_) => Status::invalid_argument(text),
        Refusal::SlowBody(_) => Status::deadline_exceeded(text),
        Refusal::NoRoom | Refusal::NoShare | Refusal::Backlog | Refusal::DayOver => {
            Status::resource_exhausted(text)
        }
        Refusal::Store(error) => {
            tracing::warn!(%error, "events could not be kept");
            Status::unavailable(text)
        }
        Refusal::Thread(error) => {
            tracing::error!(%error, "events of a stream were given up");
            Status::unavailable(text)
        }
    }
}
