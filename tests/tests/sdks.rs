//! The SDKs that retailers already run deliver to us, unchanged: Segment's for Python with its own tests, four for
//! Node.js, and Segment's for the browser in Chromium.
//!
//! `tests/sdks/setup.sh` brings them in fixed versions; this test calls it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, also in its helpers, and says what it saw"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde::Deserialize;
use serde_json::Value;
use shopbell_domain::{
    event::{Action, Event, EventId},
    inbox::Inbox as _,
};
use shopbell_proto::segment::{self, Reading};
use shopbell_tests::world::{World, program};

/// What `run.sh` ends with where the machine gives no namespace.
const NO_NAMESPACE: i32 = 75;

const WRITE_KEY: &str = "sdk-write-key";

fn sdks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdks")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Brings the SDKs.
fn set_up(needs: &[&str]) {
    let script = sdks().join("setup.sh");
    let made = Command::new(&script).args(needs).status().unwrap();
    assert!(made.success(), "{} could not bring the SDKs; it says above what is missing", script.display());
}

/// The tools that `deploy/setup/` brings stand before those of the machine.
fn node() -> Command {
    let mut path = root().join("target/tools/bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new("node");
    command.env("PATH", path);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn all_of(output: &Output) -> String {
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

/// What became of all messages that ever arrived, whether they have been taken up yet or not.
struct Arrived {
    events: Vec<Event>,
    failed: usize,
}

/// Each is there once: as an event, or among the failed ones.
async fn arrived(world: &World) -> Arrived {
    let store = world.store();
    assert_eq!(store.check(|_| ()).await.unwrap().problems, []);
    let mut events = store.events_kept().await.unwrap();
    let failed = store.failed(None, usize::MAX).await.unwrap();
    let mut names: Vec<EventId> = events.iter().map(|event| event.id.clone()).collect();
    names.extend(failed.iter().map(|failed| failed.message.id.clone()));
    let mut failed = failed.len();
    for (_, message) in store.waiting(usize::MAX).await.unwrap() {
        names.push(message.id.clone());
        match segment::event(&message, &Reading::default()) {
            Ok(event) => events.push(event),
            Err(_) => failed += 1,
        }
    }
    names.sort();
    assert!(names.is_sorted_by(|a, b| a < b), "each message that was taken is there once");
    assert!(names.iter().all(|name| store.has_seen(name).unwrap()));
    assert_eq!(store.messages_seen().await.unwrap(), names.len() as u64, "and no other was");
    Arrived { events, failed }
}

/// How many there are of each kind.
fn kinds(events: &[Event]) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for event in events {
        let kind = match &event.action {
            Action::Identified(_) => "identify",
            Action::PageViewed { .. } => "page or screen",
            Action::ProductViewed(_) => "product viewed",
            Action::Other { name, .. } => name,
            _ => "another kind",
        };
        *counted.entry(kind).or_default() += 1;
    }
    counted
}

/// Segment's own tests of its SDK for Python, as they come in its wheel: 140, all of which pass.
#[tokio::test(flavor = "multi_thread")]
async fn the_tests_in_segments_python_sdk_pass() {
    set_up(&["python"]);
    let world = World::at("2026-11-20T13:00:00Z")
        .source("python", "web", "testsecret")
        // One of the tests holds Segment to taking events under any key. This server refuses keys that it does not know,
        // so the one that the test makes up is known here.
        .source("made-up", "web", "bad_key")
        .tls_as("api.segment.io");
    let output = Command::new(sdks().join("python/run.sh"))
        .arg(world.path(""))
        .arg(root().join("target/sdks/python/bin/python"))
        .arg(program("shopbell-server"))
        .args(world.server_arguments())
        .output()
        .unwrap();
    if output.status.code() == Some(NO_NAMESPACE) {
        // What did not run has not passed: leaving it out is for whoever runs the tests to say.
        assert!(
            std::env::var_os("SHOPBELL_WITHOUT_NAMESPACES").is_some(),
            "Segment's tests need namespaces of their own, which this machine, container or chroot does not give: {}\n\
             On Debian: sysctl -w kernel.unprivileged_userns_clone=1. To leave them out: SHOPBELL_WITHOUT_NAMESPACES=1 make test",
            text(&output.stderr)
        );
        return;
    }
    let told = all_of(&output);
    let last = told.lines().find(|line| line.contains(" passed")).unwrap_or_default();
    assert!(output.status.success() && last.starts_with("140 passed"), "{told}");
    assert!(!last.contains("skipped") && !last.contains("failed"), "{last}");
    let Arrived { events, failed } = arrived(&world).await;
    let made_up = events.iter().filter(|event| event.id.source.as_str() == "made-up").count();
    eprintln!("Segment's Python SDK: {last}; {} events arrived, {failed} that cannot be used", events.len());
    assert!(made_up > 0 && events.len() > 1_000, "its tests send: {made_up} of {}", events.len());
}

/// What went over the line between an SDK and the server.
#[derive(Deserialize)]
struct Line {
    calls: usize,
    requests: Vec<Request>,
}

#[derive(Deserialize, Debug)]
struct Request {
    method: String,
    path: String,
    r#type: Option<String>,
    encoding: Option<String>,
    retry: Option<String>,
    /// The headers for which a browser asks leave.
    wants: Option<String>,
    /// The numbers of its messages.
    messages: Vec<String>,
    lost: bool,
    status: Option<u16>,
}

impl Line {
    /// Every message that was sent is here, once, though one answer was lost.
    fn holds(&self, events: &[Event]) {
        let sent: BTreeSet<&str> =
            self.requests.iter().flat_map(|request| &request.messages).map(String::as_str).collect();
        let here: BTreeSet<&str> = events.iter().map(|event| event.id.message.as_str()).collect();
        assert_eq!((sent.len(), events.len()), (self.calls, self.calls), "{:#?}", self.requests);
        assert_eq!(sent, here);
        let lost = self.requests.iter().find(|request| request.lost).expect("one answer was lost");
        assert_eq!(lost.status, Some(200), "it was taken");
        let again = self.requests.iter().filter(|request| request.messages.contains(&lost.messages[0]));
        assert_eq!(again.count(), 2, "and it was sent again: {:#?}", self.requests);
        assert!(events.iter().all(|event| event.id.source.as_str() == "sdk"));
    }
}

/// Runs a script with the server between, and reads what arrived.
async fn run(script: &str, before: &[&str], after: &[&str]) -> (Value, Line, Vec<Event>) {
    let mut world = World::at("2026-11-20T13:00:00Z").source("sdk", "web", WRITE_KEY);
    world.start_server().await;
    let mut node = node();
    node.arg(sdks().join(script)).args(before).args([&world.url(), WRITE_KEY]).args(after);
    let output = node.output().unwrap();
    assert!(output.status.success(), "{}", all_of(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let line = Line::deserialize(&told).unwrap();
    world.end().await;
    let Arrived { events, failed } = arrived(&world).await;
    let (calls, requests) = (line.calls, line.requests.len());
    eprintln!(
        "{script} {before:?} {after:?}: {calls} calls in {requests} requests; arrived: {:?}",
        kinds(&events)
    );
    assert_eq!(failed, 0, "an SDK's events can be used");
    line.holds(&events);
    (told, line, events)
}

fn expected_kinds(products: usize) -> BTreeMap<&'static str, usize> {
    [("identify", 1), ("page or screen", 2), ("group", 1), ("alias", 1), ("product viewed", products)].into()
}

/// Delivers 25 calls with an SDK for Node.js.
async fn deliver(sdk: &str) -> (Line, Vec<Event>) {
    set_up(&["node"]);
    let (_, line, events) = run("node/deliver.mjs", &[sdk], &[]).await;
    assert_eq!(kinds(&events), expected_kinds(20));
    assert!(line.requests.iter().all(|request| request.path == "/v1/batch"), "{:#?}", line.requests);
    (line, events)
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_node_sdk_delivers() {
    let (line, _) = deliver("@segment/analytics-node").await;
    assert!(line.requests.iter().any(|request| request.retry.is_some()), "{:#?}", line.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn customer_ios_node_sdk_delivers() {
    deliver("@customerio/cdp-analytics-node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rudderstacks_node_sdk_delivers() {
    let (line, _) = deliver("@rudderstack/rudder-sdk-node").await;
    let packed = |request: &Request| {
        request.encoding.as_deref() == Some("gzip")
            && request.r#type.as_deref() == Some("application/x-www-form-urlencoded")
    };
    assert!(line.requests.iter().all(packed), "as a form, packed: {:#?}", line.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_former_node_sdk_delivers() {
    deliver("analytics-node").await;
}

/// A page of another origin sends, in both ways that the SDK has: one by one, and in batches.
#[tokio::test(flavor = "multi_thread")]
async fn segments_browser_sdk_delivers_from_another_origin() {
    set_up(&["browser"]);
    for (strategy, paths) in [
        ("standard", &["/v1/p", "/v1/i", "/v1/g", "/v1/a", "/v1/s", "/v1/t"][..]),
        ("batching", &["/v1/b"][..]),
    ] {
        let (told, line, events) = run("browser/visit.mjs", &[], &[strategy]).await;
        assert_eq!((&told["complaints"], &told["foreign"]), (&Value::Array(vec![]), &Value::Array(vec![])));
        assert_eq!(kinds(&events), expected_kinds(12));
        assert!(events.iter().all(|event| event.privacy_control), "as the browser asks");
        let (asked, sent): (Vec<&Request>, Vec<&Request>) = line
            .requests
            .iter()
            .filter(|request| request.method != "GET")
            .partition(|request| request.method == "OPTIONS");
        for path in paths {
            let leave = asked.iter().find(|request| request.path == *path);
            assert!(leave.is_some_and(|request| request.wants.is_some()), "{path}: {:#?}", line.requests);
        }
        let plain = |request: &&Request| {
            paths.contains(&request.path.as_str()) && request.r#type.as_deref() == Some("text/plain")
        };
        assert!(sent.iter().all(plain), "{:#?}", line.requests);
    }
}
