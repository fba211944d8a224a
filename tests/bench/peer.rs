//! The bare programs beside ours. They run as processes of their own, as the server and the agent do, so that both
//! sides of a ratio meet the same scheduler.
//!
//! `fan-out`: a bare tonic server of the floor's contract. It knows one message; `SetOutcome` makes it commit a small
//! record, if it has a store, and send the message to every open stream.
//!
//! `play`: reads a capture, decodes its lines, looks for tokens, at recorded speed. Nothing else.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use prost::Message as _;
use serde::Deserialize;
use shopbell_durable::{Options, Store, WriteBatch};
use shopbell_proto::{
    floor::v1::{
        AddNoteRequest, AddNoteResponse, DeleteNoteRequest, DeleteNoteResponse, EditNoteRequest,
        EditNoteResponse, FloorHeartbeat, GetCardRequest, GetCardResponse, KeepPromiseRequest,
        KeepPromiseResponse, SetFeedbackRequest, SetFeedbackResponse, SetGreetedRequest, SetGreetedResponse,
        SetOutcomeRequest, SetOutcomeResponse, WatchFloorRequest, WatchFloorResponse,
        floor_service_server::{FloorService, FloorServiceServer},
        watch_floor_response::Body,
    },
    frame::{BrandUuid, find_token},
};
use shopbell_tests::world::{Port, Process};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, async_trait, transport::Server};

use crate::measure::{runtime, unix_millis};

/// Messages that wait for one stream, as many as the server's default.
const QUEUE: usize = 64;

/// Starts a peer that sends `message`; with `store`, after a commit there. The process and its address.
pub(crate) async fn start_fan_out(
    dir: &Path,
    message: &WatchFloorResponse,
    store: Option<&Path>,
) -> (Process, String) {
    let reserved = Port::take();
    let port = reserved.number();
    let mut args = vec![
        "--peer".to_owned(),
        "fan-out".to_owned(),
        port.to_string(),
        hex::encode(message.encode_to_vec()),
    ];
    args.extend(store.map(|store| store.display().to_string()));
    let mut process = start(&args, dir);
    let deadline = Instant::now() + Duration::from_secs(20);
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(
            process.running() && Instant::now() < deadline,
            "the peer does not start:\n{}",
            process.log()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (process, format!("http://127.0.0.1:{port}"))
}

/// Starts a peer that plays `capture` so that its first frame is due at `first_due` (real Unix milliseconds).
pub(crate) fn start_play(dir: &Path, capture: &Path, first_due: i64) -> Process {
    let args = ["--peer", "play", &capture.display().to_string(), &first_due.to_string()].map(str::to_owned);
    start(&args, dir)
}

fn start(args: &[String], dir: &Path) -> Process {
    // By the kernel's own link, which stays when cargo puts a newer program in this one's place.
    Process::start(Path::new("/proc/self/exe"), args, &dir.join("peer.log"))
}

/// Runs as a peer.
pub(crate) fn serve(role: &str, args: &[&str]) {
    match (role, args) {
        ("fan-out", [port, message, store @ ..]) => {
            let message = hex::decode(message).expect("hexadecimal");
            let message = WatchFloorResponse::decode(message.as_slice()).expect("a message");
            let store =
                store.first().map(|dir| Store::open(dir, Options::default()).expect("the store opens"));
            runtime().block_on(fan_out(
                port.parse().expect("a port"),
                FanOut { message, store, streams: Mutex::default() },
            ));
        }
        ("play", [capture, first_due]) => {
            runtime().block_on(play(Path::new(capture), first_due.parse().expect("Unix milliseconds")));
        }
        _ => panic!("no such peer: {role} {args:?}"),
    }
}

type Sending = mpsc::Sender<Result<WatchFloorResponse, Status>>;

struct FanOut {
    message: WatchFloorResponse,
    store: Option<Store>,
    streams: Mutex<Vec<Sending>>,
}

async fn fan_out(port: u16, peer: FanOut) {
    let served =
        Server::builder().tcp_nodelay(true).add_service(FloorServiceServer::from_arc(Arc::new(peer)));
    served.serve(([127, 0, 0, 1], port).into()).await.expect("the peer serves");
}

#[async_trait]
impl FloorService for FanOut {
    type WatchFloorStream = ReceiverStream<Result<WatchFloorResponse, Status>>;

    async fn watch_floor(
        &self,
        _request: Request<WatchFloorRequest>,
    ) -> Result<Response<Self::WatchFloorStream>, Status> {
        let (sending, stream) = mpsc::channel(QUEUE);
        let hello = Body::Heartbeat(FloorHeartbeat {});
        let hello = WatchFloorResponse { body: Some(hello), cursor: String::new(), server_time_ms: 0 };
        sending.try_send(Ok(hello)).expect("an empty queue has room");
        self.streams.lock().expect("no panic while it was held").push(sending);
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn set_outcome(
        &self,
        _request: Request<SetOutcomeRequest>,
    ) -> Result<Response<SetOutcomeResponse>, Status> {
        if let Some(store) = &self.store {
            store.commit(small_record()).await.expect("the peer's store commits");
        }
        for stream in self.streams.lock().expect("no panic while it was held").iter() {
            stream.try_send(Ok(self.message.clone())).expect("the bench reads");
        }
        Ok(Response::new(SetOutcomeResponse {}))
    }

    async fn get_card(&self, _request: Request<GetCardRequest>) -> Result<Response<GetCardResponse>, Status> {
        Err(Status::unimplemented("the peer has no cards"))
    }

    async fn set_greeted(
        &self,
        _request: Request<SetGreetedRequest>,
    ) -> Result<Response<SetGreetedResponse>, Status> {
        Err(Status::unimplemented("the peer has no cards"))
    }

    async fn set_feedback(
        &self,
        _request: Request<SetFeedbackRequest>,
    ) -> Result<Response<SetFeedbackResponse>, Status> {
        Err(Status::unimplemented("the peer has no starters"))
    }

    async fn add_note(&self, _request: Request<AddNoteRequest>) -> Result<Response<AddNoteResponse>, Status> {
        Err(Status::unimplemented("the peer has no notes"))
    }

    async fn edit_note(
        &self,
        _request: Request<EditNoteRequest>,
    ) -> Result<Response<EditNoteResponse>, Status> {
        Err(Status::unimplemented("the peer has no notes"))
    }

    async fn keep_promise(
        &self,
        _request: Request<KeepPromiseRequest>,
    ) -> Result<Response<KeepPromiseResponse>, Status> {
        Err(Status::unimplemented("the peer has no notes"))
    }

    async fn delete_note(
        &self,
        _request: Request<DeleteNoteRequest>,
    ) -> Result<Response<DeleteNoteResponse>, Status> {
        Err(Status::unimplemented("the peer has no notes"))
    }
}

/// About what an outbox writes for one event.
pub(crate) fn small_record() -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put((unix_millis() * 1_000.0).to_be_bytes(), vec![0x5a; 64]);
    batch
}

#[derive(Deserialize)]
struct Line {
    t_ms: i64,
    ad_hex: String,
}

async fn play(capture: &Path, first_due: i64) {
    let mut lines = BufReader::new(std::fs::File::open(capture).expect("the capture opens"));
    let (mut text, mut first, mut tokens) = (String::new(), None, 0_u64);
    while lines.read_line(&mut text).expect("the capture is read") > 0 {
        let line: Line = serde_json::from_str(&text).expect("a frame");
        let due = (first_due + line.t_ms - *first.get_or_insert(line.t_ms)) as f64;
        let wait = due - unix_millis();
        if wait > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(wait / 1_000.0)).await;
        }
        let ad = hex::decode(&line.ad_hex).expect("hexadecimal");
        tokens += u64::from(find_token(BrandUuid(0xFCF1), &ad).is_some());
        text.clear();
    }
    println!("{tokens} tokens");
    // Memory and processor time are read while the process lives; the bench ends it.
    std::future::pending::<()>().await;
}
