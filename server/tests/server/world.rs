//! A world with verbs: two shops, their agents and tablets, and the retailer's backend.
//! Nothing here sleeps for a fixed time: what must happen is awaited with a deadline.

use std::{sync::Arc, time::Duration};

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    id::{BootId, CustomerId, PhoneId, StoreId},
    ports::{Customers as _, PhoneOutcome, Store},
    redacted::Redacted,
    time::{Clock as _, ManualClock, Timestamp},
    token::{MasterKey, PresenceToken, TokenKeys, Window},
};
use shopbell_kit::{
    config::{Sources, load},
    lifecycle::{StopSource, Stopped},
};
use shopbell_proto::{
    customer::v1::customer_service_client::CustomerServiceClient,
    edge::v1::{self as edge, edge_service_client::EdgeServiceClient},
    floor::v1::{self as floor, floor_service_client::FloorServiceClient},
};
use shopbell_server::{
    app::{self, Parts, Server},
    config::{Config, DEFAULTS, TokenHash},
};
use shopbell_store::EmbeddedStore;
use tokio::sync::mpsc;
use tonic::{Request, Status, Streaming, service::interceptor::InterceptedService, transport::Channel};

/// How long anything may take.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// The token of a caller, by name.
pub(crate) fn token_of(caller: &str) -> String {
    format!("test-token-of-{caller}")
}

fn hash(caller: &str) -> String {
    TokenHash::of(&token_of(caller)).to_string()
}

pub(crate) fn settings() -> String {
    format!(
        r#"
        [listen]
        address = "127.0.0.1:0"
        [limits]
        tick_ms = 10
        [[shop]]
        id = "lyon"
        name = "Lyon"
        zones = [{{ id = "door", name = "Door" }}, {{ id = "shoes", name = "Shoes" }}]
        agents = [
          {{ id = "lyon-door", zone = "door", token_sha256 = "{}" }},
          {{ id = "lyon-shoes", zone = "shoes", token_sha256 = "{}" }},
        ]
        associates = [
          {{ id = "ines", name = "Inès", token_sha256 = "{}" }},
          {{ id = "tom", name = "Tom", token_sha256 = "{}" }},
        ]
        [[shop]]
        id = "nice"
        name = "Nice"
        zones = [{{ id = "door", name = "Door" }}]
        agents = [{{ id = "nice-door", zone = "door", token_sha256 = "{}" }}]
        associates = [{{ id = "paul", name = "Paul", token_sha256 = "{}" }}]
        [[app]]
        id = "web-shop"
        token_sha256 = "{}"
        [[operator]]
        id = "operations"
        token_sha256 = "{}"
        "#,
        hash("lyon-door"),
        hash("lyon-shoes"),
        hash("ines"),
        hash("tom"),
        hash("nice-door"),
        hash("paul"),
        hash("app"),
        hash("operator")
    )
}

pub(crate) fn config(overrides: &[&str]) -> Config {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("server.toml");
    std::fs::write(&path, settings()).expect("the configuration is written");
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    load(&Sources { defaults: DEFAULTS, file: Some(&path), overrides: &overrides })
        .expect("the configuration is good")
}

fn master() -> MasterKey {
    MasterKey::new([7; 32])
}

/// A server with its surroundings.
pub(crate) struct World {
    pub(crate) store: EmbeddedStore,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) server: Server,
    keys: TokenKeys,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With some settings changed.
    pub(crate) async fn with(overrides: &[&str]) -> Self {
        Self::made(overrides, |store| Arc::new(store)).await
    }

    /// With something between the server and its store.
    pub(crate) async fn on(wrap: impl FnOnce(EmbeddedStore) -> Arc<dyn Store>) -> Self {
        Self::made(&[], wrap).await
    }

    async fn made(overrides: &[&str], wrap: impl FnOnce(EmbeddedStore) -> Arc<dyn Store>) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_795_000_000)));
        clock.advance(Duration::from_secs(10_000));
        let store = EmbeddedStore::in_memory();
        let server = start(&config(overrides), wrap(store.clone()), &clock, 1).await;
        Self { store, clock, server, keys: TokenKeys::new(master()) }
    }

    /// Stops the server and starts another one on the same store.
    pub(crate) async fn restart(self) -> Self {
        let Self { store, clock, server, keys } = self;
        stop(server).await;
        let server = start(&config(&[]), Arc::new(store.clone()), &clock, 2).await;
        Self { store, clock, server, keys }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A customer with a phone, at a level, who may be greeted by name.
    pub(crate) async fn customer(&self, name: &str, level: SharingLevel) -> (CustomerId, PhoneId) {
        let id = CustomerId::new(name.to_lowercase()).expect("a customer id");
        let phone =
            PhoneId(u64::from_be_bytes(TokenHash::of(name).bytes()[..8].try_into().expect("8 bytes")));
        let sharing = Sharing { level, greet_by_name: true, alone_until: None };
        self.store.put_customer(&id, Redacted::new(name.to_owned())).await.expect("stored");
        self.store.set_sharing(&id, sharing).await.expect("stored");
        assert_eq!(self.store.put_phone(phone, &id).await.expect("stored"), PhoneOutcome::Registered);
        (id, phone)
    }

    /// What a phone shows now.
    pub(crate) fn shown_by(&mut self, phone: PhoneId) -> PresenceToken {
        let window = Window::at(self.now());
        self.keys.seal(phone, window)
    }

    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(self.server.url()).expect("a URL");
        endpoint.connect().await.expect("the server answers")
    }

    pub(crate) async fn floor(&self, caller: &str) -> FloorClient {
        FloorServiceClient::with_interceptor(self.channel().await, Bearer(token_of(caller)))
    }

    pub(crate) async fn backend(&self) -> CustomerServiceClient<InterceptedService<Channel, Bearer>> {
        CustomerServiceClient::with_interceptor(self.channel().await, Bearer(token_of("app")))
    }

    /// A tablet that watches from the beginning; its snapshot has been read.
    pub(crate) async fn tablet(&self, caller: &str) -> (Tablet, floor::FloorSnapshot) {
        let mut tablet = self.tablet_from(caller, "").await;
        match tablet.next().await.body {
            Some(floor::watch_floor_response::Body::Snapshot(snapshot)) => (tablet, snapshot),
            other => panic!("no snapshot but {other:?}"),
        }
    }

    pub(crate) async fn tablet_from(&self, caller: &str, cursor: &str) -> Tablet {
        let mut client = self.floor(caller).await;
        let request = floor::WatchFloorRequest { cursor: cursor.to_owned() };
        let stream = client.watch_floor(request).await.expect("the floor opens").into_inner();
        Tablet { stream, cursor: String::new() }
    }

    /// An agent with a new boot that has said hello.
    pub(crate) async fn agent(&self, name: &str) -> Agent {
        Agent::open(self, name, BootId(u128::from(rand_boot(name))), 0).await
    }

    /// Waits until the shop's state satisfies `good`; tells `what` when it does not in time.
    pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        mut good: impl FnMut() -> F,
    ) -> T {
        let deadline = tokio::time::Instant::now() + SOON;
        loop {
            if let Some(value) = good().await {
                return value;
            }
            assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
            tokio::task::yield_now().await;
        }
    }
}

/// Another boot for each call: sequence numbers begin anew.
fn rand_boot(name: &str) -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CALLS: AtomicU64 = AtomicU64::new(1);
    (CALLS.fetch_add(1, Ordering::Relaxed) << 8) | name.len() as u64
}

async fn start(config: &Config, store: Arc<dyn Store>, clock: &Arc<ManualClock>, seed: u64) -> Server {
    let parts = Parts {
        store,
        clock: Arc::clone(clock) as Arc<dyn shopbell_domain::time::Clock>,
        master: master(),
        rng: StdRng::seed_from_u64(seed),
        store_takes_writes: Arc::new(|| true),
    };
    app::build(config, parts).await.expect("the server starts")
}

/// Stops a server in order.
pub(crate) async fn stop(server: Server) {
    let (stop, source) = StopSource::manual();
    stop.request();
    assert_eq!(server.run(source).await.expect("no task died"), Stopped::Drained);
}

pub(crate) fn lyon() -> StoreId {
    StoreId::new("lyon").expect("a store id")
}

pub(crate) type FloorClient = FloorServiceClient<InterceptedService<Channel, Bearer>>;

/// Sends a token with each call.
#[derive(Clone)]
pub(crate) struct Bearer(pub(crate) String);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let value = format!("Bearer {}", self.0).parse().expect("a header");
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

/// A tablet's stream.
pub(crate) struct Tablet {
    pub(crate) stream: Streaming<floor::WatchFloorResponse>,
    /// The cursor of the last message.
    pub(crate) cursor: String,
}

impl Tablet {
    pub(crate) async fn message(&mut self) -> Result<Option<floor::WatchFloorResponse>, Status> {
        tokio::time::timeout(SOON, self.stream.message()).await.expect("a message in time")
    }

    pub(crate) async fn next(&mut self) -> floor::WatchFloorResponse {
        let message = self.message().await.expect("the stream stands").expect("the stream goes on");
        self.cursor.clone_from(&message.cursor);
        message
    }

    /// The next change.
    pub(crate) async fn change(&mut self) -> floor::floor_delta::Change {
        match self.next().await.body {
            Some(floor::watch_floor_response::Body::Delta(delta)) => delta.change.expect("a change"),
            other => panic!("no delta but {other:?}"),
        }
    }

    /// The next change, which must be a row.
    pub(crate) async fn row(&mut self) -> floor::Guest {
        match self.change().await {
            floor::floor_delta::Change::Guest(guest) => guest,
            other @ floor::floor_delta::Change::RemovedVisitId(_) => panic!("no row but {other:?}"),
        }
    }

    /// The next change, which must be a removal.
    pub(crate) async fn removed(&mut self) -> String {
        match self.change().await {
            floor::floor_delta::Change::RemovedVisitId(visit) => visit,
            other @ floor::floor_delta::Change::Guest(_) => panic!("no removal but {other:?}"),
        }
    }
}

/// An agent's stream.
pub(crate) struct Agent {
    pub(crate) up: mpsc::Sender<edge::ReportRequest>,
    pub(crate) down: Streaming<edge::ReportResponse>,
    pub(crate) boot: BootId,
    pub(crate) sequence: u64,
}

pub(crate) fn boot_bytes(boot: BootId) -> Vec<u8> {
    boot.0.to_be_bytes().to_vec()
}

impl Agent {
    /// Opens a stream and says hello.
    pub(crate) async fn open(world: &World, name: &str, boot: BootId, sequence: u64) -> Self {
        let mut agent = Self::raw(world, name).await;
        (agent.boot, agent.sequence) = (boot, sequence);
        let hello = edge::Hello {
            boot_id: boot_bytes(boot),
            agent_version: "test".to_owned(),
            sent_at: Some(at(world, 0)),
        };
        agent.send(edge::report_request::Body::Hello(hello)).await;
        match agent.answer().await {
            edge::report_response::Body::Welcome(welcome) => {
                assert_eq!(welcome.server_time_ms, world.now().as_millis());
            }
            other => panic!("no welcome but {other:?}"),
        }
        agent
    }

    /// Opens a stream and says nothing.
    pub(crate) async fn raw(world: &World, name: &str) -> Self {
        let mut client = EdgeServiceClient::with_interceptor(world.channel().await, Bearer(token_of(name)));
        let (up, requests) = mpsc::channel(8);
        let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
        let down = client.report(requests).await.expect("the stream opens").into_inner();
        Self { up, down, boot: BootId(0), sequence: 0 }
    }

    pub(crate) async fn send(&self, body: edge::report_request::Body) {
        self.up.send(edge::ReportRequest { body: Some(body) }).await.expect("the stream takes it");
    }

    pub(crate) async fn result(&mut self) -> Result<Option<edge::ReportResponse>, Status> {
        tokio::time::timeout(SOON, self.down.message()).await.expect("an answer in time")
    }

    pub(crate) async fn answer(&mut self) -> edge::report_response::Body {
        let answer = self.result().await.expect("the stream stands").expect("the stream goes on");
        answer.body.expect("a body")
    }

    /// An event that happened this many seconds ago.
    pub(crate) fn event(
        &mut self,
        world: &World,
        token: PresenceToken,
        kind: edge::PresenceKind,
        ago: u64,
    ) -> edge::PresenceEvent {
        self.sequence += 1;
        edge::PresenceEvent {
            sequence: self.sequence,
            token: token.0.to_vec(),
            kind: kind.into(),
            at: Some(at(world, ago)),
            rssi_dbm: -60,
            carrier: edge::Carrier::ServiceData.into(),
        }
    }

    /// Sends events and waits for their acknowledgement.
    pub(crate) async fn report(&mut self, world: &World, events: Vec<edge::PresenceEvent>) -> u64 {
        let batch = edge::Batch { boot_id: boot_bytes(self.boot), sent_at: Some(at(world, 0)), events };
        self.send(edge::report_request::Body::Batch(batch)).await;
        match self.answer().await {
            edge::report_response::Body::Ack(ack) => {
                assert_eq!(ack.boot_id, boot_bytes(self.boot));
                ack.sequence
            }
            other => panic!("no ack but {other:?}"),
        }
    }

    /// A phone came in just now.
    pub(crate) async fn entered(&mut self, world: &mut World, phone: PhoneId) {
        let token = world.shown_by(phone);
        let event = self.event(world, token, edge::PresenceKind::Entered, 0);
        self.report(world, vec![event]).await;
    }

    pub(crate) async fn still_here(&mut self, world: &mut World, phone: PhoneId) {
        let token = world.shown_by(phone);
        let event = self.event(world, token, edge::PresenceKind::StillHere, 0);
        self.report(world, vec![event]).await;
    }
}

/// The clocks of an agent whose wall clock is right, this many seconds ago.
pub(crate) fn at(world: &World, ago: u64) -> edge::AgentTime {
    let ago = Duration::from_secs(ago);
    edge::AgentTime {
        wall_ms: (world.now() - ago).as_millis(),
        uptime_ms: u64::try_from(world.clock.uptime().saturating_sub(ago).as_millis()).expect("uptimes fit"),
    }
}
