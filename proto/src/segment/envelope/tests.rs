use serde_json::json;

use super::*;

fn ids() -> impl FnMut() -> MessageId {
    let mut made = 0;
    move || {
        made += 1;
        MessageId::new(format!("made-{made}")).unwrap()
    }
}

fn taken(call: Call, body: &Value) -> Result<Envelope, EnvelopeError> {
    read(body.to_string().as_bytes(), call, &Limits::default(), ids())
}

fn body(item: &Item) -> Value {
    serde_json::from_slice(item.body.reveal()).unwrap()
}

#[test]
fn paths_tell_the_kind() {
    for (path, call) in [
        ("/v1/batch", Some(Call::Batch)),
        ("/v1/b", Some(Call::Batch)),
        ("/v1/import", Some(Call::Batch)),
        ("/v1/track", Some(Call::One(Kind::Track))),
        ("/v1/t", Some(Call::One(Kind::Track))),
        ("/v1/i/", Some(Call::One(Kind::Identify))),
        ("/v1/p", Some(Call::One(Kind::Page))),
        ("/v1/s", Some(Call::One(Kind::Screen))),
        ("/v1/g", Some(Call::One(Kind::Group))),
        ("/v1/a", Some(Call::One(Kind::Alias))),
        ("/v1/tr", None),
        ("/v1/", None),
        ("", None),
    ] {
        assert_eq!(Call::from_path(path), call, "{path}");
    }
}

#[test]
fn what_a_batch_says_of_all_is_written_into_each_and_their_own_word_stands() {
    let envelope = taken(
        Call::Batch,
        &json!({
            "batch": [
                {"type": "track", "context": {"locale": "de-DE", "library": {"name": "own"}}},
                {"type": "page", "context": null, "integrations": {"All": true}},
            ],
            "context": {"locale": "fr-FR", "library": {"name": "shop", "version": "1"}},
            "integrations": {"All": false, "Mail": false},
            "writeKey": "wk",
        }),
    )
    .unwrap();
    assert_eq!(envelope.write_key.unwrap().reveal(), "wk");
    let [first, second] = envelope.items.as_slice() else { panic!("two items") };
    assert_eq!(
        body(first)["context"],
        json!({"locale": "de-DE", "library": {"name": "own", "version": "1"}})
    );
    assert_eq!(body(second)["context"]["locale"], "fr-FR");
    assert_eq!(body(second)["integrations"], json!({"All": true, "Mail": false}));
}

#[test]
fn numbers_are_taken_or_made() {
    let ids = [
        json!("m-1"),
        json!(null),
        json!(""),
        json!(7),
        json!("x".repeat(99)),
        json!("x".repeat(100)),
        json!([]),
    ];
    let batch: Vec<Value> = ids.iter().map(|id| json!({"type": "track", "messageId": id})).collect();
    let envelope = taken(Call::Batch, &json!({ "batch": batch })).unwrap();
    let names: Vec<&str> = envelope.items.iter().map(|item| item.message.as_str()).collect();
    let longest = "x".repeat(99);
    assert_eq!(names, ["m-1", "made-1", "made-2", "7", &longest, "made-3", "made-4"]);
}

#[test]
fn the_time_of_sending_is_the_batchs_else_the_events_own() {
    let sent = |body: Value| taken(Call::Batch, &body).unwrap().items[0].sent.map(Timestamp::as_secs);
    let (batch, own) = ("2026-11-20T14:00:00Z", "2026-11-20T13:00:00Z");
    assert_eq!(sent(json!({"batch": [{"sentAt": own}], "sentAt": batch})), Some(1_795_183_200));
    assert_eq!(sent(json!({"batch": [{"sentAt": own}]})), Some(1_795_179_600));
    assert_eq!(sent(json!({"batch": [{"sentAt": own}], "sentAt": "soon"})), Some(1_795_179_600));
    assert_eq!(sent(json!({"batch": [{}]})), None);
}

#[test]
fn the_path_decides_the_type_and_the_key_is_not_kept() {
    let envelope =
        taken(Call::One(Kind::Track), &json!({"type": "identify", "event": "X", "writeKey": "wk"})).unwrap();
    assert_eq!(body(&envelope.items[0]), json!({"type": "track", "event": "X"}));
    assert!(!format!("{envelope:?}").contains("wk"));
}

#[test]
fn limits_hold() {
    let frame = json!({"type": "track", "event": ""}).to_string().len();
    let event = |bytes: usize| json!({"type": "track", "event": "x".repeat(bytes - frame)});
    assert_eq!(event(32 * 1024).to_string().len(), 32 * 1024);
    let full = json!({"batch": [event(32 * 1024), null], "context": {"locale": "fr"}});
    let full = taken(Call::Batch, &full).unwrap();
    assert_eq!((full.items.len(), full.refused.len()), (2, 0), "what the batch adds does not count");
    assert_eq!(taken(Call::Batch, &json!({"batch": [event(32 * 1024 + 1)]})).unwrap().refused.len(), 1);
    let refused = taken(Call::Batch, &json!({"batch": [event(40_000)]})).unwrap().refused;
    assert_eq!(refused[0].failure.reason, "event_too_large");
    assert_eq!(refused[0].failure.field, "batch[0]");

    let many = |count: usize| json!({"batch": vec![json!({}); count]});
    assert_eq!(taken(Call::Batch, &many(2_500)).unwrap().items.len(), 2_500);
    assert_eq!(
        taken(Call::Batch, &many(2_501)),
        Err(EnvelopeError::TooManyEvents { found: 2_501, limit: 2_500 })
    );
    let shared = json!({"batch": [{}], "context": {"note": "x".repeat(9_000)}});
    assert!(matches!(taken(Call::Batch, &shared), Err(EnvelopeError::SharedTooLarge { limit: 8_192, .. })));
}

#[test]
fn bodies_that_hold_no_events_are_named() {
    let read = |text: &str, call| read(text.as_bytes(), call, &Limits::default(), ids());
    assert_eq!(read("{", Call::Batch), Err(EnvelopeError::NotJson));
    assert_eq!(read("", Call::Batch), Err(EnvelopeError::NotJson));
    assert_eq!(read("[]", Call::Batch), Err(EnvelopeError::NotAnObject));
    assert_eq!(read("{}", Call::Batch), Err(EnvelopeError::NoBatch));
    assert_eq!(read(r#"{"batch":{}}"#, Call::Batch), Err(EnvelopeError::NoBatch));
    assert_eq!(read(&"[".repeat(100_000), Call::Batch), Err(EnvelopeError::TooDeep));
    assert!(read("\u{feff}{\"event\":\"x\"}", Call::One(Kind::Track)).is_ok());
    assert_eq!(read(r#"{"batch":[]}"#, Call::Batch).unwrap().items, []);
}

/// What both ways make of a body, as far as it may not differ.
fn both_ways(text: &str) -> [Option<(Envelope, Vec<Value>)>; 2] {
    let limits = Limits { events: 5, event_bytes: 400, ..Limits::default() };
    let plain = plain::read(text.as_bytes(), &limits, &mut ids());
    let values = read_values(text.as_bytes(), Call::Batch, &limits, &mut ids()).ok();
    [plain, values].map(|envelope| {
        let mut envelope = envelope?;
        let bodies = envelope.items.iter().map(body).collect();
        for item in &mut envelope.items {
            item.body = Redacted::new(Vec::new());
        }
        Some((envelope, bodies))
    })
}

#[test]
fn a_plain_body_is_kept_letter_by_letter() {
    let event = r#"{"type":"track","z":[{},"]}",1.5,true,null],"a":{"batch":[{"b":1}]},"messageId":"m1"}"#;
    let text = format!(
        r#"{{"sentAt":"2026-11-20T13:40:01.000Z","batch":[{event},{{}}],"writeKey":"wk","x":["{{"]}}"#
    );
    let envelope = read(text.as_bytes(), Call::Batch, &Limits::default(), ids()).unwrap();
    assert_eq!(envelope.items[0].body.reveal(), event.as_bytes());
    assert_eq!((envelope.items.len(), envelope.items[1].own_bytes), (2, 2));
    let [plain, values] = both_ways(&text);
    assert_eq!(plain, values);
    assert!(plain.is_some());
}

#[test]
fn what_is_not_plain_is_left_to_values() {
    for text in [
        r#"{"batch":[{"a": 1}]}"#,
        r#"{"batch":[{"a":"\u00e9"}]}"#,
        r#"{"batch":[{"a":1e2}]}"#,
        r#"{"batch":[{"a":1.E2}]}"#,
        r#"{"batch":[{"a":1}],"context":{"a":1}}"#,
        r#"{"batch":[{"writeKey":"wk"}]}"#,
        r#"{"batch":[{},{},{},{},{},{}]}"#,
        r#"{"batch":[[null,null,null]]}"#,
        r#"{"batch":[{"messageId":"a","messageId":"b"}]}"#,
        r#"{"batch":[{}],"batch":[{}]}"#,
        r#"{"batch":[{"a":}]}"#,
        r#"{"batch":[{}]"#,
        r#"[{"batch":[{}]}]"#,
        r#"{"batch":{}}"#,
        "{}",
        "",
    ] {
        assert_eq!(both_ways(text)[0], None, "{text}");
    }
    assert_eq!(plain::read(b"{\"batch\":[{\"a\":\"\xff\"}]}", &Limits::default(), &mut ids()), None);
    let long = format!(r#"{{"batch":[{{"a":"{}"}}]}}"#, "x".repeat(400));
    assert_eq!(both_ways(&long)[0], None);
    let deep = format!(r#"{{"batch":[{{"a":{}{}}}]}}"#, "[".repeat(62), "]".repeat(62));
    assert_eq!(both_ways(&deep)[0], None);
}

proptest::proptest! {
    #[test]
    fn both_ways_come_to_the_same(text in r#"[{}\[\],:"a1.e ]{0,12}"#, parts in proptest::collection::vec(0..12_usize, 0..12)) {
        let pieces = [
            r#""messageId":"m""#, r#""sentAt":"2026-11-20T13:40:01Z""#, r#""a":"é""#, r#""a":-0.0"#, r#""b":[{}]"#,
            r#""batch":[{"messageId":7}]"#, r#""writeKey":null"#, r#""writeKey":"k""#, "{", "}", r#""messageId":[]"#, ",",
        ];
        let inside: Vec<&str> = parts.iter().map(|part| pieces[*part]).collect();
        for text in [
            format!(r#"{{"batch":[{{{}}},{{{text}}}]}}"#, inside.join(",")),
            format!(r#"{{{},"batch":[{{{text}}}]}}"#, inside.join(",")),
            format!(r#"{{"batch":[{{{}}}],"writeKey":"wk"}}"#, inside.join("")),
        ] {
            let [mut plain, values] = both_ways(&text);
            // A name that stands twice takes its room in the one, and is written once by the other.
            let ours = plain.iter_mut().flat_map(|(envelope, _)| &mut envelope.items);
            for (ours, theirs) in ours.zip(values.iter().flat_map(|(envelope, _)| &envelope.items)) {
                proptest::prop_assert!(ours.own_bytes >= theirs.own_bytes, "{}", text);
                ours.own_bytes = theirs.own_bytes;
            }
            if plain.is_some() {
                proptest::prop_assert_eq!(plain, values, "{}", text);
            }
        }
    }
}
