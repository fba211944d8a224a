//! btsnoop files: the format of `btmon -w`, `hcidump` and Android's HCI log (RFC 1761 with other numbers; BlueZ,
//! `doc/btsnoop-protocol.rst`). Everything is big-endian.
//!
//! File: `"btsnoop\0", version (4) = 1, datalink (4)`. Record: `original length (4), included length (4), flags (4),
//! drops (4), microseconds since the year 0 (8), data`. The datalink says what flags and data are:
//! 1002: data is an H4 packet, its first byte 0x04 for an event; 2001: the low half of the flags is the monitor's
//! opcode, 3 for an event, and the data is the bare event.

use std::{collections::VecDeque, io::Read};

use shopbell_domain::time::Timestamp;

use super::{Fault, Recorded, hci};
use crate::radio::AdBytes;

/// The first bytes of every btsnoop file.
pub const MAGIC: &[u8] = b"btsnoop\0";

const VERSION: u32 = 1;
const DATALINK_H4: u32 = 1002;
const DATALINK_MONITOR: u32 = 2001;
const H4_EVENT: u8 = 0x04;
const MONITOR_EVENT: u32 = 3;
/// Microseconds from the year 0 to 1970, as all writers use it.
const EPOCH_MICROS: i64 = 0x00dc_ddb3_0f2f_8000;
/// Longest plausible record: an ACL packet of 64 KiB with its headers.
const MAX_RECORD: u32 = 65_535 + 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Datalink {
    H4,
    Monitor,
}

/// A btsnoop file that is being read.
#[derive(Debug)]
pub struct Btsnoop<R> {
    source: R,
    datalink: Datalink,
    offset: u64,
    record: Vec<u8>,
    frames: VecDeque<Recorded>,
    ended: bool,
}

impl<R: Read> Btsnoop<R> {
    /// Reads the header.
    pub fn open(mut source: R) -> Result<Self, Fault> {
        let mut header = [0; 16];
        if fill(&mut source, &mut header)? < header.len() {
            return Err(Fault::Damaged {
                place: "byte 0".to_owned(),
                reason: "the header is cut off".to_owned(),
            });
        }
        let [.., v0, v1, v2, v3, d0, d1, d2, d3] = header;
        let version = u32::from_be_bytes([v0, v1, v2, v3]);
        if version != VERSION {
            let reason = format!("version {version}, and only {VERSION} is known");
            return Err(Fault::Damaged { place: "byte 8".to_owned(), reason });
        }
        let datalink = match u32::from_be_bytes([d0, d1, d2, d3]) {
            DATALINK_H4 => Datalink::H4,
            DATALINK_MONITOR => Datalink::Monitor,
            other => return Err(Fault::Datalink(other)),
        };
        let (record, frames) = (Vec::new(), VecDeque::new());
        Ok(Self { source, datalink, offset: 16, record, frames, ended: false })
    }

    /// The next advertisement; `None` at the end.
    pub fn next_frame(&mut self) -> Result<Option<Recorded>, Fault> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Ok(Some(frame));
            }
            if self.ended {
                return Ok(None);
            }
            // An error ends the file too: whatever stands behind damage cannot be trusted.
            self.ended = true;
            self.ended = !self.read_record()?;
        }
    }

    fn damaged(&self, reason: String) -> Fault {
        Fault::Damaged { place: format!("byte {}", self.offset), reason }
    }

    /// Reads one record and queues its advertisements; `false` at the end of the file.
    fn read_record(&mut self) -> Result<bool, Fault> {
        let mut head = [0; 24];
        match fill(&mut self.source, &mut head)? {
            0 => return Ok(false),
            24 => {}
            got => return Err(self.damaged(format!("the last record's header has {got} of 24 bytes"))),
        }
        let [_, _, _, _, l0, l1, l2, l3, f0, f1, f2, f3, _, _, _, _, time @ ..] = head;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        if length > MAX_RECORD {
            return Err(self
                .damaged(format!("a record claims {length} bytes, and at most {MAX_RECORD} are possible")));
        }
        self.record.resize(length as usize, 0);
        let got = fill(&mut self.source, &mut self.record)?;
        if got < self.record.len() {
            return Err(self.damaged(format!("the last record has {got} of {length} bytes")));
        }
        self.offset += 24 + u64::from(length);
        let micros = i64::from_be_bytes(time).saturating_sub(EPOCH_MICROS);
        self.queue_frames(
            u32::from_be_bytes([f0, f1, f2, f3]),
            Timestamp::from_millis(micros.div_euclid(1_000)),
        );
        Ok(true)
    }

    fn queue_frames(&mut self, flags: u32, time: Timestamp) {
        let event = match (self.datalink, self.record.as_slice()) {
            (Datalink::H4, [H4_EVENT, event @ ..]) => event,
            (Datalink::Monitor, event) if flags & 0xffff == MONITOR_EVENT => event,
            _ => return,
        };
        self.frames.extend(hci::reports(event).map(|report| Recorded {
            time,
            rssi: report.rssi,
            ad: AdBytes::new(report.ad),
            scan_response: report.scan_response,
        }));
    }
}

/// Fills the buffer as far as the source goes, and says how far.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
