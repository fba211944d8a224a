//! What tablets see and do.

use std::sync::Arc;

use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::SharingLevel,
    id::{CustomerId, ProductId},
    ports::{Change, Imports as _, Ledger as _, LookKind, Looks as _},
    profile::{Item, Source},
};
use shopbell_proto::{customer::v1 as customer, floor::v1 as floor};
use shopbell_server::online::{Readings, make_views_anew};
use tokio::sync::{Notify, Semaphore};
use tonic::Code;

use crate::{
    refusing::{Between, Gate},
    world::{World, lyon},
};

pub(crate) async fn wish(world: &World, customer: &CustomerId) {
    let product = ProductId::new("coat").unwrap();
    let stock =
        Stock::new(Some("38".to_owned()), 2, world.now() - std::time::Duration::from_secs(20 * 86_400));
    let item = Item {
        product: product.clone(),
        name: None,
        size: Some("38".to_owned()),
        quantity: 1,
        at: world.now() - std::time::Duration::from_secs(10 * 86_400),
        source: Source::Web,
    };
    let changes = vec![
        Change::Product(Product::new(product.clone(), "Linen coat", "Coats")),
        Change::Stock { store: lyon(), product, pieces: vec![stock] },
        Change::Wish { customer: customer.clone(), item },
    ];
    world.store.apply(changes).await.unwrap();
    make_views_anew(&world.store, &world.store, &Readings::default(), |_| ()).await.unwrap();
}

fn get(visit: &str) -> floor::GetCardRequest {
    floor::GetCardRequest { visit_id: visit.to_owned(), language: "fr-FR".to_owned() }
}

fn greet(visit: &str, greeted: bool) -> floor::SetGreetedRequest {
    floor::SetGreetedRequest { visit_id: visit.to_owned(), greeted, language: "en".to_owned() }
}

fn feedback(visit: &str, starter: &str, word: floor::StarterFeedback) -> floor::SetFeedbackRequest {
    floor::SetFeedbackRequest {
        visit_id: visit.to_owned(),
        starter_id: starter.to_owned(),
        feedback: word.into(),
    }
}

#[tokio::test]
async fn a_visit_appears_and_greeting_opens_the_card_for_that_associate_alone() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    wish(&world, &id).await;
    let (mut tablet, snapshot) = world.tablet("ines").await;
    assert_eq!((snapshot.store_name.as_str(), snapshot.associate_name.as_str()), ("Lyon", "Inès"));
    assert!(snapshot.guests.is_empty() && snapshot.zones.len() == 2);

    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let row = tablet.row().await;
    assert_eq!((row.display_name.as_deref(), row.zone_id.as_str()), (Some("Camille"), "door"));
    assert_eq!(row.state(), floor::GuestState::Here);
    assert_eq!(row.began_at_ms, world.now().as_millis());

    let mut ines = world.floor("ines").await;
    let card = ines.get_card(get(&row.visit_id)).await.unwrap().into_inner().card.unwrap();
    assert!(!card.confirmed && card.starters.is_empty() && card.wish_list.is_empty());
    assert!(
        card.shares.contains(&i32::from(floor::SharedKind::WishList)),
        "what is shared in general is told"
    );
    let looked = world.now();
    world.pass(1);
    ines.get_card(get(&row.visit_id)).await.unwrap();
    let first: Vec<_> = world.store.looks_at(&id, 10).await.unwrap();
    assert_eq!(first.len(), 1, "a card that is fetched anew is the same look");
    assert_eq!((first[0].what, first[0].associate.as_str()), (LookKind::NamedMinimalCardOpened, "ines"));
    assert_eq!(first[0].at, looked);

    let card = ines.set_greeted(greet(&row.visit_id, true)).await.unwrap().into_inner().card.unwrap();
    assert!(card.confirmed);
    assert_eq!(card.wish_list[0].in_stock_here, Some(2));
    assert_eq!(card.starters[0].kind(), floor::StarterKind::WishArrived);
    assert_eq!(card.starters[0].say, "We have the Linen coat here. Shall I show you?");
    assert!(!card.starters[0].facts.is_empty());
    let greeted = tablet.row().await;
    assert_eq!(greeted.greeted_by.as_deref(), Some("Inès"));
    assert!(greeted.card_revision > row.card_revision);

    world.pass(1);
    let french = ines.get_card(get(&row.visit_id)).await.unwrap().into_inner().card.unwrap();
    assert!(french.starters[0].say.starts_with("Nous avons"), "{}", french.starters[0].say);
    let toms =
        world.floor("tom").await.get_card(get(&row.visit_id)).await.unwrap().into_inner().card.unwrap();
    assert!(!toms.confirmed && toms.wish_list.is_empty(), "confirmation is each associate's own");

    let looks: Vec<_> =
        world.store.looks_at(&id, 10).await.unwrap().into_iter().map(|look| look.what).collect();
    let (minimal, greeted) = (LookKind::NamedMinimalCardOpened, LookKind::Greeted);
    assert_eq!(looks, [LookKind::CardOpened, minimal, greeted, minimal], "Tom's look, too");
}

#[tokio::test]
async fn greeting_twice_is_once_and_can_be_taken_back() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let row = tablet.row().await;
    let mut ines = world.floor("ines").await;
    ines.set_greeted(greet(&row.visit_id, true)).await.unwrap();
    let first = tablet.row().await;
    ines.set_greeted(greet(&row.visit_id, true)).await.unwrap();
    let card = ines.set_greeted(greet(&row.visit_id, false)).await.unwrap().into_inner().card.unwrap();
    assert!(!card.confirmed);
    let back = tablet.row().await;
    assert_eq!(back.greeted_by, None, "the second greeting made no change of its own");
    assert_eq!(back.card_revision, first.card_revision + 1);
    let visit = &world.store.visits_of(&id).await.unwrap()[0];
    assert!(visit.greeted.is_empty());
}

#[tokio::test]
async fn what_did_not_fit_is_gone_for_the_visit_and_the_outcome_is_kept() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    wish(&world, &id).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let mut ines = world.floor("ines").await;
    let card = ines.set_greeted(greet(&visit_id, true)).await.unwrap().into_inner().card.unwrap();
    let starter_id = card.starters[0].id.clone();
    let feedback = |word| feedback(&visit_id, &starter_id, word);
    for odd in ["wish", "wish-arrived/", "wish-arrived/a coat", "cart-left\n"] {
        let request = floor::SetFeedbackRequest {
            starter_id: odd.to_owned(),
            ..feedback(floor::StarterFeedback::Used)
        };
        let refused = ines.set_feedback(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{odd:?}");
    }
    ines.set_feedback(feedback(floor::StarterFeedback::Used)).await.unwrap();
    let card = ines.get_card(get(&visit_id)).await.unwrap().into_inner().card.unwrap();
    assert_eq!(card.starters[0].feedback(), floor::StarterFeedback::Used);
    ines.set_feedback(feedback(floor::StarterFeedback::NotNow)).await.unwrap();
    let card = ines.get_card(get(&visit_id)).await.unwrap().into_inner().card.unwrap();
    let kinds: Vec<_> = card.starters.iter().map(floor::Starter::kind).collect();
    assert_eq!(kinds, [floor::StarterKind::Hello], "nothing but a hello is left");
    let sold = floor::SetOutcomeRequest { visit_id: visit_id.clone(), outcome: floor::Outcome::Sold.into() };
    ines.set_outcome(sold).await.unwrap();
    let visit = &world.store.visits_of(&id).await.unwrap()[0];
    assert_eq!(visit.outcome, Some(shopbell_domain::visit::Outcome::Sold));
    assert_eq!(visit.feedback.len(), 1);
}

#[tokio::test]
async fn a_card_that_is_fetched_while_a_word_is_taken_back_is_the_one_of_its_revision() {
    let gate = Arc::new(Gate { reached: Notify::new(), passes: Semaphore::new(1) });
    let between = Between { remarks: Some(Arc::clone(&gate)), ..Between::default() };
    let mut world = World::on(move |store| between.before(store)).await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    wish(&world, &id).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let (mut ines, mut other) = (world.floor("ines").await, world.floor("ines").await);
    let card = ines.set_greeted(greet(&visit_id, true)).await.unwrap().into_inner().card.unwrap();
    let starter_id = card.starters[0].id.clone();
    let feedback = |word| feedback(&visit_id, &starter_id, word);
    ines.set_feedback(feedback(floor::StarterFeedback::Wrong)).await.unwrap();
    gate.reached.notified().await;
    world.pass(1);
    let mut look = async || {
        let card = other.get_card(get(&visit_id)).await.unwrap().into_inner().card.unwrap();
        (card.guest.unwrap().card_revision, card.starters.iter().any(|one| one.id == starter_id))
    };
    let undo = ines.set_feedback(feedback(floor::StarterFeedback::Unspecified));
    let meanwhile = async {
        gate.reached.notified().await;
        let before = look().await;
        gate.passes.add_permits(1);
        before
    };
    let (undone, (before, was_there)) = tokio::join!(undo, meanwhile);
    undone.unwrap();
    let (after, is_there) = look().await;
    assert!(!was_there && is_there);
    assert!(before < after, "a tablet that has {before} fetches the card again at {after}");
}

#[tokio::test]
async fn whoever_asks_for_help_is_seen_at_once_and_may_be_asked_before_greeting() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let wanted = |wanted| customer::SetHelpWantedRequest { customer_id: id.to_string(), wanted };
    let mut backend = world.backend().await;
    backend.set_help_wanted(wanted(true)).await.unwrap();
    assert_eq!(tablet.row().await.help_since_ms, Some(world.now().as_millis()));
    let card = world.floor("tom").await.get_card(get(&visit_id)).await.unwrap().into_inner().card.unwrap();
    assert_eq!(card.starters.len(), 1);
    assert_eq!(card.starters[0].kind(), floor::StarterKind::HelpWanted);
    backend.set_help_wanted(wanted(false)).await.unwrap();
    assert_eq!(tablet.row().await.help_since_ms, None);
}

#[tokio::test]
async fn a_guest_leaves_and_is_forgotten_after_a_quarter_of_an_hour() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    world.pass(60);
    let token = world.shown_by(phone);
    let left = agent.event(&world, token, shopbell_proto::edge::v1::PresenceKind::Left, 0);
    agent.report(&world, vec![left]).await;
    let row = tablet.row().await;
    assert_eq!((row.state(), row.left_at_ms), (floor::GuestState::Left, Some(world.now().as_millis())));
    world.pass(14 * 60);
    assert!(world.floor("ines").await.get_card(get(&visit_id)).await.is_ok());
    world.pass(60);
    assert_eq!(tablet.removed().await, visit_id);
    let gone = world.floor("ines").await.get_card(get(&visit_id)).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
}

#[tokio::test]
async fn two_agents_and_a_new_token_are_one_visit() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let (mut door, mut shoes) = (world.agent("lyon-door").await, world.agent("lyon-shoes").await);
    door.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    // Into the next quarter of an hour, so that the phone shows another token.
    let before = world.shown_by(phone);
    world.pass(540);
    assert_ne!(world.shown_by(phone), before);
    shoes.entered(&mut world, phone).await;
    let row = tablet.vouched_row().await;
    assert_eq!((row.visit_id, row.zone_id.as_str()), (visit_id, "shoes"));
    assert_eq!(world.store.visits_of(&id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_tablet_resumes_from_its_cursor_and_gets_a_snapshot_for_any_other() {
    let mut world = World::new().await;
    let mut phones = Vec::new();
    for name in ["Ada", "Bea", "Cid"] {
        phones.push(world.customer(name, SharingLevel::Present).await.1);
    }
    let mut agent = world.agent("lyon-door").await;
    let (mut tablet, _) = world.tablet("ines").await;
    agent.entered(&mut world, phones[0]).await;
    tablet.row().await;
    let cursor = tablet.cursor.clone();
    drop(tablet);
    agent.entered(&mut world, phones[1]).await;
    agent.entered(&mut world, phones[2]).await;
    let mut again = world.tablet_from("ines", &cursor).await;
    assert_eq!(again.row().await.display_name.as_deref(), Some("Bea"));
    assert_eq!(again.row().await.display_name.as_deref(), Some("Cid"));
    let newest = again.cursor.clone();
    let mut nothing_missed = world.tablet_from("ines", &newest).await;
    let beat = nothing_missed.next().await;
    assert!(
        matches!(beat.body, Some(floor::watch_floor_response::Body::Heartbeat(_))),
        "the line stands at once"
    );
    assert_eq!(beat.cursor, newest);
    let mut lost = world.tablet_from("ines", "of-another-life").await;
    match lost.next().await.body {
        Some(floor::watch_floor_response::Body::Snapshot(snapshot)) => assert_eq!(snapshot.guests.len(), 3),
        other => panic!("no snapshot but {other:?}"),
    }
}

#[tokio::test]
async fn silence_is_broken_by_heartbeats() {
    let world = World::with(&["limits.floor_heartbeat_s=0.05"]).await;
    let (mut tablet, _) = world.tablet("ines").await;
    for _ in 0..3 {
        let beat = tablet.next().await;
        assert!(matches!(beat.body, Some(floor::watch_floor_response::Body::Heartbeat(_))));
        assert_eq!(beat.server_time_ms, world.now().as_millis());
    }
}

#[tokio::test]
async fn a_tablet_that_reads_too_slowly_is_cut_and_comes_back() {
    let mut world = World::with(&["limits.tablet_queue=4"]).await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    // The stream's window is small, so that what is not read stays with the server.
    let endpoint = tonic::transport::Channel::from_shared(world.server.url()).unwrap();
    let channel = endpoint.initial_stream_window_size(1_024).connect().await.unwrap();
    let bearer = crate::world::Bearer(crate::world::token_of("tom"));
    let mut slow = floor::floor_service_client::FloorServiceClient::with_interceptor(channel, bearer);
    let mut stream = slow.watch_floor(floor::WatchFloorRequest::default()).await.unwrap().into_inner();
    let opening = stream.message().await.unwrap().unwrap();
    let Some(floor::watch_floor_response::Body::Snapshot(snapshot)) = opening.body else {
        panic!("no snapshot")
    };
    let visit_id = snapshot.guests[0].visit_id.clone();

    let mut ines = world.floor("ines").await;
    let mut sold = true;
    while world.server.metrics().floor_cut.get() == 0 {
        let outcome = if sold { floor::Outcome::Sold } else { floor::Outcome::Talked };
        sold = !sold;
        let request = floor::SetOutcomeRequest { visit_id: visit_id.clone(), outcome: outcome.into() };
        tokio::time::timeout(crate::world::SOON, ines.set_outcome(request)).await.unwrap().unwrap();
    }
    let mut cursor = String::new();
    let end = loop {
        match tokio::time::timeout(crate::world::SOON, stream.message()).await.unwrap() {
            Ok(Some(message)) => cursor = message.cursor,
            Ok(None) => panic!("the stream ended without a word"),
            Err(status) => break status,
        }
    };
    assert_eq!(end.code(), Code::Aborted);
    let mut again = world.tablet_from("tom", &cursor).await;
    assert_eq!(again.row().await.visit_id, visit_id, "what was missed comes with the cursor");
}

#[tokio::test]
async fn associates_of_another_shop_see_nothing_of_it() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let (_paul, snapshot) = world.tablet("paul").await;
    assert!(snapshot.guests.is_empty());
    let mut paul = world.floor("paul").await;
    let feedback = floor::SetFeedbackRequest {
        visit_id: visit_id.clone(),
        starter_id: "help-wanted".to_owned(),
        feedback: floor::StarterFeedback::Used.into(),
    };
    let outcome =
        floor::SetOutcomeRequest { visit_id: visit_id.clone(), outcome: floor::Outcome::Sold.into() };
    let refused = [
        paul.get_card(get(&visit_id)).await.unwrap_err(),
        paul.set_greeted(greet(&visit_id, true)).await.unwrap_err(),
        paul.set_feedback(feedback).await.unwrap_err(),
        paul.set_outcome(outcome).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|status| status.code() == Code::NotFound), "{refused:?}");
}

#[tokio::test]
async fn whoever_has_left_is_not_greeted_and_gets_no_starters() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    wish(&world, &id).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let mut ines = world.floor("ines").await;
    let card = ines.set_greeted(greet(&visit_id, true)).await.unwrap().into_inner().card.unwrap();
    let starter_id = card.starters[0].id.clone();
    tablet.row().await;
    world.pass(60);
    let token = world.shown_by(phone);
    let left = agent.event(&world, token, shopbell_proto::edge::v1::PresenceKind::Left, 0);
    agent.report(&world, vec![left]).await;
    assert_eq!(tablet.row().await.state(), floor::GuestState::Left);

    let refused = world.floor("tom").await.set_greeted(greet(&visit_id, true)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let card = ines.get_card(get(&visit_id)).await.unwrap().into_inner().card.unwrap();
    assert!(card.confirmed && card.starters.is_empty());
    let feedback = floor::StarterFeedback::Used.into();
    let used = floor::SetFeedbackRequest { visit_id: visit_id.clone(), starter_id, feedback };
    ines.set_feedback(used).await.unwrap();
    let sold = floor::SetOutcomeRequest { visit_id: visit_id.clone(), outcome: floor::Outcome::Sold.into() };
    ines.set_outcome(sold).await.unwrap();
    let card = ines.set_greeted(greet(&visit_id, false)).await.unwrap().into_inner().card.unwrap();
    assert!(!card.confirmed, "what was said by mistake can be taken back");
}
