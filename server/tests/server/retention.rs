//! Data grows old in a running server.

use std::time::Duration;

use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    ports::Customers as _,
    rights::{State, port::Regulations as _},
};

use crate::world::{SOON, World};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn who_did_nothing_for_three_years_is_erased_at_the_next_start() {
    let world = World::new().await;
    let (camille, _) = world.customer("Camille", SharingLevel::Present).await;
    let (anna, _) = world.customer("Anna", SharingLevel::Present).await;
    let decided = Sharing { level: SharingLevel::Wishes, greet_by_name: true, alone_until: None };
    world.store.set_sharing(&camille, decided, world.now()).await.unwrap();
    world.pass(1_000 * DAY);
    world.store.set_sharing(&anna, decided, world.now()).await.unwrap();
    let world = world.restart().await;
    world.pass(97 * DAY);
    assert!(world.store.customer(&camille).await.unwrap().is_some(), "it is not time yet");
    let world = world.restart().await;
    let erased = async {
        while world.store.customer(&camille).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        loop {
            let asked = world.store.regulations(None, 10).await.unwrap();
            match &*asked {
                [one] if one.state == State::Finished => return one.clone(),
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    let regulation = tokio::time::timeout(SOON, erased).await.expect("she is erased");
    assert_eq!(regulation.tally.done, 1);
    assert_eq!(world.store.vault().counts().tombstones, 2, "she, and her phone");
    assert!(world.store.customer(&anna).await.unwrap().is_some(), "she decided something since");
    let text = world.server.metrics().text();
    assert!(text.contains("shopbell_retention_deleted_total{class=\"profiles\"} 1"), "{text}");
}
