//! `PUT /v1/catalogue`: a table of products or stock while the server runs, so that stock of today is today's.
//!
//! The body is a file as `import` takes it: CSV or Parquet, whole or what changed. It is written to a temporary file first,
//! so that its size is a matter of disk and not of memory, and then read as any file is. The answer comes when all of it is
//! in the store, and tells what became of the rows.
//!
//! One table is taken up at a time: who comes second is told to come back, and so never waits with an open connection.

use std::{collections::BTreeSet, fmt::Write as _, fs::File, io::Write as _, path::Path, sync::Arc};

use axum::{
    Json, Router,
    body::{Body, BodyDataStream},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::put,
};
use futures::StreamExt as _;
use serde_json::{Value, json};
use shopbell_domain::{catalogue::port::Catalogue, id::StoreId, ports::StoreError, time::Clock};
use tempfile::NamedTempFile;
use tokio::sync::{Semaphore, mpsc};

use super::{BadRow, Kept, Layout, Step, TableError, What, Writer};
use crate::{
    config,
    grpc::auth::{Caller, Callers},
    http::Line,
};

/// Rows that were refused, as many as an answer tells of.
const TOLD: usize = 1_000;

/// Batches that wait between the reader and the store.
const WAITING: usize = 2;

/// What the door needs.
pub(crate) struct Door {
    store: Arc<dyn Catalogue>,
    clock: Arc<dyn Clock>,
    callers: Callers,
    limits: config::Catalogue,
    shops: BTreeSet<StoreId>,
    turn: Semaphore,
}

/// Why a table is not taken.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("send `authorization: Bearer <token>` with the token of an app or an operator of this server")]
    Unknown,
    #[error("this token is not for the catalogue: it takes one of an app or an operator")]
    Forbidden,
    #[error("{0}")]
    Query(String),
    #[error("another table is being taken up: come back later")]
    Busy,
    #[error("the table has more than {0} bytes: send it in parts, or use `shopbell-server import`")]
    TooLarge(u64),
    #[error("the body did not arrive whole, or not in time")]
    Cut,
    #[error("after row {row}: {error}; what came before is in the store")]
    Table { row: u64, error: TableError },
    #[error("the table cannot be kept now: come back later")]
    Disk(#[from] std::io::Error),
    #[error("the catalogue cannot be written now: come back later; what came before is in the store")]
    Store(#[from] StoreError),
    #[error("the file is damaged: its reader gave up; what came before is in the store")]
    Damaged(#[from] tokio::task::JoinError),
}

impl Refusal {
    const fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unknown => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::Query(_) => (StatusCode::BAD_REQUEST, "invalid_query"),
            Self::Busy => (StatusCode::TOO_MANY_REQUESTS, "busy"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "table_too_large"),
            Self::Cut => (StatusCode::BAD_REQUEST, "incomplete_body"),
            Self::Table { .. } | Self::Damaged(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unreadable_table"),
            Self::Disk(_) | Self::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }
}

impl Door {
    /// For the callers, limits and shops of a configuration.
    pub(crate) fn new(
        store: Arc<dyn Catalogue>,
        clock: Arc<dyn Clock>,
        callers: Callers,
        limits: config::Catalogue,
        shops: BTreeSet<StoreId>,
    ) -> Self {
        Self { store, clock, callers, limits, shops, turn: Semaphore::new(1) }
    }

    /// Its path.
    pub(crate) fn routes(self) -> Router {
        Router::new().route("/v1/catalogue", put(take)).with_state(Arc::new(self))
    }

    fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) = value.and_then(|value| value.split_once(' ')).ok_or(Refusal::Unknown)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::Unknown);
        }
        match self.callers.find(token.trim()).ok_or(Refusal::Unknown)? {
            Caller::App(_) | Caller::Operator => Ok(()),
            Caller::Agent(_) | Caller::Associate(_) => Err(Refusal::Forbidden),
        }
    }

    async fn take(&self, request: Request) -> Result<Value, Refusal> {
        let (head, body) = request.into_parts();
        self.admit(&head.headers)?;
        Line::known(&head.extensions);
        let (layout, snapshot) = asked(head.uri.query().unwrap_or_default())?;
        let _turn = self.turn.try_acquire().map_err(|_| Refusal::Busy)?;
        let announced =
            head.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|bytes: u64| bytes > self.limits.body_bytes) {
            return Err(Refusal::TooLarge(self.limits.body_bytes));
        }
        let file = self.keep(body).await?;
        self.import(file.path(), layout, snapshot).await
    }

    /// The body as a file that is gone when it is dropped. Each piece must come in time; the whole may take as long as it is.
    async fn keep(&self, body: Body) -> Result<NamedTempFile, Refusal> {
        let file = NamedTempFile::new()?;
        let mut into = file.reopen()?;
        let mut stream = body.into_data_stream();
        let mut bytes = 0;
        while let Some(piece) = self.piece(&mut stream).await? {
            bytes += piece.len() as u64;
            if bytes > self.limits.body_bytes {
                return Err(Refusal::TooLarge(self.limits.body_bytes));
            }
            into = tokio::task::spawn_blocking(move || written(into, &piece)).await??;
        }
        Ok(file)
    }

    async fn piece(&self, stream: &mut BodyDataStream) -> Result<Option<axum::body::Bytes>, Refusal> {
        let next = tokio::time::timeout(self.limits.body_timeout, stream.next()).await;
        next.map_err(|_| Refusal::Cut)?.transpose().map_err(|_| Refusal::Cut)
    }

    async fn import(&self, path: &Path, layout: Layout, snapshot: bool) -> Result<Value, Refusal> {
        let now = self.clock.now();
        let (sender, mut steps) = mpsc::channel(WAITING);
        let file = path.to_owned();
        let reader = tokio::task::spawn_blocking(move || super::file(&file, &layout, now, &sender));
        let mut writer = Writer::new(self.store.as_ref(), now, snapshot, self.shops.clone());
        let (mut what, mut unused, mut refused) = (None, Vec::new(), Vec::new());
        while let Some(step) = steps.recv().await {
            match step {
                Step::Opened { what: found, unused: names } => (what, unused) = (Some(found), names),
                Step::Batch(batch) => {
                    let bad = writer.batch(batch).await?;
                    let room = TOLD - refused.len();
                    refused.extend(bad.into_iter().take(room).map(told));
                }
                Step::Failed { error, row } => return Err(Refusal::Table { row, error }),
            }
        }
        reader.await?;
        let mut answer = json!({
            "of": match what { Some(What::Stock) => "stock", _ => "products" },
            "new": writer.new, "known": writer.known, "rejected": writer.refused,
            "unused_columns": unused, "rejected_rows": refused, "unknown_stores": writer.unknown_shops(),
        });
        if let (Some(what), true) = (what, snapshot) {
            let left_out = left_out(&writer.finish(what).await?);
            if let Some(answer) = answer.as_object_mut() {
                answer.insert("left_out".to_owned(), left_out);
            }
        }
        tracing::info!(
            new = writer.new,
            known = writer.known,
            rejected = writer.refused,
            "a table was taken up"
        );
        Ok(answer)
    }
}

async fn take(State(door): State<Arc<Door>>, request: Request) -> Response {
    match door.take(request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal) => door.refuse(&refusal),
    }
}

impl Door {
    fn refuse(&self, refusal: &Refusal) -> Response {
        let (status, code) = refusal.kind();
        match refusal {
            Refusal::Disk(error) => tracing::warn!(%error, "a table could not be kept"),
            Refusal::Store(error) => tracing::warn!(%error, "a table could not be written"),
            _ => tracing::debug!(code, "a table was refused"),
        }
        let mut response =
            (status, Json(json!({ "code": code, "message": refusal.to_string() }))).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.limits.retry_after.as_secs()));
        }
        response
    }
}

fn written(mut file: File, piece: &[u8]) -> std::io::Result<File> {
    file.write_all(piece)?;
    Ok(file)
}

fn told(bad: BadRow) -> Value {
    let BadRow { number, reason, text } = bad;
    json!({ "row": number, "reason": reason, "text": text })
}

fn left_out(kept: &Kept) -> Value {
    match kept {
        Kept::Ended(number) => json!({ "ended": number }),
        Kept::RowsRefused => json!({ "ended": 0, "code": "rows_rejected" }),
        Kept::TooMany { ending, of } => {
            json!({ "ended": 0, "code": "too_many", "would_end": ending, "of": of })
        }
    }
}

/// What the query asks: `snapshot=true`, `currency=EUR`, `store=lyon`.
fn asked(query: &str) -> Result<(Layout, bool), Refusal> {
    let (mut layout, mut snapshot) = (Layout::default(), false);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let wrong = |error: &dyn std::fmt::Display| {
            let mut text = name.to_owned();
            // Writing to a text does not fail.
            let _ = write!(text, ": {error}");
            Refusal::Query(text)
        };
        match (name, value) {
            ("snapshot", "true") => snapshot = true,
            ("snapshot", "false") => snapshot = false,
            ("snapshot", _) => return Err(wrong(&"true or false")),
            ("currency", code) => layout.currency = Some(code.parse().map_err(|error| wrong(&error))?),
            ("store", store) => layout.store = Some(store.parse().map_err(|error| wrong(&error))?),
            _ => return Err(wrong(&"is unknown; known are snapshot, currency and store")),
        }
    }
    Ok((layout, snapshot))
}
