//! Where frames come from: the real radio, or a recording of it. Everything after [`Radio`] is the same code.
//!
//! Invariants: a source keeps no address longer than it needs to join the halves of one advertisement, and never shows
//! one; advertising data is cut at [`MAX_AD_BYTES`]; every queue inside is bounded and counts what it drops.
//!
//! To add a source: implement [`Radio`], give it a name in `config.rs`, and build it in `agent.rs`.

pub mod btleplug;
pub mod capture;

use std::time::Duration;

use async_trait::async_trait;
use shopbell_domain::signal::Dbm;

/// Longest advertising data that is kept of one report; a token needs 25 bytes at most, and one HCI report carries
/// at most 229.
pub const MAX_AD_BYTES: usize = 255;

/// Advertising data, bounded.
#[derive(Clone, PartialEq, Eq)]
pub struct AdBytes(Box<[u8]>);

impl AdBytes {
    /// The data up to [`MAX_AD_BYTES`]; what is behind is left out.
    pub fn new(ad: &[u8]) -> Self {
        Self(ad.get(..MAX_AD_BYTES).unwrap_or(ad).into())
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// Advertising data can name a device, so it is not printed.
impl std::fmt::Debug for AdBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AdBytes([{} bytes])", self.0.len())
    }
}

/// One advertisement as heard. Who sent it is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// When, on the clock of the agent that never steps.
    pub uptime: Duration,
    /// How strong; `None` when the controller could not tell.
    pub rssi: Option<Dbm>,
    /// The AD structures.
    pub ad: AdBytes,
    /// Whether it answered an active scan.
    pub scan_response: bool,
}

/// What a radio says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An advertisement.
    Frame(Frame),
    /// From now on silence means nothing: the radio cannot hear. The text says why.
    Blind(String),
    /// The radio hears again.
    Hearing,
    /// A recording has ended. Said once; afterwards the radio is silent, like a shop where nobody advertises.
    End,
}

/// Why a radio gave up for good. The process should end, so that its supervisor starts it afresh.
#[derive(Debug, thiserror::Error)]
pub enum RadioError {
    /// Every step of the recovery ladder was tried.
    #[error(
        "the scanner is dead: {cause}; every way to revive it failed, so the process ends to be started again \
         (look at `systemctl status bluetooth` and `shopbell-edge doctor`)"
    )]
    ScannerDead {
        /// What was seen last.
        cause: String,
    },
    /// The recording cannot be read.
    #[error(transparent)]
    Capture(#[from] capture::CaptureError),
}

/// A source of frames.
#[async_trait]
pub trait Radio: Send {
    /// The next thing the radio has to say. Dropping the future loses nothing.
    async fn next(&mut self) -> Result<Heard, RadioError>;
}
