//! Shoppers with a canary in every field, and the ways in which they are told of.

use std::{fmt::Write as _, path::Path, time::Duration};

use serde_json::{Value, json};
use shopbell_domain::{
    identity::{Identifier, IdentifierKind},
    time::Timestamp,
};
use shopbell_tests::world::{World, token_of};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

pub(super) const WRITE_KEY: &str = "backend-key";
/// Events of each that are tracked and kept.
pub(super) const EVENTS: usize = 4;
/// Facts of each that are imported.
pub(super) const IMPORTED: usize = 4;
/// The round of requests that lay somewhere as a whole: they say that they were sent when it happened.
pub(super) const QUEUED: &str = "queued";
/// Messages of a request.
const BATCH: usize = 400;

/// One shopper.
#[derive(Debug, Clone)]
pub(super) struct Shopper {
    pub(super) number: usize,
}

impl Shopper {
    pub(super) const fn new(number: usize) -> Self {
        Self { number }
    }

    /// Stands in every field.
    pub(super) fn canary(&self) -> String {
        format!("kanari{:05}", self.number)
    }

    pub(super) fn id(&self) -> String {
        format!("c-{}", self.canary())
    }

    pub(super) fn name(&self) -> String {
        format!("Nom {}", self.canary())
    }

    /// Digits cannot hold letters.
    pub(super) fn telephone(&self) -> String {
        format!("+336900{:05}", self.number)
    }

    pub(super) fn identifiers(&self) -> Vec<Identifier> {
        let canary = self.canary();
        [
            (IdentifierKind::Customer, self.id()),
            (IdentifierKind::Email, format!("{canary}@example.com")),
            (IdentifierKind::PhoneNumber, self.telephone()),
            (IdentifierKind::Loyalty, format!("l-{canary}")),
            (IdentifierKind::Anonymous, format!("b-{canary}")),
        ]
        .map(|(kind, value)| Identifier::new(kind, &value).unwrap())
        .to_vec()
    }

    fn messages(&self, times: Times, round: &str) -> Vec<Value> {
        let canary = self.canary();
        let at = times.rfc3339();
        let who = |kind: &str, number: usize, mut rest: Value| {
            rest["type"] = kind.into();
            rest["userId"] = self.id().into();
            rest["anonymousId"] = format!("b-{canary}").into();
            rest["messageId"] = format!("m-{round}-{number}-{canary}").into();
            rest["timestamp"] = at.clone().into();
            rest["originalTimestamp"] = at.clone().into();
            rest
        };
        let product = json!({ "product_id": "p-coat", "name": canary, "brand": canary, "category": canary, "price": 49.9, "quantity": 1 });
        let mut all = vec![
            who(
                "identify",
                1,
                json!({ "traits": {
                "email": format!("{canary}@example.com"), "phone": self.telephone(), "loyalty_number": format!("l-{canary}"),
                "firstName": canary, "lastName": canary, "address": { "street": canary }, "note": canary } }),
            ),
            who("track", 2, json!({ "event": "Product Viewed", "properties": product })),
            who("track", 3, json!({ "event": "Products Searched", "properties": { "query": canary } })),
            who(
                "track",
                4,
                json!({ "event": "Order Completed", "properties": {
                "order_id": format!("o2-{canary}"), "total": 49.9, "currency": "EUR", "coupon": canary, "products": [product] } }),
            ),
        ];
        // Unusable: it names no product. Once: what cannot be read is not known to be late, see docs/rights.md.
        if self.number % 100 == 1 && round == "first" {
            all.push(who("track", 5, json!({ "event": "Product Viewed", "properties": { "name": canary } })));
        }
        all
    }
}

/// When things happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times(Timestamp);

impl Times {
    /// An hour before.
    pub(super) fn before(origin: Timestamp) -> Self {
        Self(origin - Duration::from_secs(3_600))
    }

    pub(super) fn origin_ms(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap()
    }

    fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0.as_secs()).unwrap().format(&Rfc3339).unwrap()
    }
}

/// The retailer's file.
pub(super) fn write_import(file: &Path, all: &[Shopper], times: Times) {
    let (mut text, at) = (String::new(), times.rfc3339());
    for one in all {
        let (id, canary, name) = (one.id(), one.canary(), one.name());
        for line in [
            json!({ "type": "customer", "customer_id": id, "name": name, "level": 5, "greet_by_name": true }),
            json!({ "type": "order", "order_id": format!("o1-{canary}"), "customer_id": id, "at": at, "channel": "store",
                "lines": [{ "product_id": "p-coat", "size": canary, "quantity": 1 }] }),
            json!({ "type": "wish", "customer_id": id, "product_id": "p-coat", "size": canary, "at": at }),
            json!({ "type": "view", "customer_id": id, "product_id": "p-coat", "at": at }),
            json!({ "type": "size", "customer_id": id, "of": canary, "size": canary, "at": at }),
        ] {
            writeln!(text, "{line}").unwrap();
        }
    }
    std::fs::write(file, text).unwrap();
}

/// Who speaks HTTP with the server.
pub(super) struct Desk {
    address: String,
}

impl Desk {
    pub(super) fn of(world: &World) -> Self {
        Self { address: world.url().trim_start_matches("http://").to_owned() }
    }

    /// Everything of these shoppers, in batches.
    pub(super) async fn track(&self, all: &[Shopper], times: Times, round: &str) {
        let messages: Vec<Value> = all.iter().flat_map(|one| one.messages(times, round)).collect();
        for batch in messages.chunks(BATCH) {
            let mut body = json!({ "writeKey": WRITE_KEY, "batch": batch });
            if round == QUEUED {
                body["sentAt"] = times.rfc3339().into();
            }
            let answer = self.call("POST", "/v1/batch", "", &body.to_string()).await;
            assert_eq!(answer["success"], true, "{answer}");
        }
    }

    /// Waits until nothing waits any more.
    pub(super) async fn applied(&self, world: &World) {
        let mut quiet = 0;
        while quiet < 20 {
            let metrics = self.text("GET", "/metrics", &token_of("operator"), "").await;
            let empty = metrics.lines().any(|line| line == "shopbell_inbox_backlog 0");
            quiet = if empty { quiet + 1 } else { 0 };
            assert!(world.server.is_some());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(super) async fn call(&self, method: &str, path: &str, token: &str, body: &str) -> Value {
        let answer = self.text(method, path, token, body).await;
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("no JSON: {answer}"))
    }

    async fn text(&self, method: &str, path: &str, token: &str, body: &str) -> String {
        let bearer =
            if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: shop\r\n{bearer}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut socket = TcpStream::connect(&self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}
