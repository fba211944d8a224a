//! The agent's binary on the demo's recording, against a server that speaks the real contract.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod support;

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use shopbell_domain::presence::PresenceKind;
use support::{FakeServer, Fate, Home, Told, demo_capture};
use tokio::process::Command;

/// When the recording begins: 2026-11-20T13:41:00Z.
const START_MS: i64 = 1_795_182_060_000;

const AGENT: &str = env!("CARGO_BIN_EXE_shopbell-edge");

fn agent(settings: &[String], args: &[&str]) -> Command {
    let mut command = Command::new(AGENT);
    command.args(args).kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for setting in settings {
        command.args(["--set", setting]);
    }
    command
}

async fn finished(mut command: Command) -> (bool, String) {
    let output = tokio::time::timeout(Duration::from_secs(120), command.output()).await;
    let output = output.expect("the agent ends in time").unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Each token's kinds in order, tokens in order of their first event.
fn stories(told: &Told) -> Vec<Vec<PresenceKind>> {
    let mut stories: BTreeMap<[u8; 16], (u64, Vec<PresenceKind>)> = BTreeMap::new();
    for (_, event) in &told.events {
        let story = stories.entry(event.token.0).or_insert((event.sequence, Vec::new()));
        story.1.push(event.kind);
    }
    let mut stories: Vec<_> = stories.into_values().collect();
    stories.sort_by_key(|(first, _)| *first);
    stories.into_iter().map(|(_, story)| story).collect()
}

fn in_order_without_gaps(told: &Told) {
    let sequences: Vec<u64> = told.events.iter().map(|(_, event)| event.sequence).collect();
    assert_eq!(sequences, (1..=sequences.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_recording_becomes_presences_as_fast_as_possible() {
    let (server, home) = (FakeServer::default(), Home::new());
    let running = server.serve(0).await;
    let capture = demo_capture();
    let args = ["replay", capture.to_str().unwrap(), "--speed", "max", "--exit-at-end"];
    let (success, log) = finished(agent(&home.settings(running.address), &args)).await;
    assert!(success, "{log}");
    server.told(|told| {
        in_order_without_gaps(told);
        let stories = stories(told);
        assert!(stories.len() >= 4, "{stories:?}");
        for story in stories {
            assert_eq!(story.first(), Some(&PresenceKind::Entered), "{story:?}");
            assert_eq!(story.last(), Some(&PresenceKind::Left), "everybody leaves at the end: {story:?}");
        }
        let (_, first) = &told.events[0];
        let recorded = START_MS..START_MS + 480_000;
        assert!(recorded.contains(&first.at.wall.as_millis()), "{:?}", first.at);
    });
    // Nothing is left: a second run starts with an empty outbox.
    assert!(log.contains("everything is delivered"), "{log}");
}

#[tokio::test]
async fn a_flaky_server_gets_everything_at_least_once() {
    let fates = [Fate::LoseAndCut, Fate::KeepAndCut, Fate::Keep, Fate::LoseAndCut, Fate::Delay];
    let (server, home) = (FakeServer::with_fates(fates), Home::new());
    let running = server.serve(0).await;
    let mut settings = home.settings(running.address);
    settings.push("uplink.batch_events=3".to_owned());
    let capture = demo_capture();
    let args = ["replay", capture.to_str().unwrap(), "--speed", "max", "--exit-at-end"];
    let (success, log) = finished(agent(&settings, &args)).await;
    assert!(success, "{log}");
    server.told(|told| {
        let mut seen: Vec<u64> = told.events.iter().map(|(_, event)| event.sequence).collect();
        let repeated = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>(), "none is lost");
        assert!(repeated > seen.len(), "the kept but unacknowledged batch came twice");
        assert!(told.greetings.len() >= 4, "a new stream after each cut");
    });
}
