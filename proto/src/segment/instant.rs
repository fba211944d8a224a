//! Times as senders write them: ISO 8601 in its usual forms, or numbers since 1970.

use serde_json::Value;
use shopbell_domain::time::Timestamp;
use time::{Date, Month};

use super::decimal;

/// Numbers below are seconds, others milliseconds: as milliseconds it is the spring of 1973.
const SECONDS_BELOW: i64 = 100_000_000_000;
/// The Julian day of 1 January 1970.
const JULIAN_EPOCH: i64 = 2_440_588;

/// Reads a time; one that names no zone is in UTC.
pub(super) fn read(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(_) => number(value),
        Value::String(text) => {
            let text = text.trim();
            if text.len() > 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
                return number(value);
            }
            iso(text)
        }
        _ => None,
    }
}

fn number(value: &Value) -> Option<Timestamp> {
    let units = decimal::scaled(value, 0)?;
    let millis = if units.abs() < SECONDS_BELOW { decimal::scaled(value, 3)? } else { units };
    Some(Timestamp::from_millis(millis))
}

/// `2026-11-20T14:00:00.000Z`; seconds, fraction, zone, and the whole time of day may be missing.
fn iso(text: &str) -> Option<Timestamp> {
    let mut rest = text;
    let year = digits(&mut rest, 4)?;
    eat(&mut rest, "-").then_some(())?;
    let month = digits(&mut rest, 2)?;
    eat(&mut rest, "-").then_some(())?;
    let day = digits(&mut rest, 2)?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    let midnight = (i64::from(date.to_julian_day()) - JULIAN_EPOCH) * 86_400_000;
    if rest.is_empty() {
        return Some(Timestamp::from_millis(midnight));
    }
    (eat(&mut rest, "T") || eat(&mut rest, "t") || eat(&mut rest, " ")).then_some(())?;
    let in_day = time_of_day(&mut rest)?;
    let offset = zone(rest)?;
    Some(Timestamp::from_millis(midnight + in_day - offset))
}

fn time_of_day(rest: &mut &str) -> Option<i64> {
    let hours = digits(rest, 2).filter(|hours| *hours < 24)?;
    eat(rest, ":").then_some(())?;
    let minutes = digits(rest, 2).filter(|minutes| *minutes < 60)?;
    let (mut seconds, mut millis) = (0, 0);
    if eat(rest, ":") {
        // A leap second is the second before it: our time has none.
        seconds = digits(rest, 2).filter(|seconds| *seconds <= 60)?.min(59);
        if eat(rest, ".") || eat(rest, ",") {
            let end = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, after) = rest.split_at_checked(end).filter(|_| end > 0)?;
            for (digit, weight) in fraction.bytes().zip([100, 10, 1]) {
                millis += i64::from(digit.wrapping_sub(b'0')) * weight;
            }
            *rest = after;
        }
    }
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + millis)
}

/// The offset from UTC, in milliseconds.
fn zone(mut rest: &str) -> Option<i64> {
    if matches!(rest, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = if eat(&mut rest, "+") { 1 } else { eat(&mut rest, "-").then_some(-1)? };
    let hours = digits(&mut rest, 2).filter(|hours| *hours < 24)?;
    eat(&mut rest, ":");
    let minutes = if rest.is_empty() { 0 } else { digits(&mut rest, 2).filter(|minutes| *minutes < 60)? };
    rest.is_empty().then_some(sign * (hours * 60 + minutes) * 60_000)
}

fn digits(rest: &mut &str, count: usize) -> Option<i64> {
    let (number, after) = rest.split_at_checked(count)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = after;
    number.parse().ok()
}

fn eat(rest: &mut &str, prefix: &str) -> bool {
    rest.strip_prefix(prefix).is_some_and(|after| {
        *rest = after;
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTERNOON: i64 = 1_795_183_200_000;

    #[test]
    fn all_usual_forms_are_read() {
        for (json, after) in [
            ("\"2026-11-20T14:00:00.000Z\"", 0),
            ("\"2026-11-20T14:00:00Z\"", 0),
            ("\"2026-11-20T15:00:00+01:00\"", 0),
            ("\"2026-11-20T15:00:00+0100\"", 0),
            ("\"2026-11-20T15:00:00+01\"", 0),
            ("\"2026-11-20T08:30:00-05:30\"", 0),
            ("\"2026-11-20 14:00:00\"", 0),
            ("\" 2026-11-20t14:00z \"", 0),
            ("\"2026-11-20T14:00:00.123456+00:00\"", 123),
            ("\"2026-11-20T14:00:00,5Z\"", 500),
            ("\"2026-11-20T13:59:60Z\"", -1_000),
            ("\"2026-11-20\"", -14 * 3_600_000),
            ("1795183200000", 0),
            ("1795183200", 0),
            ("1795183200.25", 250),
            ("\"1795183200000\"", 0),
        ] {
            let read = read(&serde_json::from_str(json).unwrap());
            assert_eq!(read.map(Timestamp::as_millis), Some(AFTERNOON + after), "{json}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for json in [
            "\"yesterday\"",
            "\"20/11/2026\"",
            "\"2026-13-01T00:00:00Z\"",
            "\"2026-02-30\"",
            "\"2026-11-20T24:00:00Z\"",
            "\"2026-11-20T14:00:00.Z\"",
            "\"2026-11-20T14:00:00 Europe/Paris\"",
            "\"2026-11-20T14\"",
            "\"20261120\"",
            "\"\"",
            "\"é026-11-20\"",
            "true",
            "null",
            "{}",
            "1e300",
        ] {
            assert_eq!(read(&serde_json::from_str(json).unwrap()), None, "{json}");
        }
    }
}
