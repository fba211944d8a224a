//! Composition: configuration -> parts -> tasks. The only module that sees all others.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::{id::BootId, presence::PresenceTable, time::Clock};
use shopbell_kit::{
    clock::{ReplayClock, SystemClock},
    config::Invalid,
    lifecycle::{StopSource, Stopped, TaskFailed, Tasks},
    notify::Notify,
};
use tokio::time::interval;

use crate::{
    config::{AgentConfig, RadioSource},
    detect::{AtEnd, Detector},
    health::Health,
    outbox::{self, Outbox, OutboxError},
    radio::{
        Radio,
        btleplug::BtleplugRadio,
        capture::{
            Capture, CaptureError,
            player::{FrameClock, Pace, Player},
        },
    },
    uplink::{ChannelError, Server, Uplink, pump::Limits, session::Context},
};

/// How long the tasks may take to end after a stop; longer than the uplink lingers.
pub const DRAIN: Duration = Duration::from_secs(5);
/// How often the service manager hears of the agent when it set no watchdog.
const STATUS_EVERY: Duration = Duration::from_secs(10);

/// How fast a recording is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// So many times faster than it was recorded.
    Times(u32),
    /// As fast as the disk of the outbox takes it.
    Max,
}

/// A recording that stands for the radio.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The file.
    pub file: PathBuf,
    /// How fast; `None` leaves it to `[clock]`, or is recorded speed.
    pub speed: Option<Speed>,
    /// What to do at its end.
    pub at_end: AtEnd,
}

/// Why an agent cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A setting makes no sense.
    #[error(transparent)]
    Config(#[from] Invalid),
    /// The server cannot be called.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The outbox does not open.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The recording cannot be played.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The recording holds nothing.
    #[error("the recording {} holds no advertisement: record with `btmon -w` while scanning", .0.display())]
    EmptyCapture(PathBuf),
    /// Two sources say how fast time runs.
    #[error("--speed and [clock] both say how fast time runs: remove one of them")]
    TwoSpeeds,
    /// The service manager's socket is wrong.
    #[error("NOTIFY_SOCKET of the service manager cannot be used: {0}")]
    Notify(#[source] io::Error),
}

/// An agent that is ready to run. Nothing runs yet.
pub struct Agent {
    detector: Detector,
    writer: outbox::Writer,
    uplink: Uplink,
    outbox: Outbox,
    health: Arc<Health>,
    notify: Notify,
    at_end: AtEnd,
    tasks: Tasks,
}

/// The clock of an agent, and what it hears.
pub struct Input {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where frames come from.
    pub radio: Box<dyn Radio>,
}

/// Makes the clock and the radio that the configuration, or a replay, asks for.
pub fn input(
    config: &AgentConfig,
    replay: Option<&Replay>,
    tasks: &Tasks,
    health: &Arc<Health>,
) -> Result<Input, BuildError> {
    if let Some(replay) = replay {
        return replay_input(config, replay);
    }
    let clock = config.clock.start()?;
    let radio: Box<dyn Radio> = match config.radio.source {
        RadioSource::Btleplug => {
            Box::new(BtleplugRadio::start(&config.radio, Arc::clone(&clock), Arc::clone(health), tasks))
        }
        RadioSource::Capture => {
            let speed = f64::from(config.clock.speed.unwrap_or(1));
            let pace = Pace::Clock { clock: Arc::clone(&clock), speed };
            Box::new(Player::new(Capture::open(&config.radio.capture_file)?, pace))
        }
    };
    Ok(Input { clock, radio })
}

fn replay_input(config: &AgentConfig, replay: &Replay) -> Result<Input, BuildError> {
    let capture = Capture::open(&replay.file)?;
    let configured = config.clock.origin.is_some();
    let (clock, pace): (Arc<dyn Clock>, Pace) = match replay.speed {
        Some(_) if configured => return Err(BuildError::TwoSpeeds),
        None if configured => {
            let clock = config.clock.start()?;
            let speed = f64::from(config.clock.speed.unwrap_or(1));
            (Arc::clone(&clock), Pace::Clock { clock, speed })
        }
        Some(Speed::Max) => {
            let clock = Arc::new(FrameClock::new(begin(&replay.file)?));
            (Arc::clone(&clock) as Arc<dyn Clock>, Pace::AsFastAsPossible(clock))
        }
        Some(Speed::Times(_)) | None => {
            let Some(Speed::Times(speed)) = replay.speed.or(Some(Speed::Times(1))) else {
                return Err(BuildError::TwoSpeeds);
            };
            let now = SystemClock::start().now();
            let clock: Arc<dyn Clock> = Arc::new(ReplayClock::start(begin(&replay.file)?, now, speed));
            (Arc::clone(&clock), Pace::Clock { clock, speed: f64::from(speed) })
        }
    };
    Ok(Input { clock, radio: Box::new(Player::new(capture, pace)) })
}

/// When a recording begins.
fn begin(file: &Path) -> Result<shopbell_domain::time::Timestamp, BuildError> {
    let first = Capture::open(file)?.next_frame()?;
    first.map(|frame| frame.time).ok_or_else(|| BuildError::EmptyCapture(file.to_owned()))
}

impl Agent {
    /// Opens the outbox and makes all parts. `seed` decides the boot id and the jitter of reconnecting.
    pub fn build(config: &AgentConfig, replay: Option<&Replay>, seed: u64) -> Result<Self, BuildError> {
        let (tasks, health) = (Tasks::new(), Arc::new(Health::default()));
        let mut rng = StdRng::seed_from_u64(seed);
        let boot = BootId(rng.random());
        let server = Server::from_config(&config.server)?;
        let Input { clock, radio } = input(config, replay, &tasks, &health)?;
        let options = outbox::Options {
            dir: config.outbox.dir.clone(),
            max_bytes: config.outbox.max_mib.saturating_mul(1_024 * 1_024),
            max_age: config.outbox.max_age_h.get(),
        };
        let opened = outbox::open(options, boot, Arc::clone(&clock), Arc::clone(&health))?;
        let waiting = opened.outbox.level().borrow().events;
        tracing::info!(
            agent = config.agent.name,
            waiting,
            version = env!("CARGO_PKG_VERSION"),
            "the agent starts"
        );
        let at_end = replay.map_or(AtEnd::KeepListening, |replay| replay.at_end);
        let limits = Limits {
            batch_events: config.uplink.batch_events,
            batch_wait: config.uplink.batch_ms.get(),
            in_flight: config.uplink.in_flight,
        };
        let context = Context {
            server,
            outbox: opened.outbox.clone(),
            clock: Arc::clone(&clock),
            health: Arc::clone(&health),
            limits,
            heartbeat: config.uplink.heartbeat_s.get(),
        };
        let detector = Detector {
            radio,
            brand: config.brand.uuid()?,
            table: PresenceTable::new(config.presence.policy()?),
            clock,
            appender: opened.appender,
            health: Arc::clone(&health),
            at_end,
        };
        Ok(Self {
            detector,
            writer: opened.writer,
            uplink: Uplink { context, backoff: config.uplink.backoff()?, seed: rng.random() },
            outbox: opened.outbox,
            health,
            notify: Notify::from_env().map_err(BuildError::Notify)?,
            at_end,
            tasks,
        })
    }

    /// The counters.
    pub fn health(&self) -> Arc<Health> {
        Arc::clone(&self.health)
    }

    /// Runs until a stop, a failure, or the end of a replay that should end with it.
    pub async fn run(self, stop: StopSource) -> Result<Stopped, TaskFailed> {
        let tasks = self.tasks;
        tasks.spawn_service("outbox writer", self.writer.run());
        tasks.spawn_service("detector", self.detector.run(tasks.clone()));
        tasks.spawn_service("uplink", self.uplink.run(tasks.clone()));
        tasks.spawn_service("watchdog", watch(self.notify, Arc::clone(&self.health), tasks.clone()));
        if self.at_end == AtEnd::Finish {
            tasks.spawn_job("end of replay", stop_when_delivered(self.outbox, tasks.clone()));
        } else {
            drop(self.outbox);
        }
        let stopped = tasks.run(stop, DRAIN).await;
        let counters = self.health.snapshot();
        tracing::info!(
            frames = counters.frames,
            sightings = counters.sightings,
            events = counters.events,
            acknowledged = counters.acknowledged,
            "the agent has stopped"
        );
        stopped
    }
}

/// Tells the service manager that the agent is well, for as long as every part goes round.
async fn watch(notify: Notify, health: Arc<Health>, tasks: Tasks) -> io::Result<()> {
    let stop = tasks.soft();
    notify.ready()?;
    let mut round = interval(notify.watchdog_interval().unwrap_or(STATUS_EVERY).min(STATUS_EVERY));
    loop {
        tokio::select! {
            () = stop.cancelled() => return notify.stopping(),
            _ = round.tick() => {}
        }
        let counters = health.snapshot();
        let radio = if counters.blind { "blind" } else { "hearing" };
        // A manager that does not listen is no reason to stop.
        let _ = notify.status(&format!("{radio}; {} frames, {} events", counters.frames, counters.events));
        if health.is_alive() {
            let _ = notify.alive();
        } else {
            tracing::error!("a part of the agent is stuck; the service manager will restart it");
        }
    }
}

async fn stop_when_delivered(outbox: Outbox, tasks: Tasks) -> Result<(), OutboxError> {
    let mut level = outbox.level();
    let stop = tasks.soft();
    tokio::select! {
        () = stop.cancelled() => return Ok(()),
        delivered = level.wait_for(|level| level.closed && level.events == 0) => {
            delivered.map_err(|_| OutboxError::Closed)?;
        }
    }
    tracing::info!("everything is delivered");
    tasks.stop();
    Ok(())
}
