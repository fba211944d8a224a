//! What is paid at a shop's till, joined to the visit in which it was, and what associates note; with real processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

use std::time::Duration;

use serde_json::{Value, json};
use shopbell_domain::{id::CustomerId, ports::Profiles as _, time::Timestamp};
use shopbell_durable::{Options, Store};
use shopbell_edge::outbox::keys;
use shopbell_proto::{
    admin::v1::{
        EvidenceName, Identifier, IdentifierKind, IdentifierPair, RetractEvidenceRequest,
        evidence_name::What, online_service_client::OnlineServiceClient,
    },
    customer::v1::SharingLevel,
    floor::v1::{Card, Outcome},
};
use shopbell_tests::{
    phone::{Phone, Stretch},
    world::{FloorView, PATIENCE, Process, Tablet, World, token_of},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::Request;

const TILL: &str = "till-key";
const WEB: &str = "web-key";

async fn post(world: &World, write_key: &str, events: Value) {
    let address = world.url().trim_start_matches("http://").to_owned();
    let body = json!({ "batch": events, "writeKey": write_key }).to_string();
    let request = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// An order of two coats and a hat; `who` names the customer, `shop` is how the till calls its shop.
fn order(number: &str, who: &Value, shop: &Value) -> Value {
    let mut properties = json!({
        "order_id": number, "total": "120.50", "currency": "EUR",
        "products": [{ "product_id": "coat", "quantity": 2 }, { "product_id": "hat", "quantity": 1 }],
    });
    for (key, value) in shop.as_object().unwrap() {
        properties[key] = value.clone();
    }
    let mut track =
        json!({ "type": "track", "event": "Order Completed", "messageId": number, "properties": properties });
    for (key, value) in who.as_object().unwrap() {
        track[key] = value.clone();
    }
    track
}

fn at(event: Value, at: Timestamp) -> Value {
    let mut event = event;
    event["timestamp"] = at.as_millis().into();
    event
}

/// The server with its tills, and Camille's phone in the shop of Lyon.
struct Scene {
    world: World,
    tablet: Tablet,
    agent: Process,
}

impl Scene {
    async fn begin(level: SharingLevel) -> Self {
        let mut world = World::at("2026-11-20T13:40:00Z")
            .shop("lyon", &[("lyon-1", "shop")])
            .shop("paris", &[("paris-1", "shop")])
            .source("till", "till", TILL)
            .source("web", "web", WEB);
        world.start_server().await;
        let agent = hear(&world, level).await;
        let tablet = world.tablet("lyon");
        Self { world, tablet, agent }
    }

    async fn visit(&mut self) -> String {
        let floor = self.tablet.until("camille is here", |floor| !floor.rows.is_empty()).await;
        floor.rows.keys().next().unwrap().clone()
    }

    async fn until_bought(&mut self, bought: bool) -> FloorView {
        let is_so = |floor: &FloorView| floor.rows.values().any(|row| row.bought == bought);
        self.tablet.until("the row tells whether something was bought", is_so).await
    }

    async fn card(&mut self) -> Card {
        let visit = self.visit().await;
        self.tablet.card(&visit, "en").await.unwrap()
    }

    /// The orders of each visit that the disk holds, by shop.
    async fn end(mut self) -> Vec<(String, Vec<String>)> {
        let audit = self.world.end().await;
        let orders = |visit: &shopbell_domain::visit::Visit| {
            visit.orders.iter().map(|order| order.order.to_string()).collect()
        };
        let visits = audit.visits.iter().filter(|visit| visit.merged_into.is_none());
        visits.map(|visit| (visit.store.to_string(), orders(visit))).collect()
    }
}

/// Camille, whose phone the agent of Lyon hears from now on.
async fn hear(world: &World, level: SharingLevel) -> Process {
    let camille = world.app().await.customer("camille", level).await;
    let from = world.clock.origin();
    let here = Stretch { during: from..from + Duration::from_secs(900), rssi: -58 };
    world.start_agent("lyon-1", Phone::android(camille, 1).heard(&[here]))
}

fn camille() -> Value {
    json!({ "userId": "camille" })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_during_a_visit_stands_beside_what_the_associate_says() {
    let mut scene = Scene::begin(SharingLevel::Purchases).await;
    let visit = scene.visit().await;
    scene.tablet.greet(&visit, true).await.unwrap();
    scene.tablet.outcome(&visit, Outcome::Talked).await.unwrap();
    // Nothing of these is paid in this shop: another shop, no shop, a shop that nobody knows, a page's word.
    let elsewhere = [
        order("o-paris", &camille(), &json!({ "store_id": "paris" })),
        order("o-none", &camille(), &json!({})),
        order("o-unknown", &camille(), &json!({ "affiliation": "Web shop" })),
    ];
    post(&scene.world, TILL, elsewhere.as_slice().into()).await;
    post(&scene.world, WEB, json!([order("o-web", &camille(), &json!({ "store_id": "lyon" }))])).await;
    let bought = order("o-1", &camille(), &json!({ "affiliation": "SHOP Lyon" }));
    for _ in 0..2 {
        post(&scene.world, TILL, json!([bought])).await;
    }
    scene.until_bought(true).await;

    let card = scene.card().await;
    let told: Vec<(&str, u32)> =
        card.visit_orders.iter().map(|order| (order.order_id.as_str(), order.pieces)).collect();
    assert_eq!(told, [("o-1", 3)]);
    let total = card.visit_orders[0].total.clone().unwrap();
    assert_eq!((total.minor, total.currency.as_str()), (12_050, "EUR"));
    assert_eq!(card.outcome(), Outcome::Talked, "what she said stays hers");

    // Below the level of purchases nothing of them is told.
    scene.world.app().await.share("camille", SharingLevel::Wishes).await.unwrap();
    let card = scene.card().await;
    assert_eq!((card.visit_orders.len(), card.guest.unwrap().bought), (0, false));
    assert_eq!(scene.end().await, [("lyon".to_owned(), vec!["o-1".to_owned()])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_comes_before_its_visit_and_one_before_a_crash_are_joined() {
    let mut world =
        World::at("2026-11-20T13:40:00Z").shop("lyon", &[("lyon-1", "shop")]).source("till", "till", TILL);
    world.start_server().await;
    // The shop's line is cut: its agent hears Camille, and nobody hears the agent.
    let phone = world.app().await.customer("camille", SharingLevel::Purchases).await;
    let from = world.clock.origin();
    let here = Stretch { during: from..from + Duration::from_secs(900), rssi: -58 };
    world.server.take().unwrap().kill_9();
    let mut agent = world.start_agent("lyon-1", Phone::android(phone, 1).heard(&[here]));
    until_kept(&world, &mut agent).await;
    let heard = world.clock.now();

    world.start_server().await;
    post(&world, TILL, json!([at(order("o-1", &camille(), &json!({ "store_id": "lyon" })), heard)])).await;
    let silence = world.path("silence.jsonl");
    std::fs::write(&silence, "").unwrap();
    let agent = world.start_agent_on("lyon-1", &silence, &[]);
    let tablet = world.tablet("lyon");
    let mut scene = Scene { world, tablet, agent };
    scene.until_bought(true).await;

    // Answered is safe, also when the server dies the same moment.
    post(&scene.world, TILL, json!([order("o-2", &camille(), &json!({ "store_id": "lyon" }))])).await;
    scene.world.server.take().unwrap().kill_9();
    scene.world.start_server().await;
    scene.until_bought(true).await;
    let visit = scene.visit().await;
    scene.tablet.greet(&visit, true).await.unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while scene.card().await.visit_orders.len() < 2 {
        assert!(tokio::time::Instant::now() < deadline, "the second order is not joined");
    }
    drop(scene.agent);
    let audit = scene.world.end().await;
    let joined: Vec<String> =
        audit.visits.iter().flat_map(|visit| &visit.orders).map(|order| order.order.to_string()).collect();
    assert_eq!(joined, ["o-1", "o-2"], "each once");
}

/// Ends the agent when it has kept something of what it hears.
async fn until_kept(world: &World, agent: &mut Process) {
    for _ in 0..60 {
        agent.stop();
        let outbox = Store::open(world.outbox_dir("lyon-1"), Options::default()).unwrap();
        if outbox.entries(keys::all_events()).next().is_some() {
            return;
        }
        drop(outbox);
        *agent = world.start_agent_on("lyon-1", &world.path("lyon-1.jsonl"), &[]);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("the agent hears nothing:\n{}", agent.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_a_file_is_joined_to_its_visit() {
    let mut scene = Scene::begin(SharingLevel::Purchases).await;
    scene.visit().await;
    let paid = scene.world.clock.now();
    drop(scene.agent);
    scene.world.end().await;
    let order = |number: &str, shop: &str| {
        json!({
            "type": "order", "order_id": number, "customer_id": "camille", "at": paid.as_millis(),
            "channel": "store", "store_id": shop, "currency": "EUR", "total": "120.50",
            "lines": [{ "product_id": "coat", "quantity": 2 }],
        })
    };
    let file = scene.world.path("orders.jsonl");
    std::fs::write(&file, format!("{}\n{}\n", order("o-1", "lyon"), order("o-2", "paris"))).unwrap();
    let (code, said) = scene.world.command(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    assert!(scene.world.audit().await.visits.iter().all(|visit| visit.orders.is_empty()));

    scene.world.start_server().await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let camille = CustomerId::new("camille").unwrap();
    loop {
        let audit = scene.world.end().await;
        let orders = audit.visits.iter().flat_map(|visit| &visit.orders);
        let joined: Vec<_> =
            orders.map(|order| (order.order.as_str(), order.total.map(|sum| sum.minor))).collect();
        if joined == [("o-1", Some(12_050))] {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline && joined.is_empty(), "{joined:?}");
        scene.world.start_server().await;
    }
    let profile = scene.world.store().profile(&camille).await.unwrap();
    assert_eq!((profile.order_count, profile.lifetime.spend[0].minor), (2, 24_100));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_somebody_elses_leaves_the_visit() {
    let mut scene = Scene::begin(SharingLevel::Purchases).await;
    scene.visit().await;
    let card = json!({ "context": { "traits": { "loyalty_number": "L-77" } } });
    post(&scene.world, TILL, json!([order("o-1", &card, &json!({ "store_id": "lyon" }))])).await;
    // Whose card it is becomes known later.
    let told = json!({
        "type": "identify", "messageId": "i-1", "userId": "camille", "traits": { "loyalty_number": "L-77" },
    });
    post(&scene.world, TILL, json!([told])).await;
    scene.until_bought(true).await;

    let identifier =
        |kind: IdentifierKind, value: &str| Some(Identifier { kind: kind.into(), value: value.into() });
    let pair = IdentifierPair {
        one: identifier(IdentifierKind::Customer, "camille"),
        other: identifier(IdentifierKind::Loyalty, "L-77"),
    };
    let mut request = Request::new(RetractEvidenceRequest {
        evidence: Some(EvidenceName { what: Some(What::Pair(pair)) }),
        decided_by: "ana".to_owned(),
        why: "it is her mother's card".to_owned(),
    });
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {}", token_of("operator")).parse().unwrap());
    let mut operator = OnlineServiceClient::connect(scene.world.url()).await.unwrap();
    assert!(operator.retract_evidence(request).await.unwrap().into_inner().changed);
    scene.until_bought(false).await;
    assert_eq!(scene.end().await, [("lyon".to_owned(), vec![])]);
}
