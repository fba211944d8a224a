//! Customer messages: what is shared, phones and names.

use shopbell_domain::{
    consent::{Decision, Sharing, SharingLevel},
    id::{CustomerId, InvalidId, PhoneId},
    redacted::Redacted,
    time::Timestamp,
    words::is_format,
};

use super::ConversionError;
use crate::customer::v1;

/// Longest name of a customer, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// Most days for which tokens are issued at once.
pub const MAX_TOKEN_DAYS: u32 = 14;

/// The customer that a request names.
pub fn customer_id(text: String) -> Result<CustomerId, ConversionError> {
    if text.is_empty() {
        return Err(ConversionError::MissingField("customer_id"));
    }
    CustomerId::new(text).map_err(|error| invalid("customer_id", &error))
}

/// The phone that a request names.
pub fn phone_id(text: &str) -> Result<PhoneId, ConversionError> {
    if text.is_empty() {
        return Err(ConversionError::MissingField("phone_id"));
    }
    text.parse().map_err(|error| invalid("phone_id", &error))
}

fn invalid(field: &'static str, error: &InvalidId) -> ConversionError {
    // The reason says which rule was broken, not what was sent: an identifier is personal.
    ConversionError::InvalidField { field, reason: error.to_string() }
}

/// The name that a request or an import file gives: the one rule for both. It may be empty.
pub fn name(text: &str) -> Result<Redacted<String>, ConversionError> {
    let refuse = |reason: String| Err(ConversionError::InvalidField { field: "name", reason });
    let chars = text.chars().count();
    if chars > MAX_NAME_CHARS {
        return refuse(format!("it has {chars} characters, at most {MAX_NAME_CHARS} are allowed"));
    }
    if text.chars().any(char::is_control) {
        return refuse("it holds a control character".to_owned());
    }
    if let Some(hidden) = text.chars().find(|char| is_format(*char)) {
        let code = u32::from(hidden);
        return refuse(format!(
            "it holds U+{code:04X}, which is not seen and can change how the rest is read"
        ));
    }
    let name = text.trim();
    if !name.is_empty() && name.chars().all(is_blank) {
        return refuse("it holds only characters that are not seen".to_owned());
    }
    Ok(Redacted::new(name.to_owned()))
}

/// Characters that leave the place where they stand empty; some have their use inside a name.
fn is_blank(char: char) -> bool {
    char.is_whitespace()
        || matches!(
            char,
            '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
                | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0100}'..='\u{E01EF}'
        )
}

/// The number of days for which tokens are asked.
pub fn token_days(days: u32) -> Result<u32, ConversionError> {
    if (1..=MAX_TOKEN_DAYS).contains(&days) {
        return Ok(days);
    }
    Err(ConversionError::InvalidField {
        field: "days",
        reason: format!("give 1 to {MAX_TOKEN_DAYS}, not {days}"),
    })
}

/// The number of a level, and the field in which it came.
pub(super) struct WireLevel(pub(super) i32, pub(super) &'static str);

impl TryFrom<WireLevel> for SharingLevel {
    type Error = ConversionError;

    fn try_from(WireLevel(number, field): WireLevel) -> Result<Self, ConversionError> {
        match v1::SharingLevel::try_from(number) {
            Ok(v1::SharingLevel::Unspecified) => Err(ConversionError::MissingField(field)),
            Ok(v1::SharingLevel::Invisible) => Ok(Self::Invisible),
            Ok(v1::SharingLevel::Counted) => Ok(Self::Counted),
            Ok(v1::SharingLevel::Present) => Ok(Self::Present),
            Ok(v1::SharingLevel::Wishes) => Ok(Self::Wishes),
            Ok(v1::SharingLevel::Purchases) => Ok(Self::Purchases),
            Ok(v1::SharingLevel::Browsing) => Ok(Self::Browsing),
            Err(_) => Err(ConversionError::InvalidField {
                field,
                reason: format!("{number} is no level that this server knows"),
            }),
        }
    }
}

impl From<SharingLevel> for v1::SharingLevel {
    fn from(level: SharingLevel) -> Self {
        match level {
            SharingLevel::Invisible => Self::Invisible,
            SharingLevel::Counted => Self::Counted,
            SharingLevel::Present => Self::Present,
            SharingLevel::Wishes => Self::Wishes,
            SharingLevel::Purchases => Self::Purchases,
            SharingLevel::Browsing => Self::Browsing,
        }
    }
}

impl TryFrom<v1::Sharing> for Decision {
    type Error = ConversionError;

    fn try_from(wire: v1::Sharing) -> Result<Self, ConversionError> {
        let level = SharingLevel::try_from(WireLevel(wire.level, "sharing.level"))?;
        let alone_until = wire.alone_until_ms.map(Timestamp::try_from_millis).transpose();
        let alone_until = alone_until.map_err(|error| ConversionError::InvalidField {
            field: "sharing.alone_until_ms",
            reason: error.to_string(),
        })?;
        Ok(Self { level: Some(level), greet_by_name: wire.greet_by_name, alone_until, ..Self::default() })
    }
}

impl From<Sharing> for v1::Sharing {
    fn from(sharing: Sharing) -> Self {
        let level = v1::SharingLevel::from(sharing.level);
        Self {
            level: level.into(),
            greet_by_name: Some(sharing.greet_by_name),
            alone_until_ms: sharing.alone_until.map(Timestamp::as_millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sharing_comes_back_the_same_at_every_level() {
        for level in SharingLevel::ALL {
            let alone_until = Some(Timestamp::from_secs(1_795_000_000));
            let sharing = Sharing { level, greet_by_name: true, alone_until };
            let said = Decision { greet_by_name: Some(true), alone_until, ..Decision::level(level) };
            assert_eq!(Decision::try_from(v1::Sharing::from(sharing)).unwrap(), said);
        }
    }

    #[test]
    fn a_level_is_never_guessed() {
        let wire = |level| v1::Sharing { level, greet_by_name: None, alone_until_ms: None };
        assert_eq!(Decision::try_from(wire(0)).unwrap_err().to_string(), "sharing.level is missing");
        assert!(
            Decision::try_from(wire(7)).unwrap_err().to_string().starts_with("sharing.level is invalid: 7")
        );
    }

    #[test]
    fn bounds_are_named() {
        assert_eq!(customer_id(String::new()).unwrap_err().to_string(), "customer_id is missing");
        assert!(customer_id("a b".to_owned()).unwrap_err().to_string().starts_with("customer_id is invalid"));
        assert_eq!(phone_id("").unwrap_err().to_string(), "phone_id is missing");
        assert!(phone_id("12").is_err());
        assert!(name(&"é".repeat(100)).is_ok());
        assert!(name(&"é".repeat(101)).is_err());
        assert!(name("a\nb").is_err());
        assert_eq!(name(" Zoë O’Neil-Łuć ").unwrap().reveal(), "Zoë O’Neil-Łuć");
        assert!(name("李小龙").is_ok() && name("عمر").is_ok() && name("").is_ok() && name("  ").is_ok());
        for hidden in
            ['\u{202E}', '\u{202A}', '\u{2066}', '\u{2069}', '\u{200B}', '\u{200F}', '\u{2060}', '\u{FEFF}']
        {
            let refused = name(&format!("Ca{hidden}mille")).unwrap_err().to_string();
            assert!(refused.contains(&format!("U+{:04X}", u32::from(hidden))), "{refused}");
        }
        assert!(name("\u{3164}\u{2800} \u{FE0F}").unwrap_err().to_string().contains("not seen"));
        assert!(token_days(0).is_err() && token_days(15).is_err() && token_days(14).is_ok());
    }
}
