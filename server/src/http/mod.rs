//! The one port: gRPC, gRPC-Web, events of the web shop, the page, health and metrics.
//!
//! Only the gRPC routes carry the gRPC-Web layer: it answers 400 to every other HTTP/1.1 request. An unknown gRPC
//! service must not be answered by the page's 404, so [`grpc_guard`] makes it `UNIMPLEMENTED`.
//!
//! Every answer that is not gRPC carries headers that keep a browser from making anything else of it. Metrics tell how a
//! shop's day goes: who asks from another machine shows an operator's token.
//!
//! To add a path: a route in [`router`]. Never here: rules, storage.

mod line;
mod opening;
mod page;
mod peers;
pub mod serve;
mod timely;
pub mod tls;

pub use self::{line::Line, peers::sender};

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tonic::{Status, metadata::MetadataMap, service::Interceptor as _};

use crate::{
    grpc::auth::{Callers, Gate, Role},
    metrics::Metrics,
};

/// For what is no page: nothing runs, and nothing is loaded.
const NOTHING_RUNS: &str = "default-src 'none'; frame-ancestors 'none'";

/// Browsers that have spoken TLS with this server once do not speak plain HTTP with it for a year.
const TLS_FROM_NOW_ON: &str = "max-age=31536000";

/// Who is at the other end of a request's connection.
#[derive(Debug, Clone, Copy)]
struct Peer(SocketAddr);

/// What the plain paths need.
pub struct Site {
    /// What `/metrics` shows.
    pub metrics: Arc<Metrics>,
    /// Whether whoever asks on this machine sees `/metrics` without a token.
    pub loopback_metrics: bool,
    /// Those who may ask for `/metrics`.
    pub callers: Arc<Callers>,
    /// Whether the store takes writes, for `/healthz`.
    pub store_takes_writes: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Whether the port speaks TLS.
    pub tls: bool,
    /// How long a request may take to be whole.
    pub request: Duration,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// All that one port answers.
pub fn router(grpc: tonic::service::Routes, tracking: Router, site: Site) -> Router {
    let Site { metrics, loopback_metrics, callers, store_takes_writes, tls, request } = site;
    // Within gRPC-Web's layer, which would make an internal error of a request that is not whole in time.
    let whole = middleware::map_request(move |call| std::future::ready(timely::timely(call, request)));
    let grpc = grpc.prepare().into_axum_router().layer(whole).layer(tonic_web::GrpcWebLayer::new());
    let gate = Gate::new(callers, Role::Operator, Arc::clone(&metrics));
    let open = loopback_metrics.then_some(asked_on_this_machine as Open);
    Router::new()
        .route("/metrics", get(metrics_text))
        .route("/healthz", get(move || std::future::ready(health(store_takes_writes()))))
        .with_state((metrics, gate, open))
        .route("/.well-known/gpc.json", get(privacy_control))
        .merge(grpc)
        .merge(tracking)
        .fallback(page::file)
        .layer(middleware::from_fn(grpc_guard))
        .layer(middleware::map_response(move |response| std::future::ready(shielded(response, tls))))
}

/// A server whose store refuses writes answers, and can do nothing that lasts: whoever watches it must know.
const fn health(store_takes_writes: bool) -> (StatusCode, &'static str) {
    if store_takes_writes {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store takes no writes: the server's log says why\n")
    }
}

/// That Global Privacy Control is respected: an opt-out of analysis, and of passing anything to others.
///
/// <https://w3c.github.io/gpc/#gpc-support-representation>; `lastUpdate` is the day on which that began.
async fn privacy_control() -> Response {
    let body = "{\"gpc\":true,\"lastUpdate\":\"2026-11-22\"}\n";
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn metrics_text(
    State((metrics, mut gate, open)): State<(Arc<Metrics>, Gate, Option<Open>)>,
    request: Request<Body>,
) -> Response {
    if !open.is_some_and(|open| open(&request)) {
        let mut call = tonic::Request::new(());
        *call.metadata_mut() = MetadataMap::from_headers(request.headers().clone());
        *call.extensions_mut() = request.extensions().clone();
        if gate.call(call).is_err() {
            return (
                StatusCode::UNAUTHORIZED,
                [(header::WWW_AUTHENTICATE, "Bearer")],
                "send `authorization: Bearer <token>` with an operator's token\n",
            )
                .into_response();
        }
    }
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, media_type)], metrics.text()).into_response()
}

/// Who sees `/metrics` without a token.
type Open = fn(&Request<Body>) -> bool;

/// Something on this machine that passes on the requests of others should say so in a header; it is not the one who asks. Not all
/// of them do, so that this is a setting.
fn asked_on_this_machine(request: &Request<Body>) -> bool {
    let passed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let peer = request.extensions().get::<Peer>();
    !passed_on && peer.is_some_and(|Peer(peer)| peer.ip().to_canonical().is_loopback())
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// What a path says about itself stays; what it does not say is the strictest.
fn shielded(mut response: Response, tls: bool) -> Response {
    let headers = response.headers_mut();
    if is_grpc(headers) {
        return response;
    }
    let strict =
        [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::CONTENT_SECURITY_POLICY, NOTHING_RUNS)];
    let transport = tls.then_some((header::STRICT_TRANSPORT_SECURITY, TLS_FROM_NOW_ON));
    for (name, value) in strict.into_iter().chain(transport) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn grpc_guard(request: Request<Body>, next: Next) -> Response {
    let asked = is_grpc(request.headers());
    let response = next.run(request).await;
    if asked && !is_grpc(response.headers()) {
        return Status::unimplemented("this server has no such service").into_http();
    }
    response
}

#[cfg(test)]
mod tests;
