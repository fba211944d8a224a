//! The engine's log, read without the engine: what a damaged store still holds.
//!
//! sled opens a log whole or not at all: one unreadable byte in the middle can keep it from ever opening. But the log is
//! simple. This file follows sled 0.34, read-only, and believes nothing that has no sound checksum.
//!
//! ```text
//!  log      = segments of 2 MiB, in any order; each begins with crc (4), number of its first byte (8), another (8)
//!  segment  = messages: crc (4), kind (1), length, segment, page, then a body; the last one may be a cap
//!  body     = a page: its bounds and all of its keys and values | a change of a page: one key set or deleted
//! ```
//!
//! Messages are played in the order in which they were written (their *place* in the log's count of bytes). Behind an
//! unreadable stretch the next sound message is looked for. What stood in the stretch is unknown, and may have changed
//! anything that was written before: so only what was written behind the last stretch is sure to be the newest.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::File,
    io::{self, Read, Seek as _, SeekFrom},
    path::Path,
};

use crate::{
    Entry,
    engine::{COMMITS_KEY, unseal, user_key},
    options::SEGMENT_BYTES,
};

const SEGMENT_HEADER: usize = 20;
/// Nearer than this to the end of a segment no message begins. The end of the file may be nearer to the last one.
const LONGEST_MESSAGE_HEADER: usize = 32;
/// A place behind every other.
const EVERYTHING: u64 = u64::MAX;

mod kind {
    pub(super) const CAP: u8 = 2;
    pub(super) const PAGE: u8 = 8;
    pub(super) const CHANGE: u8 = 10;
    pub(super) const LAST: u8 = 11;
}

/// Where the newest sound value of a key stands in the file.
#[derive(Debug, Clone, Copy)]
struct Value {
    written: u64,
    at: u64,
    bytes: usize,
}

/// A log that was read.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    values: BTreeMap<Vec<u8>, Value>,
    pages: HashMap<u64, Vec<u8>>,
    prefixes: BTreeSet<Vec<u8>>,
    /// Everything that was written before this place may have been changed by what cannot be read.
    damaged_before: u64,
    /// Changes of a page that cannot be told, by page: the last place, and bytes. The next whole page makes up for them.
    untold: HashMap<u64, (u64, u64)>,
    unreadable_bytes: u64,
    /// Every value that was ever written and still lies in the file, when that is asked for.
    history: Option<Vec<(Vec<u8>, Value)>>,
}

impl Log {
    /// Reads the log; `progress` is told how many bytes of how many. A file that is not there holds nothing.
    pub(crate) fn read(path: &Path, progress: impl FnMut(u64, u64)) -> io::Result<Self> {
        Self::read_with(path, None, progress)
    }

    /// The same, with all values that were written over or deleted since.
    pub(crate) fn read_all(path: &Path) -> io::Result<Self> {
        Self::read_with(path, Some(Vec::new()), |_, _| ())
    }

    fn read_with(
        path: &Path,
        history: Option<Vec<(Vec<u8>, Value)>>,
        mut progress: impl FnMut(u64, u64),
    ) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut log = Self {
            file,
            values: BTreeMap::new(),
            pages: HashMap::new(),
            prefixes: BTreeSet::new(),
            damaged_before: 0,
            untold: HashMap::new(),
            unreadable_bytes: 0,
            history,
        };
        let segments = log.segments(length)?;
        let newest = segments.last().map(|(first, _)| *first);
        for (done, (first, at)) in (1_u64..).zip(segments) {
            let bytes = log.bytes(at, SEGMENT_BYTES)?;
            log.segment(first, at, &bytes, Some(first) == newest);
            progress((done * SEGMENT_BYTES as u64).min(length), length);
        }
        for (written, bytes) in log.untold.values() {
            log.damaged_before = log.damaged_before.max(written + 1);
            log.unreadable_bytes += bytes;
        }
        Ok(log)
    }

    /// The number of commits that it holds, if that can be read.
    pub(crate) fn commits(&self) -> Option<u64> {
        let value = self.values.get(COMMITS_KEY)?;
        let value = self.value(COMMITS_KEY, value).ok()??;
        value.try_into().ok().map(u64::from_be_bytes)
    }

    /// Bytes that were written once and cannot be read.
    pub(crate) const fn unreadable_bytes(&self) -> u64 {
        self.unreadable_bytes
    }

    /// Number of keys.
    pub(crate) fn len(&self) -> u64 {
        self.values.keys().filter(|key| user_key(key).is_some()).count() as u64
    }

    /// Hands over every key and value, by key, and whether nothing unreadable was written after it.
    pub(crate) fn entries(&self, mut take: impl FnMut(Entry, bool)) -> io::Result<()> {
        for (stored, place) in &self.values {
            if let Some(key) = user_key(stored)
                && let Some(value) = self.value(stored, place)?
            {
                take(Entry { key: key.to_vec(), value }, place.written >= self.damaged_before);
            }
        }
        Ok(())
    }

    /// Hands over every value that still lies in the file, in the order of writing, as far as its checksum holds.
    pub(crate) fn history(&self, mut take: impl FnMut(Entry)) -> io::Result<()> {
        for (stored, place) in self.history.iter().flatten() {
            if let Some(key) = user_key(stored)
                && let Some(value) = self.value(stored, place)?
            {
                take(Entry { key: key.to_vec(), value });
            }
        }
        Ok(())
    }

    fn value(&self, stored: &[u8], place: &Value) -> io::Result<Option<Vec<u8>>> {
        let sealed = self.bytes(place.at, place.bytes)?;
        Ok(unseal(user_key(stored).unwrap_or(stored), &sealed).ok())
    }

    fn bytes(&self, at: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(most);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at))?;
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The segments, by the place of their first byte, with where they stand in the file.
    fn segments(&mut self, length: u64) -> io::Result<Vec<(u64, u64)>> {
        let (mut segments, mut unused) = (Vec::new(), false);
        for at in (0..length).step_by(SEGMENT_BYTES) {
            let header = self.bytes(at, SEGMENT_HEADER)?;
            if let Some(first) = segment_header(&header) {
                // The file grows by segments, and what is unused stands at its end.
                if unused {
                    self.damaged_before = EVERYTHING;
                }
                segments.push((first, at));
            } else if self.bytes(at, SEGMENT_BYTES)?.iter().all(|byte| *byte == 0) {
                unused = true;
            } else {
                self.damaged_before = EVERYTHING;
                self.unreadable_bytes += (length - at).min(SEGMENT_BYTES as u64);
            }
        }
        let last_at = segments.last().map(|(_, at)| *at);
        segments.sort_unstable();
        // Only the newest segment may be shorter, since it stands at the end of the file as long as it grows.
        let newest_is_last = segments.last().map(|(_, at)| *at) == last_at;
        if !length.is_multiple_of(SEGMENT_BYTES as u64) && !newest_is_last {
            self.damaged_before = EVERYTHING;
        }
        Ok(segments)
    }

    fn segment(&mut self, first: u64, at: u64, bytes: &[u8], newest: bool) {
        let number = first / SEGMENT_BYTES as u64;
        let mut next = SEGMENT_HEADER;
        while next + LONGEST_MESSAGE_HEADER <= SEGMENT_BYTES {
            if let Some(message) = Message::at(bytes, next, number) {
                if message.kind == kind::CAP {
                    return;
                }
                self.play(first + next as u64, at, bytes, &message);
                next = message.end;
                continue;
            }
            let behind = (next + 1..bytes.len()).find(|from| Message::at(bytes, *from, number).is_some());
            // The newest segment ends where its last message does.
            if behind.is_some() || !newest {
                let end = behind.unwrap_or(bytes.len());
                self.damaged_before = self.damaged_before.max(first + end as u64);
                self.unreadable_bytes += (end - next) as u64;
            }
            let Some(behind) = behind else { return };
            next = behind;
        }
    }

    fn play(&mut self, written: u64, segment_at: u64, bytes: &[u8], message: &Message) {
        let mut body = Reader { bytes, next: message.body, end: message.end };
        let played = match message.kind {
            kind::PAGE => self.page(written, segment_at, message.page, &mut body),
            kind::CHANGE => self.change(written, segment_at, message.page, &mut body),
            _ => Some(()),
        };
        // Segments that wait to be used again hold changes of pages that were written anew since.
        if played.is_none() {
            let untold = self.untold.entry(message.page).or_default();
            *untold = (written, untold.1 + (message.end - message.body) as u64);
        } else if message.kind != kind::CHANGE {
            self.untold.remove(&message.page);
        }
    }

    /// A page tells all keys between its bounds: those that it does not name are gone.
    fn page(&mut self, written: u64, segment_at: u64, page: u64, body: &mut Reader<'_>) -> Option<()> {
        let (_next, _merging_child, _merging) = (body.number()?, body.number()?, body.byte()?);
        let prefix_bytes = usize::from(body.byte()?);
        let (low, high) = (body.slice()?.1, body.slice()?.1);
        let prefix = low.get(..prefix_bytes)?.to_vec();
        if body.byte()? != 0 {
            // A page of pointers.
            return Some(());
        }
        let count = body.number()?;
        let mut keys = Vec::new();
        for _ in 0..count {
            keys.push([&prefix, body.slice()?.1].concat());
        }
        let mut values = Vec::with_capacity(keys.len());
        for _ in 0..count {
            let (at, value) = body.slice()?;
            values.push(Value { written, at: segment_at + at as u64, bytes: value.len() });
        }
        let low = low.to_vec();
        let inside = match high {
            [] => self.values.range(low..),
            high => self.values.range(low..high.to_vec().max(prefix.clone())),
        };
        let gone: Vec<Vec<u8>> = inside.map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.values.remove(&key);
        }
        if let Some(history) = &mut self.history {
            history.extend(keys.iter().cloned().zip(values.iter().copied()));
        }
        self.values.extend(keys.into_iter().zip(values));
        self.prefixes.insert(prefix.clone());
        self.pages.insert(page, prefix);
        Some(())
    }

    fn change(&mut self, written: u64, segment_at: u64, page: u64, body: &mut Reader<'_>) -> Option<()> {
        match body.byte()? {
            0 => {
                let (_, rest) = body.slice()?;
                let (at, sealed) = body.slice()?;
                let key = self.whole_key(page, rest, sealed)?;
                let value = Value { written, at: segment_at + at as u64, bytes: sealed.len() };
                if let Some(history) = &mut self.history {
                    history.push((key.clone(), value));
                }
                self.values.insert(key, value);
            }
            1 => {
                let (_, rest) = body.slice()?;
                let key = [self.pages.get(&page)?, rest].concat();
                self.values.remove(&key);
            }
            // Pages are being joined: the page that results tells its keys.
            _ => {}
        }
        Some(())
    }

    /// A change only tells what its key has beyond the beginning that all keys of its page share. When the page itself
    /// could not be read, the checksum tells which beginning fits.
    fn whole_key(&self, page: u64, rest: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let fits = |prefix: &Vec<u8>| {
            let key = [prefix, rest].concat();
            unseal(user_key(&key).unwrap_or(&key), sealed).is_ok().then_some(key)
        };
        let known = self.pages.get(&page).and_then(fits);
        known.or_else(|| self.prefixes.iter().find_map(fits)).or_else(|| fits(&Vec::new()))
    }
}

fn segment_header(bytes: &[u8]) -> Option<u64> {
    const HIDDEN: i64 = i64::MAX;
    let (crc, rest) = bytes.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*crc) != !crc32fast::hash(rest.get(..16)?) {
        return None;
    }
    u64::try_from(i64::from_le_bytes(*rest.first_chunk()?) ^ HIDDEN).ok()
}

/// A message whose checksum holds; places are within its segment.
struct Message {
    kind: u8,
    page: u64,
    body: usize,
    end: usize,
}

impl Message {
    fn at(bytes: &[u8], start: usize, segment: u64) -> Option<Self> {
        let mut reader = Reader { bytes, next: start.checked_add(4)?, end: bytes.len() };
        let kind = reader.byte().filter(|kind| (1..=kind::LAST).contains(kind))?;
        let length = usize::try_from(reader.number()?).ok()?;
        if reader.number()? != segment {
            return None;
        }
        let page = reader.number()?;
        let (body, end) = (reader.next, reader.next.checked_add(length)?);
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(bytes.get(body..end)?);
        hasher.update(bytes.get(start + 4..body)?);
        let expected = bytes.get(start..)?.first_chunk::<4>()?;
        (u32::from_le_bytes(*expected) == !hasher.finalize()).then_some(Self { kind, page, body, end })
    }
}

/// Reads sled's encoding up to `end`.
struct Reader<'a> {
    bytes: &'a [u8],
    next: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.next.checked_add(count).filter(|end| *end <= self.end)?;
        let taken = self.bytes.get(self.next..end)?;
        self.next = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        Some(match first {
            0..=240 => u64::from(first),
            241..=248 => 240 + 256 * (u64::from(first) - 241) + u64::from(self.byte()?),
            249 => 2_288 + 256 * u64::from(self.byte()?) + u64::from(self.byte()?),
            250..=255 => {
                let mut number = [0; 8];
                let bytes = self.take(usize::from(first) - 247)?;
                number.get_mut(..bytes.len())?.copy_from_slice(bytes);
                u64::from_le_bytes(number)
            }
        })
    }

    /// Bytes behind their length, and where they begin.
    fn slice(&mut self) -> Option<(usize, &'a [u8])> {
        let length = usize::try_from(self.number()?).ok()?;
        let at = self.next;
        Some((at, self.take(length)?))
    }
}
