//! Why something was suggested, or not: asked by an operator, now and of the log.

use std::time::Duration;

use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::{Sharing, SharingLevel},
    id::{CustomerId, ProductId, StoreId},
    ports::{Change, Customers as _, Imports as _, LookKind, Looks as _},
    profile::{Item, Source},
    showing::{Entry, Showings as _},
    time::Timestamp,
};
use shopbell_proto::{
    admin::v1::{self as admin, starter_service_client::StarterServiceClient},
    edge::v1::PresenceKind,
    floor::v1 as floor,
};
use shopbell_server::online::{Readings, make_views_anew};
use tonic::{Code, Status};

use crate::world::{Bearer, World, lyon, token_of};

/// A coat that is here, and one of another size that is not.
async fn wishes(world: &World, customer: &CustomerId) {
    let mut changes = Vec::new();
    for (id, pieces) in [("coat", 2), ("scarf", 0)] {
        let product = ProductId::new(id).unwrap();
        let at = world.now() - Duration::from_secs(10 * 86_400);
        let stock = Stock::new(None, pieces, at);
        let item = Item {
            product: product.clone(),
            name: None,
            size: None,
            quantity: 1,
            at: at - Duration::from_secs(86_400),
            source: Source::Web,
        };
        changes.push(Change::Product(Product::new(product.clone(), format!("Linen {id}"), "Clothes")));
        changes.push(Change::Stock { store: lyon(), product, pieces: vec![stock] });
        changes.push(Change::Wish { customer: customer.clone(), item });
    }
    world.store.apply(changes).await.unwrap();
    make_views_anew(&world.store, &world.store, &Readings::default(), |_| ()).await.unwrap();
}

async fn explained(
    world: &World,
    at: Option<Timestamp>,
    store: &str,
) -> Result<admin::ExplainCardResponse, Status> {
    let mut client =
        StarterServiceClient::with_interceptor(world.channel().await, Bearer(token_of("operator")));
    let request = admin::ExplainCardRequest {
        customer_id: "camille".to_owned(),
        store_id: store.to_owned(),
        at_ms: at.map(Timestamp::as_millis),
        asked_by: "nadia".to_owned(),
        language: "en".to_owned(),
    };
    client.explain_card(request).await.map(tonic::Response::into_inner)
}

fn fates(card: &admin::ExplainCardResponse) -> Vec<(&str, u32)> {
    card.candidates.iter().map(|one| (one.id.as_str(), one.slot)).collect()
}

#[tokio::test]
async fn a_card_is_explained_now_and_from_the_log_and_no_further_than_is_shared() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    wishes(&world, &id).await;
    let none = explained(&world, None, "lyon").await.unwrap_err();
    assert_eq!(none.code(), Code::NotFound, "nobody is here, and nothing was shown");

    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit = tablet.row().await.visit_id;
    let before = explained(&world, None, "lyon").await.unwrap();
    assert!(!before.shown, "composed for the answer");
    let log = world.store.log_of(&id, Timestamp::EPOCH, 9).await.unwrap();
    assert!(log.is_empty(), "and not logged: {log:?}");

    let mut ines = world.floor("ines").await;
    let greet =
        floor::SetGreetedRequest { visit_id: visit.clone(), greeted: true, language: "en".to_owned() };
    let card = ines.set_greeted(greet).await.unwrap().into_inner().card.unwrap();
    let said: Vec<_> = card.starters.iter().map(|one| (one.id.as_str(), one.say.as_str())).collect();
    let told = before.candidates.iter().filter(|one| one.slot > 0);
    assert_eq!(said, told.map(|one| (one.id.as_str(), one.say.as_str())).collect::<Vec<_>>());
    let logged = explained(&world, Some(world.now()), "lyon").await.unwrap();
    assert!(logged.shown && logged.remarks.is_empty());
    assert_eq!(logged.candidates[0].parts, before.candidates[0].parts);
    let verdict = floor::SetFeedbackRequest {
        visit_id: visit,
        starter_id: card.starters[0].id.clone(),
        feedback: floor::StarterFeedback::Helpful.into(),
    };
    ines.set_feedback(verdict).await.unwrap();

    let shown = world.now();
    world.pass(60);
    let logged = explained(&world, Some(shown), "lyon").await.unwrap();
    assert!(logged.shown);
    assert_eq!((fates(&logged), &logged.moment), (fates(&before), &before.moment));
    assert!(!logged.candidates[0].parts.is_empty() && logged.candidates[0].score.is_some());
    assert_eq!((logged.remarks.len(), logged.remarks[0].said.as_str()), (1, "helpful"));
    let wishes = |card: &admin::ExplainCardResponse| {
        card.elements.iter().filter(|element| element.field == "wish_list").count()
    };
    assert_eq!(wishes(&logged), 2);
    assert!(before.unknown.contains(&"orders: not shared".to_owned()), "{:?}", before.unknown);

    // She takes the wish list back: it is not told any more, also not of what was shown then.
    let present = Sharing { level: SharingLevel::Present, ..Sharing::default() };
    world.store.set_sharing(&id, present, world.now()).await.unwrap();
    let later = explained(&world, Some(shown), "lyon").await.unwrap();
    assert_eq!(wishes(&later), 0);
    assert!(later.candidates.iter().all(|one| !one.id.starts_with("wish")), "{:?}", fates(&later));
    assert!(later.remarks.is_empty());
    assert!(later.left_out > 0 && later.outcomes.is_empty() && !logged.outcomes.is_empty());
    assert!(later.candidates.iter().all(|one| one.score.is_none() && one.parts.is_empty()), "{later:?}");
    // Who does not share any more to have been there is not told of.
    world.store.set_sharing(&id, Sharing::default(), world.now()).await.unwrap();
    let gone = explained(&world, Some(shown), "lyon").await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);

    // At two moments: what is looked at twice at once is one look.
    let looks = world.store.looks_at(&id, 20).await.unwrap();
    let asked = looks.iter().filter(|look| look.what == LookKind::CardExplained);
    assert!(asked.clone().count() == 2 && asked.clone().all(|look| look.associate.as_str() == "nadia"));
}

#[tokio::test]
async fn of_who_has_left_the_last_card_that_was_shown_is_explained() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    wishes(&world, &id).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let greet = floor::SetGreetedRequest { visit_id, greeted: true, language: "en".to_owned() };
    world.floor("ines").await.set_greeted(greet).await.unwrap();
    tablet.row().await;
    let shown = world.now();
    world.pass(60);
    let token = world.shown_by(phone);
    let left = agent.event(&world, token, PresenceKind::Left, 0);
    agent.report(&world, vec![left]).await;
    assert_eq!(tablet.row().await.state(), floor::GuestState::Left);
    let card = explained(&world, None, "lyon").await.unwrap();
    assert_eq!((card.shown, card.at_ms), (true, shown.as_millis()));
    assert!(!fates(&card).is_empty(), "{card:?}");
}

#[tokio::test]
async fn what_was_not_shown_there_or_then_is_not_found_and_only_operators_ask() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    wishes(&world, &id).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let greet = floor::SetGreetedRequest { visit_id, greeted: true, language: "en".to_owned() };
    world.floor("ines").await.set_greeted(greet).await.unwrap();
    for (at, store) in [
        (Some(world.now()), "nice"),
        (Some(world.now() - Duration::from_secs(3_600)), "lyon"),
        (None, "nowhere"),
    ] {
        let refused = explained(&world, at, store).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "{at:?} {store}");
    }
    for caller in ["ines", "app", "lyon-door"] {
        let mut client =
            StarterServiceClient::with_interceptor(world.channel().await, Bearer(token_of(caller)));
        let refused = client.explain_card(admin::ExplainCardRequest::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{caller}");
    }
    let entries = world.store.log_of(&id, Timestamp::EPOCH, 9).await.unwrap();
    assert!(matches!(&entries[..], [Entry::Showing(one)] if one.store == StoreId::new("lyon").unwrap()));
}
