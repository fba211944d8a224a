//! Puts the pieces of an advertisement together: pure.
//!
//! BlueZ tells of one advertisement in two or three events (RSSI, service data, UUIDs), and btleplug passes them on
//! without a time. What comes from one device within the window is one frame, given when the window ends.
//!
//! Two more habits of BlueZ are undone here. It remembers devices: one that is listed without RSSI was not heard now.
//! And it gathers UUIDs: when a phone turns its token but not its address, old and new stand in one list, so only the
//! UUIDs that are new in the list belong to the new advertisement.
//!
//! Devices are kept under the adapter's own handle, in memory, while they are heard, and at most [`MAX_DEVICES`].

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    time::Duration,
};

use shopbell_domain::signal::Dbm;
use shopbell_proto::frame::{ALL_UUID16, ALL_UUID128, SERVICE_DATA16, push};
use uuid::Uuid;

use crate::radio::{AdBytes, Frame, MAX_AD_BYTES};

/// Most devices remembered.
pub const MAX_DEVICES: usize = 4_096;
/// BlueZ itself forgets a device after 30 s of silence (its `TemporaryTimeout`).
const FORGET_AFTER: Duration = Duration::from_secs(180);
/// The Bluetooth base UUID, into which 16-bit UUIDs are put.
const BASE: u128 = 0x0000_0000_0000_1000_8000_0080_5f9b_34fb;

/// A piece of an advertisement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A device object appeared: all that is known of it. Without RSSI it was not heard now.
    Appeared {
        /// Signal strength in dBm as told.
        rssi: Option<i16>,
        /// Service data by UUID.
        service_data: HashMap<Uuid, Vec<u8>>,
        /// All UUIDs gathered so far.
        services: Vec<Uuid>,
    },
    /// The signal strength of a new advertisement.
    Rssi(i16),
    /// The service data of a new advertisement.
    ServiceData(HashMap<Uuid, Vec<u8>>),
    /// All UUIDs gathered so far.
    Services(Vec<Uuid>),
    /// Something of no interest in a new advertisement, such as manufacturer data: the device was heard.
    Other,
}

#[derive(Debug, Default)]
struct Device {
    rssi: Option<Dbm>,
    service_data: HashMap<Uuid, Vec<u8>>,
    /// All UUIDs gathered so far, and those of the newest advertisement.
    gathered: Vec<Uuid>,
    newest: Vec<Uuid>,
    pending: bool,
    last: Duration,
}

/// Joins pieces by device.
#[derive(Debug)]
pub struct Joiner<K> {
    window: Duration,
    devices: HashMap<K, Device>,
    due: VecDeque<(Duration, K)>,
}

impl<K: Hash + Eq + Clone> Joiner<K> {
    /// Pieces within `window` are one advertisement.
    pub fn new(window: Duration) -> Self {
        Self { window, devices: HashMap::new(), due: VecDeque::new() }
    }

    /// Whether the device is remembered; if not, all that is known of it should be asked for.
    pub fn knows(&self, device: &K) -> bool {
        self.devices.contains_key(device)
    }

    /// Takes in a piece.
    pub fn add(&mut self, now: Duration, key: &K, piece: Piece) {
        self.make_room(now, key);
        let device = self.devices.entry(key.clone()).or_default();
        device.last = now;
        if device.take(piece) && !device.pending {
            device.pending = true;
            self.due.push_back((now + self.window, key.clone()));
        }
    }

    /// When [`Joiner::finished`] has something to give.
    pub fn next_due(&self) -> Option<Duration> {
        self.due.front().map(|(due, _)| *due)
    }

    /// The frames whose window has ended. Their time is the end of the window less its length.
    pub fn finished(&mut self, now: Duration) -> Vec<Frame> {
        let mut frames = Vec::new();
        while self.next_due().is_some_and(|due| due <= now) {
            let Some((due, key)) = self.due.pop_front() else { break };
            let Some(device) = self.devices.get_mut(&key) else { continue };
            device.pending = false;
            let uptime = due.saturating_sub(self.window);
            frames.push(Frame { uptime, rssi: device.rssi, ad: device.ad(), scan_response: false });
        }
        frames
    }

    fn make_room(&mut self, now: Duration, key: &K) {
        if self.devices.len() < MAX_DEVICES || self.devices.contains_key(key) {
            return;
        }
        self.devices.retain(|_, device| device.pending || now.saturating_sub(device.last) < FORGET_AFTER);
        if self.devices.len() >= MAX_DEVICES {
            let oldest =
                self.devices.iter().min_by_key(|(_, device)| device.last).map(|(key, _)| key.clone());
            oldest.and_then(|oldest| self.devices.remove(&oldest));
        }
    }
}

impl Device {
    /// Takes in a piece; says whether it means that the device was heard.
    fn take(&mut self, piece: Piece) -> bool {
        match piece {
            Piece::Appeared { rssi, service_data, services } => {
                let pending = self.pending;
                let rssi = rssi.and_then(Dbm::new);
                *self = Self {
                    rssi,
                    service_data,
                    newest: services.clone(),
                    gathered: services,
                    pending,
                    last: self.last,
                };
                self.rssi.is_some()
            }
            Piece::Rssi(rssi) => {
                self.rssi = Dbm::new(rssi);
                true
            }
            Piece::ServiceData(service_data) => {
                self.service_data = service_data;
                true
            }
            Piece::Services(services) => {
                let is_new = |uuid: &&Uuid| short(uuid).is_none() && !self.gathered.contains(uuid);
                let new: Vec<Uuid> = services.iter().filter(is_new).copied().collect();
                if !new.is_empty() {
                    let short_ones = services.iter().filter(|uuid| short(uuid).is_some());
                    self.newest = short_ones.copied().chain(new).collect();
                } else if self.newest.is_empty() {
                    self.newest.clone_from(&services);
                }
                self.gathered = services;
                self.rssi.is_some()
            }
            Piece::Other => true,
        }
    }

    /// The AD structures that were on the air, as far as BlueZ tells. What does not fit is left out.
    fn ad(&self) -> AdBytes {
        let mut ad = Vec::with_capacity(32);
        let mut add = |kind, parts: &[&[u8]]| {
            let length = parts.iter().map(|part| part.len()).sum::<usize>() + 2;
            if ad.len() + length <= MAX_AD_BYTES {
                push(&mut ad, kind, parts);
            }
        };
        for uuid in self.newest.iter().filter_map(short) {
            add(ALL_UUID16, &[&uuid.to_le_bytes()]);
        }
        for (uuid, data) in &self.service_data {
            if let Some(uuid) = short(uuid) {
                add(SERVICE_DATA16, &[&uuid.to_le_bytes(), data]);
            }
        }
        for uuid in self.newest.iter().filter(|uuid| short(uuid).is_none()) {
            add(ALL_UUID128, &[&uuid.as_u128().to_le_bytes()]);
        }
        AdBytes::new(&ad)
    }
}

/// The 16-bit form of a UUID, if it has one.
fn short(uuid: &Uuid) -> Option<u16> {
    let rest = uuid.as_u128().checked_sub(BASE)?;
    (rest.trailing_zeros() >= 96).then(|| u16::try_from(rest >> 96).ok()).flatten()
}

#[cfg(test)]
mod tests;
