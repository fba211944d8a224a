//! What the brand never says.

use std::path::PathBuf;

use serde::Deserialize;

/// The brand's charter.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// File with the brand's own rules; those of this program without.
    #[serde(default)]
    pub file: Option<PathBuf>,
}
