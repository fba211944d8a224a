//! What Shopify must be able to ask of an app, with real processes: a customer's data, the end of a customer, of a guest, and of
//! all that came from a shop.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

use std::{
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use shopbell_domain::{
    event::port::Events as _,
    identity::{Identifier, IdentifierKind},
    inbox::Inbox as _,
    ports::Profiles as _,
    redacted::Redacted,
    rights::{Asker, State, port::Regulations as _},
};
use shopbell_store::EmbeddedStore;
use shopbell_tests::world::{PATIENCE, World, program};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const SECRET: &str = "hush-hush-hush";
const WRITE_KEY: &str = "till-write-key";

async fn world() -> World {
    let world = World::at("2026-11-22T12:00:00Z")
        .shop("lyon", &[("lyon-1", "entrance")])
        .source("till", "backend", WRITE_KEY);
    let path = world.path("shopify.secret");
    std::fs::write(&path, SECRET).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let shopify = format!(
        "shopify=[{{id=\"maison\",shop=\"maison.myshopify.com\",secret_files=[{:?}],currency=\"EUR\",locations={{}}}}]",
        path.display().to_string()
    );
    let mut world = world.server_setting(&shopify);
    world.start_server().await;
    world
}

fn address(world: &World) -> String {
    world.url().trim_start_matches("http://").to_owned()
}

async fn post(world: &World, path: &str, headers: &str, body: &str) {
    let mut stream = TcpStream::connect(address(world)).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: server\r\nconnection: close\r\ncontent-length: {}\r\ncontent-type: application/json\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// One webhook, signed; each is another delivery.
async fn webhook(world: &World, topic: &str, body: &Value) {
    static DELIVERIES: AtomicU32 = AtomicU32::new(0);
    let (body, event) = (body.to_string(), DELIVERIES.fetch_add(1, Ordering::Relaxed));
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body.as_bytes());
    let hmac = STANDARD.encode(mac.finalize().into_bytes());
    let headers = format!(
        "x-shopify-topic: {topic}\r\nx-shopify-event-id: e-{event}\r\nx-shopify-shop-domain: maison.myshopify.com\r\n\
         x-shopify-hmac-sha256: {hmac}\r\n"
    );
    post(world, "/v1/shopify/maison/webhooks", &headers, &body).await;
}

/// An order: of a customer with a number, or of a guest.
fn order(id: u64, who: &Value) -> Value {
    let mut order = json!({
        "id": id, "currency": "EUR", "total_price": "129.90", "processed_at": "2026-11-22T11:00:00Z", "source_name": "web",
        "line_items": [{ "id": 5, "product_id": 632, "quantity": 1, "price": "129.90", "title": "Robe Alba" }],
    });
    order.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
    order
}

fn asks(who: &Value) -> Value {
    json!({ "shop_id": 1, "shop_domain": "maison.myshopify.com", "customer": who, "data_request": { "id": 9_999 } })
}

/// The operator's command: whether it was done, and what was printed.
fn operate(world: &World, command: &[&str]) -> (bool, String) {
    let output = Command::new(program("shopbell-server"))
        .args(command)
        .args(["--server", &world.url(), "--token-file"])
        .arg(world.operator_token_file())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

async fn metric(world: &World, name: &str) -> String {
    let mut stream = TcpStream::connect(address(world)).await.unwrap();
    let bearer = shopbell_tests::world::token_of("operator");
    let head = format!(
        "GET /metrics HTTP/1.1\r\nhost: s\r\nconnection: close\r\nauthorization: Bearer {bearer}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let line = answer.lines().find(|line| line.starts_with(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned()
}

/// Waits until all was taken up, and what was asked was carried out; then the server ends.
async fn settled(world: &mut World) -> EmbeddedStore {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        world.end().await;
        let store = world.store();
        let regulations = store.regulations(None, 100).await.unwrap();
        let open = shopbell_domain::rights::port::Requests::open_requests(&store).await.unwrap();
        let leaving = open.iter().any(|one| one.wish == shopbell_domain::rights::Wish::EraseSource);
        if store.backlog().await.unwrap() == 0
            && !leaving
            && regulations.iter().all(|one| one.state.is_final())
        {
            return store;
        }
        assert!(tokio::time::Instant::now() < deadline, "{regulations:?} {open:?}");
        drop(store);
        world.start_server().await;
    }
}

fn email(address: &str) -> Identifier {
    Identifier::new(IdentifierKind::Email, address).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_data_is_asked_for_fetched_and_handed_out() {
    let mut world = world().await;
    let customer = json!({ "id": 77_001, "email": "camille@example.com" });
    webhook(&world, "orders/create", &order(1_001, &json!({ "customer": customer }))).await;
    webhook(&world, "orders/create", &order(1_002, &json!({ "email": "guest@example.com" }))).await;
    let guest = json!({ "email": "guest@example.com" });
    webhook(&world, "customers/data_request", &asks(&customer)).await;
    // Told again by another delivery.
    webhook(&world, "customers/data_request", &asks(&customer)).await;
    let mut of_guest = asks(&guest);
    of_guest["data_request"]["id"] = 10_000.into();
    webhook(&world, "customers/data_request", &of_guest).await;
    drop(settled(&mut world).await);
    world.start_server().await;
    let (done, listed) = operate(&world, &["requests", "list"]);
    assert!(done, "{listed}");
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(
        lines[0].starts_with("1\tdue 2026-12-22T") && lines[0].contains("maison\t9999\topen"),
        "{listed}"
    );
    assert!(!listed.contains("77001") && !listed.contains("camille"), "a list names nobody: {listed}");
    assert_eq!(metric(&world, "shopbell_open_requests").await, "shopbell_open_requests 2");
    assert_eq!(metric(&world, "shopbell_overdue_requests").await, "shopbell_overdue_requests 0");
    let (done, json) = operate(&world, &["requests", "export", "1"]);
    assert!(done && json.contains("camille@example.com") && json.contains("1001"), "{json}");
    assert!(!json.contains("guest@example.com") && !json.contains("1002"), "somebody else's: {json}");
    let (done, json) = operate(&world, &["requests", "export", "2"]);
    assert!(done && json.contains("guest@example.com") && json.contains("1002"), "{json}");
    assert!(!json.contains("camille"), "somebody else's: {json}");
    let (done, said) = operate(&world, &["requests", "close", "1"]);
    assert!(done && said.contains("answered 2026-"), "{said}");
    let (done, said) = operate(&world, &["requests", "export", "1"]);
    assert!(!done && said.contains("is closed"), "{said}");
    // As after a power cut.
    world.server.as_mut().unwrap().kill_9();
    world.start_server().await;
    assert_eq!(operate(&world, &["requests", "list"]).1.lines().count(), 1);
    assert_eq!(operate(&world, &["requests", "list", "--all"]).1.lines().count(), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_are_forgotten_by_address_and_by_telephone() {
    let mut world = world().await;
    webhook(&world, "orders/create", &order(1, &json!({ "email": "guest@example.com" }))).await;
    webhook(&world, "orders/create", &order(2, &json!({ "phone": "+33 6 39 98 07 63" }))).await;
    webhook(&world, "orders/create", &order(3, &json!({ "email": "witness@example.com" }))).await;
    let phone = Identifier::new(IdentifierKind::PhoneNumber, "+33639980763").unwrap();
    let store = settled(&mut world).await;
    for one in [email("guest@example.com"), phone.clone(), email("witness@example.com")] {
        assert_eq!(store.events_of(&one).await.unwrap().len(), 1, "{:?}", one.kind());
    }
    drop(store);
    world.start_server().await;
    webhook(&world, "customers/redact", &asks(&json!({ "email": "guest@example.com" }))).await;
    webhook(&world, "customers/redact", &asks(&json!({ "phone": "+33639980763" }))).await;
    let store = settled(&mut world).await;
    for one in [email("guest@example.com"), phone] {
        assert_eq!(store.events_of(&one).await.unwrap(), [], "{:?}", one.kind());
    }
    assert_eq!(store.events_of(&email("witness@example.com")).await.unwrap().len(), 1);
    for user in ["guest@example.com", "phone_number +33639980763"] {
        // A server that ends before the message is settled asks once more: another receipt, of what was left.
        let receipts = store.receipts_of(&Redacted::new(user.to_owned())).await.unwrap();
        assert!(!receipts.is_empty(), "{user}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_from_a_shop_that_left_is_erased_and_nothing_else() {
    let mut world = world().await;
    for n in 0..40 {
        webhook(&world, "orders/create", &order(n, &json!({ "customer": { "id": 5_000 + n } }))).await;
    }
    webhook(&world, "orders/create", &order(900, &json!({ "email": "guest@example.com" }))).await;
    // One is known by the retailer's own till, too.
    let own = json!({ "writeKey": WRITE_KEY, "userId": "5007", "messageId": "till-1", "event": "Order Completed",
        "timestamp": "2026-11-22T10:00:00Z",
        "properties": { "order_id": "till-7", "currency": "EUR", "products": [{ "product_id": "632", "price": 10, "quantity": 1 }] } });
    post(&world, "/v1/track", "", &own.to_string()).await;
    let both = "5007".parse().unwrap();
    let store = settled(&mut world).await;
    assert_eq!(store.profile(&both).await.unwrap().order_count, 2);
    drop(store);
    world.start_server().await;
    webhook(&world, "shop/redact", &json!({ "shop_id": 1, "shop_domain": "maison.myshopify.com" })).await;
    let store = settled(&mut world).await;
    let events = store.events_kept().await.unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].id.source.as_str(), "till");
    assert_eq!(store.profile(&both).await.unwrap().order_count, 1, "the view is made anew");
    let regulations = store.regulations(None, 10).await.unwrap();
    assert!(regulations.iter().all(|one| one.state == State::Finished), "{regulations:?}");
    assert!(regulations.iter().all(|one| matches!(one.by, Asker::Source(_))));
    drop(store);
    let key = world.vault().public_key();
    let store = world.store();
    for user in ["5000", "5007", "guest@example.com"] {
        let receipts = store.receipts_of(&Redacted::new(user.to_owned())).await.unwrap();
        let text = store.receipt(receipts[0]).await.unwrap().unwrap();
        assert_eq!(key.verify(&text).unwrap().number, receipts[0], "{user}: {text}");
    }
    let closed = shopbell_domain::rights::port::Requests::requests(&store, None, 9).await.unwrap();
    assert_eq!((closed.len(), closed[0].closed.is_some()), (1, true));
    assert!(
        closed[0].found >= 41,
        "each, and again what a server that ended had not settled: {}",
        closed[0].found
    );
}
