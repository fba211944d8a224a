//! Refusals of a vault in use: written down, read, exported, and taken up again from an export.

use std::{
    collections::HashSet,
    io::{self, Read, Seek, SeekFrom},
};

use crate::{
    Pseudonym, Refusal, Vault, VaultError,
    keeper::{Answer, Keeper, Request},
    refusal::{self, AT_ONCE, Nonce, RECORD_BYTES, Standing, Unfit},
    tombstone::Step,
};

/// Records that are read at once.
const PAGE: u64 = 1_024;

/// What came of refusals that were replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplayedRefusals {
    /// Those that this vault had not.
    pub added: u64,
    /// Whether the export ends in what was never written whole, which is left out: a later one may have it.
    pub torn: bool,
    /// Whether the export is damaged, and a copy of what this vault has all the same: nothing is lost by it.
    pub spoilt: bool,
}

/// Why an export was not taken up.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It is none, or cannot be written down.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Vault {
    /// Writes refusals down, in one group, for threads that may block. They are safe when this returns. The vault keeps
    /// them in their order, also those that it has already.
    pub fn refuse_all_blocking(&self, refusals: Vec<Refusal>) -> Result<(), VaultError> {
        if let Some(bytes) =
            refusals.iter().map(|one| one.text.len()).find(|bytes| *bytes > Refusal::TEXT_BYTES)
        {
            return Err(VaultError::TooLarge { bytes });
        }
        let nonces: Vec<Nonce> = refusals
            .iter()
            .map(|_| {
                let mut nonce = [0; 8];
                self.shared().rng().fill_bytes(&mut nonce);
                nonce
            })
            .collect();
        self.write_down_blocking(refusals.into_iter().zip(nonces).collect())
    }

    fn write_down_blocking(&self, refusals: Vec<(Refusal, Nonce)>) -> Result<(), VaultError> {
        let requests = refusals
            .into_iter()
            .map(|(refusal, nonce)| move |answer| Request::Refuse { refusal, nonce, answer });
        self.ask_all_blocking(requests).map(drop)
    }

    /// All refusals, in the order in which they were written down. Reads the file; blocks.
    pub fn refusals(
        &self,
        mut each: impl FnMut(Refusal) -> Result<(), VaultError>,
    ) -> Result<u64, VaultError> {
        self.standing(0, |standing, _| each(standing.refusal))
    }

    /// The bytes of an export after its first `have` refusals, which are all of it for `None`; how many there are then. Each
    /// is sealed by itself: an export may be written on at its end. When that is synced, [`Vault::head_of_refusals`] goes
    /// over its head. Reads the file; blocks.
    pub fn export_refusals(
        &self,
        have: Option<u64>,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<u64, VaultError> {
        let failed = |error: io::Error| VaultError::NotCopied { cause: error.to_string().into() };
        if have.is_none() {
            write(&self.head_of_refusals(self.counts().refusals)).map_err(failed)?;
        }
        self.standing(have.unwrap_or(0), |_, bytes| write(bytes).map_err(failed))
    }

    /// The first bytes of an export that holds so many refusals at least: it is refused when it is found with fewer.
    pub fn head_of_refusals(&self, count: u64) -> [u8; RECORD_BYTES] {
        refusal::head_of_export(&self.shared().vault, count)
    }

    /// Adds what this vault does not know of an export of its own. Nothing is taken of one that is not whole: only what
    /// broke while it was being written, at its end, is left out. Doing it again changes nothing. Blocks.
    pub fn replay_refusals_blocking(
        &self,
        mut export: impl Read + Seek,
    ) -> Result<ReplayedRefusals, ReplayError> {
        let shared = self.shared();
        let found = match refusal::inspect(&mut export, &shared.vault, &shared.pepper) {
            Ok(found) => found,
            Err(Unfit::Io(error)) => return Err(error.into()),
            Err(Unfit::Foreign(reason)) => return Err(VaultError::ForeignRefusals { reason }.into()),
            Err(Unfit::Damaged(_)) if self.has_all_of(&mut export)? => {
                return Ok(ReplayedRefusals { spoilt: true, ..ReplayedRefusals::default() });
            }
            Err(Unfit::Damaged(reason)) => {
                return Err(VaultError::DamagedRefusals { reason: reason.into() }.into());
            }
        };
        export.seek(SeekFrom::Start(refusal::position(0)))?;
        let (mut bytes, count) = ([0; RECORD_BYTES], self.counts().refusals);
        let (mut known, mut new) = (None, Vec::new());
        let mut replayed = ReplayedRefusals { torn: found.torn, ..ReplayedRefusals::default() };
        for number in 0..found.records {
            export.read_exact(&mut bytes)?;
            // An export that was written at once is the journal's beginning, byte for byte.
            if known.is_none() && number < count && self.record(number)? == bytes {
                continue;
            }
            let changed = || io::Error::other("it changed while it was read");
            let standing = Standing::decode(&bytes).ok_or_else(changed)?;
            let known = match &mut known {
                Some(known) => known,
                unread => unread.insert(self.seals()?),
            };
            if known.insert(standing.seal) {
                new.push((standing.refusal, standing.nonce));
                replayed.added += 1;
            }
            if new.len() >= AT_ONCE {
                self.write_down_blocking(std::mem::take(&mut new))?;
            }
        }
        self.write_down_blocking(new)?;
        Ok(replayed)
    }

    /// Whether a damaged export is a copy of what this vault has: it knows as many as the head says, each whole record is its
    /// own in the same place, and there are no places beyond. Then the damage costs nothing.
    fn has_all_of(&self, export: &mut (impl Read + Seek)) -> Result<bool, ReplayError> {
        let (mut bytes, count) = ([0; RECORD_BYTES], self.counts().refusals);
        export.rewind()?;
        refusal::fill(export, &mut bytes)?;
        if refusal::counted(&bytes, &self.shared().vault).is_none_or(|counted| counted > count) {
            return Ok(false);
        }
        let mut number = 0;
        loop {
            let read = refusal::fill(export, &mut bytes)?;
            if read == 0 {
                return Ok(true);
            }
            let whole = read == RECORD_BYTES && Standing::decode(&bytes).is_some();
            if number >= count || (whole && self.record(number)? != bytes) {
                return Ok(false);
            }
            number += 1;
        }
    }

    fn seals(&self) -> Result<HashSet<Pseudonym>, VaultError> {
        let mut seals = HashSet::new();
        self.standing(0, |standing, _| {
            seals.insert(standing.seal);
            Ok(())
        })?;
        Ok(seals)
    }

    fn record(&self, number: u64) -> Result<[u8; RECORD_BYTES], VaultError> {
        let mut bytes = [0; RECORD_BYTES];
        self.shared().refusals.read(refusal::position(number), &mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    /// Each record after the first ones. What is below the count never changes, so that no writer waits.
    fn standing(
        &self,
        mut from: u64,
        mut each: impl FnMut(Standing, &[u8; RECORD_BYTES]) -> Result<(), VaultError>,
    ) -> Result<u64, VaultError> {
        let count = self.counts().refusals;
        while from < count {
            let many = usize::try_from((count - from).min(PAGE)).unwrap_or(1);
            let mut page = vec![0; many * RECORD_BYTES];
            self.shared().refusals.read(refusal::position(from), &mut page).map_err(unreadable)?;
            for bytes in page.as_chunks::<RECORD_BYTES>().0 {
                let standing = Standing::decode(bytes)
                    .ok_or_else(|| unreadable(io::Error::other(format!("refusal {from} is damaged"))))?;
                each(standing, bytes)?;
                from += 1;
            }
        }
        Ok(count)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: io::Error) -> VaultError {
    VaultError::NotCopied { cause: error.to_string().into() }
}

impl Keeper {
    /// Writes refusals down and answers: nothing else waits for them, and they wait for nothing else.
    pub(crate) fn write_down(&self, refusals: Vec<(Refusal, Nonce, Answer<()>)>) {
        let mut waiting = refusals.into_iter().peekable();
        while waiting.peek().is_some() {
            let chunk: Vec<_> = waiting.by_ref().take(AT_ONCE).collect();
            let written = self.append_refusals(chunk.iter().map(|(refusal, nonce, _)| (refusal, *nonce)));
            for (_, _, answer) in chunk {
                // Whoever went away does not need the answer.
                let _ = answer.send(written.clone());
            }
        }
    }

    fn append_refusals<'a>(&self, new: impl Iterator<Item = (&'a Refusal, Nonce)>) -> Result<(), VaultError> {
        self.shared.check_poison()?;
        let count = self.shared.state().refusals;
        let (mut bytes, mut number) = (Vec::new(), count);
        for (refusal, nonce) in new {
            number += 1;
            let record = refusal.encode(number, nonce, &self.shared.pepper);
            bytes.extend(record.map_err(|_| VaultError::TooLarge { bytes: refusal.text.len() })?);
        }
        refusal::append(count, &*self.shared.refusals, &bytes).map_err(|(step, error)| {
            match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded if step == Step::Write => {
                    VaultError::DiskFull { dir: self.shared.dir.clone() }
                }
                _ => self.shared.poison(format!("the refusals could not be written: {error}")),
            }
        })?;
        self.shared.state().refusals = number;
        Ok(())
    }
}
