//! The keys of the one tree: every kind of record has one variant of [`Key`], encoded here.
//!
//! A key is a tag byte and then its fields, most significant first, so that all records of one customer or one
//! shop stand together and a prefix of fields is a prefix of bytes. Times that are read newest first are stored
//! inverted. The layouts are held by a test of literal bytes: they are on disks.
//!
//! * `decode.rs`: from bytes back to a key. `tag.rs`: the first bytes. `prefix.rs`: beginnings of keys, for scans.
//!
//! To add a kind of record: a variant, a tag that was never used, its arms here and in `decode.rs`, its record in
//! [`crate::record`], its line in `check`, and whether `recover` carries it over or makes it anew; the compiler finds
//! what it can, and a test the tag.

mod decode;
pub(crate) mod prefix;
mod rights;
pub(crate) mod tag;

use std::fmt;

use sha2::{Digest as _, Sha256};
use shopbell_domain::{
    catalogue::Sku,
    event::EventId,
    id::{AgentId, AssociateId, BootId, CustomerId, OrderId, PhoneId, ProductId, StoreId, VisitId},
    identity::{Evidence, Identifier},
    inbox::InboxNumber,
    ports::LookKind,
    time::Timestamp,
};
use shopbell_durable::KeyWriter;

pub(crate) use self::rights::RightsKey;
use self::decode::InvalidKey;

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
    /// Which product and size a number of the catalogue names.
    Sku { sku: Sku },
    /// A look at a customer, newest first.
    Look { customer: CustomerId, at: Timestamp, associate: AssociateId, visit: VisitId, what: LookKind },
    /// The proof of a decision of a customer, oldest first; the number tells those of one moment apart.
    Consent { customer: CustomerId, at: Timestamp, number: u16 },
    /// A phone that is heard in two places.
    Contest { phone: PhoneId },
    /// That the store was made by a recovery.
    Recovered,
    /// When the newest of those visits of a customer ended that were deleted for their age.
    LastVisit { customer: CustomerId },
    /// That the store was made out of a backup, and must not be served yet.
    Restored,
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
    /// What customers asked.
    Rights(RightsKey),
    /// A part of a value that is too long for one record; `of` is the key of the whole.
    Part { of: Vec<u8>, index: u16 },
}

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
            Self::Sku { sku } => text(tag::SKU, sku.as_str()),
            Self::Look { customer, at, associate, visit, what } => {
                let head = text(tag::LOOK, customer.as_str()).i64(!at.as_millis()).text(associate.as_str());
                id128(head, visit.0).u8(look_number(*what))
            }
            Self::Consent { customer, at, number } => {
                text(tag::CONSENT, customer.as_str()).i64(at.as_millis()).fixed(&number.to_be_bytes())
            }
            Self::Contest { phone } => KeyWriter::new(tag::CONTEST).u64(phone.0),
            Self::Recovered => KeyWriter::new(tag::RECOVERED),
            Self::Restored => KeyWriter::new(tag::RESTORED),
            Self::LastVisit { customer } => text(tag::LAST_VISIT, customer.as_str()),
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
            Self::Rights(key) => key.encode(),
            Self::Part { of, index } => return encode_part(of, *index),
        }
        .finish()
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
            Self::Sku { .. } => "number of the catalogue",
            Self::Look { .. } => "look",
            Self::Consent { .. } => "proof of consent",
            Self::Contest { .. } => "contest",
            Self::Recovered => "recovery",
            Self::Restored => "restored backup",
            Self::LastVisit { .. } => "last visit",
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
            Self::Rights(key) => key.kind(),
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

/// The keys under which evidence for a pair is found from its two ends.
pub(crate) fn counted(evidence: &Evidence) -> [Key; 2] {
    let (a, b) = (Mark::of(&evidence.a), Mark::of(&evidence.b));
    let kinds = [evidence.b.kind() as u8, evidence.a.kind() as u8];
    let at = |end, other| Key::Counted { end, kinds, at: evidence.at, event: evidence.id.clone(), other };
    [at(a, b), at(b, a)]
}

fn text(tag: u8, text: &str) -> KeyWriter {
    KeyWriter::new(tag).text(text)
}

fn pair(tag: u8, a: Mark, b: Mark) -> KeyWriter {
    KeyWriter::new(tag).fixed(&a.0).fixed(&b.0)
}

fn name(writer: KeyWriter, event: &EventId) -> KeyWriter {
    writer.text(event.source.as_str()).text(event.message.as_str())
}

fn id128(writer: KeyWriter, id: u128) -> KeyWriter {
    writer.fixed(&id.to_be_bytes())
}

const fn look_number(what: LookKind) -> u8 {
    match what {
        LookKind::Greeted => 1,
        LookKind::GreetedTakenBack => 2,
        LookKind::CardOpened => 3,
        LookKind::MinimalCardOpened => 4,
        LookKind::NamedMinimalCardOpened => 5,
        LookKind::IdentityShown => 6,
    }
}

fn encode_part(of: &[u8], index: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(of.len() + 3);
    bytes.push(tag::PART);
    bytes.extend_from_slice(of);
    bytes.extend_from_slice(&index.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests;
