//! Names of the entries of the log of showings, and how far it may be read.
//!
//! Entries are written by many at once, so that they share a sync. A later name may be safe while an earlier one is still on
//! its way, and who has read past it would never hear of it. So it is noted here who writes, and from which name on; nobody
//! reads on from the first of these.
//!
//! A name is at least the entry's time, in milliseconds, times 2^16: so nothing from a time on has a smaller name than that
//! time, also when the clock went back in between, and a name that was erased is not given again after a restart.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::{ports::StoreError, time::Timestamp};

use crate::{
    engine::Ground,
    key::{Key, tag},
};

/// Names a millisecond, as powers of two. There are milliseconds for some thousand years.
const BITS: u32 = 16;

/// Who writes, and what the next name is. One for a store.
#[derive(Debug, Default)]
pub(crate) struct Log {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// `None` before anybody asked: it stands on the disk.
    next: Option<u64>,
    /// From which names on is written, and by how many.
    writing: BTreeMap<u64, usize>,
}

/// Somebody who writes, until this is dropped.
#[derive(Debug)]
pub(crate) struct Writing<'a> {
    log: &'a Log,
    from: u64,
}

/// The smallest name that an entry of this time may have.
pub(crate) fn first_name(at: Timestamp) -> u64 {
    let millis = at.as_millis().clamp(0, i64::MAX >> BITS);
    millis.cast_unsigned() << BITS
}

impl Log {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on somebody writes.
    pub(crate) fn begin(&self, ground: Ground<'_>) -> Result<Writing<'_>, StoreError> {
        let mut state = self.state();
        let from = state.next(ground)?;
        *state.writing.entry(from).or_default() += 1;
        Ok(Writing { log: self, from })
    }

    /// The first name that may not be read yet: whatever has a smaller one is written, or never will be.
    pub(crate) fn horizon(&self, ground: Ground<'_>) -> Result<u64, StoreError> {
        let mut state = self.state();
        let next = state.next(ground)?;
        Ok(state.writing.keys().next().copied().unwrap_or(next))
    }
}

impl State {
    fn next(&mut self, ground: Ground<'_>) -> Result<u64, StoreError> {
        if let Some(next) = self.next {
            return Ok(next);
        }
        let last = ground.last(&[tag::LOGGED])?;
        let next = match last.as_deref().map(Key::decode) {
            Some(Ok(Key::Logged(last))) => last.number.saturating_add(1),
            None => 0,
            Some(_) => return Err(StoreError::Damaged("the last key of the log of showings".to_owned())),
        };
        self.next = Some(next);
        Ok(next)
    }
}

impl Writing<'_> {
    /// The name of an entry.
    pub(crate) fn name(&self, at: Timestamp) -> u64 {
        let mut state = self.log.state();
        let name = state.next.unwrap_or(self.from).max(first_name(at));
        state.next = Some(name.saturating_add(1));
        name
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let mut state = self.log.state();
        if let Some(count) = state.writing.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                state.writing.remove(&self.from);
            }
        }
    }
}
