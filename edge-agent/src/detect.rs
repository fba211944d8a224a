//! The loop that listens: frames -> sightings -> presence table -> events -> outbox.
//!
//! It owns the presence table. While the radio is blind the table's exit timers stand still: blind is not gone.

use std::{sync::Arc, time::Duration};

use shopbell_domain::{
    presence::{Presence, PresenceTable},
    time::Clock,
};
use shopbell_kit::lifecycle::Tasks;
use shopbell_proto::{convert::edge::AgentInstant, frame::BrandUuid};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    health::{Health, Part},
    outbox::{Appender, Event, OutboxError},
    radio::{Frame, Heard, Radio, RadioError},
    recognise::recognise,
};

/// How often exits are looked for; what is said of a leaving does not depend on it.
const TICK: Duration = Duration::from_millis(200);

/// What to do when a recording ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtEnd {
    /// Go on, as in a shop where nobody advertises any more: presences leave by silence.
    KeepListening,
    /// Let everybody leave at once, and append nothing more.
    Finish,
}

/// Why listening ended.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The radio gave up.
    #[error(transparent)]
    Radio(#[from] RadioError),
    /// Events cannot be kept.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

/// Listens and decides.
pub struct Detector {
    /// Where frames come from.
    pub radio: Box<dyn Radio>,
    /// Whose tokens count.
    pub brand: BrandUuid,
    /// Who is here.
    pub table: PresenceTable,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where events go.
    pub appender: Appender,
    /// The counters.
    pub health: Arc<Health>,
    /// What to do when a recording ends.
    pub at_end: AtEnd,
}

impl Detector {
    /// Runs until the soft stop. Everything decided until then is handed over to the outbox.
    pub async fn run(mut self, tasks: Tasks) -> Result<(), DetectError> {
        let stop = tasks.soft();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                heard = self.radio.next() => match heard? {
                    Heard::Frame(frame) => self.frame(&frame).await?,
                    Heard::Blind(cause) => self.blind(&cause),
                    Heard::Hearing => self.hearing(),
                    Heard::End if self.at_end == AtEnd::Finish => return self.finish(&tasks).await,
                    Heard::End => tracing::info!(here = self.table.here(), "the recording has ended; silence from now on"),
                },
                _ = tick.tick() => self.let_leave(self.clock.uptime()).await?,
            }
            self.health.tick(Part::Detector);
        }
    }

    async fn frame(&mut self, frame: &Frame) -> Result<(), DetectError> {
        self.health.heard(frame.uptime);
        let Some(sighting) = recognise(self.brand, frame) else { return Ok(()) };
        self.health.recognised();
        if self.table.next_deadline().is_some_and(|due| due <= sighting.uptime) {
            self.let_leave(sighting.uptime).await?;
        }
        match self.table.hear(&sighting) {
            Some(presence) => self.append(presence).await,
            None => Ok(()),
        }
    }

    async fn let_leave(&mut self, uptime: Duration) -> Result<(), DetectError> {
        for presence in self.table.tick(uptime) {
            self.append(presence).await?;
        }
        Ok(())
    }

    async fn append(&mut self, presence: Presence) -> Result<(), DetectError> {
        let (wall, uptime) = (self.clock.now(), self.clock.uptime());
        let at =
            AgentInstant { wall: wall - uptime.saturating_sub(presence.uptime), uptime: presence.uptime };
        tracing::debug!(kind = ?presence.kind, rssi = presence.rssi.get(), here = self.table.here(), "presence");
        self.appender.append(Event { presence, at }).await?;
        self.health.made(1);
        Ok(())
    }

    fn blind(&mut self, cause: &str) {
        if !self.table.is_blind() {
            tracing::warn!(
                cause,
                here = self.table.here(),
                "the radio is blind; nobody counts as gone until it hears"
            );
        }
        self.table.blind(self.clock.uptime());
        self.health.set_blind(true);
    }

    fn hearing(&mut self) {
        if self.table.is_blind() {
            tracing::info!(here = self.table.here(), "the radio hears again");
        }
        self.table.hearing(self.clock.uptime());
        self.health.set_blind(false);
    }

    async fn finish(mut self, tasks: &Tasks) -> Result<(), DetectError> {
        tracing::info!(here = self.table.here(), "the recording has ended; everybody leaves");
        while let Some(due) = self.table.next_deadline() {
            self.let_leave(due).await?;
        }
        let Self { appender, health, .. } = self;
        // Tells the outbox that nothing more comes.
        drop(appender);
        let mut tick = interval(Duration::from_secs(1));
        let stop = tasks.soft();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = tick.tick() => health.tick(Part::Detector),
            }
        }
    }
}
