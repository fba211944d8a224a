//! The keys of the one tree: every kind of record has one variant of [`Key`], encoded and decoded here.
//!
//! A key is a tag byte and then its fields, most significant first, so that all records of one customer or one
//! shop stand together and a prefix of fields is a prefix of bytes. Times that are read newest first are stored
//! inverted. The layouts are held by a test of literal bytes: they are on disks.
//!
//! To add a kind of record: a variant, a tag that was never used, its two arms here, its record in
//! [`crate::record`], and its line in `check`; the compiler finds all but the tag, which a test finds.

mod online;

use std::fmt;

use shopbell_domain::{
    event::EventId,
    id::{AgentId, AssociateId, BootId, CustomerId, OrderId, PhoneId, ProductId, StoreId, VisitId},
    inbox::InboxNumber,
    ports::LookKind,
    time::Timestamp,
};
use shopbell_durable::{KeyError, KeyReader, KeyWriter};

pub(crate) use self::online::{Mark, counted, digest};
use self::online::{name, read_name};

/// The name of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// Highest sequence recorded of a boot.
    HighWater { agent: AgentId, boot: BootId },
    /// Some presences of one batch, from the sequence `first` on.
    Presences { store: StoreId, received: Timestamp, agent: AgentId, boot: BootId, first: u64 },
    /// A visit.
    Visit { id: VisitId },
    /// Index: a visit of this shop has not ended.
    OpenVisit { store: StoreId, visit: VisitId },
    /// Index: when a visit of this shop ended.
    EndedVisit { store: StoreId, ended: Timestamp, visit: VisitId },
    /// Index: a visit of this customer.
    VisitOf { customer: CustomerId, visit: VisitId },
    /// Anonymous arrivals of an hour.
    Anonymous { store: StoreId, hour: Timestamp },
    /// A customer.
    Customer { id: CustomerId },
    /// Whose phone it is.
    Phone { phone: PhoneId },
    /// What is known of a customer.
    Profile { customer: CustomerId },
    /// An order.
    Order { customer: CustomerId, order: OrderId },
    /// A product.
    Product { id: ProductId },
    /// The pieces of a product in a shop.
    Stock { store: StoreId, product: ProductId },
    /// A look at a customer, newest first.
    Look { customer: CustomerId, at: Timestamp, associate: AssociateId, visit: VisitId, what: LookKind },
    /// A message of this name is or was in the inbox.
    Seen { event: EventId },
    /// A message that nobody has taken up yet.
    Waiting { number: InboxNumber },
    /// A message that could not be used.
    Failed { number: InboxNumber },
    /// How far the inbox is taken up; there is one.
    Settled,
    /// An event, under its home identifier.
    Event { home: Mark, at: Timestamp, event: EventId },
    /// Index: an event is evidence that these two are one person's.
    Evidence { a: Mark, b: Mark, at: Timestamp, event: EventId },
    /// All that an event is evidence of.
    EvidenceOf { event: EventId },
    /// What counts of the evidence for two identifiers.
    Pair { a: Mark, b: Mark },
    /// The evidence that counts for a pair, under one of its ends in canonical order: weaker and stronger kind, time, name.
    Counted { end: Mark, kinds: [u8; 2], at: Timestamp, event: EventId, other: Mark },
    /// What was decided about the evidence of an event.
    EventDecisions { event: EventId },
    /// What was decided about all evidence for a pair.
    PairDecisions { a: Mark, b: Mark },
    /// Index: a decision touches an identifier; `what` is a digest of what was decided about.
    DecisionOn { identifier: Mark, what: [u8; 16] },
    /// Whose an identifier was found to be.
    Found { identifier: Mark },
    /// The profile as a view over events.
    View { customer: CustomerId },
    /// What keeping a view up needs to know; written with the view.
    FoldState { customer: CustomerId },
    /// Index: views around an identifier are to be made anew.
    Stale { identifier: Mark },
    /// A part of a value that is too long for one record; `of` is the key of the whole.
    Part { of: Vec<u8>, index: u16 },
}

/// First bytes of keys. Never reuse one: stores in the field hold it.
pub(crate) mod tag {
    pub(crate) const HIGH_WATER: u8 = b'h';
    pub(crate) const PRESENCES: u8 = b'e';
    pub(crate) const VISIT: u8 = b'v';
    pub(crate) const OPEN_VISIT: u8 = b'o';
    pub(crate) const ENDED_VISIT: u8 = b'd';
    pub(crate) const VISIT_OF: u8 = b'w';
    pub(crate) const ANONYMOUS: u8 = b'a';
    pub(crate) const CUSTOMER: u8 = b'c';
    pub(crate) const PHONE: u8 = b'f';
    pub(crate) const PROFILE: u8 = b'b';
    pub(crate) const ORDER: u8 = b'r';
    pub(crate) const PRODUCT: u8 = b'p';
    pub(crate) const STOCK: u8 = b's';
    pub(crate) const LOOK: u8 = b'l';
    pub(crate) const SEEN: u8 = b'm';
    pub(crate) const WAITING: u8 = b'i';
    pub(crate) const FAILED: u8 = b'x';
    pub(crate) const SETTLED: u8 = b'n';
    pub(crate) const EVENT: u8 = b'g';
    pub(crate) const EVIDENCE: u8 = b'j';
    pub(crate) const EVIDENCE_OF: u8 = b'k';
    pub(crate) const PAIR: u8 = b'q';
    pub(crate) const COUNTED: u8 = b'u';
    pub(crate) const EVENT_DECISIONS: u8 = b'y';
    pub(crate) const PAIR_DECISIONS: u8 = b'z';
    pub(crate) const DECISION_ON: u8 = b'D';
    pub(crate) const FOUND: u8 = b'F';
    pub(crate) const VIEW: u8 = b't';
    pub(crate) const FOLD_STATE: u8 = b'T';
    pub(crate) const STALE: u8 = b'S';
    pub(crate) const PART: u8 = b'+';
}

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
    /// The bytes on disk.
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::HighWater { agent, boot } => id128(text(tag::HIGH_WATER, agent.as_str()), boot.0),
            Self::Presences { store, received, agent, boot, first } => {
                let head =
                    text(tag::PRESENCES, store.as_str()).i64(received.as_millis()).text(agent.as_str());
                id128(head, boot.0).u64(*first)
            }
            Self::Visit { id } => id128(KeyWriter::new(tag::VISIT), id.0),
            Self::OpenVisit { store, visit } => id128(text(tag::OPEN_VISIT, store.as_str()), visit.0),
            Self::EndedVisit { store, ended, visit } => {
                id128(text(tag::ENDED_VISIT, store.as_str()).i64(ended.as_millis()), visit.0)
            }
            Self::VisitOf { customer, visit } => id128(text(tag::VISIT_OF, customer.as_str()), visit.0),
            Self::Anonymous { store, hour } => text(tag::ANONYMOUS, store.as_str()).i64(hour.as_millis()),
            Self::Customer { id } => text(tag::CUSTOMER, id.as_str()),
            Self::Phone { phone } => KeyWriter::new(tag::PHONE).u64(phone.0),
            Self::Profile { customer } => text(tag::PROFILE, customer.as_str()),
            Self::Order { customer, order } => text(tag::ORDER, customer.as_str()).text(order.as_str()),
            Self::Product { id } => text(tag::PRODUCT, id.as_str()),
            Self::Stock { store, product } => text(tag::STOCK, store.as_str()).text(product.as_str()),
            Self::Look { customer, at, associate, visit, what } => {
                let head = text(tag::LOOK, customer.as_str()).i64(!at.as_millis()).text(associate.as_str());
                id128(head, visit.0).u8(look_number(*what))
            }
            Self::Seen { event } => name(KeyWriter::new(tag::SEEN), event),
            Self::Waiting { number } => KeyWriter::new(tag::WAITING).u64(number.0),
            Self::Failed { number } => KeyWriter::new(tag::FAILED).u64(number.0),
            Self::Settled => KeyWriter::new(tag::SETTLED),
            Self::Event { home, at, event } => {
                name(KeyWriter::new(tag::EVENT).fixed(&home.0).i64(at.as_millis()), event)
            }
            Self::Evidence { a, b, at, event } => {
                name(pair(tag::EVIDENCE, *a, *b).i64(at.as_millis()), event)
            }
            Self::EvidenceOf { event } => name(KeyWriter::new(tag::EVIDENCE_OF), event),
            Self::Pair { a, b } => pair(tag::PAIR, *a, *b),
            Self::Counted { end, kinds, at, event, other } => {
                let head = KeyWriter::new(tag::COUNTED).fixed(&end.0).fixed(kinds).i64(at.as_millis());
                name(head, event).fixed(&other.0)
            }
            Self::EventDecisions { event } => name(KeyWriter::new(tag::EVENT_DECISIONS), event),
            Self::PairDecisions { a, b } => pair(tag::PAIR_DECISIONS, *a, *b),
            Self::DecisionOn { identifier, what } => pair(tag::DECISION_ON, *identifier, Mark(*what)),
            Self::Found { identifier } => KeyWriter::new(tag::FOUND).fixed(&identifier.0),
            Self::View { customer } => text(tag::VIEW, customer.as_str()),
            Self::FoldState { customer } => text(tag::FOLD_STATE, customer.as_str()),
            Self::Stale { identifier } => KeyWriter::new(tag::STALE).fixed(&identifier.0),
            Self::Part { of, index } => return encode_part(of, *index),
        }
        .finish()
    }

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
            tag::VISIT_OF => Self::VisitOf { customer: read_id(r)?, visit: VisitId(read_128(r)?) },
            tag::ANONYMOUS => Self::Anonymous { store: read_id(r)?, hour: read_time(r)? },
            tag::CUSTOMER => Self::Customer { id: read_id(r)? },
            tag::PHONE => Self::Phone { phone: PhoneId(r.u64()?) },
            tag::PROFILE => Self::Profile { customer: read_id(r)? },
            tag::ORDER => Self::Order { customer: read_id(r)?, order: read_id(r)? },
            tag::PRODUCT => Self::Product { id: read_id(r)? },
            tag::STOCK => Self::Stock { store: read_id(r)?, product: read_id(r)? },
            tag::LOOK => Self::Look {
                customer: read_id(r)?,
                at: Timestamp::from_millis(!r.i64()?),
                associate: read_id(r)?,
                visit: VisitId(read_128(r)?),
                what: read_look(r.u8()?)?,
            },
            tag::SEEN => Self::Seen { event: read_name(r)? },
            tag::WAITING => Self::Waiting { number: InboxNumber(r.u64()?) },
            tag::FAILED => Self::Failed { number: InboxNumber(r.u64()?) },
            tag::SETTLED => Self::Settled,
            tag::PART => return decode_part(bytes),
            other => online::decode(other, r)?,
        };
        reader.finish()?;
        Ok(key)
    }

    /// The kind of record, as `check` counts it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::HighWater { .. } => "high water",
            Self::Presences { .. } => "presences",
            Self::Visit { .. } => "visit",
            Self::OpenVisit { .. } => "index of open visits",
            Self::EndedVisit { .. } => "index of ended visits",
            Self::VisitOf { .. } => "index of a customer's visits",
            Self::Anonymous { .. } => "anonymous count",
            Self::Customer { .. } => "customer",
            Self::Phone { .. } => "phone",
            Self::Profile { .. } => "profile",
            Self::Order { .. } => "order",
            Self::Product { .. } => "product",
            Self::Stock { .. } => "stock",
            Self::Look { .. } => "look",
            Self::Seen { .. } => "name of a message",
            Self::Waiting { .. } => "waiting message",
            Self::Failed { .. } => "failed message",
            Self::Settled => "mark of the inbox",
            Self::Event { .. } => "event",
            Self::Evidence { .. } => "evidence",
            Self::EvidenceOf { .. } => "evidence of an event",
            Self::Pair { .. } => "pair of identifiers",
            Self::Counted { .. } => "index of evidence",
            Self::EventDecisions { .. } => "decisions about an event",
            Self::PairDecisions { .. } => "decisions about a pair",
            Self::DecisionOn { .. } => "index of decisions",
            Self::Found { .. } => "customer of an identifier",
            Self::View { .. } => "view",
            Self::FoldState { .. } => "state of a view",
            Self::Stale { .. } => "mark of a stale view",
            Self::Part { .. } => "part of a long record",
        }
    }

    /// Names the record in an error without naming a person: errors reach logs, customers' numbers must not.
    /// `check` prints the same number beside the full key.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint { kind: self.kind(), number: crc32fast::hash(&self.encode()) }
    }
}

/// A record's name that holds nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    kind: &'static str,
    number: u32,
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{:08x}", self.kind, self.number)
    }
}

/// Beginnings of keys, for scans.
pub(crate) mod prefix {
    use super::{CustomerId, KeyWriter, Mark, StoreId, pair, tag, text};

    pub(crate) fn open_visits(store: &StoreId) -> Vec<u8> {
        text(tag::OPEN_VISIT, store.as_str()).finish()
    }

    pub(crate) fn ended_visits(store: &StoreId) -> Vec<u8> {
        text(tag::ENDED_VISIT, store.as_str()).finish()
    }

    pub(crate) fn visits_of(customer: &CustomerId) -> Vec<u8> {
        text(tag::VISIT_OF, customer.as_str()).finish()
    }

    pub(crate) fn orders_of(customer: &CustomerId) -> Vec<u8> {
        text(tag::ORDER, customer.as_str()).finish()
    }

    pub(crate) fn looks_at(customer: &CustomerId) -> Vec<u8> {
        text(tag::LOOK, customer.as_str()).finish()
    }

    pub(crate) fn events_of(home: Mark) -> Vec<u8> {
        KeyWriter::new(tag::EVENT).fixed(&home.0).finish()
    }

    pub(crate) fn evidence_for(a: Mark, b: Mark) -> Vec<u8> {
        pair(tag::EVIDENCE, a, b).finish()
    }

    pub(crate) fn counted_at(end: Mark) -> Vec<u8> {
        KeyWriter::new(tag::COUNTED).fixed(&end.0).finish()
    }

    pub(crate) fn decisions_on(identifier: Mark) -> Vec<u8> {
        KeyWriter::new(tag::DECISION_ON).fixed(&identifier.0).finish()
    }
}

fn text(tag: u8, text: &str) -> KeyWriter {
    KeyWriter::new(tag).text(text)
}

fn pair(tag: u8, a: Mark, b: Mark) -> KeyWriter {
    KeyWriter::new(tag).fixed(&a.0).fixed(&b.0)
}

fn id128(writer: KeyWriter, id: u128) -> KeyWriter {
    writer.fixed(&id.to_be_bytes())
}

fn read_128(reader: &mut KeyReader<'_>) -> Result<u128, InvalidKey> {
    Ok(u128::from_be_bytes(reader.fixed()?))
}

fn read_time(reader: &mut KeyReader<'_>) -> Result<Timestamp, InvalidKey> {
    Ok(Timestamp::from_millis(reader.i64()?))
}

fn read_id<T: TryFrom<String>>(reader: &mut KeyReader<'_>) -> Result<T, InvalidKey> {
    T::try_from(reader.text()?).map_err(|_| InvalidKey::Value)
}

const fn look_number(what: LookKind) -> u8 {
    match what {
        LookKind::Greeted => 1,
        LookKind::GreetedTakenBack => 2,
        LookKind::CardOpened => 3,
    }
}

const fn read_look(number: u8) -> Result<LookKind, InvalidKey> {
    match number {
        1 => Ok(LookKind::Greeted),
        2 => Ok(LookKind::GreetedTakenBack),
        3 => Ok(LookKind::CardOpened),
        _ => Err(InvalidKey::Value),
    }
}

fn encode_part(of: &[u8], index: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(of.len() + 3);
    bytes.push(tag::PART);
    bytes.extend_from_slice(of);
    bytes.extend_from_slice(&index.to_be_bytes());
    bytes
}

fn decode_part(bytes: &[u8]) -> Result<Key, InvalidKey> {
    let (rest, index) = bytes.split_last_chunk().ok_or(KeyError::Short)?;
    let of = rest.get(1..).ok_or(KeyError::Short)?.to_vec();
    Ok(Key::Part { of, index: u16::from_be_bytes(*index) })
}

#[cfg(test)]
mod tests;
