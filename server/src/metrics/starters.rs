//! Which rules keep suggestions off cards.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use shopbell_domain::charter::Suppression;

/// Why a candidate was not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum SuppressedBy {
    /// It touches a subject that the charter forbids.
    ForbiddenSubject,
    /// The charter shows none of its kind.
    Kind,
    /// The catalogue does not know its product.
    UnknownProduct,
    /// It did not fit earlier in the visit.
    Declined,
    /// A better one speaks of the same product.
    SameProduct,
    /// There were better ones.
    NoRoom,
}

impl From<&Suppression> for SuppressedBy {
    fn from(why: &Suppression) -> Self {
        match why {
            Suppression::Subject(_) => Self::ForbiddenSubject,
            Suppression::Kind => Self::Kind,
            Suppression::UnknownProduct => Self::UnknownProduct,
            Suppression::Declined => Self::Declined,
            Suppression::SameProduct => Self::SameProduct,
            Suppression::NoRoom => Self::NoRoom,
        }
    }
}

/// Labels of [`Metrics::suppressed_starters`](super::Metrics::suppressed_starters).
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RuleLabels {
    /// Why.
    pub rule: SuppressedBy,
}
