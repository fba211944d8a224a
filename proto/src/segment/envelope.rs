//! Bodies of requests: one call, or a batch of them.
//!
//! Nothing is decided here about what an event means: each is kept as it came, with what the batch says of all its
//! events written into it. What a batch says wins over nothing: an event's own word stands.

mod plain;

use serde_json::{Map, Value};
use shopbell_domain::{
    event::EventId,
    id::{MessageId, SourceId},
    inbox::{Failure, Message},
    redacted::Redacted,
    time::Timestamp,
};

use super::{
    failure::Reason,
    fields::{self, DEEPEST, Fields},
    instant,
};

/// What kind of call it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Who somebody is.
    Identify,
    /// Something happened.
    Track,
    /// A page was looked at.
    Page,
    /// A screen of an app was looked at.
    Screen,
    /// Somebody belongs to a group.
    Group,
    /// Two names are one person's.
    Alias,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Identify, Self::Track, Self::Page, Self::Screen, Self::Group, Self::Alias];

    /// As it is written in `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Track => "track",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }

    /// The kind that is written so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name.trim()))
    }
}

/// What a path takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// A batch: each event tells its kind.
    Batch,
    /// One event of this kind.
    One(Kind),
}

impl Call {
    /// By the last part of the path: `/v1/batch`, `/v1/import`, `/v1/track`, or the browser's first letters, such as `/v1/t`.
    pub fn from_path(path: &str) -> Option<Self> {
        let last = path.trim_end_matches('/').rsplit('/').next()?;
        if matches!(last, "batch" | "b" | "import") {
            return Some(Self::Batch);
        }
        let kind = Kind::ALL.into_iter().find(|kind| {
            let name = kind.name();
            last == name || (last.len() == 1 && name.starts_with(last))
        })?;
        Some(Self::One(kind))
    }
}

/// How much may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one event, as JSON without white space.
    pub event_bytes: usize,
    /// Events of a batch.
    pub events: usize,
    /// Characters of a message id.
    pub message_id_chars: usize,
    /// Bytes of what a batch says of all its events: it is written into each, so it multiplies.
    pub shared_bytes: usize,
}

impl Default for Limits {
    /// Segment's own limits; that of `shared_bytes` is ours.
    fn default() -> Self {
        Self { event_bytes: 32 * 1024, events: 2_500, message_id_chars: 99, shared_bytes: 8 * 1024 }
    }
}

/// A body, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The key that says whose events these are; senders may give it in a header instead.
    pub write_key: Option<Redacted<String>>,
    /// Events to be kept, in order.
    pub items: Vec<Item>,
    /// Events that cannot even be kept.
    pub refused: Vec<Refused>,
}

/// An event to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number: the sender's, or one that was made.
    pub message: MessageId,
    /// What the sender's clock showed when it was sent.
    pub sent: Option<Timestamp>,
    /// The event as JSON, with all that the batch says of it; without the write key.
    pub body: Redacted<Vec<u8>>,
    /// The bytes of the event itself, without what the batch says of it: it is these that are limited.
    pub own_bytes: usize,
}

impl Item {
    /// It, as a message from `source`. `privacy_control`: whether the request's headers asked for it.
    pub fn into_message(self, source: SourceId, received: Timestamp, privacy_control: bool) -> Message {
        let id = EventId { source, message: self.message };
        Message { id, received, sent: self.sent, privacy_control, body: self.body }
    }
}

/// An event that is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the batch, from 0.
    pub position: usize,
    /// Why.
    pub failure: Failure,
}

/// Why a body holds no events. Nothing of it is kept; sending it again does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON.
    #[error("the body is not valid JSON")]
    NotJson,
    /// Nested too deep.
    #[error("the body is nested too deep: at most {DEEPEST} levels")]
    TooDeep,
    /// JSON, and no object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// A batch without its list.
    #[error("the body needs `batch`, a list of events")]
    NoBatch,
    /// Too many events.
    #[error("the batch holds {found} events: at most {limit} are taken; send it in parts")]
    TooManyEvents {
        /// How many there are.
        found: usize,
        /// How many may be.
        limit: usize,
    },
    /// The batch says too much of all its events.
    #[error(
        "context and integrations of the batch have {found} bytes: at most {limit} are taken; write them into the events"
    )]
    SharedTooLarge {
        /// How many bytes there are.
        found: usize,
        /// How many may be.
        limit: usize,
    },
}

/// What a batch says of all its events, when it says it.
const SHARED: [&str; 2] = ["context", "integrations"];

/// Takes a body apart. `new_id` makes numbers for events that have none; it must not give the same twice.
pub fn read(
    body: &[u8],
    call: Call,
    limits: &Limits,
    mut new_id: impl FnMut() -> MessageId,
) -> Result<Envelope, EnvelopeError> {
    match call {
        Call::Batch => plain::read(body, limits, &mut new_id)
            .map_or_else(|| read_values(body, call, limits, &mut new_id), Ok),
        Call::One(_) => read_values(body, call, limits, &mut new_id),
    }
}

/// Takes any body apart, by making values of it.
fn read_values(
    body: &[u8],
    call: Call,
    limits: &Limits,
    new_id: &mut impl FnMut() -> MessageId,
) -> Result<Envelope, EnvelopeError> {
    let body = fields::parse(body).map_err(|reason| match reason {
        Reason::TooDeep => EnvelopeError::TooDeep,
        _ => EnvelopeError::NotJson,
    })?;
    let Value::Object(mut body) = body else { return Err(EnvelopeError::NotAnObject) };
    let write_key = Fields::new(&body, "").text(&["writeKey"], 200).map(Redacted::new);
    let sent = sent(&body);
    let (events, shared) = match call {
        Call::Batch => {
            let Some(Value::Array(events)) = body.remove("batch") else { return Err(EnvelopeError::NoBatch) };
            (events, Shared::take(&mut body, limits)?)
        }
        Call::One(kind) => {
            body.insert("type".to_owned(), kind.name().into());
            (vec![Value::Object(body)], Shared::default())
        }
    };
    if events.len() > limits.events {
        return Err(EnvelopeError::TooManyEvents { found: events.len(), limit: limits.events });
    }
    let mut envelope = Envelope { write_key, items: Vec::with_capacity(events.len()), refused: Vec::new() };
    for (position, event) in events.into_iter().enumerate() {
        match item(event, sent, &shared, limits, new_id) {
            Ok(item) => envelope.items.push(item),
            Err(reason) => {
                let field = if call == Call::Batch { format!("batch[{position}]") } else { String::new() };
                envelope.refused.push(Refused { position, failure: reason.at(field) });
            }
        }
    }
    Ok(envelope)
}

/// What a batch says of all its events.
#[derive(Default)]
struct Shared {
    fields: Vec<(&'static str, Value)>,
    bytes: usize,
}

impl Shared {
    fn take(body: &mut Map<String, Value>, limits: &Limits) -> Result<Self, EnvelopeError> {
        let mut shared = Self::default();
        for key in SHARED {
            if let Some(value @ Value::Object(_)) = body.remove(key) {
                // With the quotes, colon and comma of its name.
                shared.bytes += to_bytes(&value).len() + key.len() + 4;
                shared.fields.push((key, value));
            }
        }
        if shared.bytes > limits.shared_bytes {
            return Err(EnvelopeError::SharedTooLarge { found: shared.bytes, limit: limits.shared_bytes });
        }
        Ok(shared)
    }

    fn write_into(&self, event: &mut Map<String, Value>) {
        for (key, value) in &self.fields {
            merge(event.entry(*key).or_insert(Value::Null), value);
        }
    }
}

/// Adds what is not there yet, object by object. The depth is bounded by that of the body.
fn merge(own: &mut Value, shared: &Value) {
    match (own, shared) {
        (Value::Object(own), Value::Object(shared)) => {
            for (key, shared) in shared {
                merge(own.entry(key).or_insert(Value::Null), shared);
            }
        }
        (own @ Value::Null, shared) => *own = shared.clone(),
        _ => {}
    }
}

fn item(
    mut event: Value,
    sent_batch: Option<Timestamp>,
    shared: &Shared,
    limits: &Limits,
    new_id: &mut impl FnMut() -> MessageId,
) -> Result<Item, Reason> {
    let (mut message, mut sent_itself) = (None, None);
    if let Value::Object(event) = &mut event {
        event.remove("writeKey");
    }
    // Counted before the batch has its say: an event cannot hide behind what its batch did not say.
    let own_bytes = if shared.fields.is_empty() { None } else { Some(to_bytes(&event).len()) };
    if let Value::Object(event) = &mut event {
        shared.write_into(event);
        message = message_id(event, limits.message_id_chars).unwrap_or_default();
        sent_itself = sent(event);
    }
    let body = to_bytes(&event);
    let own_bytes = own_bytes.unwrap_or(body.len());
    if own_bytes > limits.event_bytes {
        return Err(Reason::EventTooLarge);
    }
    Ok(Item {
        message: message.unwrap_or_else(new_id),
        sent: sent_batch.or(sent_itself),
        body: Redacted::new(body),
        own_bytes,
    })
}

/// The event's own number; `None` when it has none, an error when what it has cannot be one. Such an event is kept under
/// a number that was made, and fails by name when it is taken up.
pub(super) fn message_id(event: &Map<String, Value>, most_chars: usize) -> Result<Option<MessageId>, Reason> {
    let text = match event.get("messageId") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Reason::UnusableMessageId),
    };
    if text.chars().count() > most_chars {
        return Err(Reason::UnusableMessageId);
    }
    MessageId::new(text).map(Some).map_err(|_| Reason::UnusableMessageId)
}

/// When the sender sent it; a time that cannot be read corrects nothing.
fn sent(object: &Map<String, Value>) -> Option<Timestamp> {
    object.get("sentAt").and_then(instant::read)
}

/// A value has text keys only, so that writing it cannot fail.
fn to_bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
