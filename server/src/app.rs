//! The composition root: configuration -> build (binds) -> run until told to stop.
//!
//! This is the only room that sees all others (`rooms.rs` puts each together). [`build`] opens no file but the certificates
//! and the texts of consent; the store, the clock, the key and the randomness are given, so that tests give theirs.

mod rooms;
mod suggesting;

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    event::port::Events,
    inbox::Inbox,
    ports::{Store, StoreError},
    time::Clock,
    token::MasterKey,
};
use shopbell_insight::outcome::Unreadable;
use shopbell_kit::{
    config::Invalid,
    lifecycle::{StopSource, Stopped, TaskFailed, Tasks},
    notify::Notify,
    secret::SecretError,
};
use shopbell_store::EmbeddedStore;
use tokio::net::TcpListener;

use self::rooms::Rooms;
use crate::{
    campaigns::CampaignsError,
    charter::{self, CharterError},
    config::Config,
    floor::{Hub, HubParts},
    grpc::{self, AdminApi, Apis, EdgeApi, EventApi, PrivacyApi, auth::Callers},
    http::{self, serve::HttpServer, tls},
    metrics::Metrics,
    notes::BlockListError,
    phrases::BrokenPhrases,
    ranking::InvalidPrior,
    rights, shopify,
    shops::Shops,
    texts,
    tracking::{self, Tracking},
    watchdog,
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
    /// The campaigns cannot be used.
    #[error(transparent)]
    Campaigns(#[from] CampaignsError),
    /// There is no charter, or a broken one.
    #[error(transparent)]
    Charter(#[from] CharterError),
    /// A mistake in this program.
    #[error(transparent)]
    Phrases(#[from] BrokenPhrases),
    /// A mistake in this program, too.
    #[error(transparent)]
    Prior(#[from] InvalidPrior),
    /// A mistake in this program, too.
    #[error(transparent)]
    Outcomes(#[from] Unreadable),
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
    texts::unchanged(&texts, &store.pinned_texts().await?)?;
    let tls = config.tls.files().map(|(cert, key)| tls::server_config(cert, key)).transpose()?;
    // The port first: whoever started a second server by mistake should hear of that, before any work is done.
    let (listener, address) = bind(config.listen.address).await?;
    let metrics = Arc::new(Metrics::new());
    let tasks = Tasks::new();
    let hub = start_hub(config, (&store, &clock, &master), &metrics, &mut rng, &tasks).await?;
    let phones = Box::new(StdRng::from_rng(&mut rng));
    let (for_notes, for_rights) = (StdRng::from_rng(&mut rng), StdRng::from_rng(&mut rng));
    let rooms = Rooms {
        config,
        store: Arc::clone(&store),
        events,
        embedded,
        clock: Arc::clone(&clock),
        metrics: Arc::clone(&metrics),
        hub: hub.clone(),
        tasks: &tasks,
    };
    let desk = rooms.desk();
    let (inbox, applier) = rooms.start_applier(inbox, &desk)?;
    let rights = rooms.start_rights(&inbox, &applier, for_rights)?;
    desk.connect(rights.clone());
    let catalogue = rooms.catalogue();
    let (own, time) = (StdRng::from_rng(&mut rng), Arc::clone(&clock));
    let tracking = Arc::new(Tracking::new(config, Arc::clone(&inbox), time, Arc::clone(&metrics), own));
    let maintenance = rooms.start_keeping(&inbox, rights.clone());
    let learning = rooms.start_learning()?;
    let brief = rooms.brief(&learning)?;
    let apis = Apis {
        edge: EdgeApi::new(hub.clone(), Arc::clone(&clock), Arc::clone(&metrics), limits, tasks.soft()),
        floor: rooms.floor(&applier, (&brief, learning.learner.clone()), for_notes)?,
        starters: rooms.starters(brief),
        consent: rooms.consent(texts),
        customer: rooms.customer(master, &applier, phones),
        admin: AdminApi::new(hub.clone(), clock, limits.agent_late, limits.agent_down),
        online: rooms.online(&inbox, applier)?,
        maintenance,
        privacy: PrivacyApi::new(rights.clone()),
        events: EventApi::new(Arc::clone(&tracking), tasks.soft()),
    };
    let (routes, serving) =
        grpc::routes(apis, Callers::from_config(config), &metrics, limits.message_bytes).await;
    end_with(&tasks, serving);
    let webhooks = shopify::routes(&config.shopify, Arc::clone(&tracking))?;
    let asked = rights::routes(rights, Arc::new(Callers::from_config(config)));
    let events = tracking::routes(tracking).merge(catalogue.routes()).merge(webhooks).merge(asked);
    let site = site(config, &metrics, store_takes_writes);
    let everything = http::router(routes, events, site);
    let server = HttpServer::new(listener, tls.clone(), everything, limits, Arc::clone(&metrics));
    tasks.spawn_service("http", server.run(tasks.soft()));
    Ok(Server { address, tls: tls.is_some(), tasks, drain: limits.drain + BEYOND_CALLS, metrics, hub })
}

/// What the one port needs beside the calls.
fn site(
    config: &Config,
    metrics: &Arc<Metrics>,
    store_takes_writes: Arc<dyn Fn() -> bool + Send + Sync>,
) -> http::Site {
    http::Site {
        metrics: Arc::clone(metrics),
        loopback_metrics: config.listen.loopback_metrics,
        callers: Arc::new(Callers::from_config(config)),
        store_takes_writes,
        tls: config.tls.files().is_some(),
        request: config.limits.request,
    }
}

/// Loads the shops and starts a task for each.
async fn start_hub(
    config: &Config,
    (store, clock, master): (&Arc<dyn Store>, &Arc<dyn Clock>, &MasterKey),
    metrics: &Arc<Metrics>,
    rng: &mut StdRng,
    tasks: &Tasks,
) -> Result<Hub, StartError> {
    let parts = HubParts {
        shops: &Shops::from_config(&config.shops),
        store: Arc::clone(store),
        clock: Arc::clone(clock),
        master: master.clone(),
        withheld: config.consent.withheld.iter().copied().collect(),
        limits: &config.limits,
        moment: *charter::of(&config.charter, &config.shops)?.moment(),
        metrics: Arc::clone(metrics),
        rng,
    };
    Ok(Hub::start(parts, tasks).await?)
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
