//! Which rules keep suggestions off cards.

use prometheus_client::encoding::EncodeLabelSet;
use shopbell_domain::charter::Suppression;

/// Labels of [`Metrics::suppressed_starters`](super::Metrics::suppressed_starters).
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RuleLabels {
    /// The rule's name, one of [`Suppression::NAMES`].
    pub rule: &'static str,
}

impl From<&Suppression> for RuleLabels {
    fn from(why: &Suppression) -> Self {
        Self { rule: why.name() }
    }
}
