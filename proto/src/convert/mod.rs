//! Conversions between wire and domain, one file a message group.

pub mod admin;
pub mod consent;
pub mod customer;
pub mod edge;
pub mod floor;
pub mod online;
pub mod privacy;
pub mod starters;

/// Why a message is no domain value. The text names the field; it is sent back as `INVALID_ARGUMENT`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    /// A field that must be set is not.
    #[error("{0} is missing")]
    MissingField(&'static str),
    /// A field holds a value that means nothing.
    #[error("{field} is invalid: {reason}")]
    InvalidField {
        /// Path of the field, such as `batch.events.token`.
        field: &'static str,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
}
