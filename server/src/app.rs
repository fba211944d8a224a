//! The composition root: configuration -> build (binds) -> run until told to stop.
//!
//! This is the only file that sees all rooms. [`build`] opens no file but the certificates and the texts of consent; the store, the clock, the
//! key and the randomness are given, so that tests give theirs.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    catalogue::port::Catalogue,
    event::port::Events,
    inbox::Inbox,
    ports::{Looks, Store, StoreError},
    rights::port::Gate,
    time::Clock,
    token::{MasterKey, TokenKeys},
};
use shopbell_kit::{
    config::Invalid,
    lifecycle::{StopSource, Stopped, TaskFailed, Tasks},
    notify::Notify,
    secret::SecretError,
};
use shopbell_store::EmbeddedStore;
use tokio::net::TcpListener;

use crate::{
    brief::Brief,
    catalogue::door::Door,
    config::Config,
    floor::{Hub, HubParts},
    grpc::{
        self, AdminApi, Apis, ConsentApi, CustomerApi, EdgeApi, EventApi, FloorApi, FloorParts, MaintenanceApi,
        OnlineApi, PrivacyApi, auth::Callers,
    },
    http::{self, serve::HttpServer, tls},
    metrics::Metrics,
    notes::{self, BlockListError, Notes, NotesParts},
    online::{Applier, ApplierHandle, ApplierParts, Bell, Portraits, Readings, RingingInbox},
    phrases::{BrokenPhrases, Phrases},
    retention::{Retention, RetentionParts},
    rights::{self, Rights, RightsParts},
    shopify,
    shops::Shops,
    texts,
    tracking::{self, Tracking},
    vault, watchdog,
};

/// Given to tasks beyond the drain time of open calls, so that these are the ones that are cut.
const BEYOND_CALLS: Duration = Duration::from_secs(2);

/// What a server needs beside its configuration.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Where events are kept until they are taken up.
    pub inbox: Arc<dyn Inbox>,
    /// Where they and what they lead to go then: the same store as the inbox's.
    pub events: Arc<dyn Events>,
    /// That store itself, with its vault: to copy it, and to forget.
    pub embedded: EmbeddedStore,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Opens and seals tokens.
    pub master: MasterKey,
    /// A cryptographic generator: it makes phone numbers.
    pub rng: StdRng,
    /// Whether the store takes writes, for `/healthz`.
    pub store_takes_writes: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parts")
    }
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken.
    #[error(
        "{address} is taken by another program: stop that one, or choose another port with \
         --set listen.address=HOST:PORT (port 0 takes any free one)"
    )]
    Busy {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; check listen.address")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// The rules of identity are none.
    #[error(transparent)]
    Setting(#[from] Invalid),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// A secret of a shop on Shopify cannot be read.
    #[error("a client secret of a shop on Shopify (shopify.secret_files): {0}")]
    Secret(#[from] SecretError),
    /// The texts of consent cannot be used.
    #[error(transparent)]
    Texts(#[from] texts::TextsError),
    /// The visits cannot be read.
    #[error("the shops' visits cannot be loaded: {0}; run `shopbell-server check`")]
    Store(#[from] StoreError),
    /// What no note may hold cannot be read.
    #[error(transparent)]
    Notes(#[from] BlockListError),
    /// A mistake in this program.
    #[error(transparent)]
    Phrases(#[from] BrokenPhrases),
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    tls: bool,
    tasks: Tasks,
    drain: Duration,
    metrics: Arc<Metrics>,
    hub: Hub,
}

/// Binds, loads the shops and starts to serve.
pub async fn build(config: &Config, parts: Parts) -> Result<Server, StartError> {
    let Parts { store, inbox, events, embedded, clock, master, mut rng, store_takes_writes } = parts;
    let limits = &config.limits;
    let texts = texts::load(&config.consent)?;
    let tls = config.tls.files().map(|(cert, key)| tls::server_config(cert, key)).transpose()?;
    // The port first: whoever started a second server by mistake should hear of that, before any work is done.
    let (listener, address) = bind(config.listen.address).await?;
    let metrics = Arc::new(Metrics::new());
    let tasks = Tasks::new();
    let hub_parts = HubParts {
        shops: &Shops::from_config(&config.shops),
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
        master: master.clone(),
        withheld: config.consent.withheld.iter().copied().collect(),
        limits,
        metrics: Arc::clone(&metrics),
        rng: &mut rng,
    };
    let hub = Hub::start(hub_parts, &tasks).await?;
    let brief =
        Brief::new(Arc::clone(&store), Arc::clone(hub.decisions()), Arc::clone(&clock), Phrases::load()?, limits.cart_left);
    let (late, down) = (limits.agent_late, limits.agent_down);
    let phones = Box::new(StdRng::from_rng(&mut rng));
    let (for_notes, for_rights) = (StdRng::from_rng(&mut rng), StdRng::from_rng(&mut rng));
    let (at, wall, rng) = (Arc::clone(&clock), Arc::clone(&clock), StdRng::from_rng(&mut rng));
    let portraits = Portraits::new(Arc::clone(&events), config.identity.rules()?);
    let desk = shopify::DeskParts { store: Arc::clone(&store), clock: Arc::clone(&clock) };
    let desk = Arc::new(shopify::Desk::new(&config.shopify, desk));
    let past = Arc::clone(&events);
    let gate = Arc::new(embedded.clone());
    let (inbox, applier) = start_applier(config, inbox, events, gate, &desk, &clock, &hub, &tasks, &metrics)?;
    let rights = Rights::new(RightsParts {
        regulations: Arc::new(embedded.clone()),
        gate: Arc::new(embedded.clone()),
        forgetting: Arc::new(embedded.clone()),
        kept: Arc::new(embedded.clone()),
        consents: Arc::new(embedded.clone()),
        vault: embedded.vault().clone(),
        events: Arc::clone(&past),
        inbox: Arc::clone(&inbox),
        store: Arc::clone(&store),
        rules: config.identity.rules()?,
        hub: hub.clone(),
        applier: applier.clone(),
        clock: Arc::clone(&clock),
        rng: for_rights,
        metrics: Arc::clone(&metrics),
    });
    desk.connect(rights.clone());
    tasks.spawn_service("rights", rights::Job::new(rights.clone()).run(tasks.soft()));
    let notes = Notes::new(NotesParts {
        forbidden: notes::block_list(&config.notes)?,
        applier: applier.clone(),
        store: Arc::clone(&store),
        decisions: Arc::clone(hub.decisions()),
        clock: Arc::clone(&clock),
        rng: Mutex::new(for_notes),
    });
    let floor = FloorParts {
        hub: hub.clone(),
        brief,
        notes,
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
        metrics: Arc::clone(&metrics),
        heartbeat: limits.floor_heartbeat,
        tablet_streams: limits.tablet_streams,
        stop: tasks.soft(),
    };
    let looks = Arc::clone(&store) as Arc<dyn Looks>;
    let online = OnlineApi::new(Arc::clone(&inbox), applier, portraits, looks, Arc::clone(&clock));
    let catalogue: Arc<dyn Catalogue> = Arc::clone(&store) as _;
    let catalogue =
        Door::new(catalogue, Arc::clone(&clock), Callers::from_config(config), config.catalogue.clone());
    let keeping = Keeping { embedded, store: &store, events: &past, inbox: &inbox, clock: wall, metrics: &metrics, rights: rights.clone() };
    let maintenance = start_keeping(config, keeping, &tasks);
    let tracking = Arc::new(Tracking::new(config, inbox, at, Arc::clone(&metrics), rng));
    let apis = Apis {
        edge: EdgeApi::new(hub.clone(), Arc::clone(&clock), Arc::clone(&metrics), limits, tasks.soft()),
        floor: FloorApi::new(floor),
        consent: ConsentApi::new(Arc::clone(&store), Arc::clone(&clock), hub.clone(), texts),
        customer: CustomerApi::new(store, Arc::clone(&clock), hub.clone(), TokenKeys::new(master), phones),
        admin: AdminApi::new(hub.clone(), clock, late, down),
        online,
        maintenance,
        privacy: PrivacyApi::new(rights.clone()),
        events: EventApi::new(Arc::clone(&tracking), tasks.soft()),
    };
    let (routes, serving) =
        grpc::routes(apis, Callers::from_config(config), &metrics, limits.message_bytes).await;
    end_with(&tasks, serving);
    let site = http::Site {
        metrics: Arc::clone(&metrics),
        callers: Arc::new(Callers::from_config(config)),
        store_takes_writes,
        tls: tls.is_some(),
        request: limits.request,
    };
    let webhooks = shopify::routes(&config.shopify, Arc::clone(&tracking))?;
    let asked = rights::routes(rights, Arc::new(Callers::from_config(config)));
    let events = tracking::routes(tracking).merge(catalogue.routes()).merge(webhooks).merge(asked);
    let everything = http::router(routes, events, site);
    let server = HttpServer::new(listener, tls.clone(), everything, limits, Arc::clone(&metrics));
    tasks.spawn_service("http", server.run(tasks.soft()));
    Ok(Server { address, tls: tls.is_some(), tasks, drain: limits.drain + BEYOND_CALLS, metrics, hub })
}

/// Takes up what waits, and is woken by what the inbox takes in from now on.
fn start_applier(
    config: &Config,
    inbox: Arc<dyn Inbox>,
    events: Arc<dyn Events>,
    gate: Arc<dyn Gate>,
    desk: &Arc<shopify::Desk>,
    clock: &Arc<dyn Clock>,
    hub: &Hub,
    tasks: &Tasks,
    metrics: &Arc<Metrics>,
) -> Result<(Arc<dyn Inbox>, ApplierHandle), StartError> {
    let bell = Bell::default();
    let inbox: Arc<dyn Inbox> = Arc::new(RingingInbox::new(inbox, bell.clone()));
    let (applier, handle) = Applier::new(ApplierParts {
        inbox: Arc::clone(&inbox),
        events,
        readings: Readings::new(&config.sources, config.identity.rules()?).with_shops(&config.shops).with_shopify(Arc::clone(desk)),
        clock: Arc::clone(clock),
        bell,
        audience: Arc::new(hub.clone()),
        gate,
        metrics: Arc::clone(metrics),
    });
    tasks.spawn_service("applier", applier.run(tasks.soft()));
    Ok((inbox, handle))
}

/// What is kept, and for how long.
struct Keeping<'a> {
    embedded: EmbeddedStore,
    store: &'a Arc<dyn Store>,
    events: &'a Arc<dyn Events>,
    inbox: &'a Arc<dyn Inbox>,
    clock: Arc<dyn Clock>,
    metrics: &'a Arc<Metrics>,
    rights: Rights,
}

/// Exports tombstones, and lets data grow old.
fn start_keeping(config: &Config, keeping: Keeping<'_>, tasks: &Tasks) -> MaintenanceApi {
    let Keeping { embedded, store, events, inbox, clock, metrics, rights } = keeping;
    // What goes with the process needs nothing that outlives it.
    let exported = (!embedded.is_in_memory()).then(|| vault::Exported::within(&config.vault.tombstone_directory));
    let watch = vault::watch(embedded.vault().clone(), exported, Arc::clone(metrics), tasks.soft());
    tasks.spawn_service("vault", watch);
    let retention = Retention::new(RetentionParts {
        embedded: embedded.clone(),
        store: Arc::clone(store),
        events: Arc::clone(events),
        consents: Arc::clone(store) as _,
        inbox: Arc::clone(inbox),
        forgetter: Some(Arc::new(rights)),
        times: config.retention,
        clock: Arc::clone(&clock),
        metrics: Arc::clone(metrics),
    });
    tasks.spawn_service("retention", retention.clone().run(tasks.soft()));
    MaintenanceApi::new(embedded, retention, clock)
}

/// A listener, and the address that it has really got.
async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listener = TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::Busy { address },
        _ => StartError::Listen { address, source },
    })?;
    let real = listener.local_addr().map_err(|source| StartError::Listen { address, source })?;
    Ok((listener, real))
}

/// Whoever balances load by the gRPC health hears of the end at its beginning, while open calls still end.
fn end_with(tasks: &Tasks, serving: grpc::Serving) {
    let stop = tasks.soft();
    tasks.spawn_service("health", async move {
        stop.cancelled().await;
        serving.end().await;
        Ok::<(), Infallible>(())
    });
}

impl Server {
    /// Where it listens; the real port where the configuration said 0.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as others write it.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.address)
    }

    /// Its metrics.
    pub const fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Tells the service manager how the server is, from now to its end.
    pub fn supervise(&self, notify: Notify) {
        let watch = watchdog::watch(notify, self.hub.clone(), self.tasks.soft());
        self.tasks.spawn_service("watchdog", watch);
    }

    /// Runs until `source` asks to stop: streams end themselves, open calls end, tasks end.
    pub async fn run(self, source: StopSource) -> Result<Stopped, TaskFailed> {
        self.tasks.run(source, self.drain).await
    }
}
