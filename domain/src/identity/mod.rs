//! Who is who: identifiers, the evidence that two of them are one person's, and persons as a view over it.

use serde::{Deserialize, Serialize};

use crate::redacted::Redacted;

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

/// One identifier, in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// Of which kind.
    pub kind: IdentifierKind,
    /// The normal form: personal.
    pub value: Redacted<String>,
}
