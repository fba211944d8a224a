//! Names that tell nothing, made of a seed: the same again as long as the seed is there, and nobody's when it is gone.

use sha2::{Digest as _, Sha256};
use shopbell_domain::redacted::Redacted;

/// 32 random bytes of a plan.
pub(super) struct Seed(Redacted<[u8; 32]>);

impl Seed {
    /// Of a plan.
    pub(super) const fn of(bytes: Redacted<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// 32 hexadecimal digits. The seed comes first and all parts have a fixed length or come last, so that this is a
    /// keyed digest of `what` in its room `label`; the digest is cut to half, so that nothing can be appended to it.
    pub(super) fn name(&self, label: &str, what: &[u8]) -> String {
        let digest = Sha256::new()
            .chain_update(b"shopbell nobody v1")
            .chain_update(self.0.reveal())
            .chain_update(Sha256::digest(label))
            .chain_update(what)
            .finalize();
        hex::encode(digest.iter().take(16).copied().collect::<Vec<u8>>())
    }
}
