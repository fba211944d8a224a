//! A world with verbs: two shops, their agents and tablets, and the retailer's backend.
//! Nothing here sleeps for a fixed time: what must happen is awaited with a deadline.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

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
    customer::v1::{
        consent_service_client::ConsentServiceClient, customer_service_client::CustomerServiceClient,
    },
    floor::v1::{self as floor, floor_service_client::FloorServiceClient},
};
use shopbell_server::{
    app::{self, Parts, Server},
    charter::DEFAULT as DEFAULT_CHARTER,
    config::{Config, DEFAULTS, TokenHash},
};
use shopbell_store::EmbeddedStore;
use tonic::{Request, Status, service::interceptor::InterceptedService, transport::Channel};

use crate::clients::{Agent, Tablet};

/// How long anything may take.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// The token of a caller, by name.
pub(crate) fn token_of(caller: &str) -> String {
    format!("test-token-of-{caller}")
}

fn hash(caller: &str) -> String {
    TokenHash::of(&token_of(caller)).to_string()
}

/// A file with the charter of this program with other lines, each as (as it stands there, instead).
pub(crate) fn charter_file(name: &str, other_lines: &[(&str, &str)]) -> PathBuf {
    let charter = other_lines.iter().fold(DEFAULT_CHARTER.to_owned(), |charter, (line, other)| {
        assert!(charter.contains(line), "the charter has no line {line}");
        charter.replace(line, other)
    });
    let name = format!("{name}-{}.toml", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, charter).expect("the charter is written");
    path
}

/// That of most tests: nobody is held out, which would be by chance; guests may be spoken to at once, and no sign comes
/// between what a test waits for.
fn calm_charter() -> &'static Path {
    static WRITTEN: OnceLock<PathBuf> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let calm = [
            ("holdout_share = 0.05", "holdout_share = 0"),
            ("quiet_for = \"15s\"", "quiet_for = \"0s\""),
            ("dwell = \"45s\"", "dwell = \"60m\""),
            ("returned = \"15s\"", "returned = \"60m\""),
            ("pause = \"3m\"", "pause = \"60m\""),
        ];
        charter_file("calm", &calm)
    })
}

pub(crate) fn settings() -> String {
    format!(
        r#"
        [listen]
        address = "127.0.0.1:0"
        [charter]
        file = "{}"
        [limits]
        tick_ms = 10
        [ranking]
        width = 0
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
        calm_charter().display(),
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
        Self::of(&config(overrides)).await
    }

    /// With these settings.
    pub(crate) async fn of(settings: &Config) -> Self {
        Self::made(settings, |store| Arc::new(store)).await
    }

    /// With something between the server and its store.
    pub(crate) async fn on(wrap: impl FnOnce(EmbeddedStore) -> Arc<dyn Store>) -> Self {
        Self::made(&config(&[]), wrap).await
    }

    /// With some settings changed, and something between the server and its store.
    pub(crate) async fn on_with(
        overrides: &[&str],
        wrap: impl FnOnce(EmbeddedStore) -> Arc<dyn Store>,
    ) -> Self {
        Self::made(&config(overrides), wrap).await
    }

    async fn made(settings: &Config, wrap: impl FnOnce(EmbeddedStore) -> Arc<dyn Store>) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_795_000_000)));
        clock.advance(Duration::from_secs(10_000));
        let store = EmbeddedStore::in_memory();
        let server = start(settings, wrap(store.clone()), &store, &clock, 1).await;
        Self { store, clock, server, keys: TokenKeys::new(master()) }
    }

    /// Stops the server and starts another one on the same store.
    pub(crate) async fn restart(self) -> Self {
        self.restart_with(&config(&[])).await
    }

    /// The same, with these settings.
    pub(crate) async fn restart_with(self, settings: &Config) -> Self {
        let Self { store, clock, server, keys } = self;
        stop(server).await;
        let server = start(settings, Arc::new(store.clone()), &store, &clock, 2).await;
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
        self.store.set_sharing(&id, sharing, Timestamp::EPOCH).await.expect("stored");
        assert_eq!(self.store.put_phone(phone, &id).await.expect("stored"), PhoneOutcome::Registered);
        (id, phone)
    }

    /// What a phone shows now.
    pub(crate) fn shown_by(&mut self, phone: PhoneId) -> PresenceToken {
        let window = Window::at(self.now());
        self.token_of(phone, window)
    }

    /// What a phone shows in a quarter of an hour.
    pub(crate) fn token_of(&mut self, phone: PhoneId, window: Window) -> PresenceToken {
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

    pub(crate) async fn consents(&self) -> ConsentServiceClient<InterceptedService<Channel, Bearer>> {
        ConsentServiceClient::with_interceptor(self.channel().await, Bearer(token_of("app")))
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

async fn start(
    config: &Config,
    store: Arc<dyn Store>,
    online: &EmbeddedStore,
    clock: &Arc<ManualClock>,
    seed: u64,
) -> Server {
    let parts = Parts {
        store,
        inbox: Arc::new(online.clone()),
        events: Arc::new(online.clone()),
        embedded: online.clone(),
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
