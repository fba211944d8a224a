//! The stream of an agent that tells what it heard, without radio and outbox: for tests that want a visit of their own making.
//!
//! It speaks the contract as the agent does, with the agent's token, and may tell of what was some time ago, as an agent does
//! after a break.

use std::time::{Duration, Instant};

use shopbell_domain::{
    id::BootId,
    presence::PresenceKind,
    signal::{Carrier, Dbm},
    time::Timestamp,
    token::PresenceToken,
};
use shopbell_proto::{
    convert::edge::{AgentInstant, Greeting, Report, ReportBatch},
    edge::v1::{
        ReportRequest, ReportResponse, edge_service_client::EdgeServiceClient, report_request::Body as Up,
        report_response::Body as Down,
    },
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Streaming, transport::Endpoint};

use super::{WorldClock, clock::real_now, token_of};

/// For so long the agent ran before it was connected: what it tells may be as old.
const RAN_BEFORE: Duration = Duration::from_secs(3_600);

/// Something that an agent heard of a phone.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// What the phone showed then.
    pub token: PresenceToken,
    /// What happened.
    pub kind: PresenceKind,
    /// When.
    pub at: Timestamp,
}

/// The open stream of one agent; while it is open, the agent lives.
#[derive(Debug)]
pub struct Ear {
    boot: BootId,
    clock: WorldClock,
    began: Instant,
    sent: u64,
    up: mpsc::Sender<ReportRequest>,
    down: Streaming<ReportResponse>,
}

impl Ear {
    /// Connects as this agent, just started.
    pub async fn open(url: &str, agent: &str, clock: WorldClock) -> Self {
        let began = Instant::now();
        let number = u64::try_from(real_now().as_millis()).expect("a time after 1970");
        let boot = BootId(u128::from(number) << 64 | u128::from(std::process::id()));
        let channel = Endpoint::from_shared(url.to_owned()).expect("a URL");
        let channel = channel.connect().await.expect("the server answers");
        let (up, requests) = mpsc::channel(4);
        let sent_at = AgentInstant { wall: clock.now(), uptime: RAN_BEFORE };
        let greeting = Greeting { boot, agent_version: "test".to_owned(), sent_at };
        up.try_send(ReportRequest { body: Some(Up::Hello(greeting.into())) })
            .expect("an empty queue has room");
        let mut request = Request::new(ReceiverStream::new(requests));
        let bearer = format!("Bearer {}", token_of(agent)).parse().expect("a token is plain text");
        request.metadata_mut().insert("authorization", bearer);
        let answer = EdgeServiceClient::new(channel).report(request).await;
        let mut ear =
            Self { boot, clock, began, sent: 0, up, down: answer.expect("agents are taken").into_inner() };
        let welcome = ear.next().await;
        assert!(matches!(welcome, Down::Welcome(_)), "the server welcomes the agent: {welcome:?}");
        ear
    }

    /// Tells what was heard, oldest first, and waits until all of it is on the server's disk.
    pub async fn tell(&mut self, heard: &[Heard]) {
        if heard.is_empty() {
            return;
        }
        let now = AgentInstant { wall: self.clock.now(), uptime: RAN_BEFORE + self.began.elapsed() };
        let report = |(one, sequence): (&Heard, u64)| {
            let ago = now.wall.since(one.at);
            let at = AgentInstant { wall: one.at, uptime: now.uptime.saturating_sub(ago) };
            let (rssi, carrier) = (Dbm::MINUS_80, Carrier::ServiceData);
            Report { sequence, token: one.token, kind: one.kind, at, rssi, carrier }
        };
        let events: Vec<Report> = heard.iter().zip(self.sent + 1..).map(report).collect();
        self.sent += heard.len() as u64;
        let batch = ReportBatch { boot: self.boot, sent_at: now, events };
        self.up.send(ReportRequest { body: Some(Up::Batch(batch.into())) }).await.expect("the stream stands");
        loop {
            match self.next().await {
                Down::Ack(ack) if ack.sequence >= self.sent => {
                    assert!(ack.rejected.is_empty(), "the server takes it: {:?}", ack.rejected);
                    return;
                }
                Down::Ack(_) | Down::Heartbeat(_) => {}
                other @ Down::Welcome(_) => panic!("an acknowledgement was expected: {other:?}"),
            }
        }
    }

    async fn next(&mut self) -> Down {
        let answer = self.down.message().await.expect("the stream stands").expect("the stream goes on");
        answer.body.expect("an answer has a body")
    }
}
