//! Times as situations tell them: `-3d`, `-40s`, `+2h`, against a moment.

use std::time::Duration;

use shopbell_domain::time::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The time that `text` tells, if it tells one.
pub(crate) fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (sign, rest) = text.split_at_checked(1)?;
    let (number, unit) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let span = Duration::from_secs(number.parse::<u64>().ok()? * unit);
    match sign {
        "-" => Some(now - span),
        "+" => Some(now + span),
        _ => None,
    }
}

/// RFC 3339.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap().format(&Rfc3339).unwrap()
}

/// The same with each time in it told as RFC 3339.
pub(crate) fn dated(value: toml::Value, now: Timestamp) -> serde_json::Value {
    match value {
        toml::Value::String(text) => moment(&text, now).map(rfc3339).unwrap_or(text).into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(so) => so.into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(all) => all.into_iter().map(|one| dated(one, now)).collect(),
        toml::Value::Table(table) => {
            let entries = table.into_iter().map(|(key, value)| (key, dated(value, now)));
            serde_json::Value::Object(entries.collect())
        }
    }
}

/// A table of cells, with each time in it told as RFC 3339; rows of the future are left out.
pub(crate) fn csv(text: &str, today: Timestamp, now: Timestamp) -> String {
    let told = |line: &str| {
        let cells: Vec<(bool, String)> = line
            .split(',')
            .map(|cell| match moment(cell, today) {
                Some(at) => (cell.starts_with('-') && at > now, rfc3339(at)),
                None => (false, cell.to_owned()),
            })
            .collect();
        let is_future = cells.iter().any(|(future, _)| *future);
        let cells: Vec<String> = cells.into_iter().map(|(_, cell)| cell).collect();
        (!is_future).then(|| cells.join(",") + "\n")
    };
    text.trim().lines().filter_map(told).collect()
}
