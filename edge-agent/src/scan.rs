//! `shopbell-edge scan`: what the radio hears, a line a second. Counts only: no address, no token, no name.

use std::{collections::HashSet, fmt::Write as _, io::Write as _, sync::Arc, time::Duration};

use shopbell_domain::{signal::Dbm, token::PresenceToken};
use shopbell_kit::lifecycle::{StopSource, TaskFailed, Tasks};
use shopbell_proto::frame::BrandUuid;
use tokio::time::{Instant, interval_at};

use crate::{
    agent::{BuildError, Input, Replay, input},
    config::{AgentConfig, RadioSource},
    health::Health,
    radio::{
        Frame, Heard, Radio, RadioError,
        btleplug::adapter::{self, AdapterError},
    },
    recognise::recognise,
};

/// Upper ends of the histogram's columns, in dBm; the last one has none.
const COLUMNS: [i8; 5] = [-90, -80, -70, -60, -50];
const DRAIN: Duration = Duration::from_secs(2);

/// Why scanning ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// It could not begin.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// There is nothing to listen with. The agent would wait for it; who looks at a screen should be told.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// Stop signals cannot be heard, or nothing can be shown.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The radio died.
    #[error(transparent)]
    Task(#[from] TaskFailed),
}

/// What was heard in one second.
#[derive(Debug, Default)]
struct Second {
    frames: u64,
    ours: u64,
    tokens: HashSet<PresenceToken>,
    no_rssi: u64,
    histogram: [u64; COLUMNS.len() + 1],
}

impl Second {
    fn add(&mut self, brand: BrandUuid, frame: &Frame) {
        self.frames += 1;
        if let Some(sighting) = recognise(brand, frame) {
            self.ours += 1;
            self.tokens.insert(sighting.token);
        }
        let Some(rssi) = frame.rssi.map(Dbm::get) else {
            self.no_rssi += 1;
            return;
        };
        let column = COLUMNS.iter().position(|end| rssi < *end).unwrap_or(COLUMNS.len());
        if let Some(count) = self.histogram.get_mut(column) {
            *count += 1;
        }
    }

    fn line(&self) -> String {
        let mut line = format!("{:>7} {:>6} {:>6} |", self.frames, self.ours, self.tokens.len());
        for count in self.histogram {
            // Writing to a string does not fail.
            let _ = write!(line, " {count:>5}");
        }
        let _ = write!(line, " | {:>5}", self.no_rssi);
        line
    }
}

const HEADING: &str = "adverts   ours tokens | RSSI:<-90  <-80  <-70  <-60  <-50  more |  none";

/// Shows what is heard until it is stopped, `seconds` have passed, or a recording ends.
pub async fn run(
    config: &AgentConfig,
    replay: Option<&Replay>,
    seconds: Option<u64>,
) -> Result<(), ScanError> {
    if replay.is_none() && config.radio.source == RadioSource::Btleplug {
        adapter::find(&config.radio.adapter).await?;
    }
    let (tasks, health) = (Tasks::new(), Arc::new(Health::default()));
    let Input { radio, .. } = input(config, replay, &tasks, &health)?;
    let brand = config.brand.uuid().map_err(BuildError::from)?;
    let stop = StopSource::signals()?;
    let show = Show { radio, brand, seconds, tasks: tasks.clone() };
    tasks.spawn_job("scan", show.run());
    tasks.run(stop, DRAIN).await?;
    Ok(())
}

struct Show {
    radio: Box<dyn Radio>,
    brand: BrandUuid,
    seconds: Option<u64>,
    tasks: Tasks,
}

impl Show {
    async fn run(mut self) -> Result<(), ShowError> {
        let stop = self.tasks.soft();
        let mut out = std::io::stdout();
        writeln!(out, "{HEADING}")?;
        let mut second = Second::default();
        let mut shown = 0;
        let mut tick = interval_at(Instant::now() + Duration::from_secs(1), Duration::from_secs(1));
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                heard = self.radio.next() => match heard? {
                    Heard::Frame(frame) => second.add(self.brand, &frame),
                    Heard::Blind(cause) => writeln!(out, "blind: {cause}")?,
                    Heard::Hearing => writeln!(out, "hearing")?,
                    Heard::End => break,
                },
                _ = tick.tick() => {
                    writeln!(out, "{}", std::mem::take(&mut second).line())?;
                    shown += 1;
                    if self.seconds.is_some_and(|seconds| shown >= seconds) {
                        break;
                    }
                }
            }
        }
        if second.frames > 0 {
            writeln!(out, "{}", second.line())?;
        }
        self.tasks.stop();
        Ok(())
    }
}

/// Why nothing more is shown.
#[derive(Debug, thiserror::Error)]
enum ShowError {
    #[error(transparent)]
    Radio(#[from] RadioError),
    #[error("standard output is closed: {0}")]
    Output(#[from] std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radio::AdBytes;

    #[test]
    fn frames_fall_into_their_columns() {
        let mut second = Second::default();
        for rssi in [Some(-91), Some(-90), Some(-50), None] {
            let rssi = rssi.and_then(Dbm::new);
            let frame = Frame { uptime: Duration::ZERO, rssi, ad: AdBytes::new(&[]), scan_response: false };
            second.add(BrandUuid(0xfcf1), &frame);
        }
        assert_eq!((second.histogram, second.no_rssi), ([1, 1, 0, 0, 0, 1], 1));
        assert_eq!(second.line(), "      4      0      0 |     1     1     0     0     0     1 |     1");
    }
}
