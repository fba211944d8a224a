//! Where and how strongly a customer was heard in the course of a visit, in bounded room and independent of the
//! order in which the news came.
//!
//! Time is cut into cells. A cell of a zone keeps the first and last moment heard in it and the strongest signal:
//! minimum and maximum, so news may come twice and in any order. When a trace has too many cells, all cells become
//! twice as long; how long they are follows from what was heard alone. Stays are derived from the trace.

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
/// By how many dB another zone must be stronger to take the customer over.
const STRONGER_DB: i16 = 6;

/// What was heard in one cell of one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Cell {
    first: Timestamp,
    last: Timestamp,
    rssi: i8,
}

impl Cell {
    fn with(self, other: Self) -> Self {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        Self { first, last, rssi: self.rssi.max(other.rssi) }
    }
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
        let number = at.as_millis().div_euclid(self.cell_ms);
        let heard = Cell { first: at, last: at, rssi };
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
    /// stronger or it falls silent.
    pub(super) fn stays(&self) -> Vec<ZoneStay> {
        let mut readings: Vec<(Timestamp, &ZoneId, i8)> = Vec::new();
        for (zone, cells) in &self.zones {
            for cell in cells.values() {
                readings.push((cell.first, zone, cell.rssi));
                if cell.last > cell.first {
                    readings.push((cell.last, zone, cell.rssi));
                }
            }
        }
        // Of what was heard at the same moment, the strongest speaks first.
        readings.sort_unstable_by(|a, b| (a.0, -i16::from(a.2), a.1).cmp(&(b.0, -i16::from(b.2), b.1)));
        let mut walk = Walk::default();
        for (at, zone, rssi) in readings {
            walk.hear(at, zone, rssi);
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
struct Walk {
    stays: Vec<ZoneStay>,
    /// Signal strength in the present zone, as last heard.
    rssi: i8,
    /// Since when each other zone is heard without the present one.
    since: BTreeMap<ZoneId, Timestamp>,
}

impl Walk {
    fn hear(&mut self, at: Timestamp, zone: &ZoneId, rssi: i8) {
        if let Some(stay) = self.stays.last_mut() {
            if stay.zone == *zone {
                stay.to = at;
                self.rssi = rssi;
                self.since.clear();
                return;
            }
            let recent = at.since(stay.to) <= RECENT;
            if recent && i16::from(rssi) < i16::from(self.rssi) + STRONGER_DB {
                self.since.entry(zone.clone()).or_insert(at);
                return;
            }
        }
        let from = self.since.remove(zone).unwrap_or(at);
        self.stays.push(ZoneStay { zone: zone.clone(), from, to: at });
        self.rssi = rssi;
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
            trace.hear(&ZoneId::new(format!("z{zone}")).unwrap(), Timestamp::from_secs(*secs), *rssi);
        }
        trace
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
                let zone = ZoneId::new(format!("z{zone}")).unwrap();
                prop_assert!(!trace.hear(&zone, Timestamp::from_secs(*secs), *rssi));
            }
            prop_assert_eq!(trace, before);
        }
    }
}
