//! The usual body: a batch whose events are kept letter by letter as they came.
//!
//! SDKs write JSON without white space, and say nothing in the batch that would have to be written into its events. Such a
//! body need not be made into values and written again: it is checked, and each event is cut out of it. Whatever is not
//! as simple is left to [`super::read`], and where both can read a body they come to the same events.

use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::{Map, Value};
use shopbell_domain::{id::MessageId, redacted::Redacted};

use super::{
    super::fields::{DEEPEST, Fields},
    Envelope, Item, Limits, message_id, sent,
};

/// How the list of events begins.
const BATCH: &[u8] = br#""batch":["#;
/// Levels of what stands in the list.
const IN_LIST: usize = 2;

/// What is wanted of the body.
#[derive(Deserialize)]
struct Body {
    batch: Vec<Head>,
    #[serde(rename = "writeKey")]
    write_key: Option<Value>,
    #[serde(rename = "sentAt")]
    sent_at: Option<Value>,
    context: Option<IgnoredAny>,
    integrations: Option<IgnoredAny>,
}

/// What is wanted of an event.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "messageId")]
    message_id: Option<Value>,
    #[serde(rename = "sentAt")]
    sent_at: Option<Value>,
    #[serde(rename = "writeKey", default, deserialize_with = "something")]
    has_write_key: bool,
}

/// That there is a value, whatever it is.
fn something<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Takes a batch apart; `None` when it is not so simple, or not right.
pub(super) fn read(body: &[u8], limits: &Limits, new_id: &mut impl FnMut() -> MessageId) -> Option<Envelope> {
    let text = std::str::from_utf8(body).ok()?;
    let events = events(body)?;
    let Body { batch, write_key, sent_at, context: None, integrations: None } =
        serde_json::from_str(text).ok()?
    else {
        return None;
    };
    // Something that is no object would be counted by one of them only.
    if batch.len() != events.len() || events.len() > limits.events {
        return None;
    }
    let head = object([("writeKey", write_key), ("sentAt", sent_at)]);
    let write_key = Fields::new(&head, "").text(&["writeKey"], 200).map(Redacted::new);
    let sent_batch = sent(&head);
    let mut items = Vec::with_capacity(events.len());
    for (event, Head { message_id: id, sent_at, has_write_key }) in events.into_iter().zip(batch) {
        if has_write_key || event.len() > limits.event_bytes {
            return None;
        }
        let head = object([("messageId", id), ("sentAt", sent_at)]);
        let message = message_id(&head, limits.message_id_chars).unwrap_or_default();
        items.push(Item {
            message: message.unwrap_or_else(&mut *new_id),
            sent: sent_batch.or_else(|| sent(&head)),
            body: Redacted::new(event.to_vec()),
            own_bytes: event.len(),
        });
    }
    Some(Envelope { write_key, items, refused: Vec::new() })
}

fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// The objects in the batch's list, of a body that is as valid JSON would be: no white space and no escapes, no numbers
/// that are written in another way than this program would, and not nested too deep.
fn events(body: &[u8]) -> Option<Vec<&[u8]>> {
    let (mut events, mut depth, mut in_string) = (Vec::new(), 0_usize, false);
    // Where the list's object began, and whether the list was met.
    let (mut began, mut in_list, mut before) = (None, false, 0);
    for (at, &byte) in body.iter().enumerate() {
        match byte {
            b'\\' => return None,
            b'"' => {
                if !in_string && depth == 1 && body.get(at..)?.starts_with(BATCH) {
                    in_list = true;
                }
                in_string = !in_string;
            }
            _ if in_string => {}
            b' ' | b'\t' | b'\r' | b'\n' | b'E' => return None,
            b'e' if matches!(before, b'0'..=b'9' | b'.') => return None,
            b'{' | b'[' => {
                if in_list && depth == IN_LIST && byte == b'{' {
                    began = Some(at);
                }
                depth += 1;
                if depth > DEEPEST {
                    return None;
                }
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if let (true, IN_LIST, Some(from)) = (in_list, depth, began) {
                    events.push(body.get(from..=at)?);
                    began = None;
                }
                in_list &= depth >= IN_LIST;
            }
            _ => {}
        }
        before = byte;
    }
    Some(events)
}
