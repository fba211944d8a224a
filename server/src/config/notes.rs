//! Notes of associates.

use std::path::PathBuf;

use serde::Deserialize;

/// Notes of associates on customers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    /// Whether associates may write notes on customers who share them.
    pub enabled: bool,
    /// File with the words that no note may hold; the list of this program without.
    #[serde(default)]
    pub block_list_file: Option<PathBuf>,
}
