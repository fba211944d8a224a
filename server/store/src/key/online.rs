//! Keys of what events lead to: what stands for an identifier in them, and how they are read.

use sha2::{Digest as _, Sha256};
use shopbell_domain::{
    event::EventId,
    id::SourceId,
    identity::{Evidence, Identifier},
};
use shopbell_durable::{KeyReader, KeyWriter};

use super::{InvalidKey, Key, read_id, read_time, tag};

/// Stands for an identifier in keys: a digest of its kind and value, so that keys are short and name nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mark(pub(crate) [u8; 16]);

impl Mark {
    /// Where events are at home that are nobody's.
    pub(crate) const NOBODY: Self = Self([0; 16]);

    /// Of an identifier.
    pub(crate) fn of(identifier: &Identifier) -> Self {
        Self(digest(identifier.kind().name(), identifier.value().reveal().as_bytes()))
    }
}

/// The first 16 bytes of SHA-256 over a name, a zero and bytes.
pub(crate) fn digest(name: &str, bytes: &[u8]) -> [u8; 16] {
    let hash = Sha256::new().chain_update(name).chain_update([0]).chain_update(bytes).finalize();
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(hash) {
        *to = from;
    }
    half
}

/// The keys under which evidence for a pair is found from its two ends.
pub(crate) fn counted(evidence: &Evidence) -> [Key; 2] {
    let (a, b) = (Mark::of(&evidence.a), Mark::of(&evidence.b));
    let kinds = [evidence.b.kind() as u8, evidence.a.kind() as u8];
    let at = |end, other| Key::Counted { end, kinds, at: evidence.at, event: evidence.id.clone(), other };
    [at(a, b), at(b, a)]
}

/// The rest of a key with one of these tags.
pub(super) fn decode(tag: u8, r: &mut KeyReader<'_>) -> Result<Key, InvalidKey> {
    Ok(match tag {
        tag::EVENT => Key::Event { home: read_mark(r)?, at: read_time(r)?, event: read_name(r)? },
        tag::EVIDENCE => {
            Key::Evidence { a: read_mark(r)?, b: read_mark(r)?, at: read_time(r)?, event: read_name(r)? }
        }
        tag::EVIDENCE_OF => Key::EvidenceOf { event: read_name(r)? },
        tag::PAIR => Key::Pair { a: read_mark(r)?, b: read_mark(r)? },
        tag::COUNTED => Key::Counted {
            end: read_mark(r)?,
            kinds: r.fixed()?,
            at: read_time(r)?,
            event: read_name(r)?,
            other: read_mark(r)?,
        },
        tag::EVENT_DECISIONS => Key::EventDecisions { event: read_name(r)? },
        tag::PAIR_DECISIONS => Key::PairDecisions { a: read_mark(r)?, b: read_mark(r)? },
        tag::DECISION_ON => Key::DecisionOn { identifier: read_mark(r)?, what: r.fixed()? },
        tag::FOUND => Key::Found { identifier: read_mark(r)? },
        tag::VIEW => Key::View { customer: read_id(r)? },
        tag::FOLD_STATE => Key::FoldState { customer: read_id(r)? },
        tag::STALE => Key::Stale { identifier: read_mark(r)? },
        unknown => return Err(InvalidKey::UnknownTag(unknown)),
    })
}

fn read_mark(reader: &mut KeyReader<'_>) -> Result<Mark, InvalidKey> {
    Ok(Mark(reader.fixed()?))
}

pub(super) fn name(writer: KeyWriter, event: &EventId) -> KeyWriter {
    writer.text(event.source.as_str()).text(event.message.as_str())
}

pub(super) fn read_name(reader: &mut KeyReader<'_>) -> Result<EventId, InvalidKey> {
    Ok(EventId { source: read_id::<SourceId>(reader)?, message: read_id(reader)? })
}
