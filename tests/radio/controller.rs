//! A virtual Bluetooth LE controller on `/dev/vhci`: it answers the host's HCI commands and, while the
//! host scans, reports the advertisements of a schedule at their times.
//!
//! Here: HCI bytes only. Never here: phones, tokens, geometry or chance; all of that is decided beforehand
//! by `scenario.py`, so that the same seed puts the same bytes on the air.
//!
//! One file, std only, compiled by `rustc` alone and linked statically: it runs as root in a guest that has
//! no C library of its own, and it must not add a build target to the workspace that nobody but the
//! recorder uses.
//!
//! To make it a newer controller (extended advertising, Bluetooth 5): set the bits in
//! [`supported_commands`] and the version in [`reply`], answer the new opcodes there, and add the extended
//! report beside [`advertising_report`].
//!
//! Usage: `controller SCHEDULE START_UNIX_SECONDS FATES`. A schedule line is
//! `T_US EVENT_TYPE ADDRESS_TYPE ADDRESS RSSI AD_HEX|-`, sorted by time since the start. FATES receives one
//! letter a line: see [`Fate`].

use std::collections::HashMap;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const VHCI: &str = "/dev/vhci";

/// Packet indicators of the H4 transport, which vhci speaks, plus vhci's own.
const H4_COMMAND: u8 = 0x01;
const H4_EVENT: u8 = 0x04;
const VHCI_VENDOR: u8 = 0xff;
const VHCI_CREATE_PRIMARY: u8 = 0x00;

const EVENT_COMMAND_COMPLETE: u8 = 0x0e;
const EVENT_LE_META: u8 = 0x3e;
const SUBEVENT_ADVERTISING_REPORT: u8 = 0x02;
const REPORT_SCAN_RESPONSE: u8 = 0x04;

const OP_READ_LOCAL_NAME: u16 = 0x0c14;
const OP_READ_LOCAL_VERSION: u16 = 0x1001;
const OP_READ_SUPPORTED_COMMANDS: u16 = 0x1002;
const OP_READ_LOCAL_FEATURES: u16 = 0x1003;
const OP_READ_BUFFER_SIZE: u16 = 0x1005;
const OP_READ_BD_ADDR: u16 = 0x1009;
const OP_LE_READ_BUFFER_SIZE: u16 = 0x2002;
const OP_LE_READ_LOCAL_FEATURES: u16 = 0x2003;
const OP_LE_READ_ADV_TX_POWER: u16 = 0x2007;
const OP_LE_SET_SCAN_PARAMETERS: u16 = 0x200b;
const OP_LE_SET_SCAN_ENABLE: u16 = 0x200c;
const OP_LE_READ_ACCEPT_LIST_SIZE: u16 = 0x200f;
const OP_LE_RAND: u16 = 0x2018;
const OP_LE_READ_SUPPORTED_STATES: u16 = 0x201c;

/// What became of one line of the schedule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Reported to the host.
    Sent,
    /// The host was not scanning.
    NotScanning,
    /// A scan response, and the host scanned passively: nobody asked for it.
    NotAsked,
    /// The same data at the same RSSI as this address's last report, under the host's duplicate filter.
    Duplicate,
    /// The kernel refused the packet.
    Refused,
}

impl Fate {
    fn letter(self) -> u8 {
        match self {
            Self::Sent => b's',
            Self::NotScanning => b'o',
            Self::NotAsked => b'p',
            Self::Duplicate => b'd',
            Self::Refused => b'r',
        }
    }
}

/// One advertisement that reaches this place.
struct Advert {
    at: Duration,
    event_type: u8,
    address_type: u8,
    /// Little-endian, as HCI carries it.
    address: [u8; 6],
    rssi: i8,
    data: Vec<u8>,
}

/// What the host has asked of the scanner.
///
/// The duplicate filter is of the kind that Linux expects of a controller without
/// `HCI_QUIRK_STRICT_DUPLICATE_FILTER`: a changed RSSI or payload is news. It forgets at every scan enable.
#[derive(Default)]
struct Scanner {
    enabled: bool,
    active: bool,
    filter_duplicates: bool,
    last: HashMap<(u8, [u8; 6], u8), (Vec<u8>, i8)>,
}

impl Scanner {
    fn judge(&mut self, advert: &Advert) -> Fate {
        if !self.enabled {
            return Fate::NotScanning;
        }
        if advert.event_type == REPORT_SCAN_RESPONSE && !self.active {
            return Fate::NotAsked;
        }
        let key = (advert.address_type, advert.address, advert.event_type);
        let seen = (advert.data.clone(), advert.rssi);
        let repeated = self.last.get(&key) == Some(&seen);
        self.last.insert(key, seen);
        if repeated && self.filter_duplicates {
            return Fate::Duplicate;
        }
        Fate::Sent
    }
}

fn locked(scanner: &Mutex<Scanner>) -> MutexGuard<'_, Scanner> {
    scanner.lock().unwrap_or_else(PoisonError::into_inner)
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

fn parse_line(line: &str) -> Option<Advert> {
    let mut words = line.split(' ');
    let at = Duration::from_micros(words.next()?.parse().ok()?);
    let event_type = words.next()?.parse().ok()?;
    let address_type = words.next()?.parse().ok()?;
    let mut address: [u8; 6] = parse_hex(&words.next()?.replace(':', ""))?.try_into().ok()?;
    address.reverse();
    let rssi = words.next()?.parse().ok()?;
    let data = match words.next()? {
        "-" => Vec::new(),
        hex => parse_hex(hex)?,
    };
    Some(Advert { at, event_type, address_type, address, rssi, data })
}

fn read_schedule(path: &str) -> Result<Vec<Advert>, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read the schedule {path}: {e}"))?;
    text.lines()
        .enumerate()
        .map(|(n, line)| {
            parse_line(line).ok_or_else(|| format!("{path}:{}: not a schedule line", n + 1).into())
        })
        .collect()
}

/// One H4 packet with one legacy advertising report (Core 5.4, Vol 4, Part E, 7.7.65.2).
fn advertising_report(advert: &Advert) -> Vec<u8> {
    let mut report = vec![SUBEVENT_ADVERTISING_REPORT, 1, advert.event_type, advert.address_type];
    report.extend(advert.address);
    report.push(advert.data.len() as u8);
    report.extend(&advert.data);
    report.push(advert.rssi as u8);
    let mut packet = vec![H4_EVENT, EVENT_LE_META, report.len() as u8];
    packet.extend(report);
    packet
}

/// The bitmap of Core 5.4, Vol 4, Part E, 6.27: reset and masks, and the LE commands of a 4.2 scanner.
fn supported_commands() -> [u8; 64] {
    let mut bits = [0; 64];
    for (octet, value) in [(5, 0xc0), (25, 0xf7), (26, 0xff), (27, 0x1f), (28, 0x08)] {
        bits[octet] = value;
    }
    bits
}

/// Return parameters for one command; whatever is only set is answered with "success".
fn reply(opcode: u16) -> Vec<u8> {
    let mut out = vec![0x00];
    match opcode {
        OP_READ_LOCAL_NAME => out.extend([0; 248]),
        OP_READ_LOCAL_VERSION => out.extend([8, 0, 0, 8, 0xf1, 0x05, 0, 0]), // 4.2, the Linux Foundation
        OP_READ_SUPPORTED_COMMANDS => out.extend(supported_commands()),
        OP_READ_LOCAL_FEATURES => out.extend([0, 0, 0, 0, 0x60, 0, 0, 0]), // LE, no BR/EDR
        OP_READ_BUFFER_SIZE => out.extend([0xc0, 0, 0, 1, 0, 0, 0]),
        OP_READ_BD_ADDR => out.extend([0x42, 0, 0, 1, 0xaa, 0x02]),
        OP_LE_READ_BUFFER_SIZE => out.extend([27, 0, 4]),
        OP_LE_READ_LOCAL_FEATURES | OP_LE_RAND => out.extend([0; 8]),
        OP_LE_READ_ADV_TX_POWER => out.push(0),
        OP_LE_READ_ACCEPT_LIST_SIZE => out.push(16),
        OP_LE_READ_SUPPORTED_STATES => out.extend([0xff, 0xff, 0xff, 0xff, 0xff, 3, 0, 0]),
        _ => {}
    }
    out
}

fn command_complete(opcode: u16, parameters: &[u8]) -> Vec<u8> {
    let [low, high] = opcode.to_le_bytes();
    let mut packet = vec![H4_EVENT, EVENT_COMMAND_COMPLETE, 3 + parameters.len() as u8, 1, low, high];
    packet.extend(parameters);
    packet
}

fn obey(scanner: &Mutex<Scanner>, opcode: u16, parameters: &[u8]) {
    let mut scanner = locked(scanner);
    match (opcode, parameters) {
        (OP_LE_SET_SCAN_PARAMETERS, &[kind, ..]) => scanner.active = kind == 1,
        (OP_LE_SET_SCAN_ENABLE, &[enable, filter, ..]) => {
            scanner.enabled = enable == 1;
            scanner.filter_duplicates = filter == 1;
            scanner.last.clear();
            println!("scan enabled={enable} active={} filter_duplicates={filter}", scanner.active);
        }
        _ => println!("command {opcode:#06x} {parameters:02x?}"),
    }
}

/// Answers the host for as long as the device is open.
fn serve(mut device: File, scanner: &Mutex<Scanner>) -> Result<(), Box<dyn Error>> {
    let mut buffer = [0; 1024];
    loop {
        let length = device.read(&mut buffer)?;
        match &buffer[..length] {
            [H4_COMMAND, low, high, _, parameters @ ..] => {
                let opcode = u16::from_le_bytes([*low, *high]);
                obey(scanner, opcode, parameters);
                device.write_all(&command_complete(opcode, &reply(opcode)))?;
            }
            [VHCI_VENDOR, _, index, ..] => println!("created hci{index}"),
            other => println!("ignored {other:02x?}"),
        }
    }
}

/// Plays the schedule to its end and says what became of each line.
fn play(device: &mut File, scanner: &Mutex<Scanner>, start: SystemTime, adverts: &[Advert]) -> Vec<Fate> {
    let mut fates = Vec::with_capacity(adverts.len());
    let mut latest = Duration::ZERO;
    for advert in adverts {
        let due = start + advert.at;
        if let Ok(wait) = due.duration_since(SystemTime::now()) {
            std::thread::sleep(wait);
        }
        latest = latest.max(SystemTime::now().duration_since(due).unwrap_or_default());
        let mut fate = locked(scanner).judge(advert);
        if fate == Fate::Sent && device.write_all(&advertising_report(advert)).is_err() {
            fate = Fate::Refused;
        }
        fates.push(fate);
    }
    println!("played {} adverts, at most {latest:?} late", adverts.len());
    fates
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [schedule, start, fates] = arguments.as_slice() else {
        return Err("usage: controller SCHEDULE START_UNIX_SECONDS FATES".into());
    };
    let adverts = read_schedule(schedule)?;
    let start = UNIX_EPOCH + Duration::from_secs(start.parse()?);
    let mut device = OpenOptions::new().read(true).write(true).open(VHCI)?;
    device.write_all(&[VHCI_VENDOR, VHCI_CREATE_PRIMARY])?;

    let scanner = Arc::new(Mutex::new(Scanner::default()));
    let (replies, host) = (device.try_clone()?, Arc::clone(&scanner));
    std::thread::spawn(move || {
        if let Err(error) = serve(replies, &host) {
            println!("the host is gone: {error}");
        }
    });
    let letters: Vec<u8> =
        play(&mut device, &scanner, start, &adverts).into_iter().map(Fate::letter).collect();
    std::fs::write(fates, letters)?;
    Ok(())
}
