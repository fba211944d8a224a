//! Writes that are being gathered for one commit, and reads that already see them.

use std::collections::BTreeMap;

use shopbell_domain::ports::StoreError;

use crate::{
    engine::{Engine, Write},
    key::Key,
    record::{self, CUT, PART_BYTES, Record},
};

/// A commit in the making. Nothing reaches the engine before [`Draft::commit`].
pub(crate) struct Draft<'a> {
    engine: &'a dyn Engine,
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
}

impl<'a> Draft<'a> {
    /// Without writes.
    pub(crate) fn new(engine: &'a dyn Engine) -> Self {
        Self { engine, writes: BTreeMap::new(), bytes: 0 }
    }

    /// The record as it will be after the commit.
    pub(crate) fn read<R: Record>(&self, key: &Key) -> Result<Option<R>, StoreError> {
        let Some(value) = self.value(&key.encode())? else { return Ok(None) };
        let Some(count) = record::parts(&value) else { return record::decode(key, &value).map(Some) };
        let mut whole = Vec::with_capacity(usize::from(count) * PART_BYTES);
        for index in 0..count {
            let part = self.value(&part_key(key, index))?.ok_or_else(|| {
                StoreError::Damaged(format!("{} misses its part {index} of {count}", key.fingerprint()))
            })?;
            whole.extend_from_slice(&part);
        }
        record::decode(key, &whole).map(Some)
    }

    /// Whether the record will be there after the commit.
    pub(crate) fn holds(&self, key: &Key) -> Result<bool, StoreError> {
        self.value(&key.encode()).map(|value| value.is_some())
    }

    /// Writes a record, in parts when it is long; parts of the former value that are left over go.
    pub(crate) fn put<R: Record>(&mut self, key: &Key, record: &R) -> Result<(), StoreError> {
        let name = key.encode();
        let value = record::encode(key, record)?;
        let former = self.value(&name)?.as_deref().and_then(record::parts).unwrap_or(0);
        let count = if value.len() <= PART_BYTES {
            self.write(name, Some(value));
            0
        } else {
            self.put_parts(key, &value)?
        };
        for index in count..former {
            self.write(part_key(key, index), None);
        }
        Ok(())
    }

    /// Writes a value as it was read.
    pub(crate) fn put_bytes(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.write(key, Some(value));
    }

    /// Writes a record where none ever was: nothing is read first.
    pub(crate) fn put_new<R: Record>(&mut self, key: &Key, record: &R) -> Result<(), StoreError> {
        let value = record::encode(key, record)?;
        if value.len() <= PART_BYTES {
            self.write(key.encode(), Some(value));
            return Ok(());
        }
        self.put_parts(key, &value).map(|_| ())
    }

    /// Removes a record, with its parts when it is long.
    pub(crate) fn remove(&mut self, key: &Key) -> Result<(), StoreError> {
        let name = key.encode();
        let parts = self.value(&name)?.as_deref().and_then(record::parts).unwrap_or(0);
        for index in 0..parts {
            self.write(part_key(key, index), None);
        }
        self.write(name, None);
        Ok(())
    }

    /// Removes a record that is too short to be ever cut: an index entry, a contest.
    pub(crate) fn remove_short(&mut self, key: &Key) {
        self.write(key.encode(), None);
    }

    /// What was committed so far, without this draft's writes.
    pub(crate) fn committed(&self) -> &'a dyn Engine {
        self.engine
    }

    /// Bytes of the writes so far.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes the writes; returns when they are safe.
    pub(crate) fn commit(self) -> Result<(), StoreError> {
        if self.writes.is_empty() {
            return Ok(());
        }
        self.engine.commit(self.writes.into_iter().collect::<Vec<Write>>())
    }

    fn put_parts(&mut self, key: &Key, value: &[u8]) -> Result<u16, StoreError> {
        let count = u16::try_from(value.len().div_ceil(PART_BYTES)).map_err(|_| {
            let (name, bytes) = (key.fingerprint(), value.len());
            StoreError::Unavailable(format!("{name} would take {bytes} bytes, which no record may"))
        })?;
        let [high, low] = count.to_be_bytes();
        self.write(key.encode(), Some(vec![CUT, high, low]));
        for (index, part) in (0..count).zip(value.chunks(PART_BYTES)) {
            self.write(part_key(key, index), Some(part.to_vec()));
        }
        Ok(count)
    }

    fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
        self.writes.insert(key, value);
    }

    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.writes.get(key) {
            Some(written) => Ok(written.clone()),
            None => self.engine.get(key),
        }
    }
}

fn part_key(of: &Key, index: u16) -> Vec<u8> {
    Key::Part { of: of.encode(), index }.encode()
}

#[cfg(test)]
mod tests;
