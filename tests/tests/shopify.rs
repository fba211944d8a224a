//! Shopify's webhooks over real sockets: signatures as Shopify's own library judges them, deliveries that come again, and what
//! became of products, stock, orders and refunds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use shopbell_domain::{
    catalogue::{Price, port::Catalogue as _},
    event::{Action, Origin},
    id::{ProductId, StoreId},
    inbox::Inbox as _,
    money::Money,
    ports::Profiles as _,
    redacted::Redacted,
    rights::{
        State,
        port::{Regulations as _, Requests as _},
    },
};
use shopbell_store::EmbeddedStore;
use shopbell_tests::world::{PATIENCE, World};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const SECRET: &str = "hush-hush-hush";
const FORMER: &str = "hush-of-yesterday";
const SHOP: &str = "maison.myshopify.com";

/// What Shopify's library says of a delivery.
#[derive(Debug, Clone, Deserialize)]
struct Judged {
    body: String,
    hmac: String,
    valid: bool,
}

fn sdks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdks")
}

/// Asks Shopify's library, with a secret, about good and bad signatures of these bodies.
fn judge(secret: &str, bodies: &[Value]) -> Vec<Judged> {
    assert!(Command::new(sdks().join("setup.sh")).arg("shopify").status().unwrap().success());
    let mut path = sdks().join("../../target/tools/bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut node = Command::new("node")
        .arg(sdks().join("shopify/judge.mjs"))
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let bodies: Vec<String> = bodies.iter().map(Value::to_string).collect();
    let asked = json!({ "secret": secret, "bodies": bodies }).to_string();
    node.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn world() -> World {
    let world = World::at("2026-11-22T12:00:00Z").shop("lyon", &[("lyon-1", "entrance")]);
    let mut files = Vec::new();
    for (name, secret) in [("new.secret", SECRET), ("former.secret", FORMER)] {
        let path = world.path(name);
        std::fs::write(&path, secret).unwrap();
        let owner_alone = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, owner_alone).unwrap();
        files.push(format!("{:?}", path.display().to_string()));
    }
    let shopify = format!(
        "shopify=[{{id=\"maison\",shop=\"{SHOP}\",secret_files=[{}],currency=\"EUR\",locations={{48752903=\"lyon\"}}}}]",
        files.join(",")
    );
    world.server_setting(&shopify)
}

/// One delivery.
struct Delivery<'a> {
    topic: &'a str,
    event: &'a str,
    shop: &'a str,
    hmac: &'a str,
    body: &'a [u8],
}

impl Delivery<'_> {
    /// The status and code of the answer, and how long it took.
    async fn send(&self, world: &World, source: &str) -> (u16, String, Duration) {
        let Self { topic, event, shop, hmac, body } = self;
        let head = format!(
            "POST /v1/shopify/{source}/webhooks HTTP/1.1\r\nhost: server\r\nconnection: close\r\ncontent-length: {}\r\n\
             content-type: application/json\r\nx-shopify-topic: {topic}\r\nx-shopify-event-id: {event}\r\n\
             x-shopify-webhook-id: w-{event}\r\nx-shopify-shop-domain: {shop}\r\nx-shopify-api-version: 2026-10\r\n\
             x-shopify-hmac-sha256: {hmac}\r\n\r\n",
            body.len()
        );
        let began = tokio::time::Instant::now();
        let address = world.url().strip_prefix("http://").unwrap().to_owned();
        let mut socket = TcpStream::connect(address).await.unwrap();
        // The server may answer before it has read all.
        let _ = socket.write_all(&[head.as_bytes(), body].concat()).await;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        (status, body["code"].as_str().unwrap_or_default().to_owned(), began.elapsed())
    }
}

/// Delivers a body with its first good signature.
async fn deliver(world: &World, judged: &[Judged], topic: &str, event: &str, body: &Value) -> u16 {
    let text = body.to_string();
    let good = judged.iter().find(|one| one.body == text && one.valid).expect("it was judged");
    let delivery = Delivery { topic, event, shop: SHOP, hmac: &good.hmac, body: text.as_bytes() };
    let (status, code, took) = delivery.send(world, "maison").await;
    assert!(took < Duration::from_secs(5), "{topic} took {took:?}, {code}");
    status
}

fn product() -> Value {
    json!({
        "id": 632_910_392, "title": "Robe Alba", "vendor": "Maison", "product_type": "Dresses", "status": "active",
        "handle": "robe-alba", "updated_at": "2026-11-22T10:00:00Z",
        "variants": [{ "id": 808_950_810, "option1": "38", "price": "129.90", "sku": "ALBA-38", "inventory_item_id": 271_878 }],
    })
}

fn level(quantity: i64, at: &str) -> Value {
    json!({ "inventory_item_id": 271_878, "location_id": 48_752_903, "available": quantity, "updated_at": at })
}

fn order(refunds: &Value) -> Value {
    json!({
        "id": 1_001, "currency": "EUR", "total_price": "259.80", "created_at": "2026-11-22T11:00:00Z",
        "processed_at": "2026-11-22T11:00:00Z", "updated_at": "2026-11-22T11:30:00Z", "email": "camille@example.com",
        "source_name": "pos", "location_id": 48_752_903, "test": false, "customer": { "id": 77_001, "email": "camille@example.com" },
        "line_items": [{ "id": 5, "product_id": 632_910_392, "variant_title": "38", "quantity": 2, "price": "129.90", "title": "Robe Alba" }],
        "refunds": refunds,
    })
}

fn refund() -> Value {
    json!([{
        "id": 9_001, "processed_at": "2026-11-22T11:20:00Z",
        "refund_line_items": [{ "quantity": 1, "line_item": { "product_id": 632_910_392, "variant_title": "38", "price": "129.90" } }],
        "transactions": [{ "kind": "refund", "status": "success", "amount": "129.90", "currency": "EUR" }],
    }])
}

/// Waits until all messages have been taken up, then lets the server end.
async fn settled(world: &mut World) -> EmbeddedStore {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        world.end().await;
        let store = world.store();
        if store.backlog().await.unwrap() == 0 {
            return store;
        }
        assert!(tokio::time::Instant::now() < deadline, "messages wait for ever");
        drop(store);
        world.start_server().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_are_judged_as_shopifys_own_library_does() {
    let mut world = world();
    world.start_server().await;
    let bodies = [product(), json!({ "name": "Élodie 👟" }), json!({ "big": "x".repeat(200_000) })];
    let mut asked = 0;
    for secret in [SECRET, FORMER] {
        for (n, one) in judge(secret, &bodies).iter().enumerate() {
            let event = format!("{secret}-{n}");
            let delivery = Delivery {
                topic: "products/update",
                event: &event,
                shop: SHOP,
                hmac: &one.hmac,
                body: one.body.as_bytes(),
            };
            let (status, code, _) = delivery.send(&world, "maison").await;
            let expected = if one.valid { (200, "") } else { (401, "invalid_signature") };
            assert_eq!((status, code.as_str()), expected, "signature {n} with {secret}");
            asked += 1;
        }
    }
    assert_eq!(asked, 48);
    let judged = judge(SECRET, &[product()]);
    let (good, text) = (&judged[0], product().to_string());
    let delivery = |shop, hmac, body| Delivery { topic: "products/update", event: "e", shop, hmac, body };
    for (delivery, source, expected) in [
        (delivery("other.myshopify.com", &good.hmac, text.as_bytes()), "maison", (403, "wrong_shop")),
        (delivery(SHOP, &good.hmac, text.as_bytes()), "unknown", (404, "not_found")),
        (delivery(SHOP, &good.hmac, &vec![b'x'; 9_000_000]), "maison", (413, "request_too_large")),
    ] {
        let (status, code, _) = delivery.send(&world, source).await;
        assert_eq!((status, code.as_str()), expected);
    }
    // Of what was refused nothing is kept; of what was taken, what is no product is among the failed ones.
    let store = settled(&mut world).await;
    assert_eq!(store.messages_seen().await.unwrap(), 6);
    assert_eq!(store.failed(None, 100).await.unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_counts_once_however_often_it_comes() {
    let mut world = world();
    world.start_server().await;
    let (three, one_late) = (level(3, "2026-11-22T11:00:00Z"), level(1, "2026-11-22T10:30:00Z"));
    let (made, given_back) = (order(&json!([])), order(&refund()));
    let asks = json!({ "shop_domain": SHOP, "customer": { "id": 77_001 } });
    let bodies = [product(), three.clone(), one_late.clone(), made.clone(), given_back.clone(), asks.clone()];
    let judged = judge(SECRET, &bodies);
    let deliveries = [
        ("inventory_levels/update", "too-early", &three),
        ("products/update", "1", &product()),
        ("inventory_levels/update", "2", &three),
        ("inventory_levels/update", "3", &one_late),
        ("orders/create", "4", &made),
        ("orders/paid", "4", &made),
        ("orders/updated", "5", &given_back),
        ("orders/updated", "6", &given_back),
        ("customers/data_request", "7", &asks),
    ];
    for round in 0..3 {
        for (topic, event, body) in &deliveries {
            assert_eq!(deliver(&world, &judged, topic, event, body).await, 200, "{topic} in round {round}");
        }
        if round == 1 {
            // As after a power cut.
            world.server.as_mut().unwrap().kill_9();
            world.start_server().await;
        }
    }
    let store = settled(&mut world).await;
    let id = ProductId::new("632910392").unwrap();
    let euros = |minor| Money { minor, currency: "EUR".parse().unwrap() };
    let known = store.product(&id).await.unwrap().unwrap();
    assert_eq!((known.name.as_str(), known.price), ("Robe Alba", Some(Price::of(euros(12_990)))));
    assert_eq!(store.products(None, 10).await.unwrap().len(), 1);
    let lyon = StoreId::new("lyon").unwrap();
    let stock = store.stock(&lyon, &id).await.unwrap().unwrap();
    assert_eq!(
        (stock.len(), stock[0].size.as_deref(), stock[0].quantity),
        (1, Some("38"), 3),
        "the late count is older"
    );
    let failed = store.failed(None, 100).await.unwrap();
    let mut reasons: Vec<&str> = failed.iter().map(|failed| failed.failure.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["unknown_inventory_item"]);
    let requests = store.requests(None, 10).await.unwrap();
    assert_eq!(requests.len(), 1, "asked three times, it is one request: {requests:?}");
    let events = store.events_kept().await.unwrap();
    let count = |is: fn(&Action) -> bool| events.iter().filter(|event| is(&event.action)).count();
    assert_eq!(count(|action| matches!(action, Action::OrderPlaced(_))), 2, "made and paid are one order");
    assert_eq!(count(|action| matches!(action, Action::OrderRefunded { .. })), 1);
    assert!(events.iter().all(|event| event.origin == Origin::Till));
    let customer = "77001".parse().unwrap();
    let profile = store.profile(&customer).await.unwrap();
    assert_eq!(
        (profile.order_count, profile.orders[0].lines[0].quantity),
        (1, 1),
        "one of two was given back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_to_be_forgotten_is_and_no_late_delivery_brings_them_back() {
    let mut world = world();
    world.start_server().await;
    let (made, asks) = (order(&json!([])), json!({ "shop_domain": SHOP, "customer": { "id": 77_001 } }));
    // Told anew after the erasure, with a time of then: as Shopify tells it, and as one who does not say when it was made.
    let (mut updated, mut timeless) = (made.clone(), made.clone());
    updated["updated_at"] = "2099-01-01T00:00:00Z".into();
    timeless["updated_at"] = Value::Null;
    timeless["created_at"] = Value::Null;
    let mut anew = updated.clone();
    (anew["id"], anew["created_at"]) = (1_002.into(), "2099-01-01T00:00:00Z".into());
    let judged = judge(SECRET, &[&made, &asks, &updated, &timeless, &anew].map(Clone::clone));
    let customer = "77001".parse().unwrap();
    assert_eq!(deliver(&world, &judged, "orders/create", "1", &made).await, 200);
    let store = settled(&mut world).await;
    assert_eq!(store.profile(&customer).await.unwrap().order_count, 1);
    drop(store);
    world.start_server().await;
    assert_eq!(deliver(&world, &judged, "customers/redact", "2", &asks).await, 200);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let store = loop {
        let store = settled(&mut world).await;
        let regulations = store.regulations(None, 10).await.unwrap();
        assert_eq!(regulations.len(), 1);
        if regulations[0].state == State::Finished {
            break store;
        }
        assert!(tokio::time::Instant::now() < deadline, "{:?}", regulations[0].state);
        drop(store);
        world.start_server().await;
    };
    let receipts = store.receipts_of(&Redacted::new("77001".to_owned())).await.unwrap();
    assert_eq!(receipts.len(), 1, "there is a signed receipt");
    assert_eq!(store.profile(&customer).await.unwrap().order_count, 0);
    drop(store);
    world.start_server().await;
    for event in ["1", "late"] {
        assert_eq!(deliver(&world, &judged, "orders/create", event, &made).await, 200);
    }
    let store = settled(&mut world).await;
    assert_eq!(store.profile(&customer).await.unwrap().order_count, 0);
    assert!(store.events_kept().await.unwrap().is_empty(), "what is from before the erasure does not enter");
    drop(store);
    world.start_server().await;
    for (event, payload) in [("updated", &updated), ("timeless", &timeless)] {
        assert_eq!(deliver(&world, &judged, "orders/updated", event, payload).await, 200);
    }
    let store = settled(&mut world).await;
    assert!(store.events_kept().await.unwrap().is_empty(), "an order that was erased stays so");
    drop(store);
    world.start_server().await;
    assert_eq!(deliver(&world, &judged, "orders/updated", "anew", &anew).await, 200);
    let store = settled(&mut world).await;
    assert_eq!(store.profile(&customer).await.unwrap().order_count, 1, "who comes back is new");
}
