//! Messages that could not be used may tell of erased persons all the same.

use std::collections::HashSet;

use serde_json::Value;
use shopbell_domain::{
    identity::{Identifier, IdentifierKind},
    inbox::{FailedMessage, Inbox, InboxNumber},
    ports::StoreError,
};

/// Failed messages that are read at once.
const PAGE: usize = 256;

/// The numbers of the failed messages in which any text is an identifier of these.
pub(super) async fn naming(
    inbox: &dyn Inbox,
    who: &HashSet<Identifier>,
) -> Result<Vec<InboxNumber>, StoreError> {
    let messages = messages_naming(inbox, who).await?;
    Ok(messages.into_iter().map(|failed| failed.number).collect())
}

/// The failed messages in which any text is an identifier of these.
///
/// Wherever it stands: a message that cannot be read by the rules is not known to keep them.
pub(super) async fn messages_naming(
    inbox: &dyn Inbox,
    who: &HashSet<Identifier>,
) -> Result<Vec<FailedMessage>, StoreError> {
    let (mut naming, mut after) = (Vec::new(), None);
    loop {
        let page = inbox.failed(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(naming) };
        after = Some(last.number);
        naming.extend(page.into_iter().filter(|failed| names(failed.message.body.reveal(), who)));
    }
}

fn names(body: &[u8], who: &HashSet<Identifier>) -> bool {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => names_in(&value, who),
        // No JSON: its words are what there is.
        Err(_) => String::from_utf8_lossy(body)
            .split(|c: char| c.is_whitespace() || "\"',;{}[]()<>=&".contains(c))
            .any(|word| is_one_of(word, who)),
    }
}

fn names_in(value: &Value, who: &HashSet<Identifier>) -> bool {
    match value {
        Value::String(text) => is_one_of(text, who),
        Value::Number(number) => is_one_of(&number.to_string(), who),
        Value::Array(values) => values.iter().any(|value| names_in(value, who)),
        Value::Object(fields) => fields.values().any(|value| names_in(value, who)),
        Value::Null | Value::Bool(_) => false,
    }
}

fn is_one_of(text: &str, who: &HashSet<Identifier>) -> bool {
    IdentifierKind::ALL
        .into_iter()
        .filter_map(|kind| Identifier::new(kind, text).ok())
        .any(|identifier| who.contains(&identifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_wherever_the_message_names_them() {
        let camille = Identifier::new(IdentifierKind::Email, "camille@example.com").unwrap();
        let number = Identifier::new(IdentifierKind::Customer, "4711").unwrap();
        let who = HashSet::from([camille, number]);
        for body in [
            r#"{"userId":"4711"}"#,
            r#"{"userId":4711,"event":7}"#,
            r#"{"traits":{"a":[{"b":"Camille@Example.com"}]}}"#,
            "userId=4711&event=",
            "not json <camille@example.com>",
        ] {
            assert!(names(body.as_bytes(), &who), "{body}");
        }
        for body in [r#"{"userId":"47110"}"#, r#"{"userId":null}"#, "", "{"] {
            assert!(!names(body.as_bytes(), &who), "{body}");
        }
    }
}
