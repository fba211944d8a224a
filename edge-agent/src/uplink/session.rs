//! One stream to the server, from `Hello` to its end.

use std::{error::Error as _, sync::Arc, time::Duration};

use shopbell_domain::time::{Clock, Timestamp};
use shopbell_proto::{
    convert::{
        ConversionError,
        edge::{AgentInstant, Greeting, Pulse, RadioHealth, Receipt, ReportBatch},
    },
    edge::v1::{
        Hello, ReportRequest, ReportResponse, Welcome, edge_service_client::EdgeServiceClient,
        report_request::Body as Up, report_response::Body as Down,
    },
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::{
    Server,
    pump::{Limits, Next, Pump},
    trouble::{causes, no_shopbell_server, way_out},
};
use crate::{
    health::{Health, Part},
    outbox::{Outbox, OutboxError, Waiting},
};

/// How long the server may take to greet.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(20);
/// A server that leaves so many heartbeats unanswered counts as gone, though the line is up.
const SILENT_HEARTBEATS: u32 = 3;
/// A clock that is off by more is worth a line in the log; the server corrects it.
const SKEW_REPORTED: Duration = Duration::from_secs(30);
/// The watchdog wants to see this loop go round, also when nothing happens.
const ROUND: Duration = Duration::from_secs(3);

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No connection.
    #[error("no connection ({}): {}", causes(.0), way_out(&causes(.0)))]
    Connect(#[from] tonic::transport::Error),
    /// Something else answers there.
    #[error("it {}", no_shopbell_server(&causes(.0)))]
    Foreign(#[source] Box<tonic::Status>),
    /// The server ended or refused the stream.
    #[error("{}", shown(.0))]
    Refused(#[from] Box<tonic::Status>),
    /// The server closed the stream without a word.
    #[error("the server closed the stream")]
    Closed,
    /// The server says nothing, not even answers to heartbeats.
    #[error("the server answers no heartbeats any more")]
    Silent,
    /// The server did not greet.
    #[error("the server did not answer the greeting within {} s", WELCOME_TIMEOUT.as_secs())]
    NoWelcome,
    /// The server said something that makes no sense.
    #[error("the server's answer makes no sense: {0}")]
    Conversion(#[from] ConversionError),
    /// The outbox failed.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

/// A status that is no answer of the server but what became of the line has a cause.
fn shown(status: &tonic::Status) -> String {
    let said = format!("{}: {}", status.code().description(), status.message());
    if status.source().is_some() { format!("{said} ({})", causes(status)) } else { said }
}

/// Before the greeting a broken line tells that somebody else may listen there.
fn unanswered(error: SessionError) -> SessionError {
    match error {
        SessionError::Refused(status) if status.source().is_some() => SessionError::Foreign(status),
        error => error,
    }
}

impl From<tonic::Status> for SessionError {
    fn from(status: tonic::Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// What a stream works with.
#[derive(Clone)]
pub struct Context {
    /// The server.
    pub server: Server,
    /// What waits.
    pub outbox: Outbox,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The counters.
    pub health: Arc<Health>,
    /// Limits of a stream.
    pub limits: Limits,
    /// How often to say that all is well.
    pub heartbeat: Duration,
}

impl Context {
    fn instant(&self) -> AgentInstant {
        AgentInstant { wall: self.clock.now(), uptime: self.clock.uptime() }
    }

    fn pulse(&self) -> Result<Pulse, OutboxError> {
        let (sent_at, snapshot) = (self.instant(), self.health.snapshot());
        let drops = snapshot.drops.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect();
        Ok(Pulse {
            sent_at,
            radio: if snapshot.blind { RadioHealth::Blind } else { RadioHealth::Hearing },
            last_advert_ago: snapshot.last_advert.map(|uptime| sent_at.uptime.saturating_sub(uptime)),
            outbox_events: self.outbox.level().borrow().events,
            outbox_oldest: self.outbox.oldest_age(sent_at)?,
            drops,
        })
    }
}

/// A stream that was greeted.
pub struct Session {
    context: Context,
    up: mpsc::Sender<ReportRequest>,
    down: Streaming<ReportResponse>,
    pump: Pump,
    /// Offered to the pump and not yet sent.
    waiting: Vec<Waiting>,
    skew: SkewReport,
}

impl Session {
    /// Connects and greets.
    pub async fn open(context: Context) -> Result<Self, SessionError> {
        let channel = context.server.connect().await?;
        let (up, requests) = mpsc::channel(context.limits.in_flight + 2);
        let greeting = Greeting {
            boot: context.outbox.boot(),
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            sent_at: context.instant(),
        };
        // The channel is empty, so there is room.
        let _ = up.try_send(ReportRequest { body: Some(Up::Hello(Hello::from(greeting))) });
        let request = context.server.request(ReceiverStream::new(requests));
        let greet = async {
            let mut down = EdgeServiceClient::new(channel).report(request).await?.into_inner();
            let welcome = down.message().await?.ok_or(SessionError::Closed)?;
            Ok::<_, SessionError>((down, welcome))
        };
        let (down, welcome) = timeout(WELCOME_TIMEOUT, greet)
            .await
            .map_err(|_| SessionError::NoWelcome)?
            .map_err(unanswered)?;
        let Some(Down::Welcome(welcome)) = welcome.body else {
            return Err(ConversionError::MissingField("welcome").into());
        };
        let pump = Pump::new(context.limits);
        let mut session = Self { context, up, down, pump, waiting: Vec::new(), skew: SkewReport::Quiet };
        session.welcomed(&welcome);
        Ok(session)
    }

    /// Sends what waits and takes in receipts until the stream ends.
    pub async fn run(&mut self) -> Result<(), SessionError> {
        let mut heartbeat = interval(self.context.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut round = interval(ROUND);
        let mut level = self.context.outbox.level();
        let mut last_answer = Instant::now();
        loop {
            level.mark_unchanged();
            let look_again = self.send_what_waits().await?;
            self.context.health.tick(Part::Uplink);
            tokio::select! {
                answer = self.down.message() => {
                    last_answer = Instant::now();
                    // A newer server may say things that this agent does not know.
                    if let Some(body) = answer?.ok_or(SessionError::Closed)?.body {
                        self.answer(body).await?;
                    }
                }
                _ = heartbeat.tick() => {
                    if last_answer.elapsed() > self.context.heartbeat * SILENT_HEARTBEATS {
                        return Err(SessionError::Silent);
                    }
                    let pulse = self.context.pulse()?;
                    self.say(Up::Heartbeat(pulse.into())).await?;
                }
                changed = level.changed() => changed.map_err(|_| OutboxError::Closed)?,
                () = sleep_until(look_again.unwrap_or_else(Instant::now)), if look_again.is_some() => {}
                _ = round.tick() => {}
            }
        }
    }

    async fn send_what_waits(&mut self) -> Result<Option<Instant>, SessionError> {
        loop {
            let wanted = self.context.limits.batch_events;
            if self.pump.has_room() && self.waiting.len() < wanted {
                // One more than a batch shows whether another boot follows.
                let after = self.waiting.last().map(|event| event.position).or(self.pump.sent());
                let more =
                    self.context.outbox.read_after(after, wanted.saturating_sub(self.waiting.len()))?;
                self.waiting.extend(more);
            }
            match self.pump.next(&self.waiting, Instant::now()) {
                Next::Idle => return Ok(None),
                Next::WaitUntil(moment) => return Ok(Some(moment)),
                Next::Send(count) => self.send(count).await?,
            }
        }
    }

    async fn send(&mut self, count: usize) -> Result<(), SessionError> {
        let batch: Vec<Waiting> = self.waiting.drain(..count.min(self.waiting.len())).collect();
        let Some(first) = batch.first() else { return Ok(()) };
        let events = batch.iter().map(|event| event.report).collect();
        let message = ReportBatch { boot: first.boot, sent_at: self.context.instant(), events };
        self.say(Up::Batch(message.into())).await?;
        self.pump.did_send(&batch);
        Ok(())
    }

    async fn say(&self, body: Up) -> Result<(), SessionError> {
        // The other end is the stream; it goes away when the stream has ended.
        self.up.send(ReportRequest { body: Some(body) }).await.map_err(|_| SessionError::Closed)
    }

    async fn answer(&mut self, body: Down) -> Result<(), SessionError> {
        match body {
            Down::Ack(ack) => {
                let receipt = Receipt::try_from(ack)?;
                if let Some(up_to) = self.pump.receipt(&receipt) {
                    self.context.outbox.acknowledge(up_to, receipt.rejected).await?;
                }
            }
            Down::Heartbeat(answer) => {
                let sent = Duration::from_millis(answer.answers_uptime_ms);
                let trip = self.context.clock.uptime().saturating_sub(sent);
                self.compare_clocks(Timestamp::from_millis(answer.server_time_ms) + trip / 2);
            }
            Down::Welcome(welcome) => self.welcomed(&welcome),
        }
        Ok(())
    }

    fn welcomed(&mut self, welcome: &Welcome) {
        let waiting = self.context.outbox.level().borrow().events;
        tracing::info!(store = welcome.store_id, zone = welcome.zone_id, waiting, "connected to the server");
        self.compare_clocks(Timestamp::from_millis(welcome.server_time_ms));
    }

    /// Says it once, and once when it is over.
    fn compare_clocks(&mut self, server: Timestamp) {
        let here = self.context.clock.now();
        let skew = here.since(server).max(server.since(here));
        match (self.skew, skew > SKEW_REPORTED) {
            (SkewReport::Quiet, true) => {
                self.skew = SkewReport::Warned;
                tracing::warn!(
                    skew_s = skew.as_secs(),
                    "this machine's clock differs from the server's; reports are corrected, but set up time \
                     synchronisation"
                );
            }
            (SkewReport::Warned, false) => {
                self.skew = SkewReport::Quiet;
                tracing::info!("this machine's clock agrees with the server's again");
            }
            (SkewReport::Quiet, false) | (SkewReport::Warned, true) => {}
        }
    }
}

/// Whether it was said that the clocks differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SkewReport {
    Quiet,
    Warned,
}
