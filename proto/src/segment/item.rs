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
/// How far a sender's clock may be ahead of ours and still tell when something happened.
const AHEAD: Duration = Duration::from_secs(60);
/// How late a delivery may come: SDKs keep for days what they could not deliver.
const LATEST: Duration = Duration::from_secs(7 * 86_400);
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

/// The earliest time at which a message may have happened: what a tombstone asks. [`event`] tells the likeliest one.
///
/// A request that comes late as a whole looks like one of a clock that is behind: both say that they were sent long ago, and
/// the likeliest time is now for both. Here the first is believed: what happened is from when the sender says, or from
/// before. A clock that is ahead, or was never set, tells nothing: the message may have lain as long as deliveries lie.
pub fn earliest(message: &Message) -> Timestamp {
    let received = message.received;
    let body = fields::parse(message.body.reveal()).unwrap_or_default();
    let told = ["originalTimestamp", "timestamp", "sentAt"].into_iter();
    let told = told.filter_map(|key| body.get(key)).filter_map(instant::read).chain(message.sent);
    let from = told.map(|told| {
        let is_plausible = told >= EARLIEST && told <= received + AHEAD;
        if is_plausible { told } else { received - LATEST }
    });
    from.fold(received, Timestamp::min)
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
        Kind::Group | Kind::Alias => Ok(commerce::other(kind.name().to_owned(), item, "traits")),
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shopbell_domain::{
        event::EventId,
        id::{MessageId, SourceId},
        redacted::Redacted,
    };

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_179_600);

    /// The earliest time of a message that is received now, in seconds from now.
    fn earliest_of(body: &Value, sent: Option<i64>) -> i64 {
        let id = EventId { source: SourceId::new("web").unwrap(), message: MessageId::new("m").unwrap() };
        let sent = sent.map(|seconds| Timestamp::from_secs(NOW.as_secs() + seconds));
        let body = Redacted::new(serde_json::to_vec(body).unwrap());
        let message = Message { id, received: NOW, sent, privacy_control: false, body };
        earliest(&message).as_secs() - NOW.as_secs()
    }

    fn told(seconds: i64) -> Value {
        json!({ "timestamp": (NOW.as_secs() + seconds) * 1_000 })
    }

    fn action_of(body: &Value) -> Action {
        let id = EventId { source: SourceId::new("web").unwrap(), message: MessageId::new("m").unwrap() };
        let body = Redacted::new(serde_json::to_vec(body).unwrap());
        let message = Message { id, received: NOW, sent: None, privacy_control: false, body };
        event(&message, &Reading::default()).unwrap().action
    }

    #[test]
    fn what_has_no_meaning_here_is_kept_with_all_that_it_tells() {
        let other = |name: &str, told: Option<&str>| Action::Other {
            name: name.to_owned(),
            told: told.map(|told| Redacted::new(told.to_owned())),
        };
        let track = |name: &str, properties: Value| {
            action_of(&json!({ "type": "track", "userId": "u", "event": name, "properties": properties }))
        };
        assert_eq!(
            track("Heel Chosen", json!({ "mm": [40, 55] })),
            other("Heel Chosen", Some(r#"{"mm":[40,55]}"#))
        );
        assert_eq!(track("Heel Chosen", json!({})), other("Heel Chosen", None));
        assert_eq!(track("Heel Chosen", json!(null)), other("Heel Chosen", None));
        let group = json!({ "type": "group", "userId": "u", "groupId": "g", "traits": { "plan": "gold" } });
        assert_eq!(action_of(&group), other("group", Some(r#"{"plan":"gold"}"#)));
    }

    #[test]
    fn a_request_that_comes_late_as_a_whole_is_from_when_it_says() {
        assert_eq!(earliest_of(&told(-600), Some(-599)), -600);
        assert_eq!(earliest_of(&json!({}), Some(-599)), -599, "it happened before it was sent");
        assert_eq!(earliest_of(&json!({ "sentAt": (NOW.as_secs() - 60) * 1_000 }), Some(-5)), -60);
        let both =
            json!({ "originalTimestamp": NOW.as_secs() * 1_000, "timestamp": (NOW.as_secs() - 9) * 1_000 });
        assert_eq!(earliest_of(&both, None), -9);
        assert_eq!(earliest_of(&json!({}), None), 0);
        assert_eq!(earliest_of(&json!([1]), None), 0);
    }

    #[test]
    fn a_clock_that_is_ahead_or_was_never_set_tells_nothing() {
        let week = -7 * 86_400;
        assert_eq!(earliest_of(&told(3_600), None), week);
        assert_eq!(earliest_of(&told(-10), Some(3_600)), week);
        assert_eq!(earliest_of(&told(30), Some(31)), 0, "so far clocks differ");
        assert_eq!(earliest_of(&json!({ "timestamp": 5_000 }), Some(1)), week);
    }
}
