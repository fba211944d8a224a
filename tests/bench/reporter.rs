//! An agent's stream as a load: batches of events of the same phones, several in flight, counted when acknowledged.
//!
//! It speaks the contract as the agent does, on a connection of its own, and has neither radio nor outbox.

use std::time::{Duration, Instant};

use shopbell_domain::{
    id::BootId,
    presence::PresenceKind,
    signal::{Carrier, Dbm},
    token::PresenceToken,
};
use shopbell_proto::{
    convert::edge::{AgentInstant, Greeting, Report, ReportBatch},
    edge::v1::{
        ReportRequest, ReportResponse, edge_service_client::EdgeServiceClient, report_request::Body as Up,
        report_response::Body as Down,
    },
};
use shopbell_tests::world::{WorldClock, token_of};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Streaming, transport::Endpoint};

/// Batches that wait for their acknowledgement, as many as the agent's own default.
pub(crate) const IN_FLIGHT: usize = 4;

/// The stream of one agent.
pub(crate) struct Reporter {
    agent: String,
    boot: BootId,
    clock: WorldClock,
    began: Instant,
    tokens: Vec<PresenceToken>,
    sent: u64,
    acknowledged: u64,
    line: Line,
}

struct Line {
    up: mpsc::Sender<ReportRequest>,
    down: Streaming<ReportResponse>,
}

impl Reporter {
    /// Connects as an agent that hears these phones; at most 256, since all of them are one batch.
    pub(crate) async fn open(url: &str, agent: &str, clock: WorldClock, tokens: Vec<PresenceToken>) -> Self {
        let (boot, began) = (BootId(u128::from(std::process::id())), Instant::now());
        let line = connect(url, agent, boot, instant(&clock, began)).await;
        Self { agent: agent.to_owned(), boot, clock, began, tokens, sent: 0, acknowledged: 0, line }
    }

    /// Connects anew, to a server that was started again. The boot and its numbers go on.
    pub(crate) async fn reconnect(&mut self, url: &str) {
        self.line = connect(url, &self.agent, self.boot, instant(&self.clock, self.began)).await;
    }

    /// Says one thing of all phones and waits for the acknowledgement.
    pub(crate) async fn say(&mut self, kind: PresenceKind) {
        self.send(kind).await;
        while self.acknowledged < self.sent {
            self.receive().await;
        }
    }

    /// Says for a while that all phones are still here, as fast as the acknowledgements allow, and waits for the last.
    /// How many events were acknowledged.
    pub(crate) async fn press(&mut self, during: Duration) -> u64 {
        let (until, before) = (Instant::now() + during, self.acknowledged);
        let batch = self.tokens.len() as u64;
        while Instant::now() < until {
            while self.sent - self.acknowledged < IN_FLIGHT as u64 * batch {
                self.send(PresenceKind::StillHere).await;
            }
            self.receive().await;
        }
        while self.acknowledged < self.sent {
            self.receive().await;
        }
        self.acknowledged - before
    }

    async fn send(&mut self, kind: PresenceKind) {
        let at = instant(&self.clock, self.began);
        let rssi = Dbm::MINUS_80;
        let event = |(token, sequence): (&PresenceToken, u64)| Report {
            sequence,
            token: *token,
            kind,
            at,
            rssi,
            carrier: Carrier::ServiceData,
        };
        let events: Vec<Report> = self.tokens.iter().zip(self.sent + 1..).map(event).collect();
        self.sent += events.len() as u64;
        let batch = ReportBatch { boot: self.boot, sent_at: at, events };
        self.line
            .up
            .send(ReportRequest { body: Some(Up::Batch(batch.into())) })
            .await
            .expect("the stream stands");
    }

    async fn receive(&mut self) {
        match next(&mut self.line.down).await {
            Down::Ack(ack) => self.acknowledged = ack.sequence,
            other => panic!("an acknowledgement was expected: {other:?}"),
        }
    }
}

fn instant(clock: &WorldClock, began: Instant) -> AgentInstant {
    AgentInstant { wall: clock.now(), uptime: began.elapsed() }
}

async fn connect(url: &str, agent: &str, boot: BootId, sent_at: AgentInstant) -> Line {
    let channel =
        Endpoint::from_shared(url.to_owned()).expect("a URL").connect().await.expect("the server answers");
    let (up, requests) = mpsc::channel(IN_FLIGHT + 1);
    let greeting = Greeting { boot, agent_version: "bench".to_owned(), sent_at };
    up.try_send(ReportRequest { body: Some(Up::Hello(greeting.into())) }).expect("an empty queue has room");
    let mut request = Request::new(ReceiverStream::new(requests));
    let bearer = format!("Bearer {}", token_of(agent)).parse().expect("a token is plain text");
    request.metadata_mut().insert("authorization", bearer);
    let mut down =
        EdgeServiceClient::new(channel).report(request).await.expect("the server takes agents").into_inner();
    assert!(matches!(next(&mut down).await, Down::Welcome(_)), "the server welcomes the agent");
    Line { up, down }
}

async fn next(down: &mut Streaming<ReportResponse>) -> Down {
    let answer = down.message().await.expect("the stream stands").expect("the stream goes on");
    answer.body.expect("an answer has a body")
}
