//! One kept message, read as an event: type, who, when, then what.

use std::time::Duration;

use serde_json::Value;
use shopbell_domain::{
    event::{Action, Event},
    inbox::{Failure, Message},
    time::Timestamp,
};

use super::{
    Reading, Teller, commerce,
    envelope::{self, Kind},
    failure::Reason,
    fields::{self, Fields},
    instant, tame, traits, who,
};

/// 1 January 1990: nobody sent events before; a clock that shows less was never set.
const EARLIEST: Timestamp = Timestamp::from_secs(631_152_000);
/// Longest name of an event, a page, a category.
pub(super) const LONGEST_NAME: usize = 200;

/// What a message means, or the field that is in the way.
pub fn event(message: &Message, reading: &Reading) -> Result<Event, Failure> {
    let body = fields::parse(message.body.reveal()).map_err(|reason| reason.at(""))?;
    let Value::Object(object) = &body else { return Err(Reason::NotAnObject.at("")) };
    envelope::message_id(object, reading.message_id_chars).map_err(|reason| reason.at("messageId"))?;
    let item = Fields::new(object, "");
    let kind = kind(&item)?;
    let at = when(&item, message)?;
    let who = who::of(&item, kind)?;
    let action = action(&item, kind, reading)?;
    let privacy_control = message.privacy_control || asks_for_privacy(&item.child("context"));
    let origin = reading.teller.origin(message.received);
    let action = match reading.teller {
        Teller::Page => tame::tamed(action),
        Teller::WebShop | Teller::Till => action,
    };
    Ok(Event { id: message.id.clone(), at, who, origin, privacy_control, action })
}

fn kind(item: &Fields<'_>) -> Result<Kind, Failure> {
    match item.value(&["type"]) {
        None => Err(Reason::MissingType.at("type")),
        Some((_, Value::String(name))) => Kind::from_name(name).ok_or(Reason::UnknownType.at("type")),
        Some(_) => Err(Reason::UnknownType.at("type")),
    }
}

/// `received - (sent - original)`, which cancels what the sender's clock shows wrong; never after it was received.
fn when(item: &Fields<'_>, message: &Message) -> Result<Timestamp, Failure> {
    let Some((key, value)) = item.value(&["originalTimestamp", "timestamp"]) else {
        return Ok(message.received);
    };
    let unusable = || Reason::InvalidTimestamp.at(key);
    let original = instant::read(value).ok_or_else(unusable)?;
    let at = match message.sent {
        Some(sent) => message.received - waited(original, sent),
        None => original.min(message.received),
    };
    if at < EARLIEST { Err(unusable()) } else { Ok(at) }
}

/// How long an event lay at its sender; nothing when it is said to have been sent before it happened.
fn waited(original: Timestamp, sent: Timestamp) -> Duration {
    sent.since(original)
}

/// Browsers tell it in a header; an app may tell it in the context.
fn asks_for_privacy(context: &Fields<'_>) -> bool {
    match context.value(&["globalPrivacyControl", "gpc"]) {
        Some((_, Value::Bool(asked))) => *asked,
        Some((_, Value::String(asked))) => matches!(asked.trim(), "1" | "true"),
        Some((_, Value::Number(asked))) => asked.as_u64() == Some(1),
        _ => false,
    }
}

fn action(item: &Fields<'_>, kind: Kind, reading: &Reading) -> Result<Action, Failure> {
    match kind {
        Kind::Track => {
            let name = match item.value(&["event"]) {
                Some((_, Value::String(name))) => fields::clean(name, LONGEST_NAME),
                _ => None,
            };
            commerce::action(name.ok_or(Reason::MissingEvent.at("event"))?, item, reading)
        }
        Kind::Identify => {
            let traits = item.demand("traits", Reason::InvalidTraits)?;
            Ok(Action::Identified(traits::read(&traits)))
        }
        Kind::Page | Kind::Screen => Ok(Action::PageViewed { page: page(item) }),
        // Nothing but whom they speak of: what follows from that is the identity's to say.
        Kind::Group | Kind::Alias => Ok(Action::Other { name: kind.name().to_owned() }),
    }
}

/// A page by its name, else by its path: never by its full address, which may hold searches and tokens.
fn page(item: &Fields<'_>) -> Option<String> {
    let properties = item.child("properties");
    item.text(&["name"], LONGEST_NAME)
        .or_else(|| properties.text(&["name"], LONGEST_NAME))
        .or_else(|| properties.text(&["path"], LONGEST_NAME))
        .or_else(|| item.child("context").child("page").text(&["path"], LONGEST_NAME))
}
