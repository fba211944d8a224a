//! Why a request is not taken: the one map to status, code and message.
//!
//! SDKs read the status only, and by it they try again or give up. Python's older ones also read `code` and `message`, and
//! fail on a body that has none. Messages are for whoever integrates: they name the way out, and nothing that was sent.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use shopbell_domain::{ports::StoreError, time::Timestamp};
use shopbell_proto::segment::EnvelopeError;

use super::{Tracking, day};
use crate::metrics::TrackingOutcome;

/// When a sender may come back, in seconds since 1970.
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Why a request is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the authorization header cannot be read: send `Basic` and base64 of the write key and a colon")]
    BadAuthorization,
    #[error("no write key: send it as the user name of `authorization: Basic`, or as `writeKey` in the body")]
    NoWriteKey,
    #[error("this write key is not one of this server's")]
    UnknownWriteKey,
    #[error("pages of this origin may not send for this source: its `origins` do not name it")]
    ForeignOrigin,
    #[error(
        "there is no such path: events go to /v1/batch, /v1/track, /v1/identify, /v1/page, /v1/screen, /v1/group and /v1/alias"
    )]
    UnknownPath,
    #[error("the signature is missing, or made with none of this shop's secrets")]
    BadSignature,
    #[error("this is signed well, and of another shop than the configuration names")]
    WrongShop,
    #[error("no shop of the configuration has this name")]
    UnknownShop,
    #[error("only {0} is allowed here")]
    WrongMethod(&'static str),
    #[error("the body has more than {limit} bytes, packed or unpacked: send it in parts")]
    BodyTooLarge { limit: usize },
    #[error("the event has more than {limit} bytes: send less in it")]
    EventTooLarge { limit: usize },
    #[error(
        "the body is packed as neither gzip nor anything else that is read here: send it as gzip, or plain"
    )]
    UnknownEncoding,
    #[error("the body is not whole gzip")]
    BrokenGzip,
    #[error("the body did not arrive whole")]
    CutBody,
    #[error("the body, or its next 4 KiB, did not arrive within {} s", .0.as_secs())]
    SlowBody(Duration),
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    #[error("too much is being sent at once: come back later")]
    NoRoom,
    #[error("too much is being sent from this address at once: come back later")]
    NoShare,
    #[error("too many messages of this source wait to be taken up: come back later")]
    Backlog,
    #[error("this source has told as much as it may in a day: come back tomorrow")]
    DayOver,
    #[error("events cannot be kept now: come back later")]
    Store(#[from] StoreError),
    #[error("a thread ended: come back later")]
    Thread(#[from] tokio::task::JoinError),
}

impl Refusal {
    /// Status, fixed name, and how it is counted.
    const fn kind(&self) -> (StatusCode, &'static str, TrackingOutcome) {
        use TrackingOutcome::{Busy, Failed, Invalid, TooLarge, Unauthorized};
        match self {
            Self::BadAuthorization => (StatusCode::UNAUTHORIZED, "invalid_authorization", Unauthorized),
            Self::NoWriteKey => (StatusCode::UNAUTHORIZED, "missing_write_key", Unauthorized),
            Self::UnknownWriteKey => (StatusCode::UNAUTHORIZED, "invalid_write_key", Unauthorized),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "origin_not_allowed", Unauthorized),
            Self::BadSignature => (StatusCode::UNAUTHORIZED, "invalid_signature", Unauthorized),
            Self::WrongShop => (StatusCode::FORBIDDEN, "wrong_shop", Unauthorized),
            Self::UnknownShop | Self::UnknownPath => (StatusCode::NOT_FOUND, "not_found", Invalid),
            Self::WrongMethod(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", Invalid),
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", TooLarge),
            Self::EventTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "event_too_large", TooLarge),
            Self::UnknownEncoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", Invalid),
            Self::BrokenGzip => (StatusCode::BAD_REQUEST, "invalid_gzip", Invalid),
            Self::CutBody => (StatusCode::BAD_REQUEST, "incomplete_body", Invalid),
            Self::SlowBody(_) => (StatusCode::REQUEST_TIMEOUT, "request_timeout", Invalid),
            Self::Envelope(error) => match error {
                EnvelopeError::NotJson | EnvelopeError::TooDeep => {
                    (StatusCode::BAD_REQUEST, "invalid_json", Invalid)
                }
                EnvelopeError::NotAnObject | EnvelopeError::NoBatch => {
                    (StatusCode::BAD_REQUEST, "invalid_request", Invalid)
                }
                EnvelopeError::TooManyEvents { .. } => {
                    (StatusCode::PAYLOAD_TOO_LARGE, "too_many_events", TooLarge)
                }
                EnvelopeError::SharedTooLarge { .. } => {
                    (StatusCode::PAYLOAD_TOO_LARGE, "context_too_large", TooLarge)
                }
            },
            Self::NoRoom | Self::NoShare => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", Busy),
            Self::Backlog => (StatusCode::TOO_MANY_REQUESTS, "backlog_full", Busy),
            Self::DayOver => (StatusCode::TOO_MANY_REQUESTS, "day_over", Busy),
            Self::Store(_) | Self::Thread(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", Failed),
        }
    }
}

impl Tracking {
    /// The answer, counted.
    pub(super) fn refuse(&self, refusal: &Refusal) -> Response {
        let (status, code, outcome) = refusal.kind();
        self.metrics.tracking_request(outcome);
        match refusal {
            Refusal::Store(error) => tracing::warn!(%error, "events could not be kept"),
            Refusal::Thread(error) => tracing::error!(%error, "a request with events was given up"),
            _ => tracing::debug!(code, "a request with events was refused"),
        }
        let body = serde_json::json!({ "code": code, "message": refusal.to_string() });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            // Not `Basic`: a browser would ask its user for a password.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("WriteKey"));
        }
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            let now = self.clock.now();
            let after = match refusal {
                Refusal::DayOver => day::left(now),
                _ => self.limits.retry_after,
            };
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(after.as_secs() + u64::from(after.subsec_nanos() > 0)),
            );
            headers.insert(RATE_LIMIT_RESET, HeaderValue::from(seconds(now + after)));
        }
        response
    }
}

/// Rounded up: who comes back then is not early.
const fn seconds(at: Timestamp) -> i64 {
    (at.as_millis() + 999).div_euclid(1_000)
}
