//! Why an event could not be used, by fixed names.

use shopbell_domain::inbox::Failure;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $name:literal $explanation:literal,)*) => {
        /// Why an event could not be used. The names are stable: people count by them.
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

            /// What is wrong and what would be right. It never holds a value of the event.
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => $explanation,)*
                }
            }
        }
    };
}

reasons! {
    /// It is no JSON.
    InvalidJson "invalid_json" "the message is not valid JSON",
    /// Objects and lists stand too deep in each other.
    TooDeep "too_deep" "objects and lists are nested too deep: at most 64 levels",
    /// The message is JSON and no object.
    NotAnObject "not_an_object" "an event must be a JSON object",
    /// More bytes than an event may have.
    EventTooLarge "event_too_large" "the event is larger than the limit; send less in it",
    /// The message id is too long, or no text.
    UnusableMessageId "unusable_message_id" "messageId must be text of less than 100 characters without control characters",
    /// There is no type.
    MissingType "missing_type" "every event of a batch needs a type: identify, track, page, screen, group or alias",
    /// The type is none of the six.
    UnknownType "unknown_type" "type must be identify, track, page, screen, group or alias",
    /// A track call without a name.
    MissingEvent "missing_event" "a track call needs the name of what happened in event, as text",
    /// The properties are no object.
    InvalidProperties "invalid_properties" "properties must be a JSON object",
    /// The traits are no object.
    InvalidTraits "invalid_traits" "traits must be a JSON object",
    /// Nothing says whose event it is.
    NoIdentifier "no_identifier" "no usable userId, anonymousId, e-mail address, phone number or loyalty number says whose event this is",
    /// The time cannot be read, or is before 1990.
    InvalidTimestamp "invalid_timestamp" "write the time as in 2026-11-20T14:00:00.000Z; it must lie after 1990",
    /// A product without its number.
    MissingProductId "missing_product_id" "the product needs a product_id, or a sku",
    /// A product number that cannot be one.
    InvalidProductId "invalid_product_id" "a product number is 1 to 64 of A-Z a-z 0-9 . _ : -",
    /// The products are no list of objects.
    InvalidProducts "invalid_products" "products must be a list of JSON objects",
    /// More products than this event can have.
    TooManyProducts "too_many_products" "this event takes one product, an order or cart at most 500: send one event for each product",
    /// A number of pieces that is none.
    InvalidQuantity "invalid_quantity" "a quantity is a whole number from 0 to 10000",
    /// An amount that is no number.
    InvalidAmount "invalid_amount" "write amounts as numbers with a decimal point and without currency or thousands signs, such as 1299.90; none is negative or above a million million of the smallest unit",
    /// Three letters were expected.
    InvalidCurrency "invalid_currency" "a currency is three letters of ISO 4217, such as EUR",
    /// An order without its number.
    MissingOrderId "missing_order_id" "the order needs an order_id",
    /// An order number that cannot be one.
    InvalidOrderId "invalid_order_id" "an order number is 1 to 64 of A-Z a-z 0-9 . _ : -",
    /// A pick-up, a return or a repair without a number.
    MissingServiceId "missing_service_id" "a pick-up needs an order_id or a pickup_id, a return an order_id or a return_id, a repair a repair_id",
    /// The number of one that cannot be one.
    InvalidServiceId "invalid_service_id" "the number of a pick-up, a return or a repair is 1 to 64 of A-Z a-z 0-9 . _ : -",
    /// A coupon event without the coupon.
    MissingCoupon "missing_coupon" "the coupon needs a coupon_id",
    /// A search without what was searched for.
    MissingQuery "missing_query" "the search needs a query",
    /// A rating outside its scale.
    InvalidRating "invalid_rating" "a rating is a number from 0 to 5",
    /// A design without its number.
    MissingDesignId "missing_design_id" "the design needs a design_id",
    /// What was chosen cannot be read.
    InvalidChoices "invalid_choices" "choices must be a JSON object of texts, at most 50",
    /// A preference without its name.
    MissingPreference "missing_preference" "the preference needs a name; a size also says in of what it is a size of",
    /// A preference whose value is missing or no text.
    InvalidPreference "invalid_preference" "the preference needs a value: one text or number, or null to take it back",
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

    const DOCS: &str = include_str!("../../../docs/events.md");

    #[test]
    fn every_reason_is_told_to_those_who_send_events_and_no_other() {
        let (_, table) = DOCS.split_once("| reason | what is wrong |").expect("the table of reasons");
        let told: Vec<&str> = table
            .lines()
            .filter_map(|row| row.strip_prefix('|')?.split('|').next())
            .flat_map(|reasons| reasons.split('`').skip(1).step_by(2))
            .collect();
        let mut names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        for name in &names {
            assert!(told.contains(name), "docs/events.md does not tell {name}");
        }
        for name in &told {
            assert!(names.contains(name), "docs/events.md tells {name}, which is no reason");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len(), "two reasons have one name");
    }
}
