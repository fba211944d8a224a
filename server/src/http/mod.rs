//! The one port: gRPC, gRPC-Web, the page, health and metrics.
//!
//! Only the gRPC routes carry the gRPC-Web layer: it answers 400 to every other HTTP/1.1 request. An unknown gRPC
//! service must not be answered by the page's 404, so [`grpc_guard`] makes it `UNIMPLEMENTED`.
//!
//! To add a path: a route in [`router`]. Never here: rules, storage.

mod opening;
mod page;
pub mod serve;
pub mod tls;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tonic::Status;

use crate::metrics::Metrics;

/// All that one port answers.
pub fn router(
    grpc: tonic::service::Routes,
    metrics: Arc<Metrics>,
    store_takes_writes: Arc<dyn Fn() -> bool + Send + Sync>,
) -> Router {
    let grpc = grpc.prepare().into_axum_router().layer(tonic_web::GrpcWebLayer::new());
    Router::new()
        .route("/metrics", get(metrics_text))
        .route("/healthz", get(move || std::future::ready(health(store_takes_writes()))))
        .with_state(metrics)
        .merge(grpc)
        .fallback(page::file)
        .layer(middleware::from_fn(grpc_guard))
}

/// A server whose store refuses writes answers, and can do nothing that lasts: whoever watches it must know.
const fn health(store_takes_writes: bool) -> (StatusCode, &'static str) {
    if store_takes_writes {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store takes no writes: the server's log says why\n")
    }
}

async fn metrics_text(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], metrics.text())
}

async fn grpc_guard(request: Request<Body>, next: Next) -> Response {
    let is_grpc = |headers: &axum::http::HeaderMap| {
        headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
    };
    let asked = is_grpc(request.headers());
    let response = next.run(request).await;
    if asked && !is_grpc(response.headers()) {
        return Status::unimplemented("this server has no such service").into_http();
    }
    response
}
