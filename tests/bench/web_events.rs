//! Events of a web shop over real HTTP, answered when they are durable, beside the group commit of the same bytes.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use futures::future::join_all;
use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    event::EventId,
    id::{MessageId, SourceId},
    inbox::{Inbox as _, Message},
    redacted::Redacted,
    time::Timestamp,
};
use shopbell_durable::{Store, WriteBatch};
use shopbell_store::{EmbeddedStore, Options};
use shopbell_tests::world::World;
use shopbell_vault::{Kek, Vault};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    guests::ORIGIN,
    measure::{Pair, Paired, runtime, unix_micros},
    report::{Goal, Row},
};

const WRITE_KEY: &str = "bench-key";
/// SDKs that send at once, each on a connection that it keeps, one request after the other.
const SENDERS: usize = 16;
/// Events of a request, as the SDKs for servers send them.
const EVENTS: usize = 100;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 7;

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(bench())
}

async fn bench() -> Vec<Row> {
    let mut world = World::at(ORIGIN)
        .shop("lyon", &[("lyon-1", "entrance")])
        .source("web", "web", WRITE_KEY)
        // What is measured is what is taken in; what is taken up of it meanwhile is told beside it.
        .server_setting("tracking.backlog_messages=100000000");
    world.start_server().await;
    let mut senders = Vec::with_capacity(SENDERS);
    for number in 0..SENDERS {
        senders.push(Sender::open(&world.url(), number).await);
    }
    let bytes = bytes_of_a_request(&senders[0]).await;
    let dir = tempfile::tempdir().expect("a temporary directory");
    let writers = Writers::open(&dir.path().join("store"), bytes);
    press(&mut senders, ROUND).await;
    writers.press(ROUND).await;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let ours = press(&mut senders, ROUND).await;
        // What the server has still to do would slow the other.
        world.server().pause();
        let beside = writers.press(ROUND).await;
        world.server().resume();
        rounds.push(Pair { ours, beside });
    }
    let sent: u64 = senders.iter().map(|sender| sender.sent).sum();
    drop(senders);
    let audit = world.end().await;
    drop(audit);
    let waiting = world.store().backlog().await.expect("the inbox is read");
    let beside_is = format!(
        "events in requests that the server process answered with 200 over loopback HTTP ({SENDERS} connections, {EVENTS} \
         events of about 600 bytes a request, each taken apart, told from all before it by name, sealed, and on disk \
         before the answer; while the same process made events, persons and profiles of {} of {sent}), beside \
         {SENDERS} writers on shopbell_durable::Store in this process, each commit {EVENTS} records with together as \
         many bytes as the server commits for a request ({bytes}), in turns, while the server process is held up",
        sent - waiting.min(sent),
    );
    vec![Row::new("web-events-durable", "events/s", Paired::of(&rounds), Goal::RatioAtLeast(0.6), beside_is)]
}

/// All senders at once; accepted events a second.
async fn press(senders: &mut Vec<Sender>, during: Duration) -> f64 {
    let began = Instant::now();
    let tasks = senders.drain(..).map(|mut sender| {
        tokio::spawn(async move {
            let before = sender.sent;
            while began.elapsed() < during {
                sender.send().await;
            }
            let events = sender.sent - before;
            (sender, events)
        })
    });
    let ended = join_all(tasks.collect::<Vec<_>>()).await;
    let elapsed = began.elapsed();
    let mut events = 0;
    for one in ended {
        let (sender, more) = one.expect("the sender's task ends");
        events += more;
        senders.push(sender);
    }
    events as f64 / elapsed.as_secs_f64()
}

/// One SDK. It writes its requests with little effort, so that the figure is the server's.
struct Sender {
    socket: TcpStream,
    host: String,
    name: String,
    /// Events that were accepted.
    sent: u64,
}

impl Sender {
    async fn open(url: &str, number: usize) -> Self {
        let host = url.trim_start_matches("http://").to_owned();
        let socket = TcpStream::connect(&host).await.expect("the server answers");
        socket.set_nodelay(true).expect("a socket");
        Self { socket, host, name: format!("{number}-{}", unix_micros()), sent: 0 }
    }

    /// One event, as a web shop's page sends it; each names a browser of a thousand of its own.
    fn event(&self, number: u64) -> String {
        let name = &self.name;
        format!(
            r#"{{"type":"track","event":"Product Viewed","messageId":"ajs-next-{name}-{number}","anonymousId":"b-{name}-{}","timestamp":"2026-11-20T13:40:00.000Z","properties":{{"product_id":"p-{}","sku":"G-32","category":"Coats","name":"Loden coat","brand":"Alba","variant":"38","price":189.9,"currency":"EUR","quantity":1,"position":3,"url":"https://www.example.com/coats/loden"}},"context":{{"library":{{"name":"analytics.js","version":"npm:next-1.70.0"}},"locale":"fr-FR","page":{{"path":"/coats/loden","title":"Loden coat","url":"https://www.example.com/coats/loden"}},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}}}}"#,
            number % 1_000,
            number % 5_000,
        )
    }

    fn body(&self) -> String {
        let events = (self.sent..).take(EVENTS).map(|number| self.event(number));
        let batch: Vec<String> = events.collect();
        format!(
            r#"{{"writeKey":"{WRITE_KEY}","sentAt":"2026-11-20T13:40:01.000Z","batch":[{}]}}"#,
            batch.join(",")
        )
    }

    async fn send(&mut self) {
        let body = self.body();
        let head = format!(
            "POST /v1/batch HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        self.socket.write_all((head + &body).as_bytes()).await.expect("the server reads");
        let answer = self.answer().await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        self.sent += EVENTS as u64;
    }

    /// The head of an answer; its body is read too.
    async fn answer(&mut self) -> String {
        let mut read = Vec::new();
        let head = loop {
            let mut buffer = [0; 1_024];
            let bytes = self.socket.read(&mut buffer).await.expect("the server writes");
            assert!(bytes > 0, "the server ended the connection");
            read.extend_from_slice(&buffer[..bytes]);
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = String::from_utf8_lossy(&read[..head]).to_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.and_then(|length| length.trim().parse().ok()).expect("a length");
        while read.len() < head + length {
            let mut buffer = [0; 1_024];
            let bytes = self.socket.read(&mut buffer).await.expect("the server writes");
            assert!(bytes > 0, "the server ended the connection");
            read.extend_from_slice(&buffer[..bytes]);
        }
        String::from_utf8_lossy(&read[..head]).into_owned()
    }
}

/// Bytes of keys and values that the server's store commits for one request.
async fn bytes_of_a_request(sender: &Sender) -> usize {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let vault = shopbell_vault::Options::new(dir.path().join("vault"), Kek::new([1; 32].into()));
    let (vault, _) = Vault::open(&vault, StdRng::from_os_rng()).expect("a new vault opens");
    let store =
        EmbeddedStore::open(dir.path().join("store"), Options::default(), vault).expect("a new store opens");
    let message = |number: u64| Message {
        id: EventId {
            source: SourceId::new("web").expect("an id"),
            message: MessageId::new(format!("ajs-next-{}-{number}", sender.name)).expect("an id"),
        },
        received: Timestamp::from_secs(1),
        sent: Some(Timestamp::from_secs(1)),
        privacy_control: false,
        body: Redacted::new(sender.event(number).into_bytes()),
    };
    let mut bytes = 0;
    // The first one also brings what is written once.
    for request in 0..2_u64 {
        let messages = (request * EVENTS as u64..).take(EVENTS).map(message).collect();
        let before = store.stats().bytes;
        store.accept(messages).await.expect("the inbox takes them");
        bytes = store.stats().bytes - before;
    }
    usize::try_from(bytes).expect("a request fits into memory")
}

/// Writers that commit side by side, so that the store makes one commit of what waits.
struct Writers {
    store: Store,
    value: Vec<u8>,
}

/// Bytes of a key: who writes, and a number that rises.
const KEY_BYTES: usize = 16;

impl Writers {
    fn open(dir: &Path, request_bytes: usize) -> Self {
        let store = Store::open(dir, shopbell_durable::Options::default()).expect("a new store opens");
        Self { store, value: vec![0x5a; (request_bytes / EVENTS).saturating_sub(KEY_BYTES)] }
    }

    /// All writers at once; records a second, each counted when it is safe.
    async fn press(&self, during: Duration) -> f64 {
        let began = Instant::now();
        let tasks = (0..SENDERS).map(|writer| {
            let (store, value) = (self.store.clone(), self.value.clone());
            tokio::spawn(async move { write(&store, writer, &value, began + during).await })
        });
        let written = join_all(tasks.collect::<Vec<_>>()).await;
        let records: u64 = written.into_iter().map(|records| records.expect("the writer ends")).sum();
        records as f64 / began.elapsed().as_secs_f64()
    }
}

async fn write(store: &Store, writer: usize, value: &[u8], until: Instant) -> u64 {
    // Rises from round to round too.
    let from = unix_micros() * 1_000;
    let mut records = 0;
    while Instant::now() < until {
        let mut batch = WriteBatch::new();
        for _ in 0..EVENTS {
            let number = from + records;
            batch.put([(writer as u64).to_be_bytes(), number.to_be_bytes()].concat(), value);
            records += 1;
        }
        store.commit(batch).await.expect("the store commits");
    }
    records
}
