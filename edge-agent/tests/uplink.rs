//! What the agent's line to the server survives: cuts, restarts, a wrong token, `kill -9`, and a stop.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod support;

use std::{collections::BTreeMap, io::Write as _, path::PathBuf, process::Stdio, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use proptest::prelude::*;
use shopbell_domain::{presence::PresenceKind, token::PresenceToken};
use shopbell_proto::frame::{BrandUuid, TokenCarrier};
use support::{FakeServer, Fate, Home, Told};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
};

const START_MS: u64 = 1_795_182_060_000;

/// A recording in which a new phone enters every `gap_ms` and is heard twice.
fn recording(home: &Home, phones: u16, gap_ms: u64) -> PathBuf {
    let path = home.dir.path().join("air.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for phone in 0..phones {
        let mut token = [0; 16];
        token[..2].copy_from_slice(&phone.to_be_bytes());
        let ad = TokenCarrier::ServiceData.advertise(BrandUuid(0xfcf1), PresenceToken(token));
        for half in [0, gap_ms / 2] {
            let t_ms = START_MS + u64::from(phone) * gap_ms + half;
            writeln!(file, r#"{{"t_ms":{t_ms},"rssi":-55,"ad_hex":"{}"}}"#, hex::encode(&ad)).unwrap();
        }
    }
    file.flush().unwrap();
    path
}

fn replay(settings: &[String], recording: &std::path::Path, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopbell-edge"));
    command.arg("replay").arg(recording).args(args);
    command.kill_on_drop(true).stdin(Stdio::null()).stderr(Stdio::piped());
    for setting in settings {
        command.args(["--set", setting]);
    }
    command.spawn().unwrap()
}

async fn finished(agent: Child) -> String {
    let output = tokio::time::timeout(Duration::from_secs(120), agent.wait_with_output());
    let output = output.await.expect("the agent ends in time").unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    log
}

/// Per boot, the sequences as first received: they must rise without a gap.
fn nothing_is_missing(told: &Told) -> usize {
    let mut next: BTreeMap<u128, u64> = BTreeMap::new();
    let mut events = 0;
    for (boot, event) in &told.events {
        let next = next.entry(*boot).or_insert(1);
        assert!(event.sequence <= *next, "boot {boot:x}: {} came before {next}", event.sequence);
        if event.sequence == *next {
            *next += 1;
            events += 1;
        }
    }
    events
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![3 => Just(Fate::Keep), 1 => Just(Fate::KeepAndCut), 1 => Just(Fate::LoseAndCut), 1 => Just(Fate::Delay)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn every_event_comes_at_least_once_and_in_order(fates in prop::collection::vec(fate(), 0..12)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let (server, home) = (FakeServer::with_fates(fates), Home::new());
            let running = server.serve(0).await;
            let mut settings = home.settings(running.address);
            settings.extend(["uplink.batch_events=4".to_owned(), "uplink.batch_ms=10".to_owned()]);
            let recording = recording(&home, 30, 100);
            finished(replay(&settings, &recording, &["--speed", "max", "--exit-at-end"])).await;
            // Each of 30 phones enters and leaves.
            assert_eq!(server.told(nothing_is_missing), 60);
        });
    }
}

#[tokio::test]
async fn acknowledgements_that_come_four_batches_late_hold_up_nothing() {
    let (server, home) = (FakeServer::with_fates([Fate::Delay; 10]), Home::new());
    let running = server.serve(0).await;
    let mut settings = home.settings(running.address);
    settings.extend(["uplink.batch_events=4".to_owned(), "uplink.batch_ms=10".to_owned()]);
    let recording = recording(&home, 30, 100);
    finished(replay(&settings, &recording, &["--speed", "max", "--exit-at-end"])).await;
    assert_eq!(server.told(nothing_is_missing), 60);
}

#[tokio::test]
async fn a_server_that_comes_late_and_restarts_gets_everything() {
    let (server, home) = (FakeServer::default(), Home::new());
    // Finds a free port, and gives it up again.
    let first = server.serve(0).await;
    let address = first.address;
    first.stop().await;
    let recording = recording(&home, 100, 40);
    let settings = home.settings(address);
    let agent = replay(&settings, &recording, &["--speed", "2", "--exit-at-end"]);
    let running = server.serve(address.port()).await;
    server.until("some events come", |told| told.events.len() >= 10).await;
    running.stop().await;
    let before = server.told(|told| told.events.len());
    assert!(before < 100, "the server was away while phones came");
    let _running = server.serve(address.port()).await;
    let log = finished(agent).await;
    assert_eq!(server.told(nothing_is_missing), 200, "{log}");
    assert!(log.contains("trying again"), "{log}");
}

#[tokio::test]
async fn an_event_that_the_server_rejects_holds_up_nothing() {
    let (server, home) =
        (FakeServer::with_fates([Fate::Keep, Fate::RejectOne, Fate::RejectOne]), Home::new());
    let running = server.serve(0).await;
    let mut settings = home.settings(running.address);
    settings.extend(["uplink.batch_events=4".to_owned(), "uplink.batch_ms=10".to_owned()]);
    let recording = recording(&home, 30, 100);
    let log = finished(replay(&settings, &recording, &["--speed", "max", "--exit-at-end"])).await;
    assert!(log.contains("the server rejects an event, which is set aside"), "{log}");
    assert!(log.contains("batch.events.kind is invalid"), "{log}");
    server.told(|told| {
        assert_eq!(told.rejected.len(), 2, "each was sent once");
        assert_eq!(told.greetings.len(), 1, "the line stands");
        let kept: std::collections::BTreeSet<u64> =
            told.events.iter().map(|(_, event)| event.sequence).collect();
        let rejected: std::collections::BTreeSet<u64> = told.rejected.iter().map(|(_, at)| *at).collect();
        assert!(kept.is_disjoint(&rejected));
        assert_eq!(kept.union(&rejected).copied().collect::<Vec<_>>(), (1..=60).collect::<Vec<_>>());
    });
}

#[tokio::test]
async fn a_wrong_token_is_said_clearly_and_events_are_kept() {
    let (server, home) = (FakeServer::default(), Home::new());
    let running = server.serve(0).await;
    let settings = home.settings(running.address);
    std::fs::write(home.dir.path().join("token"), "wrong").unwrap();
    let recording = recording(&home, 5, 100);
    let agent = replay(&settings, &recording, &["--speed", "max"]);
    server.until("the agent tries and tries", |told| told.refused >= 3).await;
    kill(Pid::from_raw(i32::try_from(agent.id().unwrap()).unwrap()), Signal::SIGTERM).unwrap();
    let log = finished(agent).await;
    assert!(log.contains("does not accept this agent's token: check server.token_file"), "{log}");
    std::fs::write(home.dir.path().join("token"), support::TOKEN).unwrap();
    let recording = self::recording(&home, 0, 100);
    std::fs::write(&recording, "{\"t_ms\":1795182999000,\"ad_hex\":\"02011a\"}\n").unwrap();
    finished(replay(&settings, &recording, &["--speed", "max", "--exit-at-end"])).await;
    assert_eq!(server.told(nothing_is_missing), 5, "the arrivals of the first run");
}

/// The first line in which the agent says why it has none to the server, which is at `url`.
async fn why_no_line(home: &Home, url: &str) -> String {
    let mut settings = home.settings("127.0.0.1:9".parse().unwrap());
    settings.push(format!("server.url={url}"));
    let mut agent = replay(&settings, &recording(home, 1, 100), &["--speed", "max"]);
    let mut lines = BufReader::new(agent.stderr.take().unwrap()).lines();
    let why = async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the agent goes on trying");
            if line.contains("no line to the server") {
                return line;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), why).await.expect("it says so in time")
}

#[tokio::test]
async fn the_log_tells_where_the_server_should_be_and_why_there_is_no_line() {
    let (server, home) = (FakeServer::default(), Home::new());
    let running = server.serve(0).await;
    let address = running.address;
    let line = why_no_line(&home, &format!("https://{address}")).await;
    assert!(
        line.contains("no TLS is spoken there") && line.contains(&format!("https://{address}")),
        "{line}"
    );
    running.stop().await;
    let line = why_no_line(&home, &format!("http://user:s3cret@{address}")).await;
    assert!(line.contains("Connection refused") && line.contains("nobody listens there"), "{line}");
    assert!(line.contains(&format!("http://{address}")), "{line}");
    assert!(!line.contains("s3cret") && !line.contains(support::TOKEN), "{line}");
    // Something that speaks, but not gRPC, as a port with TLS does to plain HTTP.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let talk = async {
        loop {
            let (mut line, _) = listener.accept().await.unwrap();
            let _ = line.write_all(b"\x15\x03\x03\x00\x02\x02\x16").await;
        }
    };
    let line = tokio::select! { line = why_no_line(&home, &url) => line, () = talk => unreachable!() };
    assert!(line.contains("does not speak as a Shopbell server") && line.contains("https://"), "{line}");
}

#[tokio::test]
async fn nothing_is_lost_by_kill_nor_by_a_stop() {
    let (server, home) = (FakeServer::default(), Home::new());
    let running = server.serve(0).await;
    let settings = home.settings(running.address);
    let recording = recording(&home, 2_000, 10);
    for (run, signal) in
        [Signal::SIGKILL, Signal::SIGKILL, Signal::SIGTERM, Signal::SIGKILL].into_iter().enumerate()
    {
        let agent = replay(&settings, &recording, &["--speed", "4"]);
        server.until("the run's events come", |told| told.greetings.len() > run).await;
        let heard = server.told(|told| told.events.len()) + 40;
        server.until("more events come", |told| told.events.len() >= heard).await;
        kill(Pid::from_raw(i32::try_from(agent.id().unwrap()).unwrap()), signal).unwrap();
        let output = agent.wait_with_output().await.unwrap();
        assert_eq!(output.status.success(), signal == Signal::SIGTERM);
    }
    finished(replay(&settings, &recording, &["--speed", "max", "--exit-at-end"])).await;
    server.told(|told| {
        nothing_is_missing(told);
        let boots: std::collections::BTreeSet<u128> = told.events.iter().map(|(boot, _)| *boot).collect();
        assert_eq!(boots.len(), 5);
        // What a killed run had sent may reach the server after the next run has begun: it comes twice, and only the
        // first time counts.
        let mut seen = std::collections::BTreeSet::new();
        let firsts = told.events.iter().filter(|(boot, event)| seen.insert((*boot, event.sequence)));
        let mut order: Vec<u128> = firsts.map(|(boot, _)| *boot).collect();
        order.dedup();
        assert_eq!(order.len(), 5, "old boots come first, and never again");
        let left = told.events.iter().filter(|(_, event)| event.kind == PresenceKind::Left).count();
        assert_eq!(left, 2_000, "the last run was whole");
    });
}
