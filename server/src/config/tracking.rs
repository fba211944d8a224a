//! Who sends events, and how much of them is taken.

use std::{collections::BTreeSet, time::Duration};

use serde::Deserialize;
use shopbell_domain::{event::IMPORT_SOURCE, id::SourceId, money::Currency};
use shopbell_kit::config::Invalid;

use super::{Seen, TokenHash, unit};

/// Most bytes that any request may have: a request is kept in few commits of the store, and each is held in memory.
const MOST_BATCH_BYTES: usize = 4 * 1_024 * 1_024;

/// Something that sends events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Identifier; a message's number is unique within it.
    pub id: SourceId,
    /// Name, for people.
    pub name: String,
    /// SHA-256 of its write key.
    pub write_key_sha256: TokenHash,
    /// What it is.
    pub kind: SourceKind,
    /// Web origins whose pages may send for it, such as `https://www.example.com`; empty for any.
    #[serde(default)]
    pub origins: BTreeSet<String>,
    /// The currency of its amounts that name none.
    #[serde(default)]
    pub currency: Option<Currency>,
}

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A page of the web shop: everybody can read its write key.
    Web,
    /// An app on customers' phones: everybody can read its write key.
    App,
    /// A server of the retailer, such as the web shop's, that keeps its write key secret.
    Backend,
    /// The tills.
    Till,
    /// A tablet that many customers use, such as one in a shop: the number it gives its user says nothing of who it is.
    SharedDevice,
}

impl SourceKind {
    /// Whether its write key is secret, so that whatever it says is the retailer's word.
    pub const fn is_secret(self) -> bool {
        match self {
            Self::Backend | Self::Till => true,
            Self::Web | Self::App | Self::SharedDevice => false,
        }
    }
}

/// How much is taken, and when senders are asked to come back later.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracking {
    /// Largest body, before and after it is unpacked.
    pub batch_bytes: usize,
    /// Largest event, as JSON without white space.
    pub event_bytes: usize,
    /// Most events of a batch.
    pub batch_events: usize,
    /// Memory for requests that are being read and show a secret write key in their headers; when it is used up, senders are
    /// told to come back.
    pub memory_bytes: usize,
    /// The same for all other requests.
    pub open_memory_bytes: usize,
    /// What of it the requests of one address may hold together.
    pub open_memory_per_address_bytes: usize,
    /// Bytes of events that a source with a public key may tell in a day.
    pub open_bytes_per_day: u64,
    /// Messages of one source that may wait to be taken up; with more, its senders are told to come back.
    pub backlog_messages: u64,
    /// When they are told to come back.
    #[serde(rename = "retry_after_s", deserialize_with = "unit::seconds")]
    pub retry_after: Duration,
    /// How long the body of a request may take to arrive.
    #[serde(rename = "body_timeout_s", deserialize_with = "unit::seconds")]
    pub body_timeout: Duration,
    /// The address under which browsers reach this server, when it is not the one that they ask for.
    #[serde(default)]
    pub public_url: Option<String>,
}

impl Tracking {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let whole = |duration: Duration| duration.as_secs() > 0 && duration.subsec_nanos() == 0;
        let wanted = [
            ("tracking.event_bytes", self.event_bytes > 0, "more than 0"),
            ("tracking.batch_events", self.batch_events > 0, "more than 0"),
            ("tracking.open_bytes_per_day", self.open_bytes_per_day > 0, "more than 0"),
            ("tracking.backlog_messages", self.backlog_messages > 0, "more than 0"),
            ("tracking.retry_after_s", whole(self.retry_after), "whole seconds, at least 1"),
            ("tracking.body_timeout_s", !self.body_timeout.is_zero(), "more than 0"),
        ];
        for (key, good, expected) in wanted {
            if !good {
                return Err(Invalid::new(key, expected));
            }
        }
        if !(self.event_bytes..=MOST_BATCH_BYTES).contains(&self.batch_bytes) {
            let expected = format!("between tracking.event_bytes and {MOST_BATCH_BYTES}");
            return Err(Invalid::new("tracking.batch_bytes", expected));
        }
        let rooms = [
            ("tracking.memory_bytes", self.memory_bytes),
            ("tracking.open_memory_bytes", self.open_memory_bytes),
        ];
        if let Some((key, _)) = rooms.into_iter().find(|(_, bytes)| bytes / 16 < self.batch_bytes) {
            return Err(Invalid::new(key, "at least 16 times tracking.batch_bytes"));
        }
        if !(self.batch_bytes..=self.open_memory_bytes).contains(&self.open_memory_per_address_bytes) {
            let expected = "between tracking.batch_bytes and tracking.open_memory_bytes";
            return Err(Invalid::new("tracking.open_memory_per_address_bytes", expected));
        }
        match &self.public_url {
            Some(url) if !is_origin(url) => Err(Invalid::new(
                "tracking.public_url",
                "an address such as https://events.example.com, without a path",
            )),
            _ => Ok(()),
        }
    }
}

/// Checks names and origins; write keys are checked with all other tokens.
pub(super) fn validate(sources: &[Source]) -> Result<(), Invalid> {
    let mut ids = Seen::new();
    for (at, source) in sources.iter().enumerate() {
        ids.once(&source.id, format!("source.{at}.id"), "source id")?;
        not_the_importer(&source.id, format!("source.{at}.id"))?;
        if let Some(wrong) = source.origins.iter().find(|origin| !is_origin(origin)) {
            return Err(Invalid::new(
                format!("source.{at}.origins"),
                format!(
                    "origins such as https://www.example.com, without a path, in small letters, not {wrong:?}"
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses the source of what files told: its events' names are not for others to take.
pub(super) fn not_the_importer(id: &SourceId, key: String) -> Result<(), Invalid> {
    if id.as_str() == IMPORT_SOURCE {
        return Err(Invalid::new(key, format!("another id: {IMPORT_SOURCE:?} is that of imported files")));
    }
    Ok(())
}

/// As browsers write an origin: scheme, host and port, in small letters and without a path.
fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    is_authority(host) && !text.chars().any(|c| c.is_ascii_uppercase())
}

/// A host, with or without a port.
pub fn is_authority(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c))
}
