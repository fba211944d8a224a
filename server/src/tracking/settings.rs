//! What the browser's SDK asks before its first event: where events go.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use super::{Tracking, refusal::Refusal};
use crate::config::is_authority;

/// `GET /v1/projects/{write_key}/settings`.
pub(super) async fn settings(
    State(tracking): State<Arc<Tracking>>,
    Path(write_key): Path<String>,
    request: Request,
) -> Response {
    let Some((protocol, host)) = tracking.address(&request) else {
        return tracking.refuse(&Refusal::UnknownPath);
    };
    if let Err(refusal) = tracking.sources.find(&write_key) {
        return tracking.refuse(&refusal);
    }
    let body = serde_json::json!({
        "integrations": {
            "Segment.io": { "apiKey": write_key, "apiHost": format!("{host}/v1"), "protocol": protocol },
        },
        "plan": { "track": {}, "identify": {}, "group": {} },
        "metrics": { "sampleRate": 0 },
        "edgeFunction": {},
        "enabledMiddleware": {},
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
    });
    // It names the host that was asked for: no shared cache may give it to others.
    let private = (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    ([private], Json(body)).into_response()
}

impl Tracking {
    /// Protocol and host under which the asking browser reaches this server.
    fn address(&self, request: &Request) -> Option<(&'static str, String)> {
        if let Some(url) = &self.limits.public_url {
            let protocol = if url.starts_with("https:") { "https" } else { "http" };
            return url.split_once("://").map(|(_, host)| (protocol, host.to_owned()));
        }
        let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = asked.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str))?;
        let protocol = if self.tls { "https" } else { "http" };
        is_authority(host).then(|| (protocol, host.to_owned()))
    }
}
