//! Refusals of a vault in use: written down, read, exported, and taken up again from an export.

use std::{
    collections::HashSet,
    io::{self, Read},
};

use crate::{
    Pseudonym, Refusal, Vault, VaultError,
    keeper::{Answer, Keeper, Request},
    refusal::{self, AT_ONCE, Nonce, RECORD_BYTES, Standing},
    tombstone::Step,
};

/// Records that are read at once.
const PAGE: u64 = 1_024;

/// What came of refusals that were replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplayedRefusals {
    /// Those that this vault had not.
    pub added: u64,
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
    /// is sealed by itself: an export may be written on at its end. Reads the file; blocks.
    pub fn export_refusals(
        &self,
        have: Option<u64>,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<u64, VaultError> {
        let failed = |error: io::Error| VaultError::NotCopied { cause: error.to_string().into() };
        if have.is_none() {
            write(&refusal::head(&self.shared().vault)).map_err(failed)?;
        }
        self.standing(have.unwrap_or(0), |_, bytes| write(bytes).map_err(failed))
    }

    /// Adds what this vault does not know of an export of its own. Broken records at its end were being written, and are left
    /// out. Doing it again changes nothing. Blocks.
    pub fn replay_refusals_blocking(&self, mut export: impl Read) -> Result<ReplayedRefusals, ReplayError> {
        let foreign = |reason| VaultError::ForeignRefusals { reason };
        let (shared, mut bytes) = (self.shared(), [0; RECORD_BYTES]);
        if !fill(&mut export, &mut bytes)? || bytes != refusal::head(&shared.vault) {
            return Err(foreign("their head is of another vault").into());
        }
        let (mut number, count) = (0, self.counts().refusals);
        let (mut known, mut replayed) = (None, ReplayedRefusals::default());
        let mut new = Vec::new();
        while fill(&mut export, &mut bytes)? {
            // An export that was written at once is the journal's beginning, byte for byte.
            if known.is_none() && number < count && self.record(number)? == bytes {
                number += 1;
                continue;
            }
            let Some(standing) = Standing::decode(&bytes) else { break };
            if !standing.is_genuine(&shared.pepper) {
                return Err(foreign("a record is another's").into());
            }
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

/// Whether there was a whole record.
fn fill(from: &mut impl Read, bytes: &mut [u8; RECORD_BYTES]) -> io::Result<bool> {
    match from.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
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
