//! The file of a backup.
//!
//! ```text
//! file   = header | frame | frame | .. | end
//! header = "SBBACKUP" | version (2) | zeros (2) | taken at, ms since 1970 (8) | length of about (4) | about | CRC
//! frame  = kind (1) | number, from 1 (8) | count (8) | length of payload (4) | payload | CRC
//! kind   = 1 a page of the tree, 2 a group of commits, 3 the end
//! payload of 1, 2 = write | write | ..
//! write  = 1 | length of key (2) | key | length of value (4) | value        sets the key
//!        = 0 | length of key (2) | key                                      removes it
//! payload of 3    = entries (8) | commits (8) | bytes before this frame (8)
//! ```
//!
//! Numbers are big-endian; each CRC-32 covers all of its header or frame before it. The numbers of the frames and the
//! totals at the end tell a frame that is missing, doubled or out of place; a file without its end is torn, and bytes
//! after it are somebody else's. A new kind or field is a new version, which older programs refuse by name.

use std::io::{self, Read, Write};

use super::Contents;
use crate::{Entry, WriteBatch, batch::Write as Change};

const MAGIC: [u8; 8] = *b"SBBACKUP";
const VERSION: u16 = 1;
const FIXED_HEADER_BYTES: usize = 24;
const FRAME_HEAD_BYTES: usize = 21;
const CRC_BYTES: usize = 4;

/// Longest text in a header.
pub(crate) const MAX_ABOUT_BYTES: usize = 1_024;

/// No group of commits and no page is longer: whatever says so is damaged.
const MAX_PAYLOAD_BYTES: usize = 32 * 1_024 * 1_024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) taken_at_unix_millis: i64,
    pub(crate) about: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Page,
    Commit,
    End,
}

pub(crate) struct Frame {
    pub(crate) kind: Kind,
    /// Entries of a page.
    pub(crate) count: u64,
    pub(crate) payload: Vec<u8>,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// It is of something else.
    Foreign,
    /// A newer program wrote it.
    Newer(u16),
    /// It ends before its end.
    Torn,
    /// Bytes are not as they were written.
    Altered(&'static str),
    /// The system failed.
    Io(io::Error),
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Torn } else { Self::Io(error) }
    }
}

impl Kind {
    const fn number(self) -> u8 {
        match self {
            Self::Page => 1,
            Self::Commit => 2,
            Self::End => 3,
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Page),
            2 => Some(Self::Commit),
            3 => Some(Self::End),
            _ => None,
        }
    }
}

/// Writes a backup.
pub(crate) struct Writer<W> {
    out: W,
    frames: u64,
    contents: Contents,
}

impl<W: Write> Writer<W> {
    pub(crate) fn begin(out: W, header: &Header) -> io::Result<Self> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(&[0; 2]);
        bytes.extend_from_slice(&header.taken_at_unix_millis.to_be_bytes());
        bytes.extend_from_slice(&length32(header.about.len()));
        bytes.extend_from_slice(header.about.as_bytes());
        let mut writer = Self { out, frames: 0, contents: Contents::default() };
        writer.write(bytes)?;
        Ok(writer)
    }

    pub(crate) const fn contents(&self) -> Contents {
        self.contents
    }

    pub(crate) fn frame(&mut self, frame: &Frame) -> io::Result<()> {
        match frame.kind {
            Kind::Page => self.contents.entries += frame.count,
            Kind::Commit => self.contents.commits += 1,
            Kind::End => {}
        }
        self.frames += 1;
        let mut bytes = Vec::with_capacity(FRAME_HEAD_BYTES + frame.payload.len() + CRC_BYTES);
        bytes.push(frame.kind.number());
        bytes.extend_from_slice(&self.frames.to_be_bytes());
        bytes.extend_from_slice(&frame.count.to_be_bytes());
        bytes.extend_from_slice(&length32(frame.payload.len()));
        bytes.extend_from_slice(&frame.payload);
        self.write(bytes)
    }

    pub(crate) fn end(mut self) -> io::Result<Contents> {
        let Contents { entries, commits, bytes } = self.contents;
        let payload = [entries.to_be_bytes(), commits.to_be_bytes(), bytes.to_be_bytes()].concat();
        self.frame(&Frame { kind: Kind::End, count: 0, payload })?;
        self.out.flush()?;
        Ok(self.contents)
    }

    fn write(&mut self, mut bytes: Vec<u8>) -> io::Result<()> {
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        self.contents.bytes += bytes.len() as u64;
        self.out.write_all(&bytes)
    }
}

/// Reads a backup from its beginning to its end.
pub(crate) struct Reader<R> {
    from: R,
    header: Header,
    frames: u64,
    contents: Contents,
}

impl<R: Read> Reader<R> {
    pub(crate) fn begin(mut from: R) -> Result<Self, Flaw> {
        let mut bytes = vec![0; FIXED_HEADER_BYTES];
        let read = read_up_to(&mut from, &mut bytes)?;
        let magic = bytes.get(..read.min(MAGIC.len())).unwrap_or_default();
        if read == 0 || !MAGIC.starts_with(magic) {
            return Err(Flaw::Foreign);
        }
        if read < FIXED_HEADER_BYTES {
            return Err(Flaw::Torn);
        }
        let mut fields = Fields(bytes.get(MAGIC.len()..).unwrap_or_default());
        let version = u16::from_be_bytes(fields.array()?);
        if version > VERSION {
            return Err(Flaw::Newer(version));
        }
        let zeros = u16::from_be_bytes(fields.array()?);
        let taken_at_unix_millis = i64::from_be_bytes(fields.array()?);
        let length = size(u32::from_be_bytes(fields.array()?));
        if version != VERSION || zeros != 0 || length > MAX_ABOUT_BYTES {
            return Err(Flaw::Altered("its header"));
        }
        let about = checked(&mut from, &mut bytes, length)?;
        let about =
            about.and_then(|about| String::from_utf8(about).ok()).ok_or(Flaw::Altered("its header"))?;
        let contents = Contents { bytes: bytes.len() as u64, ..Contents::default() };
        Ok(Self { from, header: Header { taken_at_unix_millis, about }, frames: 0, contents })
    }

    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) const fn contents(&self) -> Contents {
        self.contents
    }

    /// The writes of the next frame; nothing at the end, which was whole then.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<Change>>, Flaw> {
        let mut bytes = vec![0; FRAME_HEAD_BYTES];
        self.from.read_exact(&mut bytes)?;
        let mut fields = Fields(&bytes);
        let [kind] = fields.array()?;
        let number = u64::from_be_bytes(fields.array()?);
        let count = u64::from_be_bytes(fields.array()?);
        let length = size(u32::from_be_bytes(fields.array()?));
        if length > MAX_PAYLOAD_BYTES {
            return Err(Flaw::Altered("the length of a frame"));
        }
        let payload = checked(&mut self.from, &mut bytes, length)?.ok_or(Flaw::Altered("a frame"))?;
        let before = self.contents;
        self.frames += 1;
        self.contents.bytes += bytes.len() as u64;
        if number != self.frames {
            return Err(Flaw::Altered("the order of its frames"));
        }
        match Kind::from_number(kind).ok_or(Flaw::Altered("the kind of a frame"))? {
            Kind::Page => self.contents.entries += count,
            Kind::Commit => self.contents.commits += 1,
            Kind::End => return self.end(before, &payload).map(|()| None),
        }
        decode(&payload).map(Some)
    }

    fn end(&mut self, before: Contents, payload: &[u8]) -> Result<(), Flaw> {
        let mut fields = Fields(payload);
        let mut total = || fields.array().map(u64::from_be_bytes);
        let told = Contents { entries: total()?, commits: total()?, bytes: total()? };
        if told != before {
            return Err(Flaw::Altered("its totals"));
        }
        if read_up_to(&mut self.from, &mut [0])? > 0 {
            return Err(Flaw::Altered("what follows its end"));
        }
        Ok(())
    }
}

/// Reads the payload and the checksum behind the head in `bytes`; `bytes` then holds all of it. Nothing if the sum is wrong.
fn checked(from: &mut impl Read, bytes: &mut Vec<u8>, length: usize) -> Result<Option<Vec<u8>>, Flaw> {
    let head = bytes.len();
    // As much as is there: a length that was altered must not take memory.
    let wanted = (length + CRC_BYTES) as u64;
    if from.take(wanted).read_to_end(bytes)? as u64 != wanted {
        return Err(Flaw::Torn);
    }
    let Some((content, crc)) = bytes.split_last_chunk::<CRC_BYTES>() else { return Ok(None) };
    let sound = *crc == crc32fast::hash(content).to_be_bytes();
    Ok(content.get(head..).filter(|_| sound).map(<[u8]>::to_vec))
}

fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let wanted = buffer.len() as u64;
    let mut bytes = Vec::with_capacity(buffer.len());
    let read = from.take(wanted).read_to_end(&mut bytes)?;
    buffer.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
    Ok(read)
}

fn length32(length: usize) -> [u8; 4] {
    // Sizes are limited far below; a length that does not fit would be told as damage by the reader.
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn size(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

pub(crate) fn encode_entries(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Entry { key, value } in entries {
        put(&mut bytes, key, value);
    }
    bytes
}

pub(crate) fn encode_batches(batches: &[WriteBatch]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(batches.iter().map(|batch| batch.bytes() + 8 * batch.len()).sum());
    for change in batches.iter().flat_map(WriteBatch::writes) {
        match change {
            Change::Put { key, value } => put(&mut bytes, key, value),
            Change::Delete { key } => {
                bytes.push(0);
                push_key(&mut bytes, key);
            }
        }
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    bytes.push(1);
    push_key(bytes, key);
    bytes.extend_from_slice(&length32(value.len()));
    bytes.extend_from_slice(value);
}

fn push_key(bytes: &mut Vec<u8>, key: &[u8]) {
    // `MAX_KEY_BYTES` is below.
    bytes.extend_from_slice(&u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend_from_slice(key);
}

fn decode(payload: &[u8]) -> Result<Vec<Change>, Flaw> {
    let mut fields = Fields(payload);
    let mut changes = Vec::new();
    while !fields.0.is_empty() {
        let [kind] = fields.array()?;
        let length = usize::from(u16::from_be_bytes(fields.array()?));
        let key = fields.bytes(length)?.to_vec();
        changes.push(match kind {
            0 => Change::Delete { key },
            1 => {
                let length = size(u32::from_be_bytes(fields.array()?));
                Change::Put { key, value: fields.bytes(length)?.to_vec() }
            }
            _ => return Err(Flaw::Altered("a write")),
        });
    }
    Ok(changes)
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let (array, rest) = self.0.split_first_chunk::<N>().ok_or(Flaw::Altered("a field"))?;
        self.0 = rest;
        Ok(*array)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Flaw> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Flaw::Altered("a field"))?;
        self.0 = rest;
        Ok(bytes)
    }
}
