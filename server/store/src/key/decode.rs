//! From the bytes on disk back to a [`Key`]. What `encode` writes and this reads are held together by the tests.

use shopbell_domain::{
    catalogue::Sku,
    id::{BootId, VisitId},
    inbox::InboxNumber,
    ports::LookKind,
    time::Timestamp,
};
use shopbell_durable::{KeyError, KeyReader};
use shopbell_vault::KeyId;

use super::{Key, Logged, Mark, RightsKey, tag};

/// Why bytes are no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidKey {
    /// No kind of record has this tag.
    #[error("no kind of record has the tag {0:#04x}")]
    UnknownTag(u8),
    /// The fields are not those of the kind.
    #[error(transparent)]
    Fields(#[from] KeyError),
    /// A field holds what its type does not allow.
    #[error("a field of the key is not valid")]
    Value,
}

impl Key {
    /// The key that these bytes are.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let tag = *bytes.first().ok_or(KeyError::Short)?;
        let mut reader = KeyReader::new(bytes, tag)?;
        let r = &mut reader;
        let key = match tag {
            tag::HIGH_WATER => Self::HighWater { agent: read_id(r)?, boot: BootId(read_128(r)?) },
            tag::PRESENCES => Self::Presences {
                store: read_id(r)?,
                received: read_time(r)?,
                agent: read_id(r)?,
                boot: BootId(read_128(r)?),
                first: r.u64()?,
            },
            tag::VISIT => Self::Visit { id: VisitId(read_128(r)?) },
            tag::OPEN_VISIT => Self::OpenVisit { store: read_id(r)?, visit: VisitId(read_128(r)?) },
            tag::ENDED_VISIT => {
                Self::EndedVisit { store: read_id(r)?, ended: read_time(r)?, visit: VisitId(read_128(r)?) }
            }
            tag::VISIT_OF => Self::VisitOf { customer: read_mark(r)?, visit: VisitId(read_128(r)?) },
            tag::ANONYMOUS => Self::Anonymous { store: read_id(r)?, hour: read_time(r)? },
            tag::CUSTOMER => Self::Customer { customer: read_mark(r)? },
            tag::PHONE => Self::Phone { phone: read_mark(r)? },
            tag::PHONE_OF => Self::PhoneOf { customer: read_mark(r)?, phone: read_mark(r)? },
            tag::PRODUCT => Self::Product { id: read_id(r)? },
            tag::STOCK => Self::Stock { store: read_id(r)?, product: read_id(r)? },
            tag::SKU => Self::Sku { sku: Sku::new(r.text()?).map_err(|_| InvalidKey::Value)? },
            tag::LOOK => Self::Look {
                customer: read_mark(r)?,
                at: Timestamp::from_millis(!r.i64()?),
                associate: read_mark(r)?,
                visit: VisitId(read_128(r)?),
                what: read_look(r.u8()?)?,
            },
            tag::CONSENT => Self::Consent {
                customer: read_mark(r)?,
                at: read_time(r)?,
                number: u16::from_be_bytes(r.fixed()?),
            },
            tag::CONTEST => Self::Contest { phone: read_mark(r)? },
            tag::RECOVERED => Self::Recovered,
            tag::RESTORED => Self::Restored,
            tag::LAST_VISIT => Self::LastVisit { customer: read_mark(r)? },
            tag::LAYOUT => Self::Layout,
            tag::DOOMED => Self::Doomed { key: KeyId::from_bytes(r.fixed()?) },
            tag::EPOCH => Self::Epoch { key: KeyId::from_bytes(r.fixed()?) },
            tag::PART => return decode_part(bytes),
            online => decode_online(online, r)?,
        };
        reader.finish()?;
        Ok(key)
    }
}

/// What the online life made.
fn decode_online(tag: u8, r: &mut KeyReader<'_>) -> Result<Key, InvalidKey> {
    Ok(match tag {
        tag::SUPPRESSED => Key::Suppressed { who: read_mark(r)?, by: read_mark(r)? },
        tag::SUPPRESSES => Key::Suppresses { by: read_mark(r)?, who: read_mark(r)? },
        tag::SEEN => Key::Seen { message: read_mark(r)? },
        tag::WAITING => Key::Waiting { number: InboxNumber(r.u64()?), count: read_count(r)? },
        tag::FAILED => Key::Failed { number: InboxNumber(r.u64()?) },
        tag::SETTLED => Key::Settled,
        tag::EVENT => Key::Event { home: read_mark(r)?, at: read_time(r)?, event: read_mark(r)? },
        tag::EVIDENCE => {
            Key::Evidence { a: read_mark(r)?, b: read_mark(r)?, at: read_time(r)?, event: read_mark(r)? }
        }
        tag::EVIDENCE_OF => Key::EvidenceOf { event: read_mark(r)?, a: read_mark(r)?, b: read_mark(r)? },
        tag::PAIR => Key::Pair { a: read_mark(r)?, b: read_mark(r)? },
        tag::PAIR_OF => Key::PairOf { b: read_mark(r)?, a: read_mark(r)? },
        tag::COUNTED => Key::Counted {
            end: read_mark(r)?,
            kinds: r.fixed()?,
            at: read_time(r)?,
            event: read_mark(r)?,
            other: read_mark(r)?,
        },
        tag::EVENT_DECISIONS => Key::EventDecisions { event: read_mark(r)? },
        tag::PAIR_DECISIONS => Key::PairDecisions { a: read_mark(r)?, b: read_mark(r)? },
        tag::DECISION_ON => Key::DecisionOn { identifier: read_mark(r)?, what: r.fixed()? },
        tag::FOUND => Key::Found { identifier: read_mark(r)? },
        tag::VIEW => Key::View { customer: read_mark(r)? },
        tag::FOLD_STATE => Key::FoldState { customer: read_mark(r)? },
        tag::STALE => Key::Stale { identifier: read_mark(r)? },
        tag::LOGGED => Key::Logged(Logged::decode(r)?),
        tag::LOGGED_OF => Key::LoggedOf(Logged::decode_of(r)?),
        tag::RIGHTS => Key::Rights(RightsKey::decode(r)?),
        unknown => return Err(InvalidKey::UnknownTag(unknown)),
    })
}

fn read_128(reader: &mut KeyReader<'_>) -> Result<u128, InvalidKey> {
    Ok(u128::from_be_bytes(reader.fixed()?))
}

fn read_mark(reader: &mut KeyReader<'_>) -> Result<Mark, InvalidKey> {
    Ok(Mark(reader.fixed()?))
}

fn read_time(reader: &mut KeyReader<'_>) -> Result<Timestamp, InvalidKey> {
    Ok(Timestamp::from_millis(reader.i64()?))
}

fn read_id<T: TryFrom<String>>(reader: &mut KeyReader<'_>) -> Result<T, InvalidKey> {
    T::try_from(reader.text()?).map_err(|_| InvalidKey::Value)
}

/// One message stands without a count.
fn read_count(reader: &mut KeyReader<'_>) -> Result<u16, InvalidKey> {
    if reader.finish().is_ok() {
        return Ok(1);
    }
    match u16::from_be_bytes(reader.fixed()?) {
        0 | 1 => Err(InvalidKey::Value),
        count => Ok(count),
    }
}

const fn read_look(number: u8) -> Result<LookKind, InvalidKey> {
    match number {
        1 => Ok(LookKind::Greeted),
        2 => Ok(LookKind::GreetedTakenBack),
        3 => Ok(LookKind::CardOpened),
        4 => Ok(LookKind::MinimalCardOpened),
        5 => Ok(LookKind::NamedMinimalCardOpened),
        6 => Ok(LookKind::IdentityShown),
        7 => Ok(LookKind::FailedMessageShown),
        8 => Ok(LookKind::Exported),
        9 => Ok(LookKind::ExportedByApp),
        10 => Ok(LookKind::CardExplained),
        _ => Err(InvalidKey::Value),
    }
}

fn decode_part(bytes: &[u8]) -> Result<Key, InvalidKey> {
    let (rest, index) = bytes.split_last_chunk().ok_or(KeyError::Short)?;
    let of = rest.get(1..).ok_or(KeyError::Short)?.to_vec();
    Ok(Key::Part { of, index: u16::from_be_bytes(*index) })
}
