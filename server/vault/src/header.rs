//! The head of the slot file: two copies, written in turn, so that one is whole whatever happens to the other.
//!
//! ```text
//!   0  "SBVAULT1"   8  version   12  zeros   16  epoch   24  vault id   40  id of the KEK   48  generations reserved
//!  56  wrapped pepper (72)   128  wrapped signing key (72)   200  tombstones (8)   208  refusals (8)
//! 216  zeros, then CRC-32 at 508
//! ```
//!
//! The copies stand 4,096 bytes apart, since some disks write that much as one. The one with the higher epoch counts.

use std::io;

use crate::{
    fields::{Fields, record},
    kek::{KekId, WRAPPED_BYTES},
    media::{Media, SECTOR_BYTES},
};

/// Where the slots begin.
pub(crate) const HEADER_BYTES: u64 = 2 * COPY_DISTANCE;
const COPY_DISTANCE: u64 = 4_096;
const MAGIC: [u8; 8] = *b"SBVAULT1";
const VERSION: u32 = 1;

/// Random, made with the vault: what is wrapped in one vault does not open in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VaultId(pub(crate) [u8; 16]);

/// What the header says.
#[derive(Clone)]
pub(crate) struct Header {
    pub(crate) epoch: u64,
    pub(crate) vault: VaultId,
    /// Wraps the two secrets below.
    pub(crate) kek: KekId,
    /// Generations below this may have been given.
    pub(crate) reserved: u64,
    pub(crate) pepper: [u8; WRAPPED_BYTES],
    pub(crate) signing_key: [u8; WRAPPED_BYTES],
    /// Tombstones there were when this was written: a log with fewer is not the one that belongs here.
    pub(crate) tombstones: u64,
    /// The same of refusals.
    pub(crate) refusals: u64,
}

/// One of the vault's own secrets.
#[derive(Clone, Copy)]
pub(crate) enum Secret {
    Pepper,
    SigningKey,
}

/// What the wrapping binds a secret of the vault to.
pub(crate) fn associated(secret: Secret, vault: &VaultId) -> Vec<u8> {
    let info: &[u8] = match secret {
        Secret::Pepper => b"shopbell vault pepper v1",
        Secret::SigningKey => b"shopbell vault signing key v1",
    };
    [info, &vault.0].concat()
}

/// What stands at the head of the file.
pub(crate) enum Found {
    /// A file that is being made: it has no slots yet.
    Nothing,
    Header(Header),
    /// A newer program wrote it.
    Newer(u32),
    Damaged,
}

/// Reads both copies.
pub(crate) fn read(media: &dyn Media) -> io::Result<Found> {
    let length = media.len()?;
    let mut best: Option<Header> = None;
    for copy in 0..2 {
        let mut sector = [0; SECTOR_BYTES];
        let at = copy * COPY_DISTANCE;
        if at + SECTOR_BYTES as u64 > length {
            continue;
        }
        media.read(at, &mut sector)?;
        match decode(&sector) {
            Ok(Some(header)) if best.as_ref().is_none_or(|best| best.epoch < header.epoch) => {
                best = Some(header);
            }
            Ok(_) => {}
            Err(version) => return Ok(Found::Newer(version)),
        }
    }
    Ok(match best {
        // The first slots come after the first header is safe: without them nothing was ever promised.
        _ if length <= HEADER_BYTES => Found::Nothing,
        Some(header) => Found::Header(header),
        None => Found::Damaged,
    })
}

impl Header {
    /// Writes the next epoch over the older copy, and waits for the disk.
    pub(crate) fn write(&mut self, media: &dyn Media) -> io::Result<()> {
        self.epoch += 1;
        media.write((self.epoch % 2) * COPY_DISTANCE, &self.encode())?;
        media.sync()
    }

    fn encode(&self) -> [u8; SECTOR_BYTES] {
        record(&[
            &MAGIC,
            &VERSION.to_be_bytes(),
            &[0; 4],
            &self.epoch.to_be_bytes(),
            &self.vault.0,
            &self.kek.0,
            &self.reserved.to_be_bytes(),
            &self.pepper,
            &self.signing_key,
            &self.tombstones.to_be_bytes(),
            &self.refusals.to_be_bytes(),
        ])
    }
}

/// The header in a sector, nothing if there is none, or the version of a newer one.
fn decode(sector: &[u8; SECTOR_BYTES]) -> Result<Option<Header>, u32> {
    let Some(mut fields) = Fields::checked(sector) else { return Ok(None) };
    let (Some(magic), Some(version)) = (fields.take(), fields.u32()) else { return Ok(None) };
    match version {
        _ if magic != MAGIC => Ok(None),
        VERSION => Ok(decode_fields(&mut fields)),
        newer => Err(newer),
    }
}

fn decode_fields(fields: &mut Fields<'_>) -> Option<Header> {
    let _zeros = fields.u32()?;
    Some(Header {
        epoch: fields.u64()?,
        vault: VaultId(fields.take()?),
        kek: KekId(fields.take()?),
        reserved: fields.u64()?,
        pepper: fields.take()?,
        signing_key: fields.take()?,
        tombstones: fields.u64()?,
        refusals: fields.u64()?,
    })
}
