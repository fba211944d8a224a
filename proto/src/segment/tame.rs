//! What anybody may have written, and an associate may come to read: cut so short that it has no room for a message.
//!
//! A page's write key can be read by everybody, so its sizes, brands and choices may be a stranger's. They are cleaned like
//! all texts ([`super::fields::clean`]); here they get the length that honest ones have.

use std::collections::BTreeMap;

use shopbell_domain::{
    event::{Action, Line, Purchase, ServiceTold, Traits},
    profile::Size,
    redacted::Redacted,
};

/// `Black / 38 2/3` is a size; a telephone number with a request is none.
const SIZE: usize = 24;
/// A brand, a category, the name of a product, a choice, a preference.
const TEXT: usize = 64;
const QUERY: usize = 100;
const COUPON: usize = 32;
/// The properties of an event without a meaning here, in bytes of JSON: who reads a page's key must not fill a disk with them.
const TOLD: usize = 1_024;

/// The action with its texts cut.
pub(super) fn tamed(action: Action) -> Action {
    match action {
        Action::ProductViewed(one) => Action::ProductViewed(line(one)),
        Action::ProductShared(one) => Action::ProductShared(line(one)),
        Action::CartAdded(one) => Action::CartAdded(line(one)),
        Action::CartRemoved(one) => Action::CartRemoved(line(one)),
        Action::WishAdded(one) => Action::WishAdded(line(one)),
        Action::WishRemoved(one) => Action::WishRemoved(line(one)),
        Action::WishToCart(one) => Action::WishToCart(line(one)),
        Action::CartIs(all) => Action::CartIs(lines(all)),
        Action::CheckoutStarted(all) => Action::CheckoutStarted(lines(all)),
        Action::OrderPlaced(told) => Action::OrderPlaced(purchase(told)),
        Action::OrderUpdated(told) => Action::OrderUpdated(purchase(told)),
        Action::OrderRefunded { order, refund, lines: all, amount } => {
            Action::OrderRefunded { order, refund, lines: lines(all), amount }
        }
        Action::Service(told) => Action::Service(ServiceTold { lines: lines(told.lines), ..told }),
        Action::ListViewed { category } => Action::ListViewed { category: optional(category, TEXT) },
        Action::Searched { query } => Action::Searched { query: redacted(query, QUERY) },
        Action::Coupon { code, step } => Action::Coupon { code: cut(code, COUPON), step },
        Action::Designed { product, design, choices } => {
            let choices = choices.into_iter().map(|(name, value)| (cut(name, TEXT), cut(value, TEXT)));
            Action::Designed { product, design: cut(design, TEXT), choices: choices.collect() }
        }
        Action::Preferred { name, value } => {
            let value = value.map(|value| preference(&name, value));
            Action::Preferred { name: cut(name, TEXT), value }
        }
        Action::Identified(told) => Action::Identified(traits(told)),
        Action::Other { name, told } => {
            Action::Other { name, told: told.filter(|told| told.reveal().len() <= TOLD) }
        }
        same @ (Action::CheckoutStep { .. }
        | Action::OrderCancelled { .. }
        | Action::Reviewed { .. }
        | Action::PageViewed { .. }
        | Action::Corrected { .. }
        | Action::Noted { .. }) => same,
    }
}

fn line(line: Line) -> Line {
    Line {
        size: optional(line.size, SIZE),
        name: optional(line.name, TEXT),
        brand: optional(line.brand, TEXT),
        category: optional(line.category, TEXT),
        ..line
    }
}

fn lines(all: Vec<Line>) -> Vec<Line> {
    all.into_iter().map(line).collect()
}

fn purchase(told: Purchase) -> Purchase {
    Purchase { lines: lines(told.lines), coupon: optional(told.coupon, COUPON), ..told }
}

fn traits(told: Traits) -> Traits {
    let name = |name: Option<Redacted<String>>| name.map(|name| redacted(name, TEXT));
    let preferences = told.preferences.into_iter().map(|(name, value)| {
        let value = preference(&name, value);
        (cut(name, TEXT), value)
    });
    let preferences: BTreeMap<_, _> = preferences.collect();
    Traits {
        name: name(told.name),
        first_name: name(told.first_name),
        last_name: name(told.last_name),
        preferences,
        ..told
    }
}

fn preference(name: &str, value: String) -> String {
    cut(value, if Size::of_preference(name).is_some() { SIZE } else { TEXT })
}

fn optional(text: Option<String>, most: usize) -> Option<String> {
    text.map(|text| cut(text, most))
}

fn redacted(text: Redacted<String>, most: usize) -> Redacted<String> {
    Redacted::new(cut(text.into_revealed(), most))
}

fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => text.get(..end).unwrap_or_default().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use shopbell_domain::{
        event::EventId,
        id::{MessageId, SourceId},
        inbox::Message,
        time::Timestamp,
    };

    use super::*;
    use crate::segment::{Reading, Teller, event};

    fn action_told_by(teller: Teller, event_name: &str, properties: &serde_json::Value) -> Action {
        let body = serde_json::json!({
            "type": "track", "event": event_name, "userId": "c1", "properties": properties,
        });
        let message = Message {
            id: EventId { source: SourceId::new("s").unwrap(), message: MessageId::new("m").unwrap() },
            received: Timestamp::from_secs(1_795_183_200),
            sent: None,
            privacy_control: false,
            body: Redacted::new(body.to_string().into_bytes()),
        };
        event(&message, &Reading { teller, ..Reading::default() }).unwrap().action
    }

    fn size_told_by(teller: Teller, size: &str) -> Option<String> {
        let properties = serde_json::json!({ "product_id": "p1", "size": size });
        match action_told_by(teller, "Product Added", &properties) {
            Action::CartAdded(line) => line.size,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_fills_no_disk_with_what_means_nothing_here() {
        let kept = |teller, bytes: usize| {
            let properties = serde_json::json!({ "k": "x".repeat(bytes) });
            match action_told_by(teller, "Heel Chosen", &properties) {
                Action::Other { name, told } => (name == "Heel Chosen", told.is_some()),
                other => panic!("{other:?}"),
            }
        };
        let around = r#"{"k":""}"#.len();
        assert_eq!(kept(Teller::Page, TOLD - around), (true, true));
        assert_eq!(kept(Teller::Page, TOLD - around + 1), (true, false));
        assert_eq!(kept(Teller::WebShop, 20_000), (true, true));
    }

    #[test]
    fn a_page_has_no_room_for_a_message() {
        let long = "38 call +33612345678 and tell her";
        assert_eq!(size_told_by(Teller::Page, long).as_deref(), Some("38 call +33612345678 and"));
        assert_eq!(size_told_by(Teller::WebShop, long).as_deref(), Some(long));
        for teller in [Teller::Page, Teller::WebShop, Teller::Till] {
            let hidden = "3\u{202e}8\u{200b}\n\u{7}A\u{2066}";
            assert_eq!(size_told_by(teller, hidden).as_deref(), Some("38  A"), "{teller:?}");
        }
        assert_eq!(size_told_by(Teller::Page, "Black / 38 2/3").as_deref(), Some("Black / 38 2/3"));
        assert_eq!(size_told_by(Teller::Page, "\u{200f}\u{2069}"), None);
        assert_eq!(cut("é".repeat(70), TEXT), "é".repeat(64));
    }
}
