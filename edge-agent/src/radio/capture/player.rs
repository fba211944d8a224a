//! Plays a recording as if it were the radio.
//!
//! The agent's clock decides when a frame is due, so that tokens are heard in their own time: at recorded speed on a
//! clock set to the recording's beginning, N times faster on a clock that runs N times faster, or as fast as possible
//! on a [`FrameClock`] that the frames themselves push forward.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use shopbell_domain::time::{Clock, Timestamp};
use tokio::time::{Instant, sleep};

use super::{Capture, CaptureError, Recorded};
use crate::radio::{Frame, Heard, Radio, RadioError};

/// An agent that starts in the middle of a recording has missed what was on the air before; a real radio does not
/// repeat it either. Frames up to this much late are still taken, since starting takes time.
const LATE_START: Duration = Duration::from_secs(2);

/// A clock that frames push forward; between and after them it runs at the speed of real time.
#[derive(Debug)]
pub struct FrameClock {
    origin: Timestamp,
    at: Mutex<(Timestamp, Instant)>,
}

impl FrameClock {
    /// Shows `origin` now.
    pub fn new(origin: Timestamp) -> Self {
        Self { origin, at: Mutex::new((origin, Instant::now())) }
    }

    /// Shows at least `to` from now on; never goes back.
    fn push_to(&self, to: Timestamp) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        if to > at.0 + at.1.elapsed() {
            *at = (to, Instant::now());
        }
    }
}

impl Clock for FrameClock {
    fn now(&self) -> Timestamp {
        let at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        at.0 + at.1.elapsed()
    }

    fn uptime(&self) -> Duration {
        self.now().since(self.origin)
    }
}

/// What decides when a frame is due.
#[derive(Clone)]
pub enum Pace {
    /// The agent's clock, which runs `speed` times as fast as real time.
    Clock {
        /// The clock.
        clock: Arc<dyn Clock>,
        /// How much faster than real time it runs.
        speed: f64,
    },
    /// Nothing: every frame is due at once and pushes the clock to its own time.
    AsFastAsPossible(Arc<FrameClock>),
}

/// A recording that is being played.
pub struct Player {
    capture: Capture,
    pace: Pace,
    pending: Option<Recorded>,
    playing: Playing,
    skipped: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Playing {
    /// No frame was on time yet.
    Catching,
    On,
    Ended,
}

impl Player {
    /// Plays `capture` at the pace of a clock.
    pub const fn new(capture: Capture, pace: Pace) -> Self {
        Self { capture, pace, pending: None, playing: Playing::Catching, skipped: 0 }
    }

    fn read(&mut self) -> Result<Option<Recorded>, RadioError> {
        match self.capture.next_frame() {
            Ok(frame) => Ok(frame),
            Err(damage @ CaptureError::Damaged { .. }) => {
                tracing::warn!(%damage, "the recording ends early");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn is_missed(&mut self, frame: &Recorded) -> bool {
        let Pace::Clock { clock, .. } = &self.pace else { return false };
        if self.playing != Playing::Catching {
            return false;
        }
        let missed = clock.now().since(frame.time) > LATE_START;
        self.skipped += u64::from(missed);
        if !missed {
            self.playing = Playing::On;
            if self.skipped > 0 {
                tracing::info!(
                    skipped = self.skipped,
                    "the recording began before the agent's clock: skipped the past"
                );
            }
        }
        missed
    }

    async fn wait_until_due(pace: &Pace, time: Timestamp) {
        match pace {
            Pace::AsFastAsPossible(clock) => clock.push_to(time),
            Pace::Clock { clock, speed } => loop {
                let wait = time.since(clock.now());
                if wait.is_zero() {
                    break;
                }
                sleep(wait.div_f64(speed.max(1.0)).max(Duration::from_millis(1))).await;
            },
        }
    }

    fn frame(&self, recorded: Recorded) -> Frame {
        let uptime = match &self.pace {
            Pace::AsFastAsPossible(clock) => recorded.time.since(clock.origin),
            // Exact whatever the delay of the timer was.
            Pace::Clock { clock, .. } => clock.uptime().saturating_sub(clock.now().since(recorded.time)),
        };
        Frame { uptime, rssi: recorded.rssi, ad: recorded.ad, scan_response: recorded.scan_response }
    }

    fn end(&mut self) -> Heard {
        if self.playing == Playing::Catching && self.skipped > 0 {
            tracing::warn!(
                skipped = self.skipped,
                "the whole recording lies before the agent's clock: set [clock] so that it begins with the recording"
            );
        }
        self.playing = Playing::Ended;
        Heard::End
    }
}

#[async_trait]
impl Radio for Player {
    async fn next(&mut self) -> Result<Heard, RadioError> {
        // Reading a file never waits, so without this a fast recording would not let other tasks run.
        tokio::task::consume_budget().await;
        while self.playing != Playing::Ended {
            if self.pending.is_none() {
                self.pending = self.read()?;
            }
            let Some(frame) = self.pending.take() else { return Ok(self.end()) };
            if self.is_missed(&frame) {
                continue;
            }
            let time = frame.time;
            self.pending = Some(frame);
            Self::wait_until_due(&self.pace, time).await;
            if let Some(frame) = self.pending.take() {
                return Ok(Heard::Frame(self.frame(frame)));
            }
        }
        std::future::pending().await
    }
}
