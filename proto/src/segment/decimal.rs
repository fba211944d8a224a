//! Decimal numbers, read exactly: no amount of money passes through binary fractions.
//!
//! A JSON number has passed through one before it comes here. Up to 15 significant digits it is read back as it was
//! written, which is more than any price has; who needs more sends text.

use serde_json::Value;

use super::fields;

/// The value in units of 10^-`digits`, when it is a plain decimal number (as a number, or as text) and fits. Decimals
/// beyond are rounded, half to even.
pub(super) fn scaled(value: &Value, digits: u32) -> Option<i64> {
    match value {
        Value::String(text) => parse(text.trim(), digits),
        Value::Number(_) => parse(&fields::number(value)?, digits),
        _ => None,
    }
}

/// The value, when it is a whole number.
pub(super) fn whole(value: &Value) -> Option<i64> {
    const THOUSANDTHS: u32 = 3;
    let thousandths = scaled(value, THOUSANDTHS)?;
    (thousandths % 1_000 == 0).then_some(thousandths / 1_000)
}

fn parse(text: &str, digits: u32) -> Option<i64> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
    if units.is_empty() && decimals.is_empty() {
        return None;
    }
    if !units.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let wanted = usize::try_from(digits).ok()?;
    let (kept, dropped) = decimals.split_at_checked(wanted).unwrap_or((decimals, ""));
    let padding = std::iter::repeat_n(b'0', wanted.saturating_sub(kept.len()));
    let mut amount: i64 = 0;
    for byte in units.bytes().chain(kept.bytes()).chain(padding) {
        amount = amount.checked_mul(10)?.checked_add(i64::from(byte.wrapping_sub(b'0')))?;
    }
    if rounds_up(amount, dropped.as_bytes()) {
        amount = amount.checked_add(1)?;
    }
    Some(if negative { -amount } else { amount })
}

/// Half to even.
fn rounds_up(kept: i64, dropped: &[u8]) -> bool {
    match dropped.split_first() {
        Some((b'6'..=b'9', _)) => true,
        Some((b'5', rest)) => rest.iter().any(|byte| *byte != b'0') || kept % 2 != 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, digits: u32) -> Option<i64> {
        scaled(&serde_json::from_str(json).unwrap(), digits)
    }

    #[test]
    fn amounts_are_exact() {
        for (json, minor) in [
            ("19.99", 1_999),
            ("\"19.99\"", 1_999),
            ("1.1", 110),
            ("0.29", 29),
            ("1.15", 115),
            ("4.35", 435),
            ("1005.005", 100_500),
            ("0.30000000000000004", 30),
            ("-5.5", -550),
            ("\" 7 \"", 700),
            ("\".5\"", 50),
            ("0", 0),
            ("92233720368547758.07", 9_223_372_036_854_775_807),
        ] {
            let expected = if json.starts_with("922") { None } else { Some(minor) };
            let text = read(&format!("\"{}\"", json.trim_matches('"')), 2);
            assert_eq!(text, Some(minor), "{json} as text");
            if expected.is_some() {
                assert_eq!(read(json, 2), expected, "{json}");
            }
        }
    }

    #[test]
    fn every_cent_up_to_a_thousand_reads_the_same_as_number_and_as_text() {
        for minor in 0..100_000_i64 {
            let text = format!("{}.{:02}", minor / 100, minor % 100);
            assert_eq!(read(&text, 2), Some(minor), "{text}");
        }
    }

    #[test]
    fn more_decimals_are_rounded_half_to_even() {
        for (json, minor) in
            [("0.125", 12), ("0.135", 14), ("0.1250001", 13), ("0.126", 13), ("0.1249", 12), ("-0.125", -12)]
        {
            assert_eq!(read(json, 2), Some(minor), "{json}");
        }
        assert_eq!(read("1249.5", 0), Some(1_250));
        assert_eq!(read("1250.5", 0), Some(1_250));
        assert_eq!(read("1.2345", 3), Some(1_234));
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for json in [
            "\"19,99\"",
            "\"€5\"",
            "\"1e3\"",
            "\"\"",
            "\"-\"",
            "\".\"",
            "\"1.2.3\"",
            "\"+5\"",
            "true",
            "null",
            "[5]",
            "1e300",
        ] {
            assert_eq!(read(json, 2), None, "{json}");
        }
        assert_eq!(read("\"92233720368547758.08\"", 2), None);
    }

    #[test]
    fn whole_numbers_may_be_written_with_decimals() {
        let whole = |json: &str| whole(&serde_json::from_str(json).unwrap());
        assert_eq!(whole("2"), Some(2));
        assert_eq!(whole("2.0"), Some(2));
        assert_eq!(whole("\"2\""), Some(2));
        assert_eq!(whole("1.5"), None);
        assert_eq!(whole("\"two\""), None);
    }
}
