//! The body of a request: read within a time, unpacked within a size, held within a room ([`super::room`]).
//!
//! A body that nobody vouches for has a least speed, too: one that is held back gives its room back soon.

use std::{io::Read as _, pin::pin, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use flate2::read::MultiGzDecoder;
use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::{refusal::Refusal, room::Held};

/// A body takes about this many times its size while it is taken apart into messages.
const TAKEN_APART: usize = 4;

/// Bytes that are unpacked at once.
const PIECE: usize = 16 * 1_024;

/// How long the rest of a refused body is read, so that its sender gets to read the answer.
const PATIENCE_WITH_REFUSED: Duration = Duration::from_secs(2);

/// The first two bytes of gzip; JSON never begins so.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// How fast a body comes that nobody vouches for: so many bytes, or all that is left of it, in each [`WINDOW`].
const LEAST_BYTES: usize = 4 * 1_024;

/// Long enough for a phone that loses the line for a moment.
const WINDOW: Duration = Duration::from_secs(5);

/// How a body is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// Its most bytes.
    pub(super) limit: usize,
    /// When all of it must be there.
    pub(super) within: Duration,
    /// Whether it has a least speed.
    pub(super) hurried: bool,
}

/// A body as it came, and its part of the room.
#[derive(Debug)]
pub(super) struct Received {
    bytes: Vec<u8>,
    held: Held,
}

/// Reads a body.
pub(super) async fn read(
    body: Body,
    headers: &HeaderMap,
    terms: Terms,
    held: Held,
) -> Result<Received, Refusal> {
    let Terms { limit, within, .. } = terms;
    let mut stream = pin!(body.into_data_stream());
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let gathered = if announced.is_some_and(|bytes: usize| bytes > limit) {
        Err(Refusal::BodyTooLarge { limit })
    } else {
        let gathering = gather(&mut stream, terms, held);
        timeout(within, gathering).await.unwrap_or(Err(Refusal::SlowBody(within)))
    };
    if matches!(gathered, Err(Refusal::BodyTooLarge { .. } | Refusal::NoRoom | Refusal::NoShare)) {
        drop_rest(stream).await;
    }
    gathered
}

/// Lets a body that nobody reads come to its end: who is cut off while sending does not read why.
pub(super) async fn refuse(body: Body) {
    drop_rest(pin!(body.into_data_stream())).await;
}

async fn drop_rest(mut stream: impl Stream<Item = Result<Bytes, axum::Error>> + Unpin) {
    let rest = async { while let Some(Ok(_)) = stream.next().await {} };
    // Who is not through by then is cut off.
    let _ = timeout(PATIENCE_WITH_REFUSED, rest).await;
}

async fn gather(
    stream: &mut (impl Stream<Item = Result<Bytes, axum::Error>> + Unpin),
    Terms { limit, hurried, .. }: Terms,
    mut held: Held,
) -> Result<Received, Refusal> {
    let mut bytes = Vec::new();
    let (mut window, mut before) = (Instant::now() + WINDOW, 0);
    loop {
        let next = if hurried {
            timeout_at(window, stream.next()).await.map_err(|_| Refusal::SlowBody(WINDOW))?
        } else {
            stream.next().await
        };
        let Some(piece) = next else { return Ok(Received { bytes, held }) };
        let piece = piece.map_err(|_| Refusal::CutBody)?;
        let total = bytes.len() + piece.len();
        if total > limit {
            return Err(Refusal::BodyTooLarge { limit });
        }
        held.grow_to(total)?;
        bytes.extend_from_slice(&piece);
        if total - before >= LEAST_BYTES {
            (window, before) = (Instant::now() + WINDOW, total);
        }
    }
}

impl Received {
    /// Its size as it came.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has to be unpacked.
    pub(super) fn is_packed(&self) -> bool {
        self.bytes.starts_with(&GZIP)
    }

    /// The body as it came, and the room that it and what is made of it take.
    pub(super) fn into_raw(self) -> Result<(Vec<u8>, Held), Refusal> {
        let Self { bytes, mut held } = self;
        held.grow_to(bytes.len().saturating_mul(TAKEN_APART))?;
        Ok((bytes, held))
    }

    /// The JSON of the body, at most `limit` bytes, and the room that it and what is made of it take.
    ///
    /// Whatever the header says, a body that begins as gzip is unpacked, and any other is taken as it is: there are SDKs
    /// and proxies that get the header wrong. Takes milliseconds for a large body.
    pub(super) fn unpack(self, headers: &HeaderMap, limit: usize) -> Result<(Vec<u8>, Held), Refusal> {
        let Self { bytes, mut held } = self;
        let json = if bytes.starts_with(&GZIP) {
            gunzip(&bytes, limit, &mut held)?
        } else if is_packed_otherwise(headers) {
            return Err(Refusal::UnknownEncoding);
        } else {
            bytes
        };
        held.grow_to(json.len().saturating_mul(TAKEN_APART))?;
        Ok((json, held))
    }
}

fn is_packed_otherwise(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().any(|value| {
        let plain = ["", "identity", "gzip", "x-gzip"];
        !value.to_str().is_ok_and(|name| plain.contains(&name.trim().to_ascii_lowercase().as_str()))
    })
}

fn gunzip(packed: &[u8], limit: usize, held: &mut Held) -> Result<Vec<u8>, Refusal> {
    let mut decoder = MultiGzDecoder::new(packed);
    let (mut json, mut piece) = (Vec::new(), vec![0; PIECE]);
    loop {
        let read = decoder.read(&mut piece).map_err(|_| Refusal::BrokenGzip)?;
        let unpacked = piece.get(..read).unwrap_or_default();
        if unpacked.is_empty() {
            return Ok(json);
        }
        if json.len() + unpacked.len() > limit {
            return Err(Refusal::BodyTooLarge { limit });
        }
        held.grow_to(packed.len() + json.len() + unpacked.len())?;
        json.extend_from_slice(unpacked);
    }
}
