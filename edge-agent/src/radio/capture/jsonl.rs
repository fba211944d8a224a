//! Recordings as JSON lines, for tests and for sources that are no HCI: one advertisement a line,
//! `{"t_ms": 1764337260123, "rssi": -61, "ad_hex": "0303f1fc...", "scan_rsp": false}`.
//!
//! `t_ms` counts from the Unix epoch. `rssi` 127, null or absence means "not available". `addr` and `addr_type` may
//! stand there, since recorders know them; they are not even read. Empty lines are skipped.

use std::io::{BufRead, Read as _};

use serde::Deserialize;
use shopbell_domain::{signal::Dbm, time::Timestamp};

use super::{Fault, Recorded};
use crate::radio::{AdBytes, MAX_AD_BYTES};

/// Longest line, in bytes; twice what the largest advertisement needs.
const MAX_LINE: u64 = 4_096;

#[derive(Deserialize)]
struct Line {
    t_ms: i64,
    #[serde(default)]
    rssi: Option<i16>,
    ad_hex: String,
    #[serde(default)]
    scan_rsp: bool,
}

/// A file of JSON lines that is being read.
#[derive(Debug)]
pub struct JsonLines<R> {
    source: R,
    line: u64,
    buffer: String,
    /// Whether a line was a JSON object, so that this is a recording, if perhaps a damaged one.
    known: bool,
    ended: bool,
}

impl<R: BufRead> JsonLines<R> {
    /// Reads from the start of the source.
    pub const fn new(source: R) -> Self {
        Self { source, line: 0, buffer: String::new(), known: false, ended: false }
    }

    /// The next advertisement; `None` at the end.
    pub fn next_frame(&mut self) -> Result<Option<Recorded>, Fault> {
        let next = self.read();
        self.known |= self.buffer.trim_start().starts_with('{');
        match next {
            Err(Fault::Damaged { .. }) if !self.known => Err(Fault::Foreign),
            next => next,
        }
    }

    fn read(&mut self) -> Result<Option<Recorded>, Fault> {
        while !self.ended {
            self.buffer.clear();
            self.line += 1;
            // An error ends the file: whatever stands behind damage cannot be trusted.
            self.ended = true;
            let read = self.source.by_ref().take(MAX_LINE).read_line(&mut self.buffer);
            match read {
                Ok(0) => return Ok(None),
                Ok(read) if read as u64 == MAX_LINE => return Err(self.damaged("the line is too long")),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                    return Err(self.damaged("it is no text"));
                }
                Err(error) => return Err(error.into()),
            }
            self.ended = false;
            if !self.buffer.trim().is_empty() {
                let frame = self.parse();
                self.ended = frame.is_err();
                return frame.map(Some);
            }
        }
        Ok(None)
    }

    fn damaged(&self, reason: impl Into<String>) -> Fault {
        Fault::Damaged { place: format!("line {}", self.line), reason: reason.into() }
    }

    fn parse(&self) -> Result<Recorded, Fault> {
        let line: Line =
            serde_json::from_str(&self.buffer).map_err(|error| self.damaged(error.to_string()))?;
        let ad = hex::decode(&line.ad_hex).map_err(|error| self.damaged(format!("ad_hex: {error}")))?;
        if ad.len() > MAX_AD_BYTES {
            return Err(self.damaged(format!("ad_hex: {} bytes, and at most {MAX_AD_BYTES} fit", ad.len())));
        }
        Ok(Recorded {
            time: Timestamp::from_millis(line.t_ms),
            rssi: line.rssi.and_then(Dbm::new),
            ad: AdBytes::new(&ad),
            scan_response: line.scan_rsp,
        })
    }
}
