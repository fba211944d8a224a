//! Keys whose byte order is the order of what they mean.
//!
//! A key is a tag byte (one per kind of record, chosen by the caller) and then fields of fixed width or
//! zero-terminated strings, so that a prefix of fields is a prefix of bytes and a scan needs no parsing.

/// Most keys are no longer: a card reads hundreds, and each is one piece of memory.
const USUAL_BYTES: usize = 64;

/// Writes the fields of a key, most significant first.
#[derive(Debug, Clone, Default)]
pub struct KeyWriter(Vec<u8>);

impl KeyWriter {
    /// Starts a key of the kind `tag`.
    pub fn new(tag: u8) -> Self {
        let mut key = Vec::with_capacity(USUAL_BYTES);
        key.push(tag);
        Self(key)
    }

    /// One byte.
    #[must_use]
    pub fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    /// An unsigned number, big-endian.
    #[must_use]
    pub fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// An unsigned number, big-endian.
    #[must_use]
    pub fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// A signed number: big-endian with the sign bit flipped, so that negative ones come first.
    #[must_use]
    pub fn i64(self, value: i64) -> Self {
        self.u64(value.cast_unsigned() ^ (1 << 63))
    }

    /// Bytes of a width that the reader knows.
    #[must_use]
    pub fn fixed<const N: usize>(mut self, value: &[u8; N]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    /// A string of any length: `00` inside becomes `00 FF`, and `00 01` ends it, so that a string sorts before
    /// every longer one that it begins.
    #[must_use]
    pub fn text(mut self, value: &str) -> Self {
        for (place, part) in value.as_bytes().split(|byte| *byte == 0).enumerate() {
            if place > 0 {
                self.0.extend_from_slice(&[0, 0xFF]);
            }
            self.0.extend_from_slice(part);
        }
        self.0.extend_from_slice(&[0, 1]);
        self
    }

    /// The key, or the prefix, written so far.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// A key was not what the caller's layout says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key ends before the field does.
    #[error("the key ends inside a field")]
    Short,
    /// Bytes are left after the last field.
    #[error("the key is longer than its fields")]
    Long,
    /// The key is of another kind.
    #[error("the key has tag {found}, not {expected}")]
    Tag {
        /// The tag that the caller reads.
        expected: u8,
        /// The tag in the key.
        found: u8,
    },
    /// A text field is not UTF-8 or has a wrong escape.
    #[error("a text field of the key is malformed")]
    Text,
}

/// Reads the fields of a key in the order in which they were written.
#[derive(Debug, Clone, Copy)]
pub struct KeyReader<'a>(&'a [u8]);

impl<'a> KeyReader<'a> {
    /// Reads a key of the kind `tag`.
    pub fn new(key: &'a [u8], tag: u8) -> Result<Self, KeyError> {
        match key.split_first() {
            None => Err(KeyError::Short),
            Some((&found, _)) if found != tag => Err(KeyError::Tag { expected: tag, found }),
            Some((_, rest)) => Ok(Self(rest)),
        }
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, KeyError> {
        self.fixed().map(|[byte]| byte)
    }

    /// An unsigned number.
    pub fn u32(&mut self) -> Result<u32, KeyError> {
        self.fixed().map(u32::from_be_bytes)
    }

    /// An unsigned number.
    pub fn u64(&mut self) -> Result<u64, KeyError> {
        self.fixed().map(u64::from_be_bytes)
    }

    /// A signed number.
    pub fn i64(&mut self) -> Result<i64, KeyError> {
        self.u64().map(|bits| (bits ^ (1 << 63)).cast_signed())
    }

    /// Bytes of a known width.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], KeyError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(KeyError::Short)?;
        self.0 = rest;
        Ok(*field)
    }

    /// A string.
    pub fn text(&mut self) -> Result<String, KeyError> {
        let mut bytes = Vec::new();
        loop {
            match *self.0 {
                [0, 1, ref rest @ ..] => {
                    self.0 = rest;
                    return String::from_utf8(bytes).map_err(|_| KeyError::Text);
                }
                [0, 0xFF, ref rest @ ..] => {
                    bytes.push(0);
                    self.0 = rest;
                }
                [0, _, ..] => return Err(KeyError::Text),
                [byte, ref rest @ ..] if byte != 0 => {
                    bytes.push(byte);
                    self.0 = rest;
                }
                _ => return Err(KeyError::Short),
            }
        }
    }

    /// Ends reading: nothing may be left.
    pub fn finish(self) -> Result<(), KeyError> {
        if self.0.is_empty() { Ok(()) } else { Err(KeyError::Long) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn order_of_bytes_is_order_of_fields(
            a: (i64, String, u64, [u8; 16]),
            b: (i64, String, u64, [u8; 16]),
            same_head: bool,
        ) {
            let b = if same_head { (a.0, a.1.clone(), b.2, b.3) } else { b };
            let key = |(time, name, seq, id): &(i64, String, u64, [u8; 16])| {
                KeyWriter::new(7).i64(*time).text(name).u64(*seq).fixed(id).finish()
            };
            prop_assert_eq!(a.cmp(&b), key(&a).cmp(&key(&b)));
        }

        #[test]
        fn text_order_holds_for_prefixes_and_zeros(a in "[\\x00-\\x02a]{0,6}", b in "[\\x00-\\x02a]{0,6}") {
            let key = |text: &str| KeyWriter::new(1).text(text).u8(0xFF).finish();
            prop_assert_eq!(a.cmp(&b), key(&a).cmp(&key(&b)));
        }

        #[test]
        fn what_was_written_is_read(time: i64, name: String, seq: u64, id: [u8; 16], kind: u8, count: u32) {
            let key = KeyWriter::new(9).i64(time).text(&name).u64(seq).fixed(&id).u8(kind).u32(count).finish();
            let mut reader = KeyReader::new(&key, 9).unwrap();
            prop_assert_eq!(reader.i64(), Ok(time));
            prop_assert_eq!(reader.text(), Ok(name));
            prop_assert_eq!(reader.u64(), Ok(seq));
            prop_assert_eq!(reader.fixed(), Ok(id));
            prop_assert_eq!(reader.u8(), Ok(kind));
            prop_assert_eq!(reader.u32(), Ok(count));
            prop_assert_eq!(reader.finish(), Ok(()));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            if let Ok(mut reader) = KeyReader::new(&bytes, 0) {
                let _ = (reader.text(), reader.u64(), reader.fixed::<3>(), reader.finish());
            }
        }
    }

    #[test]
    fn another_kind_of_key_is_named() {
        let key = KeyWriter::new(2).u64(5).finish();
        assert_eq!(KeyReader::new(&key, 1).unwrap_err(), KeyError::Tag { expected: 1, found: 2 });
        assert_eq!(KeyReader::new(&[], 1).unwrap_err(), KeyError::Short);
        let mut reader = KeyReader::new(&key, 2).unwrap();
        assert_eq!(reader.u32(), Ok(0));
        assert_eq!(reader.finish(), Err(KeyError::Long));
    }
}
