//! The journal of refusals: what people took back, so that no older copy of the store gives it again. Append-only, synced.
//!
//! ```text
//! file   = head | record | record | ..          all of 256 bytes, CRC-32 in the last four
//! head   = "SBREFUS1" | vault id (16) | how many (8), in an export only | zeros
//! record = 1 | kind | length | 0 | number (8) | at, ms since 1970 (8) | subject (16) | nonce (8) | text (192) | seal (16)
//! ```
//!
//! What a kind and its text mean is its writer's business. Numbers count from 1 in the order of the file. The seal is a
//! pseudonym of all but the number: only this vault can make one, so that an export needs no signature and can grow at its
//! end, and so that a record is known again wherever it stands. The nonce is random: the same thing may be taken back twice.
//!
//! An export's head says how many records were whole in it when it was written last. Records come first, are synced, and then
//! the head: so an export that travelled in part is known by its head, and what a power cut broke is beyond what the head says.
//! Of one that is not so ([`inspect`]) nothing is taken: it may be the newest word of somebody.
//!
//! One append is at most [`AT_ONCE`] records, and the next comes after a sync. So a power cut leaves broken records among
//! the last ones only, which nobody was promised: from the first of them on all is cut off. Broken ones before that are
//! damage. Other than tombstones, refusals are not kept in memory: nobody asks for them but a restore.

use std::{io, sync::Arc};

use shopbell_domain::time::Timestamp;
use zeroize::Zeroizing;

use crate::{
    Pseudonym,
    fields::{Fields, record},
    header::VaultId,
    kek::SECRET_BYTES,
    media::Media,
    tombstone::{LoadError, Step, Tail},
};

pub(crate) const RECORD_BYTES: usize = 256;
/// Records of one append at most.
pub(crate) const AT_ONCE: usize = 64;
const MAGIC: [u8; 8] = *b"SBREFUS1";
const VERSION: u8 = 1;
/// Of which records are sealed.
const KIND: &str = "refusal";

/// Tells two records apart that say the same.
pub(crate) type Nonce = [u8; 8];

/// One thing that somebody took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of thing, as the writer counts them.
    pub kind: u8,
    /// Who, as the vault names them.
    pub subject: Pseudonym,
    /// When.
    pub at: Timestamp,
    /// What, in the writer's words: at most [`Refusal::TEXT_BYTES`].
    pub text: Vec<u8>,
}

/// A refusal that would not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Refusal {
    /// Bytes of a text at most.
    pub const TEXT_BYTES: usize = 192;

    fn padded(&self) -> Result<([u8; Self::TEXT_BYTES], u8), TooLong> {
        let mut text = [0; Self::TEXT_BYTES];
        text.get_mut(..self.text.len()).ok_or(TooLong)?.copy_from_slice(&self.text);
        Ok((text, u8::try_from(self.text.len()).map_err(|_| TooLong)?))
    }

    fn seal(&self, nonce: Nonce, pepper: &Zeroizing<[u8; SECRET_BYTES]>) -> Pseudonym {
        let (at, subject) = (self.at.as_millis().to_be_bytes(), self.subject.to_bytes());
        Pseudonym::of(pepper, KIND, &[&[self.kind][..], &at, &subject, &nonce, &self.text].concat())
    }

    pub(crate) fn encode(
        &self,
        number: u64,
        nonce: Nonce,
        pepper: &Zeroizing<[u8; SECRET_BYTES]>,
    ) -> Result<[u8; RECORD_BYTES], TooLong> {
        let (text, length) = self.padded()?;
        Ok(record(&[
            &[VERSION, self.kind, length, 0],
            &number.to_be_bytes(),
            &self.at.as_millis().to_be_bytes(),
            &self.subject.to_bytes(),
            &nonce,
            &text,
            &self.seal(nonce, pepper).to_bytes(),
        ]))
    }
}

/// A record as it stands in a file.
pub(crate) struct Standing {
    pub(crate) number: u64,
    pub(crate) refusal: Refusal,
    pub(crate) nonce: Nonce,
    pub(crate) seal: Pseudonym,
}

impl Standing {
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::checked(bytes)?;
        let [version, kind, length, _] = fields.take::<4>()?;
        let number = fields.u64()?;
        let at = Timestamp::from_millis(i64::from_be_bytes(fields.take()?));
        let subject = Pseudonym::from_bytes(fields.take()?);
        let nonce = fields.take()?;
        let text = fields.take::<{ Refusal::TEXT_BYTES }>()?.get(..usize::from(length))?.to_vec();
        let seal = Pseudonym::from_bytes(fields.take()?);
        let refusal = Refusal { kind, subject, at, text };
        (version == VERSION).then_some(Self { number, refusal, nonce, seal })
    }

    /// Whether the vault of this pepper wrote it.
    pub(crate) fn is_genuine(&self, pepper: &Zeroizing<[u8; SECRET_BYTES]>) -> bool {
        self.refusal.seal(self.nonce, pepper) == self.seal
    }
}

pub(crate) fn head(vault: &VaultId) -> [u8; RECORD_BYTES] {
    head_of_export(vault, 0)
}

/// The head of an export of so many records; there may be more by now.
pub(crate) fn head_of_export(vault: &VaultId, count: u64) -> [u8; RECORD_BYTES] {
    record(&[&MAGIC, &vault.0, &count.to_be_bytes()])
}

/// How many records an export has, by its head; `None` when it is another vault's, or no head.
pub(crate) fn counted(head: &[u8], vault: &VaultId) -> Option<u64> {
    let mut fields = Fields::checked(head)?;
    let is_ours = fields.take()? == MAGIC && fields.take()? == vault.0;
    fields.u64().filter(|_| is_ours)
}

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inspected {
    /// Its records, in their order and all whole.
    pub(crate) records: u64,
    /// Whether something comes after them that was never whole.
    pub(crate) torn: bool,
}

/// Why nothing of an export is taken.
#[derive(Debug)]
pub(crate) enum Unfit {
    Io(io::Error),
    Foreign(&'static str),
    Damaged(String),
}

impl From<io::Error> for Unfit {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads an export to its end, before any of it is taken: each record must be whole, this vault's, and in its place.
pub(crate) fn inspect(
    export: &mut impl io::Read,
    vault: &VaultId,
    pepper: &Zeroizing<[u8; SECRET_BYTES]>,
) -> Result<Inspected, Unfit> {
    let mut bytes = [0; RECORD_BYTES];
    let read = fill(export, &mut bytes)?;
    let counted = Some(read).filter(|read| *read == RECORD_BYTES).and_then(|_| counted(&bytes, vault));
    let counted = counted.ok_or(Unfit::Foreign("their head is damaged, or of another vault"))?;
    let (mut number, mut broken) = (0, None);
    loop {
        let read = fill(export, &mut bytes)?;
        if read == 0 {
            break;
        }
        number += 1;
        let Some(standing) = Standing::decode(&bytes).filter(|_| read == RECORD_BYTES) else {
            broken.get_or_insert(number);
            continue;
        };
        if let Some(broken) = broken {
            return Err(Unfit::Damaged(format!("number {broken} is broken, and whole ones come after it")));
        }
        if standing.number != number {
            let found = standing.number;
            return Err(Unfit::Damaged(format!("number {found} stands where number {number} belongs")));
        }
        if !standing.is_genuine(pepper) {
            return Err(Unfit::Foreign("a record is another's"));
        }
    }
    let records = broken.map_or(number, |broken| broken - 1);
    if records < counted {
        return Err(Unfit::Damaged(format!("{records} of {counted} are left")));
    }
    Ok(Inspected { records, torn: broken.is_some() })
}

/// How many bytes there were: fewer than a record only at the end.
pub(crate) fn fill(from: &mut impl io::Read, bytes: &mut [u8; RECORD_BYTES]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Where a record is, counted from 0.
pub(crate) fn position(records: u64) -> u64 {
    (records + 1) * RECORD_BYTES as u64
}

/// Reads the log, cuts off what was never whole, and says how many there are.
pub(crate) fn load(vault: &VaultId, media: &dyn Media) -> Result<(u64, Tail), LoadError> {
    let length = media.len()?;
    if length <= RECORD_BYTES as u64 {
        // The head is synced before the first record: a file without a whole one is being made.
        media.write(0, &head(vault))?;
        media.sync()?;
        return Ok((0, Tail::Whole));
    }
    let mut bytes = [0; RECORD_BYTES];
    media.read(0, &mut bytes)?;
    if bytes != head(vault) {
        return Err(LoadError::Damaged("their head is of another vault or was changed"));
    }
    let whole = length / RECORD_BYTES as u64 - 1;
    let mut found = 0;
    let mut chunk = vec![0; RECORD_BYTES * AT_ONCE];
    'all: while found < whole {
        let many = usize::try_from(whole - found).unwrap_or(AT_ONCE).min(AT_ONCE);
        let Some(bytes) = chunk.get_mut(..many * RECORD_BYTES) else { break };
        media.read(position(found), bytes)?;
        for bytes in bytes.as_chunks::<RECORD_BYTES>().0 {
            if Standing::decode(bytes).is_none_or(|standing| standing.number != found + 1) {
                break 'all;
            }
            found += 1;
        }
    }
    if whole - found > AT_ONCE as u64 {
        return Err(LoadError::Damaged("more records are broken than one append writes"));
    }
    if position(found) == length {
        return Ok((found, Tail::Whole));
    }
    media.truncate(position(found))?;
    media.sync()?;
    Ok((found, Tail::Torn))
}

/// Appends at most [`AT_ONCE`] records to this many, and waits for the disk.
pub(crate) fn append(records: u64, media: &dyn Media, bytes: &[u8]) -> Result<(), (Step, Arc<io::Error>)> {
    media.write(position(records), bytes).map_err(|e| (Step::Write, Arc::new(e)))?;
    media.sync().map_err(|e| (Step::Sync, Arc::new(e)))
}
