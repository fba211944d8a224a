//! Data keys: one for each subject, and what is sealed with it.
//!
//! The cipher is XChaCha20-Poly1305. AES-256-GCM takes nonces of 96 bits, and NIST SP 800-38D section 8.3 allows 2^32
//! messages under one key when they are random: a bound that somebody would have to count. XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha-03, section 3.1) takes 192 bits: 2^80 messages under one key before two of them share a
//! nonce with probability 2^-32. Nothing needs to be counted, and no counter can be set back by a restored backup. It
//! also runs in constant time without hardware support.
//!
//! ```text
//! sealed = 0x01 | nonce (24) | XChaCha20-Poly1305(data key, nonce, associated data, plaintext) | tag (16)
//! associated data = "shopbell sealed v1" | slot (4 bytes BE) | generation (8 bytes BE) | the caller's
//! ```
//!
//! The caller's associated data should name the place (record and field), so that a value moved elsewhere does not open.

use std::{fmt, sync::Arc};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use zeroize::Zeroizing;

use crate::{
    VaultError,
    kek::{NONCE_BYTES, SECRET_BYTES, TAG_BYTES},
};

const VERSION: u8 = 1;
const INFO: &[u8] = b"shopbell sealed v1";

/// Bytes that sealing adds to a plaintext.
pub const SEALED_OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;

/// Longest plaintext that is sealed, in bytes: records are short, and whoever seals more has taken the wrong thing.
pub const MAX_PLAINTEXT_BYTES: usize = 16 * 1_024 * 1_024;

/// Names one key for ever: a slot is used again, a generation is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId {
    /// Where the key is.
    pub slot: u32,
    /// Which of the keys that were ever there.
    pub generation: u64,
}

impl KeyId {
    /// Bytes of [`KeyId::to_bytes`].
    pub const BYTES: usize = 12;

    /// Slot and generation, big-endian: how a record keeps it.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let fields = self.slot.to_be_bytes().into_iter().chain(self.generation.to_be_bytes());
        bytes.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
        bytes
    }

    /// The reverse of [`KeyId::to_bytes`].
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let [a, b, c, d, generation @ ..] = bytes;
        Self { slot: u32::from_be_bytes([a, b, c, d]), generation: u64::from_be_bytes(generation) }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.slot, self.generation)
    }
}

/// The key of one subject. Clones share the bytes, which are wiped when the last one goes.
///
/// Hold it for one piece of work, not longer: a copy outlives [`crate::Vault::destroy`].
#[derive(Clone)]
pub struct DataKey {
    id: KeyId,
    bytes: Arc<Zeroizing<[u8; SECRET_BYTES]>>,
}

impl DataKey {
    pub(crate) fn new(id: KeyId, bytes: Zeroizing<[u8; SECRET_BYTES]>) -> Self {
        Self { id, bytes: Arc::new(bytes) }
    }

    /// Its name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Seals with a nonce that must be random and used once.
    pub(crate) fn seal_with(
        &self,
        nonce: [u8; NONCE_BYTES],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let too_large = VaultError::TooLarge { bytes: plaintext.len() };
        if plaintext.len() > MAX_PLAINTEXT_BYTES {
            return Err(too_large);
        }
        let payload = Payload { msg: plaintext, aad: &self.associated(aad) };
        let sealed = self.cipher().encrypt((&nonce).into(), payload).map_err(|_| too_large)?;
        let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    /// Opens what was sealed with this key and these associated data.
    pub fn unseal(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let refused = || VaultError::NotSealedSo { key: self.id };
        let (version, rest) = sealed.split_first().ok_or_else(refused)?;
        if *version != VERSION {
            return Err(VaultError::NewerFormat { version: *version });
        }
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(refused)?;
        let payload = Payload { msg: rest, aad: &self.associated(aad) };
        self.cipher().decrypt(nonce.into(), payload).map(Zeroizing::new).map_err(|_| refused())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let bytes: &[u8; SECRET_BYTES] = &self.bytes;
        XChaCha20Poly1305::new(bytes.into())
    }

    fn associated(&self, aad: &[u8]) -> Vec<u8> {
        [INFO, &self.id.to_bytes(), aad].concat()
    }

    #[cfg(test)]
    pub(crate) fn reveal(&self) -> [u8; SECRET_BYTES] {
        **self.bytes
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({}, [secret])", self.id)
    }
}
