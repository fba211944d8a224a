//! Of whom a message speaks: all identifiers in it, in their normal form.
//!
//! | field | kind |
//! |---|---|
//! | `userId` | customer; e-mail when it is an address, as some shops sign in by e-mail |
//! | `anonymousId` | anonymous |
//! | `email`, `phone`, loyalty number in `traits`, `context.traits`, and `properties` of a track | e-mail, phone number, loyalty |
//! | `context.externalIds[]` of collection `users` | by their `type` |
//! | `previousId` of an alias | e-mail when it is an address; anonymous when it is a UUID or the `anonymousId`; else customer |
//!
//! Never an identifier: what a group's traits hold (the group's), and what stands beside the recipient of a share (maybe a
//! friend's). One that is unusable is passed over while another names the person.

use serde_json::Value;
use shopbell_domain::{
    identity::{self, Identifier, IdentifierKind},
    inbox::Failure,
};

use super::{
    commerce,
    envelope::Kind,
    failure::Reason,
    fields::{self, Fields},
};

/// Most identifiers of one event; the strongest are kept.
const MOST: usize = 16;

const EMAIL: [&str; 1] = ["email"];
const PHONE: [&str; 3] = ["phone", "phone_number", "phoneNumber"];
const LOYALTY: [&str; 6] =
    ["loyalty_number", "loyaltyNumber", "loyalty_id", "loyaltyId", "loyalty_card", "loyaltyCard"];

/// Names of identifiers in traits: they are no further traits.
pub(super) fn is_identifier(key: &str) -> bool {
    EMAIL.contains(&key) || PHONE.contains(&key) || LOYALTY.contains(&key)
}

/// All identifiers, strongest first, each once; at least one.
pub(super) fn of(item: &Fields<'_>, kind: Kind) -> Result<Vec<Identifier>, Failure> {
    let mut found = Vec::new();
    if let Some(raw) = text(item, "userId") {
        found.extend(user(&raw, IdentifierKind::Customer));
    }
    let anonymous = text(item, "anonymousId");
    if let Some(raw) = &anonymous {
        found.extend(identifier(IdentifierKind::Anonymous, raw));
    }
    if let Some(raw) = text(item, "previousId").filter(|_| kind == Kind::Alias) {
        let otherwise = if anonymous.as_ref() == Some(&raw) || is_uuid(&raw) {
            IdentifierKind::Anonymous
        } else {
            IdentifierKind::Customer
        };
        found.extend(user(&raw, otherwise));
    }
    let context = item.child("context");
    told(&context.child("traits"), &mut found);
    match kind {
        Kind::Identify => told(&item.child("traits"), &mut found),
        Kind::Track if !commerce::is_share(item) => told(&item.child("properties"), &mut found),
        _ => {}
    }
    external(&context, &mut found);
    let mut who = identity::who(found);
    who.truncate(MOST);
    if who.is_empty() { Err(Reason::NoIdentifier.at("userId")) } else { Ok(who) }
}

/// The normal form, unless it names nobody.
fn identifier(kind: IdentifierKind, raw: &str) -> Option<Identifier> {
    Identifier::new(kind, raw).ok()
}

/// An address where `otherwise` was expected is an address.
fn user(raw: &str, otherwise: IdentifierKind) -> Option<Identifier> {
    let address = raw.contains('@').then(|| identifier(IdentifierKind::Email, raw)).flatten();
    address.or_else(|| identifier(otherwise, raw))
}

fn told(traits: &Fields<'_>, found: &mut Vec<Identifier>) {
    let kinds: [(&[&'static str], IdentifierKind); 3] = [
        (&EMAIL, IdentifierKind::Email),
        (&PHONE, IdentifierKind::PhoneNumber),
        (&LOYALTY, IdentifierKind::Loyalty),
    ];
    for (keys, kind) in kinds {
        let raw = traits.value(keys).and_then(|(_, value)| fields::plain(value));
        found.extend(raw.and_then(|raw| identifier(kind, &raw)));
    }
}

/// `context.externalIds`: those of users, unencoded, of a type that we know.
fn external(context: &Fields<'_>, found: &mut Vec<Identifier>) {
    let Some((_, Value::Array(ids))) = context.value(&["externalIds"]) else { return };
    for object in ids.iter().filter_map(Value::as_object) {
        let id = Fields::new(object, "");
        let is = |key, expected: &str| id.text(&[key], 20).is_none_or(|text| text == expected);
        if !is("collection", "users") || !is("encoding", "none") {
            continue;
        }
        let kind = id.text(&["type"], 40).and_then(|name| external_kind(&name));
        let raw = id.value(&["id"]).and_then(|(_, value)| fields::plain(value));
        found.extend(kind.zip(raw).and_then(|(kind, raw)| identifier(kind, &raw)));
    }
}

fn external_kind(name: &str) -> Option<IdentifierKind> {
    match commerce::letters(name).as_str() {
        "userid" | "customerid" => Some(IdentifierKind::Customer),
        "anonymousid" => Some(IdentifierKind::Anonymous),
        "email" => Some(IdentifierKind::Email),
        "phone" | "phonenumber" => Some(IdentifierKind::PhoneNumber),
        "loyalty" | "loyaltynumber" | "loyaltyid" | "loyaltycard" => Some(IdentifierKind::Loyalty),
        _ => None,
    }
}

fn text(item: &Fields<'_>, key: &'static str) -> Option<String> {
    item.value(&[key]).and_then(|(_, value)| fields::plain(value))
}

/// RFC 9562 section 4: 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
