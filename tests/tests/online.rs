//! A customer's online life, from the web shop to the tablet of the associate who stands before her, with real processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

#[path = "online/flood.rs"]
mod flood;

use std::{os::unix::fs::OpenOptionsExt as _, process::Command, time::Duration};

use serde_json::{Value, json};
use shopbell_proto::{
    admin::v1::{
        EventName, EvidenceName, Identifier, IdentifierKind, IdentifierPair, RestoreEvidenceRequest,
        RetractEvidenceRequest, RetryFailedEventRequest, ShowIdentityRequest, evidence_name::What,
        online_service_client::OnlineServiceClient,
    },
    customer::v1::{
        ListLooksRequest, LookWhat, SendEventsRequest, SharingLevel,
        event_service_client::EventServiceClient, privacy_service_client::PrivacyServiceClient,
    },
    floor::v1::{Card, FactSource, ItemFact},
};
use shopbell_tests::{
    phone::{Phone, Stretch},
    world::{PATIENCE, Tablet, World, program, token_of},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{Code, Request};

const WRITE_KEY: &str = "web-key";
/// The server, Camille in the shop, and the tablet on which she was greeted.
struct Scene {
    world: World,
    tablet: Tablet,
    visit: String,
    _agent: shopbell_tests::world::Process,
}

impl Scene {
    async fn begin(level: SharingLevel) -> Self {
        Self::begin_with(level, &[]).await
    }

    async fn begin_with(level: SharingLevel, settings: &[&str]) -> Self {
        let world = World::at("2026-11-20T13:40:00Z")
            .shop("lyon", &[("lyon-1", "shop")])
            .source("web", "web", WRITE_KEY)
            .source("server", "backend", "server-key");
        let mut world = settings.iter().fold(world, |world, setting| world.server_setting(setting));
        world.start_server().await;
        let camille = world.app().await.customer("camille", level).await;
        let from = world.clock.origin();
        let here = Stretch { during: from..from + Duration::from_secs(600), rssi: -58 };
        let agent = world.start_agent("lyon-1", Phone::android(camille, 1).heard(&[here]));
        let mut tablet = world.tablet("lyon");
        let floor = tablet.until("camille is here", |floor| !floor.rows.is_empty()).await;
        let visit = floor.rows.keys().next().unwrap().clone();
        tablet.greet(&visit, true).await.unwrap();
        Self { world, tablet, visit, _agent: agent }
    }

    fn revision(&self) -> u64 {
        self.tablet.now().rows[&self.visit].card_revision
    }

    async fn card(&self) -> Card {
        self.tablet.card(&self.visit, "en").await.unwrap()
    }

    async fn post(&self, event: &Value) {
        self.post_by(WRITE_KEY, event).await;
    }

    async fn post_by(&self, write_key: &str, event: &Value) {
        self.post_all_by(write_key, std::slice::from_ref(event)).await;
    }

    async fn post_all_by(&self, write_key: &str, events: &[Value]) {
        let answer = self.send_all_by(write_key, events).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    async fn send_all_by(&self, write_key: &str, events: &[Value]) -> String {
        let address = self.world.url().trim_start_matches("http://").to_owned();
        let body = json!({ "batch": events, "writeKey": write_key }).to_string();
        let request = format!(
            "POST /v1/batch HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// Posts, and waits until the tablet is told; the card then.
    async fn post_and_see(&mut self, event: &Value) -> Card {
        self.post_and_see_by(WRITE_KEY, event).await
    }

    async fn post_and_see_by(&mut self, write_key: &str, event: &Value) -> Card {
        let (before, visit) = (self.revision(), self.visit.clone());
        self.post_by(write_key, event).await;
        let told = "the open card is to be fetched anew";
        self.tablet.until(told, |floor| floor.rows[&visit].card_revision > before).await;
        self.card().await
    }

    async fn operator(&self) -> OnlineServiceClient<tonic::transport::Channel> {
        OnlineServiceClient::connect(self.world.url()).await.unwrap()
    }

    /// `events failed ..`.
    fn command(&self, arguments: &[&str]) -> (bool, String) {
        self.run(&[&["events", "failed"], arguments].concat())
    }

    /// A command that asks the running server.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let token = self.world.path("operator.token");
        let mut file = std::fs::File::options()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&token)
            .unwrap();
        std::io::Write::write_all(&mut file, token_of("operator").as_bytes()).unwrap();
        let output = Command::new(program("shopbell-server"))
            .args(arguments)
            .args(["--server", &self.world.url(), "--token-file"])
            .arg(&token)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }
}

fn by<T>(caller: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {caller}").parse().unwrap());
    request
}

fn track(name: &str, event: &str, who: &Value, properties: &Value) -> Value {
    let mut track = json!({ "type": "track", "event": event, "messageId": name, "properties": properties });
    for (key, value) in who.as_object().unwrap() {
        track[key] = value.clone();
    }
    track
}

fn products(items: &[ItemFact]) -> Vec<&str> {
    items.iter().map(|item| item.product_id.as_str()).collect()
}

fn camille_and_browser() -> EvidenceName {
    let identifier =
        |kind: IdentifierKind, value: &str| Some(Identifier { kind: kind.into(), value: value.into() });
    let pair = IdentifierPair {
        one: identifier(IdentifierKind::Customer, "camille"),
        other: identifier(IdentifierKind::Anonymous, "b1"),
    };
    EvidenceName { what: Some(What::Pair(pair)) }
}

fn retraction() -> RetractEvidenceRequest {
    let (decided_by, why) = ("ana".to_owned(), "it is her sister's computer".to_owned());
    RetractEvidenceRequest { evidence: Some(camille_and_browser()), decided_by, why }
}

fn restoration() -> RestoreEvidenceRequest {
    let RetractEvidenceRequest { evidence, decided_by, why } = retraction();
    RestoreEvidenceRequest { evidence, decided_by, why }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_event_is_on_the_open_card_and_counts_once() {
    let mut scene = Scene::begin(SharingLevel::Browsing).await;
    let (camille, browser) = (json!({ "userId": "camille" }), json!({ "anonymousId": "b1" }));
    scene.post(&track("v1", "Product Viewed", &browser, &json!({ "product_id": "seen" }))).await;

    let wish = track("w1", "Product Added to Wishlist", &camille, &json!({ "product_id": "wished" }));
    let card = scene.post_and_see(&wish).await;
    assert_eq!((products(&card.wish_list), products(&card.viewed)), (vec!["wished"], vec![]));
    let line = json!({ "product_id": "bought", "quantity": 1 });
    let order = track("o1", "Order Completed", &camille, &json!({ "order_id": "o1", "products": [line] }));
    let card = scene.post_and_see(&order).await;
    assert_eq!(card.orders.len(), 1);
    for again in [&wish, &order, &order] {
        scene.post(again).await;
    }

    let signed_in =
        json!({ "type": "identify", "messageId": "i1", "userId": "camille", "anonymousId": "b1" });
    let card = scene.post_and_see(&signed_in).await;
    assert_eq!(products(&card.viewed), ["seen"], "what came before she signed in is hers");
    assert_eq!((card.orders.len(), card.wish_list.len()), (1, 1));

    let mut operator = scene.operator().await;
    let token = token_of("operator");
    assert!(operator.retract_evidence(by(&token, retraction())).await.unwrap().into_inner().changed);
    assert!(scene.card().await.viewed.is_empty(), "and leaves again");
    assert!(!operator.retract_evidence(by(&token, retraction())).await.unwrap().into_inner().changed);
    let refused = operator.retract_evidence(by(&token_of("app"), retraction())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);

    // A row moves only for what she shares.
    scene.world.app().await.share("camille", SharingLevel::Present).await.unwrap();
    // As the server has it: the tablet may still be told of what came before.
    let revision = |card: &Card| card.guest.as_ref().unwrap().card_revision;
    let before = revision(&scene.card().await);
    scene.post(&track("w2", "Product Added to Wishlist", &camille, &json!({ "product_id": "more" }))).await;
    // Answered when the run with the event, and the one with this decision, are in the store and told.
    assert!(operator.restore_evidence(by(&token, restoration())).await.unwrap().into_inner().changed);
    let card = scene.card().await;
    assert_eq!((card.wish_list.len(), card.viewed.len(), revision(&card)), (0, 0, before));
    scene.world.app().await.share("camille", SharingLevel::Browsing).await.unwrap();
    let card = scene.card().await;
    assert_eq!((products(&card.wish_list), products(&card.viewed)), (vec!["more", "wished"], vec!["seen"]));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_only_a_page_told_is_shown_as_that_and_counts_when_the_shops_server_tells_it() {
    let mut scene = Scene::begin(SharingLevel::Browsing).await;
    let line = json!({ "product_id": "coat", "quantity": 2 });
    let properties = json!({ "order_id": "o1", "products": [line], "total": 99.9, "currency": "EUR" });
    let order = track("o1", "Order Completed", &json!({ "userId": "camille" }), &properties);
    let card = scene.post_and_see(&order).await;
    assert_eq!((card.orders.len(), card.orders[0].source()), (1, FactSource::Page));
    assert_eq!((card.lifetime, card.usual_items.len()), (None, 0), "it counts for nothing");
    let card = scene.post_and_see_by("server-key", &order).await;
    assert_eq!((card.orders.len(), card.orders[0].source()), (1, FactSource::Web));
    let lifetime = card.lifetime.unwrap();
    assert_eq!((lifetime.orders.unwrap().times, lifetime.pieces, lifetime.spend[0].minor), (1, 2, 9_990));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_event_is_listed_shown_mended_and_taken_up() {
    let mut scene = Scene::begin(SharingLevel::Wishes).await;
    let camille = json!({ "userId": "camille" });
    let bad = track("w1", "Product Added to Wishlist", &camille, &json!({ "name": "Robe" }));
    scene.post(&bad).await;
    scene
        .post_and_see(&track("w2", "Product Added to Wishlist", &camille, &json!({ "product_id": "p2" })))
        .await;

    let (listed, said) = scene.command(&["list"]);
    let fields: Vec<&str> = said.trim_end().split('\t').collect();
    assert!(listed && fields[1..4] == ["web", "w1", "missing_product_id"], "{said}");
    let number = fields[0];
    let (_, said) = scene.command(&["list", "--reason", "invalid_json"]);
    assert_eq!(said, "");
    let (shown, said) = scene.command(&["show", number]);
    let json: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert!(
        shown && json["properties"]["name"] == "Robe" && said.contains("reason: missing_product_id"),
        "{said}"
    );

    let mended = scene.world.path("mended.json");
    let mut good = json;
    good["properties"]["product_id"] = "p1".into();
    std::fs::write(&mended, good.to_string()).unwrap();
    let (before, visit) = (scene.revision(), scene.visit.clone());
    let (retried, said) = scene.command(&["retry", number, "--json", mended.to_str().unwrap()]);
    assert!(retried, "{said}");
    scene.tablet.until("it counts", |floor| floor.rows[&visit].card_revision > before).await;
    assert_eq!(products(&scene.card().await.wish_list), ["p2", "p1"], "by when it happened");
    assert_eq!(scene.command(&["list"]), (true, String::new()));
    let (retried, said) = scene.command(&["retry", number]);
    assert!(!retried && said.contains("no failed event has the number"), "{said}");
    let (retried, said) = scene.command(&["retry", "--reason", "invalid_json"]);
    assert!(!retried && said.contains("no event has failed for the reason \"invalid_json\""), "{said}");
    for (content, says) in [
        ("{\"type\": ".to_owned(), "is not one JSON object"),
        ("[1]".to_owned(), "is not one JSON object"),
        (
            format!("{{\"x\": \"{}\"}}", "y".repeat(1_100_000)),
            "bytes: an event that is taken up again may have",
        ),
    ] {
        std::fs::write(&mended, content).unwrap();
        let (retried, said) = scene.command(&["retry", number, "--json", mended.to_str().unwrap()]);
        assert!(!retried && said.contains(says) && said.contains("mended.json"), "{said}");
    }
    let request = RetryFailedEventRequest { number: 1, json: Some(b"no json".to_vec()) };
    let refused =
        scene.operator().await.retry_failed_event(by(&token_of("operator"), request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_who_is_who_and_undoes_it_and_the_customer_can_read_of_the_look() {
    let mut scene = Scene::begin(SharingLevel::Browsing).await;
    let signed_in =
        json!({ "type": "identify", "messageId": "i1", "userId": "camille", "anonymousId": "b1" });
    scene.post(&signed_in).await;
    let show = ["identity", "show", "--identifier", "anonymous:b1", "--by", "ana"];
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let said = loop {
        let (shown, said) = scene.run(&show);
        assert!(shown, "{said}");
        if said.contains("customer: camille") {
            break said;
        }
        assert!(tokio::time::Instant::now() < deadline, "{said}");
        tokio::task::yield_now().await;
    };
    assert!(
        said.contains("identifier: anonymous:b1") && said.contains("identifier: customer:camille"),
        "{said}"
    );
    assert!(said.contains("\tweb\ti1\tcustomer:camille\tanonymous:b1\tcounts"), "{said}");

    let unknown = ["identity", "retract", "--event", "web", "never", "--why", "x", "--by", "ana"];
    let (done, said) = scene.run(&unknown);
    assert!(!done && said.contains("no event of this name"), "{said}");
    let name = EventName { source_id: "web".into(), message_id: "never".into() };
    let request = RetractEvidenceRequest {
        evidence: Some(EvidenceName { what: Some(What::Event(name)) }),
        ..retraction()
    };
    let refused =
        scene.operator().await.retract_evidence(by(&token_of("operator"), request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);

    let decide = |verb| {
        ["identity", verb, "--pair", "customer:camille", "anonymous:b1", "--why", "a friend's", "--by", "ana"]
    };
    assert_eq!(scene.run(&decide("retract")), (true, "it counts no more\n".to_owned()));
    let (done, said) = scene.run(&decide("retract"));
    assert!(done && said.contains("nothing changed"), "{said}");
    let camille = ["identity", "show", "--customer", "camille", "--by", "ana"];
    let (_, said) = scene.run(&camille);
    assert!(!said.contains("identifier: anonymous") && said.contains("does not count: retracted"), "{said}");
    assert_eq!(scene.run(&decide("restore")), (true, "it counts again\n".to_owned()));
    let (_, said) = scene.run(&["identity", "history", "--customer", "camille", "--by", "ana"]);
    assert!(said.contains("by ana: a friend's") && said.contains("restored: "), "{said}");
    let (shown, said) = scene.run(&["identity", "show", "--identifier", "b1", "--by", "ana"]);
    assert!(!shown && said.contains("kind:value"), "{said}");
    let (_, said) = scene.run(&["identity", "show", "--identifier", "anonymous:b9", "--by", "ana"]);
    assert_eq!(said, "customer: none\nidentifier: anonymous:b9\nevidence: none\n");

    assert!(looks_at_who_camille_is(&scene).await >= 3, "each look at camille");
    let without = ShowIdentityRequest {
        identifier: Some(Identifier { kind: IdentifierKind::Customer.into(), value: "camille".into() }),
        asked_by: String::new(),
    };
    let refused = scene.operator().await.show_identity(by(&token_of("operator"), without)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    scene.world.end().await;
}

/// How often an operator looked at who camille is, as she can read it.
async fn looks_at_who_camille_is(scene: &Scene) -> usize {
    let looks = PrivacyServiceClient::connect(scene.world.url())
        .await
        .unwrap()
        .list_looks(by(
            &token_of("app"),
            ListLooksRequest { customer_id: "camille".into(), ..ListLooksRequest::default() },
        ))
        .await
        .unwrap()
        .into_inner()
        .looks;
    looks.iter().filter(|look| look.what() == LookWhat::Identity).count()
}
