//! A phone with the retailer's app: what it does with its tokens, as `docs/phone.md` tells an app team to do it.
//!
//! Given the answer of `IssueTokens`, a carrier and where the phone is, it gives the advertisements that one agent
//! hears, as lines of a capture that `shopbell-edge replay` and the agent's `capture` radio read. The rules of the
//! document are here as code: the token follows the UTC clock, the address turns together with the token, a phone
//! without a token for now is silent, and an opt-out ends everything at once.
//!
//! Never here: keys. A phone has none. To add a carrier: `shopbell_proto::frame::TokenCarrier`, then its bytes in
//! the document, which this module's tests read.

use std::{io, ops::Range, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};
use shopbell_domain::{
    time::Timestamp,
    token::{PresenceToken, Window},
};
use shopbell_proto::{
    customer::v1::IssueTokensResponse,
    frame::{BrandUuid, TokenCarrier},
};

/// What the Link Layer adds to each advertising interval, at most (Core specification, volume 6, part B, 4.4.2.2).
const ADV_DELAY: Duration = Duration::from_millis(10);

/// The tokens that the server issued to a phone.
#[derive(Debug, Clone)]
pub struct Tokens {
    first: Window,
    tokens: Vec<PresenceToken>,
}

impl Tokens {
    /// From the windows' tokens, in order.
    pub fn new(first: Window, tokens: Vec<PresenceToken>) -> Self {
        Self { first, tokens }
    }

    /// The token to show at an instant, if the phone has one.
    pub fn at(&self, now: Timestamp) -> Option<PresenceToken> {
        let index = Window::at(now).0.checked_sub(self.first.0)?;
        self.tokens.get(usize::try_from(index).ok()?).copied()
    }
}

/// Why an answer holds no tokens.
#[derive(Debug, thiserror::Error)]
#[error("{0} bytes of tokens are not a whole number of 16")]
pub struct TornTokens(usize);

impl TryFrom<&IssueTokensResponse> for Tokens {
    type Error = TornTokens;

    fn try_from(answer: &IssueTokensResponse) -> Result<Self, TornTokens> {
        let (tokens, rest) = answer.tokens.as_chunks::<16>();
        if !rest.is_empty() {
            return Err(TornTokens(answer.tokens.len()));
        }
        Ok(Self::new(Window(answer.first_window), tokens.iter().copied().map(PresenceToken).collect()))
    }
}

/// A time during which one agent hears the phone at one mean strength. Between stretches it hears nothing.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// From when until when.
    pub during: Range<Timestamp>,
    /// Mean strength at the agent, in dBm.
    pub rssi: i8,
}

/// One advertisement as an agent hears it: a line of a JSON-lines capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Milliseconds since the Unix epoch.
    pub t_ms: i64,
    /// Strength in dBm.
    pub rssi: i8,
    /// The advertising data, hexadecimal.
    pub ad_hex: String,
    /// The sender's address at that moment. Agents must not read it; tests look for it where it must not be.
    pub addr: String,
    /// `random`: phones never advertise under their public address.
    pub addr_type: String,
    /// Whether this is a scan response. A phone's token never is.
    pub scan_rsp: bool,
}

/// A phone whose owner opted in.
#[derive(Debug, Clone)]
pub struct Phone {
    /// What it may show.
    pub tokens: Tokens,
    /// How it shows it: A on Android, B on an iPhone with the app in front.
    pub carrier: TokenCarrier,
    /// The brand's UUID.
    pub brand: BrandUuid,
    /// Time between two advertisements, without the random delay that the controller adds.
    pub interval: Duration,
    /// When the owner opted out, or switched the phone off: silence from then on.
    pub silent_from: Option<Timestamp>,
    /// Decides addresses, delays and noise, so that a run can be repeated.
    pub seed: u64,
}

impl Phone {
    /// An Android phone that advertises every 250 ms (`ADVERTISE_MODE_BALANCED`) under the demo's UUID.
    pub fn android(tokens: Tokens, seed: u64) -> Self {
        let (carrier, brand) = (TokenCarrier::ServiceData, BrandUuid(0xFCF1));
        Self { tokens, carrier, brand, interval: Duration::from_millis(250), silent_from: None, seed }
    }

    /// An iPhone with the app in front, under the demo's UUID.
    pub fn iphone(tokens: Tokens, seed: u64) -> Self {
        let carrier = TokenCarrier::ServiceUuid;
        Self { carrier, interval: Duration::from_millis(285), ..Self::android(tokens, seed) }
    }

    /// What the phone shows at an instant: nothing after an opt-out or without a token for now.
    pub fn shows(&self, now: Timestamp) -> Option<Vec<u8>> {
        let opted_out = self.silent_from.is_some_and(|from| now >= from);
        let token = self.tokens.at(now).filter(|_| !opted_out)?;
        Some(self.carrier.advertise(self.brand, token))
    }

    /// The random address of an instant: a new one with each token, so that neither links the other's changes.
    pub fn address(&self, now: Timestamp) -> String {
        let mut octets = [0_u8; 6];
        StdRng::seed_from_u64(self.seed ^ (u64::from(Window::at(now).0) << 32)).fill(&mut octets);
        // The two top bits 01: resolvable private, as phones use.
        octets[0] = (octets[0] & 0x3f) | 0x40;
        octets.map(|octet| format!("{octet:02X}")).join(":")
    }

    /// What an agent hears of the phone on its way, in order of time.
    pub fn heard(&self, way: &[Stretch]) -> Vec<Frame> {
        let mut rng = StdRng::seed_from_u64(self.seed);
        way.iter().flat_map(|stretch| self.heard_during(stretch, &mut rng)).collect()
    }

    fn heard_during(&self, stretch: &Stretch, rng: &mut StdRng) -> Vec<Frame> {
        let mut frames = Vec::new();
        let mut now = stretch.during.start;
        while now < stretch.during.end {
            if let Some(ad) = self.shows(now) {
                frames.push(Frame {
                    t_ms: now.as_millis(),
                    rssi: stretch.rssi.saturating_add(rng.random_range(-2..=2)),
                    ad_hex: hex::encode(ad),
                    addr: self.address(now),
                    addr_type: "random".to_owned(),
                    scan_rsp: false,
                });
            }
            now = now + self.interval + rng.random_range(Duration::ZERO..=ADV_DELAY);
        }
        frames
    }
}

/// Writes frames of any number of phones as one capture, in order of time.
pub fn write_capture(mut frames: Vec<Frame>, mut out: impl io::Write) -> io::Result<()> {
    frames.sort_by_key(|frame| frame.t_ms);
    for frame in frames {
        serde_json::to_writer(&mut out, &frame)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests;
