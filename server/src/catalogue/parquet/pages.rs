//! Looks at the headers of a column's pages before anything is unpacked.
//!
//! A page says how large it will be when it is unpacked, and its reader takes that much memory at once: a file of a few
//! hundred bytes could ask for gigabytes. So each header is read here first, and a file with a page beyond the bound is
//! refused by name. The same for texts within a header, whose lengths are believed, too.
//!
//! Page headers are Thrift's compact protocol (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>);
//! only the first three fields of `PageHeader` (parquet-format, `parquet.thrift`) are needed, and the rest is stepped over.

use parquet::{
    errors::ParquetError,
    file::{metadata::ColumnChunkMetaData, reader::ChunkReader},
};

/// Most bytes of one page, unpacked. Writers make pages of about a megabyte.
const MAX_PAGE_BYTES: i64 = 64 * 1_024 * 1_024;

/// Longest header of a page, in bytes; it may hold the least and greatest value.
const MAX_HEADER_BYTES: usize = 64 * 1_024;

/// Deepest nesting within a header.
const DEEPEST: usize = 8;

/// Refuses a column whose pages are too large, or do not fit into what the file says of them.
pub(super) fn check(file: &impl ChunkReader, column: &ColumnChunkMetaData) -> Result<(), ParquetError> {
    let name = column.column_path().string();
    let wrong = |what: &str| ParquetError::General(format!("column {name}: {what}"));
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let start =
        u64::try_from(start.min(column.data_page_offset())).map_err(|_| wrong("begins before the file"))?;
    let length = u64::try_from(column.compressed_size()).map_err(|_| wrong("has less than no bytes"))?;
    let end = start.checked_add(length).filter(|end| *end <= file.len());
    let end = end.ok_or_else(|| wrong("ends after the file"))?;
    let mut at = start;
    let mut values: i64 = 0;
    // As its reader does: until all values have been seen.
    while at < end && values < column.num_values() {
        let most = usize::try_from(end - at).unwrap_or(MAX_HEADER_BYTES).min(MAX_HEADER_BYTES);
        let bytes = file.get_bytes(at, most)?;
        let page = read(&bytes).ok_or_else(|| wrong("the header of a page cannot be read"))?;
        if !(0..=MAX_PAGE_BYTES).contains(&page.unpacked) {
            return Err(wrong(&format!(
                "a page has {} bytes, unpacked: at most {MAX_PAGE_BYTES} are read",
                page.unpacked
            )));
        }
        let packed = u64::try_from(page.packed).map_err(|_| wrong("a page has less than no bytes"))?;
        at = at
            .checked_add(page.header as u64)
            .and_then(|at| at.checked_add(packed))
            .filter(|at| *at <= end)
            .ok_or_else(|| wrong("a page ends after its column"))?;
        values = values.saturating_add(page.values.max(0));
    }
    Ok(())
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Page {
    /// Bytes of the header itself.
    pub(super) header: usize,
    /// Bytes of the page as it is unpacked.
    pub(super) unpacked: i64,
    /// Bytes of the page in the file.
    pub(super) packed: i64,
    /// Values in it; none for a dictionary.
    pub(super) values: i64,
}

/// Reads the header at the beginning of these bytes.
pub(super) fn read(bytes: &[u8]) -> Option<Page> {
    let mut reader = Compact { bytes, at: 0 };
    let mut page = Page::default();
    let mut last = 0;
    while let Some((field, kind)) = reader.field(&mut last)? {
        match (field, kind) {
            (2, I32) => page.unpacked = reader.number()?,
            (3, I32) => page.packed = reader.number()?,
            // The header of a page of data, of either version: its first field is the number of values.
            (5 | 8, STRUCT) => page.values = reader.first_number()?,
            _ => reader.skip(kind, 0)?,
        }
    }
    page.header = reader.at;
    Some(page)
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

/// Reads Thrift's compact protocol; `None` when the bytes are not, or end too early.
struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn over(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count).filter(|at| *at <= self.bytes.len())?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for place in 0..10_u32 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F).checked_shl(place * 7)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A number in zigzag.
    fn number(&mut self) -> Option<i64> {
        let coded = self.varint()?;
        let half = (coded >> 1).cast_signed();
        Some(if coded & 1 == 0 { half } else { !half })
    }

    /// The number and kind of the next field; `None` within at the end of the struct.
    #[expect(clippy::option_option, reason = "broken bytes and the end of a struct are two things")]
    fn field(&mut self, last: &mut i64) -> Option<Option<(i64, u8)>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let step = i64::from(head >> 4);
        *last = if step == 0 { self.number()? } else { last.checked_add(step)? };
        Some(Some((*last, head & 0x0F)))
    }

    /// The first field of a struct, when it is a number; the rest is stepped over.
    fn first_number(&mut self) -> Option<i64> {
        let (mut last, mut found) = (0, 0);
        while let Some((field, kind)) = self.field(&mut last)? {
            if (field, kind) == (1, I32) {
                found = self.number()?;
            } else {
                self.skip(kind, 1)?;
            }
        }
        Some(found)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match kind {
            TRUE | FALSE => Some(()),
            BYTE => self.over(1),
            I16 | I32 | I64 => self.varint().map(drop),
            DOUBLE => self.over(8),
            BINARY => {
                let length = self.varint()?;
                self.over(usize::try_from(length).ok()?)
            }
            LIST | SET => {
                let head = self.byte()?;
                let short = u64::from(head >> 4);
                let count = if short == 15 { self.varint()? } else { short };
                // Each element has at least a byte, so that the count is bounded by what is there.
                for _ in 0..count {
                    match head & 0x0F {
                        TRUE | FALSE => self.over(1)?,
                        kind => self.skip(kind, depth + 1)?,
                    }
                }
                Some(())
            }
            STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }
}
