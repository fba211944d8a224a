//! What customers are shown when they decide, and what the retailer withholds from itself.

use std::path::PathBuf;

use serde::Deserialize;
use shopbell_domain::consent::Field;

/// Consent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// File with the texts that customers are shown; the texts of the demo without.
    #[serde(default)]
    pub texts_file: Option<PathBuf>,
    /// Fields that nobody reads, whatever customers allow.
    pub withheld: Vec<Field>,
}
