//! How waiting events are stored: encoding beside decoding.
//!
//! | key | value |
//! |---|---|
//! | `1, run (8), sequence (8)` | `1 (version), boot (16), event (protobuf PresenceEvent)` |
//! | `2, run (8), sequence (8)` | the same, of an event that was set aside |
//!
//! Runs are numbered in the order in which they wrote, since boot ids are random: so the store's order is the order in
//! which events happened, old boots first. Numbers are big-endian. To change the value, raise the version and keep
//! reading the old one: an update must not lose what waits.

use prost::Message as _;
use shopbell_domain::id::BootId;
use shopbell_durable::{Entry, KeyError, KeyReader, KeyWriter};
use shopbell_proto::{
    convert::{ConversionError, edge::Report},
    edge::v1::PresenceEvent,
};

use super::Waiting;

/// Tag of the keys of events.
const EVENT: u8 = 1;
/// Tag of the keys of events that were set aside.
const ASIDE: u8 = 2;
const VERSION: u8 = 1;

/// The place of an event in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The run of the agent that made it.
    pub run: u64,
    /// Its sequence number within the run's boot.
    pub sequence: u64,
}

impl Position {
    /// The key of the event at this place.
    pub fn key(self) -> Vec<u8> {
        KeyWriter::new(EVENT).u64(self.run).u64(self.sequence).finish()
    }

    /// Reads a key.
    pub fn from_key(key: &[u8]) -> Result<Self, KeyError> {
        let mut reader = KeyReader::new(key, EVENT)?;
        let (run, sequence) = (reader.u64()?, reader.u64()?);
        reader.finish()?;
        Ok(Self { run, sequence })
    }

    /// The key of the event at this place once it is set aside.
    pub(super) fn aside_key(self) -> Vec<u8> {
        KeyWriter::new(ASIDE).u64(self.run).u64(self.sequence).finish()
    }

    /// The place behind this one.
    pub(super) const fn next(self) -> Self {
        Self { run: self.run, sequence: self.sequence.saturating_add(1) }
    }
}

/// What all keys of events begin with.
pub fn all_events() -> Vec<u8> {
    KeyWriter::new(EVENT).finish()
}

/// What all keys of events begin with that were set aside.
pub(super) fn all_aside() -> Vec<u8> {
    KeyWriter::new(ASIDE).finish()
}

/// What all keys of a run's events begin with.
pub(super) fn events_of(run: u64) -> Vec<u8> {
    KeyWriter::new(EVENT).u64(run).finish()
}

/// Why a stored event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The key is of another form.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The value was written by a newer agent.
    #[error("its format is version {0}, and only version {VERSION} is known")]
    Version(u8),
    /// The value is too short.
    #[error("it is cut off")]
    Short,
    /// The event is no protobuf.
    #[error(transparent)]
    Protobuf(#[from] prost::DecodeError),
    /// The event means nothing.
    #[error(transparent)]
    Conversion(#[from] ConversionError),
}

/// Writes the value of an event.
pub(super) fn encode(boot: BootId, report: Report) -> Vec<u8> {
    let mut value = vec![VERSION];
    value.extend_from_slice(&boot.0.to_be_bytes());
    value.extend(PresenceEvent::from(report).encode_to_vec());
    value
}

/// Reads the value of an event.
pub(super) fn decode(value: &[u8]) -> Result<(BootId, Report), Unreadable> {
    let (version, value) = value.split_first().ok_or(Unreadable::Short)?;
    if *version != VERSION {
        return Err(Unreadable::Version(*version));
    }
    let (boot, event) = value.split_first_chunk::<16>().ok_or(Unreadable::Short)?;
    Ok((BootId(u128::from_be_bytes(*boot)), PresenceEvent::decode(event)?.try_into()?))
}

/// Whether an entry can be read: of a damaged outbox only such are taken over.
pub(super) fn is_ours(entry: &Entry) -> bool {
    decode(&entry.value).is_ok()
        && (Position::from_key(&entry.key).is_ok() || entry.key.starts_with(&all_aside()))
}

/// Reads a stored entry.
pub fn read(entry: &Entry) -> Result<Waiting, Unreadable> {
    let position = Position::from_key(&entry.key)?;
    let (boot, report) = decode(&entry.value)?;
    Ok(Waiting { position, boot, report })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_sort_by_run_then_sequence(a: (u64, u64), b: (u64, u64)) {
            let position = |(run, sequence)| Position { run, sequence };
            let (a, b) = (position(a), position(b));
            prop_assert_eq!(a.cmp(&b), a.key().cmp(&b.key()));
            prop_assert_eq!(Position::from_key(&a.key()), Ok(a));
            prop_assert!(a.key().starts_with(&events_of(a.run)) && a.key().starts_with(&all_events()));
        }

        #[test]
        fn any_value_is_read_without_panic(value: Vec<u8>) {
            let _ = (decode(&value), Position::from_key(&value));
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        assert_eq!(
            decode(&[9]).unwrap_err().to_string(),
            "its format is version 9, and only version 1 is known"
        );
        assert_eq!(decode(&[1, 2]).unwrap_err().to_string(), "it is cut off");
    }
}
