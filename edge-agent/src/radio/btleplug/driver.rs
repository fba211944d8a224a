//! The task that keeps the adapter scanning, whatever happens to adapter, daemon and bus.

use std::{collections::HashSet, sync::Arc, time::Duration};

use btleplug::{
    api::{Central as _, CentralEvent, CentralState, Peripheral as _, PeripheralProperties},
    platform::{Adapter, PeripheralId},
};
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use shopbell_domain::time::Clock;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    adapter::{self, AdapterError, Events, Found},
    join::{Joiner, Piece},
    ladder::{Ladder, LadderPolicy, Step},
    queue::HeardQueue,
};
use crate::radio::{Heard, RadioError};

/// How long to wait before looking for the adapter again.
const RETRY: Duration = Duration::from_secs(1);
/// How often to ask whether the adapter is still there.
const CHECK: Duration = Duration::from_secs(5);
/// Granularity of the silence watch and of joining.
const TICK: Duration = Duration::from_millis(40);
/// Questions for properties that may be open; more devices than that at once wait for their next advertisement.
const MAX_QUESTIONS: usize = 64;
const QUESTION: Duration = Duration::from_secs(5);

/// Keeps one adapter scanning.
pub(super) struct Driver {
    wanted: String,
    join_window: Duration,
    clock: Arc<dyn Clock>,
    queue: Arc<HeardQueue>,
    ladder: Ladder,
    started: Instant,
    blind: bool,
}

/// Why a session with an adapter ended.
enum Ended {
    Stopped,
    GaveUp(String),
    Again(String),
}

impl From<AdapterError> for Ended {
    fn from(error: AdapterError) -> Self {
        Self::Again(error.to_string())
    }
}

impl Driver {
    pub(super) fn new(
        wanted: String,
        join_window: Duration,
        policy: LadderPolicy,
        clock: Arc<dyn Clock>,
        queue: Arc<HeardQueue>,
    ) -> Self {
        let ladder = Ladder::new(policy, Duration::ZERO);
        Self { wanted, join_window, clock, queue, ladder, started: Instant::now(), blind: false }
    }

    /// Runs until the soft stop, or until the ladder has no step left.
    pub(super) async fn run(mut self, stop: CancellationToken) -> Result<(), RadioError> {
        let mut last_cause = String::new();
        loop {
            let cause = match self.session(&stop).await {
                Ended::Stopped => return Ok(()),
                Ended::GaveUp(cause) => return Err(RadioError::ScannerDead { cause }),
                Ended::Again(cause) => cause,
            };
            if self.ladder.is_dead(self.started.elapsed()) {
                return Err(RadioError::ScannerDead { cause });
            }
            if cause != last_cause {
                tracing::error!(cause, "the radio is not available; trying again");
            }
            self.go_blind(&cause);
            last_cause = cause;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = sleep(RETRY) => {}
            }
        }
    }

    fn go_blind(&mut self, cause: &str) {
        if !self.blind {
            self.blind = true;
            self.queue.push(Heard::Blind(cause.to_owned()));
        }
    }

    fn heard(&mut self) {
        self.ladder.heard(self.started.elapsed());
        if self.blind {
            self.blind = false;
            self.queue.push(Heard::Hearing);
        }
    }

    async fn session(&mut self, stop: &CancellationToken) -> Ended {
        let opened = async {
            let found = adapter::find(&self.wanted).await?;
            let events = adapter::listen(&found.adapter).await?;
            Ok::<_, AdapterError>((found, events))
        };
        let (found, events) = tokio::select! {
            () = stop.cancelled() => return Ended::Stopped,
            opened = opened => match opened {
                Ok(opened) => opened,
                Err(error) => return error.into(),
            }
        };
        let Found { adapter, name, address } = found;
        tracing::info!(adapter = name, address, "scanning");
        self.ladder.reopened(self.started.elapsed());
        let ended = self.listen(&adapter, events, stop).await;
        adapter::stop_scan(&adapter).await;
        ended
    }

    async fn listen(&mut self, adapter: &Adapter, mut events: Events, stop: &CancellationToken) -> Ended {
        let mut joiner = Joiner::new(self.join_window);
        let mut questions = Questions::default();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut check = interval(CHECK);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ended::Stopped,
                event = events.next() => match event {
                    Some(CentralEvent::StateUpdate(CentralState::PoweredOff)) => {
                        return Ended::Again("the adapter was switched off or taken away".to_owned());
                    }
                    Some(event) => self.event(event, &mut joiner, &mut questions, adapter),
                    None => return Ended::Again("the event stream ended".to_owned()),
                },
                Some((id, answer)) = questions.open.next() => {
                    questions.asked.remove(&id);
                    if let Some(piece) = answer {
                        joiner.add(self.clock.uptime(), &id, piece);
                    }
                }
                _ = tick.tick() => {
                    self.give(&mut joiner);
                    if let Some(ended) = self.climb(adapter).await {
                        return ended;
                    }
                }
                _ = check.tick() => if !adapter::is_powered(adapter).await {
                    return Ended::Again("the adapter is gone or has no power".to_owned());
                },
            }
        }
    }

    fn event(
        &mut self,
        event: CentralEvent,
        joiner: &mut Joiner<PeripheralId>,
        questions: &mut Questions,
        adapter: &Adapter,
    ) {
        let (id, piece) = match event {
            CentralEvent::DeviceDiscovered(id) => return questions.ask(adapter, id),
            CentralEvent::RssiUpdate { id, rssi } => (id, Piece::Rssi(rssi)),
            CentralEvent::ServiceDataAdvertisement { id, service_data } => {
                (id, Piece::ServiceData(service_data))
            }
            CentralEvent::ServicesAdvertisement { id, services } => (id, Piece::Services(services)),
            CentralEvent::ManufacturerDataAdvertisement { id, .. } => (id, Piece::Other),
            CentralEvent::DeviceUpdated(_)
            | CentralEvent::DeviceConnected(_)
            | CentralEvent::DeviceDisconnected(_)
            | CentralEvent::DeviceServicesModified(_)
            | CentralEvent::StateUpdate(_) => return,
        };
        if !joiner.knows(&id) {
            questions.ask(adapter, id.clone());
        }
        joiner.add(self.clock.uptime(), &id, piece);
    }

    fn give(&mut self, joiner: &mut Joiner<PeripheralId>) {
        for frame in joiner.finished(self.clock.uptime()) {
            self.heard();
            self.queue.push(Heard::Frame(frame));
        }
    }

    /// Takes the step that silence calls for.
    async fn climb(&mut self, adapter: &Adapter) -> Option<Ended> {
        let now = self.started.elapsed();
        let step = self.ladder.due(now)?;
        let cause = format!("no advertisement of any device for {} s", self.ladder.silence(now).as_secs());
        tracing::warn!(cause, ?step, "the radio is silent");
        self.go_blind(&cause);
        match step {
            Step::Rescan => {
                adapter::stop_scan(adapter).await;
                adapter::scan(adapter).await.err().map(Ended::from)
            }
            Step::Reconnect => Some(Ended::Again(cause)),
            Step::GiveUp => Some(Ended::GaveUp(cause)),
        }
    }
}

/// Open questions for all that is known of a device.
#[derive(Default)]
struct Questions {
    asked: HashSet<PeripheralId>,
    open: FuturesUnordered<BoxFuture<'static, (PeripheralId, Option<Piece>)>>,
}

impl Questions {
    fn ask(&mut self, adapter: &Adapter, id: PeripheralId) {
        if self.open.len() >= MAX_QUESTIONS || !self.asked.insert(id.clone()) {
            return;
        }
        let adapter = adapter.clone();
        self.open.push(Box::pin(async move {
            let answer =
                timeout(QUESTION, async { adapter.peripheral(&id).await.ok()?.properties().await.ok()? });
            let answer = answer.await.ok().flatten();
            (id, answer.map(appeared))
        }));
    }
}

fn appeared(properties: PeripheralProperties) -> Piece {
    let PeripheralProperties { rssi, service_data, services, .. } = properties;
    Piece::Appeared { rssi, service_data, services }
}
