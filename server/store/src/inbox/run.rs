//! Messages that wait, several to a record.
//!
//! What a record costs the engine depends little on its size, and so does a seal. So messages that come together, of one
//! source, stand together: as many as a record holds without being cut, under the number of the last of them.
//!
//! ```text
//!  { 12, of 5 }   messages 8, 9, 10, 11, 12
//!  { 13 }         message 13 alone; cut into parts when it is long
//! ```
//!
//! Whoever takes messages up may stop inside of a run. What is left of it is then written anew, a record each.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};
use shopbell_domain::{
    event::EventId,
    id::SourceId,
    inbox::{InboxNumber, Message},
    ports::StoreError,
    redacted::Redacted,
    time::Timestamp,
};
use shopbell_vault::KeyId;

use crate::{
    draft::Draft,
    engine::{Flow, Ground, read_value},
    key::{Key, Mark, tag},
    keys,
    record::{self, PART_BYTES},
};

/// Bytes of the messages of a run at most: sealed it stays whole. Longer runs would gain little more, and half of one would
/// be read or written for nothing more often.
const RUN_BYTES: usize = 8 * 1_024;

const _: () = assert!(RUN_BYTES + keys::OVERHEAD_BYTES + 8 <= PART_BYTES);

/// What a message takes beside its texts, at most.
const FIELDS_BYTES: usize = 48;

/// Runs that are read at once.
const PAGE: usize = 32;

/// Messages whose numbers follow each other; the key says the last one's, and how many they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunRecord(pub(crate) Vec<Message>);

/// The layout of a message in a [`RunRecord`]: its own, with the body written and read as a whole.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    id: Cow<'a, EventId>,
    received: Timestamp,
    sent: Option<Timestamp>,
    privacy_control: bool,
    body: Bytes<'a>,
}

/// Bytes that are not written, or read, one by one.
struct Bytes<'a>(Cow<'a, [u8]>);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }
        deserializer.deserialize_bytes(Whole).map(|bytes| Self(bytes.into()))
    }
}

impl Serialize for RunRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|message| {
            let Message { id, received, sent, privacy_control, body } = message;
            Row {
                id: Cow::Borrowed(id),
                received: *received,
                sent: *sent,
                privacy_control: *privacy_control,
                body: Bytes(body.reveal().as_slice().into()),
            }
        }))
    }
}

impl<'de> Deserialize<'de> for RunRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<Row<'_>>::deserialize(deserializer)?;
        let message = |Row { id, received, sent, privacy_control, body }: Row<'_>| Message {
            id: id.into_owned(),
            received,
            sent,
            privacy_control,
            body: Redacted::new(body.0.into_owned()),
        };
        Ok(Self(rows.into_iter().map(message).collect()))
    }
}

/// A run in the making.
#[derive(Debug)]
pub(crate) struct Packing {
    by: Mark,
    /// The number of the first of the messages.
    first: u64,
    messages: Vec<Message>,
    bytes: usize,
    written: Vec<(SourceId, Run)>,
}

impl Packing {
    /// Without messages: they will have the numbers from `first` on, and be sealed by `by`.
    pub(crate) const fn new(first: u64, by: Mark) -> Self {
        Self { by, first, messages: Vec::new(), bytes: 0, written: Vec::new() }
    }

    /// Adds the next message; what does not stand with it is written.
    pub(crate) fn add(&mut self, draft: &mut Draft<'_>, message: Message) -> Result<(), StoreError> {
        let texts = message.id.source.as_str().len() + message.id.message.as_str().len();
        let bytes = message.body.reveal().len() + texts + FIELDS_BYTES;
        let of_another = self.messages.last().is_some_and(|last| last.id.source != message.id.source);
        if of_another || self.bytes + bytes > RUN_BYTES {
            self.finish(draft)?;
        }
        self.bytes += bytes;
        self.messages.push(message);
        Ok(())
    }

    /// Leaves the next number to somebody else.
    pub(crate) fn skip(&mut self, draft: &mut Draft<'_>) -> Result<(), StoreError> {
        self.finish(draft)?;
        self.first += 1;
        Ok(())
    }

    /// Writes what was added.
    pub(crate) fn finish(&mut self, draft: &mut Draft<'_>) -> Result<(), StoreError> {
        let mut messages = std::mem::take(&mut self.messages);
        let length = messages.len();
        let count = u16::try_from(length)
            .map_err(|_| StoreError::Unavailable(format!("{length} messages would share a record")))?;
        self.bytes = 0;
        self.first += u64::from(count);
        let run = Run { last: InboxNumber(self.first.saturating_sub(1)), count };
        self.written.extend(messages.first().map(|message| (message.id.source.clone(), run)));
        if length > 1 {
            return draft.seal_new(&run.key(), self.by, &RunRecord(messages));
        }
        messages.pop().map_or(Ok(()), |message| draft.seal_new(&run.key(), self.by, &message))
    }

    /// What was written since this was last asked.
    pub(crate) fn written(&mut self) -> Vec<(SourceId, Run)> {
        std::mem::take(&mut self.written)
    }

    /// Bytes that are not written yet, about.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A record of waiting messages, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The number of its last message.
    pub(crate) last: InboxNumber,
    /// How many they are.
    pub(crate) count: u16,
}

impl Run {
    /// Where a key says that messages wait.
    pub(crate) fn of(key: &Key) -> Result<Self, StoreError> {
        match key {
            Key::Waiting { number, count } => Ok(Self { last: *number, count: *count }),
            _ => Err(StoreError::Damaged("the key of a waiting message".to_owned())),
        }
    }

    /// Its key.
    pub(crate) const fn key(self) -> Key {
        Key::Waiting { number: self.last, count: self.count }
    }

    /// The number of its first message.
    pub(crate) fn first(self) -> InboxNumber {
        InboxNumber((self.last.0 + 1).saturating_sub(u64::from(self.count)))
    }

    /// Its messages, with their numbers; none when their key is gone.
    pub(crate) fn messages(
        self,
        ground: Ground<'_>,
        value: &[u8],
    ) -> Result<Vec<(InboxNumber, Message)>, StoreError> {
        let key = self.key();
        let messages = if self.count == 1 {
            read_value::<Message>(ground, &key, value)?.map(|message| vec![message])
        } else {
            read_value::<RunRecord>(ground, &key, value)?.map(|RunRecord(messages)| messages)
        };
        let Some(messages) = messages else { return Ok(Vec::new()) };
        if messages.len() != usize::from(self.count) {
            return Err(StoreError::Damaged(format!(
                "{} holds another number of messages",
                key.fingerprint()
            )));
        }
        Ok((self.first().0..).map(InboxNumber).zip(messages).collect())
    }
}

/// Calls `visit` with all that waits, in order, until it says to stop.
pub(crate) fn each_run(
    ground: Ground<'_>,
    mut visit: impl FnMut(Run, &[u8]) -> Result<Flow, StoreError>,
) -> Result<(), StoreError> {
    let mut from = vec![tag::WAITING];
    loop {
        let page = ground.page(&[tag::WAITING], &from, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        from = [last.as_slice(), &[0]].concat();
        for (key, value) in page {
            let key = Key::decode(&key).map_err(|error| StoreError::Damaged(format!("a key: {error}")))?;
            if visit(Run::of(&key)?, &value)? == Flow::Stop {
                return Ok(());
            }
        }
    }
}

/// The outer key of a sealed value, which may be cut.
pub(crate) fn sealing_key(ground: Ground<'_>, key: &[u8], value: &[u8]) -> Result<Option<KeyId>, StoreError> {
    if record::parts(value).is_none() {
        return Ok(keys::parts(value).map(|(key, _)| key));
    }
    let first = ground.get(&Key::Part { of: key.to_vec(), index: 0 }.encode())?;
    Ok(first.as_deref().and_then(keys::parts).map(|(key, _)| key))
}
