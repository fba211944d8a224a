//! Who is here, as every tablet of a shop sees it: a snapshot, then numbered deltas (pure state).
//!
//! A tablet that comes back shows its [`Cursor`]: where the ring still holds everything since, it gets the deltas it
//! missed, else a snapshot. The epoch of a cursor is new at every start of the server, so a cursor of an earlier run
//! never matches.
//!
//! The floor holds no profile: a row is as much of a customer as every associate of the shop may see. Never here:
//! anything that waits for a confirmation, which differs from associate to associate.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    str::FromStr,
};

use crate::{
    id::{AssociateId, VisitId, ZoneId},
    moment::Trigger,
    redacted::Redacted,
    time::Timestamp,
};

/// Whether a guest is in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GuestState {
    /// In the shop.
    Here,
    /// Left a short while ago.
    Left {
        /// When last heard.
        at: Timestamp,
    },
    /// Was here when the shop's agents went silent.
    Uncertain,
}

/// One row of the floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The visit.
    pub visit: VisitId,
    /// The name, only where the customer wants to be greeted by it.
    pub name: Option<Redacted<String>>,
    /// Where last heard.
    pub zone: ZoneId,
    /// When the visit began.
    pub began: Timestamp,
    /// Whether still here.
    pub state: GuestState,
    /// When help was asked for.
    pub help_since: Option<Timestamp>,
    /// Who greeted the guest last.
    pub greeted_by: Option<AssociateId>,
    /// Rises whenever an open card should be fetched anew.
    pub card_revision: u64,
    /// What makes this a good moment to speak to the guest, while nobody has met them; `None` while there is no sign. Only what
    /// an associate with open eyes could see: where the guest is, and for how long.
    pub sign: Option<Trigger>,
    /// Whether something was paid at a till of the shop in the course of the visit, and purchases are shared. It waits for
    /// no confirmation: whoever stood at the till saw it.
    pub bought: bool,
}

/// A place in the stream of changes of one floor. Written as `epoch-sequence`, both hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The run of the server that made it.
    pub epoch: u64,
    /// Number of the last change seen; 0 before the first.
    pub sequence: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.epoch, self.sequence)
    }
}

/// A text that is no cursor. Whoever gets one sends a snapshot: a tablet may show whatever an older server gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this server: start from a snapshot")]
pub struct InvalidCursor;

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (epoch, sequence) = text.split_once('-').ok_or(InvalidCursor)?;
        Ok(Self { epoch: hex(epoch)?, sequence: hex(sequence)? })
    }
}

/// One to sixteen hexadecimal digits; unlike `from_str_radix`, no sign.
fn hex(text: &str) -> Result<u64, InvalidCursor> {
    if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(InvalidCursor);
    }
    u64::from_str_radix(text, 16).map_err(|_| InvalidCursor)
}

/// What a delta does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FloorChange {
    /// The row is new, or replaces the row of the same visit.
    Upsert(Guest),
    /// The row is to be forgotten, with its card.
    Remove(VisitId),
}

/// One change of the floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// Where to resume after this change.
    pub cursor: Cursor,
    /// What changed.
    pub change: FloorChange,
}

/// How a tablet catches up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resume {
    /// With these changes, oldest first; none when it has missed nothing.
    Deltas(Vec<Delta>),
    /// With [`Floor::snapshot`], since the cursor is of another run or too old.
    Snapshot,
}

/// The rows of one shop and the last changes.
#[derive(Debug)]
pub struct Floor {
    epoch: u64,
    sequence: u64,
    guests: HashMap<VisitId, Guest>,
    recent: VecDeque<Delta>,
}

impl Floor {
    /// How many changes a tablet may miss and still resume without a snapshot.
    pub const KEPT_DELTAS: usize = 1024;

    /// An empty floor. `epoch` must differ from that of every earlier run: take a random number.
    pub fn new(epoch: u64) -> Self {
        Self { epoch, sequence: 0, guests: HashMap::new(), recent: VecDeque::new() }
    }

    /// Adds or replaces a row; `None` when it is there exactly like this.
    pub fn upsert(&mut self, guest: Guest) -> Option<Delta> {
        if self.guests.get(&guest.visit) == Some(&guest) {
            return None;
        }
        self.guests.insert(guest.visit, guest.clone());
        Some(self.say(FloorChange::Upsert(guest)))
    }

    /// Takes a row away; `None` when there is none.
    pub fn remove(&mut self, visit: VisitId) -> Option<Delta> {
        self.guests.remove(&visit)?;
        Some(self.say(FloorChange::Remove(visit)))
    }

    /// The row of a visit.
    pub fn get(&self, visit: VisitId) -> Option<&Guest> {
        self.guests.get(&visit)
    }

    /// All rows, in the order in which the visits began.
    pub fn snapshot(&self) -> Vec<&Guest> {
        let mut guests: Vec<&Guest> = self.guests.values().collect();
        guests.sort_unstable_by_key(|guest| (guest.began, guest.visit));
        guests
    }

    /// Where the floor stands now: what goes with a snapshot.
    pub const fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, sequence: self.sequence }
    }

    /// What a tablet that has seen everything up to `cursor` still needs.
    pub fn resume(&self, cursor: &Cursor) -> Resume {
        if cursor.epoch != self.epoch || cursor.sequence > self.sequence {
            return Resume::Snapshot;
        }
        let missed = self.sequence - cursor.sequence;
        let kept = u64::try_from(self.recent.len()).unwrap_or(u64::MAX);
        let Some(skip) = kept.checked_sub(missed).and_then(|skip| usize::try_from(skip).ok()) else {
            return Resume::Snapshot;
        };
        Resume::Deltas(self.recent.iter().skip(skip).cloned().collect())
    }

    /// Like [`Floor::resume`], from the cursor as the tablet sent it; anything else than a cursor means a snapshot.
    pub fn resume_text(&self, cursor: &str) -> Resume {
        cursor.parse().map_or(Resume::Snapshot, |cursor| self.resume(&cursor))
    }

    fn say(&mut self, change: FloorChange) -> Delta {
        self.sequence += 1;
        let delta = Delta { cursor: self.cursor(), change };
        if self.recent.len() >= Self::KEPT_DELTAS {
            self.recent.pop_front();
        }
        self.recent.push_back(delta.clone());
        delta
    }
}

#[cfg(test)]
mod tests;
