//! What is answered, and why something is refused: the one map to status and type.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use shopbell_domain::{
    ports::StoreError,
    rights::{Outcome, Refused, Regulation, State, port::Subject},
};

use crate::rights::instant::rfc3339;

/// The only workspace that there is.
const WORKSPACE: &str = "shopbell";

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("send `authorization: Bearer <token>` with an app's or an operator's token of this server")]
    Unauthorized,
    #[error("this token is not for regulations: use an app's or an operator's")]
    Forbidden,
    #[error("the body has more than {most} bytes, or did not arrive whole")]
    Body { most: usize },
    #[error("{message}")]
    Field { field: &'static str, message: String },
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("there is no such regulation")]
    NoSuchRegulation,
    #[error("there is no such receipt")]
    NoSuchReceipt,
    #[error("this cannot be kept or read now: come back later")]
    Store(#[from] StoreError),
}

impl Refusal {
    const fn kind(&self) -> (StatusCode, &'static str, Option<&'static str>) {
        match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", None),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", None),
            Self::Body { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "payload-too-large", None),
            Self::Field { field, .. } => (StatusCode::UNPROCESSABLE_ENTITY, "validation-error", Some(field)),
            Self::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "validation-error", Some("subjectIds")),
            Self::NoSuchRegulation | Self::NoSuchReceipt => (StatusCode::NOT_FOUND, "not-found", None),
            Self::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", None),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, kind, field) = self.kind();
        if let Self::Store(error) = &self {
            tracing::error!(%error, "a regulation could not be kept or read");
        }
        let mut error = json!({ "type": kind, "message": self.to_string() });
        if let (Some(field), Value::Object(fields)) = (field, &mut error) {
            fields.insert("field".to_owned(), field.into());
        }
        let mut response = (status, Json(json!({ "errors": [error] }))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// One regulation: Segment's fields, then ours.
pub(super) fn regulation(regulation: &Regulation, outcomes: &[(u32, Outcome)]) -> Value {
    let status = regulation.state.name();
    let results: Vec<Value> = outcomes.iter().map(|(index, outcome)| result(*index, outcome)).collect();
    let mut value = json!({
        "id": regulation.number.to_string(),
        "workspaceId": WORKSPACE,
        "overallStatus": status,
        "createdAt": rfc3339(regulation.at),
        "streamStatus": [{ "id": WORKSPACE, "destinationStatus": [destination(regulation)] }],
        "regulationType": regulation.kind.name(),
        "subjectCount": regulation.tally.users,
        "results": results,
    });
    if let (Some(ended), Value::Object(fields)) = (regulation.ended, &mut value) {
        fields.insert("finishedAt".to_owned(), rfc3339(ended).into());
    }
    if let (State::NotSupported, Value::Object(fields)) = (regulation.state, &mut value) {
        let why = "what one source told is woven into the person: ask for all sources, at /v1/regulations";
        fields.insert("reason".to_owned(), why.into());
    }
    value
}

/// There is one place where data is: here.
fn destination(regulation: &Regulation) -> Value {
    let mut value = json!({
        "id": WORKSPACE,
        "name": "Shopbell",
        "status": regulation.state.name(),
        "errString": "",
    });
    if let (Some(ended), Value::Object(fields)) = (regulation.ended, &mut value) {
        fields.insert("finishedAt".to_owned(), rfc3339(ended).into());
    }
    value
}

fn result(index: u32, outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Done { receipt, records } => {
            json!({ "index": index, "status": "FINISHED", "receipt": receipt, "records": records })
        }
        Outcome::Invalid(reason) => json!({ "index": index, "status": "INVALID", "reason": reason }),
        Outcome::Failed(reason) => json!({ "index": index, "status": "FAILED", "reason": reason }),
    }
}

/// One regulation in a list.
pub(super) fn entry(regulation: &Regulation, subjects: &[Subject]) -> Value {
    let subjects: Vec<&str> = subjects.iter().map(|subject| subject.user.reveal().as_str()).collect();
    let mut value = json!({
        "id": regulation.number.to_string(),
        "subjectType": "USER_ID",
        "subjects": subjects,
        "subjectCount": regulation.tally.users,
        "status": regulation.state.name(),
        "createdAt": rfc3339(regulation.at),
        "regulationType": regulation.kind.name(),
    });
    if let (Some(ended), Value::Object(fields)) = (regulation.ended, &mut value) {
        fields.insert("finishedAt".to_owned(), rfc3339(ended).into());
    }
    value
}
