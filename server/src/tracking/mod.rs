//! Events from the web shop, the app and the tills, as Segment's SDKs send them.
//!
//! ```text
//!  POST /v1/* -> sources (whose write key) -> body (bounded, unpacked) -> proto::segment::envelope -> inbox, then 200
//!                    | 401 403                  | 400 408 413 415 429         | 400                     | 503
//! ```
//!
//! What it owes its senders:
//!
//! * A 200 means that every event of the request is on the disk, once, however often it is sent. What the events mean is
//!   decided later, when they are taken up; what cannot be used is kept with the reason.
//! * An error is JSON with `code` and `message`, and its status says whether to try again: SDKs repeat 408, 429 and 503, and
//!   drop what got another 4xx.
//! * Memory is bounded: bodies that are being read have their rooms ([`room`]), and each source's backlog has its most messages. Beyond
//!   either, senders are told when to come back; one source's flood refuses no other source.
//!
//! SDKs send JSON as `text/plain` and as forms, so the content type says nothing here; packed bodies are known by their
//! first bytes.
//!
//! To add a path: a route in [`routes`]. To add an error: a variant of [`refusal::Refusal`].
//!
//! Never here: what an event means (`proto::segment`), whose it is, and a body or a write key in a log.

mod body;
mod day;
mod receive;
mod refusal;
mod room;
mod settings;
mod signed;
mod sources;
mod stream;

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use rand::rngs::StdRng;
use shopbell_domain::{inbox::Inbox, time::Clock};

pub(crate) use self::refusal::Refusal;
pub(crate) use self::sources::reading;
pub use self::stream::Taken;
use self::{room::Room, sources::Sources};
use crate::{
    config::{self, Config},
    metrics::Metrics,
};

/// What takes events in.
pub struct Tracking {
    sources: Sources,
    limits: config::Tracking,
    kept_room: Room,
    open_room: Room,
    day: day::Day,
    inbox: Arc<dyn Inbox>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    /// Numbers messages whose senders did not.
    rng: Mutex<StdRng>,
    tls: bool,
}

impl std::fmt::Debug for Tracking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracking").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Tracking {
    /// For the sources of a configuration that was validated.
    pub fn new(
        config: &Config,
        inbox: Arc<dyn Inbox>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        rng: StdRng,
    ) -> Self {
        Self {
            sources: Sources::new(&config.sources),
            kept_room: Room::kept(config.tracking.memory_bytes),
            open_room: Room::open(
                config.tracking.open_memory_bytes,
                config.tracking.open_memory_per_address_bytes,
            ),
            day: day::Day::new(config.tracking.open_bytes_per_day),
            limits: config.tracking.clone(),
            inbox,
            clock,
            metrics,
            rng: Mutex::new(rng),
            tls: config.tls.files().is_some(),
        }
    }
}

/// Paths that take one event or a batch; what they take is told by `proto::segment::Call::from_path`.
const CALLS: [&str; 15] = [
    "/v1/batch",
    "/v1/import",
    "/v1/b",
    "/v1/identify",
    "/v1/i",
    "/v1/track",
    "/v1/t",
    "/v1/page",
    "/v1/p",
    "/v1/screen",
    "/v1/s",
    "/v1/group",
    "/v1/g",
    "/v1/alias",
    "/v1/a",
];

/// All paths under `/v1`.
pub fn routes(tracking: Arc<Tracking>) -> Router {
    let take = post(receive::receive).options(preflight).fallback(wrong_method);
    let tell = get(settings::settings).options(preflight).fallback(wrong_method);
    CALLS
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, take.clone()))
        .route("/v1/projects/{write_key}/settings", tell)
        .route("/v1/{*unknown}", any(unknown))
        .layer(map_response(readable_by_any_page))
        .with_state(tracking)
}

/// What a browser asks before it sends a request with a header of its own. Which key comes with it is not told yet, so it
/// is allowed to every page; a source's origins are asked with the request itself.
async fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, x-retry-count, x-strict"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

/// No answer depends on cookies, and none holds what its reader did not send: any page may read them.
async fn readable_by_any_page(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static("retry-after, x-ratelimit-reset");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn unknown(State(tracking): State<Arc<Tracking>>) -> Response {
    tracking.refuse(&Refusal::UnknownPath)
}

async fn wrong_method(State(tracking): State<Arc<Tracking>>, request: Request) -> Response {
    let allowed = if request.uri().path().ends_with("/settings") { "GET, OPTIONS" } else { "POST, OPTIONS" };
    let mut response = tracking.refuse(&Refusal::WrongMethod(allowed));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

#[cfg(test)]
mod tests;
