//! Raw frames of HTTP/2 against the accept loop.

use axum::{body::Bytes, extract::Request, routing::get};
use shopbell_kit::config::{Sources, load};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::Instant,
};

use super::*;
use crate::config::{Config, DEFAULTS};

const PATIENCE: Duration = Duration::from_millis(300);
const GRACE: Duration = Duration::from_millis(300);
/// Nothing takes longer.
const SOON: Duration = Duration::from_secs(10);

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;

struct Desk {
    address: SocketAddr,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A server that counts this machine's connections, too.
async fn desk(per_address: usize, patience: Duration) -> Desk {
    let sources = Sources { defaults: DEFAULTS, file: None, overrides: &[] };
    let config: Config = load(&sources).unwrap();
    let limits = Limits {
        stranger: patience,
        request: GRACE,
        drain: GRACE,
        connections_per_address: per_address,
        ..config.limits
    };
    let router = Router::new()
        .route("/open", get(|| std::future::ready("open to all")))
        .route("/known", get(known))
        .route("/forever", get(forever));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, metrics) = (listener.local_addr().unwrap(), Arc::new(Metrics::new()));
    let mut server = HttpServer::new(listener, None, router, &limits, Arc::clone(&metrics));
    server.peers.uncounted = |_| false;
    let stop = CancellationToken::new();
    let mut running = JoinSet::new();
    running.spawn(server.run(stop.clone()));
    running.detach_all();
    Desk { address, metrics, stop }
}

/// As a handler that found a token to be good.
async fn known(request: Request) -> &'static str {
    Line::known(request.extensions());
    "known"
}

async fn forever() -> Body {
    Body::from_stream(futures::stream::pending::<Result<Bytes, Infallible>>())
}

/// One who speaks HTTP/2 by hand.
struct Raw {
    tcp: TcpStream,
    stream: u8,
}

impl Raw {
    async fn connect(desk: &Desk) -> Self {
        let mut raw = Self { tcp: TcpStream::connect(desk.address).await.unwrap(), stream: 1 };
        raw.tcp.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        raw.send(SETTINGS, 0, 0, &[]).await.unwrap();
        raw
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u8, payload: &[u8]) -> std::io::Result<()> {
        let length = u8::try_from(payload.len()).unwrap();
        let head = [0, 0, length, kind, flags, 0, 0, 0, stream];
        self.tcp.write_all(&[&head, payload].concat()).await
    }

    /// `GET path`, of which the answer is not waited for.
    async fn get(&mut self, path: &str) {
        let length = u8::try_from(path.len()).unwrap();
        // :method GET, :scheme http, :authority shop, and the path, all as they stand in HPACK's static table.
        let block = [&[0x82, 0x86, 0x01, 4][..], b"shop", &[0x04, length], path.as_bytes()].concat();
        let stream = self.stream;
        self.stream += 2;
        self.send(HEADERS, 0x5, stream, &block).await.unwrap();
    }

    /// The kind of the next frame; `None` when the connection has ended.
    async fn frame(&mut self) -> Option<u8> {
        let mut head = [0; 9];
        self.tcp.read_exact(&mut head).await.ok()?;
        let mut payload = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
        self.tcp.read_exact(&mut payload).await.ok()?;
        Some(head[3])
    }

    /// Pings, and waits for the answer; whether there is one.
    async fn ping(&mut self) -> bool {
        if self.send(PING, 0, 0, b"anything").await.is_err() {
            return false;
        }
        loop {
            match self.frame().await {
                None | Some(GO_AWAY) => return false,
                Some(PING) => return true,
                Some(_) => {}
            }
        }
    }

    /// Pings for as long as it is answered, and reads to the end: how long that took.
    async fn ping_to_the_end(&mut self) -> Duration {
        let begun = Instant::now();
        let ended = async {
            while self.ping().await {}
            while self.frame().await.is_some() {}
        };
        tokio::time::timeout(SOON, ended).await.expect("the connection is closed");
        begun.elapsed()
    }
}

#[tokio::test]
async fn who_only_pings_is_closed() {
    let desk = desk(10, PATIENCE).await;
    let took = Raw::connect(&desk).await.ping_to_the_end().await;
    assert!(took >= PATIENCE * 9 / 10, "{took:?}");
    let text = desk.metrics.text();
    assert!(text.contains("shopbell_connections_turned_away_total{why=\"Stranger\"} 1"), "{text}");
}

#[tokio::test]
async fn calls_that_are_open_to_all_keep_no_connection() {
    let desk = desk(10, PATIENCE).await;
    let mut busy = Raw::connect(&desk).await;
    for _ in 0..20 {
        busy.get("/open").await;
    }
    let took = busy.ping_to_the_end().await;
    assert!(took >= PATIENCE * 9 / 10, "{took:?}");

    let mut watching = Raw::connect(&desk).await;
    watching.get("/forever").await;
    let took = watching.ping_to_the_end().await;
    assert!(took >= (PATIENCE + GRACE) * 9 / 10, "its call had time to end: {took:?}");
}

#[tokio::test]
async fn who_has_shown_credentials_stays() {
    let desk = desk(10, PATIENCE).await;
    let mut raw = Raw::connect(&desk).await;
    raw.get("/known").await;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE * 4 {
        assert!(raw.ping().await, "closed after {:?}", begun.elapsed());
    }
    desk.stop.cancel();
    // Who does not answer the server's own ping is cut when the drain's time is over.
    raw.ping_to_the_end().await;
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let desk = desk(2, SOON).await;
    let (mut first, mut second) = (Raw::connect(&desk).await, Raw::connect(&desk).await);
    assert!(first.ping().await && second.ping().await);
    let mut third = TcpStream::connect(desk.address).await.unwrap();
    let read = tokio::time::timeout(SOON, third.read(&mut [0; 64])).await.expect("it is closed at once");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    assert!(first.ping().await, "the others stay");
    let text = desk.metrics.text();
    assert!(text.contains("shopbell_connections_turned_away_total{why=\"Address\"} 1"), "{text}");
    drop(first);
    let freed = async { while !Raw::connect(&desk).await.ping().await {} };
    tokio::time::timeout(SOON, freed).await.expect("its place is free again");
}
