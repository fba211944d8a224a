//! The right moment, as tablets see it.

use shopbell_domain::{consent::SharingLevel, id::CustomerId};
use shopbell_proto::{customer::v1 as customer, floor::v1 as floor};

use crate::world::{World, charter_file};

/// A world with the moments of the product; nobody is held out, which would be by chance.
async fn world(name: &str) -> World {
    let file = charter_file(name, &[("holdout_share = 0.05", "holdout_share = 0")]);
    World::with(&[&format!("charter.file={}", file.display())]).await
}

async fn card(world: &World, visit: &str) -> floor::Card {
    let request = floor::GetCardRequest { visit_id: visit.to_owned(), language: "en".to_owned() };
    world.floor("ines").await.get_card(request).await.unwrap().into_inner().card.unwrap()
}

async fn greet(world: &World, visit: &str) -> floor::Card {
    let request =
        floor::SetGreetedRequest { visit_id: visit.to_owned(), greeted: true, language: "en".to_owned() };
    world.floor("ines").await.set_greeted(request).await.unwrap().into_inner().card.unwrap()
}

async fn ask_for_help(world: &World, id: &CustomerId) {
    let request = customer::SetHelpWantedRequest { customer_id: id.to_string(), wanted: true };
    world.backend().await.set_help_wanted(request).await.unwrap();
}

#[tokio::test]
async fn who_only_just_came_in_is_left_in_peace_and_the_card_opens_by_itself() {
    let mut world = world("quiet").await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    crate::floor::wish(&world, &id).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut door = world.agent("lyon-door").await;
    door.entered(&mut world, phone).await;
    let row = tablet.row().await;
    let until = Some(world.now().as_millis() + 15_000);
    let quiet = card(&world, &row.visit_id).await;
    assert_eq!((quiet.moment(), quiet.quiet_until_ms), (floor::CardMoment::Quiet, until));

    let met = greet(&world, &row.visit_id).await;
    assert!(met.confirmed && !met.wish_list.is_empty(), "who has met the guest sees the card");
    assert_eq!((met.moment(), met.quiet_until_ms), (floor::CardMoment::Quiet, until));
    assert_eq!(met.starters, [], "and says nothing of it yet");
    let greeted = tablet.row().await;
    world.pass(14);
    assert_eq!(card(&world, &row.visit_id).await.starters, []);

    world.pass(1);
    let open = tablet.row().await;
    assert!(open.card_revision > greeted.card_revision, "an open card is fetched anew");
    let card = card(&world, &row.visit_id).await;
    assert_eq!((card.moment(), card.quiet_until_ms), (floor::CardMoment::Unspecified, None));
    assert_eq!(card.starters[0].kind(), floor::StarterKind::WishArrived);
}

#[tokio::test]
async fn a_sign_comes_to_the_row_by_itself_and_goes_when_the_guest_is_met() {
    let mut world = world("sign").await;
    let (_, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut door = world.agent("lyon-door").await;
    door.entered(&mut world, phone).await;
    let row = tablet.row().await;
    assert_eq!(row.sign(), floor::MomentSign::Unspecified);
    world.pass(15);
    let quiet_over = tablet.row().await;
    assert_eq!(quiet_over.sign(), floor::MomentSign::Unspecified);
    assert_eq!(card(&world, &row.visit_id).await.moment(), floor::CardMoment::NotYet);
    for seconds in [75, 75] {
        world.pass(seconds);
        door.still_here(&mut world, phone).await;
    }
    world.pass(15);
    let sign = tablet.row().await;
    assert_eq!(sign.sign(), floor::MomentSign::Pause, "three minutes at the door");
    assert_eq!(sign.card_revision, quiet_over.card_revision, "the row tells it");
    greet(&world, &row.visit_id).await;
    let met = tablet.row().await;
    assert!(met.greeted_by.is_some());
    assert_eq!(met.sign(), floor::MomentSign::Unspecified, "they are talking");
}

#[tokio::test]
async fn who_asks_does_not_wait() {
    let mut world = world("asks").await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let row = tablet.row().await;
    ask_for_help(&world, &id).await;
    assert!(tablet.row().await.help_since_ms.is_some());
    let card = card(&world, &row.visit_id).await;
    assert_eq!(card.starters[0].kind(), floor::StarterKind::HelpWanted);
    assert_eq!(card.moment(), floor::CardMoment::Unspecified);
}
