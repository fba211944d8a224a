//! The keys of the one tree: every kind of record has one variant of [`Key`], encoded here.
//!
//! A key is a tag byte and then its fields, most significant first, so that all records of one customer or one
//! shop stand together and a prefix of fields is a prefix of bytes. Times that are read newest first are stored
//! inverted. The layouts are held by a test of literal bytes: they are on disks.
//!
//! **Nothing personal stands in a key.** Whoever a key is about is a [`Mark`], which [`crate::keys::Keys`] makes: of a
//! person in the life that they have now, of a phone's number, of a message's name. Without the vault a mark
//! tells nothing, and no guess at it can be tried. Times, shops and agents stand as they are. Records that tie at a time
//! stand in the order of their marks, which means nothing: whoever needs the canonical order sorts what was read.
//!
//! * `decode.rs`: from bytes back to a key. `tag.rs`: the first bytes. `prefix.rs`: beginnings of keys, for scans.
//!
//! # To add a kind of record
//!
//! 1. A variant here and a tag that was never used, with its arms below and in `decode.rs`. A person's records begin with
//!    the person's mark, so that they are found, and removed, by one scan.
//! 2. Its record in [`crate::record`], public or personal; what is personal is sealed, by a subject that its port names.
//! 3. Its line in `check.rs` (or `check/online.rs`), and whether `recover` carries it over or makes it anew.
//! 4. What becomes of it when a person is erased: `ports/forgetting.rs` has a list of what begins with a mark.
//!
//! The compiler finds what it can, and a test the tag.

mod decode;
mod logged;
pub(crate) mod prefix;
mod rights;
pub(crate) mod tag;

use std::fmt;

use sha2::{Digest as _, Sha256};
use shopbell_domain::{
    catalogue::Sku,
    id::{AgentId, BootId, ProductId, StoreId, VisitId},
    inbox::InboxNumber,
    ports::LookKind,
    time::Timestamp,
};
use shopbell_durable::KeyWriter;
use shopbell_vault::{KeyId, Pseudonym};

use self::decode::InvalidKey;
pub(crate) use self::{
    logged::{Logged, LoggedKind},
    rights::RightsKey,
};

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
    VisitOf { customer: Mark, visit: VisitId },
    /// Anonymous arrivals of an hour.
    Anonymous { store: StoreId, hour: Timestamp },
    /// A customer.
    Customer { customer: Mark },
    /// Whose phone it is; the mark is of the number, in whatever life its owner is.
    Phone { phone: Mark },
    /// Index: a phone of this customer, revoked or not.
    PhoneOf { customer: Mark, phone: Mark },
    /// A product.
    Product { id: ProductId },
    /// The pieces of a product in a shop.
    Stock { store: StoreId, product: ProductId },
    /// Which product and size a number of the catalogue names.
    Sku { sku: Sku },
    /// A look at a customer, newest first.
    Look { customer: Mark, at: Timestamp, associate: Mark, visit: VisitId, what: LookKind },
    /// An entry of the log of showings.
    Logged(Logged),
    /// An entry of the log of showings in short, visit by visit.
    LoggedOf(Logged),
    /// The proof of a decision of a customer, oldest first; the number tells those of one moment apart.
    Consent { customer: Mark, at: Timestamp, number: u16 },
    /// A phone that is heard in two places.
    Contest { phone: Mark },
    /// That the store was made by a recovery.
    Recovered,
    /// When the newest of those visits of a customer ended that were deleted for their age.
    LastVisit { customer: Mark },
    /// That the store was made out of a backup, and must not be served yet.
    Restored,
    /// How the store is laid out, and whose keys it needs.
    Layout,
    /// A key that must be destroyed: what it sealed was removed by the commit that wrote this.
    Doomed { key: KeyId },
    /// A key that seals messages on their way through the inbox.
    Epoch { key: KeyId },
    /// Nothing is kept of `who`, since `by` was suppressed; both have no life.
    Suppressed { who: Mark, by: Mark },
    /// The same, from the other side, to be lifted.
    Suppresses { by: Mark, who: Mark },
    /// A message of this name is or was in the inbox.
    Seen { message: Mark },
    /// Messages that nobody has taken up yet: so many, of which the last has this number.
    Waiting { number: InboxNumber, count: u16 },
    /// A message that could not be used.
    Failed { number: InboxNumber },
    /// How far the inbox is taken up; there is one.
    Settled,
    /// An event, under its home identifier.
    Event { home: Mark, at: Timestamp, event: Mark },
    /// Index: an event is evidence that these two are one person's.
    Evidence { a: Mark, b: Mark, at: Timestamp, event: Mark },
    /// What an event is evidence of, one record a pair.
    EvidenceOf { event: Mark, a: Mark, b: Mark },
    /// What counts of the evidence for two identifiers.
    Pair { a: Mark, b: Mark },
    /// The evidence that counts for a pair, under one of its ends: weaker and stronger kind, time, name.
    Counted { end: Mark, kinds: [u8; 2], at: Timestamp, event: Mark, other: Mark },
    /// Index: a pair, from its other end.
    PairOf { b: Mark, a: Mark },
    /// What was decided about the evidence of an event.
    EventDecisions { event: Mark },
    /// What was decided about all evidence for a pair.
    PairDecisions { a: Mark, b: Mark },
    /// Index: a decision touches an identifier; `what` is a digest of what was decided about.
    DecisionOn { identifier: Mark, what: [u8; 16] },
    /// Whose an identifier was found to be.
    Found { identifier: Mark },
    /// The profile as a view over events.
    View { customer: Mark },
    /// What keeping a view up needs to know; written with the view.
    FoldState { customer: Mark },
    /// Index: views around an identifier are to be made anew.
    Stale { identifier: Mark },
    /// What customers asked.
    Rights(RightsKey),
    /// A part of a value that is too long for one record; `of` is the key of the whole.
    Part { of: Vec<u8>, index: u16 },
}

/// Stands for somebody or something in keys, and names nobody: a pseudonym of the vault's. What it stands for is
/// [`crate::keys::Keys`]'s matter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mark(pub(crate) [u8; 16]);

impl Mark {
    /// Where events are at home that are nobody's.
    pub(crate) const NOBODY: Self = Self([0; 16]);
}

impl From<Pseudonym> for Mark {
    fn from(pseudonym: Pseudonym) -> Self {
        Self(pseudonym.to_bytes())
    }
}

impl From<Mark> for Pseudonym {
    fn from(Mark(bytes): Mark) -> Self {
        Self::from_bytes(bytes)
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
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
            Self::VisitOf { customer, visit } => id128(mark(tag::VISIT_OF, *customer), visit.0),
            Self::Anonymous { store, hour } => text(tag::ANONYMOUS, store.as_str()).i64(hour.as_millis()),
            Self::Customer { customer } => mark(tag::CUSTOMER, *customer),
            Self::Phone { phone } => mark(tag::PHONE, *phone),
            Self::PhoneOf { customer, phone } => pair(tag::PHONE_OF, *customer, *phone),
            Self::Product { id } => text(tag::PRODUCT, id.as_str()),
            Self::Stock { store, product } => text(tag::STOCK, store.as_str()).text(product.as_str()),
            Self::Sku { sku } => text(tag::SKU, sku.as_str()),
            Self::Look { customer, at, associate, visit, what } => {
                let head = mark(tag::LOOK, *customer).i64(!at.as_millis()).fixed(&associate.0);
                id128(head, visit.0).u8(look_number(*what))
            }
            Self::Logged(entry) => entry.encode(),
            Self::LoggedOf(entry) => entry.encode_of(),
            Self::Consent { customer, at, number } => {
                mark(tag::CONSENT, *customer).i64(at.as_millis()).fixed(&number.to_be_bytes())
            }
            Self::Contest { phone } => mark(tag::CONTEST, *phone),
            Self::Recovered => KeyWriter::new(tag::RECOVERED),
            Self::Restored => KeyWriter::new(tag::RESTORED),
            Self::LastVisit { customer } => mark(tag::LAST_VISIT, *customer),
            Self::Layout => KeyWriter::new(tag::LAYOUT),
            Self::Doomed { key } => KeyWriter::new(tag::DOOMED).fixed(&key.to_bytes()),
            Self::Epoch { key } => KeyWriter::new(tag::EPOCH).fixed(&key.to_bytes()),
            Self::Suppressed { who, by } => pair(tag::SUPPRESSED, *who, *by),
            Self::Suppresses { by, who } => pair(tag::SUPPRESSES, *by, *who),
            Self::Rights(key) => key.encode(),
            Self::Part { of, index } => return encode_part(of, *index),
            online => return online.encode_online(),
        }
        .finish()
    }

    /// What the online life made.
    fn encode_online(&self) -> Vec<u8> {
        match self {
            Self::Seen { message } => mark(tag::SEEN, *message),
            Self::Waiting { number, count: 0 | 1 } => KeyWriter::new(tag::WAITING).u64(number.0),
            Self::Waiting { number, count } => {
                KeyWriter::new(tag::WAITING).u64(number.0).fixed(&count.to_be_bytes())
            }
            Self::Failed { number } => KeyWriter::new(tag::FAILED).u64(number.0),
            Self::Settled => KeyWriter::new(tag::SETTLED),
            Self::Event { home, at, event } => mark(tag::EVENT, *home).i64(at.as_millis()).fixed(&event.0),
            Self::Evidence { a, b, at, event } => {
                pair(tag::EVIDENCE, *a, *b).i64(at.as_millis()).fixed(&event.0)
            }
            Self::EvidenceOf { event, a, b } => pair(tag::EVIDENCE_OF, *event, *a).fixed(&b.0),
            Self::Pair { a, b } => pair(tag::PAIR, *a, *b),
            Self::PairOf { b, a } => pair(tag::PAIR_OF, *b, *a),
            Self::Counted { end, kinds, at, event, other } => {
                let head = mark(tag::COUNTED, *end).fixed(kinds).i64(at.as_millis());
                head.fixed(&event.0).fixed(&other.0)
            }
            Self::EventDecisions { event } => mark(tag::EVENT_DECISIONS, *event),
            Self::PairDecisions { a, b } => pair(tag::PAIR_DECISIONS, *a, *b),
            Self::DecisionOn { identifier, what } => pair(tag::DECISION_ON, *identifier, Mark(*what)),
            Self::Found { identifier } => mark(tag::FOUND, *identifier),
            Self::View { customer } => mark(tag::VIEW, *customer),
            Self::FoldState { customer } => mark(tag::FOLD_STATE, *customer),
            Self::Stale { identifier } => mark(tag::STALE, *identifier),
            // Encoded by its namesake above.
            _ => return Vec::new(),
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
            Self::PhoneOf { .. } => "index of a customer's phones",
            Self::Product { .. } => "product",
            Self::Stock { .. } => "stock",
            Self::Sku { .. } => "number of the catalogue",
            Self::Look { .. } => "look",
            Self::Logged(entry) => entry.what.name(),
            Self::LoggedOf(_) => "entry in short",
            Self::Consent { .. } => "proof of consent",
            Self::Contest { .. } => "contest",
            Self::Recovered => "recovery",
            Self::Restored => "restored backup",
            Self::LastVisit { .. } => "last visit",
            Self::Layout => "layout",
            Self::Doomed { .. } => "key to be destroyed",
            Self::Epoch { .. } => "key of the inbox",
            Self::Suppressed { .. } => "suppression",
            Self::Suppresses { .. } => "index of suppressions",
            Self::Seen { .. } => "name of a message",
            Self::Waiting { .. } => "waiting message",
            Self::Failed { .. } => "failed message",
            Self::Settled => "mark of the inbox",
            Self::Event { .. } => "event",
            Self::Evidence { .. } => "evidence",
            Self::EvidenceOf { .. } => "evidence of an event",
            Self::Pair { .. } => "pair of identifiers",
            Self::PairOf { .. } => "index of pairs",
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

    /// Names the record in an error: short, and the same number that `check` prints beside the full key.
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

fn text(tag: u8, text: &str) -> KeyWriter {
    KeyWriter::new(tag).text(text)
}

fn mark(tag: u8, mark: Mark) -> KeyWriter {
    KeyWriter::new(tag).fixed(&mark.0)
}

fn pair(tag: u8, a: Mark, b: Mark) -> KeyWriter {
    mark(tag, a).fixed(&b.0)
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
        LookKind::FailedMessageShown => 7,
        LookKind::Exported => 8,
        LookKind::ExportedByApp => 9,
        LookKind::CardExplained => 10,
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
