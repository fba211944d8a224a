//! The body of a request: read within a time, unpacked within a size, held within a budget.
//!
//! All requests that are being read share one budget of memory. A request takes of it as it grows, and gives it back when
//! it is answered. Nobody waits for room: who finds none is told to come back, and so no request can hold up others by
//! holding on to its part.

use std::{io::Read as _, pin::pin, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use flate2::read::MultiGzDecoder;
use futures::{Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;

/// What the budget is counted in, in bytes.
const UNIT: usize = 1_024;

/// A body takes about this many times its size while it is taken apart into messages.
const TAKEN_APART: usize = 4;

/// Bytes that are unpacked at once.
const PIECE: usize = 16 * 1_024;

/// How long the rest of a refused body is read, so that its sender gets to read the answer.
const PATIENCE_WITH_REFUSED: Duration = Duration::from_secs(2);

/// The first two bytes of gzip; JSON never begins so.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// Memory for requests.
#[derive(Debug)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes / UNIT).min(Semaphore::MAX_PERMITS))))
    }

    fn enter(&self) -> Held {
        Held { room: Arc::clone(&self.0), permit: None }
    }

    /// Takes all of it.
    #[cfg(test)]
    pub(super) fn fill(&self) -> OwnedSemaphorePermit {
        let all = u32::try_from(self.0.available_permits()).unwrap();
        Arc::clone(&self.0).try_acquire_many_owned(all).unwrap()
    }
}

/// A request's part of the room; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    room: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Held {
    fn grow_to(&mut self, bytes: usize) -> Result<(), Refusal> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| Refusal::NoRoom)?;
        let has =
            self.permit.as_ref().map_or(0, |permit| u32::try_from(permit.num_permits()).unwrap_or(u32::MAX));
        let Some(missing) = units.checked_sub(has).filter(|missing| *missing > 0) else { return Ok(()) };
        let more = Arc::clone(&self.room).try_acquire_many_owned(missing).map_err(|_| Refusal::NoRoom)?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

/// A body as it came, and its part of the room.
#[derive(Debug)]
pub(super) struct Received {
    bytes: Vec<u8>,
    held: Held,
}

/// Reads a body, at most `limit` bytes, within a time.
pub(super) async fn read(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    within: Duration,
    room: &Room,
) -> Result<Received, Refusal> {
    let mut stream = pin!(body.into_data_stream());
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let gathered = if announced.is_some_and(|bytes: usize| bytes > limit) {
        Err(Refusal::BodyTooLarge { limit })
    } else {
        let gathering = gather(&mut stream, limit, room.enter());
        tokio::time::timeout(within, gathering).await.unwrap_or(Err(Refusal::SlowBody(within)))
    };
    if matches!(gathered, Err(Refusal::BodyTooLarge { .. } | Refusal::NoRoom)) {
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
    let _ = tokio::time::timeout(PATIENCE_WITH_REFUSED, rest).await;
}

async fn gather(
    stream: &mut (impl Stream<Item = Result<Bytes, axum::Error>> + Unpin),
    limit: usize,
    mut held: Held,
) -> Result<Received, Refusal> {
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| Refusal::CutBody)?;
        let total = bytes.len() + piece.len();
        if total > limit {
            return Err(Refusal::BodyTooLarge { limit });
        }
        held.grow_to(total)?;
        bytes.extend_from_slice(&piece);
    }
    Ok(Received { bytes, held })
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
