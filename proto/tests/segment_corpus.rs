//! What senders of events send, and what each means: `proto/tests/segment/*.jsonl`, as the README there tells.
//!
//! Every expectation was written from the spec, before the program was asked. What each does to a profile is in `effect`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may fail by panicking"
)]

#[path = "segment/effect.rs"]
mod effect;
#[path = "segment/notation.rs"]
mod notation;

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Map, Value, json};
use shopbell_domain::{
    event::Event,
    id::{MessageId, SourceId},
    inbox::Failure,
    time::Timestamp,
};
use shopbell_proto::segment::{
    Call, Envelope, EnvelopeError, Item, Limits, Reading, Teller, envelope, event,
};

/// When everything is received: 2026-11-20T14:00:00Z.
const RECEIVED: Timestamp = Timestamp::from_secs(1_795_183_200);

#[test]
fn every_payload_means_what_the_spec_says() {
    let mut names = BTreeMap::new();
    let mut wrong = Vec::new();
    let (mut usable, mut unusable) = (0, 0);
    for (place, line) in lines() {
        let payload: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{place}: {error}"));
        let name = payload["name"].as_str().unwrap_or_else(|| panic!("{place}: no name")).to_owned();
        if let Some(before) = names.insert(name.clone(), place.clone()) {
            panic!("{place}: {name:?} is the name of {before} too");
        }
        let expected = expected(&payload["expect"]);
        let found = found(&payload["request"]);
        match &expected {
            Value::Array(outcomes) if outcomes.iter().all(|outcome| outcome.get("event").is_some()) => {
                usable += 1;
            }
            _ => unusable += 1,
        }
        if found != expected {
            wrong.push(format!("{name} ({place})\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n\n{}", wrong.len(), names.len(), wrong.join("\n\n"));
    assert!(names.len() >= 200, "{} payloads", names.len());
    assert!(usable >= 100 && unusable >= 80, "{usable} usable, {unusable} not");
}

/// All lines with their places, in the order of file names.
fn lines() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/segment");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            lines.push((format!("{name}:{}", number + 1), line.to_owned()));
        }
    }
    lines
}

/// A list of outcomes, one for each event, with what the notation leaves out written in; or why the body holds none.
fn expected(expect: &Value) -> Value {
    if expect.get("rejected").is_some() {
        return expect.clone();
    }
    if let Some(count) = expect["kept"].as_u64() {
        return json!({ "kept": count });
    }
    let outcomes = match expect.get("each") {
        Some(outcomes) => outcomes.as_array().unwrap().clone(),
        None => vec![expect.clone()],
    };
    outcomes.into_iter().map(written_out).collect()
}

fn written_out(mut outcome: Value) -> Value {
    if let Some(event) = outcome.get_mut("event").and_then(Value::as_object_mut) {
        event.entry("at").or_insert("2026-11-20T14:00:00Z".into());
        event.entry("privacy_control").or_insert(false.into());
        event.entry("id").or_insert("made-1".into());
    }
    outcome
}

/// What is kept of a request.
fn sent(request: &Value) -> Result<Envelope, EnvelopeError> {
    let call = Call::from_path(request["path"].as_str().unwrap()).expect("a path of the API");
    let body = match request.get("text") {
        Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
        None => enlarged(request).to_string().into_bytes(),
    };
    let mut made = 0;
    let new_id = || {
        made += 1;
        MessageId::new(format!("made-{made}")).unwrap()
    };
    envelope::read(&body, call, &Limits::default(), new_id)
}

/// What the program makes of a request, in the notation of the expectations.
fn found(request: &Value) -> Value {
    let envelope = match sent(request) {
        Ok(envelope) => envelope,
        Err(error) => return json!({ "rejected": rejected(error) }),
    };
    if request["repeat"].is_u64() {
        return json!({ "kept": envelope.items.len() });
    }
    let mut outcomes: Vec<Value> =
        envelope.refused.iter().map(|refused| json!({"refused": failure(&refused.failure)})).collect();
    outcomes.extend(envelope.items.into_iter().map(|item| outcome(item, request)));
    let outcomes = Value::Array(outcomes);
    let Some(pad) = request["pad"].as_u64() else { return outcomes };
    let padding = "x".repeat(usize::try_from(pad).unwrap());
    serde_json::from_str(&outcomes.to_string().replace(&padding, &format!("x*{pad}"))).unwrap()
}

/// `pad`: characters added to the first event. `repeat`: how often the batch's event is in it.
fn enlarged(request: &Value) -> Value {
    let mut body = request["body"].clone();
    if let Some(times) = request["repeat"].as_u64() {
        let event = body["batch"][0].clone();
        body["batch"] = (0..times).map(|_| event.clone()).collect();
    }
    if let Some(pad) = request["pad"].as_u64() {
        let event = if body.get("batch").is_some() { &mut body["batch"][0] } else { &mut body };
        event["properties"] = json!({"padding": "x".repeat(usize::try_from(pad).unwrap())});
    }
    body
}

const fn rejected(error: EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::NotJson => "not json",
        EnvelopeError::TooDeep => "too deep",
        EnvelopeError::NotAnObject => "not an object",
        EnvelopeError::NoBatch => "no batch",
        EnvelopeError::TooManyEvents { .. } => "too many events",
        EnvelopeError::SharedTooLarge { .. } => "shared too large",
    }
}

fn outcome(item: Item, request: &Value) -> Value {
    match meaning(item, request) {
        Ok(event) => json!({ "event": noted(&event) }),
        Err(unusable) => json!({ "failure": failure(&unusable) }),
    }
}

/// What one message of the request means.
fn meaning(item: Item, request: &Value) -> Result<Event, Failure> {
    let currency = request["source"]["currency"].as_str().map(|currency| currency.parse().unwrap());
    let privacy_control = request["privacy_control"].as_bool().unwrap_or(false);
    let message = item.into_message(SourceId::new("web").unwrap(), RECEIVED, privacy_control);
    let page = request["source"]["page"].as_bool().unwrap_or(false);
    let teller = if page { Teller::Page } else { Teller::WebShop };
    event(&message, &Reading { currency, teller, ..Reading::default() })
}

fn failure(failure: &Failure) -> Value {
    assert!(!failure.explanation.is_empty());
    json!({"reason": failure.reason, "field": failure.field})
}

fn noted(event: &Event) -> Value {
    let who: Vec<String> = event
        .who
        .iter()
        .map(|identifier| format!("{} {}", identifier.kind().name(), identifier.value().reveal()))
        .collect();
    json!({
        "id": event.id.message.as_str(),
        "at": date(event.at),
        "who": who,
        "privacy_control": event.privacy_control,
        "action": without_nulls(serde_json::to_value(&event.action).unwrap()),
    })
}

fn date(at: Timestamp) -> String {
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    let date = time::OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
    date.format(&time::format_description::well_known::Rfc3339).unwrap()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let says_no =
                |key: &str, value: &Value| value.is_null() || (key == "gift" && *value == Value::Bool(false));
            let kept = object.into_iter().filter(|(key, value)| !says_no(key, value));
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect::<Map<_, _>>())
        }
        Value::Array(list) => list.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
