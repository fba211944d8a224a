//! The normal form of each kind. A normal form brings together what is certainly the same, and nothing more: two forms of
//! one identifier that stay apart cost a guess, two persons that are put together cost trust.
//!
//! So dots and `+tags` in e-mail addresses stay: what they mean is each provider's own business, and a shop cannot know it.

use unicode_normalization::UnicodeNormalization;

use crate::id::PhoneId;

/// How telephone numbers are written inside one country.
///
/// Only a source that is known to write them so has one. Nothing is guessed from a number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialingPlan {
    country_code: String,
    trunk_prefix: String,
}

/// Why a dialing plan is none: names the setting and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dialing plan setting `{setting}` is {found:?}: {expected}")]
pub struct InvalidDialingPlan {
    /// The setting.
    pub setting: &'static str,
    /// Its value.
    pub found: String,
    /// What it must be.
    pub expected: &'static str,
}

impl DialingPlan {
    /// A country by its code, such as `33`, and what is dialled before a number inside it, such as `0`: empty in Italy,
    /// where the `0` belongs to the number, `1` in North America.
    pub fn try_new(country_code: &str, trunk_prefix: &str) -> Result<Self, InvalidDialingPlan> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let invalid = |setting, found: &str, expected| {
            Err(InvalidDialingPlan { setting, found: found.to_owned(), expected })
        };
        // ITU-T E.164 section 6.2.1: one to three digits; none begins with 0.
        if !(1..=3).contains(&country_code.len()) || !digits(country_code) || country_code.starts_with('0') {
            return invalid("country_code", country_code, "give 1 to 3 digits, the first not 0");
        }
        if trunk_prefix.len() > 2 || !digits(trunk_prefix) {
            return invalid("trunk_prefix", trunk_prefix, "give at most 2 digits, or nothing");
        }
        Ok(Self { country_code: country_code.to_owned(), trunk_prefix: trunk_prefix.to_owned() })
    }
}

/// A text whose meaning only its sender knows: taken as it is.
pub(super) fn opaque(raw: &str) -> Result<String, &'static str> {
    if raw.chars().any(char::is_control) {
        return Err("it must hold no control characters");
    }
    Ok(raw.to_owned())
}

/// Lower case, composed (NFC, as RFC 6532 section 3.1 asks of addresses beyond ASCII), one `@`.
///
/// RFC 5321 lets the part before the `@` mind its case; no provider that customers have does.
pub(super) fn email(raw: &str) -> Result<String, &'static str> {
    let composed: String = raw.nfc().collect::<String>().to_lowercase().nfc().collect();
    let (local, domain) = composed.split_once('@').ok_or("write name@domain")?;
    if domain.contains('@') {
        return Err("write one @ only");
    }
    let foreign = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
    if composed.contains(foreign) {
        return Err("write the bare address, without name, quotes or brackets");
    }
    // RFC 5321 section 4.5.3.1.
    if local.is_empty() || local.len() > 64 {
        return Err("the part before the @ has 1 to 64 bytes");
    }
    let labels = || domain.split('.');
    if labels().count() < 2 || labels().any(|label| label.is_empty() || label.len() > 63) {
        return Err("the part after the @ is a domain such as shop.example");
    }
    Ok(composed)
}

/// ITU-T E.164: `+`, country code, number; at most 15 digits, and no country has numbers that make fewer than 7.
pub(super) fn phone_number(raw: &str, plan: Option<&DialingPlan>) -> Result<String, &'static str> {
    let international = raw.starts_with('+');
    // `+33 (0)6 ...`: the zero is for those who dial inside the country.
    let raw = if international { raw.replacen("(0)", "", 1) } else { raw.to_owned() };
    let mut digits = String::new();
    for (place, c) in raw.chars().enumerate() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if place == 0 => {}
            c if c.is_whitespace() || "-.()/\u{2011}\u{2013}".contains(c) => {}
            _ => return Err("write it as +33639980763"),
        }
    }
    let number = match plan {
        _ if international => digits,
        None => return Err("write it with + and the country code, as +33639980763"),
        // ITU-T E.123 writes `+`; dialled, it is `00` wherever the trunk prefix is `0`.
        Some(plan) if plan.trunk_prefix == "0" && digits.starts_with("00") => {
            digits.trim_start_matches('0').to_owned()
        }
        Some(plan) => {
            let national = digits.strip_prefix(plan.trunk_prefix.as_str()).unwrap_or(&digits);
            format!("{}{national}", plan.country_code)
        }
    };
    if number.starts_with('0') || !(7..=15).contains(&number.len()) {
        return Err("a number has 7 to 15 digits with its country code, the first not 0");
    }
    Ok(format!("+{number}"))
}

/// A [`PhoneId`].
pub(super) fn phone(raw: &str) -> Result<String, &'static str> {
    let phone: PhoneId = raw.parse().map_err(|_| "a phone is 16 hexadecimal digits")?;
    Ok(phone.to_string())
}
