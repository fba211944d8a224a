//! Whom a message names that cannot be used, and of when it is, as far as that can be read.
//!
//! A message of somebody who was erased, or is suppressed, is not even kept to be mended. It cannot be read by the rules, so
//! everything counts that stands where identifiers and times stand, however deep.

use serde_json::Value;
use shopbell_domain::{
    identity::{Identifier, IdentifierKind},
    time::Timestamp,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Texts that are looked at. A message may hold more; whoever names somebody does so early.
const MOST_TEXTS: usize = 64;

/// Parts of the names of fields that hold identifiers.
const NAMES: [&str; 7] = ["id", "mail", "phone", "user", "customer", "loyalty", "anonymous"];

/// Names of fields that hold times.
const TIMES: [&str; 7] = [
    "originalTimestamp",
    "timestamp",
    "sentAt",
    "created_at",
    "updated_at",
    "processed_at",
    "consent_updated_at",
];

/// What can be read of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Whom it may name: each text as every kind that it can be.
    pub(super) who: Vec<Identifier>,
    /// The latest of its times; `None` when it tells none.
    pub(super) at: Option<Timestamp>,
}

/// Reads a body.
pub(super) fn named(body: &[u8]) -> Named {
    let mut found = (Named::default(), 0);
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        read("", &value, &mut found);
    } else {
        // No JSON: its words are what there is.
        let text = String::from_utf8_lossy(body);
        let ends = |c: char| c.is_whitespace() || "\"',;:{}[]()<>=&".contains(c);
        text.split(ends).filter(|word| !word.is_empty()).for_each(|word| identify(word, &mut found));
    }
    found.0
}

fn read(key: &str, value: &Value, found: &mut (Named, usize)) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| read(key, value, found)),
        Value::Array(values) => values.iter().for_each(|value| read(key, value, found)),
        Value::String(text) if TIMES.contains(&key) => {
            let at = OffsetDateTime::parse(text, &Rfc3339).ok();
            let at = at.and_then(|at| i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok());
            found.0.at = found.0.at.max(at.map(Timestamp::from_millis));
        }
        Value::String(text) if may_name(key) => identify(text, found),
        Value::Number(number) if may_name(key) => identify(&number.to_string(), found),
        _ => {}
    }
}

fn may_name(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    !key.starts_with("message") && NAMES.iter().any(|name| key.contains(name))
}

fn identify(text: &str, (named, texts): &mut (Named, usize)) {
    if *texts >= MOST_TEXTS {
        return;
    }
    *texts += 1;
    named.who.extend(IdentifierKind::ALL.into_iter().filter_map(|kind| Identifier::new(kind, text).ok()));
}

#[cfg(test)]
mod tests {
    use IdentifierKind::{Anonymous, Customer, Email, PhoneNumber};

    use super::*;

    #[test]
    fn identifiers_and_times_are_found_where_they_stand() {
        let names = |body: &str, kind, value: &str| {
            named(body.as_bytes()).who.contains(&Identifier::new(kind, value).unwrap())
        };
        assert!(names(r#"{"userId":4711}"#, Customer, "4711"));
        assert!(names(r#"{"anonymousId":"b-1","event":7}"#, Anonymous, "b-1"));
        assert!(names(
            r#"{"context":{"traits":[{"email":"Camille@Example.com"}]}}"#,
            Email,
            "camille@example.com"
        ));
        assert!(names(
            r#"{"payload":{"customer":{"phone":"+33 6 39 98 07 63"}}}"#,
            PhoneNumber,
            "+33639980763"
        ));
        assert!(names("userId=4711&event=", Customer, "4711"));
        assert!(!names(r#"{"event":"4711","messageId":"4711"}"#, Customer, "4711"));
        let at = |body: &str| named(body.as_bytes()).at;
        assert_eq!(at(r#"{"timestamp":"when?","x":1}"#), None);
        let late = r#"{"timestamp":"2026-11-22T10:00:00Z","a":{"sentAt":"2026-11-22T11:00:00+01:00"}}"#;
        assert_eq!(at(late), Some(Timestamp::from_secs(1_795_341_600)));
        let many = format!("{{\"ids\":[{}\"c-1\"]}}", "\"x\",".repeat(MOST_TEXTS));
        assert!(!names(&many, Customer, "c-1"), "it is bounded");
    }
}
