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

use std::process::Command;

use serde_json::Value;
use shopbell_proto::customer::v1::{
    CorrectFactRequest, CorrectionKind, ExportCustomerRequest, correct_fact_request::What,
    privacy_service_client::PrivacyServiceClient,
};
use shopbell_tests::world::{World, program, token_of};
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
        "unusableMessages",
    ] {
        assert!(all[section].is_object(), "{section} is missing: {json}");
    }
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
    let mut client = PrivacyServiceClient::connect(world.url()).await.unwrap();
    let request = ExportCustomerRequest { customer_id: shopper.id(), ..ExportCustomerRequest::default() };
    let refused = client.export_customer(by("lyon", request)).await.unwrap_err();
    assert!(matches!(refused.code(), Code::PermissionDenied | Code::Unauthenticated), "{refused:?}");
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
