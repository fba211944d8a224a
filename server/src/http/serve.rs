//! The accept loop: plain or TLS, HTTP/1.1 or HTTP/2, bounded, drained at the end.

use std::{convert::Infallible, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    Peer,
    opening::{Opening, Seldom},
};
use crate::{
    config::Limits,
    metrics::{Held, Metrics},
};

/// A connection must do each of these within this time: TLS handshake, beginning to speak HTTP, headers of HTTP/1.1.
const OPENING: Duration = Duration::from_secs(10);

/// Interval and patience of HTTP/2 keep-alive: a cut line is noticed within their sum.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// After a connection that could not be accepted: what is missing, mostly file handles, may be there again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves connections until told to stop, then lets open calls end.
pub struct HttpServer {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    builder: auto::Builder<TokioExecutor>,
    slots: Arc<Semaphore>,
    drain: Duration,
    metrics: Arc<Metrics>,
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
        builder.http1().timer(TokioTimer::new()).header_read_timeout(OPENING);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .max_concurrent_streams(limits.streams_per_connection);
        Self {
            listener,
            tls: tls.map(TlsAcceptor::from),
            router,
            builder,
            slots: Arc::new(Semaphore::new(limits.connections)),
            drain: limits.drain,
            metrics,
        }
    }

    /// Accepts until `stop`, then waits for open calls, at most the drain time.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut warning = Seldom::default();
        loop {
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
                        if warning.due(Duration::from_secs(1)) {
                            tracing::warn!(%error, "a connection could not be accepted");
                        }
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
            };
            let connection = Connection {
                router: self.router.clone(),
                builder: self.builder.clone(),
                watcher: graceful.watcher(),
                held: Held::new(&self.metrics.connections),
            };
            let tls = self.tls.clone();
            connections.spawn(async move {
                let _slot = slot;
                connection.open(tcp, peer, tls).await;
            });
        }
        drop(self.listener);
        if tokio::time::timeout(self.drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("some calls did not end in time; they are cut");
        }
        connections.shutdown().await;
        Ok(())
    }
}

struct Connection {
    router: Router,
    builder: auto::Builder<TokioExecutor>,
    watcher: Watcher,
    held: Held,
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
        let service = self.router.map_request(move |mut request: http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request.map(Body::new)
        });
        let io = TokioIo::new(Opening::new(io, OPENING));
        let connection = self.builder.serve_connection(io, TowerToHyperService::new(service)).into_owned();
        let (watched, held) = (Box::pin(self.watcher.watch(connection)), self.held);
        Box::pin(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%peer, error, "a connection ended early");
            }
            drop(held);
        })
    }
}
