//! How much is taken, what is kept of it, and what senders are told.

use shopbell_domain::{
    id::SourceId,
    inbox::{Acceptance, FailedMessage, Failure, InboxNumber, Settlement},
    ports::StoreError,
    redacted::Redacted,
};

use super::*;

#[tokio::test]
async fn sizes_are_bounded_before_and_after_unpacking() {
    let desk = Desk::with(&["tracking.batch_bytes=40000", "tracking.batch_events=5"]);
    let padded = |bytes: usize| {
        let mut event = track("m1");
        event["properties"]["note"] = "x".repeat(bytes).into();
        json!({ "batch": [event], "writeKey": WEB })
    };
    let fits = padded(30_000).to_string();
    assert_eq!(desk.send("POST", "/v1/batch", &[], packed(fits.as_bytes())).await.status(), 200);
    for (body, length) in [
        (padded(40_000).to_string().into_bytes(), None),
        (packed(padded(1_000_000).to_string().as_bytes()), None),
        (b"{}".to_vec(), Some("40001")),
    ] {
        let headers: Vec<(&str, &str)> =
            length.map(|length| ("content-length", length)).into_iter().collect();
        let answer = desk.send("POST", "/v1/batch", &headers, body).await;
        assert_eq!((answer.status(), answer.code().as_str()), (413, "request_too_large"));
    }
    // 400 MB of zeros in 400 KB: the answer comes when 40,000 bytes are unpacked.
    let bomb = packed(&packed(&vec![0; 100_000_000]).repeat(4));
    assert!(bomb.len() < 40_000);
    assert_eq!(desk.send("POST", "/v1/batch", &[], bomb).await.code(), "request_too_large");
    let many = desk.batch((0..6).map(|n| track(&n.to_string())).collect()).await;
    assert_eq!((many.status(), many.code().as_str()), (413, "too_many_events"));
    assert_eq!(desk.waiting().await.len(), 1);
}

#[tokio::test]
async fn a_large_event_is_kept_by_name_and_alone_it_is_refused() {
    let desk = Desk::new();
    let mut large = track("large");
    large["properties"]["note"] = "x".repeat(60_000).into();
    assert_eq!(desk.batch(json!([track("m1"), large, track("m2")])).await.status(), 200);
    assert_eq!(desk.waiting().await.len(), 2, "the others do not suffer");
    let failed = desk.store.failed(None, 10).await.unwrap();
    assert_eq!((failed.len(), failed[0].failure.reason.as_str()), (1, "event_too_large"));
    assert!(failed[0].message.body.reveal().len() > 60_000, "whole");
    let alone = desk.post("/v1/track", &[("authorization", &basic(WEB))], &large).await;
    assert_eq!((alone.status(), alone.code().as_str()), (413, "event_too_large"));
    assert!(desk.metrics.text().contains("tracking_messages_total{fate=\"Failed\"} 1"));
}

/// What the batch says of all its events is not counted as theirs, and what it does not say is no allowance.
#[tokio::test]
async fn an_event_in_a_batch_has_no_more_room_than_alone() {
    let desk = Desk::new();
    let sized = |id: &str, bytes: usize| {
        let mut event = track(id);
        event["properties"]["note"] = "".into();
        let missing = bytes - event.to_string().len();
        event["properties"]["note"] = "x".repeat(missing).into();
        assert_eq!(event.to_string().len(), bytes);
        event
    };
    let limit = 32_768;
    let shared = json!({ "page": { "title": "y".repeat(7_000) } });
    for (context, name) in [(Value::Null, "bare"), (shared, "shared")] {
        let events = json!([
            sized(&format!("{name}-fits"), limit),
            sized(&format!("{name}-beyond"), limit + 1),
            sized(&format!("{name}-40k"), 40_000),
        ]);
        let body = json!({ "batch": events, "context": context, "writeKey": WEB });
        assert_eq!(desk.post("/v1/batch", &[], &body).await.status(), 200);
    }
    let fits: Vec<String> =
        desk.waiting().await.iter().map(|message| message.id.message.as_str().to_owned()).collect();
    assert_eq!(fits, ["bare-fits", "shared-fits"]);
    let failed = desk.store.failed(None, 10).await.unwrap();
    assert_eq!(failed.len(), 4);
    assert!(failed.iter().all(|failed| failed.failure.reason == "event_too_large"));
}

#[tokio::test]
async fn the_same_message_counts_once_and_the_clock_and_privacy_of_its_sender_are_kept() {
    let desk = Desk::new();
    let body =
        json!({ "batch": [track("m1"), track("m2")], "sentAt": "1970-01-12T13:46:30.000Z", "writeKey": WEB });
    for retry in ["0", "1"] {
        let headers = [("sec-gpc", "1"), ("x-retry-count", retry), ("x-strict", "1")];
        let answer = desk.post("/v1/batch", &headers, &body).await.json();
        assert_eq!((answer["success"].as_bool(), &answer["failed"]), (Some(true), &json!([])));
        let expected = if retry == "0" { (2, 0) } else { (0, 2) };
        assert_eq!((answer["new"].as_u64().unwrap(), answer["duplicates"].as_u64().unwrap()), expected);
    }
    desk.batch(json!([track("m2"), track("m3")])).await;
    let waiting = desk.waiting().await;
    let told: Vec<(&str, Option<i64>, bool)> = waiting
        .iter()
        .map(|message| {
            (message.id.message.as_str(), message.sent.map(Timestamp::as_secs), message.privacy_control)
        })
        .collect();
    assert_eq!(told, [("m1", Some(999_990), true), ("m2", Some(999_990), true), ("m3", None, false)]);
    assert!(waiting.iter().all(|message| message.received == Timestamp::from_secs(1_000_000)));
}

#[tokio::test]
async fn a_message_without_a_number_is_given_one() {
    let desk = Desk::new();
    let nameless = json!({ "type": "track", "event": "x", "userId": "u" });
    desk.batch(json!([nameless, nameless])).await;
    let waiting = desk.waiting().await;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|message| message.id.message.as_str().starts_with("made-")));
}

#[tokio::test]
async fn whoever_asks_strictly_is_told_what_will_fail() {
    let desk = Desk::new();
    let bad = json!({ "type": "track", "event": "Product Viewed", "messageId": "bad", "anonymousId": "a", "properties": {} });
    let body = json!({ "batch": [track("good"), bad, 5], "writeKey": WEB });
    let answer = desk.post("/v1/batch", &[("x-strict", "1")], &body).await;
    assert_eq!(answer.status(), 200);
    let told = answer.json();
    assert_eq!((&told["new"], told["failed"].as_array().unwrap().len()), (&json!(3), 2), "{told}");
    assert_eq!(
        (&told["failed"][0]["messageId"], &told["failed"][0]["code"]),
        (&json!("bad"), &json!("missing_product_id"))
    );
    assert_eq!(told["failed"][1]["code"], "not_an_object");
    assert_eq!(desk.waiting().await.len(), 3, "kept all the same, to be mended");
    let again = json!({ "batch": [track("good"), bad], "writeKey": WEB });
    let told = desk.post("/v1/batch", &[("x-strict", "1")], &again).await.json();
    assert_eq!(
        (&told["new"], &told["duplicates"], &told["failed"]),
        (&json!(0), &json!(2), &json!([])),
        "of the first"
    );
    assert_eq!(
        desk.post("/v1/batch", &[], &body).await.json(),
        json!({ "success": true }),
        "SDKs are told no more"
    );
}

#[tokio::test]
async fn senders_are_told_when_to_come_back() {
    let desk = Desk::with(&["tracking.backlog_messages=2", "tracking.retry_after_s=7"]);
    assert_eq!(desk.batch(json!([track("m1")])).await.status(), 200);
    assert_eq!(desk.batch(json!([track("m2"), track("m3")])).await.status(), 200);
    let busy = desk.batch(json!([track("m4")])).await;
    assert_eq!((busy.status(), busy.code().as_str()), (429, "backlog_full"));
    assert_eq!((busy.header("retry-after"), busy.header("x-ratelimit-reset")), (Some("7"), Some("1000007")));
    assert!(busy.header("access-control-expose-headers").unwrap().contains("retry-after"));
    let key = basic("web-key:");
    let busy = desk.post("/v1/batch", &[("authorization", &key)], &json!({ "batch": [track("m4")] })).await;
    assert_eq!((busy.status(), busy.code().as_str()), (429, "backlog_full"), "also when the header tells");
    let till = desk.post("/v1/batch", &[], &json!({ "batch": [track("t1")], "writeKey": TILL })).await;
    assert_eq!(till.status(), 200, "another source has its own part");
    let settlement =
        Settlement { taken: (1..=3).map(InboxNumber).collect(), failures: vec![], at: Timestamp::EPOCH };
    desk.store.settle(settlement).await.unwrap();
    assert_eq!(desk.batch(json!([track("m4")])).await.status(), 200);
    assert_eq!(desk.waiting().await.len(), 2);
    let text = desk.metrics.text();
    assert!(text.contains("tracking_requests_total{outcome=\"Busy\"} 2"), "{text}");
    assert!(text.contains("tracking_messages_total{fate=\"New\"} 5"), "{text}");
}

#[tokio::test]
async fn a_public_key_tells_so_much_in_a_day() {
    let desk = Desk::with(&["tracking.open_bytes_per_day=300"]);
    let till = json!({ "batch": [track("t1"), track("t2"), track("t3"), track("t4")], "writeKey": TILL });
    assert_eq!(desk.batch(json!([track("m1"), track("m2"), track("m3"), track("m4")])).await.status(), 200);
    let over = desk.batch(json!([track("m5")])).await;
    assert_eq!((over.status(), over.code().as_str()), (429, "day_over"));
    for _ in 0..3 {
        assert_eq!(desk.post("/v1/batch", &[], &till).await.status(), 200, "its key is secret");
    }
}

#[tokio::test]
async fn memory_for_requests_is_bounded_and_given_back() {
    let desk = Desk::new();
    let all = desk.tracking.open_room.fill();
    let full = desk.batch(json!([track("m1")])).await;
    assert_eq!(
        (full.status(), full.code().as_str(), full.header("retry-after")),
        (429, "too_many_requests", Some("10"))
    );
    let headers = |key: &str| basic(&format!("{key}:"));
    let of_a_page =
        desk.post("/v1/batch", &[("authorization", &headers(WEB))], &json!({ "batch": [track("m1")] })).await;
    assert_eq!(of_a_page.status(), 429, "everybody can read a page's key");
    let of_a_till = desk
        .post("/v1/batch", &[("authorization", &headers(TILL))], &json!({ "batch": [track("m1")] }))
        .await;
    assert_eq!(of_a_till.status(), 200, "whose key is secret has a room that strangers cannot touch");
    assert_eq!(desk.tracking.kept_room.fill().num_permits(), 65_536, "all of it was given back");
    drop(all);
    for number in 0..300 {
        // Together these are more than the room.
        let mut event = track(&number.to_string());
        event["properties"]["note"] = "x".repeat(30_000).into();
        assert_eq!(desk.batch(json!([event])).await.status(), 200, "{number}");
    }
    let free = desk.tracking.open_room.fill().num_permits();
    assert_eq!(free, 65_536, "all of it was given back");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let desk = Desk::new();
    let slow = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    let answer = desk.send("POST", "/v1/batch", &[], slow).await;
    assert_eq!((answer.status(), answer.code().as_str()), (408, "request_timeout"));
    // Each piece is small, and in time for the whole.
    let drip = futures::stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b"          ")), ()))
    });
    let begun = tokio::time::Instant::now();
    let answer = desk.send("POST", "/v1/batch", &[], Body::from_stream(drip)).await;
    assert_eq!((answer.status(), begun.elapsed().as_secs()), (408, 5), "a body has a least speed");
    let broken = futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
    let answer = desk.send("POST", "/v1/batch", &[], Body::from_stream(broken)).await;
    assert_eq!((answer.status(), answer.code().as_str()), (400, "incomplete_body"));
    assert_eq!(desk.tracking.open_room.fill().num_permits(), 65_536);
}

/// A disk that is full.
struct Full;

#[async_trait::async_trait]
impl Inbox for Full {
    async fn accept(&self, _: Vec<Message>) -> Result<Vec<Acceptance>, StoreError> {
        Err(StoreError::Unavailable("the disk is full".to_owned()))
    }
    async fn accept_failed(&self, _: Vec<(Message, Failure)>) -> Result<Vec<Acceptance>, StoreError> {
        Err(StoreError::Unavailable("the disk is full".to_owned()))
    }
    async fn waiting(&self, _: usize) -> Result<Vec<(InboxNumber, Message)>, StoreError> {
        Ok(vec![])
    }
    async fn backlog(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn backlog_of(&self, _: &SourceId) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn settle(&self, _: Settlement) -> Result<(), StoreError> {
        Ok(())
    }
    async fn failed(&self, _: Option<InboxNumber>, _: usize) -> Result<Vec<FailedMessage>, StoreError> {
        Ok(vec![])
    }
    async fn retry(&self, _: InboxNumber, _: Option<Redacted<Vec<u8>>>) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn forget_settled(&self, _: Timestamp) -> Result<Option<std::time::Duration>, StoreError> {
        Ok(None)
    }
}

#[tokio::test]
async fn nothing_is_taken_that_is_not_on_the_disk() {
    let desk = Desk::on(&[], Arc::new(Full), EmbeddedStore::in_memory());
    let answer = desk.batch(json!([track("m1")])).await;
    assert_eq!(
        (answer.status(), answer.code().as_str(), answer.header("retry-after")),
        (503, "unavailable", Some("10"))
    );
    assert!(
        !String::from_utf8_lossy(&answer.body).contains("disk"),
        "what ails the server is its operators'"
    );
}
