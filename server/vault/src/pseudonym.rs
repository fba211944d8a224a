//! Names that tell nothing without the vault: for storage keys, where no customer number and no address may stand.

use std::fmt;

use crate::kek::{SECRET_BYTES, keyed_hash};

const INFO: &[u8] = b"shopbell pseudonym v1";

/// The first 16 bytes of `HMAC-SHA256(pepper, "shopbell pseudonym v1" | length of kind (4 bytes BE) | kind | value)`.
///
/// The same kind and value give the same pseudonym for as long as the vault lives; two values share one with
/// probability 2^-64 among 2^32 of them. Without the pepper a guess cannot be tried. It is still about one person, so
/// it does not print itself; [`Pseudonym::to_bytes`] is for storage.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym([u8; Pseudonym::BYTES]);

impl Pseudonym {
    /// Its size in bytes.
    pub const BYTES: usize = 16;

    pub(crate) fn of(pepper: &[u8; SECRET_BYTES], kind: &str, value: &[u8]) -> Self {
        // A kind is a word of ours; saturating only makes absurd ones share a length.
        let length = u32::try_from(kind.len()).unwrap_or(u32::MAX).to_be_bytes();
        let digest = keyed_hash(pepper, &[INFO, &length, kind.as_bytes(), value]);
        let mut bytes = [0; Self::BYTES];
        bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(bytes)
    }

    /// From storage.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// For storage.
    pub const fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonym([redacted])")
    }
}
