//! Global Privacy Control: a browser asks for privacy, somebody is known to be its customer, and the customer is put. In
//! whatever order that happens, the same holds then.

use std::time::Duration;

use shopbell_domain::{
    consent::{Collection, Consent, Decision, PrivacySignal, port::Consents as _},
    id::{CustomerId, SourceId},
    ports::Customers as _,
    redacted::Redacted,
};
use shopbell_proto::customer::v1::{self as customer, event_service_client::EventServiceClient};
use shopbell_server::config::{Config, Source, SourceKind, TokenHash};

use crate::world::{Bearer, World, config};

const BACKEND: &str = "key-of-the-backend";
const PAGE: &str = "key-of-the-page";

fn settings() -> Config {
    let mut settings = config(&[]);
    for (id, key, kind) in [("web", BACKEND, SourceKind::Backend), ("page", PAGE, SourceKind::Web)] {
        settings.sources.push(Source {
            id: SourceId::new(id).unwrap(),
            name: id.to_owned(),
            write_key_sha256: TokenHash::of(key),
            kind,
            origins: std::collections::BTreeSet::new(),
            currency: None,
        });
    }
    settings
}

async fn send(world: &World, key: &str, json: serde_json::Value) {
    let mut events = EventServiceClient::with_interceptor(world.channel().await, Bearer(key.to_owned()));
    let event = customer::SendEventsRequest { json: json.to_string().into_bytes() };
    events.send_events(tokio_stream::iter([event])).await.unwrap();
    taken_up(world).await;
}

async fn taken_up(world: &World) {
    use shopbell_domain::inbox::Inbox as _;
    let inbox = &world.store;
    world.eventually("it is taken up", async || (inbox.backlog().await.unwrap() == 0).then_some(())).await;
}

/// A page view of the customer's browser, with the signal.
async fn asks(world: &World, key: &str, who: &str) {
    let json = serde_json::json!({
        "type": "page", "messageId": format!("asks-{who}"), "anonymousId": format!("browser-of-{who}"),
        "context": { "globalPrivacyControl": true },
    });
    send(world, key, json).await;
}

/// Somebody signs in.
async fn signs_in(world: &World, key: &str, who: &str) {
    let json = serde_json::json!({
        "type": "identify", "messageId": format!("{key}-signs-in-{who}"), "userId": who,
        "anonymousId": format!("browser-of-{who}"),
    });
    send(world, key, json).await;
}

async fn put(world: &World, who: &str) {
    let request = customer::PutCustomerRequest { customer_id: who.to_owned(), name: "Camille".to_owned() };
    world.backend().await.put_customer(request).await.unwrap();
}

async fn consent(world: &World, who: &str) -> Consent {
    world.store.customer(&CustomerId::new(who).unwrap()).await.unwrap().unwrap().consent
}

async fn opted_out(world: &World, who: &str) {
    let seen = async || consent(world, who).await.privacy_signal.map(drop);
    world.eventually(&format!("{who} has opted out"), seen).await;
    let proofs = world.store.history(&CustomerId::new(who).unwrap()).await.unwrap();
    let signals = proofs.iter().filter(|proof| proof.told.how == Collection::Signal).count();
    assert_eq!(signals, 1, "one proof for {who}");
}

#[tokio::test]
async fn the_order_of_signal_sign_in_and_customer_makes_no_difference() {
    let world = World::of(&settings()).await;
    for (teller, key) in [("backend", BACKEND), ("page", PAGE)] {
        for order in ["asp", "aps", "sap", "spa", "pas", "psa"] {
            let who = format!("{teller}-{order}");
            for step in order.chars() {
                match step {
                    'a' => asks(&world, key, &who).await,
                    's' => signs_in(&world, BACKEND, &who).await,
                    _ => put(&world, &who).await,
                }
            }
            opted_out(&world, &who).await;
        }
    }
}

/// Whoever is believed says whose browser it is, after a page said so: what the browser asked for before counts from then on.
#[tokio::test]
async fn a_browser_that_is_vouched_for_later_had_asked() {
    let world = World::of(&settings()).await;
    put(&world, "late").await;
    signs_in(&world, PAGE, "late").await;
    asks(&world, PAGE, "late").await;
    assert_eq!(consent(&world, "late").await.privacy_signal, None, "so far it is anybody's word");
    signs_in(&world, BACKEND, "late").await;
    opted_out(&world, "late").await;
}

#[tokio::test]
async fn a_signal_from_before_the_customer_counts_after_a_restart_too() {
    let world = World::of(&settings()).await;
    asks(&world, BACKEND, "anna").await;
    signs_in(&world, BACKEND, "anna").await;
    let id = CustomerId::new("anna").unwrap();
    // As when the server ends before it has looked.
    world.store.put_customer(&id, Redacted::new("Anna".to_owned())).await.unwrap();
    let world = world.restart().await;
    opted_out(&world, "anna").await;
    // Put once more it is not asked anew, nor when she has said that it does not count.
    put(&world, "anna").await;
    let lift = Decision { privacy: Some(PrivacySignal::Lifted(world.now())), ..Decision::default() };
    let told = shopbell_domain::consent::Told::nothing("the app".to_owned());
    world.store.decide_consent(&id, lift, told, world.now()).await.unwrap();
    world.pass(1);
    put(&world, "anna").await;
    let world = world.restart().await;
    assert_eq!(consent(&world, "anna").await.privacy_signal, None, "the newer word is hers");
    assert!(consent(&world, "anna").await.privacy_lifted.is_some());
}

/// Nobody is asked about who was never heard of.
#[tokio::test]
async fn who_was_never_heard_of_has_asked_for_nothing() {
    let world = World::of(&settings()).await;
    put(&world, "new").await;
    assert!(world.store.history(&CustomerId::new("new").unwrap()).await.unwrap().is_empty());
    tokio::time::timeout(Duration::from_secs(5), put(&world, "new")).await.unwrap();
}
