//! The door and the desk, without sockets.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use shopbell_domain::{
    catalogue::port::Catalogue as _,
    consent::{Channel, Decision, Field, Grants, Purpose, Use, port::Consents as _},
    event::EventId,
    id::{CustomerId, MessageId, SourceId, StoreId},
    inbox::{Inbox as _, Message},
    ports::{Customers as _, Profiles as _, Store, StoreError},
    redacted::Redacted,
    rights::port::Gate as _,
    time::{ManualClock, Timestamp},
    token::MasterKey,
};
use shopbell_kit::{lifecycle::Tasks, secret::Secret};
use shopbell_proto::shopify::{Delivery, messages};
use shopbell_store::EmbeddedStore;

use super::{
    desk::{Desk, DeskParts},
    signature::{self, Secrets},
};
use crate::{
    config,
    floor::{Hub, HubParts},
    metrics::Metrics,
    shops::Shops,
};

const NOW: Timestamp = Timestamp::from_secs(1_795_348_800);

fn shop() -> config::Shopify {
    config::Shopify {
        id: SourceId::new("maison").unwrap(),
        shop: "maison.myshopify.com".to_owned(),
        secret_files: Vec::new(),
        currency: Some("EUR".parse().unwrap()),
        size_option: 1,
        web_address: None,
        locations: BTreeMap::from([("7".to_owned(), StoreId::new("lyon").unwrap())]),
    }
}

fn signed(secret: &str, body: &[u8]) -> HeaderMap {
    use base64::Engine as _;
    let mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body).finalize().into_bytes();
    let mut headers = HeaderMap::new();
    headers.insert(signature::HEADER, base64::engine::general_purpose::STANDARD.encode(mac).parse().unwrap());
    headers
}

#[test]
fn either_secret_signs_and_nothing_else_does() {
    let secrets = Secrets::new(["new", "former"].map(|text| Secret::new(text.to_owned())).into());
    let body = b"{\"id\":1}";
    for secret in ["new", "former"] {
        assert!(secrets.sign(&signed(secret, body), body), "{secret}");
        assert!(!secrets.sign(&signed(secret, body), b"{\"id\":2}"), "{secret} for another body");
    }
    assert!(!secrets.sign(&signed("other", body), body));
    assert!(!secrets.sign(&HeaderMap::new(), body));
    let mut twice = signed("new", body);
    twice.append(signature::HEADER, twice[signature::HEADER].clone());
    assert!(!secrets.sign(&twice, body), "which of two is meant?");
    for text in ["", "not base64!", "AAAA"] {
        let mut headers = HeaderMap::new();
        headers.insert(signature::HEADER, text.parse().unwrap());
        assert!(!secrets.sign(&headers, body), "{text:?}");
    }
    assert!(!Secrets::new(Vec::new()).sign(&signed("", body), body), "no secret signs nothing");
}

struct World {
    store: EmbeddedStore,
    desk: Desk,
    clock: Arc<ManualClock>,
    /// What was started lives as long.
    _tasks: Tasks,
}

impl World {
    async fn new() -> Self {
        let store = EmbeddedStore::in_memory();
        Self::on(store.clone(), Arc::new(store)).await
    }

    /// With something between the shops and the store.
    async fn on(store: EmbeddedStore, between: Arc<dyn Store>) -> Self {
        let (clock, tasks) = (Arc::new(ManualClock::new(NOW)), Tasks::new());
        let config: config::Config = toml::from_str(config::DEFAULTS).unwrap();
        let hub = HubParts {
            shops: &Shops::from_config(&[]),
            store: Arc::clone(&between),
            clock: Arc::clone(&clock) as _,
            master: MasterKey::new([3; 32]),
            withheld: shopbell_domain::consent::Set::none(),
            limits: &config.limits,
            moment: shopbell_domain::moment::MomentSettings::default(),
            metrics: Arc::new(Metrics::new()),
            rng: &mut rand::SeedableRng::seed_from_u64(1),
        };
        let hub = Hub::start(hub, &tasks).await.unwrap();
        let parts =
            DeskParts { store: between, hub, gate: Arc::new(store.clone()), clock: Arc::clone(&clock) as _ };
        Self { desk: Desk::new(&[shop()], parts), store, clock, _tasks: tasks }
    }

    /// What became of a webhook: `None` when it was carried out, or is an event; else the reason.
    async fn take(&self, topic: &str, payload: Value) -> Option<String> {
        let delivery = Delivery { topic: topic.to_owned(), event_id: "e".to_owned(), ..Delivery::default() };
        let name = delivery.name().unwrap();
        let (message, body) = messages(&delivery, name, payload.to_string().as_bytes()).remove(0);
        let id = EventId { source: SourceId::new("maison").unwrap(), message };
        let message =
            Message { id, received: NOW, sent: None, privacy_control: false, body: Redacted::new(body) };
        let meaning = match self.desk.read(&message).expect("it is one of the shop's") {
            Ok(meaning) => meaning,
            Err(failure) => return Some(failure.reason),
        };
        self.desk.carry_out(&message, meaning).await.unwrap().err().map(|failure| failure.reason)
    }
}

fn product(price: &str, updated: &str) -> Value {
    json!({ "id": 1, "title": "Robe", "updated_at": updated, "variants": [
        { "id": 2, "option1": "38", "price": price, "inventory_item_id": 3 }] })
}

#[tokio::test]
async fn products_and_stock_take_the_newest_word_whatever_comes_first() {
    let world = World::new().await;
    let level = |quantity: i64, at: &str| json!({ "inventory_item_id": 3, "location_id": 7, "available": quantity, "updated_at": at });
    let early = world.take("inventory_levels/update", level(1, "2026-11-22T10:00:00Z")).await;
    assert_eq!(early.as_deref(), Some("unknown_inventory_item"));
    for (price, updated) in [
        ("120.00", "2026-11-22T10:00:00Z"),
        ("110.00", "2026-11-22T11:00:00Z"),
        ("130.00", "2026-11-22T09:00:00Z"),
    ] {
        assert_eq!(world.take("products/update", product(price, updated)).await, None);
    }
    for (quantity, updated) in [(5, "2026-11-22T11:00:00Z"), (9, "2026-11-22T10:00:00Z")] {
        assert_eq!(world.take("inventory_levels/update", level(quantity, updated)).await, None);
    }
    let products = world.store.products(None, 10).await.unwrap();
    assert_eq!(products[0].price_at(Some("38"), NOW).unwrap().minor, 11_000);
    let stock = world.store.stock(&StoreId::new("lyon").unwrap(), &products[0].id).await.unwrap().unwrap();
    assert_eq!((stock[0].size.as_deref(), stock[0].quantity), (Some("38"), 5));
    assert_eq!(world.take("products/delete", json!({ "id": 1 })).await, None);
    assert_eq!(world.store.products(None, 10).await.unwrap()[0].ended, Some(NOW));
}

const TOPIC: &str = "customers_email_marketing_consent/update";

#[tokio::test]
async fn consent_is_noted_with_its_proof_and_an_old_yes_is_over() {
    let world = World::new().await;
    let id = CustomerId::new("77").unwrap();
    let told = |state: &str, at: &str| json!({ "customer_id": 77, "email_marketing_consent": { "state": state, "consent_updated_at": at } });
    let unknown = world.take(TOPIC, told("subscribed", "2026-11-22T10:00:00Z")).await;
    assert_eq!(unknown.as_deref(), Some("unknown_customer"));
    world.store.put_customer(&id, Redacted::default()).await.unwrap();
    assert_eq!(world.take(TOPIC, told("unsubscribed", "2026-11-22T11:59:00Z")).await, None);
    world.clock.advance(std::time::Duration::from_secs(60));
    // Written before the no, and delivered after it.
    assert_eq!(world.take(TOPIC, told("subscribed", "2026-11-22T11:00:00Z")).await, None);
    let history = world.store.history(&id).await.unwrap();
    let what: Grants = [Use { purpose: Purpose::Inform, channel: Channel::Email, field: Field::Contact }]
        .into_iter()
        .collect();
    assert_eq!(history.len(), 1);
    assert_eq!(
        (history[0].decision, history[0].told.by.as_str()),
        (Decision { refuse: what, ..Decision::default() }, "maison")
    );
}

#[tokio::test]
async fn what_is_kept_of_nobody_is_not_given_by_shopify() {
    let world = World::new().await;
    let id = CustomerId::new("77").unwrap();
    let told = |state: &str, at: &str| json!({ "customer_id": 77, "email_marketing_consent": { "state": state, "consent_updated_at": at } });
    world.store.put_customer(&id, Redacted::default()).await.unwrap();
    world.store.suppress(&(&id).into(), &[]).await.unwrap();
    assert_eq!(world.take(TOPIC, told("subscribed", "2026-11-22T11:00:00Z")).await, None);
    assert_eq!(world.store.history(&id).await.unwrap(), []);
    assert_eq!(world.take(TOPIC, told("unsubscribed", "2026-11-22T11:10:00Z")).await, None);
    assert_eq!(world.store.history(&id).await.unwrap().len(), 1, "a no always counts");
    assert_eq!(world.take(TOPIC, told("unsubscribed", "2026-11-22T11:10:00Z")).await, None);
    assert_eq!(world.store.history(&id).await.unwrap().len(), 1, "taken up again it is written once");
}

#[tokio::test]
async fn what_the_law_asks_is_never_passed_over() {
    let world = World::new().await;
    // Before rights can be asked for anything the requests wait in the inbox.
    for (topic, payload) in [
        ("customers/redact", json!({ "customer": { "id": 77 } })),
        ("customers/data_request", json!({ "customer": { "id": 77 }, "data_request": { "id": 9 } })),
        ("shop/redact", json!({ "shop_id": 1 })),
    ] {
        let body = json!({ "topic": topic, "payload": payload }).to_string().into_bytes();
        let id = EventId { source: SourceId::new("maison").unwrap(), message: MessageId::new("m").unwrap() };
        let message =
            Message { id, received: NOW, sent: None, privacy_control: false, body: Redacted::new(body) };
        let meaning = world.desk.read(&message).unwrap().unwrap();
        let waits = world.desk.carry_out(&message, meaning).await;
        assert!(matches!(waits, Err(StoreError::Unavailable(_))), "{topic}: {waits:?}");
    }
}

#[tokio::test]
async fn a_message_of_another_source_is_not_the_desks() {
    let id = EventId { source: SourceId::new("web").unwrap(), message: MessageId::new("m").unwrap() };
    let message =
        Message { id, received: NOW, sent: None, privacy_control: false, body: Redacted::new(Vec::new()) };
    assert!(World::new().await.desk.read(&message).is_none());
}

mod door {
    use rand::SeedableRng as _;
    use tower::ServiceExt as _;

    use super::*;
    use crate::tracking::Tracking;

    const SECRET: &str = "hush";

    struct Door {
        router: axum::Router,
        store: EmbeddedStore,
        _dir: tempfile::TempDir,
    }

    fn door(limits: &str) -> Door {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(&file, SECRET).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let mut config: config::Config = {
            let from =
                shopbell_kit::config::Sources { defaults: config::DEFAULTS, file: None, overrides: &[] };
            shopbell_kit::config::load(&from).unwrap()
        };
        config.shopify = vec![config::Shopify { secret_files: vec![file], ..shop() }];
        if limits == "no backlog" {
            config.tracking.backlog_messages = 1;
        }
        let store = EmbeddedStore::in_memory();
        let clock = Arc::new(ManualClock::new(NOW));
        let rng = rand::rngs::StdRng::seed_from_u64(1);
        let inbox = Arc::new(store.clone());
        let tracking = Arc::new(Tracking::new(&config, inbox, clock, Arc::new(Metrics::new()), rng));
        let router = crate::shopify::routes(&config.shopify, tracking).unwrap();
        Door { router, store, _dir: dir }
    }

    impl Door {
        async fn send(&self, event: &str, body: &[u8], sign: bool) -> (StatusCode, Value, HeaderMap) {
            let mut request = Request::post("/v1/shopify/maison/webhooks")
                .header("x-shopify-topic", "orders/create")
                .header("x-shopify-shop-domain", "Maison.myshopify.com")
                .header("x-shopify-event-id", event)
                .body(Body::from(body.to_vec()))
                .unwrap();
            if sign {
                request.headers_mut().extend(signed(SECRET, body));
            }
            let answer = self.router.clone().oneshot(request).await.unwrap();
            let (head, body) = answer.into_parts();
            let body = to_bytes(body, 100_000).await.unwrap();
            (head.status, serde_json::from_slice(&body).unwrap(), head.headers)
        }
    }

    #[tokio::test]
    async fn what_is_signed_is_kept_once_and_what_is_not_leaves_no_trace() {
        let door = door("");
        for _ in 0..3 {
            assert_eq!(door.send("a", b"{\"id\":1}", true).await.0, StatusCode::OK);
        }
        let (status, body, _) = door.send("b", b"{\"id\":1}", false).await;
        assert_eq!((status, &body["code"]), (StatusCode::UNAUTHORIZED, &"invalid_signature".into()));
        assert_eq!(door.store.backlog().await.unwrap(), 1);
        // Without a name it is kept under one that was made.
        for _ in 0..2 {
            assert_eq!(door.send("", b"{\"id\":1}", true).await.0, StatusCode::OK);
        }
        assert_eq!(door.store.backlog().await.unwrap(), 3);
    }

    #[tokio::test]
    async fn too_much_is_told_to_come_back_or_to_be_less() {
        let door = door("no backlog");
        // No JSON, so that nothing can be taken off it.
        let large = vec![b' '; 2 * 1_024 * 1_024];
        let (status, body, _) = door.send("a", &large, true).await;
        assert_eq!((status, &body["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &"request_too_large".into()));
        let larger = vec![b' '; 8 * 1_024 * 1_024 + 1];
        assert_eq!(door.send("a", &larger, true).await.0, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(door.store.backlog().await.unwrap(), 0);
        // The largest product that Shopify knows.
        let variant = |n: u32| {
            json!({ "id": n, "option1": n.to_string(), "price": "129.90", "sku": format!("ALBA-{n}"),
            "admin_graphql_api_id": "x".repeat(1_000), "inventory_item_id": n })
        };
        let product =
            json!({ "id": 1, "title": "Robe", "variants": (0..2_048).map(variant).collect::<Vec<_>>() });
        assert!(product.to_string().len() > 2_000_000);
        assert_eq!(door.send("b", product.to_string().as_bytes(), true).await.0, StatusCode::OK);
        let (status, body, headers) = door.send("c", b"{}", true).await;
        assert_eq!((status, &body["code"]), (StatusCode::TOO_MANY_REQUESTS, &"backlog_full".into()));
        assert_eq!(headers["retry-after"], "10");
    }
}
