//! `/v1/regulations`: paths, bodies and codes of Segment's Public API (its "Deletion and Suppression"), so that what a
//! retailer has for it works here.
//!
//! | | |
//! |---|---|
//! | `POST /v1/regulations` | asks: `regulationType`, `subjectType` (`USER_ID`), `subjectIds` (1 to 5,000) |
//! | `GET /v1/regulations` | newest first; `pagination[count]`, `pagination[cursor]`, `status`, `regulationTypes` |
//! | `GET /v1/regulations/{id}` | how far it is, and beyond Segment's body how each number ended |
//! | `POST`, `GET /v1/regulations/sources/{source}` | the same of one source: [`shopbell_domain::rights::State::NotSupported`] |
//! | `GET /v1/receipts/{number}` | the signed text of an erasure |
//! | `GET /v1/receipts/key`, `GET /v1/receipts/key.pem` | the key that checks it, for everybody |
//!
//! All but the key operators and apps may ask, with `authorization: Bearer <token>`; everybody else is refused before a body is read. Errors are
//! `{"errors": [{"type", "message", "field"}]}`, as there. What differs: the customer numbers of a regulation that has ended
//! are forgotten, so that `subjects` is empty then.

mod answer;
mod ask;

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::{DefaultBodyLimit, Path, RawQuery, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use shopbell_domain::{
    id::SourceId,
    rights::{Asker, RegulationNumber},
};

use self::{
    answer::{Refusal, entry, regulation},
    ask::{Listing, NEWEST, Wish},
};
use super::service::Rights;
use crate::{
    grpc::auth::{Caller, Callers},
    http::Line,
};

/// 5,000 customer numbers of the greatest length, with escapes, and room for the rest.
const BODY_BYTES: usize = 4 * 1_024 * 1_024;

/// Regulations of one page, when the request does not say; Segment's own.
const PAGE: usize = 10;
/// Regulations of one page, at most; Segment's own.
const LARGEST_PAGE: usize = 200;
/// Results of one regulation.
const RESULTS: usize = shopbell_domain::rights::MAX_USERS;

/// All paths. `callers` says who may ask.
pub fn routes(rights: Rights, callers: Arc<Callers>) -> Router {
    Router::new()
        .route("/v1/regulations", get(list).post(create))
        .route("/v1/regulations/{number}", get(show))
        .route("/v1/regulations/sources/{source}", get(list_of_source).post(create_of_source))
        .route("/v1/regulations/cloudsources/{source}", axum::routing::post(create_of_source))
        .route("/v1/receipts/{number}", get(receipt))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(callers, admit))
        // Whoever is handed a receipt must be able to check it.
        .route("/v1/receipts/key", get(key))
        .route("/v1/receipts/key.pem", get(key_pem))
        .with_state(rights)
}

/// Admits operators and apps; default deny.
async fn admit(State(callers): State<Arc<Callers>>, mut request: Request, next: Next) -> Response {
    let asker = match bearer(request.headers()).and_then(|token| callers.find(token)) {
        Some(Caller::App(_)) => Asker::App,
        Some(Caller::Operator) => Asker::Operator,
        Some(Caller::Agent(_) | Caller::Associate(_)) => return Refusal::Forbidden.into_response(),
        None => return Refusal::Unauthorized.into_response(),
    };
    Line::known(request.extensions());
    request.extensions_mut().insert(asker);
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn create(State(rights): State<Rights>, request: Request) -> Result<Json<Value>, Refusal> {
    asked(&rights, request, None).await
}

async fn create_of_source(
    State(rights): State<Rights>,
    Path(source): Path<String>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    asked(&rights, request, Some(named(source)?)).await
}

async fn asked(rights: &Rights, request: Request, source: Option<SourceId>) -> Result<Json<Value>, Refusal> {
    let (head, body) = request.into_parts();
    let by = head.extensions.get::<Asker>().cloned().ok_or(Refusal::Unauthorized)?;
    let Wish { kind, users } = Wish::read(&read(body).await?)?;
    let regulation = rights.create(kind, users, by, source).await??;
    Ok(Json(json!({ "data": { "regulateId": regulation.number.to_string() } })))
}

async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let bytes =
        axum::body::to_bytes(body, BODY_BYTES).await.map_err(|_| Refusal::Body { most: BODY_BYTES })?;
    Ok(bytes.into())
}

async fn show(State(rights): State<Rights>, Path(number): Path<String>) -> Result<Json<Value>, Refusal> {
    let number: RegulationNumber = number.parse().map_err(|_| Refusal::NoSuchRegulation)?;
    let found = rights.regulation(number).await?.ok_or(Refusal::NoSuchRegulation)?;
    let outcomes = rights.outcomes(number, 0, RESULTS).await?;
    Ok(Json(json!({ "data": { "regulation": regulation(&found, &outcomes) } })))
}

async fn list(State(rights): State<Rights>, RawQuery(query): RawQuery) -> Result<Json<Value>, Refusal> {
    listed(&rights, &Listing::read(query.as_deref(), None)?).await
}

async fn list_of_source(
    State(rights): State<Rights>,
    Path(source): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    listed(&rights, &Listing::read(query.as_deref(), Some(named(source)?))?).await
}

/// One page of those that are asked for. Regulations are few; those that are not asked for are passed over.
async fn listed(rights: &Rights, listing: &Listing) -> Result<Json<Value>, Refusal> {
    let (mut entries, mut before) = (Vec::new(), listing.before);
    let next = loop {
        let page = rights.regulations(before, LARGEST_PAGE).await?;
        let Some(last) = page.last() else { break None };
        before = Some(last.number);
        let mut wanted = page.iter().filter(|regulation| listing.asks_for(regulation));
        let more = loop {
            if entries.len() == listing.count {
                break wanted.next().map(|regulation| RegulationNumber(regulation.number.0 + 1));
            }
            let Some(regulation) = wanted.next() else { break None };
            let subjects = if regulation.state.is_final() {
                Vec::new()
            } else {
                rights.subjects(regulation.number, RESULTS).await?
            };
            entries.push(entry(regulation, &subjects));
        };
        if more.is_some() {
            break more;
        }
    };
    let current = listing.before.map_or_else(|| NEWEST.to_owned(), |before| before.to_string());
    let mut pagination = json!({ "current": current });
    if let (Some(next), Value::Object(fields)) = (next, &mut pagination) {
        fields.insert("next".to_owned(), next.to_string().into());
    }
    Ok(Json(json!({ "data": { "regulations": entries, "pagination": pagination } })))
}

async fn receipt(State(rights): State<Rights>, Path(number): Path<String>) -> Result<Response, Refusal> {
    let number: u64 = number.parse().map_err(|_| Refusal::NoSuchReceipt)?;
    let text = rights.receipt(number).await?.ok_or(Refusal::NoSuchReceipt)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

async fn key(State(rights): State<Rights>) -> Response {
    let text = format!("{}\n", rights.public_key());
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn key_pem(State(rights): State<Rights>) -> Response {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], rights.public_key_pem()).into_response()
}

fn named(source: String) -> Result<SourceId, Refusal> {
    SourceId::new(source).map_err(|error| Refusal::Field { field: "sourceId", message: error.to_string() })
}
