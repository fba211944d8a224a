//! What a customer reads of herself, and corrects, with real processes: the command line and the API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

#[allow(dead_code, reason = "erasures use the rest")]
#[path = "erasure/told.rs"]
mod told;

use std::{process::Command, time::Duration};

use serde_json::Value;
use shopbell_proto::customer::v1::{
    ConsentCollection, ConsentDecision, ConsentTextName, CorrectFactRequest, CorrectionKind,
    ExportCustomerRequest, SetConsentRequest, SharingLevel, consent_service_client::ConsentServiceClient,
    correct_fact_request::What, privacy_service_client::PrivacyServiceClient,
};
use shopbell_tests::{
    phone::{Phone, Stretch},
    world::{Process, World, program, token_of},
};
use tonic::{Code, Request};

use self::told::{Desk, Shopper, Times};

/// The server, and a shopper of whom all kinds of things were told.
async fn scene() -> (World, Shopper) {
    let mut world = World::at("2026-11-20T13:00:00Z").shop("lyon", &[("lyon-1", "shop")]).source(
        "backend",
        "backend",
        told::WRITE_KEY,
    );
    let (shopper, other) = (Shopper::new(7), Shopper::new(8));
    let times = Times::before(world.clock.origin());
    let file = world.path("customers.jsonl");
    told::write_import(&file, &[shopper.clone(), other.clone()], times);
    let (code, said) = world.command(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    world.start_server().await;
    let desk = Desk::of(&world);
    desk.track(&[shopper.clone(), other], times, "first").await;
    desk.applied(&world).await;
    (world, shopper)
}

/// `export`: whether it was done, and what was printed.
fn export(world: &World, customer: &str, more: &[&str]) -> (bool, String, String) {
    let output = Command::new(program("shopbell-server"))
        .args(["export", "--customer", customer, "--server", &world.url(), "--token-file"])
        .arg(world.operator_token_file())
        .args(more)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

async fn correct(world: &World, shopper: &Shopper, how: CorrectionKind, name: &str) {
    let request = CorrectFactRequest {
        customer_id: shopper.id(),
        what: Some(What::OrderId(format!("o2-{}", shopper.canary()))),
        how: how.into(),
        request_id: name.to_owned(),
    };
    let mut client = PrivacyServiceClient::connect(world.url()).await.unwrap();
    client.correct_fact(by("app", request)).await.unwrap();
}

fn by<T>(holder: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {}", token_of(holder));
    request.metadata_mut().insert("authorization", bearer.parse().unwrap());
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_gets_everything_and_nothing_of_others() {
    let (mut world, shopper) = scene().await;
    let _agent = heard(&world, &shopper).await;
    let (done, json, said) = export(&world, &shopper.id(), &[]);
    assert!(done, "{said}");
    let all: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    for section in [
        "identifiers",
        "customerRecord",
        "consentHistory",
        "phones",
        "profile",
        "events",
        "evidence",
        "visits",
        "presences",
        "looks",
        "suggestions",
        "unusableMessages",
    ] {
        assert!(all[section].is_object(), "{section} is missing: {json}");
    }
    let boot = &all["presences"]["data"][0]["boot"];
    assert!(boot.as_str().is_some_and(|boot| boot.len() == 32), "an agent's boot has 128 bits: {boot}");
    assert!(all["looks"].to_string().contains("as an export"), "this one, too: {}", all["looks"]);
    for wanted in [
        shopper.name(),
        shopper.telephone(),
        format!("{}@example.com", shopper.canary()),
        format!("l-{}", shopper.canary()),
        format!("b-{}", shopper.canary()),
        format!("o1-{}", shopper.canary()),
        format!("o2-{}", shopper.canary()),
    ] {
        assert!(json.contains(&wanted), "{wanted} is missing: {json}");
    }
    assert!(!json.contains(&Shopper::new(8).canary()), "somebody else's");

    let directory = world.path("export");
    std::fs::create_dir(&directory).unwrap();
    let (done, _, said) = export(&world, &shopper.id(), &["--csv", directory.to_str().unwrap()]);
    assert!(done, "{said}");
    let csv = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    assert!(csv("identifiers.csv").contains(&shopper.canary()));
    assert!(csv("events.csv").contains(&format!("o2-{}", shopper.canary())));
    assert!(csv("customer.csv").contains(&shopper.name()));
    assert!(csv("identifiers.csv").contains("'+336900"), "a telephone number is no formula");
    let again: Value = serde_json::from_str(&csv("customer.json")).unwrap();
    assert_eq!(again["events"], all["events"], "the same in both ways");

    let (done, _, said) = export(&world, "nobody", &[]);
    assert!(!done && said.contains("nothing is known of this customer"), "{said}");
    let (done, printed, said) = export(&world, " ", &[]);
    assert!(!done && printed.is_empty() && said.contains("the customer identifier is empty"), "{said}");
    let mut client = PrivacyServiceClient::connect(world.url()).await.unwrap();
    let request = ExportCustomerRequest { customer_id: shopper.id(), ..ExportCustomerRequest::default() };
    let refused = client.export_customer(by("lyon", request)).await.unwrap_err();
    assert!(matches!(refused.code(), Code::PermissionDenied | Code::Unauthenticated), "{refused:?}");
    world.end().await;
}

/// An agent hears her until it is dropped.
async fn heard(world: &World, shopper: &Shopper) -> Process {
    let (app, now) = (world.app().await, world.clock.now());
    app.share(&shopper.id(), SharingLevel::Browsing).await.unwrap();
    let phone = Phone::android(app.phone(&shopper.id()).await.unwrap(), 1);
    let frames = phone.heard(&[Stretch { during: now..now + Duration::from_secs(600), rssi: -55 }]);
    let agent = world.start_agent("lyon-1", frames);
    world.tablet("lyon").until("she is here", |floor| floor.rows.len() == 1).await;
    agent
}

async fn told_by_backend(world: &World, event: Value) {
    let desk = Desk::of(world);
    let body = serde_json::json!({ "writeKey": told::WRITE_KEY, "batch": [event] }).to_string();
    desk.call("POST", "/v1/batch", "", &body).await;
    desk.applied(world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_number_of_ours_gets_everything_too() {
    let (mut world, _) = scene().await;
    let bought = |user: &str, order: &str| {
        serde_json::json!({ "type": "track", "messageId": order, "userId": user, "event": "Order Completed",
            "context": { "traits": { "email": format!("{order}@example.com") } },
            "properties": { "order_id": order, "total": 3, "products": [{ "product_id": "p-coat" }] } })
    };
    told_by_backend(&world, bought("auth0|5f7c8ec7", "au1")).await;
    told_by_backend(&world, bought("guest@example.com", "gu1")).await;
    for (whom, order) in
        [("auth0|5f7c8ec7", "au1"), ("guest@example.com", "gu1"), ("email guest@example.com", "gu1")]
    {
        let (done, json, said) = export(&world, whom, &[]);
        assert!(done, "{whom}: {said}");
        let all: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(all["events"]["data"].as_array().map(Vec::len), Some(1), "{whom}: {json}");
        assert!(all["events"].to_string().contains(order), "{whom}: {json}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_a_message_that_failed_leaves_a_look() {
    let (mut world, shopper) = scene().await;
    let broken = serde_json::json!({ "type": "track", "messageId": "broken", "event": "Product Viewed",
        "userId": shopper.id(), "properties": {} });
    told_by_backend(&world, broken).await;
    let operator = |arguments: &[&str]| {
        let output = Command::new(program("shopbell-server"))
            .args(arguments)
            .args(["--server", &world.url(), "--token-file"])
            .arg(world.operator_token_file())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let list = operator(&["events", "failed", "list"]);
    let number = list.split('\t').next().unwrap().to_owned();
    assert!(operator(&["events", "failed", "show", &number, "--by", "ana"]).contains(&shopper.id()));
    let (done, json, said) = export(&world, &shopper.id(), &[]);
    assert!(done, "{said}");
    let all: Value = serde_json::from_str(&json).unwrap();
    let looks = all["looks"]["data"].as_array().unwrap();
    let what: Vec<&str> = looks.iter().map(|look| look["what"].as_str().unwrap()).collect();
    assert_eq!(
        what,
        ["everything that is kept of you, as an export", "a message that names you and could not be read"]
    );
    assert!(!json.contains("\"ana\""), "members of the staff are not named");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_told_beside_what_it_corrects_and_can_be_withdrawn() {
    let (mut world, shopper) = scene().await;
    let order = format!("o2-{}", shopper.canary());
    let orders = |world: &World| {
        let (done, json, said) = export(world, &shopper.id(), &[]);
        assert!(done, "{said}");
        let all: Value = serde_json::from_str(&json).unwrap();
        let in_events = all["events"].to_string().contains(&order);
        (all["profile"].to_string().contains(&order), in_events)
    };
    assert_eq!(orders(&world), (true, true));
    correct(&world, &shopper, CorrectionKind::NotMe, "first").await;
    correct(&world, &shopper, CorrectionKind::NotMe, "first").await;
    let (_, json, _) = export(&world, &shopper.id(), &[]);
    let all: Value = serde_json::from_str(&json).unwrap();
    assert!(
        !all["profile"]["data"]["orders"].to_string().contains(&order),
        "it is hers no more: {}",
        all["profile"]
    );
    assert!(orders(&world).1, "what was told stays, with what she said of it");
    correct(&world, &shopper, CorrectionKind::Withdrawn, "second").await;
    assert_eq!(orders(&world), (true, true));
    world.end().await;
}

/// The proofs of decisions name a text: what it said must be found for as long as they are kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_was_shown_and_changed_since_stops_the_start() {
    let world = World::at("2026-11-20T13:00:00Z").shop("lyon", &[("lyon-1", "shop")]);
    let file = world.path("texts.toml");
    let text = |version: u32, words: &str| {
        format!(
            "[[text]]\nid = \"in-shop\"\nlanguage = \"en\"\nversion = {version}\npurposes = [\"recognise\", \"advise\"]\n\
             text = \"{words}\"\n"
        )
    };
    std::fs::write(&file, text(1, "We may know that you are there.")).unwrap();
    let setting = format!("consent.texts_file={}", file.display());
    let mut world = world.server_setting(&setting);
    world.start_server().await;
    world.app().await.customer("camille", SharingLevel::Present).await;
    let request = SetConsentRequest {
        customer_id: "camille".to_owned(),
        decision: Some(ConsentDecision { level: SharingLevel::Wishes.into(), ..ConsentDecision::default() }),
        text: Some(ConsentTextName { id: "in-shop".to_owned(), version: 1, language: "en".to_owned() }),
        collection: ConsentCollection::App.into(),
    };
    let mut client = ConsentServiceClient::connect(world.url()).await.unwrap();
    client.set_consent(by("app", request)).await.unwrap();
    world.end().await;

    std::fs::write(&file, text(1, "We know all that you do.")).unwrap();
    let (code, said) = world.command(&["serve", "--set", &setting]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the text in-shop version 1 (en) says something else"), "{said}");
    assert!(said.contains("give the changed ones the next version"), "{said}");

    let both = text(1, "We may know that you are there.") + &text(2, "We know all that you do.");
    std::fs::write(&file, both).unwrap();
    world.start_server().await;
    world.end().await;
}
