//! What can be set: the sections of `agent.default.toml`, where every key is explained.
//!
//! Reading a configuration opens nothing. To add a key: the defaults file, the section's struct here, and a check in
//! `validate` for what the type cannot say.

use std::{net::IpAddr, path::PathBuf};

use serde::Deserialize;
use shopbell_domain::{
    presence::{PresencePolicy, PresenceSettings},
    signal::Dbm,
};
use shopbell_kit::{
    backoff::Backoff,
    clock::ClockConfig,
    config::{Config, Hours, Invalid, Millis, Seconds},
    telemetry::LogConfig,
};
use shopbell_proto::{convert::edge::MAX_BATCH, frame::BrandUuid};
use tonic::codegen::http::Uri;

/// The commented defaults, embedded in the binary.
pub const DEFAULTS: &str = include_str!("../agent.default.toml");

/// The whole configuration of an agent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentConfig {
    /// Who this is.
    pub agent: AgentSection,
    /// Whom it reports to.
    pub server: ServerSection,
    /// Whose tokens it looks for.
    pub brand: BrandSection,
    /// How it hears.
    pub radio: RadioSection,
    /// When a token counts as here.
    pub presence: PresenceSection,
    /// What waits for the server.
    pub outbox: OutboxSection,
    /// How it reports.
    pub uplink: UplinkSection,
    /// What time it is.
    pub clock: ClockConfig,
    /// What it logs.
    pub log: LogConfig,
}

/// Section `[agent]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSection {
    /// For this agent's own log.
    pub name: String,
}

/// Section `[server]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSection {
    /// `http://` or `https://`, host and port.
    pub url: String,
    /// Lets `http://` reach another machine, unencrypted.
    pub allow_plain: bool,
    /// File with the agent's token.
    pub token_file: PathBuf,
    /// File with the certificate authority; empty for the public ones.
    pub ca_file: PathBuf,
}

/// Section `[brand]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrandSection {
    /// Four hexadecimal digits.
    pub uuid: String,
}

impl BrandSection {
    /// The UUID as a number.
    pub fn uuid(&self) -> Result<BrandUuid, Invalid> {
        let digits = self.uuid.len() == 4 && self.uuid.bytes().all(|byte| byte.is_ascii_hexdigit());
        let parsed = u16::from_str_radix(&self.uuid, 16).ok().filter(|_| digits);
        parsed
            .map(BrandUuid)
            .ok_or_else(|| Invalid::new("brand.uuid", "four hexadecimal digits, such as \"fcf1\""))
    }
}

/// Where frames come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RadioSource {
    /// The Bluetooth adapter of this machine.
    Btleplug,
    /// A recording.
    Capture,
}

/// Section `[radio]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RadioSection {
    /// Where frames come from.
    pub source: RadioSource,
    /// Name or address of the adapter; empty for the first.
    pub adapter: String,
    /// The recording.
    pub capture_file: PathBuf,
    /// What comes from one device within this time is one advertisement.
    pub join_ms: Millis,
    /// Advertisements that may wait.
    pub queue: usize,
    /// Silence after which the scan is started again.
    pub rescan_after_s: Seconds,
    /// Silence after which the connection is made anew.
    pub reconnect_after_s: Seconds,
    /// Silence after which the process ends.
    pub dead_after_s: Seconds,
}

/// Section `[presence]`; see [`PresenceSettings`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names and meanings are those of `PresenceSettings`")]
pub struct PresenceSection {
    pub enter_sightings: u8,
    pub enter_within_s: Seconds,
    pub enter_rssi_dbm: i16,
    pub smooth_over_s: Seconds,
    pub exit_gaps: u32,
    pub exit_min_s: Seconds,
    pub exit_max_s: Seconds,
    pub reentry_for_s: Seconds,
    pub reentry_gain_db: u8,
    pub still_here_every_s: Seconds,
    pub moved_db: u8,
    pub moved_every_s: Seconds,
    pub max_tokens: usize,
    pub forget_after_s: Seconds,
}

impl PresenceSection {
    /// The rules as a checked value.
    pub fn policy(&self) -> Result<PresencePolicy, Invalid> {
        let enter_rssi = Dbm::new(self.enter_rssi_dbm)
            .ok_or_else(|| Invalid::new("presence.enter_rssi_dbm", "between -127 and 20"))?;
        let settings = PresenceSettings {
            enter_sightings: self.enter_sightings,
            enter_within: self.enter_within_s.get(),
            enter_rssi,
            smooth_over: self.smooth_over_s.get(),
            exit_min: self.exit_min_s.get(),
            exit_max: self.exit_max_s.get(),
            exit_gaps: self.exit_gaps,
            reentry_for: self.reentry_for_s.get(),
            reentry_gain_db: self.reentry_gain_db,
            still_here_every: self.still_here_every_s.get(),
            moved_db: self.moved_db,
            moved_every: self.moved_every_s.get(),
            max_tokens: self.max_tokens,
            forget_after: self.forget_after_s.get(),
        };
        PresencePolicy::try_new(settings).map_err(|wrong| {
            let unit = if wrong.found.ends_with(" ms") { "_s" } else { "" };
            Invalid::new(
                format!("presence.{}{unit}", wrong.setting),
                format!("other than {}: {}", wrong.found, wrong.expected),
            )
        })
    }
}

/// Section `[outbox]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxSection {
    /// The store's own directory.
    pub dir: PathBuf,
    /// Most room on the disk, in MiB.
    pub max_mib: u64,
    /// The longest wait.
    pub max_age_h: Hours,
}

/// Section `[uplink]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UplinkSection {
    /// Events in one message at most.
    pub batch_events: usize,
    /// How long to wait for more events while messages are in flight.
    pub batch_ms: Millis,
    /// Messages that may wait for their acknowledgement.
    pub in_flight: usize,
    /// How often the agent says that it is well.
    pub heartbeat_s: Seconds,
    /// The first wait between attempts to connect.
    pub retry_first_s: Seconds,
    /// The longest wait.
    pub retry_max_s: Seconds,
}

impl UplinkSection {
    /// The waits between attempts.
    pub fn backoff(&self) -> Result<Backoff, Invalid> {
        Backoff::try_new(self.retry_first_s.get(), self.retry_max_s.get(), 1.6, 0.2).map_err(|error| {
            Invalid::new("uplink.retry_first_s and uplink.retry_max_s", format!("a policy: {error}"))
        })
    }
}

/// Retention of the outbox, in hours; configuration can only shorten it.
const LONGEST_AGE_H: u64 = 72;

impl Config for AgentConfig {
    fn validate(&self) -> Result<(), Invalid> {
        self.brand.uuid()?;
        self.presence.policy()?;
        self.uplink.backoff()?;
        self.log.validate()?;
        self.validate_server()?;
        self.validate_radio()?;
        self.validate_limits()
    }
}

fn require(holds: bool, key: &str, expected: &str) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid::new(key, expected)) }
}

/// Whether what is sent to `url` never leaves this machine. A name that a resolver would have to look up may.
fn stays_here(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

impl AgentConfig {
    fn validate_server(&self) -> Result<(), Invalid> {
        let url = &self.server.url;
        let scheme = url.starts_with("http://") || url.starts_with("https://");
        require(scheme, "server.url", "an address like \"https://shopbell.example:8417\"")?;
        let ca = self.server.ca_file.as_os_str().is_empty() || url.starts_with("https://");
        require(ca, "server.ca_file", "empty with an http:// address: nothing is encrypted there")?;
        let plain = url.starts_with("http://") && !stays_here(url) && !self.server.allow_plain;
        require(
            !plain,
            "server.url",
            "an https:// address (with server.ca_file, if the certificate is from the brand's own authority): \
             http:// would carry this agent's token readable to another machine; where something on the way does \
             TLS, set server.allow_plain = true",
        )
    }

    fn validate_radio(&self) -> Result<(), Invalid> {
        let radio = &self.radio;
        let file = radio.source != RadioSource::Capture || !radio.capture_file.as_os_str().is_empty();
        require(file, "radio.capture_file", "the path of a recording when radio.source is \"capture\"")?;
        require((1..=1_000_000).contains(&radio.queue), "radio.queue", "between 1 and 1000000")?;
        require(radio.join_ms.get().as_secs() < 2, "radio.join_ms", "below 2000")?;
        require(!radio.rescan_after_s.get().is_zero(), "radio.rescan_after_s", "above zero")?;
        let rising = radio.reconnect_after_s > radio.rescan_after_s;
        require(rising, "radio.reconnect_after_s", "longer than radio.rescan_after_s")?;
        let rising = radio.dead_after_s > radio.reconnect_after_s;
        require(rising, "radio.dead_after_s", "longer than radio.reconnect_after_s")
    }

    fn validate_limits(&self) -> Result<(), Invalid> {
        require(!self.outbox.dir.as_os_str().is_empty(), "outbox.dir", "a directory")?;
        require((1..=65_536).contains(&self.outbox.max_mib), "outbox.max_mib", "between 1 and 65536")?;
        let age = self.outbox.max_age_h.get();
        let allowed = !age.is_zero() && age.as_secs() <= LONGEST_AGE_H * 3_600;
        require(allowed, "outbox.max_age_h", "above 0 and at most 72: retention can only be shortened")?;
        let uplink = &self.uplink;
        require((1..=MAX_BATCH).contains(&uplink.batch_events), "uplink.batch_events", "between 1 and 256")?;
        require(uplink.batch_ms.get().as_secs() < 60, "uplink.batch_ms", "below 60000")?;
        require((1..=64).contains(&uplink.in_flight), "uplink.in_flight", "between 1 and 64")?;
        let heartbeat = uplink.heartbeat_s.get();
        require(
            !heartbeat.is_zero() && heartbeat.as_secs() <= 60,
            "uplink.heartbeat_s",
            "above 0 and at most 60",
        )
    }
}

#[cfg(test)]
mod tests;
