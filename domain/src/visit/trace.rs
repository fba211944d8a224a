//! Where and how strongly a customer was heard in the course of a visit, in bounded room and independent of the
//! order in which the news came.
//!
//! Time is cut into cells. A cell of a zone keeps the first and last moment heard in it and the strongest signal:
//! minimum and maximum, so news may come twice and in any order. When a trace has too many cells, all cells become
//! twice as long; how long they are follows from what was heard alone. Stays are derived from the trace.
//!
//! A zone whose agent said that the guest left keeps nobody: the zone that heard them too has them from then on. But where it
//! hears them again within [`AGAIN`], it was a phone that fell silent, or a token, and not the guest who left.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::ZoneStay;
use crate::{id::ZoneId, time::Timestamp};

/// Most cells of a trace.
const MAX_CELLS: usize = 256;
/// Length of a cell at first, in milliseconds: somebody who walks is in another zone within it.
const SHORTEST_CELL_MS: i64 = 10_000;
/// Length from which cells grow no more: about a day. A shop has fewer zones than a trace has cells.
const LONGEST_CELL_MS: i64 = SHORTEST_CELL_MS << 13;
/// A zone keeps the customer while it was heard there this recently: two and a half reports.
const RECENT: Duration = Duration::from_secs(150);
/// A phone that is here is told about once a minute: a zone that hears a guest so soon after a phone left hears another one of
/// theirs, or the same under its next token. The phone that left was not heard for longer than that, else its agent would not
/// say so.
const AGAIN: Duration = Duration::from_secs(75);
/// By how many dB another zone must be stronger to take the customer over.
const STRONGER_DB: i16 = 6;

/// What was heard in one cell of one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Cell {
    first: Timestamp,
    last: Timestamp,
    rssi: i8,
    /// When a phone was heard last that then left.
    left: Option<Timestamp>,
}

impl Cell {
    fn with(self, other: Self) -> Self {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        Self { first, last, rssi: self.rssi.max(other.rssi), left: self.left.max(other.left) }
    }
}

/// What is told of a zone at one moment.
#[derive(Debug, Clone, Copy)]
struct Reading<'a> {
    at: Timestamp,
    zone: &'a ZoneId,
    rssi: i8,
    /// The zone's agent said that it was the last.
    leaves: bool,
}

/// What was heard in the course of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    cell_ms: i64,
    zones: BTreeMap<ZoneId, BTreeMap<i64, Cell>>,
}

impl Default for Trace {
    fn default() -> Self {
        Self { cell_ms: SHORTEST_CELL_MS, zones: BTreeMap::new() }
    }
}

impl Trace {
    /// Takes in that the customer was heard in a zone; false when that changes nothing.
    pub(super) fn hear(&mut self, zone: &ZoneId, at: Timestamp, rssi: i8) -> bool {
        self.take(zone, Cell { first: at, last: at, rssi, left: None })
    }

    /// Takes in that the customer left a zone, where they were heard last then; false when that changes nothing.
    pub(super) fn leave(&mut self, zone: &ZoneId, at: Timestamp, rssi: i8) -> bool {
        self.take(zone, Cell { first: at, last: at, rssi, left: Some(at) })
    }

    fn take(&mut self, zone: &ZoneId, heard: Cell) -> bool {
        let number = heard.first.as_millis().div_euclid(self.cell_ms);
        if !self.zones.contains_key(zone) {
            self.zones.insert(zone.clone(), BTreeMap::new());
        }
        let Some(cells) = self.zones.get_mut(zone) else { return false };
        let before = cells.get(&number).copied();
        let after = before.map_or(heard, |cell| cell.with(heard));
        cells.insert(number, after);
        if before.is_none() {
            self.coarsen();
        }
        before != Some(after)
    }

    /// Takes in all of another trace.
    pub(super) fn absorb(&mut self, other: Self) {
        let cell_ms = self.cell_ms.max(other.cell_ms);
        let (mine, others) = (std::mem::take(&mut self.zones), other.zones);
        self.cell_ms = cell_ms;
        for (zone, cells) in mine.into_iter().chain(others) {
            let into = self.zones.entry(zone).or_default();
            for cell in cells.into_values() {
                add(into, cell, cell_ms);
            }
        }
        self.coarsen();
    }

    fn coarsen(&mut self) {
        let too_many = |zones: &BTreeMap<ZoneId, BTreeMap<i64, Cell>>| {
            zones.values().map(BTreeMap::len).sum::<usize>() > MAX_CELLS
        };
        while self.cell_ms < LONGEST_CELL_MS && too_many(&self.zones) {
            self.cell_ms *= 2;
            for cells in self.zones.values_mut() {
                let finer = std::mem::take(cells);
                for cell in finer.into_values() {
                    add(cells, cell, self.cell_ms);
                }
            }
        }
    }

    /// The stays in zones, oldest first: at each moment the zone that hears strongest, kept until another is clearly
    /// stronger, or it falls silent, or says that the customer left.
    pub(super) fn stays(&self) -> Vec<ZoneStay> {
        let mut readings: Vec<Reading<'_>> = Vec::new();
        for (zone, cells) in &self.zones {
            let nexts = cells.values().skip(1).map(|cell| Some(cell.first)).chain([None]);
            for (cell, next) in cells.values().zip(nexts) {
                let again = next.is_some_and(|next| next.since(cell.last) <= AGAIN);
                let leaves = cell.left == Some(cell.last) && !again;
                let Cell { first, last, rssi, .. } = *cell;
                if last > first {
                    readings.push(Reading { at: first, zone, rssi, leaves: false });
                }
                readings.push(Reading { at: last, zone, rssi, leaves });
            }
        }
        // Of what was heard at the same moment, the strongest speaks first.
        readings.sort_unstable_by(|a, b| {
            (a.at, -i16::from(a.rssi), a.zone).cmp(&(b.at, -i16::from(b.rssi), b.zone))
        });
        let mut walk = Walk::default();
        for reading in readings {
            walk.hear(&reading);
            if reading.leaves {
                walk.leave(reading.zone, reading.at);
            }
        }
        walk.stays
    }
}

/// A cell that grew over several numbers keeps the number of its beginning.
fn add(cells: &mut BTreeMap<i64, Cell>, cell: Cell, cell_ms: i64) {
    let number = cell.first.as_millis().div_euclid(cell_ms);
    cells.entry(number).and_modify(|known| *known = known.with(cell)).or_insert(cell);
}

/// Goes through the readings of a visit in order of time.
#[derive(Default)]
struct Walk<'a> {
    stays: Vec<ZoneStay>,
    /// Signal strength in the present zone, as last heard.
    rssi: i8,
    /// The present zone's agent said that the customer left.
    left: bool,
    /// Since when each other zone is heard without the present one.
    since: BTreeMap<ZoneId, Timestamp>,
    /// When and how strongly each zone heard the customer last, who has not left it.
    heard: BTreeMap<&'a ZoneId, (Timestamp, i8)>,
}

impl<'a> Walk<'a> {
    fn hear(&mut self, reading: &Reading<'a>) {
        let Reading { at, zone, rssi, .. } = *reading;
        self.heard.insert(zone, (at, rssi));
        if let Some(stay) = self.stays.last_mut() {
            if stay.zone == *zone {
                stay.to = at;
                (self.rssi, self.left) = (rssi, false);
                self.since.clear();
                return;
            }
            let keeps = !self.left && at.since(stay.to) <= RECENT;
            if keeps && i16::from(rssi) < i16::from(self.rssi) + STRONGER_DB {
                self.since.entry(zone.clone()).or_insert(at);
                return;
            }
        }
        let from = self.since.remove(zone).unwrap_or(at);
        self.stay(zone, from, at, rssi);
    }

    /// Of the other zones that heard the customer lately the strongest has them now; where there is none, the next one that does.
    fn leave(&mut self, zone: &ZoneId, at: Timestamp) {
        self.heard.remove(zone);
        if self.stays.last().is_none_or(|stay| stay.zone != *zone) {
            return;
        }
        let lately = self.heard.iter().filter(|(_, (heard, _))| at.since(*heard) <= RECENT);
        let strongest = lately.max_by_key(|(zone, (_, rssi))| (*rssi, std::cmp::Reverse(**zone)));
        match strongest.map(|(zone, (_, rssi))| (*zone, *rssi)) {
            Some((other, rssi)) => self.stay(other, at, at, rssi),
            None => self.left = true,
        }
    }

    fn stay(&mut self, zone: &ZoneId, from: Timestamp, to: Timestamp, rssi: i8) {
        self.stays.push(ZoneStay { zone: zone.clone(), from, to });
        (self.rssi, self.left) = (rssi, false);
        self.since.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Reading = (u8, i64, i8);

    fn trace(readings: &[Reading]) -> Trace {
        let mut trace = Trace::default();
        for (zone, secs, rssi) in readings {
            tell(&mut trace, *zone, *secs, *rssi);
        }
        trace
    }

    /// One in five is the last of a phone.
    fn tell(trace: &mut Trace, zone: u8, secs: i64, rssi: i8) -> bool {
        let (zone, at) = (ZoneId::new(format!("z{zone}")).unwrap(), Timestamp::from_secs(secs));
        if secs % 5 == 0 { trace.leave(&zone, at, rssi) } else { trace.hear(&zone, at, rssi) }
    }

    fn readings() -> impl Strategy<Value = Vec<Reading>> {
        // Up to two days, so that cells grow.
        prop_oneof![Just(600_i64), Just(20_000), Just(200_000)]
            .prop_flat_map(|secs| prop::collection::vec((0_u8..3, -secs..secs, -90_i8..-40), 0..600))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn order_repetition_and_parts_change_nothing(
            (readings, shuffled) in readings().prop_flat_map(|r| (Just(r.clone()), Just(r).prop_shuffle())),
            cut in 0_usize..600,
        ) {
            let whole = trace(&readings);
            prop_assert_eq!(&trace(&shuffled), &whole);
            prop_assert_eq!(&trace(&[readings, shuffled.clone()].concat()), &whole);
            let (one, other) = shuffled.split_at(cut.min(shuffled.len()));
            let mut joined = trace(one);
            joined.absorb(trace(other));
            prop_assert_eq!(&joined, &whole);
            prop_assert!(whole.zones.values().map(BTreeMap::len).sum::<usize>() <= MAX_CELLS);
        }

        #[test]
        fn what_changes_nothing_says_so(readings in readings()) {
            let mut trace = trace(&readings);
            let before = trace.clone();
            for (zone, secs, rssi) in &readings {
                prop_assert!(!tell(&mut trace, *zone, *secs, *rssi));
            }
            prop_assert_eq!(trace, before);
        }
    }
}
