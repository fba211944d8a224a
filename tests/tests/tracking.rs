//! Events over real sockets: what got a 200 outlives `kill -9`, each once; and whoever sends too much, or too slowly, is
//! told so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, also in its helpers, says what it measured, and waits for real processes"
)]

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use shopbell_domain::inbox::Inbox as _;
use shopbell_tests::world::{PATIENCE, World};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const WRITE_KEY: &str = "key";
const KILLS: usize = 12;
const SENDERS: usize = 8;
const BATCH: usize = 20;

/// A request as bytes.
fn request(body: &[u8], headers: &str) -> Vec<u8> {
    let mut bytes = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Sends bytes, and reads until the server closes: status and body. `None` when there was no answer.
async fn exchange(address: &str, bytes: &[u8]) -> Option<(u16, Value)> {
    let mut socket = TcpStream::connect(address).await.ok()?;
    // The server may answer before it has read all.
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let status = answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some((status, serde_json::from_str(body).ok()?))
}

fn batch(names: &[String]) -> Vec<u8> {
    let event =
        |name: &String| json!({ "type": "track", "event": "Seen", "userId": name, "messageId": name });
    let events: Vec<Value> = names.iter().map(event).collect();
    json!({ "batch": events, "writeKey": WRITE_KEY }).to_string().into_bytes()
}

/// Sends batch after batch, each until it gets its 200; the names of all that did.
async fn send(address: String, sender: usize, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut taken = Vec::new();
    for number in 0.. {
        let names: Vec<String> = (0..BATCH).map(|n| format!("m{sender}-{number}-{n}")).collect();
        let bytes = request(&batch(&names), "");
        while exchange(&address, &bytes).await != Some((200, json!({ "success": true }))) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        taken.extend(names);
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    taken
}

fn address(world: &World) -> String {
    world.url().trim_start_matches("http://").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_got_a_200_outlives_kills_and_is_there_once() {
    let seed = std::env::var("SHOPBELL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    println!("SHOPBELL_SEED={seed} repeats the moments of this run");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut world = World::at("2026-11-20T13:00:00Z").source("web", "web", WRITE_KEY);
    world.start_server().await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..SENDERS {
        senders.spawn(send(address(&world), sender, Arc::clone(&stop)));
    }
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(rng.random_range(50..400))).await;
        world.server.as_mut().expect("the server runs").kill_9();
        world.start_server().await;
    }
    stop.store(true, Ordering::Relaxed);
    let taken: BTreeSet<String> = senders.join_all().await.into_iter().flatten().collect();
    world.end().await;

    let store = world.store();
    println!("{} messages got their 200 under {KILLS} kills", taken.len());
    assert!(taken.len() >= SENDERS * BATCH * 3, "too few for the kills to mean anything: {}", taken.len());
    let waiting = store.waiting(usize::MAX).await.unwrap();
    let kept = store.events_kept().await.unwrap();
    let waits = waiting.iter().map(|(_, message)| &message.id);
    let here: Vec<&str> =
        waits.chain(kept.iter().map(|event| &event.id)).map(|name| name.message.as_str()).collect();
    assert_eq!(here.len(), taken.len(), "each once, waiting or taken up");
    let known: BTreeSet<String> = here.into_iter().map(str::to_owned).collect();
    assert_eq!(known, taken, "neither lost nor made up");
    assert_eq!(store.messages_seen().await.unwrap(), taken.len() as u64, "and each name is known");
    assert_eq!(store.backlog().await.unwrap(), waiting.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_much_or_too_slowly_reads_why() {
    let mut world = World::at("2026-11-20T13:00:00Z")
        .source("web", "web", WRITE_KEY)
        .server_setting("tracking.body_timeout_s=1");
    world.start_server().await;
    let address = address(&world);
    let names: Vec<String> = (0..10_000).map(|n| format!("a-name-of-some-length-{n}")).collect();
    let large = batch(&names);
    assert!(large.len() > 600_000);
    let (status, told) = exchange(&address, &request(&large, "")).await.expect("an answer, not a cut line");
    assert_eq!((status, told["code"].as_str()), (413, Some("request_too_large")));
    let unknown = request(&large, "authorization: Basic d3Jvbmc6\r\n");
    let (status, told) = exchange(&address, &unknown).await.expect("an answer, not a cut line");
    assert_eq!((status, told["code"].as_str()), (401, Some("invalid_write_key")));

    let begun = Instant::now();
    let mut slow = request(&batch(&names[..10]), "");
    slow.pop();
    let (status, told) = exchange(&address, &slow).await.expect("an answer");
    assert_eq!((status, told["code"].as_str()), (408, Some("request_timeout")));
    assert!(begun.elapsed() < Duration::from_secs(10), "after {:?}", begun.elapsed());
    assert_eq!(exchange(&address, &request(&batch(&names[..10]), "")).await.unwrap().0, 200);
    world.end().await;
    assert_eq!(world.store().messages_seen().await.unwrap(), 10);
}

/// About the largest body that is taken.
fn large_batch() -> Vec<u8> {
    let names: Vec<String> = (0..2_000).map(|n| format!("{n:0>75}")).collect();
    let body = batch(&names);
    assert!((400_000..512_000).contains(&body.len()), "{} bytes", body.len());
    body
}

/// A stranger who sends a body but for its last byte, holds it back until the server gives it up, and begins anew.
async fn hold(address: String, headers: String) {
    let mut body = request(&large_batch(), &headers);
    body.pop();
    loop {
        let Ok(mut socket) = TcpStream::connect(&address).await else { return };
        let _ = socket.write_all(&body).await;
        let _ = socket.read_to_end(&mut Vec::new()).await;
    }
}

fn strangers(address: &str, headers: &str, count: usize) -> tokio::task::JoinSet<()> {
    (0..count).map(|_| hold(address.to_owned(), headers.to_owned())).collect()
}

/// Sends until it is answered so.
async fn until_answered(address: &str, request: &[u8], status: u16) -> Value {
    let begun = Instant::now();
    loop {
        if let Some((so, told)) = exchange(address, request).await
            && so == status
        {
            return told;
        }
        assert!(begun.elapsed() < PATIENCE, "never {status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whoever has no secret key may fill what is there for strangers; a backend notices nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_hold_what_they_can_do_not_keep_a_backend_out() {
    let mut world = World::at("2026-11-20T13:00:00Z").source("web", "web", WRITE_KEY).source(
        "server",
        "backend",
        "server-key",
    );
    world.start_server().await;
    let address = address(&world);
    let large = large_batch();
    // Base64 of `key:` and of `server-key:`.
    let (page, backend) = ("authorization: Basic a2V5Og==\r\n", "authorization: Basic c2VydmVyLWtleTo=\r\n");
    let strangers = strangers(&address, page, 250);
    for _ in 0..5 {
        let told = until_answered(&address, &request(&large, page), 429).await;
        assert_eq!(told["code"], "too_many_requests", "their room is full");
        assert_eq!(exchange(&address, &request(&large, backend)).await.expect("an answer").0, 200);
    }
    drop(strangers);
    until_answered(&address, &request(&large, page), 200).await;
    world.end().await;
}

/// Of the strangers' room each address has a share, as the proxy on this machine tells it.
#[tokio::test(flavor = "multi_thread")]
async fn one_address_leaves_room_for_the_others() {
    let mut world = World::at("2026-11-20T13:00:00Z").source("web", "web", WRITE_KEY);
    world.start_server().await;
    let address = address(&world);
    let of = |last: u8| format!("x-forwarded-for: 10.0.0.1, 192.0.2.{last}\r\n");
    let strangers = strangers(&address, &of(1), 40);
    let body = batch(&(0..200).map(|n| format!("n{n}")).collect::<Vec<_>>());
    for _ in 0..5 {
        let told = until_answered(&address, &request(&body, &of(1)), 429).await;
        assert!(told["message"].as_str().unwrap().contains("from this address"), "{told}");
        assert_eq!(exchange(&address, &request(&body, &of(2))).await.expect("an answer").0, 200);
    }
    drop(strangers);
    world.end().await;
}
