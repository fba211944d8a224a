//! Stopping in order, and starting on what is on disk.

use shopbell_domain::{consent::SharingLevel, id::BootId};
use shopbell_proto::floor::v1 as floor;
use tonic::Code;

use crate::{
    clients::Agent,
    world::{World, stop},
};

#[tokio::test]
async fn a_restart_rebuilds_the_floor_and_goes_on_with_the_same_visit() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let boot = BootId(9);
    let mut agent = Agent::open(&world, "lyon-door", boot, 0).await;
    agent.entered(&mut world, phone).await;
    let (visit_id, cursor) = (tablet.row().await.visit_id, tablet.cursor.clone());
    drop((agent, tablet));

    let mut world = world.restart().await;
    world.pass(30);
    let mut tablet = world.tablet_from("ines", &cursor).await;
    let guests = match tablet.next().await.body {
        Some(floor::watch_floor_response::Body::Snapshot(snapshot)) => snapshot.guests,
        other => panic!("a cursor of an earlier run gave {other:?}"),
    };
    assert_eq!(guests.len(), 1);
    assert_eq!(
        (guests[0].visit_id.as_str(), guests[0].state()),
        (visit_id.as_str(), floor::GuestState::Uncertain)
    );
    let mut agent = Agent::open(&world, "lyon-door", boot, 1).await;
    let row = tablet.row().await;
    assert_eq!((row.state(), row.visit_id), (floor::GuestState::Here, visit_id));
    agent.still_here(&mut world, phone).await;
}

#[tokio::test]
async fn stopping_ends_every_stream_with_unavailable() {
    let world = World::new().await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    let url = world.server.url();
    let World { server, store, .. } = world;
    let (stopped, watched, reported) = tokio::join!(stop(server), tablet.message(), agent.result());
    let () = stopped;
    assert_eq!(watched.unwrap_err().code(), Code::Unavailable);
    assert_eq!(reported.unwrap_err().code(), Code::Unavailable);
    let channel = tonic::transport::Channel::from_shared(url).unwrap();
    assert!(channel.connect().await.is_err(), "nobody listens any more");
    drop(store);
}
