//! One slot: 128 bytes, four in a sector, never across the border of one.
//!
//! ```text
//!   0  version (1)        4  slot number        16  id of the KEK     40  wrapped key: nonce 24, key 32, tag 16
//!   1  state              8  generation         24  subject          112  zeros, then CRC-32 at 124
//! ```
//!
//! States: all 128 bytes zero = free; 1 = live; 2 = erasing (the key is random bytes already, the zeros are still to
//! come). The wrapped key is bound to vault, slot, generation and subject, so that a slot copied over another does not
//! open. The slot holds nothing that outlives the key: generations are kept apart, in the header.

use rand::CryptoRng;

use crate::{
    Pseudonym,
    fields::{Fields, record},
    header::VaultId,
    kek::{KekId, WRAPPED_BYTES},
    key::KeyId,
};

pub(crate) const SLOT_BYTES: usize = 128;
/// A slot that holds nothing.
pub(crate) const FREE: [u8; SLOT_BYTES] = [0; SLOT_BYTES];

const VERSION: u8 = 1;
const LIVE: u8 = 1;
const ERASING: u8 = 2;
const INFO: &[u8] = b"shopbell vault slot v1";

/// A key as it stands in its slot.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) id: KeyId,
    pub(crate) kek: KekId,
    pub(crate) subject: Pseudonym,
    pub(crate) wrapped: [u8; WRAPPED_BYTES],
}

/// What a slot can hold.
pub(crate) enum Slot {
    Free,
    Live(Live),
    /// Random bytes where a key was.
    Erasing,
    /// Anything else. No power cut leaves this: the medium is failing, or somebody wrote here.
    Damaged,
}

impl Live {
    pub(crate) fn encode(&self) -> [u8; SLOT_BYTES] {
        record(&[
            &[VERSION, LIVE, 0, 0],
            &self.id.to_bytes(),
            &self.kek.0,
            &self.subject.to_bytes(),
            &self.wrapped,
        ])
    }

    /// What the wrapping binds the key to.
    pub(crate) fn associated(&self, vault: &VaultId) -> Vec<u8> {
        [INFO, &vault.0, &self.id.to_bytes(), &self.subject.to_bytes()].concat()
    }
}

/// Random bytes all over the old key, in the form of a slot, so that opening knows them for what they are.
pub(crate) fn encode_erasing(slot: u32, rng: &mut dyn CryptoRng) -> [u8; SLOT_BYTES] {
    let mut noise = [0; 8 + 8 + Pseudonym::BYTES + WRAPPED_BYTES];
    rng.fill_bytes(&mut noise);
    record(&[&[VERSION, ERASING, 0, 0], &slot.to_be_bytes(), &noise])
}

/// Reads the slot with this number.
pub(crate) fn decode(slot: u32, bytes: &[u8; SLOT_BYTES]) -> Slot {
    if *bytes == FREE {
        return Slot::Free;
    }
    read(slot, bytes).unwrap_or(Slot::Damaged)
}

fn read(slot: u32, bytes: &[u8; SLOT_BYTES]) -> Option<Slot> {
    let mut fields = Fields::checked(bytes)?;
    let [version, state, _, _] = fields.take()?;
    let id = KeyId { slot: fields.u32()?, generation: fields.u64()? };
    if version != VERSION || id.slot != slot {
        return None;
    }
    match state {
        LIVE => Some(Slot::Live(Live {
            id,
            kek: KekId(fields.take()?),
            subject: Pseudonym::from_bytes(fields.take()?),
            wrapped: fields.take()?,
        })),
        ERASING => Some(Slot::Erasing),
        _ => None,
    }
}
