//! Amounts of money: whole minor units with their currency, never fractions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A currency by its ISO 4217 letters, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why a text is no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three letters of ISO 4217, such as EUR")]
pub struct InvalidCurrency;

impl Currency {
    /// The letters, upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Digits of the minor unit, as ISO 4217 gives them (amendment 176): 2 for most, 0 for the yen, 3 for the dinars.
    pub fn minor_digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let letters: [u8; 3] = text.trim().as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        if !letters.iter().all(u8::is_ascii_alphabetic) {
            return Err(InvalidCurrency);
        }
        Ok(Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidCurrency;

    fn try_from(text: String) -> Result<Self, InvalidCurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount; negative for what was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// In minor units, such as cents.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Why a text is no amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmount {
    /// Something else than digits with at most one decimal point.
    #[error("write the amount as a plain number with a decimal point, such as 1299.90")]
    NotADecimal,
    /// More decimals than the currency has, and not all of them zeros: nothing is rounded.
    #[error("{currency} has {} decimals, and this amount has more", currency.minor_digits())]
    TooPrecise {
        /// Which currency.
        currency: Currency,
    },
    /// Beyond what a whole number of minor units can hold.
    #[error("the amount is too large")]
    TooLarge,
}

impl Money {
    /// Most minor units that anything here costs: ten thousand million euros. Beyond it somebody mistyped.
    pub const MAX_MINOR: i64 = 1_000_000_000_000;

    /// Whether something can cost so many minor units: nothing, or something, and not beyond all measure.
    pub const fn is_price(minor: i64) -> bool {
        0 <= minor && minor <= Self::MAX_MINOR
    }

    /// Reads a plain decimal number exactly: `1299.9` in EUR is 129,990 cents, in JPY it is refused. No binary fraction is
    /// involved.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, InvalidAmount> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (units, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = units.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
        if !plain || (units.is_empty() && decimals.is_empty()) {
            return Err(InvalidAmount::NotADecimal);
        }
        let wanted = usize::try_from(currency.minor_digits()).unwrap_or_default();
        let (kept, beyond) = decimals.split_at_checked(wanted).unwrap_or((decimals, ""));
        if beyond.bytes().any(|digit| digit != b'0') {
            return Err(InvalidAmount::TooPrecise { currency });
        }
        let zeros = std::iter::repeat_n(b'0', wanted.saturating_sub(kept.len()));
        let mut minor: i64 = 0;
        for digit in units.bytes().chain(kept.bytes()).chain(zeros) {
            let more =
                minor.checked_mul(10).and_then(|ten| ten.checked_add(i64::from(digit.wrapping_sub(b'0'))));
            minor = more.ok_or(InvalidAmount::TooLarge)?;
        }
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }

    /// The amount as [`Money::parse`] reads it, with all decimals that the currency has: `1299.90`.
    pub fn decimal(self) -> String {
        let digits = usize::try_from(self.currency.minor_digits()).unwrap_or_default();
        let minor = format!("{:0width$}", self.minor.unsigned_abs(), width = digits + 1);
        let (units, decimals) = minor.split_at_checked(minor.len() - digits).unwrap_or((&minor, ""));
        let (sign, point) = (if self.minor < 0 { "-" } else { "" }, if digits > 0 { "." } else { "" });
        format!("{sign}{units}{point}{decimals}")
    }

    /// The sum, when both have the same currency and it fits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        let minor = self.minor.checked_add(other.minor)?;
        Some(Self { minor, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_three_letters() {
        assert_eq!("eur".parse::<Currency>().unwrap().as_str(), "EUR");
        for wrong in ["", "EU", "EURO", "E1R", "€"] {
            assert_eq!(wrong.parse::<Currency>(), Err(InvalidCurrency), "{wrong:?}");
        }
    }

    #[test]
    fn minor_units_follow_iso_4217() {
        let digits = |text: &str| text.parse::<Currency>().unwrap().minor_digits();
        assert_eq!([digits("EUR"), digits("JPY"), digits("KWD"), digits("CLF")], [2, 0, 3, 4]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for currency in ["EUR", "JPY", "CLF"] {
            for minor in [0, 5, 80, -1_200, 129_990, i64::MAX] {
                let money = Money { minor, currency: currency.parse().unwrap() };
                assert_eq!(Money::parse(&money.decimal(), money.currency).unwrap(), money);
            }
        }
    }

    #[test]
    fn decimal_text_is_read_exactly_or_refused() {
        let read = |text: &str, currency: &str| {
            Money::parse(text, currency.parse().unwrap()).map(|money| money.minor)
        };
        for (text, currency, minor) in [
            ("1299.90", "EUR", 129_990),
            ("1299.9", "EUR", 129_990),
            ("0.29", "EUR", 29),
            (".5", "EUR", 50),
            ("7.", "EUR", 700),
            ("-5.50", "EUR", -550),
            ("1980", "JPY", 1_980),
            ("1980.00", "JPY", 1_980),
            ("1.2345", "CLF", 12_345),
            ("0.125", "KWD", 125),
            ("12.900", "EUR", 1_290),
            ("92233720368547758.07", "EUR", i64::MAX),
        ] {
            assert_eq!(read(text, currency), Ok(minor), "{text} {currency}");
        }
        for text in ["", ".", "-", "+5", "1,5", "1 000", "1e3", "€5", "0x1", "1.2.3", "--1"] {
            assert_eq!(read(text, "EUR"), Err(InvalidAmount::NotADecimal), "{text:?}");
        }
        let euro = "EUR".parse().unwrap();
        assert_eq!(read("12.905", "EUR"), Err(InvalidAmount::TooPrecise { currency: euro }));
        assert_eq!(read("92233720368547758.08", "EUR"), Err(InvalidAmount::TooLarge));
        assert_eq!(
            read("19.5", "JPY").unwrap_err().to_string(),
            "JPY has 0 decimals, and this amount has more"
        );
    }

    #[test]
    fn only_amounts_of_one_currency_add_up() {
        let euros = |minor| Money { minor, currency: "EUR".parse().unwrap() };
        assert_eq!(euros(150).checked_add(euros(-50)), Some(euros(100)));
        assert_eq!(euros(1).checked_add(Money { minor: 1, currency: "USD".parse().unwrap() }), None);
        assert_eq!(euros(i64::MAX).checked_add(euros(1)), None);
    }
}
