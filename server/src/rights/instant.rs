//! Times for people and programs.

use shopbell_domain::time::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// As RFC 3339 has it, in UTC; beyond the year 9999 the milliseconds.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000);
    let text = instant.ok().and_then(|instant| instant.format(&Rfc3339).ok());
    text.unwrap_or_else(|| at.as_millis().to_string())
}
