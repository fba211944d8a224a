use std::io::Write as _;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::Request,
};
use flate2::{Compression, write::GzEncoder};
use rand::SeedableRng as _;
use serde_json::{Value, json};
use shopbell_domain::{
    inbox::{Acceptance, FailedMessage, Failure, InboxNumber, Message, Settlement},
    ports::StoreError,
    redacted::Redacted,
    time::{ManualClock, Timestamp},
};
use shopbell_store::EmbeddedStore;
use tower::ServiceExt as _;

use super::*;
use crate::config::{DEFAULTS, TokenHash};

const WEB: &str = "web-key";
const TILL: &str = "till-key";

/// A server that takes events into memory.
struct Desk {
    router: Router,
    store: EmbeddedStore,
    metrics: Arc<Metrics>,
    tracking: Arc<Tracking>,
}

impl Desk {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[&str]) -> Self {
        let store = EmbeddedStore::in_memory();
        Self::on(settings, Arc::new(store.clone()), store)
    }

    fn on(settings: &[&str], inbox: Arc<dyn Inbox>, store: EmbeddedStore) -> Self {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("server.toml");
        let sources =
            [("web", WEB, "web", "origins = [\"https://shop.example\"]"), ("till", TILL, "till", "")];
        let text = sources.map(|(id, key, kind, more)| {
            let hash = TokenHash::of(key);
            format!("[[source]]\nid = \"{id}\"\nname = \"{id}\"\nwrite_key_sha256 = \"{hash}\"\nkind = \"{kind}\"\n{more}\n")
        });
        std::fs::write(&file, text.concat()).unwrap();
        let overrides: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let from =
            shopbell_kit::config::Sources { defaults: DEFAULTS, file: Some(&file), overrides: &overrides };
        let config: Config = shopbell_kit::config::load(&from).unwrap();
        let clock = ManualClock::new(Timestamp::from_secs(1_000_000));
        let metrics = Arc::new(Metrics::new());
        let rng = StdRng::seed_from_u64(1);
        let tracking = Arc::new(Tracking::new(&config, inbox, Arc::new(clock), Arc::clone(&metrics), rng));
        Self { router: routes_of(Arc::clone(&tracking)), store, metrics, tracking }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        Answer { head, body: to_bytes(body, usize::MAX).await.unwrap() }
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.send("POST", path, headers, body.to_string()).await
    }

    /// A batch from the web shop.
    async fn batch(&self, events: Value) -> Answer {
        self.post("/v1/batch", &[], &json!({ "batch": events, "writeKey": WEB })).await
    }

    async fn waiting(&self) -> Vec<Message> {
        self.store.waiting(10_000).await.unwrap().into_iter().map(|(_, message)| message).collect()
    }
}

struct Answer {
    head: axum::http::response::Parts,
    body: Bytes,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }

    /// The code of an error, which has a message and may be read by any page.
    #[track_caller]
    fn code(&self) -> String {
        let body = self.json();
        assert!(body["message"].as_str().is_some_and(|text| text.len() > 10), "{body}");
        assert_eq!(self.header("access-control-allow-origin"), Some("*"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        body["code"].as_str().unwrap().to_owned()
    }
}

fn track(id: &str) -> Value {
    json!({ "type": "track", "event": "Product Viewed", "messageId": id, "anonymousId": "a1",
            "properties": { "product_id": "p1" } })
}

fn basic(text: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn every_path_takes_events_and_keeps_them_first() {
    for path in CALLS {
        let desk = Desk::new();
        let batch = matches!(path, "/v1/batch" | "/v1/import" | "/v1/b");
        let body = if batch {
            json!({ "batch": [track("m1")] })
        } else {
            json!({ "messageId": "m1", "userId": "u" })
        };
        let answer = desk.post(path, &[("authorization", &basic("web-key:"))], &body).await;
        assert_eq!((answer.status(), answer.json()), (200, json!({ "success": true })), "{path}");
        let waiting = desk.waiting().await;
        assert_eq!((waiting.len(), waiting[0].id.message.as_str()), (1, "m1"), "{path}");
        let kept: Value = serde_json::from_slice(waiting[0].body.reveal()).unwrap();
        let last = path.trim_start_matches("/v1/");
        let expected = if batch { "track".to_owned() } else { last.to_owned() };
        assert!(kept["type"].as_str().unwrap().starts_with(&expected), "{path}: {kept}");
    }
}

#[tokio::test]
async fn a_write_key_may_come_in_four_ways() {
    let (with_colon, without, unpadded) =
        (basic("till-key:"), basic("till-key"), basic("till-key:").replace('=', ""));
    let jwt = "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
    for (header, in_body, status, code) in [
        (Some(with_colon.as_str()), None, 200, ""),
        (Some(with_colon.as_str()), Some("something else"), 200, ""),
        (Some(without.as_str()), None, 200, ""),
        (Some(unpadded.as_str()), None, 200, ""),
        (Some(&*basic("till-key:password")), None, 200, ""),
        (None, Some(TILL), 200, ""),
        (Some(&*basic(":")), Some(TILL), 200, ""),
        (Some(jwt), Some(TILL), 200, ""),
        (Some(jwt), None, 401, "missing_write_key"),
        (Some(jwt), Some("wrong"), 401, "invalid_write_key"),
        (None, None, 401, "missing_write_key"),
        (None, Some(""), 401, "missing_write_key"),
        (None, Some("till-kez"), 401, "invalid_write_key"),
        (Some(&*basic("till-kez:")), Some(TILL), 401, "invalid_write_key"),
        (Some("Basic !!!"), Some(TILL), 401, "invalid_authorization"),
        (Some("Digest abc"), Some(TILL), 401, "invalid_authorization"),
        (Some("Basic"), None, 401, "invalid_authorization"),
    ] {
        let desk = Desk::new();
        let mut body = json!({ "batch": [track("m1")] });
        if let Some(key) = in_body {
            body["writeKey"] = key.into();
        }
        let headers: Vec<(&str, &str)> = header.map(|value| ("authorization", value)).into_iter().collect();
        let answer = desk.post("/v1/batch", &headers, &body).await;
        assert_eq!(answer.status(), status, "{header:?} {in_body:?}");
        let waiting = desk.waiting().await;
        assert_eq!(waiting.len(), usize::from(status == 200), "{header:?} {in_body:?}");
        if status == 200 {
            assert_eq!(waiting[0].id.source.as_str(), "till");
            assert!(
                !String::from_utf8_lossy(waiting[0].body.reveal()).contains("till-key"),
                "the key is not kept"
            );
        } else {
            assert_eq!(answer.code(), code, "{header:?} {in_body:?}");
        }
    }
}

#[tokio::test]
async fn neither_content_type_nor_encoding_is_believed() {
    let plain = json!({ "batch": [track("m1")], "writeKey": WEB }).to_string().into_bytes();
    let packed = packed(&plain);
    for (kind, encoding, body, status) in [
        ("application/json", None, &plain, 200),
        ("text/plain", None, &plain, 200),
        ("application/x-www-form-urlencoded", Some("gzip"), &packed, 200),
        ("application/octet-stream", None, &packed, 200),
        ("", Some("gzip"), &plain, 200),
        ("", Some("identity"), &plain, 200),
        ("", Some("br"), &packed, 200),
        ("", Some("br"), &plain, 415),
    ] {
        let desk = Desk::new();
        let mut headers = vec![("content-type", kind)];
        headers.extend(encoding.map(|name| ("content-encoding", name)));
        let answer = desk.send("POST", "/v1/batch", &headers, body.clone()).await;
        assert_eq!(answer.status(), status, "{kind} {encoding:?}");
        assert_eq!(desk.waiting().await.len(), usize::from(status == 200), "{kind} {encoding:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_not_sent_again() {
    let desk = Desk::new();
    let cut = packed(&[b'x'; 5_000])[..20].to_vec();
    for (body, status, code) in [
        (b"{".to_vec(), 400, "invalid_json"),
        (b"".to_vec(), 400, "invalid_json"),
        (b"\xff\xfe".to_vec(), 400, "invalid_json"),
        ("[".repeat(100_000).into_bytes(), 400, "invalid_json"),
        (b"[]".to_vec(), 400, "invalid_request"),
        (b"{\"writeKey\":\"web-key\"}".to_vec(), 400, "invalid_request"),
        (b"{\"batch\":\"[{]\",\"writeKey\":\"web-key\"}".to_vec(), 400, "invalid_request"),
        (cut, 400, "invalid_gzip"),
    ] {
        let answer = desk.send("POST", "/v1/batch", &[], body.clone()).await;
        assert_eq!(
            (answer.status(), answer.code().as_str()),
            (status, code),
            "{:?}",
            String::from_utf8_lossy(&body[..body.len().min(40)])
        );
        assert!(answer.header("retry-after").is_none());
    }
    assert!(desk.waiting().await.is_empty());
    assert_eq!(desk.post("/v1/nothing", &[], &json!({})).await.code(), "not_found");
    let get = desk.send("GET", "/v1/batch", &[], Body::empty()).await;
    assert_eq!(
        (get.status(), get.header("allow"), get.code().as_str()),
        (405, Some("POST, OPTIONS"), "method_not_allowed")
    );
}

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
    let settlement = Settlement { up_to: InboxNumber(3), failures: vec![], at: Timestamp::EPOCH };
    desk.store.settle(settlement).await.unwrap();
    assert_eq!(desk.batch(json!([track("m4")])).await.status(), 200);
    assert_eq!(desk.waiting().await.len(), 1);
    let text = desk.metrics.text();
    assert!(text.contains("tracking_requests_total{outcome=\"Busy\"} 1"), "{text}");
    assert!(text.contains("tracking_messages_total{fate=\"New\"} 4"), "{text}");
}

#[tokio::test]
async fn memory_for_requests_is_bounded_and_given_back() {
    let desk = Desk::new();
    let all = desk.tracking.room.fill();
    let full = desk.batch(json!([track("m1")])).await;
    assert_eq!(
        (full.status(), full.code().as_str(), full.header("retry-after")),
        (429, "too_many_requests", Some("10"))
    );
    drop(all);
    for number in 0..300 {
        // Together these are more than the room.
        let mut event = track(&number.to_string());
        event["properties"]["note"] = "x".repeat(30_000).into();
        assert_eq!(desk.batch(json!([event])).await.status(), 200, "{number}");
    }
    let free = desk.tracking.room.fill().num_permits();
    assert_eq!(free, 65_536, "all of it was given back");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let desk = Desk::new();
    let slow = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    let answer = desk.send("POST", "/v1/batch", &[], slow).await;
    assert_eq!((answer.status(), answer.code().as_str()), (408, "request_timeout"));
    let broken = futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
    let answer = desk.send("POST", "/v1/batch", &[], Body::from_stream(broken)).await;
    assert_eq!((answer.status(), answer.code().as_str()), (400, "incomplete_body"));
    assert_eq!(desk.tracking.room.fill().num_permits(), 65_536);
}

#[tokio::test]
async fn pages_of_other_origins_may_ask_and_not_send() {
    let desk = Desk::new();
    let asked = [
        ("origin", "https://elsewhere.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,x-retry-count"),
    ];
    for path in CALLS.into_iter().chain(["/v1/projects/web-key/settings"]) {
        let answer = desk.send("OPTIONS", path, &asked, Body::empty()).await;
        assert_eq!(
            (answer.status(), answer.header("access-control-allow-origin")),
            (204, Some("*")),
            "{path}"
        );
        let allowed = answer.header("access-control-allow-headers").unwrap();
        assert!(["authorization", "content-type", "x-retry-count"].iter().all(|name| allowed.contains(name)));
        assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
    }
    for (key, origin, status) in [
        (WEB, Some("https://shop.example"), 200),
        (WEB, Some("https://elsewhere.example"), 403),
        (WEB, Some("null"), 403),
        (WEB, None, 200),
        (TILL, Some("https://elsewhere.example"), 200),
    ] {
        let headers: Vec<(&str, &str)> = origin.map(|origin| ("origin", origin)).into_iter().collect();
        let answer =
            desk.post("/v1/t", &headers, &json!({ "writeKey": key, "userId": "u", "event": "e" })).await;
        assert_eq!(answer.status(), status, "{key} {origin:?}");
        if status == 403 {
            assert_eq!(answer.code(), "origin_not_allowed");
        }
    }
}

#[tokio::test]
async fn a_browser_is_told_where_events_go() {
    let path = "/v1/projects/web-key/settings";
    let asked = [("host", "events.example:8443")];
    let told = Desk::new().send("GET", path, &asked, Body::empty()).await;
    assert_eq!((told.status(), told.header("access-control-allow-origin")), (200, Some("*")));
    let expected = json!({ "apiKey": "web-key", "apiHost": "events.example:8443/v1", "protocol": "http" });
    assert_eq!(told.json()["integrations"]["Segment.io"], expected);
    let public =
        Desk::with(&["tracking.public_url=https://e.example"]).send("GET", path, &asked, Body::empty()).await;
    let expected = json!({ "apiKey": "web-key", "apiHost": "e.example/v1", "protocol": "https" });
    assert_eq!(public.json()["integrations"]["Segment.io"], expected);
    for (path, host, status) in
        [("/v1/projects/wrong/settings", "e.example", 401), (path, "e.example/\"", 404)]
    {
        let answer = Desk::new().send("GET", path, &[("host", host)], Body::empty()).await;
        assert_eq!(answer.status(), status, "{path} {host}");
        answer.code();
    }
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
    async fn settle(&self, _: Settlement) -> Result<(), StoreError> {
        Ok(())
    }
    async fn failed(&self, _: Option<InboxNumber>, _: usize) -> Result<Vec<FailedMessage>, StoreError> {
        Ok(vec![])
    }
    async fn retry(&self, _: InboxNumber, _: Option<Redacted<Vec<u8>>>) -> Result<bool, StoreError> {
        Ok(false)
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
