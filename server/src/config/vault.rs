//! Where the keys of personal fields live, apart from what they open.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use shopbell_kit::config::Invalid;

/// The vault.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// Directory of the vault; made when it is not there. On another disk, or in another backup, than the store.
    pub directory: PathBuf,
    /// File with the key-encryption key: 64 hexadecimal digits.
    pub kek_file: PathBuf,
    /// File with the key-encryption key before, as long as a rotation is not finished.
    #[serde(default)]
    pub previous_kek_file: Option<PathBuf>,
    /// Directory into which the tombstones of the erased are exported whenever there are more of them, and from which they
    /// are replayed at each start.
    pub tombstone_directory: PathBuf,
}

impl Vault {
    pub(super) fn validate(&self, store: &Path) -> Result<(), Invalid> {
        let refused = |key: &str, what: &str| {
            Err(Invalid::new(
                key,
                format!("{what}: whoever copies or loses the one would have the other with it"),
            ))
        };
        if nested(&self.directory, store) {
            return refused("vault.directory", "a directory apart from store.directory");
        }
        if nested(&self.tombstone_directory, &self.directory) {
            return refused("vault.tombstone_directory", "a directory apart from vault.directory");
        }
        Ok(())
    }
}

/// Whether one lies in the other, as far as their names tell.
fn nested(one: &Path, other: &Path) -> bool {
    let plain = |path: &Path| -> PathBuf {
        path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
    };
    let (one, other) = (plain(one), plain(other));
    one.starts_with(&other) || other.starts_with(&one)
}
