//! Advertising reports inside HCI events (Bluetooth Core specification, volume 4, part E, sections 7.7.65.2 and
//! 7.7.65.13). The sender's address is read over and never leaves this file.

use shopbell_domain::signal::Dbm;

const LE_META: u8 = 0x3e;
const ADVERTISING_REPORT: u8 = 0x02;
const EXTENDED_ADVERTISING_REPORT: u8 = 0x0d;

/// One advertising report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdvertisingReport<'a> {
    /// How strong; `None` when the controller says 127, "not available".
    pub rssi: Option<Dbm>,
    /// The AD structures.
    pub ad: &'a [u8],
    /// Whether it answered an active scan.
    pub scan_response: bool,
}

/// The advertising reports of one event, in order; stops at the first that is cut off.
#[derive(Debug, Clone)]
pub struct Reports<'a> {
    left: u8,
    extended: bool,
    rest: &'a [u8],
}

/// Reads an HCI event (without the UART's type byte). Events of other kinds hold no reports.
pub fn reports(event: &[u8]) -> Reports<'_> {
    let nothing = Reports { left: 0, extended: false, rest: &[] };
    let [LE_META, length, parameters @ ..] = event else { return nothing };
    let parameters = parameters.get(..usize::from(*length)).unwrap_or(parameters);
    match parameters {
        [ADVERTISING_REPORT, left, rest @ ..] => Reports { left: *left, extended: false, rest },
        [EXTENDED_ADVERTISING_REPORT, left, rest @ ..] => Reports { left: *left, extended: true, rest },
        _ => nothing,
    }
}

impl<'a> Iterator for Reports<'a> {
    type Item = AdvertisingReport<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (report, rest) = if self.extended { extended(self.rest)? } else { legacy(self.rest)? };
        self.rest = rest;
        Some(report)
    }
}

/// `event type, address type, address (6), length, data, rssi`.
fn legacy(bytes: &[u8]) -> Option<(AdvertisingReport<'_>, &[u8])> {
    const SCAN_RESPONSE: u8 = 0x04;
    let ([event_type, _, _, _, _, _, _, _, length], rest) = bytes.split_first_chunk::<9>()?;
    let (ad, rest) = rest.split_at_checked(usize::from(*length))?;
    let (rssi, rest) = rest.split_first()?;
    Some((AdvertisingReport { rssi: dbm(*rssi), ad, scan_response: *event_type == SCAN_RESPONSE }, rest))
}

/// `event type (2), address type, address (6), primary PHY, secondary PHY, set, tx power, rssi, interval (2), direct
/// address type, direct address (6), length, data`.
fn extended(bytes: &[u8]) -> Option<(AdvertisingReport<'_>, &[u8])> {
    const SCAN_RESPONSE_BIT: u8 = 0x08;
    let (head, rest) = bytes.split_first_chunk::<24>()?;
    let [event_type, _, _, _, _, _, _, _, _, _, _, _, _, rssi, ..] = head;
    let (ad, rest) = rest.split_at_checked(usize::from(*head.last()?))?;
    Some((
        AdvertisingReport { rssi: dbm(*rssi), ad, scan_response: event_type & SCAN_RESPONSE_BIT != 0 },
        rest,
    ))
}

fn dbm(byte: u8) -> Option<Dbm> {
    Dbm::new(i16::from(byte.cast_signed()))
}
