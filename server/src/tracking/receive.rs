//! One request with events, from its headers to its answer.

use std::sync::{Arc, PoisonError};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, request},
    response::{IntoResponse as _, Response},
};
use rand::RngCore as _;
use serde_json::{Value, json};
use shopbell_domain::{
    id::{MessageId, SourceId},
    inbox::{Acceptance, Failure, Message},
};
use shopbell_proto::segment::{self, Call, Envelope, Limits, Reason, Refused};

use super::{
    Tracking, body,
    refusal::Refusal,
    room::{Held, Room},
    sources::{allows_origin, presented, reading},
};
use crate::{
    config::Source,
    http::{Line, sender},
    metrics::{MessageFate, TrackingOutcome},
};

/// Bodies from this size on are taken apart on a thread of their own, so that they hold up no other connection.
const LARGE: usize = 32 * 1_024;

/// An event of this size is not even kept among the failed ones: it would not fit into a commit.
const NOT_KEPT_BYTES: usize = 1_024 * 1_024;

/// `POST` to any path that takes events.
pub(super) async fn receive(State(tracking): State<Arc<Tracking>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match tracking.take(&head, body).await {
        Ok(answer) => {
            tracking.metrics.tracking_request(TrackingOutcome::Taken);
            Json(answer).into_response()
        }
        Err(refusal) => tracking.refuse(&refusal),
    }
}

impl Tracking {
    async fn take(self: &Arc<Self>, head: &request::Parts, body: axum::body::Body) -> Result<Value, Refusal> {
        let named = match self.admit(head).await {
            Ok(named) => named,
            Err(refusal) => {
                body::refuse(body).await;
                return Err(refusal);
            }
        };
        let call = Call::from_path(head.uri.path()).ok_or(Refusal::UnknownPath)?;
        // A key that everybody can read in a page vouches for nobody.
        let vouched = named.as_ref().is_some_and(|source| source.kind.is_secret());
        let room = if vouched { &self.kept_room } else { &self.open_room };
        let received = self.read(head, body, self.limits.batch_bytes, room).await?;
        let (envelope, _held) = self.take_apart(received, call, head.headers.clone()).await?;
        let source = match (named, &envelope.write_key) {
            (Some(source), _) => source,
            (None, Some(key)) => {
                let source = self.sources.find(key.reveal())?;
                self.has_place(&source.id).await?;
                source
            }
            (None, None) => return Err(Refusal::NoWriteKey),
        };
        allows_origin(&source, &head.headers)?;
        Line::wrote(&head.extensions, source.kind);
        self.keep(&source, call, envelope, &head.headers).await
    }

    /// Reads a body into a room.
    pub(super) async fn read(
        &self,
        head: &request::Parts,
        body: axum::body::Body,
        limit: usize,
        room: &Room,
    ) -> Result<body::Received, Refusal> {
        let terms = body::Terms { limit, within: self.limits.body_timeout, hurried: room.is_open() };
        body::read(body, &head.headers, terms, room.enter(sender(head))).await
    }

    /// Whose request it is, as far as its headers tell; asked before anything of the body is read.
    async fn admit(&self, head: &request::Parts) -> Result<Option<Arc<Source>>, Refusal> {
        let named = presented(&head.headers)?.map(|key| self.sources.find(&key)).transpose()?;
        if let Some(source) = &named {
            self.has_place(&source.id).await?;
        }
        Ok(named)
    }

    /// Each source may have so many messages that wait, and, if its key is public, tell so much in a day: one that floods is
    /// refused, and no other for it.
    pub(super) async fn has_place(&self, source: &SourceId) -> Result<(), Refusal> {
        if self.day.is_over(source, self.clock.now()) {
            return Err(Refusal::DayOver);
        }
        let backlog = self.inbox.backlog_of(source).await?;
        if backlog < self.limits.backlog_messages { Ok(()) } else { Err(Refusal::Backlog) }
    }

    /// Counts what a source tells, if everybody can read its key.
    pub(super) fn tells(&self, source: &Source, bytes: usize) {
        if !source.kind.is_secret() {
            self.day.tell(&source.id, self.clock.now(), bytes as u64);
        }
    }

    async fn take_apart(
        self: &Arc<Self>,
        received: body::Received,
        call: Call,
        headers: HeaderMap,
    ) -> Result<(Envelope, Held), Refusal> {
        let large = received.is_packed() || received.len() >= LARGE;
        let tracking = Arc::clone(self);
        let work = move || {
            let (json, held) = received.unpack(&headers, tracking.limits.batch_bytes)?;
            let limits = Limits {
                // What is larger than an event may be is kept all the same, and fails by name.
                event_bytes: tracking.limits.batch_bytes.min(NOT_KEPT_BYTES),
                events: tracking.limits.batch_events,
                ..Limits::default()
            };
            let envelope = segment::envelope::read(&json, call, &limits, || tracking.new_id())?;
            Ok((envelope, held))
        };
        if large { tokio::task::spawn_blocking(work).await? } else { work() }
    }

    /// For messages that came without a number: a second sending of one is a second message.
    pub(crate) fn new_id(&self) -> MessageId {
        let mut bytes = [0; 16];
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        let text = format!("made-{}", hex::encode(bytes));
        MessageId::new(text).unwrap_or_else(|_| unreachable!("hexadecimal digits make a message id"))
    }

    /// Keeps all messages, and answers when they are safe.
    async fn keep(
        &self,
        source: &Source,
        call: Call,
        envelope: Envelope,
        headers: &HeaderMap,
    ) -> Result<Value, Refusal> {
        let Envelope { items, refused, .. } = envelope;
        let (limit, now) = (self.limits.event_bytes, self.clock.now());
        let privacy_control = asks(headers, "sec-gpc");
        self.tells(source, items.iter().map(|item| item.own_bytes).sum());
        let (mut usable, mut too_large) = (Vec::with_capacity(items.len()), Vec::new());
        for item in items {
            let bytes = item.own_bytes;
            let message = item.into_message(source.id.clone(), now, privacy_control);
            if bytes <= limit {
                usable.push(message);
            } else if call == Call::Batch {
                too_large.push((message, failure(Reason::EventTooLarge)));
            } else {
                return Err(Refusal::EventTooLarge { limit });
            }
        }
        if usable.is_empty() && too_large.is_empty() && !refused.is_empty() {
            return Err(Refusal::EventTooLarge { limit });
        }
        let strict = asks(headers, "x-strict");
        let mut detail = Detail { strict, refused, failed: Vec::new() };
        let failing = if strict { failing(&usable, source) } else { Vec::new() };
        let (mut new, mut duplicates) = (0, 0);
        if !too_large.is_empty() {
            let failing = too_large.iter().map(|(message, failure)| Some(told(message, failure))).collect();
            let answers = self.inbox.accept_failed(too_large).await?;
            let kept = detail.failed_as(failing, &answers);
            self.count(MessageFate::Failed, kept);
            duplicates += answers.len() - kept;
        }
        let answers = self.inbox.accept(usable).await?;
        detail.failed_as(failing, &answers);
        new += answers.iter().filter(|answer| **answer == Acceptance::New).count();
        duplicates += answers.len() - new;
        self.count(MessageFate::New, new);
        self.count(MessageFate::Duplicate, duplicates);
        self.count(MessageFate::Refused, detail.refused.len());
        if !detail.refused.is_empty() {
            let (source, events) = (source.id.as_str(), detail.refused.len());
            tracing::warn!(source, events, "events were too large to be kept at all");
        }
        Ok(detail.answer(new, duplicates))
    }

    fn count(&self, fate: MessageFate, messages: usize) {
        self.metrics.tracking_message(fate, messages as u64);
    }
}

fn asks(headers: &HeaderMap, name: &str) -> bool {
    headers.get(name).is_some_and(|value| value.as_bytes().trim_ascii() == b"1")
}

fn failure(reason: Reason) -> Failure {
    Failure {
        reason: reason.name().to_owned(),
        field: String::new(),
        explanation: reason.explanation().to_owned(),
    }
}

/// What an integrator who sends `X-Strict: 1` is told beyond success.
struct Detail {
    strict: bool,
    refused: Vec<Refused>,
    failed: Vec<Value>,
}

impl Detail {
    /// Tells what is wrong with those that are new: of one that had come before, the first counts. How many are new.
    fn failed_as(&mut self, failing: Vec<Option<Value>>, answers: &[Acceptance]) -> usize {
        let new = |(_, answer): &(_, &Acceptance)| **answer == Acceptance::New;
        let failed = failing.into_iter().zip(answers).filter(new).filter_map(|(failed, _)| failed);
        if self.strict {
            self.failed.extend(failed);
        }
        answers.iter().filter(|answer| **answer == Acceptance::New).count()
    }

    fn answer(self, new: usize, duplicates: usize) -> Value {
        if !self.strict {
            return json!({ "success": true });
        }
        let refused: Vec<Value> = self
            .refused
            .iter()
            .map(|refused| json!({ "code": refused.failure.reason, "field": refused.failure.field, "message": refused.failure.explanation }))
            .collect();
        json!({ "success": true, "new": new, "duplicates": duplicates, "failed": self.failed, "refused": refused })
    }
}

/// What will be found wrong with each when it is taken up.
fn failing(messages: &[Message], source: &Source) -> Vec<Option<Value>> {
    let reading = reading(source);
    let failing = |message| segment::event(message, &reading).err().map(|failure| told(message, &failure));
    messages.iter().map(failing).collect()
}

fn told(message: &Message, failure: &Failure) -> Value {
    let Failure { reason, field, explanation } = failure;
    json!({ "messageId": message.id.message.as_str(), "code": reason, "field": field, "message": explanation })
}
