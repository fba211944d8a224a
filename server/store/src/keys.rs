//! The keys with which records are sealed, and the marks that stand for people in the store's keys.
//!
//! # Marks
//!
//! A mark is the vault's HMAC over a kind and a value. Of an identifier there is one for each *life*: an erasure puts a
//! tombstone on the mark of the life that it ends, and the life of now is the first without one. So whoever comes back
//! finds nothing of before, not even by accident: the keys are others, and the sealing keys too. What must outlive an
//! erasure (that a phone's number was given, that somebody wants no more kept of them) stands under a mark without life.
//!
//! # Sealed values
//!
//! ```text
//! value = 0xFE | key id (12 bytes) | what the vault sealed            associated data: the bytes of the record's key
//! plain = version of the record | record                              or once more a value, sealed by the second subject
//! ```
//!
//! Reading needs no look-up of whose the record is: the key's name stands before it. A value whose key was destroyed reads
//! as absent, everywhere. What is about two subjects is sealed by both, one in the other, so that it goes with either.
//!
//! | subject | seals |
//! |---|---|
//! | an identifier in its life | all that is kept of it; a customer is one |
//! | an epoch of the inbox, `inbox` | raw messages on their way, see `inbox.rs` |
//! | a failed message, `failed` | that message |
//! | a decision about an event, `decision` | what was decided, by whom and why |
//! | a regulation, `regulation` | whom it names, and how that is carried out |
//! | nobody, `nobody` | events that name nobody |

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    event::EventId,
    id::{AssociateId, CustomerId, OrderId, PhoneId},
    identity::{Identifier, IdentifierKind},
    inbox::InboxNumber,
    ports::StoreError,
    profile::Source,
    rights::RegulationNumber,
    time::Timestamp,
};
use shopbell_vault::{Erased, Erasure, Kek, KeyId, Options, Pseudonym, Refusal, Vault, VaultError};
use zeroize::Zeroizing;

use crate::key::{Fingerprint, Mark};

/// First byte of a sealed value. Never a version of a record.
pub(crate) const SEALED: u8 = 0xFE;

/// Bytes that each sealing adds.
pub(crate) const OVERHEAD_BYTES: usize = 1 + KeyId::BYTES + shopbell_vault::SEALED_OVERHEAD_BYTES;

/// By whom a value is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// One subject.
    One(Mark),
    /// Two, so that it is gone when either is.
    Both(Mark, Mark),
}

impl By {
    /// The subjects.
    pub(crate) fn subjects(self) -> impl Iterator<Item = Mark> {
        let (one, other) = match self {
            Self::One(one) => (one, None),
            Self::Both(one, other) => (one, Some(other)),
        };
        std::iter::once(one).chain(other)
    }
}

impl From<Mark> for By {
    fn from(mark: Mark) -> Self {
        Self::One(mark)
    }
}

/// The sealing keys of some subjects.
pub(crate) type Obtained = HashMap<Mark, KeyId>;

/// The vault, as the store uses it.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    vault: Vault,
}

impl Keys {
    /// Of a vault.
    pub(crate) const fn of(vault: Vault) -> Self {
        Self { vault }
    }

    /// Of a vault that is gone with its last handle. It guards nothing that outlives the process, so that its secrets need
    /// not be random.
    pub(crate) fn in_memory() -> Self {
        let options = Options { extent_slots: 64, ..Options::new("memory", Kek::new([7; 32].into())) };
        #[expect(
            clippy::expect_used,
            reason = "memory does not fail, and a process without threads cannot go on"
        )]
        let vault = Vault::in_memory(&options, StdRng::seed_from_u64(7)).expect("a vault in memory opens");
        Self { vault }
    }

    /// The vault.
    pub(crate) const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Where they are.
    pub(crate) fn dir(&self) -> &Path {
        self.vault.dir()
    }

    /// Why no keys are made now, if so.
    pub(crate) fn failure(&self) -> Option<String> {
        self.vault.check_writable().err().map(|error| error.to_string())
    }

    /// An identifier, in the life that it has now.
    pub(crate) fn mark(&self, identifier: &Identifier) -> Mark {
        self.life(identifier).0
    }

    /// A customer, who is an identifier as every other.
    pub(crate) fn customer(&self, customer: &CustomerId) -> Mark {
        self.current(IdentifierKind::Customer, customer.as_str().as_bytes()).0
    }

    /// A customer, of whom something happened at a time; `None` when that was in a life that has ended. Whoever held it in
    /// memory while the customer was erased must not bring it back.
    pub(crate) fn customer_at(&self, customer: &CustomerId, at: Timestamp) -> Option<Mark> {
        let (mark, ended) = self.current(IdentifierKind::Customer, customer.as_str().as_bytes());
        ended.is_none_or(|ended| ended < at).then_some(mark)
    }

    /// An identifier's mark in the life that it has now, and when the one before ended.
    pub(crate) fn life(&self, identifier: &Identifier) -> (Mark, Option<Timestamp>) {
        self.current(identifier.kind(), identifier.value().reveal().as_bytes())
    }

    /// The life of an identifier that an erasure with this receipt ends: the one of now, or the one that it ended before
    /// it was cut short.
    pub(crate) fn life_to_end(&self, identifier: &Identifier, receipt: u64) -> Mark {
        let value = identifier.value().reveal().as_bytes();
        let (mut life, mut ended) = (0_u32, None);
        loop {
            let subject = self.in_life(identifier.kind(), life, value);
            match self.vault.tombstone(&subject) {
                None => return ended.unwrap_or(subject.into()),
                Some(tombstone) => ended = (tombstone.receipt == receipt).then_some(subject.into()),
            }
            life = life.saturating_add(1);
        }
    }

    /// An identifier, whatever life it has.
    pub(crate) fn lifeless(&self, identifier: &Identifier) -> Mark {
        let kind = format!("{} for ever", identifier.kind().name());
        self.vault.pseudonym(&kind, identifier.value().reveal().as_bytes()).into()
    }

    /// The number of a phone, whatever life it has: a number that was given is never given again.
    pub(crate) fn phone(&self, phone: PhoneId) -> Mark {
        self.lifeless(&Identifier::from(phone))
    }

    /// The name of a message and of the event that it makes, which stays known for ever.
    pub(crate) fn name(&self, event: &EventId) -> Mark {
        let source = event.source.as_str().as_bytes();
        let length = u32::try_from(source.len()).unwrap_or(u32::MAX).to_be_bytes();
        let bytes = [&length, source, event.message.as_str().as_bytes()].concat();
        self.vault.pseudonym("message", &bytes).into()
    }

    /// An order, whoever's it is, as who tells of it may know of its erasure.
    pub(crate) fn order_to(&self, teller: Source, order: &OrderId) -> Mark {
        let kind = if teller.is_vouched() { "order that was told" } else { "order that a page may know" };
        self.vault.pseudonym(kind, order.as_str().as_bytes()).into()
    }

    /// A member of staff.
    pub(crate) fn associate(&self, associate: &AssociateId) -> Mark {
        self.vault.pseudonym("associate", associate.as_str().as_bytes()).into()
    }

    /// Whoever seals what was decided about an event.
    pub(crate) fn decision(&self, event: Mark) -> Mark {
        self.vault.pseudonym("decision", &event.0).into()
    }

    /// Whoever seals events that name nobody.
    pub(crate) fn nobody(&self) -> Mark {
        self.vault.pseudonym("nobody", &[]).into()
    }

    /// Whoever seals the messages of the inbox from this number on.
    pub(crate) fn epoch(&self, first: u64) -> Mark {
        self.vault.pseudonym("inbox", &first.to_be_bytes()).into()
    }

    /// Whoever seals whom a regulation names, and how it is carried out.
    pub(crate) fn regulation(&self, number: RegulationNumber) -> Mark {
        self.vault.pseudonym("regulation", &number.0.to_be_bytes()).into()
    }

    /// Whoever seals a failed message.
    pub(crate) fn failed(&self, number: InboxNumber) -> Mark {
        self.vault.pseudonym("failed", &number.0.to_be_bytes()).into()
    }

    /// What tells this vault from every other one.
    pub(crate) fn identity(&self) -> Mark {
        self.vault.pseudonym("store", &[]).into()
    }

    fn current(&self, kind: IdentifierKind, value: &[u8]) -> (Mark, Option<Timestamp>) {
        let (mut life, mut ended) = (0_u32, None);
        loop {
            let subject = self.in_life(kind, life, value);
            match self.vault.tombstone(&subject) {
                None => return (subject.into(), ended),
                Some(tombstone) => ended = Some(tombstone.at),
            }
            life = life.saturating_add(1);
        }
    }

    fn in_life(&self, kind: IdentifierKind, life: u32, value: &[u8]) -> Pseudonym {
        self.vault.pseudonym(kind.name(), &[&life.to_be_bytes(), value].concat())
    }

    /// The keys of these subjects. Those that are missing are made in one group, and are safe when this returns. Blocks.
    pub(crate) fn obtain(&self, subjects: impl IntoIterator<Item = Mark>) -> Result<Obtained, StoreError> {
        let mut obtained = Obtained::new();
        let mut missing = BTreeSet::new();
        for subject in subjects {
            match self.vault.key_of(&subject.into()) {
                Some(key) => {
                    obtained.insert(subject, key);
                }
                None => {
                    missing.insert(subject);
                }
            }
        }
        if !missing.is_empty() {
            let subjects: Vec<_> = missing.iter().map(|mark| (*mark).into()).collect();
            let made = self.vault.create_all_blocking(&subjects).map_err(|error| unavailable(&error))?;
            obtained.extend(missing.into_iter().zip(made));
        }
        Ok(obtained)
    }

    /// Seals a value.
    pub(crate) fn seal(
        &self,
        by: By,
        obtained: &Obtained,
        place: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        match by {
            By::One(one) => self.layer(one, obtained, place, plain),
            By::Both(one, other) if one == other => self.layer(one, obtained, place, plain),
            By::Both(one, other) => {
                let inner = self.layer(other, obtained, place, plain)?;
                self.layer(one, obtained, place, &inner)
            }
        }
    }

    fn layer(
        &self,
        subject: Mark,
        obtained: &Obtained,
        place: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let key = obtained.get(&subject).copied();
        let key = key.ok_or_else(|| StoreError::Unavailable("a key was not made".to_owned()))?;
        self.seal_with(key, place, plain)
    }

    /// Seals a value with this key.
    pub(crate) fn seal_with(&self, key: KeyId, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let sealed = self.vault.seal(key, place, plain).map_err(|error| unavailable(&error))?;
        let mut value = Vec::with_capacity(1 + KeyId::BYTES + sealed.len());
        value.push(SEALED);
        value.extend_from_slice(&key.to_bytes());
        value.extend_from_slice(&sealed);
        Ok(value)
    }

    /// Opens a value through all its layers; `None` when a key of them is gone.
    pub(crate) fn open(
        &self,
        name: &dyn Fn() -> Fingerprint,
        place: &[u8],
        value: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let mut opened: Option<Zeroizing<Vec<u8>>> = None;
        loop {
            let now = opened.as_ref().map_or(value, |plain| plain.as_slice());
            let Some((key, sealed)) = parts(now) else {
                let not_sealed = || StoreError::Damaged(format!("{} is not sealed", name()));
                return opened.map(Some).ok_or_else(not_sealed);
            };
            match self.vault.unseal(key, place, sealed) {
                Ok(plain) => opened = Some(plain),
                Err(VaultError::Gone { .. }) => return Ok(None),
                Err(error) => return Err(StoreError::Damaged(format!("{}: {error}", name()))),
            }
        }
    }

    /// Whether a key is there no more.
    pub(crate) fn is_gone(&self, key: KeyId) -> bool {
        matches!(self.vault.key(key), Err(VaultError::Gone { .. }))
    }

    /// Destroys keys for good. Blocks.
    pub(crate) fn destroy(&self, keys: &[KeyId]) -> Result<(), StoreError> {
        self.vault.destroy_all_blocking(keys).map_err(|error| unavailable(&error))
    }

    /// Erases subjects: tombstones first, then their keys. Blocks.
    pub(crate) fn erase(&self, erasures: &[Erasure]) -> Result<Vec<Erased>, StoreError> {
        self.vault.erase_all_blocking(erasures).map_err(|error| unavailable(&error))
    }

    /// Writes down what people took back. Blocks.
    pub(crate) fn refuse(&self, refusals: Vec<Refusal>) -> Result<(), StoreError> {
        self.vault.refuse_all_blocking(refusals).map_err(|error| unavailable(&error))
    }

    /// The key that a subject has.
    pub(crate) fn key_of(&self, subject: Mark) -> Option<KeyId> {
        self.vault.key_of(&subject.into())
    }
}

/// The outer key of a sealed value, and what it sealed.
pub(crate) fn parts(value: &[u8]) -> Option<(KeyId, &[u8])> {
    let (SEALED, rest) = value.split_first().map(|(first, rest)| (*first, rest))? else { return None };
    let (key, sealed) = rest.split_first_chunk::<{ KeyId::BYTES }>()?;
    Some((KeyId::from_bytes(*key), sealed))
}

fn unavailable(error: &VaultError) -> StoreError {
    match error {
        VaultError::Damaged { .. } | VaultError::NotSealedSo { .. } | VaultError::NewerFormat { .. } => {
            StoreError::Damaged(error.to_string())
        }
        other => StoreError::Unavailable(other.to_string()),
    }
}
