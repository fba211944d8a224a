//! What headquarters would like guests to know.

use std::path::PathBuf;

use serde::Deserialize;

/// Campaigns, stories and events of the brand.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaigns {
    /// File with them; none without.
    #[serde(default)]
    pub file: Option<PathBuf>,
}
