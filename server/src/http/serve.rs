//! The accept loop: plain or TLS, HTTP/1.1 or HTTP/2, bounded, drained at the end.
//!
//! Bounded are the connections of all, of each address ([`super::peers`]), and the stay of who shows no credentials
//! ([`super::line`]).

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    Peer,
    line::Line,
    opening::{Opening, Seldom},
    peers::{Counted, Peers},
};
use crate::{
    config::Limits,
    metrics::{Held, Metrics, TurnedAway},
};

/// A connection must do each of these within this time: TLS handshake, beginning to speak HTTP, headers of HTTP/1.1.
const OPENING: Duration = Duration::from_secs(10);

/// Most bytes of a connection over HTTP/1.1 that are read and not taken yet, its headers included; and as many that are
/// written and not sent yet.
const BUFFER_BYTES: usize = 32 * 1_024;

/// Most bytes of a connection over HTTP/2 that are read and not taken yet, of all its calls; and of each.
const WINDOW_BYTES: [u32; 2] = [256 * 1_024, 128 * 1_024];

/// Interval and patience of HTTP/2 keep-alive: a cut line is noticed within their sum.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// What happens to many connections alike is logged once in this time.
const LOGGED_ONCE_IN: Duration = Duration::from_secs(60);

/// After a connection that could not be accepted: what is missing, mostly file handles, may be there again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves connections until told to stop, then lets open calls end.
pub struct HttpServer {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    slots: Arc<Semaphore>,
    peers: Peers,
    drain: Duration,
    service: Arc<Service>,
}

/// What all connections share.
struct Service {
    router: Router,
    builder: auto::Builder<TokioExecutor>,
    /// How long who shows no credentials may stay, and their calls after that.
    stranger: (Duration, Duration),
    metrics: Arc<Metrics>,
    strangers_told: Mutex<Seldom>,
}

impl std::fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpServer").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl HttpServer {
    /// Serves `router` on `listener`.
    pub fn new(
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        router: Router,
        limits: &Limits,
        metrics: Arc<Metrics>,
    ) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(OPENING).max_buf_size(BUFFER_BYTES);
        let [window, window_of_a_call] = WINDOW_BYTES;
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .initial_connection_window_size(window)
            .initial_stream_window_size(window_of_a_call)
            .max_concurrent_streams(limits.streams_per_connection);
        let stranger = (limits.stranger, limits.request);
        let service = Service { router, builder, stranger, metrics, strangers_told: Mutex::default() };
        Self {
            listener,
            tls: tls.map(TlsAcceptor::from),
            slots: Arc::new(Semaphore::new(limits.connections)),
            peers: Peers::new(limits.connections_per_address),
            drain: limits.drain,
            service: Arc::new(service),
        }
    }

    /// Accepts until `stop`, then waits for open calls, at most the drain time.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        let mut connections = JoinSet::new();
        let mut warnings = Warnings::default();
        loop {
            if self.slots.available_permits() == 0 {
                warnings.full();
            }
            let slot = tokio::select! {
                () = stop.cancelled() => break,
                slot = Arc::clone(&self.slots).acquire_owned() => slot,
            };
            // Finished connections are taken out, so that the set does not grow.
            while connections.try_join_next().is_some() {}
            let (tcp, peer) = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        warnings.not_accepted(&error);
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
            };
            let Some(counted) = self.peers.admit(peer.ip()) else {
                warnings.too_many(peer, self.service.metrics.turned_away(TurnedAway::Address));
                continue;
            };
            let connection = Connection {
                service: Arc::clone(&self.service),
                stop: stop.clone(),
                held: (Held::new(&self.service.metrics.connections), counted, slot.ok()),
            };
            connections.spawn(connection.open(tcp, peer, self.tls.clone()));
        }
        drop(self.listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.drain, drained).await.is_err() {
            tracing::warn!("some calls did not end in time; they are cut");
        }
        connections.shutdown().await;
        Ok(())
    }
}

/// What the accept loop says, each at most once in a time.
#[derive(Default)]
struct Warnings {
    not_accepted: Seldom,
    full: Seldom,
    too_many: Seldom,
}

impl Warnings {
    fn not_accepted(&mut self, error: &std::io::Error) {
        if self.not_accepted.due(Duration::from_secs(1)) {
            tracing::warn!(%error, "a connection could not be accepted");
        }
    }

    fn full(&mut self) {
        if self.full.due(LOGGED_ONCE_IN) {
            tracing::warn!("as many connections as limits.connections allows; further ones wait");
        }
    }

    fn too_many(&mut self, peer: SocketAddr, so_far: u64) {
        if self.too_many.due(LOGGED_ONCE_IN) {
            tracing::warn!(
                address = %peer.ip(),
                so_far,
                "an address has as many connections as limits.connections_per_address allows; further ones are closed"
            );
        }
    }
}

struct Connection {
    service: Arc<Service>,
    stop: CancellationToken,
    /// What counts it, until it has ended.
    held: (Held, Counted, Option<OwnedSemaphorePermit>),
}

impl Connection {
    async fn open(self, tcp: TcpStream, peer: SocketAddr, tls: Option<TlsAcceptor>) {
        // Small messages must not wait for each other.
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%peer, %error, "no-delay could not be set");
        }
        let served = match tls {
            None => self.serve(tcp, peer),
            Some(tls) => match Box::pin(tokio::time::timeout(OPENING, tls.accept(tcp))).await {
                Ok(Ok(stream)) => self.serve(stream, peer),
                Ok(Err(error)) => return tracing::debug!(%peer, %error, "the TLS handshake failed"),
                Err(_) => return tracing::debug!(%peer, "the TLS handshake took too long"),
            },
        };
        served.await;
    }

    /// The connection's whole life. Boxed before it is first polled: a tablet holds its connection all day, and a
    /// future that is moved from one async function into the next is kept by each of them.
    fn serve<Io>(self, io: Io, peer: SocketAddr) -> Pin<Box<dyn Future<Output = ()> + Send>>
    where
        Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (patience, grace) = self.service.stranger;
        let line = Line::new(patience);
        let shown = line.clone();
        let router = self.service.router.clone();
        let answers = router.map_request(move |mut request: http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request.extensions_mut().insert(shown.clone());
            request.map(Body::new)
        });
        let io = TokioIo::new(Opening::new(io, OPENING));
        let answers = TowerToHyperService::new(answers);
        let connection = self.service.builder.serve_connection(io, answers).into_owned();
        let (service, stop, held) = (self.service, self.stop, self.held);
        Box::pin(async move {
            // A field that nothing in here names would be dropped out there.
            let _held = held;
            let mut connection = pin!(connection);
            let grace = tokio::select! {
                ended = connection.as_mut() => return told(peer, ended),
                // The accept loop cuts what does not end.
                () = stop.cancelled() => Duration::MAX,
                () = line.outstayed() => {
                    service.turn_away(peer);
                    grace
                }
            };
            connection.as_mut().graceful_shutdown();
            if let Ok(ended) = tokio::time::timeout(grace, connection).await {
                told(peer, ended);
            } else {
                tracing::debug!(%peer, "a stranger's calls did not end in time; they are cut");
            }
        })
    }
}

impl Service {
    fn turn_away(&self, peer: SocketAddr) {
        let so_far = self.metrics.turned_away(TurnedAway::Stranger);
        tracing::debug!(%peer, "a connection showed no credentials in time");
        let mut seldom = self.strangers_told.lock().unwrap_or_else(PoisonError::into_inner);
        if seldom.due(LOGGED_ONCE_IN) {
            tracing::info!(so_far, "connections that show no credentials are closed after limits.stranger_s");
        }
    }
}

fn told<E: std::fmt::Display>(peer: SocketAddr, ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests;
