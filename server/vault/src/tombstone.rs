//! The log of who was erased: append-only, synced, and all of it in memory while the vault is open.
//!
//! ```text
//! file   = head | record | record | ..          all of 64 bytes, CRC-32 in the last four
//! head   = "SBTOMBS1" | vault id (16) | zeros
//! record = 1 | reason | zeros (6) | number (8) | at, ms since 1970 (8) | subject (16) | receipt (8) | zeros
//! ```
//!
//! Numbers count from 1 in the order of the file. One append never leaves its sector of 512 bytes, and the next comes
//! after a sync: so a power cut leaves all of it, none of it, or (where the file system lengthened the file first)
//! records without a checksum at the very end, which nobody was promised. Such a record anywhere else is damage.
//!
//! The file is small and is backed up more often than the slots. To keep one more thing in a record, use its zeros.

use std::{collections::HashMap, io, sync::Arc};

use shopbell_domain::time::Timestamp;

use crate::{
    Pseudonym,
    fields::{Fields, record},
    header::VaultId,
    media::{Media, SECTOR_BYTES},
};

pub(crate) const RECORD_BYTES: usize = 64;
const MAGIC: [u8; 8] = *b"SBTOMBS1";
const VERSION: u8 = 1;

/// Why somebody was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// They asked for it, here or through a regulation that another system passed on.
    Request,
    /// The time for which the data may be kept is over.
    Retention,
    /// Somebody of the company decided it, for example for a test customer.
    Operator,
}

impl Reason {
    const fn number(self) -> u8 {
        match self {
            Self::Request => 1,
            Self::Retention => 2,
            Self::Operator => 3,
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Request),
            2 => Some(Self::Retention),
            3 => Some(Self::Operator),
            _ => None,
        }
    }
}

/// One erased subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// Its place in the log, from 1.
    pub number: u64,
    /// Who, as the vault names them.
    pub subject: Pseudonym,
    /// When they were erased. Whatever is from before this must not come back.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// The number of the receipt that tells of it.
    pub receipt: u64,
}

impl Tombstone {
    fn encode(&self) -> [u8; RECORD_BYTES] {
        record(&[
            &[VERSION, self.reason.number(), 0, 0, 0, 0, 0, 0],
            &self.number.to_be_bytes(),
            &self.at.as_millis().to_be_bytes(),
            &self.subject.to_bytes(),
            &self.receipt.to_be_bytes(),
        ])
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::checked(bytes)?;
        let [version, reason, ..] = fields.take::<8>()?;
        let tombstone = Self {
            number: fields.u64()?,
            at: Timestamp::from_millis(i64::from_be_bytes(fields.take()?)),
            subject: Pseudonym::from_bytes(fields.take()?),
            reason: Reason::from_number(reason)?,
            receipt: fields.u64()?,
        };
        (version == VERSION).then_some(tombstone)
    }
}

/// All tombstones, in memory.
#[derive(Default)]
pub(crate) struct Tombstones {
    in_order: Vec<Tombstone>,
    by_subject: HashMap<Pseudonym, usize>,
}

impl Tombstones {
    pub(crate) fn get(&self, subject: &Pseudonym) -> Option<Tombstone> {
        self.by_subject.get(subject).and_then(|index| self.in_order.get(*index)).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.in_order.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tombstone> {
        self.in_order.iter()
    }

    fn push(&mut self, tombstone: Tombstone) {
        self.by_subject.entry(tombstone.subject).or_insert(self.in_order.len());
        self.in_order.push(tombstone);
    }

    /// The file's bytes, as an export carries them.
    pub(crate) fn encode(&self, vault: &VaultId) -> Vec<u8> {
        let mut bytes = head(vault).to_vec();
        for tombstone in self.iter() {
            bytes.extend_from_slice(&tombstone.encode());
        }
        bytes
    }

    /// Reads a file's bytes. Only a file may end in records that were never whole; an export may not.
    pub(crate) fn decode(vault: &VaultId, bytes: &[u8]) -> Result<(Self, Tail), &'static str> {
        let Some((found, records)) = bytes.split_first_chunk::<RECORD_BYTES>() else {
            return Err("its head is missing");
        };
        if *found != head(vault) {
            return Err("its head is of another vault or was changed");
        }
        let mut tombstones = Self::default();
        let mut torn = 0;
        for bytes in records.chunks(RECORD_BYTES) {
            match Tombstone::decode(bytes) {
                Some(tombstone) if torn == 0 && tombstone.number == tombstones.len() as u64 + 1 => {
                    tombstones.push(tombstone);
                }
                Some(_) => return Err("a record stands where it does not belong"),
                None => torn += 1,
            }
        }
        if torn > SECTOR_BYTES / RECORD_BYTES {
            return Err("more records are broken than one append writes");
        }
        Ok((tombstones, if torn == 0 { Tail::Whole } else { Tail::Torn }))
    }
}

/// How a log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    Whole,
    /// In records that were never whole.
    Torn,
}

fn head(vault: &VaultId) -> [u8; RECORD_BYTES] {
    record(&[&MAGIC, &vault.0])
}

/// Why the log was not read.
pub(crate) enum LoadError {
    Io(io::Error),
    Damaged(&'static str),
}

impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads the log, and cuts off what was never whole.
pub(crate) fn load(vault: &VaultId, media: &dyn Media) -> Result<(Tombstones, Tail), LoadError> {
    let length = usize::try_from(media.len()?).map_err(|_| LoadError::Damaged("it is too long"))?;
    let mut bytes = vec![0; length];
    media.read(0, &mut bytes)?;
    // The head is synced before the first record: a file without a whole one is being made.
    if length <= RECORD_BYTES && Fields::checked(&bytes).is_none() {
        media.write(0, &head(vault))?;
        media.sync()?;
        return Ok((Tombstones::default(), Tail::Whole));
    }
    let (tombstones, tail) = Tombstones::decode(vault, &bytes).map_err(LoadError::Damaged)?;
    if tail == Tail::Torn {
        media.truncate(position(tombstones.len()))?;
        media.sync()?;
    }
    Ok((tombstones, tail))
}

/// Whether the log may belong to a vault that is only being made.
pub(crate) fn is_new(media: &dyn Media) -> io::Result<bool> {
    Ok(media.len()? == 0)
}

fn position(records: usize) -> u64 {
    ((records + 1) * RECORD_BYTES) as u64
}

/// How many records can be appended before the next sync.
pub(crate) fn room_in_sector(records: usize) -> usize {
    let per_sector = SECTOR_BYTES / RECORD_BYTES;
    per_sector - (records + 1) % per_sector
}

/// Appends what fits one sector to this many records, and waits for the disk.
pub(crate) fn append(
    records: usize,
    media: &dyn Media,
    new: &[Tombstone],
) -> Result<(), (Step, Arc<io::Error>)> {
    let bytes: Vec<u8> = new.iter().flat_map(Tombstone::encode).collect();
    media.write(position(records), &bytes).map_err(|e| (Step::Write, Arc::new(e)))?;
    media.sync().map_err(|e| (Step::Sync, Arc::new(e)))
}

/// Which step of a change failed: a write that found no room can be tried again, a failed sync cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Write,
    Sync,
}

impl Tombstones {
    /// Takes up what [`append`] made safe.
    pub(crate) fn extend(&mut self, new: &[Tombstone]) {
        for tombstone in new {
            self.push(*tombstone);
        }
    }
}
