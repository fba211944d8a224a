//! On the real routes, with an inbox in memory: who may send, what is read, what is kept, what is told.

mod keeping;
mod reading;

use std::io::Write as _;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::Request,
};
use flate2::{Compression, write::GzEncoder};
use rand::SeedableRng as _;
use serde_json::{Value, json};
use shopbell_domain::{
    inbox::Message,
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
        Self { router: routes(Arc::clone(&tracking)), store, metrics, tracking }
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
