//! The consent API: texts, proofs, and decisions that the disk refuses.

use std::sync::atomic::Ordering;

use shopbell_domain::{
    consent::{
        Channel, Collection, Decision, Field, PrivacySignal, Purpose, SharingLevel, TextShown, Use,
        port::Consents as _,
    },
    id::{CustomerId, SourceId},
    ports::Customers as _,
};
use shopbell_proto::customer::v1::{
    self as customer, ConsentCollection as Collected, event_service_client::EventServiceClient,
};
use shopbell_server::config::{Source, SourceKind, TokenHash};
use tonic::{Code, Status};

use crate::{
    refusing::refusing_world,
    world::{Bearer, World, config},
};

fn advise(field: Field) -> Use {
    Use { purpose: Purpose::Advise, channel: Channel::Tablet, field }
}

fn text(id: &str, version: u32) -> customer::ConsentTextName {
    customer::ConsentTextName { id: id.into(), version, language: "fr".into() }
}

fn request(
    id: &CustomerId,
    decision: Decision,
    text: Option<customer::ConsentTextName>,
) -> customer::SetConsentRequest {
    customer::SetConsentRequest {
        customer_id: id.to_string(),
        decision: Some(decision.into()),
        text,
        collection: customer::ConsentCollection::App.into(),
    }
}

async fn decide(
    world: &World,
    id: &CustomerId,
    decision: Decision,
    text: Option<customer::ConsentTextName>,
) -> Result<customer::SetConsentResponse, Status> {
    world.consents().await.set_consent(request(id, decision, text)).await.map(tonic::Response::into_inner)
}

async fn history(
    world: &World,
    id: &CustomerId,
    limit: u32,
    skip: u32,
) -> customer::GetConsentHistoryResponse {
    let request = customer::GetConsentHistoryRequest { customer_id: id.to_string(), limit, skip };
    world.consents().await.get_consent_history(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn who_gives_was_shown_a_text_that_asks_for_it() {
    let world = World::new().await;
    let (id, _) = world.customer("Camille", SharingLevel::Present).await;
    let cart = Decision::give([advise(Field::Cart)]);
    let refused = async |decision, text| {
        let status = decide(&world, &id, decision, text).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
        status.message().to_owned()
    };
    assert!(refused(cart, None).await.starts_with("what the customer was shown is missing"));
    let unknown = refused(cart, Some(text("in-shop", 9))).await;
    assert_eq!(unknown, "there is no text in-shop version 9 (fr): ListTexts tells those that are");
    let other = refused(cart, Some(text("messages", 1))).await;
    assert_eq!(other, "the text messages version 1 (fr) does not ask for the purpose `advise`");
    let kept = world.store.customer(&id).await.unwrap().unwrap();
    assert!(kept.consent.given.is_empty(), "nothing of it was decided");

    let done = decide(&world, &id, cart, Some(text("in-shop", 1))).await.unwrap();
    let in_cart =
        |uses: &[customer::ConsentUse]| uses.iter().any(|one| one.field() == customer::ConsentField::Cart);
    assert!(in_cart(&done.allowed) && in_cart(&done.consent.unwrap().given));
    let taken = decide(&world, &id, Decision::refuse([advise(Field::Cart)]), None).await.unwrap();
    assert!(!in_cart(&taken.allowed), "whoever takes away needs no text");

    let all = world.consents().await.list_texts(customer::ListTextsRequest::default()).await.unwrap();
    let french = customer::ListTextsRequest { language: "fr".into() };
    let french = world.consents().await.list_texts(french).await.unwrap().into_inner().texts;
    assert_eq!((all.into_inner().texts.len(), french.len()), (8, 4));
    let shown = french.iter().find(|known| known.name == Some(text("in-shop", 1))).unwrap();
    let proved = &world.store.history(&id).await.unwrap()[1];
    let TextShown { name, sha256 } = proved.told.text.clone().unwrap();
    assert_eq!((Some(name.into()), sha256.to_vec()), (Some(text("in-shop", 1)), shown.sha256.clone()));
}

#[tokio::test]
async fn each_decision_has_its_proof_whichever_way_it_came() {
    let world = World::new().await;
    let (id, _) = world.customer("Camille", SharingLevel::Present).await;
    let old = customer::Sharing { level: customer::SharingLevel::Wishes.into(), ..Default::default() };
    let request = customer::SetSharingRequest { customer_id: id.to_string(), sharing: Some(old) };
    world.backend().await.set_sharing(request).await.unwrap();
    let all = Decision {
        pause_until: Some(world.now()),
        restrict: Some(true),
        object: [Purpose::Inform].into_iter().collect(),
        ..Decision::refuse([advise(Field::Sizes)])
    };
    decide(&world, &id, all, None).await.unwrap();
    let found = history(&world, &id, 0, 0).await;
    assert_eq!(found.total, 3);
    let how: Vec<_> = found.records.iter().map(customer::ConsentRecord::collection).collect();
    assert_eq!(
        how,
        [Collected::App, Collected::Unspecified, Collected::File],
        "newest first: the API, the old call, the test's own file"
    );
    assert_eq!(found.records[0].client, "web-shop");
    assert_eq!(found.records[1].client, "web-shop", "an old program tells nothing but its name");
    for pair in found.records.windows(2) {
        assert_eq!(pair[0].before, pair[1].after, "each begins where the one before it ended");
    }
    let last = found.records[0].after.clone().unwrap();
    assert!(last.restricted && last.refused.len() == 1);
    assert_eq!(history(&world, &id, 1, 1).await.records, found.records[1..2]);
    assert_eq!(world.store.history(&id).await.unwrap()[1].told.how, Collection::NotTold);

    let mut consents = world.consents().await;
    let nobody = |customer_id: &str| customer::GetConsentHistoryRequest {
        customer_id: customer_id.to_owned(),
        ..Default::default()
    };
    let status = consents.get_consent_history(nobody("nobody")).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let get = customer::GetConsentRequest { customer_id: "nobody".to_owned() };
    assert_eq!(consents.get_consent(get).await.unwrap_err().code(), Code::NotFound);
    let set = request_of_nobody();
    assert_eq!(consents.set_consent(set).await.unwrap_err().code(), Code::NotFound);
}

fn request_of_nobody() -> customer::SetConsentRequest {
    request(&CustomerId::new("nobody").unwrap(), Decision::level(SharingLevel::Invisible), None)
}

#[tokio::test]
async fn nothing_is_allowed_to_who_decided_nothing() {
    let world = World::new().await;
    let put = customer::PutCustomerRequest { customer_id: "new".to_owned(), name: "Camille".to_owned() };
    world.backend().await.put_customer(put).await.unwrap();
    let get = customer::GetConsentRequest { customer_id: "new".to_owned() };
    let found = world.consents().await.get_consent(get).await.unwrap().into_inner();
    assert_eq!(found.allowed, []);
    assert_eq!(found.consent.unwrap().level(), customer::SharingLevel::Invisible);
}

/// A withdrawal that the disk refused holds until it is said otherwise: what is decided later of other things does not bring
/// it back.
#[tokio::test]
async fn a_single_withdrawal_holds_whatever_the_disk_says() {
    let (world, refuses) = refusing_world().await;
    let (id, _) = world.customer("Camille", SharingLevel::Browsing).await;
    let allows = async |field: customer::ConsentField| {
        let get = customer::GetConsentRequest { customer_id: id.to_string() };
        let found = world.consents().await.get_consent(get).await.unwrap().into_inner();
        found.allowed.iter().any(|one| one.field() == field)
    };
    assert!(allows(customer::ConsentField::Cart).await);
    refuses.store(true, Ordering::SeqCst);
    let without_cart = Decision::refuse([advise(Field::Cart)]);
    let status = decide(&world, &id, without_cart, None).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "it must be said again");
    assert!(!allows(customer::ConsentField::Cart).await, "and holds already");
    assert!(world.store.customer(&id).await.unwrap().unwrap().consent.refused.is_empty());

    refuses.store(false, Ordering::SeqCst);
    decide(&world, &id, Decision::refuse([advise(Field::Sizes)]), None).await.unwrap();
    assert!(!allows(customer::ConsentField::Cart).await, "that was another thing");
    assert!(!allows(customer::ConsentField::Sizes).await);
    decide(&world, &id, Decision::give([advise(Field::Cart)]), Some(text("in-shop", 1))).await.unwrap();
    assert!(allows(customer::ConsentField::Cart).await, "said otherwise");
}

/// Global Privacy Control: an opt-out with a proof, once; never a consent.
#[tokio::test]
async fn a_browser_that_asks_for_privacy_opts_out() {
    let mut settings = config(&[]);
    let hash = TokenHash::of("write-key");
    let source = |id: &str| SourceId::new(id).unwrap();
    settings.sources.push(Source {
        id: source("web"),
        name: "Web shop".to_owned(),
        write_key_sha256: hash,
        kind: SourceKind::Backend,
        origins: std::collections::BTreeSet::new(),
        currency: None,
    });
    let world = World::of(&settings).await;
    let (id, _) = world.customer("Camille", SharingLevel::Browsing).await;
    let visits = Use { purpose: Purpose::Analyse, channel: Channel::Headquarters, field: Field::Visit };
    decide(&world, &id, Decision::give([visits]), Some(text("journeys", 1))).await.unwrap();
    let analysed = async || {
        let consent = world.store.customer(&id).await.unwrap().unwrap().consent;
        consent.permits(visits.purpose, visits.channel, visits.field, world.now())
    };
    assert!(analysed().await);

    let mut events =
        EventServiceClient::with_interceptor(world.channel().await, Bearer("write-key".to_owned()));
    let mut send = async |name: &str, gpc: bool| {
        let json = serde_json::json!({
            "type": "page", "messageId": name, "userId": id.as_str(), "context": { "gpc": gpc },
        });
        let event = customer::SendEventsRequest { json: json.to_string().into_bytes() };
        events.send_events(tokio_stream::iter([event])).await.unwrap();
    };
    send("m1", false).await;
    send("m2", true).await;
    world.eventually("the signal counts", async || (!analysed().await).then_some(())).await;
    send("m3", true).await;
    send("m4", false).await;
    let seen = world.store.history(&id).await.unwrap();
    let signals = |seen: &[shopbell_domain::consent::Proof]| {
        seen.iter().filter(|proof| proof.told.how == Collection::Signal).count()
    };
    assert_eq!(signals(&seen), 1);
    assert!(!analysed().await, "that a browser asks no more is no consent");
    let lift = Decision { privacy: Some(PrivacySignal::Lifted(world.now())), ..Decision::default() };
    let status = decide(&world, &id, lift, None).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "lifting is a consent");
}
