//! Tests of the vault as a whole.

mod copying;
mod crash;
mod disk;
mod figures;
mod known_answers;
mod promises;
mod refusals;

use rand::{SeedableRng as _, rngs::StdRng};
use zeroize::Zeroizing;

use crate::{Kek, Pseudonym};

pub(crate) fn kek(byte: u8) -> Kek {
    Kek::new(Zeroizing::new([byte; 32]))
}

pub(crate) fn subject(number: u32) -> Pseudonym {
    let mut bytes = [0x5A; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Pseudonym::from_bytes(bytes)
}

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
