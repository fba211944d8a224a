//! Callers that authenticate with a token. The server keeps only the SHA-256 of a token.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// A client of the customer or the admin API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its name, for logs.
    pub id: String,
    /// SHA-256 of its token.
    pub token_sha256: TokenHash,
}

/// The SHA-256 of a token, written as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// The hash's bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl TryFrom<String> for TokenHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| {
            "a token's SHA-256 is 64 hexadecimal digits: `shopbell-server token` makes a token and prints its line"
                .to_owned()
        })?;
        Ok(Self(bytes))
    }
}
