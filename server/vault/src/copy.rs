//! A copy of the vault while it is in use, exact to the group of writes at its end.
//!
//! ```text
//! step   up to 4,096 slots as they stand, between two groups of writes; which slots are written from now on is noted
//! ..
//! last   what is left, once more every slot that was written meanwhile, the header, the tombstones
//! then   the refusals that there were at the last step: what is written never changes
//! ```
//!
//! So no writer waits for more than a step; and what was destroyed before the last one is destroyed in the copy too, where
//! the later bytes lie over the earlier ones. The keys in it are wrapped, as they are in the vault.

use std::collections::BTreeSet;

use crate::{
    Counts, Vault, VaultError,
    header::HEADER_BYTES,
    keeper::Keeper,
    media::Media,
    refusal,
    slot::SLOT_BYTES,
    state::{Entry, position},
    vault::{Command, block_on},
};

/// Slots of one step.
const SLOTS_AT_ONCE: u32 = 4_096;
/// Bytes of a piece at most.
const PIECE_BYTES: usize = SLOTS_AT_ONCE as usize * SLOT_BYTES;

/// Which of the vault's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultFile {
    /// Header and keys.
    Keys,
    /// Who was erased.
    Tombstones,
    /// What was taken back.
    Refusals,
}

impl VaultFile {
    /// Its name in the vault's directory.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keys => crate::directory::SLOTS,
            Self::Tombstones => crate::directory::TOMBSTONES,
            Self::Refusals => crate::directory::REFUSALS,
        }
    }
}

/// Bytes of the copy. A later piece takes the place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Of which file.
    pub file: VaultFile,
    /// From which byte on.
    pub offset: u64,
    /// At most 512 KiB.
    pub bytes: Vec<u8>,
}

/// How far a copy is.
#[derive(Debug)]
pub(crate) struct Copying {
    id: u64,
    next: u32,
}

/// What a step came to.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) then: Then,
}

/// What follows it.
#[derive(Debug)]
pub(crate) enum Then {
    More(Copying),
    End(Counts),
}

/// The slots that were written since a copy began.
#[derive(Debug)]
pub(crate) struct Watched {
    id: u64,
    written: BTreeSet<u32>,
}

impl Watched {
    /// This slot is written.
    pub(crate) fn note(&mut self, slot: u32) {
        self.written.insert(slot);
    }
}

impl Vault {
    /// Copies the vault while it is in use, exact to what was answered before the last piece. For threads that may block:
    /// writers wait for 4,096 slots at most, and never for `write`. The copy is whole when this returns. One that is begun
    /// ends one that is under way.
    pub fn copy_blocking(
        &self,
        mut write: impl FnMut(Piece) -> std::io::Result<()>,
    ) -> Result<Counts, VaultError> {
        let mut copying = None;
        loop {
            let Step { pieces, then } = block_on(self.ask(|answer| Command::Copy { copying, answer }))?;
            for piece in pieces {
                if let Err(error) = write(piece) {
                    block_on(self.tell(Command::EndCopy));
                    return Err(VaultError::NotCopied { cause: error.to_string().into() });
                }
            }
            match then {
                Then::More(next) => copying = Some(next),
                Then::End(counts) => {
                    self.copy_refusals(counts.refusals, write)?;
                    return Ok(counts);
                }
            }
        }
    }
}

impl Vault {
    /// Only ever written on at their end: nobody waits for this.
    fn copy_refusals(
        &self,
        count: u64,
        mut write: impl FnMut(Piece) -> std::io::Result<()>,
    ) -> Result<(), VaultError> {
        let failed = |error: std::io::Error| VaultError::NotCopied { cause: error.to_string().into() };
        let (mut offset, end) = (0, refusal::position(count));
        while offset < end {
            let to = end.min(offset + PIECE_BYTES as u64);
            let mut pieces = Vec::new();
            read(&*self.shared().refusals, VaultFile::Refusals, (offset, to), &mut pieces).map_err(failed)?;
            pieces.into_iter().try_for_each(&mut write).map_err(failed)?;
            offset = to;
        }
        Ok(())
    }
}

impl Keeper {
    /// The next step; the first without a `copying`. A copy that is begun takes the place of one that was not ended.
    pub(crate) fn copy(&mut self, copying: Option<Copying>) -> Result<Step, VaultError> {
        self.shared.check_poison()?;
        let Copying { id, next } = copying.unwrap_or_else(|| self.begin_copy());
        if self.watched.borrow().as_ref().is_none_or(|watched| watched.id != id) {
            return Err(VaultError::OtherCopy);
        }
        let slots = u32::try_from(self.shared.state().index.entries.len()).unwrap_or(u32::MAX);
        let to = next.saturating_add(SLOTS_AT_ONCE).min(slots);
        let mut pieces = Vec::new();
        let failed = |error| VaultError::NotCopied { cause: format!("{error}").into() };
        read(&*self.shared.slots, VaultFile::Keys, (position(next), position(to)), &mut pieces)
            .map_err(failed)?;
        if to < slots {
            return Ok(Step { pieces, then: Then::More(Copying { id, next: to }) });
        }
        let written = self.watched.borrow_mut().take().map(|watched| watched.written).unwrap_or_default();
        let again = written.into_iter().map(|slot| (position(slot), position(slot) + SLOT_BYTES as u64));
        for range in again.chain([(0, HEADER_BYTES)]) {
            read(&*self.shared.slots, VaultFile::Keys, range, &mut pieces).map_err(failed)?;
        }
        let length = self.log.len().map_err(failed)?;
        read(&*self.log, VaultFile::Tombstones, (0, length), &mut pieces).map_err(failed)?;
        let state = self.shared.state();
        let free = state.index.entries.iter().filter(|entry| **entry == Entry::Free).count() as u64;
        let (tombstones, refusals) = (state.tombstones.len() as u64, state.refusals);
        let counts = Counts { slots: slots.into(), free, tombstones, refusals };
        Ok(Step { pieces, then: Then::End(counts) })
    }

    fn begin_copy(&mut self) -> Copying {
        let id = self.copies;
        self.copies += 1;
        *self.watched.borrow_mut() = Some(Watched { id, written: BTreeSet::new() });
        Copying { id, next: 0 }
    }

    /// Nobody wants it any more.
    pub(crate) fn end_copy(&self) {
        self.watched.borrow_mut().take();
    }
}

fn read(
    media: &dyn Media,
    file: VaultFile,
    (from, to): (u64, u64),
    pieces: &mut Vec<Piece>,
) -> std::io::Result<()> {
    let mut offset = from;
    while offset < to {
        let length = usize::try_from(to - offset).unwrap_or(usize::MAX).min(PIECE_BYTES);
        let mut bytes = vec![0; length];
        media.read(offset, &mut bytes)?;
        pieces.push(Piece { file, offset, bytes });
        offset += length as u64;
    }
    Ok(())
}
