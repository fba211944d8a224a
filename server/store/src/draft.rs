//! Writes that are being gathered for one commit, and reads that already see them.
//!
//! Records are kept as they are until the commit. It makes all sealing keys that are missing in one group of the vault,
//! seals, cuts what is long, and writes everything at once. Keys that go with what is removed are destroyed right after: the
//! commit itself says which, so that a crash in between is made good at the next opening ([`finish_destroying`]).

use std::collections::{BTreeMap, BTreeSet};

use shopbell_domain::ports::StoreError;
use shopbell_vault::{KeyId, Refusal};

use crate::{
    engine::{self, Flow, Ground, Write},
    key::{Key, Mark, tag},
    keys::{self, By, Keys, Obtained},
    record::{self, CUT, IndexRecord, PART_BYTES, Personal, Public, Record, Sealed},
};

/// A commit in the making. Nothing reaches the engine before [`Draft::commit`].
pub(crate) struct Draft<'a> {
    ground: Ground<'a>,
    writes: BTreeMap<Vec<u8>, Pending>,
    doomed: BTreeSet<KeyId>,
    obtained: Obtained,
    refusals: Vec<Refusal>,
    bytes: usize,
}

/// What becomes of a key.
enum Pending {
    Record { plain: Vec<u8>, by: Option<By>, former: Former },
    Raw(Vec<u8>),
    Gone { former: Former },
}

/// Whether a value that is long may stand there, of which parts would be left over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Former {
    Possible,
    None,
}

impl<'a> Draft<'a> {
    /// Without writes.
    pub(crate) fn new(ground: Ground<'a>) -> Self {
        let (writes, doomed, obtained) = (BTreeMap::new(), BTreeSet::new(), Obtained::new());
        Self { ground, writes, doomed, obtained, refusals: Vec::new(), bytes: 0 }
    }

    /// Marks of people, and keys.
    pub(crate) const fn keys(&self) -> &'a Keys {
        self.ground.keys()
    }

    /// The record as it will be after the commit.
    pub(crate) fn read<R: Record>(&self, key: &Key) -> Result<Option<R>, StoreError> {
        match self.writes.get(&key.encode()) {
            None => engine::read(self.ground, key),
            Some(Pending::Gone { .. }) => Ok(None),
            Some(Pending::Record { plain, .. }) => record::decode(key, plain).map(Some),
            Some(Pending::Raw(value)) => engine::read_value(self.ground, key, value),
        }
    }

    /// Whether there will be something under this key after the commit.
    pub(crate) fn holds(&self, key: &Key) -> Result<bool, StoreError> {
        match self.writes.get(&key.encode()) {
            None => self.ground.holds(key),
            Some(pending) => Ok(!matches!(pending, Pending::Gone { .. })),
        }
    }

    /// Writes a public record, in parts when it is long; parts of the former value that are left over go.
    pub(crate) fn put<R: Public>(&mut self, key: &Key, record: &R) -> Result<(), StoreError> {
        self.write(key, record, None, Former::Possible)
    }

    /// Writes a public record where none ever was: nothing is read first.
    pub(crate) fn put_new<R: Public>(&mut self, key: &Key, record: &R) -> Result<(), StoreError> {
        self.write(key, record, None, Former::None)
    }

    /// Writes a personal record, sealed by whom it is about; otherwise as [`Draft::put`].
    pub(crate) fn seal<R: Personal>(
        &mut self,
        key: &Key,
        by: impl Into<By>,
        record: &R,
    ) -> Result<(), StoreError> {
        self.write(key, record, Some(by.into()), Former::Possible)
    }

    /// Writes a personal record where none ever was: nothing is read first.
    pub(crate) fn seal_new<R: Personal>(
        &mut self,
        key: &Key,
        by: impl Into<By>,
        record: &R,
    ) -> Result<(), StoreError> {
        self.write(key, record, Some(by.into()), Former::None)
    }

    /// Writes a personal record, short, where none ever was, sealed by whoever sealed `former`.
    pub(crate) fn seal_as<R: Personal>(
        &mut self,
        key: &Key,
        former: &[u8],
        record: &R,
    ) -> Result<(), StoreError> {
        let not_sealed = || StoreError::Damaged(format!("{} was not sealed", key.fingerprint()));
        let (by, _) = keys::parts(former).ok_or_else(not_sealed)?;
        let (name, plain) = (key.encode(), record::encode(key, record)?);
        let value = self.keys().seal_with(by, &name, &plain)?;
        self.put_bytes(name, value);
        Ok(())
    }

    /// Makes the keys of these subjects now, in one group, for [`Draft::sealed`].
    pub(crate) fn obtain(&mut self, subjects: impl IntoIterator<Item = Mark>) -> Result<(), StoreError> {
        let missing: BTreeSet<Mark> =
            subjects.into_iter().filter(|subject| !self.obtained.contains_key(subject)).collect();
        self.obtained.extend(self.keys().obtain(missing)?);
        Ok(())
    }

    /// A personal record for the inside of a public one, which will stand under `key`.
    pub(crate) fn sealed<R: Personal>(
        &mut self,
        key: &Key,
        by: impl Into<By>,
        record: &R,
    ) -> Result<Sealed<R>, StoreError> {
        let by = by.into();
        self.obtain(by.subjects())?;
        let plain = record::encode(key, record)?;
        self.keys().seal(by, &self.obtained, &key.encode(), &plain).map(Sealed::of)
    }

    /// Writes a value as it was read.
    pub(crate) fn put_bytes(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.bytes += key.len() + value.len();
        self.writes.insert(key, Pending::Raw(value));
    }

    /// Removes a record, with its parts when it is long.
    pub(crate) fn remove(&mut self, key: &Key) {
        self.remove_raw(key.encode(), Former::Possible);
    }

    /// Removes a record that is too short to be ever cut: an index entry, a contest.
    pub(crate) fn remove_short(&mut self, key: &Key) {
        self.remove_raw(key.encode(), Former::None);
    }

    /// Destroys a key once all of this is safe. Nothing that it sealed may be wanted any more.
    pub(crate) fn destroy(&mut self, key: KeyId) {
        self.doomed.insert(key);
    }

    /// What somebody takes back by this commit: the vault's journal has it before the store does.
    pub(crate) fn refuse(&mut self, refusals: impl IntoIterator<Item = Refusal>) {
        self.refusals.extend(refusals);
    }

    /// What was committed so far, without this draft's writes.
    pub(crate) const fn committed(&self) -> Ground<'a> {
        self.ground
    }

    /// Bytes of the writes so far, about.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes the writes; returns when they are safe, and the keys that go with them destroyed.
    pub(crate) fn commit(mut self) -> Result<(), StoreError> {
        if self.writes.is_empty() && self.doomed.is_empty() {
            return Ok(());
        }
        let doomed: Vec<KeyId> = std::mem::take(&mut self.doomed).into_iter().collect();
        for key in &doomed {
            self.put_new(&Key::Doomed { key: *key }, &IndexRecord)?;
        }
        let subjects: BTreeSet<Mark> = self.writes.values().flat_map(Pending::subjects).collect();
        self.obtain(subjects)?;
        let mut writes = Vec::with_capacity(self.writes.len());
        for (key, pending) in std::mem::take(&mut self.writes) {
            self.settle(key, pending, &mut writes)?;
        }
        self.keys().refuse(std::mem::take(&mut self.refusals))?;
        self.ground.commit(writes)?;
        destroy(self.ground, &doomed)
    }

    fn write<R: Record>(
        &mut self,
        key: &Key,
        record: &R,
        by: Option<By>,
        former: Former,
    ) -> Result<(), StoreError> {
        let (name, plain) = (key.encode(), record::encode(key, record)?);
        let layers = by.map_or(0, |by| by.subjects().count());
        self.bytes += name.len() + plain.len() + layers * keys::OVERHEAD_BYTES;
        let former = self.former(&name, former);
        self.writes.insert(name, Pending::Record { plain, by, former });
        Ok(())
    }

    fn remove_raw(&mut self, name: Vec<u8>, former: Former) {
        self.bytes += name.len();
        let former = self.former(&name, former);
        self.writes.insert(name, Pending::Gone { former });
    }

    /// What a write of this draft knew of the value that stands there is still so.
    fn former(&self, name: &[u8], former: Former) -> Former {
        match self.writes.get(name) {
            Some(Pending::Record { former, .. } | Pending::Gone { former }) => *former,
            Some(Pending::Raw(_)) => Former::Possible,
            None => former,
        }
    }

    /// The writes that a pending one comes to.
    fn settle(&self, key: Vec<u8>, pending: Pending, writes: &mut Vec<Write>) -> Result<(), StoreError> {
        let (value, former) = match pending {
            Pending::Raw(value) => {
                writes.push((key, Some(value)));
                return Ok(());
            }
            Pending::Gone { former } => (None, former),
            Pending::Record { plain, by: None, former } => (Some(plain), former),
            Pending::Record { plain, by: Some(by), former } => {
                (Some(self.keys().seal(by, &self.obtained, &key, &plain)?), former)
            }
        };
        let left_over = match former {
            Former::Possible => self.ground.get(&key)?.as_deref().and_then(record::parts).unwrap_or(0),
            Former::None => 0,
        };
        let part = |index| Key::Part { of: key.clone(), index }.encode();
        let mut count = 0;
        match value {
            Some(value) if value.len() > PART_BYTES => {
                count = number_of_parts(&value)?;
                for (index, bytes) in (0..count).zip(value.chunks(PART_BYTES)) {
                    writes.push((part(index), Some(bytes.to_vec())));
                }
                let [high, low] = count.to_be_bytes();
                writes.push((key.clone(), Some(vec![CUT, high, low])));
            }
            value => writes.push((key.clone(), value)),
        }
        writes.extend((count..left_over).map(|index| (part(index), None)));
        Ok(())
    }
}

impl Pending {
    fn subjects(&self) -> impl Iterator<Item = Mark> {
        let by = match self {
            Self::Record { by, .. } => *by,
            Self::Raw(_) | Self::Gone { .. } => None,
        };
        by.into_iter().flat_map(By::subjects)
    }
}

fn number_of_parts(value: &[u8]) -> Result<u16, StoreError> {
    let bytes = value.len();
    u16::try_from(bytes.div_ceil(PART_BYTES))
        .map_err(|_| StoreError::Unavailable(format!("a record would take {bytes} bytes, which none may")))
}

/// Destroys keys of which a commit said so.
fn destroy(ground: Ground<'_>, doomed: &[KeyId]) -> Result<(), StoreError> {
    if doomed.is_empty() {
        return Ok(());
    }
    ground.keys().destroy(doomed)?;
    ground.commit(doomed.iter().map(|key| (Key::Doomed { key: *key }.encode(), None)).collect())
}

/// Destroys the keys that a crash left undestroyed.
pub(crate) fn finish_destroying(ground: Ground<'_>) -> Result<(), StoreError> {
    let mut doomed = Vec::new();
    engine::scan(ground, &[tag::DOOMED], &[tag::DOOMED], |key, _| {
        if let Ok(Key::Doomed { key }) = Key::decode(&key) {
            doomed.push(key);
        }
        Ok(Flow::On)
    })?;
    destroy(ground, &doomed)
}

#[cfg(test)]
mod tests;
