//! The ends of the wire: tablets and agents.

use std::time::Duration;

use shopbell_domain::{
    id::{BootId, PhoneId},
    time::Clock as _,
    token::PresenceToken,
};
use shopbell_proto::{
    edge::v1::{self as edge, edge_service_client::EdgeServiceClient},
    floor::v1 as floor,
};
use tokio::sync::mpsc;
use tonic::{Status, Streaming};

use crate::world::{Bearer, SOON, World, token_of};

/// A tablet's stream.
pub(crate) struct Tablet {
    pub(crate) stream: Streaming<floor::WatchFloorResponse>,
    /// The cursor of the last message.
    pub(crate) cursor: String,
}

impl Tablet {
    pub(crate) async fn message(&mut self) -> Result<Option<floor::WatchFloorResponse>, Status> {
        tokio::time::timeout(SOON, self.stream.message()).await.expect("a message in time")
    }

    pub(crate) async fn next(&mut self) -> floor::WatchFloorResponse {
        let message = self.message().await.expect("the stream stands").expect("the stream goes on");
        self.cursor.clone_from(&message.cursor);
        message
    }

    /// The next change. On a busy machine it may be slower than the heartbeat.
    pub(crate) async fn change(&mut self) -> floor::floor_delta::Change {
        let next = async {
            loop {
                match self.next().await.body {
                    Some(floor::watch_floor_response::Body::Delta(delta)) => {
                        return delta.change.expect("a change");
                    }
                    Some(floor::watch_floor_response::Body::Heartbeat(_)) => {}
                    other => panic!("no delta but {other:?}"),
                }
            }
        };
        tokio::time::timeout(SOON, next).await.expect("a change in time")
    }

    /// The next change, which must be a row.
    pub(crate) async fn row(&mut self) -> floor::Guest {
        match self.change().await {
            floor::floor_delta::Change::Guest(guest) => guest,
            other @ floor::floor_delta::Change::RemovedVisitId(_) => panic!("no row but {other:?}"),
        }
    }

    /// The next row of a guest whom an agent vouches for. After a silence of 90 s the shop's next tick may say first that
    /// nobody can tell.
    pub(crate) async fn vouched_row(&mut self) -> floor::Guest {
        loop {
            let row = self.row().await;
            if row.state() != floor::GuestState::Uncertain {
                return row;
            }
        }
    }

    /// The next change, which must be a removal.
    pub(crate) async fn removed(&mut self) -> String {
        match self.change().await {
            floor::floor_delta::Change::RemovedVisitId(visit) => visit,
            other @ floor::floor_delta::Change::Guest(_) => panic!("no removal but {other:?}"),
        }
    }
}

/// An agent's stream.
pub(crate) struct Agent {
    pub(crate) up: mpsc::Sender<edge::ReportRequest>,
    pub(crate) down: Streaming<edge::ReportResponse>,
    pub(crate) boot: BootId,
    pub(crate) sequence: u64,
}

pub(crate) fn boot_bytes(boot: BootId) -> Vec<u8> {
    boot.0.to_be_bytes().to_vec()
}

impl Agent {
    /// Opens a stream and says hello.
    pub(crate) async fn open(world: &World, name: &str, boot: BootId, sequence: u64) -> Self {
        let mut agent = Self::raw(world, name).await;
        (agent.boot, agent.sequence) = (boot, sequence);
        let hello = edge::Hello {
            boot_id: boot_bytes(boot),
            agent_version: "test".to_owned(),
            sent_at: Some(at(world, 0)),
        };
        agent.send(edge::report_request::Body::Hello(hello)).await;
        match agent.answer().await {
            edge::report_response::Body::Welcome(welcome) => {
                assert_eq!(welcome.server_time_ms, world.now().as_millis());
            }
            other => panic!("no welcome but {other:?}"),
        }
        agent
    }

    /// Opens a stream and says nothing.
    pub(crate) async fn raw(world: &World, name: &str) -> Self {
        let mut client = EdgeServiceClient::with_interceptor(world.channel().await, Bearer(token_of(name)));
        let (up, requests) = mpsc::channel(8);
        let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
        let down = client.report(requests).await.expect("the stream opens").into_inner();
        Self { up, down, boot: BootId(0), sequence: 0 }
    }

    pub(crate) async fn send(&self, body: edge::report_request::Body) {
        self.up.send(edge::ReportRequest { body: Some(body) }).await.expect("the stream takes it");
    }

    pub(crate) async fn result(&mut self) -> Result<Option<edge::ReportResponse>, Status> {
        tokio::time::timeout(SOON, self.down.message()).await.expect("an answer in time")
    }

    pub(crate) async fn answer(&mut self) -> edge::report_response::Body {
        let answer = self.result().await.expect("the stream stands").expect("the stream goes on");
        answer.body.expect("a body")
    }

    /// An event that happened this many seconds ago.
    pub(crate) fn event(
        &mut self,
        world: &World,
        token: PresenceToken,
        kind: edge::PresenceKind,
        ago: u64,
    ) -> edge::PresenceEvent {
        self.sequence += 1;
        edge::PresenceEvent {
            sequence: self.sequence,
            token: token.0.to_vec(),
            kind: kind.into(),
            at: Some(at(world, ago)),
            rssi_dbm: -60,
            carrier: edge::Carrier::ServiceData.into(),
        }
    }

    pub(crate) async fn send_batch(&self, world: &World, events: Vec<edge::PresenceEvent>) {
        let batch = edge::Batch { boot_id: boot_bytes(self.boot), sent_at: Some(at(world, 0)), events };
        self.send(edge::report_request::Body::Batch(batch)).await;
    }

    /// Sends events and waits for their acknowledgement.
    pub(crate) async fn report(&mut self, world: &World, events: Vec<edge::PresenceEvent>) -> u64 {
        self.send_batch(world, events).await;
        match self.answer().await {
            edge::report_response::Body::Ack(ack) => {
                assert_eq!(ack.boot_id, boot_bytes(self.boot));
                ack.sequence
            }
            other => panic!("no ack but {other:?}"),
        }
    }

    /// A phone came in just now.
    pub(crate) async fn entered(&mut self, world: &mut World, phone: PhoneId) {
        let token = world.shown_by(phone);
        let event = self.event(world, token, edge::PresenceKind::Entered, 0);
        self.report(world, vec![event]).await;
    }

    pub(crate) async fn still_here(&mut self, world: &mut World, phone: PhoneId) {
        let token = world.shown_by(phone);
        let event = self.event(world, token, edge::PresenceKind::StillHere, 0);
        self.report(world, vec![event]).await;
    }
}

/// The clocks of an agent whose wall clock is right, this many seconds ago.
pub(crate) fn at(world: &World, ago: u64) -> edge::AgentTime {
    let ago = Duration::from_secs(ago);
    edge::AgentTime {
        wall_ms: (world.now() - ago).as_millis(),
        uptime_ms: u64::try_from(world.clock.uptime().saturating_sub(ago).as_millis()).expect("uptimes fit"),
    }
}
