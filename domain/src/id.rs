//! Identifiers, one type each, so that a store can never be passed where an agent is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Longest textual identifier, in bytes. Storage keys hold identifiers; this bounds them.
pub const MAX_ID_LEN: usize = 64;

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Nothing there.
    #[error("{kind} is empty: give 1 to {MAX_ID_LEN} characters")]
    Empty {
        /// The identifier's type.
        kind: &'static str,
    },
    /// More than [`MAX_ID_LEN`] bytes.
    #[error("{kind} has {len} bytes: at most {MAX_ID_LEN} are allowed")]
    TooLong {
        /// The identifier's type.
        kind: &'static str,
        /// Its length in bytes.
        len: usize,
    },
    /// A character outside `A-Z a-z 0-9 . _ : -`.
    #[error("{kind} holds the character {found:?}: only A-Z a-z 0-9 . _ : - are allowed")]
    Character {
        /// The identifier's type.
        kind: &'static str,
        /// The first offending character.
        found: char,
    },
    /// Not the expected number of hexadecimal digits.
    #[error("{kind} must be {digits} hexadecimal digits")]
    Hex {
        /// The identifier's type.
        kind: &'static str,
        /// How many digits are expected.
        digits: usize,
    },
}

fn check(kind: &'static str, text: &str) -> Result<(), InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty { kind });
    }
    if text.len() > MAX_ID_LEN {
        return Err(InvalidId::TooLong { kind, len: text.len() });
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || "._:-".contains(*c))) {
        Some(found) => Err(InvalidId::Character { kind, found }),
        None => Ok(()),
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text and makes it an identifier.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check($kind, &text)?;
                Ok(Self(text))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A customer, by the retailer's own number. Pseudonymous, yet personal: never in logs or metrics.
    CustomerId,
    "customer id"
);
text_id!(
    /// A pick-up, a return or a repair, by the retailer's own number.
    ServiceId,
    "service id"
);
text_id!(
    /// A shop.
    StoreId,
    "store id"
);
text_id!(
    /// A part of a shop; unique within its shop.
    ZoneId,
    "zone id"
);
text_id!(
    /// An edge agent.
    AgentId,
    "agent id"
);
text_id!(
    /// A member of a shop's staff.
    AssociateId,
    "associate id"
);
text_id!(
    /// A product, by the retailer's own number.
    ProductId,
    "product id"
);
text_id!(
    /// An order, by the retailer's own number.
    OrderId,
    "order id"
);
text_id!(
    /// Something that sends events: a web shop, an app, a till system.
    SourceId,
    "source id"
);

/// The number that a sender gave an event. Senders choose freely, so any printable text of at most
/// [`MessageId::MAX_LEN`] bytes will do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageId(String);

impl MessageId {
    /// Longest message id, in bytes: Segment's own limit is "less than 100 characters".
    pub const MAX_LEN: usize = 200;

    /// Checks the text and makes it a message id.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
        let (text, kind) = (text.into(), "message id");
        if text.is_empty() {
            return Err(InvalidId::Empty { kind });
        }
        if text.len() > Self::MAX_LEN {
            return Err(InvalidId::TooLong { kind, len: text.len() });
        }
        match text.chars().find(|c| c.is_control()) {
            Some(found) => Err(InvalidId::Character { kind, found }),
            None => Ok(Self(text)),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MessageId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl From<MessageId> for String {
    fn from(id: MessageId) -> Self {
        id.0
    }
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $int:ty, $digits:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        /// For people its digits: JSON has no numbers of this size. For records the number.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
                } else {
                    <$int>::deserialize(deserializer).map(Self)
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:0width$x}", self.0, width = $digits)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let wrong = InvalidId::Hex { kind: $kind, digits: $digits };
                if text.len() != $digits || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(wrong);
                }
                <$int>::from_str_radix(text, 16).map(Self).map_err(|_| wrong)
            }
        }
    };
}

hex_id!(
    /// One registered phone of a customer: the number inside its presence tokens. Written as 16 hexadecimal digits.
    PhoneId,
    u64,
    16,
    "phone id"
);
hex_id!(
    /// One visit. Time-ordered like a UUID version 7. Written as 32 hexadecimal digits.
    VisitId,
    u128,
    32,
    "visit id"
);
hex_id!(
    /// One note of an associate: random. Written as 32 hexadecimal digits.
    NoteId,
    u128,
    32,
    "note id"
);
hex_id!(
    /// One run of an agent process: random at every start. Written as 32 hexadecimal digits.
    BootId,
    u128,
    32,
    "boot id"
);

impl VisitId {
    /// A visit that begins at `began`, told apart from others of the same millisecond by `random`.
    ///
    /// Layout of RFC 9562 version 7: 48 bits of Unix milliseconds, version, 74 random bits.
    pub fn new(began: crate::time::Timestamp, random: u128) -> Self {
        let millis = u128::from(began.as_millis().max(0).cast_unsigned()) & 0xffff_ffff_ffff;
        let random = random & ((1 << 80) - 1);
        let versioned = (random & !(0xf << 76) & !(0x3 << 62)) | (0x7 << 76) | (0x2 << 62);
        Self(millis << 80 | versioned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn text_ids_name_what_is_wrong() {
        assert_eq!(StoreId::new("").unwrap_err(), InvalidId::Empty { kind: "store id" });
        assert_eq!(
            StoreId::new("a b").unwrap_err().to_string(),
            "store id holds the character ' ': only A-Z a-z 0-9 . _ : - are allowed"
        );
        assert!(matches!(ZoneId::new("x".repeat(65)), Err(InvalidId::TooLong { len: 65, .. })));
        assert_eq!(AgentId::new("lyon-1").unwrap().as_str(), "lyon-1");
    }

    #[test]
    fn hex_ids_round_trip_and_refuse_signs() {
        let phone = PhoneId(0x0102_0304_0506_0708);
        assert_eq!(phone.to_string(), "0102030405060708");
        assert_eq!("0102030405060708".parse::<PhoneId>().unwrap(), phone);
        assert!("+102030405060708".parse::<PhoneId>().is_err());
        assert!("0102".parse::<PhoneId>().is_err());
    }

    #[test]
    fn hex_ids_are_their_digits_in_json() {
        let boot = BootId(0xfedc_ba98_7654_3210_fedc_ba98_7654_3210);
        let json = serde_json::to_value(boot).unwrap();
        assert_eq!(json, "fedcba9876543210fedcba9876543210", "no number of JSON holds it");
        assert_eq!(serde_json::from_value::<BootId>(json).unwrap(), boot);
        assert_eq!(serde_json::to_value(PhoneId(255)).unwrap(), "00000000000000ff");
        assert!(serde_json::from_str::<PhoneId>("\"ff\"").is_err());
    }

    #[test]
    fn visit_ids_are_uuid_version_7_and_sort_by_time() {
        let early = VisitId::new(Timestamp::from_millis(1_000), u128::MAX);
        let late = VisitId::new(Timestamp::from_millis(1_001), 0);
        assert!(early < late);
        let text = early.to_string();
        assert_eq!(&text[12..13], "7", "version");
        assert!("89ab".contains(&text[16..17]), "variant");
    }
}
