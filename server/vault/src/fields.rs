//! Records of fixed size: fields one after the other, big-endian, and a checksum in the last four bytes.

/// Bytes of the checksum at the end of each record.
const CHECKSUM_BYTES: usize = 4;

/// Reads fields from the front.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields of a record, when its checksum holds.
    pub(crate) fn checked(record: &'a [u8]) -> Option<Self> {
        let (fields, checksum) = record.split_last_chunk::<CHECKSUM_BYTES>()?;
        (crc32fast::hash(fields).to_be_bytes() == *checksum).then_some(Self(fields))
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }
}

/// A record of `N` bytes of these parts, zeros, and the checksum. Parts that do not fit are cut; the callers' layouts
/// are tested against their sizes.
pub(crate) fn record<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut record = [0; N];
    let mut bytes = parts.iter().copied().flatten();
    if let Some((fields, checksum)) = record.split_last_chunk_mut::<CHECKSUM_BYTES>() {
        for (place, byte) in fields.iter_mut().zip(&mut bytes) {
            *place = *byte;
        }
        *checksum = crc32fast::hash(fields).to_be_bytes();
    }
    debug_assert_eq!(bytes.next(), None, "the parts are longer than the record");
    record
}
