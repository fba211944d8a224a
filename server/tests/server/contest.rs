//! One phone in two shops: relayed, or between neighbours.

use std::sync::atomic::Ordering;

use shopbell_domain::{
    consent::SharingLevel,
    id::{PhoneId, StoreId},
    ports::{Contests as _, Ledger as _},
    token::Window,
};
use shopbell_proto::edge::v1::PresenceKind;

use crate::{
    clients::{Agent, Tablet},
    refusing::refusing_world,
    world::{World, config},
};

async fn nobody_at(world: &World, associate: &str) {
    let (_, snapshot) = world.tablet(associate).await;
    assert!(snapshot.guests.is_empty(), "{associate} sees {:?}", snapshot.guests);
}

/// Plays what a phone shows in another quarter of an hour.
async fn relays(agent: &mut Agent, world: &mut World, phone: PhoneId, window: Window) {
    let token = world.token_of(phone, window);
    let event = agent.event(world, token, PresenceKind::Entered, 0);
    agent.report(world, vec![event]).await;
}

async fn shown(tablet: &mut Tablet) -> String {
    tablet.row().await.visit_id
}

#[tokio::test]
async fn a_phone_in_two_shops_is_shown_in_neither() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut lyons, _) = world.tablet("ines").await;
    let mut lyon = world.agent("lyon-door").await;
    lyon.entered(&mut world, phone).await;
    let visit_id = shown(&mut lyons).await;
    let mut nice = world.agent("nice-door").await;
    nice.entered(&mut world, phone).await;
    assert_eq!(lyons.removed().await, visit_id);
    nobody_at(&world, "paul").await;
    world.pass(60);
    lyon.still_here(&mut world, phone).await;
    nobody_at(&world, "tom").await;
    assert_eq!(world.store.visits_of(&id).await.unwrap().len(), 1, "the second shop records nothing");

    world.pass(900);
    lyon.still_here(&mut world, phone).await;
    nobody_at(&world, "tom").await;
    // The other shop has been silent for the life of a token.
    world.pass(900);
    lyon.entered(&mut world, phone).await;
    assert_eq!(lyons.vouched_row().await.display_name.as_deref(), Some("Camille"));
}

#[tokio::test]
async fn a_relay_that_plays_the_token_of_the_quarter_beside_is_noticed() {
    for beside in [-1, 1] {
        let mut world = World::new().await;
        let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
        let (mut lyons, _) = world.tablet("ines").await;
        let mut lyon = world.agent("lyon-door").await;
        lyon.entered(&mut world, phone).await;
        let visit_id = shown(&mut lyons).await;
        let mut nice = world.agent("nice-door").await;
        let window = Window(Window::at(world.now()).0.strict_add_signed(beside));
        relays(&mut nice, &mut world, phone, window).await;
        assert_eq!(lyons.removed().await, visit_id);
        nobody_at(&world, "paul").await;
        assert!(world.server.metrics().text().contains("{fate=\"Contested\"} 1"));
    }
}

#[tokio::test]
async fn a_contest_outlives_a_restart_and_is_not_kept_for_ever() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let mut lyon = world.agent("lyon-door").await;
    lyon.entered(&mut world, phone).await;
    let mut nice = world.agent("nice-door").await;
    nice.entered(&mut world, phone).await;
    assert_eq!(world.store.contests().await.unwrap().len(), 1);
    drop((lyon, nice));

    let mut world = world.restart().await;
    nobody_at(&world, "ines").await;
    let mut nice = world.agent("nice-door").await;
    nice.still_here(&mut world, phone).await;
    nobody_at(&world, "paul").await;

    world.pass(3 * 900);
    let seen = &world;
    let forgotten = || async move { seen.store.contests().await.unwrap().is_empty().then_some(()) };
    world.eventually("what is over is forgotten on disk", forgotten).await;
    nice.entered(&mut world, phone).await;
    let (_, snapshot) = world.tablet("paul").await;
    assert_eq!(snapshot.guests.len(), 1);
}

#[tokio::test]
async fn a_contest_holds_whatever_the_disk_says_and_is_written_later() {
    let (mut world, refuses) = refusing_world().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut lyons, _) = world.tablet("ines").await;
    let mut lyon = world.agent("lyon-door").await;
    lyon.entered(&mut world, phone).await;
    let visit_id = shown(&mut lyons).await;
    refuses.store(true, Ordering::SeqCst);
    let mut nice = world.agent("nice-door").await;
    let token = world.shown_by(phone);
    let event = nice.event(&world, token, PresenceKind::Entered, 0);
    nice.send_batch(&world, vec![event]).await;
    assert_eq!(nice.result().await.unwrap_err().code(), tonic::Code::Unavailable);
    assert_eq!(lyons.removed().await, visit_id);
    refuses.store(false, Ordering::SeqCst);
    let seen = &world;
    let written = || async move { (seen.store.contests().await.unwrap().len() == 1).then_some(()) };
    world.eventually("the contest is written", written).await;
}

#[tokio::test]
async fn between_neighbours_the_louder_shop_has_the_guest() {
    let mut settings = config(&[]);
    settings.shops[0].neighbours = vec![StoreId::new("nice").unwrap()];
    let mut world = World::of(&settings).await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut lyons, _) = world.tablet("ines").await;
    let (mut nices, _) = world.tablet("paul").await;
    let mut lyon = world.agent("lyon-door").await;
    let mut nice = world.agent("nice-door").await;
    lyon.entered(&mut world, phone).await;
    let visit_id = shown(&mut lyons).await;
    nice.entered(&mut world, phone).await;
    nobody_at(&world, "paul").await;
    assert_eq!(world.store.visits_of(&id).await.unwrap().len(), 1, "next door is no visit");
    assert!(world.store.contests().await.unwrap().is_empty());

    // She walks over.
    world.pass(60);
    let token = world.shown_by(phone);
    let mut louder = nice.event(&world, token, PresenceKind::StillHere, 0);
    louder.rssi_dbm = -50;
    nice.report(&world, vec![louder]).await;
    assert_ne!(shown(&mut nices).await, visit_id);
    assert_eq!(lyons.removed().await, visit_id);
}
