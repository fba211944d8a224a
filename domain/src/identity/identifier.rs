//! An identifier in its normal form: the only form that there is.

use serde::{Deserialize, Serialize};

use super::{
    blocked::{self, Placeholder},
    normal::{self, DialingPlan},
};
use crate::{
    id::{CustomerId, PhoneId},
    redacted::Redacted,
};

/// What kind of identifier it is, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IdentifierKind {
    /// The retailer's customer number; the user id of the web shop is the same.
    Customer,
    /// A loyalty card.
    Loyalty,
    /// An e-mail address, normalised.
    Email,
    /// A telephone number, normalised to digits with a leading `+`.
    PhoneNumber,
    /// A registered phone of Shopbell.
    Phone,
    /// A browser or an app before anybody signed in.
    Anonymous,
}

impl IdentifierKind {
    /// All kinds, strongest first.
    pub const ALL: [Self; 6] =
        [Self::Customer, Self::Loyalty, Self::Email, Self::PhoneNumber, Self::Phone, Self::Anonymous];

    /// Its name in messages and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Loyalty => "loyalty",
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
            Self::Phone => "phone",
            Self::Anonymous => "anonymous",
        }
    }

    /// Whether it names a thing that is held in hands rather than a person, so that whoever holds it gets its name.
    pub const fn is_device(self) -> bool {
        match self {
            Self::Phone | Self::Anonymous => true,
            Self::Customer | Self::Loyalty | Self::Email | Self::PhoneNumber => false,
        }
    }
}

/// One identifier, in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Identifier {
    kind: IdentifierKind,
    value: Redacted<String>,
}

/// Why a text is no identifier. It never tells the text, which may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Nothing there but white space.
    #[error("the {} identifier is empty: leave it out", kind.name())]
    Empty {
        /// Of which kind it was to be.
        kind: IdentifierKind,
    },
    /// More than [`Identifier::MAX_LEN`] bytes.
    #[error("the {} identifier has {len} bytes: at most {} are taken", kind.name(), Identifier::MAX_LEN)]
    TooLong {
        /// Of which kind it was to be.
        kind: IdentifierKind,
        /// Its length in bytes.
        len: usize,
    },
    /// Not written as its kind is.
    #[error("the {} identifier is not one: {expected}", kind.name())]
    Malformed {
        /// Of which kind it was to be.
        kind: IdentifierKind,
        /// What would be right.
        expected: &'static str,
    },
    /// A value that programs write when they have none. It would make one person of everybody.
    #[error("the {} identifier is the placeholder {placeholder}, which names nobody: leave it out", kind.name())]
    Blocked {
        /// Of which kind it was to be.
        kind: IdentifierKind,
        /// Which placeholder.
        placeholder: Placeholder,
    },
}

impl Unusable {
    /// A fixed short name of the reason, for counting.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "identifier_empty",
            Self::TooLong { .. } => "identifier_too_long",
            Self::Malformed { .. } => "identifier_malformed",
            Self::Blocked { .. } => "identifier_blocked",
        }
    }
}

impl Identifier {
    /// Longest value, in bytes: an e-mail address that can be written to has at most 254
    /// (RFC 5321 section 4.5.3.1.3: a path of 256 with its angle brackets; RFC 3696 erratum 1690).
    pub const MAX_LEN: usize = 254;

    /// Brings `raw` into the normal form of `kind`, or says why it names nobody.
    pub fn new(kind: IdentifierKind, raw: &str) -> Result<Self, Unusable> {
        Self::with_plan(kind, raw, None)
    }

    /// The same, for a source that is known to write telephone numbers as one does at home in a country.
    pub fn with_plan(kind: IdentifierKind, raw: &str, plan: Option<&DialingPlan>) -> Result<Self, Unusable> {
        let raw = raw.trim();
        // Asked before the form: `null` is not a malformed e-mail address, it is a placeholder.
        if let Some(placeholder) = blocked::placeholder(kind, raw) {
            return Err(Unusable::Blocked { kind, placeholder });
        }
        check_size(kind, raw)?;
        let value = match kind {
            IdentifierKind::Email => normal::email(raw),
            IdentifierKind::PhoneNumber => normal::phone_number(raw, plan),
            IdentifierKind::Phone => normal::phone(raw),
            IdentifierKind::Customer | IdentifierKind::Loyalty | IdentifierKind::Anonymous => {
                normal::opaque(raw)
            }
        };
        let value = value.map_err(|expected| Unusable::Malformed { kind, expected })?;
        if let Some(placeholder) = blocked::placeholder(kind, &value) {
            return Err(Unusable::Blocked { kind, placeholder });
        }
        check_size(kind, &value)?;
        Ok(Self { kind, value: Redacted::new(value) })
    }

    /// Of which kind.
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// The normal form: personal.
    pub const fn value(&self) -> &Redacted<String> {
        &self.value
    }

    /// The customer that it is; `None` when it is of another kind, or not written as our customer numbers are.
    pub fn customer(&self) -> Option<CustomerId> {
        match self.kind {
            IdentifierKind::Customer => CustomerId::new(self.value.reveal().as_str()).ok(),
            _ => None,
        }
    }
}

impl From<PhoneId> for Identifier {
    fn from(phone: PhoneId) -> Self {
        Self { kind: IdentifierKind::Phone, value: Redacted::new(phone.to_string()) }
    }
}

/// A customer that the retailer's own records name. Should it be named like a placeholder, [`super::Rules`] keeps it from
/// joining anything.
impl From<&CustomerId> for Identifier {
    fn from(customer: &CustomerId) -> Self {
        Self { kind: IdentifierKind::Customer, value: Redacted::new(customer.as_str().to_owned()) }
    }
}

fn check_size(kind: IdentifierKind, value: &str) -> Result<(), Unusable> {
    match value.len() {
        0 => Err(Unusable::Empty { kind }),
        len if len > Identifier::MAX_LEN => Err(Unusable::TooLong { kind, len }),
        _ => Ok(()),
    }
}

/// An identifier as it was written down. It was checked on its way in; a list of placeholders that has grown since must
/// not make an old event unreadable ([`super::Rules`] sees to it that such a value joins nothing).
#[derive(Deserialize)]
struct Stored {
    kind: IdentifierKind,
    value: Redacted<String>,
}

impl TryFrom<Stored> for Identifier {
    type Error = Unusable;
    fn try_from(Stored { kind, value }: Stored) -> Result<Self, Unusable> {
        check_size(kind, value.reveal())?;
        Ok(Self { kind, value })
    }
}

/// Of whom an event speaks: strongest first, each once. Empty when nothing usable was told; such an event is nobody's.
pub fn who(identifiers: impl IntoIterator<Item = Identifier>) -> Vec<Identifier> {
    let mut identifiers: Vec<_> = identifiers.into_iter().collect();
    identifiers.sort();
    identifiers.dedup();
    identifiers
}

/// The same, of an event whose source is a `shared_device`, such as a tablet that lies in a shop: what names the device is
/// left out, for it would make one person of all who held it. This is the cause of wrong merges that Segment's guide
/// warns of first (segment-docs, unify/identity-resolution).
pub fn who_on_shared_device(identifiers: impl IntoIterator<Item = Identifier>) -> Vec<Identifier> {
    who(identifiers.into_iter().filter(|identifier| !identifier.kind.is_device()))
}

/// The same, of an event whose source has a write key that everybody can read, such as a page: it may say which browsers a
/// customer number uses, and ties nothing else. Who knows somebody's e-mail address or loyalty card could otherwise call it
/// their own, and read on their card what was bought with it.
pub fn who_by_public_key(identifiers: impl IntoIterator<Item = Identifier>) -> Vec<Identifier> {
    let mut identifiers = who(identifiers);
    let customer = identifiers.first().is_some_and(|first| first.kind == IdentifierKind::Customer);
    let mut first = true;
    identifiers.retain(|identifier| {
        std::mem::take(&mut first) || (customer && identifier.kind == IdentifierKind::Anonymous)
    });
    identifiers
}
