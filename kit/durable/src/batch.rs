//! Writes that happen together or not at all.

use crate::{CommitError, MAX_BATCH_BYTES, MAX_KEY_BYTES, MAX_VALUE_BYTES};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    Put { key: Vec<u8>, value: Vec<u8> },
    Delete { key: Vec<u8> },
}

/// Writes for one commit, applied in order and as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteBatch {
    writes: Vec<Write>,
    bytes: usize,
}

impl WriteBatch {
    /// Without writes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> &mut Self {
        let (key, value) = (key.into(), value.into());
        self.bytes += key.len() + value.len();
        self.writes.push(Write::Put { key, value });
        self
    }

    /// Removes `key`; it need not be there.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) -> &mut Self {
        let key = key.into();
        self.bytes += key.len();
        self.writes.push(Write::Delete { key });
        self
    }

    /// Takes over the writes of `later`, after those already here.
    pub fn append(&mut self, later: Self) -> &mut Self {
        self.bytes += later.bytes;
        self.writes.extend(later.writes);
        self
    }

    /// Number of writes.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Bytes of keys and values: what [`MAX_BATCH_BYTES`] limits.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn only_deletes(&self) -> bool {
        self.writes.iter().all(|write| matches!(write, Write::Delete { .. }))
    }

    pub(crate) fn writes(&self) -> &[Write] {
        &self.writes
    }

    pub(crate) fn check_sizes(&self) -> Result<(), CommitError> {
        let fits = |what, bytes, max| {
            if bytes > max { Err(CommitError::TooLarge { what, bytes, max }) } else { Ok(()) }
        };
        fits("batch", self.bytes, MAX_BATCH_BYTES)?;
        for write in &self.writes {
            match write {
                Write::Put { key, value } => {
                    fits("key", key.len(), MAX_KEY_BYTES)?;
                    fits("value", value.len(), MAX_VALUE_BYTES)?;
                }
                Write::Delete { key } => fits("key", key.len(), MAX_KEY_BYTES)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_named() {
        let mut batch = WriteBatch::new();
        batch.put("k", vec![0; MAX_VALUE_BYTES]).delete(vec![0; MAX_KEY_BYTES]);
        batch.check_sizes().unwrap();
        batch.put("k", vec![0; MAX_VALUE_BYTES + 1]);
        assert_eq!(
            batch.check_sizes().unwrap_err().to_string(),
            "a value of 16385 bytes is too large: at most 16384"
        );
        let long_key = WriteBatch::new().delete(vec![0; MAX_KEY_BYTES + 1]).check_sizes().unwrap_err();
        assert!(matches!(long_key, CommitError::TooLarge { what: "key", .. }));
    }

    #[test]
    fn appended_writes_come_after() {
        let mut first = WriteBatch::new();
        first.put("a", "1");
        let mut second = WriteBatch::new();
        second.delete("a");
        assert!(second.only_deletes());
        first.append(second);
        assert_eq!((first.len(), first.bytes(), first.only_deletes()), (2, 3, false));
    }
}
