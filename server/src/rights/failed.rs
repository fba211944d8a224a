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

/// Texts within texts are looked into so many times.
const DEEPEST: usize = 8;

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
    texts(body).iter().any(|text| is_one_of(text, who))
}

/// All texts and numbers of a message that may be somebody's. What cannot be read is taken word by word.
pub(crate) fn texts(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => texts_in(&value, DEEPEST, &mut found),
        Err(_) => words(&String::from_utf8_lossy(body), &mut found),
    }
    found
}

fn texts_in(value: &Value, deeper: usize, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            found.push(text.clone());
            // JSON that was encoded twice, whole or broken.
            if text.contains(['{', '[', '"']) {
                match serde_json::from_str::<Value>(text) {
                    Ok(value) if deeper > 0 => texts_in(&value, deeper - 1, found),
                    _ => words(text, found),
                }
            }
        }
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(values) => values.iter().for_each(|value| texts_in(value, deeper, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts_in(value, deeper, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn words(text: &str, found: &mut Vec<String>) {
    // Backslashes stand before the quotes of JSON within JSON that is broken.
    let ends = |c: char| c.is_whitespace() || "\"',;{}[]()<>=&\\".contains(c);
    found.extend(text.split(ends).filter(|word| !word.is_empty()).map(str::to_owned));
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
            r#""{\"userId\":\"4711\"}""#,
            r#"{"batch":["[\"camille@example.com\"]"]}"#,
            r#"{"batch":"{\"userId\":\"4711\", and then it breaks off"}"#,
            r#""\"{\\\"userId\\\":4711}\"""#,
        ] {
            assert!(names(body.as_bytes(), &who), "{body}");
        }
        for body in [r#"{"userId":"47110"}"#, r#""{\"userId\":\"47110\"}""#, r#"{"userId":null}"#, "", "{"] {
            assert!(!names(body.as_bytes(), &who), "{body}");
        }
    }
}
