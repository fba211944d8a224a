//! What stands in a value: one version byte, then the record in postcard; sealed, if it is personal.
//!
//! Every record is [`Public`] or [`Personal`], and the compiler asks which: what is personal cannot be written unsealed.
//! Personal is whatever is of one person, or of a browser or a phone that may turn out to be one's. Products, stock, counts
//! of nobody in particular, indexes whose keys hold marks only, and the server's own marks are public. To add a record: its
//! type here and a line in `public!` or `personal!`.
//!
//! postcard does not describe itself: a changed field changes what old bytes mean. So each kind has a version,
//! `decode` refuses every other one by name, and a test holds the bytes of a sample of each kind. When that test
//! fails after a change in the domain: raise the kind's `VERSION`, keep the old shape beside it, and read both.
//!
//! A value longer than [`PART_BYTES`] is cut into parts that are written in the same batch; its own record then
//! only tells their number. [`crate::draft::Draft`] writes parts, [`crate::engine::read`] joins them.

mod rights;

use std::marker::PhantomData;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::{Proof, TextShown},
    event::{Event, EventId},
    id::{AgentId, BootId, CustomerId, PhoneId, ProductId, VisitId},
    identity::{Evidence, Identifier, Retracted, port::RetractionRecord},
    inbox::{Failure, Message},
    ports::{Look, RecordedPresence, StoreError},
    presence::PresenceKind,
    profile::{Customer, FoldState, Profile},
    showing,
    signal::{Carrier, Dbm},
    time::Timestamp,
    visit::Visit,
    whereabouts::Contest,
};
use shopbell_vault::KeyId;

pub(crate) use self::rights::{
    NamedRecord, OutcomeRecord, PlanRecord, ReceiptRecord, RegulationRecord, RequestRecord, UsersRecord,
};
use crate::{inbox::RunRecord, key::Key, keys};

/// Longest value that stays whole, and the length of a part, in bytes: as long as the engine takes, so that a profile is one
/// read. It was half of that once; values that were cut then are joined as they are.
pub(crate) const PART_BYTES: usize = shopbell_durable::MAX_VALUE_BYTES;

/// First byte of a value that was cut into parts; the number of parts follows. Never a version.
pub(crate) const CUT: u8 = 0xFF;

/// Presences that share a record.
pub(crate) const PRESENCES_A_RECORD: usize = 64;

/// A kind of value.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// The layout that this program writes.
    const VERSION: u8;
    /// Whether it is sealed wherever it is written.
    const PERSONAL: bool;
}

/// A record that tells nothing of a person, and stands as it is.
pub(crate) trait Public: Record {}

/// A record of a person. [`crate::draft::Draft`] writes it sealed, and a public record holds it as [`Sealed`] only.
pub(crate) trait Personal: Record {}

/// A personal record inside of a public one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sealed<T> {
    value: Vec<u8>,
    #[serde(skip)]
    of: PhantomData<T>,
}

impl<T: Personal> Sealed<T> {
    /// What [`crate::draft::Draft::sealed`] sealed.
    pub(crate) const fn of(value: Vec<u8>) -> Self {
        Self { value, of: PhantomData }
    }

    /// The sealed value.
    pub(crate) fn value(&self) -> &[u8] {
        &self.value
    }

    /// Its outer key.
    pub(crate) fn sealed_by(&self) -> Option<KeyId> {
        keys::parts(&self.value).map(|(key, _)| key)
    }
}

/// Highest sequence number of a boot, and when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HighWaterRecord {
    pub(crate) sequence: u64,
    pub(crate) received: Timestamp,
}

/// A presence without what its key already says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PresenceRow {
    pub(crate) sequence: u64,
    pub(crate) customer: CustomerId,
    pub(crate) kind: PresenceKind,
    pub(crate) observed: Timestamp,
    pub(crate) rssi: Dbm,
    pub(crate) carrier: Carrier,
    pub(crate) visit: VisitId,
}

impl From<RecordedPresence> for PresenceRow {
    fn from(p: RecordedPresence) -> Self {
        let RecordedPresence { agent: _, boot: _, sequence, customer, kind, observed, rssi, carrier, visit } =
            p;
        Self { sequence, customer, kind, observed, rssi, carrier, visit }
    }
}

impl PresenceRow {
    /// With what the key says.
    pub(crate) fn of(self, agent: &AgentId, boot: BootId) -> RecordedPresence {
        let Self { sequence, customer, kind, observed, rssi, carrier, visit } = self;
        RecordedPresence {
            agent: agent.clone(),
            boot,
            sequence,
            customer,
            kind,
            observed,
            rssi,
            carrier,
            visit,
        }
    }
}

/// Some presences of a batch, each sealed by its customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PresencesRecord(pub(crate) Vec<SealedRow>);

/// A presence, as far as it tells nothing, and sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedRow {
    pub(crate) sequence: u64,
    pub(crate) row: Sealed<PresenceRow>,
}

/// An anonymous count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct CountRecord(pub(crate) u32);

/// A phone. A revoked one stays, so that its number is never given again; so does one whose owner was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PhoneRecord {
    pub(crate) revoked: bool,
    pub(crate) owner: Option<Sealed<OwnerRecord>>,
}

/// Whose a phone is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnerRecord {
    pub(crate) phone: PhoneId,
    pub(crate) customer: CustomerId,
}

/// A phone that is heard in two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContestRecord {
    pub(crate) phone: PhoneId,
    pub(crate) contest: Contest,
}

/// How the store is laid out. Its version is the layout's: 1 had profiles and orders of imports beside the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LayoutRecord {
    /// What the vault is told by that sealed this store.
    pub(crate) vault: [u8; 16],
}

/// The pieces of a product in a shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StockRecord(pub(crate) Vec<Stock>);

/// The product and size that a number of the catalogue names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SkuRecord {
    pub(crate) product: ProductId,
    pub(crate) size: Option<String>,
}

/// That a recovery made the store, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecoveredRecord {
    pub(crate) at: Timestamp,
}

/// When the newest of a customer's deleted visits ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastVisitRecord {
    pub(crate) customer: CustomerId,
    pub(crate) ended: Timestamp,
}

/// That a backup made the store, and when that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestoredRecord {
    pub(crate) taken: Timestamp,
}

/// The proof of a customer's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProofRecord {
    pub(crate) customer: CustomerId,
    pub(crate) proof: Proof,
}

/// How far the inbox is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct SettledRecord {
    /// The highest number that waits no longer; after a recovery some below it may wait all the same. No number up to
    /// this one is given again.
    pub(crate) up_to: u64,
}

/// A message that could not be used; the key says its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FailedRecord {
    pub(crate) message: Message,
    pub(crate) failure: Failure,
    pub(crate) at: Timestamp,
}

/// What counts of the evidence for a pair.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct PairRecord {
    /// The first in canonical order that is not taken back by itself.
    pub(crate) first: Option<Evidence>,
    /// Whether all of it is taken back.
    pub(crate) retracted: bool,
}

/// The name of an event, where its key has the mark of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NameRecord(pub(crate) EventId);

/// What was decided about one thing, oldest first; the last one holds unless it was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct DecisionsRecord(pub(crate) Vec<RetractionRecord>);

impl DecisionsRecord {
    /// Whether it is taken back now.
    pub(crate) fn holds(&self) -> bool {
        self.0.last().is_some_and(|last| last.withdrawn.is_none())
    }
}

/// What a decision is about; the key has its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RetractedRecord(pub(crate) Retracted);

/// Whose an identifier was found to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundRecord(pub(crate) Option<CustomerId>);

/// An identifier; the key has its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdentifierRecord(pub(crate) Identifier);

/// The profile of a view. A view of another layout is as good as none: it is made anew of the events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ViewRecord(pub(crate) Profile);

/// An entry of the log of showings, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShortRecord(pub(crate) showing::Entry);

/// What a text said when it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextRecord(pub(crate) TextShown);

/// A number that is the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NumberRecord(pub(crate) u64);

/// The value of an index: the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IndexRecord;

macro_rules! records {
    ($class:ident, $personal:literal; $($record:ty: $version:literal),* $(,)?) => {
        $(impl Record for $record {
            const VERSION: u8 = $version;
            const PERSONAL: bool = $personal;
        }
        impl $class for $record {})*
    };
}

macro_rules! public {
    ($($records:tt)*) => { records! { Public, false; $($records)* } };
}

macro_rules! personal {
    ($($records:tt)*) => { records! { Personal, true; $($records)* } };
}

public! {
    LayoutRecord: 4,
    HighWaterRecord: 1,
    PresencesRecord: 2,
    IndexRecord: 1,
    CountRecord: 1,
    PhoneRecord: 2,
    Product: 2,
    StockRecord: 2,
    SkuRecord: 1,
    RecoveredRecord: 1,
    RestoredRecord: 1,
    RegulationRecord: 1,
    OutcomeRecord: 1,
    ReceiptRecord: 1,
    NumberRecord: 1,
    RequestRecord: 1,
    TextRecord: 1,
    SettledRecord: 1,
}

personal! {
    PresenceRow: 1,
    Visit: 2,
    Customer: 3,
    OwnerRecord: 1,
    Look: 1,
    showing::Entry: 2,
    ShortRecord: 2,
    ContestRecord: 1,
    ProofRecord: 1,
    LastVisitRecord: 1,
    Message: 1,
    RunRecord: 1,
    FailedRecord: 1,
    Event: 5,
    NameRecord: 1,
    Evidence: 1,
    PairRecord: 1,
    DecisionsRecord: 1,
    RetractedRecord: 1,
    FoundRecord: 1,
    IdentifierRecord: 1,
    ViewRecord: 4,
    FoldState: 3,
    NamedRecord: 1,
    UsersRecord: 1,
    PlanRecord: 1,
}

/// The value of a record.
pub(crate) fn encode<R: Record>(key: &Key, record: &R) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(record, vec![R::VERSION])
        .map_err(|error| StoreError::Damaged(format!("{} cannot be written: {error}", key.fingerprint())))
}

/// The record in a value, named by its key when it cannot be read.
pub(crate) fn decode<R: Record>(key: &Key, value: &[u8]) -> Result<R, StoreError> {
    // The name takes the key's bytes anew: only what is damaged is named.
    let name = || key.fingerprint();
    match value.split_first() {
        None => Err(StoreError::Damaged(format!("{} is empty", name()))),
        Some((version, body)) if *version == R::VERSION => match postcard::take_from_bytes(body) {
            Ok((record, [])) => Ok(record),
            Ok((_, rest)) => {
                Err(StoreError::Damaged(format!("{} has {} bytes too many", name(), rest.len())))
            }
            Err(error) => Err(StoreError::Damaged(format!("{} is malformed: {error}", name()))),
        },
        Some((version, _)) => {
            let age = if *version < R::VERSION { "an older" } else { "a newer" };
            Err(StoreError::Damaged(format!(
                "{} has version {version} and this program reads version {}: {age} program wrote it, start that one, \
                 or restore a backup",
                name(),
                R::VERSION
            )))
        }
    }
}

/// The number of parts, when a value was cut.
pub(crate) fn parts(value: &[u8]) -> Option<u16> {
    match value {
        [CUT, high, low] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
