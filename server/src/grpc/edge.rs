//! The agents of the shops: one stream each.
//!
//! A stream handles one message after another: a batch is acknowledged before the next one is read, so what an agent
//! has in flight waits in the bounded window of its connection.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use shopbell_domain::{
    id::{AgentId, BootId},
    time::Clock,
};
use shopbell_proto::{
    convert::{
        ConversionError,
        edge::{Greeting, Pulse, Received},
    },
    edge::v1::{
        self, edge_service_server::EdgeService, report_request::Body as Up, report_response::Body as Down,
    },
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming, async_trait};

use super::{
    auth::{self, AgentCaller},
    status,
    streams::{Place, Streams},
};
use crate::{
    config::Limits,
    floor::{AgentStream, Delivery, Hub, ShopHandle},
    metrics::{Held, Metrics},
};

/// The edge API.
pub struct EdgeApi {
    hub: Hub,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    streams: Streams<AgentId>,
    patience: Duration,
    stop: CancellationToken,
}

impl std::fmt::Debug for EdgeApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EdgeApi")
    }
}

impl EdgeApi {
    /// `stop` ends all streams.
    pub fn new(
        hub: Hub,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        limits: &Limits,
        stop: CancellationToken,
    ) -> Self {
        let streams = Streams::new(limits.agent_streams, "limits.agent_streams");
        Self { hub, clock, metrics, streams, patience: limits.request, stop }
    }
}

#[async_trait]
impl EdgeService for EdgeApi {
    type ReportStream = stream::BoxStream<'static, Result<v1::ReportResponse, Status>>;

    async fn report(
        &self,
        request: Request<Streaming<v1::ReportRequest>>,
    ) -> Result<Response<Self::ReportStream>, Status> {
        let caller = auth::agent(&request)?;
        let shop = self.hub.shop(&caller.store).ok_or_else(|| Status::not_found("there is no such shop"))?;
        let session = Session {
            place: self.streams.open(caller.agent.clone()),
            hello_by: Instant::now() + self.patience,
            caller,
            shop: shop.clone(),
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
            stop: self.stop.clone(),
            open: None,
            _held: Held::new(&self.metrics.report_streams),
        };
        let inbound = request.into_inner();
        let answers = stream::unfold(Some((session, inbound)), |state| async move {
            let (mut session, mut inbound) = state?;
            match session.next(&mut inbound).await {
                Ok(Some(answer)) => {
                    Some((Ok(v1::ReportResponse { body: Some(answer) }), Some((session, inbound))))
                }
                Ok(None) => None,
                Err(status) => Some((Err(status), None)),
            }
        });
        Ok(Response::new(answers.boxed()))
    }
}

/// One stream of an agent.
struct Session {
    caller: AgentCaller,
    place: Place<AgentId>,
    hello_by: Instant,
    shop: ShopHandle,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    open: Option<(BootId, AgentStream)>,
    _held: Held,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some((_, stream)) = self.open.take() {
            self.shop.gone(self.caller.agent.clone(), stream.id);
        }
    }
}

impl Session {
    /// The next answer; `None` when the agent has ended the stream.
    async fn next(&mut self, inbound: &mut Streaming<v1::ReportRequest>) -> Result<Option<Down>, Status> {
        let superseded = self.open.as_ref().map(|(_, stream)| stream.superseded.clone()).unwrap_or_default();
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(status::stopping()),
            taken = self.place.taken() => Err(taken),
            () = tokio::time::sleep_until(self.hello_by), if self.open.is_none() => {
                Err(Status::deadline_exceeded("hello did not come in time (limits.request_s)"))
            }
            () = superseded.cancelled() => Err(status::shop(crate::floor::ShopError::Superseded)),
            message = inbound.message() => match message? {
                None => Ok(None),
                Some(message) => {
                    let body = message.body.ok_or_else(|| status::invalid(ConversionError::MissingField("body")))?;
                    self.answer(body).await.map(Some)
                }
            },
        }
    }

    async fn answer(&mut self, body: Up) -> Result<Down, Status> {
        match (body, &self.open) {
            (Up::Hello(hello), None) => self.hello(hello).await,
            (Up::Hello(_), Some(_)) => {
                Err(Status::invalid_argument("hello is only the first message of a stream"))
            }
            (_, None) => {
                Err(Status::invalid_argument("hello is missing: it is the first message of every stream"))
            }
            (Up::Batch(batch), Some(_)) => self.batch(batch).await,
            (Up::Heartbeat(heartbeat), Some(_)) => self.heartbeat(heartbeat).await,
        }
    }

    async fn hello(&mut self, hello: v1::Hello) -> Result<Down, Status> {
        let greeting = Greeting::try_from(hello).map_err(status::invalid)?;
        let (boot, now) = (greeting.boot, self.clock.now());
        let stream = self.shop.hello(self.caller.agent.clone(), greeting, now).await.map_err(status::shop)?;
        self.open = Some((boot, stream));
        Ok(Down::Welcome(v1::Welcome {
            server_time_ms: now.as_millis(),
            store_id: self.caller.store.to_string(),
            zone_id: self.caller.zone.to_string(),
        }))
    }

    async fn batch(&self, batch: v1::Batch) -> Result<Down, Status> {
        let (at, began) = (self.clock.now(), Instant::now());
        let (stream_boot, stream) = self.opened()?;
        let received = Received::try_from(batch).map_err(status::invalid)?;
        let agent = self.caller.agent.clone();
        let delivery = Delivery { agent, stream, stream_boot, received, at };
        let receipt = self.shop.deliver(delivery).await.map_err(status::shop)?;
        self.metrics.batch_seconds.observe(began.elapsed().as_secs_f64());
        Ok(Down::Ack(receipt.into()))
    }

    async fn heartbeat(&self, heartbeat: v1::Heartbeat) -> Result<Down, Status> {
        let pulse = Pulse::try_from(heartbeat).map_err(status::invalid)?;
        let now = self.clock.now();
        let (_, stream) = self.opened()?;
        let uptime = pulse.sent_at.uptime;
        self.shop.pulse(self.caller.agent.clone(), stream, pulse, now).await.map_err(status::shop)?;
        let answers_uptime_ms = u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX);
        Ok(Down::Heartbeat(v1::HeartbeatAnswer { server_time_ms: now.as_millis(), answers_uptime_ms }))
    }

    fn opened(&self) -> Result<(BootId, crate::floor::StreamId), Status> {
        match &self.open {
            Some((boot, stream)) => Ok((*boot, stream.id)),
            None => {
                Err(Status::invalid_argument("hello is missing: it is the first message of every stream"))
            }
        }
    }
}
