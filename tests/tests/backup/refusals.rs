//! What customers took back since a backup stays taken back, also when the vault is a copy of before.

use std::{fs, time::Duration};

use serde_json::json;
use shopbell_domain::{
    consent::{Consent, Purpose, SharingLevel as Level},
    event::port::Events as _,
    id::CustomerId,
    identity::{Identifier, IdentifierKind},
    ports::Customers as _,
};
use shopbell_proto::customer::v1::{
    ConsentCollection, ConsentDecision, ConsentPurpose, GetConsentRequest, SetConsentRequest, SharingLevel,
    consent_service_client::ConsentServiceClient,
};
use shopbell_tests::world::{PATIENCE, World, token_of};
use tonic::Request;

use super::{NOW, back_up, only_backup, text, told};

fn by_app<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {}", token_of("app"));
    request.metadata_mut().insert("authorization", bearer.parse().unwrap());
    request
}

async fn decide(world: &World, customer: &str, decision: ConsentDecision) {
    let mut client = ConsentServiceClient::connect(world.url()).await.unwrap();
    let request = SetConsentRequest {
        customer_id: customer.to_owned(),
        decision: Some(decision),
        collection: ConsentCollection::App.into(),
        ..SetConsentRequest::default()
    };
    client.set_consent(by_app(request)).await.unwrap();
}

async fn level(world: &World, customer: &str) -> SharingLevel {
    let mut client = ConsentServiceClient::connect(world.url()).await.unwrap();
    let request = GetConsentRequest { customer_id: customer.to_owned() };
    client.get_consent(by_app(request)).await.unwrap().into_inner().consent.unwrap().level()
}

/// Asks for a regulation, and waits until it is carried out.
async fn regulate(world: &World, kind: &str, of: &[&str]) {
    let (desk, token) = (told::Desk::of(world), token_of("app"));
    let asked = json!({ "regulationType": kind, "subjectType": "USER_ID", "subjectIds": of });
    let answer = desk.call("POST", "/v1/regulations", &token, &asked.to_string()).await;
    let number = answer["data"]["regulateId"].as_str().unwrap().to_owned();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let path = format!("/v1/regulations/{number}");
        let state = desk.call("GET", &path, &token, "").await["data"]["regulation"]["overallStatus"].clone();
        if state == "FINISHED" {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{state}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Something that each of them did now, and an order of a guest.
async fn track(world: &World, who: &[&str], round: &str) {
    let desk = told::Desk::of(world);
    let mut batch: Vec<_> = who
        .iter()
        .map(|who| {
            json!({ "type": "track", "userId": who, "messageId": format!("{round}-{who}"),
                "event": "Product Viewed", "properties": { "product_id": "p-coat" } })
        })
        .collect();
    batch.push(json!({ "type": "track", "anonymousId": format!("b-{round}"), "messageId": format!("{round}-guest"),
        "event": "Order Completed", "context": { "traits": { "email": "guest@example.com" } },
        "properties": { "order_id": format!("o-{round}"), "email": "guest@example.com", "products": [{ "product_id": "p-coat" }] } }));
    let body = json!({ "writeKey": told::WRITE_KEY, "batch": batch });
    assert_eq!(desk.call("POST", "/v1/batch", "", &body.to_string()).await["success"], true);
    desk.applied(world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_since_the_backup_stays_taken_back() {
    let source = told::WRITE_KEY;
    let mut world =
        World::at(NOW).shop("lyon", &[("lyon-1", "entrance")]).source("backend", "backend", source);
    world.start_server().await;
    let app = world.app().await;
    for name in ["lowers", "objects", "restricts", "suppressed", "erased", "stays"] {
        app.customer(name, SharingLevel::Browsing).await;
    }
    app.customer("rises", SharingLevel::Present).await;
    let (to, copy) = (world.path("backups"), world.path("vault-copy"));
    let (code, said) = tokio::task::block_in_place(|| back_up(&world, &to));
    assert_eq!(code, Some(0), "{said}");
    let (url, token) = (world.url(), text(&world.operator_token_file()));
    let vault_backup = ["vault", "backup", "--to", &text(&copy), "--server", &url, "--token-file", &token];
    let (code, said) = tokio::task::block_in_place(|| world.command(&vault_backup));
    assert_eq!(code, Some(0), "{said}");

    app.share("lowers", SharingLevel::Invisible).await.unwrap();
    app.share("rises", SharingLevel::Browsing).await.unwrap();
    let object = vec![ConsentPurpose::Advise.into()];
    decide(&world, "objects", ConsentDecision { object, ..ConsentDecision::default() }).await;
    decide(&world, "restricts", ConsentDecision { restrict: Some(true), ..ConsentDecision::default() }).await;
    regulate(&world, "SUPPRESS_ONLY", &["suppressed", "guest@example.com"]).await;
    regulate(&world, "SUPPRESS_WITH_DELETE", &["erased"]).await;
    world.end().await;

    let backup = text(&only_backup(&to));
    for (round, vault) in ["vault in use", "vault of before"].into_iter().enumerate() {
        fs::rename(world.store_dir(), world.path(&format!("before-{round}"))).unwrap();
        if round == 1 {
            fs::rename(world.vault_dir(), world.path("lost-vault")).unwrap();
            fs::rename(&copy, world.vault_dir()).unwrap();
        }
        let (code, said) = world.command(&["restore", "--from", &backup]);
        assert_eq!(code, Some(0), "{vault}: {said}");
        world.start_server().await;
        assert_eq!(level(&world, "lowers").await, SharingLevel::Invisible, "{vault}");
        assert_eq!(level(&world, "stays").await, SharingLevel::Browsing, "{vault}");
        assert_eq!(level(&world, "rises").await, SharingLevel::Present, "{vault}: what was given is lost");
        track(&world, &["suppressed", "erased", "stays"], &format!("round-{round}")).await;
        world.end().await;
        let store = world.store();
        let consent = async |name: &str| -> Consent {
            store.customer(&CustomerId::new(name).unwrap()).await.unwrap().unwrap().consent
        };
        assert!(consent("objects").await.objected.holds(Purpose::Advise), "{vault}");
        assert!(consent("restricts").await.restricted, "{vault}");
        assert_eq!(consent("suppressed").await.sharing.level, Level::Invisible, "{vault}");
        let events = async |kind, name: &str| {
            store.events_of(&Identifier::new(kind, name).unwrap()).await.unwrap().len()
        };
        assert_eq!(events(IdentifierKind::Customer, "stays").await, 1, "{vault}");
        for name in ["suppressed", "erased"] {
            assert_eq!(events(IdentifierKind::Customer, name).await, 0, "{vault}: {name}");
        }
        assert_eq!(events(IdentifierKind::Email, "guest@example.com").await, 0, "{vault}");
        assert!(store.customer(&CustomerId::new("erased").unwrap()).await.unwrap().is_none(), "{vault}");
        drop(store);
        assert!(said.contains("4 customers share less"), "{vault}: {said}");
        world.audit().await;
    }
}

#[tokio::test]
async fn a_copy_of_the_vault_without_the_newest_refusals_is_refused() {
    let mut world = super::world();
    world.start_server().await;
    world.app().await.customer("camille", SharingLevel::Present).await;
    world.end().await;
    let to = world.path("backups");
    let (code, said) = world.command(&["backup", "--offline", "--to", &text(&to)]);
    assert!(code == Some(0) && to.join("refusals.export").exists(), "{said}");
    fs::rename(world.store_dir(), world.path("before")).unwrap();
    fs::remove_file(world.path("tombstones/refusals.export")).unwrap();
    fs::copy(to.join("tombstones.export"), world.path("tombstones/tombstones.export")).unwrap();
    let (backup, refusals) = (text(&only_backup(&to)), text(&to.join("refusals.export")));
    let (code, said) = world.command(&["restore", "--from", &backup]);
    assert!(
        code == Some(1) && said.contains("no exported refusals") && said.contains("--refusals FILE"),
        "{said}"
    );
    let (code, said) = world.command(&["restore", "--from", &backup, "--refusals", &refusals]);
    assert_eq!(code, Some(0), "{said}");
}

/// A bit of it turned, or its end is missing, and the vault is a copy of before, so that only the export knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_export_of_refusals_is_refused_and_none_of_it_is_taken() {
    let mut world = super::world();
    world.start_server().await;
    let app = world.app().await;
    let names: Vec<String> = (0..11).map(|number| format!("c-{number}")).collect();
    for name in &names {
        app.customer(name, SharingLevel::Browsing).await;
    }
    let (to, copy) = (world.path("backups"), world.path("vault-copy"));
    let (code, said) = tokio::task::block_in_place(|| back_up(&world, &to));
    assert_eq!(code, Some(0), "{said}");
    let (url, token) = (world.url(), text(&world.operator_token_file()));
    let vault_backup = ["vault", "backup", "--to", &text(&copy), "--server", &url, "--token-file", &token];
    let (code, said) = tokio::task::block_in_place(|| world.command(&vault_backup));
    assert_eq!(code, Some(0), "{said}");
    for name in &names {
        app.share(name, SharingLevel::Invisible).await.unwrap();
    }
    world.end().await;
    fs::rename(world.store_dir(), world.path("before")).unwrap();
    fs::copy(to.join("tombstones.export"), world.path("tombstones/tombstones.export")).unwrap();
    let (export, backup) = (world.path("tombstones/refusals.export"), text(&only_backup(&to)));
    let whole = fs::read(&export).unwrap();
    let mut flipped = whole.clone();
    flipped[1_500] ^= 4;
    // The vault in use has all of it.
    fs::write(&export, &flipped).unwrap();
    let (code, said) = world.command(&["restore", "--from", &backup]);
    assert!(code == Some(0) && said.contains("the vault has all that was in it"), "{said}");
    assert!(said.contains("11 customers share less"), "{said}");
    fs::rename(world.store_dir(), world.path("restored")).unwrap();
    fs::rename(world.vault_dir(), world.path("lost-vault")).unwrap();
    fs::rename(&copy, world.vault_dir()).unwrap();
    let short = whole[..whole.len() - 100].to_vec();
    for (bytes, word) in [(flipped, "number 5 is broken"), (short, "10 of 11 are left")] {
        fs::write(&export, bytes).unwrap();
        let (code, said) = world.command(&["restore", "--from", &backup]);
        assert!(code == Some(1) && said.contains("refusals.export was not replayed"), "{said}");
        assert!(said.contains(word) && said.contains("--vault-was-in-use"), "{said}");
        assert!(!world.store_dir().exists(), "{said}");
    }
    fs::write(&export, whole).unwrap();
    let (code, said) = world.command(&["restore", "--from", &backup]);
    assert!(code == Some(0) && said.contains("11 customers share less"), "{said}");
}
