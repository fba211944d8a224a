//! Why a webhook could not be used, by fixed names.

use shopbell_domain::inbox::Failure;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $name:literal $explanation:literal,)*) => {
        /// Why a webhook could not be used. The names are stable: people count by them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
        }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The fixed name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What is wrong and what would be right. It never holds a value of the payload.
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => $explanation,)*
                }
            }
        }
    };
}

reasons! {
    /// Not what the door makes of a webhook.
    NotAWebhook "not_a_webhook" "the message is not a webhook as this server keeps them: an object with topic and payload",
    /// The payload is no JSON object.
    InvalidPayload "invalid_payload" "the payload must be a JSON object, nested at most 64 levels",
    /// A topic that means nothing here.
    UnknownTopic "unknown_topic" "this topic means nothing here: take it off the subscriptions, or see docs/shopify.md for those that do",
    /// Nothing says whose it is.
    NoIdentifier "no_identifier" "no customer number, e-mail address, phone number or cart says whose this is",
    /// Something without its number.
    MissingId "missing_id" "the payload needs the number of what it is about",
    /// A number that cannot be one.
    InvalidId "invalid_id" "a number of Shopify's is up to 64 of A-Z a-z 0-9 . _ : -",
    /// A time that cannot be read.
    InvalidTime "invalid_time" "write the time as in 2026-11-20T14:00:00-05:00; it must lie after 1990",
    /// An amount that is none.
    InvalidAmount "invalid_amount" "write amounts as text with a decimal point and at most the decimals of the currency, such as \"1299.90\"; none is negative or above a million million of the smallest unit",
    /// A currency that is none.
    InvalidCurrency "invalid_currency" "a currency is three letters of ISO 4217, such as EUR",
    /// A number of pieces that is none.
    InvalidQuantity "invalid_quantity" "a quantity is a whole number, in a line at most 10000",
    /// Lines that are no list of objects.
    InvalidLines "invalid_lines" "the lines must be a list of JSON objects, at most 500",
    /// A product without its name.
    MissingTitle "missing_title" "the product needs a title",
    /// A state of consent that is none.
    InvalidConsent "invalid_consent" "the consent needs a state: subscribed, unsubscribed, not_subscribed, pending, redacted or invalid",
}

impl Reason {
    /// This, at a field; an empty one is the whole message.
    pub fn at(self, field: impl Into<String>) -> Failure {
        Failure {
            reason: self.name().to_owned(),
            field: field.into(),
            explanation: self.explanation().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    const DOCS: &str = include_str!("../../../docs/shopify.md");

    #[test]
    fn every_reason_is_told_to_operators() {
        for reason in Reason::ALL {
            let name = reason.name();
            assert!(DOCS.contains(&format!("| `{name}` |")), "docs/shopify.md does not tell {name}");
        }
    }
}
