//! A server that keeps what it is told, and fails as it is told.

#![allow(dead_code, reason = "each test uses its own part")]

use std::{
    collections::VecDeque,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::Stream;
use shopbell_proto::{
    convert::edge::{Greeting, Pulse, Receipt, Received, Rejection, Report},
    edge::v1::{
        HeartbeatAnswer, ReportRequest, ReportResponse, Welcome,
        edge_service_server::{EdgeService, EdgeServiceServer},
        report_request::Body as Up,
        report_response::Body as Down,
    },
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_stream::{
    StreamExt as _,
    wrappers::{ReceiverStream, TcpListenerStream},
};
use tonic::{Request, Response, Status, Streaming};

pub(crate) const TOKEN: &str = "test-token";
/// Known to the server, and not as an agent's.
pub(crate) const TABLETS_TOKEN: &str = "test-tablet";

/// What to do with the next batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Keep it and acknowledge it.
    Keep,
    /// Keep it, and cut the stream before it is acknowledged.
    KeepAndCut,
    /// Cut the stream and forget it, as a server that died before the sync.
    LoseAndCut,
    /// Keep it, and acknowledge it only together with the next one.
    Delay,
    /// Keep it but for the first event, which is rejected.
    RejectOne,
}

/// What the server was told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) events: Vec<(u128, Report)>,
    pub(crate) rejected: Vec<(u128, u64)>,
    pub(crate) greetings: Vec<Greeting>,
    pub(crate) pulses: Vec<Pulse>,
    pub(crate) batches: usize,
    pub(crate) fates: VecDeque<Fate>,
    pub(crate) refused: usize,
}

#[derive(Clone, Default)]
pub(crate) struct FakeServer {
    pub(crate) told: Arc<Mutex<Told>>,
    life: watch::Sender<u32>,
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
    life: watch::Sender<u32>,
}

impl Running {
    /// Ends the server: it listens no more, and its streams are cut.
    pub(crate) async fn stop(mut self) {
        self.life.send_modify(|life| *life += 1);
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeServer {
    pub(crate) fn with_fates(fates: impl IntoIterator<Item = Fate>) -> Self {
        let server = Self::default();
        server.told.lock().unwrap().fates.extend(fates);
        server
    }

    /// Serves on `port` (0: any) until the result is dropped.
    #[expect(clippy::disallowed_methods, reason = "a test's helper, ended by its handle")]
    pub(crate) async fn serve(&self, port: u16) -> Running {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = EdgeServiceServer::new(self.clone());
        let task = tokio::spawn(async move {
            let incoming = TcpListenerStream::new(listener);
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
        Running { address, task, life: self.life.clone() }
    }

    pub(crate) fn told<T>(&self, read: impl FnOnce(&Told) -> T) -> T {
        read(&self.told.lock().unwrap())
    }

    /// Waits until something was told.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Told) -> bool) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        while !self.told(&holds) {
            assert!(
                tokio::time::Instant::now() < deadline,
                "{what}: {:?}",
                self.told(|told| told.events.len())
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// What one stream remembers.
#[derive(Default)]
struct Memory {
    greeted: bool,
    /// Batches in a row that wait for the next one's acknowledgement.
    delayed: u32,
}

impl FakeServer {
    /// Takes in one message; the answers, or the end of the stream.
    fn take(&self, memory: &mut Memory, body: Up) -> Result<Vec<Down>, Status> {
        let mut told = self.told.lock().unwrap();
        match body {
            Up::Hello(hello) => {
                memory.greeted = true;
                let greeting = Greeting::try_from(hello).unwrap();
                let server_time_ms = greeting.sent_at.wall.as_millis();
                told.greetings.push(greeting);
                let (store_id, zone_id) = ("lyon".to_owned(), "door".to_owned());
                Ok(vec![Down::Welcome(Welcome { server_time_ms, store_id, zone_id })])
            }
            Up::Heartbeat(heartbeat) => {
                let pulse = Pulse::try_from(heartbeat).unwrap();
                let server_time_ms = pulse.sent_at.wall.as_millis();
                let answers_uptime_ms = u64::try_from(pulse.sent_at.uptime.as_millis()).unwrap();
                told.pulses.push(pulse);
                Ok(vec![Down::Heartbeat(HeartbeatAnswer { server_time_ms, answers_uptime_ms })])
            }
            Up::Batch(batch) => {
                assert!(memory.greeted, "a batch before the greeting");
                let mut batch = Received::try_from(batch).unwrap().batch;
                told.batches += 1;
                let mut fate = told.fates.pop_front().unwrap_or(Fate::Keep);
                // Four batches may be under way: with all of them delayed there would be no next one.
                memory.delayed = if fate == Fate::Delay { memory.delayed + 1 } else { 0 };
                if memory.delayed == 4 {
                    (fate, memory.delayed) = (Fate::Keep, 0);
                }
                let last = batch.events.last().unwrap().sequence;
                let mut rejected = Vec::new();
                if fate == Fate::RejectOne {
                    let sequence = batch.events.remove(0).sequence;
                    rejected.push(Rejection { sequence, reason: "batch.events.kind is invalid".to_owned() });
                    told.rejected.push((batch.boot.0, sequence));
                }
                if fate != Fate::LoseAndCut {
                    told.events.extend(batch.events.into_iter().map(|event| (batch.boot.0, event)));
                }
                match fate {
                    Fate::Keep | Fate::RejectOne => {
                        Ok(vec![Down::Ack(Receipt { boot: batch.boot, sequence: last, rejected }.into())])
                    }
                    Fate::Delay => Ok(Vec::new()),
                    Fate::KeepAndCut | Fate::LoseAndCut => Err(Status::unavailable("cut")),
                }
            }
        }
    }
}

#[tonic::async_trait]
impl EdgeService for FakeServer {
    type ReportStream = Pin<Box<dyn Stream<Item = Result<ReportResponse, Status>> + Send>>;

    #[expect(clippy::disallowed_methods, reason = "a test's helper, ended by its stream")]
    async fn report(
        &self,
        request: Request<Streaming<ReportRequest>>,
    ) -> Result<Response<Self::ReportStream>, Status> {
        let bearer = request.metadata().get("authorization").map(|value| value.as_bytes().to_vec());
        if bearer.as_deref() != Some(format!("Bearer {TOKEN}").as_bytes()) {
            self.told.lock().unwrap().refused += 1;
            let tablets = bearer.as_deref() == Some(format!("Bearer {TABLETS_TOKEN}").as_bytes());
            return Err(if tablets {
                Status::permission_denied("this token is not for this service")
            } else {
                Status::unauthenticated("unknown token")
            });
        }
        let mut up = request.into_inner();
        let (down, answers) = mpsc::channel(64);
        let server = self.clone();
        let mut life = self.life.subscribe();
        tokio::spawn(async move {
            let mut memory = Memory::default();
            loop {
                let message = tokio::select! {
                    message = up.next() => message,
                    _ = life.changed() => {
                        let _ = down.send(Err(Status::unavailable("the server stops"))).await;
                        return;
                    }
                };
                let Some(Ok(message)) = message else { return };
                let Some(body) = message.body else { continue };
                match server.take(&mut memory, body) {
                    Ok(bodies) => {
                        for body in bodies {
                            if down.send(Ok(ReportResponse { body: Some(body) })).await.is_err() {
                                return;
                            }
                        }
                    }
                    Err(status) => {
                        let _ = down.send(Err(status)).await;
                        return;
                    }
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

/// A directory with a token file, and the settings that point there.
pub(crate) struct Home {
    pub(crate) dir: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let token = dir.path().join("token");
        std::fs::write(&token, TOKEN).unwrap();
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self { dir }
    }

    /// The settings for an agent that reports to `server`, with short waits.
    pub(crate) fn settings(&self, server: SocketAddr) -> Vec<String> {
        vec![
            format!("server.url=http://{server}"),
            format!("server.token_file={}", self.dir.path().join("token").display()),
            format!("outbox.dir={}", self.dir.path().join("outbox").display()),
            "uplink.retry_first_s=0.05".to_owned(),
            "uplink.retry_max_s=0.2".to_owned(),
            "uplink.heartbeat_s=1".to_owned(),
        ]
    }
}

/// The demo's recording of the agent at the door.
pub(crate) fn demo_capture() -> std::path::PathBuf {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    root.join("deploy/demo/captures/lyon-republique-entrance.btsnoop")
}
