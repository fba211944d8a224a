//! Where data and secrets live.

use std::path::PathBuf;

use serde::Deserialize;

/// The embedded store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Directory of the store; made when it is not there.
    pub directory: PathBuf,
    /// Memory for the store's cache, in bytes.
    pub cache_bytes: u64,
}

/// Secrets of the brand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// File with the key from which all presence tokens come: 64 hexadecimal digits.
    pub master_key_file: PathBuf,
}
