//! What agents report, between wire and domain, in both directions.
//!
//! A newer agent must keep working with an older server, so an unknown carrier is kept as [`Carrier::Unknown`] and an
//! unknown radio state as [`RadioHealth::Unknown`]. An unknown kind of presence is refused by name instead: guessing
//! whether somebody came or went would show a wrong floor.
//!
//! To add a field: the `.proto`, the domain struct here, both directions, and a row in `edge/tests.rs`.

use std::time::Duration;

use shopbell_domain::{
    id::BootId,
    presence::PresenceKind,
    signal::{Carrier, Dbm},
    time::Timestamp,
    token::PresenceToken,
};

use super::ConversionError;
use crate::edge::v1 as wire;

/// Most events of one batch.
pub const MAX_BATCH: usize = 256;

/// An instant on the two clocks of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentInstant {
    /// The wall clock, which may be years off.
    pub wall: Timestamp,
    /// Time since this boot of the agent; whole milliseconds on the wire.
    pub uptime: Duration,
}

/// The opening of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The run of the agent that opens the stream.
    pub boot: BootId,
    /// The agent's version, as told; only for people.
    pub agent_version: String,
    /// The agent's clocks when it was sent.
    pub sent_at: AgentInstant,
}

/// One presence event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Its number within its boot, from 1.
    pub sequence: u64,
    /// The token.
    pub token: PresenceToken,
    /// What happened.
    pub kind: PresenceKind,
    /// When.
    pub at: AgentInstant,
    /// How strong.
    pub rssi: Dbm,
    /// How the token was carried.
    pub carrier: Carrier,
}

/// Events of one boot, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportBatch {
    /// The boot that made the events.
    pub boot: BootId,
    /// The agent's clocks when it was sent, of the present boot.
    pub sent_at: AgentInstant,
    /// At most [`MAX_BATCH`] events with rising sequence numbers.
    pub events: Vec<Report>,
}

/// What the radio of an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RadioHealth {
    /// Not told, or told by an agent newer than this server.
    Unknown,
    /// Scanning, and hearing something.
    Hearing,
    /// Nothing is heard, or the adapter is gone.
    Blind,
}

/// How an agent is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// The agent's clocks when it was sent.
    pub sent_at: AgentInstant,
    /// What the radio is doing.
    pub radio: RadioHealth,
    /// Time since any advertisement was heard; `None` before the first.
    pub last_advert_ago: Option<Duration>,
    /// Events waiting in the outbox.
    pub outbox_events: u64,
    /// Age of the oldest waiting event; zero when none waits.
    pub outbox_oldest: Duration,
    /// Events dropped since the start, by reason.
    pub drops: Vec<(String, u64)>,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn boot(bytes: &[u8], field: &'static str) -> Result<BootId, ConversionError> {
    if bytes.is_empty() {
        return Err(ConversionError::MissingField(field));
    }
    let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| ConversionError::InvalidField {
        field,
        reason: format!("{} bytes, and must be 16", bytes.len()),
    })?;
    Ok(BootId(u128::from_be_bytes(bytes)))
}

/// A boot as it stands on the wire.
pub fn boot_bytes(boot: BootId) -> Vec<u8> {
    boot.0.to_be_bytes().to_vec()
}

fn instant(time: Option<wire::AgentTime>, field: &'static str) -> Result<AgentInstant, ConversionError> {
    let time = time.ok_or(ConversionError::MissingField(field))?;
    Ok(AgentInstant {
        wall: Timestamp::from_millis(time.wall_ms),
        uptime: Duration::from_millis(time.uptime_ms),
    })
}

impl From<AgentInstant> for wire::AgentTime {
    fn from(at: AgentInstant) -> Self {
        Self { wall_ms: at.wall.as_millis(), uptime_ms: millis(at.uptime) }
    }
}

impl TryFrom<wire::Hello> for Greeting {
    type Error = ConversionError;

    fn try_from(hello: wire::Hello) -> Result<Self, ConversionError> {
        Ok(Self {
            boot: boot(&hello.boot_id, "hello.boot_id")?,
            agent_version: hello.agent_version,
            sent_at: instant(hello.sent_at, "hello.sent_at")?,
        })
    }
}

impl From<Greeting> for wire::Hello {
    fn from(greeting: Greeting) -> Self {
        Self {
            boot_id: boot_bytes(greeting.boot),
            agent_version: greeting.agent_version,
            sent_at: Some(greeting.sent_at.into()),
        }
    }
}

fn kind(value: i32) -> Result<PresenceKind, ConversionError> {
    const FIELD: &str = "batch.events.kind";
    match wire::PresenceKind::try_from(value) {
        Ok(wire::PresenceKind::Entered) => Ok(PresenceKind::Entered),
        Ok(wire::PresenceKind::StillHere) => Ok(PresenceKind::StillHere),
        Ok(wire::PresenceKind::Left) => Ok(PresenceKind::Left),
        Ok(wire::PresenceKind::Unspecified) => Err(ConversionError::MissingField(FIELD)),
        Err(_) => Err(ConversionError::InvalidField {
            field: FIELD,
            reason: format!("{value} is not known: the agent is newer than this server"),
        }),
    }
}

fn carrier(value: i32) -> Carrier {
    match wire::Carrier::try_from(value) {
        Ok(wire::Carrier::ServiceData) => Carrier::ServiceData,
        Ok(wire::Carrier::ServiceUuid) => Carrier::ServiceUuid,
        Ok(wire::Carrier::Unspecified) | Err(_) => Carrier::Unknown,
    }
}

impl TryFrom<wire::PresenceEvent> for Report {
    type Error = ConversionError;

    fn try_from(event: wire::PresenceEvent) -> Result<Self, ConversionError> {
        if event.sequence == 0 {
            return Err(ConversionError::MissingField("batch.events.sequence"));
        }
        let token = event.token.as_slice();
        let token = token.try_into().map_err(|_| ConversionError::InvalidField {
            field: "batch.events.token",
            reason: format!("{} bytes, and must be 16", token.len()),
        })?;
        let rssi = i16::try_from(event.rssi_dbm).ok().and_then(Dbm::new);
        Ok(Self {
            sequence: event.sequence,
            token: PresenceToken(token),
            kind: kind(event.kind)?,
            at: instant(event.at, "batch.events.at")?,
            rssi: rssi.ok_or_else(|| ConversionError::InvalidField {
                field: "batch.events.rssi_dbm",
                reason: format!("{} dBm, and must be -127 to 20", event.rssi_dbm),
            })?,
            carrier: carrier(event.carrier),
        })
    }
}

impl From<Report> for wire::PresenceEvent {
    fn from(report: Report) -> Self {
        let kind = match report.kind {
            PresenceKind::Entered => wire::PresenceKind::Entered,
            PresenceKind::StillHere => wire::PresenceKind::StillHere,
            PresenceKind::Left => wire::PresenceKind::Left,
        };
        let carrier = match report.carrier {
            Carrier::ServiceData => wire::Carrier::ServiceData,
            Carrier::ServiceUuid => wire::Carrier::ServiceUuid,
            Carrier::Unknown => wire::Carrier::Unspecified,
        };
        Self {
            sequence: report.sequence,
            token: report.token.0.to_vec(),
            kind: kind.into(),
            at: Some(report.at.into()),
            rssi_dbm: report.rssi.get().into(),
            carrier: carrier.into(),
        }
    }
}

/// A batch as a server takes it: one event that means nothing does not hold up the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The events that mean something; perhaps none.
    pub batch: ReportBatch,
    /// The others, by sequence number.
    pub rejected: Vec<Rejection>,
}

/// An event that means nothing to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Its number within its boot.
    pub sequence: u64,
    /// What is wrong with it, naming the field.
    pub reason: String,
}

impl Received {
    /// The highest sequence number of all events.
    pub fn last(&self) -> u64 {
        let event = self.batch.events.last().map_or(0, |event| event.sequence);
        self.rejected.last().map_or(event, |rejection| rejection.sequence.max(event))
    }
}

impl TryFrom<wire::Batch> for Received {
    type Error = ConversionError;

    /// An error means that the batch is no batch: an event without a number cannot be told to the agent.
    fn try_from(batch: wire::Batch) -> Result<Self, ConversionError> {
        const EVENTS: &str = "batch.events";
        let invalid = |reason| ConversionError::InvalidField { field: EVENTS, reason };
        if batch.events.is_empty() {
            return Err(ConversionError::MissingField(EVENTS));
        }
        if batch.events.len() > MAX_BATCH {
            return Err(invalid(format!(
                "{} events, and at most {MAX_BATCH} are allowed",
                batch.events.len()
            )));
        }
        let boot = boot(&batch.boot_id, "batch.boot_id")?;
        let sent_at = instant(batch.sent_at, "batch.sent_at")?;
        if batch.events.iter().any(|event| event.sequence == 0) {
            return Err(ConversionError::MissingField("batch.events.sequence"));
        }
        if !batch.events.is_sorted_by(|a, b| a.sequence < b.sequence) {
            return Err(invalid("the sequence numbers do not rise".to_owned()));
        }
        let (mut events, mut rejected) = (Vec::with_capacity(batch.events.len()), Vec::new());
        for event in batch.events {
            let sequence = event.sequence;
            match Report::try_from(event) {
                Ok(report) => events.push(report),
                Err(error) => rejected.push(Rejection { sequence, reason: error.to_string() }),
            }
        }
        Ok(Self { batch: ReportBatch { boot, sent_at, events }, rejected })
    }
}

impl From<ReportBatch> for wire::Batch {
    fn from(batch: ReportBatch) -> Self {
        Self {
            boot_id: boot_bytes(batch.boot),
            sent_at: Some(batch.sent_at.into()),
            events: batch.events.into_iter().map(wire::PresenceEvent::from).collect(),
        }
    }
}

impl TryFrom<wire::Heartbeat> for Pulse {
    type Error = ConversionError;

    fn try_from(heartbeat: wire::Heartbeat) -> Result<Self, ConversionError> {
        let radio = match heartbeat.radio() {
            wire::RadioState::Hearing => RadioHealth::Hearing,
            wire::RadioState::Blind => RadioHealth::Blind,
            wire::RadioState::Unspecified => RadioHealth::Unknown,
        };
        Ok(Self {
            sent_at: instant(heartbeat.sent_at, "heartbeat.sent_at")?,
            radio,
            last_advert_ago: heartbeat.last_advert_ago_ms.map(Duration::from_millis),
            outbox_events: heartbeat.outbox_events,
            outbox_oldest: Duration::from_millis(heartbeat.outbox_oldest_ms),
            drops: heartbeat.drops.into_iter().map(|drop| (drop.reason, drop.count)).collect(),
        })
    }
}

impl From<Pulse> for wire::Heartbeat {
    fn from(pulse: Pulse) -> Self {
        let radio = match pulse.radio {
            RadioHealth::Unknown => wire::RadioState::Unspecified,
            RadioHealth::Hearing => wire::RadioState::Hearing,
            RadioHealth::Blind => wire::RadioState::Blind,
        };
        Self {
            sent_at: Some(pulse.sent_at.into()),
            radio: radio.into(),
            last_advert_ago_ms: pulse.last_advert_ago.map(millis),
            outbox_events: pulse.outbox_events,
            outbox_oldest_ms: millis(pulse.outbox_oldest),
            drops: pulse.drops.into_iter().map(|(reason, count)| wire::Drop { reason, count }).collect(),
        }
    }
}

/// What an acknowledgement says: everything of the boot up to this sequence number is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The boot of the events.
    pub boot: BootId,
    /// The highest safe sequence number.
    pub sequence: u64,
    /// Events that mean nothing to the server: it has not kept them, and wants them no more.
    pub rejected: Vec<Rejection>,
}

impl TryFrom<wire::Ack> for Receipt {
    type Error = ConversionError;

    fn try_from(ack: wire::Ack) -> Result<Self, ConversionError> {
        let rejected = ack
            .rejected
            .into_iter()
            .map(|rejection| Rejection { sequence: rejection.sequence, reason: rejection.reason });
        Ok(Self {
            boot: boot(&ack.boot_id, "ack.boot_id")?,
            sequence: ack.sequence,
            rejected: rejected.collect(),
        })
    }
}

impl From<Receipt> for wire::Ack {
    fn from(receipt: Receipt) -> Self {
        let rejected = receipt
            .rejected
            .into_iter()
            .map(|rejection| wire::Rejection { sequence: rejection.sequence, reason: rejection.reason });
        Self { boot_id: boot_bytes(receipt.boot), sequence: receipt.sequence, rejected: rejected.collect() }
    }
}

#[cfg(test)]
mod tests;
