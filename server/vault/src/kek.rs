//! The key-encryption key: the one secret outside the vault, without which nothing inside can be read.

use std::fmt;

use chacha20poly1305::{
    AeadInPlace as _, KeyInit as _, XChaCha20Poly1305,
    aead::{self, generic_array::GenericArray},
};
use hmac::{Hmac, Mac};
use rand::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Nonce, key and tag.
pub(crate) const WRAPPED_BYTES: usize = NONCE_BYTES + SECRET_BYTES + TAG_BYTES;
pub(crate) const NONCE_BYTES: usize = 24;
pub(crate) const TAG_BYTES: usize = 16;
pub(crate) const SECRET_BYTES: usize = 32;
const ID_INFO: &[u8] = b"shopbell vault kek id v1";

/// Names a key-encryption key without telling anything of it: the first 8 bytes of
/// `HMAC-SHA256(key, "shopbell vault kek id v1")`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KekId(pub(crate) [u8; 8]);

impl fmt::Display for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KekId({self})")
    }
}

/// A key-encryption key. It is wiped from memory when dropped, and prints its [`KekId`] only.
///
/// It comes from a file of 64 hexadecimal digits that is for the owner alone: `shopbell_kit::secret::read_key::<32>`
/// reads it, checks its mode, and returns what [`Kek::new`] takes.
#[derive(Clone)]
pub struct Kek {
    key: Zeroizing<[u8; SECRET_BYTES]>,
    id: KekId,
}

impl Kek {
    /// From 32 secret bytes, which should come from a cryptographic random generator.
    pub fn new(key: Zeroizing<[u8; SECRET_BYTES]>) -> Self {
        let digest = keyed_hash(&key, &[ID_INFO]);
        let mut id = [0; 8];
        id.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        Self { key, id: KekId(id) }
    }

    /// Its name.
    pub fn id(&self) -> KekId {
        self.id
    }

    /// `nonce | sealed secret | tag`.
    pub(crate) fn wrap(
        &self,
        secret: &[u8; SECRET_BYTES],
        associated: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<[u8; WRAPPED_BYTES], aead::Error> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let mut buffer = *secret;
        let cipher = XChaCha20Poly1305::new((&*self.key).into());
        // In place: the plain secret is nowhere left behind.
        let tag = cipher.encrypt_in_place_detached((&nonce).into(), associated, &mut buffer)?;
        let mut wrapped = [0; WRAPPED_BYTES];
        let parts = nonce.iter().chain(&buffer).chain(&tag);
        wrapped.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        Ok(wrapped)
    }

    /// The secret, if it was wrapped with this key and these associated data.
    pub(crate) fn unwrap(
        &self,
        wrapped: &[u8; WRAPPED_BYTES],
        associated: &[u8],
    ) -> Option<Zeroizing<[u8; SECRET_BYTES]>> {
        let (nonce, rest) = wrapped.split_first_chunk::<NONCE_BYTES>()?;
        let (sealed, tag) = rest.split_first_chunk::<SECRET_BYTES>()?;
        let mut secret = Zeroizing::new(*sealed);
        let cipher = XChaCha20Poly1305::new((&*self.key).into());
        let tag = GenericArray::clone_from_slice(tag);
        cipher.decrypt_in_place_detached(nonce.into(), associated, secret.as_mut_slice(), &tag).ok()?;
        Some(secret)
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kek({})", self.id)
    }
}

/// HMAC-SHA256 over the parts, one after the other.
pub(crate) fn keyed_hash(key: &[u8; SECRET_BYTES], parts: &[&[u8]]) -> [u8; 32] {
    // RFC 2104: a key shorter than the block of 64 bytes is padded with zeros. Of that size no key is refused.
    let mut block = Zeroizing::new([0_u8; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = <Hmac<Sha256> as Mac>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
