//! Tablets by the thousand: streams of the floor, each on a connection of its own, and when the last one was served.
//!
//! They speak gRPC over HTTP/2 as a proxy before browsers would: one connection and one stream a tablet.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use shopbell_proto::floor::v1::{
    WatchFloorRequest, WatchFloorResponse, floor_delta::Change, floor_service_client::FloorServiceClient,
    watch_floor_response::Body,
};
use tokio::{sync::mpsc, task::JoinHandle};
use tonic::{Request, Streaming, transport::Endpoint};

/// Connections that are opened at once.
const AT_ONCE: usize = 16;

/// What each tablet waits for.
#[derive(Debug, Default)]
struct Awaited {
    /// Rises with each round; a tablet counts once a round.
    round: AtomicU64,
    /// Whether the row that is waited for wants help.
    help: AtomicBool,
    /// Tablets that still wait.
    left: AtomicUsize,
}

/// Open streams.
pub(crate) struct Watchers {
    awaited: Arc<Awaited>,
    served: mpsc::UnboundedReceiver<(Instant, WatchFloorResponse)>,
    streams: Vec<JoinHandle<()>>,
}

impl Watchers {
    /// Opens streams and waits for the first message on each.
    pub(crate) async fn open(url: &str, token: &str, count: usize) -> Self {
        let awaited = Arc::new(Awaited::default());
        let (last, served) = mpsc::unbounded_channel();
        let opened = stream::iter((0..count).map(|_| open(url, token))).buffer_unordered(AT_ONCE);
        let streams = opened
            .map(|messages| tokio::spawn(watch(messages, Arc::clone(&awaited), last.clone())))
            .collect()
            .await;
        Self { awaited, served, streams }
    }

    /// From now on each tablet waits for a row that does, or does not, want help.
    pub(crate) fn expect(&self, help: bool) {
        self.awaited.help.store(help, Ordering::SeqCst);
        self.awaited.left.store(self.streams.len(), Ordering::SeqCst);
        self.awaited.round.fetch_add(1, Ordering::SeqCst);
    }

    /// When the last tablet was served, and with what.
    pub(crate) async fn last_served(&mut self) -> (Instant, WatchFloorResponse) {
        let waited = tokio::time::timeout(Duration::from_secs(20), self.served.recv()).await;
        waited.unwrap_or_else(|_| panic!("{:?} after 20 s", self.awaited)).expect("the streams stand")
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        self.streams.iter().for_each(JoinHandle::abort);
    }
}

async fn open(url: &str, token: &str) -> Streaming<WatchFloorResponse> {
    let channel =
        Endpoint::from_shared(url.to_owned()).expect("a URL").connect().await.expect("a connection");
    let mut request = Request::new(WatchFloorRequest::default());
    let bearer = format!("Bearer {token}").parse().expect("a token is plain text");
    request.metadata_mut().insert("authorization", bearer);
    let answer = FloorServiceClient::new(channel).watch_floor(request).await.expect("the floor opens");
    let mut messages = answer.into_inner();
    messages.message().await.expect("the stream stands").expect("a first message");
    messages
}

async fn watch(
    mut messages: Streaming<WatchFloorResponse>,
    awaited: Arc<Awaited>,
    last: mpsc::UnboundedSender<(Instant, WatchFloorResponse)>,
) {
    let mut counted = 0;
    while let Ok(Some(message)) = messages.message().await {
        let (round, wanted) = (awaited.round.load(Ordering::SeqCst), awaited.help.load(Ordering::SeqCst));
        if counted == round || help_of(&message) != Some(wanted) {
            continue;
        }
        counted = round;
        if awaited.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = last.send((Instant::now(), message));
        }
    }
}

/// Whether the row that a message shows wants help; `None` when it shows none.
fn help_of(message: &WatchFloorResponse) -> Option<bool> {
    let Some(Body::Delta(delta)) = &message.body else { return None };
    let Some(Change::Guest(guest)) = &delta.change else { return None };
    Some(guest.help_since_ms.is_some())
}
