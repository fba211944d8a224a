//! The line between shop and server over TLS, with real processes.

use std::time::Duration;

use shopbell_proto::customer::v1::SharingLevel;
use shopbell_tests::{
    phone::{Phone, Stretch, write_capture},
    world::{PATIENCE, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_reports_over_tls_and_trusts_only_its_authority() {
    let mut world =
        World::at("2026-11-20T13:46:00Z").shop("lyon", &[("lyon-1", "entrance"), ("lyon-2", "shoes")]).tls();
    world.start_server().await;
    let tokens = world.app().await.customer("camille", SharingLevel::Present).await;
    let now = world.clock.now();
    let stay = Stretch { during: now..now + Duration::from_secs(4), rssi: -60 };
    let capture = world.path("lyon.jsonl");
    let file = std::fs::File::create(&capture).unwrap();
    write_capture(Phone::android(tokens, 1).heard(&[stay]), file).unwrap();
    let mut agent = world.start_agent_on("lyon-1", &capture, &["--exit-at-end"]);
    // The second trusts the public authorities only, and so not this server.
    let mut distrustful = world.start_agent_on("lyon-2", &capture, &["--set", "server.ca_file="]);

    distrustful.says("no line to the server").await;
    assert!(agent.wait(PATIENCE).success(), "{}", agent.log());
    distrustful.stop();
    let audit = world.end().await;
    assert_eq!(audit.visits.len(), 1, "{:#?}", audit.visits);
    assert!(
        audit.presences.iter().all(|presence| presence.agent.as_str() == "lyon-1"),
        "{:#?}",
        audit.presences
    );
}
