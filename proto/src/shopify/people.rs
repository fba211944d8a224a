//! Of whom a webhook speaks, and what they say of themselves or ask.
//!
//! | field | kind |
//! |---|---|
//! | `customer.id` | customer: Shopify's number is the retailer's |
//! | `customer.email`, `email`, `contact_email` | e-mail |
//! | `customer.phone`, `phone` | telephone number |
//! | `cart_token`, a cart's `token` | anonymous, as `shopify-cart:TOKEN` |
//!
//! Never: addresses, also not the phone number in one. A parcel may go to somebody else.

use std::collections::BTreeMap;

use shopbell_domain::{
    event::{Action, Origin, Traits},
    identity::{self, Identifier, IdentifierKind},
    inbox::Failure,
    redacted::Redacted,
};

use super::{Meaning, Reason, Right, Webhook, values};
use crate::{
    convert,
    segment::fields::{self, Fields},
};

const LONGEST_PERSON: usize = 100;
const LONGEST_REFERENCE: usize = 64;

fn told(fields: &Fields<'_>, key: &'static str, kind: IdentifierKind) -> Option<Identifier> {
    let (_, value) = fields.value(&[key])?;
    Identifier::new(kind, &fields::plain(value)?).ok()
}

/// The buyer of an order or a checkout. A guest has no number: an address will do.
pub(super) fn buyer(payload: &Fields<'_>) -> Vec<Identifier> {
    use IdentifierKind::{Customer, Email, PhoneNumber};
    let customer = payload.child("customer");
    let found = [
        told(&customer, "id", Customer),
        told(&customer, "email", Email),
        told(&customer, "phone", PhoneNumber),
        told(payload, "email", Email),
        told(payload, "contact_email", Email),
        told(payload, "phone", PhoneNumber),
    ];
    identity::who(found.into_iter().flatten())
}

/// A cart, as somebody who is not known yet.
pub(super) fn cart(payload: &Fields<'_>, key: &'static str) -> Option<Identifier> {
    let (_, value) = payload.value(&[key])?;
    let token = fields::plain(value)?;
    // A token may carry the cart's key behind a question mark, which is a secret.
    let token = token.split('?').next().unwrap_or_default();
    if token.is_empty() {
        return None;
    }
    Identifier::new(IdentifierKind::Anonymous, &format!("shopify-cart:{token}")).ok()
}

/// Who a customer says to be.
pub(super) fn customer(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let payload = &webhook.payload;
    let number = values::id(payload, "id")?;
    let number = Identifier::new(IdentifierKind::Customer, &number);
    let number = number.map_err(|_| Reason::InvalidId.at(payload.at("id")))?;
    let found = [
        Some(number),
        told(payload, "email", IdentifierKind::Email),
        told(payload, "phone", IdentifierKind::PhoneNumber),
    ];
    let at = values::time(payload, &["updated_at", "created_at"])?.unwrap_or(webhook.message.received);
    let person = |key| payload.text(&[key], LONGEST_PERSON);
    let (first, last) = (person("first_name"), person("last_name"));
    let name = first.iter().chain(&last).cloned().collect::<Vec<_>>().join(" ");
    let name = fields::clean(&name, LONGEST_PERSON).and_then(|name| convert::customer::name(&name).ok());
    let traits = Traits {
        name,
        first_name: first.map(Redacted::new),
        last_name: last.map(Redacted::new),
        language: None,
        preferences: BTreeMap::new(),
        other: BTreeMap::new(),
    };
    let who = identity::who(found.into_iter().flatten());
    webhook.event(at, who, Origin::Web, Action::Identified(traits))
}

/// Who asks for what is known, or to be forgotten.
pub(super) fn rights(webhook: &Webhook<'_>, asked: Right) -> Result<Meaning, Failure> {
    let who = buyer(&webhook.payload);
    if who.is_empty() {
        Err(Reason::NoIdentifier.at("payload.customer"))
    } else {
        let told = webhook.payload.child("data_request");
        let reference = told.value(&["id"]).and_then(|(_, value)| fields::plain(value)).unwrap_or_default();
        Ok(Meaning::Rights {
            asked,
            who,
            reference: fields::clean(&reference, LONGEST_REFERENCE).unwrap_or_default(),
        })
    }
}
