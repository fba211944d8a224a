//! What only memory knows of the inbox: which messages are on their way to the disk.
//!
//! Many senders write at once, and their writes share one sync; no lock is held meanwhile. Two things take its place:
//!
//! * **Names.** While a message is on its way, a second one of its name waits: to answer "duplicate" before the first is
//!   safe would lose it.
//! * **Numbers.** They are given out in order and may reach the disk in another. Nobody reads past the lowest one that is
//!   on its way, so that whoever takes messages up in order passes none by.
//!
//! Never here: what a message says.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::{event::EventId, inbox::InboxNumber, ports::StoreError};
use tokio::sync::Notify;

use crate::{
    engine::{Engine, Flow, read, scan},
    key::{Key, tag},
    record::SettledRecord,
};

/// The messages that are on their way, of all senders.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    names: Mutex<HashSet<EventId>>,
    /// `None` before the first use, which reads the disk.
    numbers: Mutex<Option<Numbers>>,
    landed: Notify,
}

#[derive(Debug)]
struct Numbers {
    next: u64,
    waiting: u64,
    on_the_way: BTreeSet<u64>,
}

impl Admission {
    /// Waits until no message of these names is on its way, and sends these.
    pub(crate) async fn enter(self: &Arc<Self>, names: HashSet<EventId>) -> Entry {
        loop {
            // Heard from before the look, so that a landing in between is not missed.
            let landed = self.landed.notified();
            if self.names_were_free(&names) {
                return Entry { admission: Arc::clone(self), names, first: None };
            }
            landed.await;
        }
    }

    fn names_were_free(&self, names: &HashSet<EventId>) -> bool {
        let mut taken = lock(&self.names);
        let free = taken.is_disjoint(names);
        if free {
            taken.extend(names.iter().cloned());
        }
        free
    }

    /// How many messages wait; `None` when only the disk knows.
    pub(crate) fn waiting_if_known(&self) -> Option<u64> {
        self.numbers.try_lock().ok()?.as_ref().map(|numbers| numbers.waiting)
    }

    /// How many messages wait.
    pub(crate) fn waiting(&self, engine: &dyn Engine) -> Result<u64, StoreError> {
        self.with_numbers(engine, |numbers| numbers.waiting)
    }

    /// All messages below this number are on the disk, or never will be.
    pub(crate) fn horizon(&self, engine: &dyn Engine) -> Result<u64, StoreError> {
        self.with_numbers(engine, |numbers| numbers.on_the_way.first().copied().unwrap_or(numbers.next))
    }

    /// This many wait no longer.
    pub(crate) fn settled(&self, count: u64) {
        if let Some(numbers) = lock(&self.numbers).as_mut() {
            numbers.waiting = numbers.waiting.saturating_sub(count);
        }
    }

    /// Counts the disk at the first use: before any write, so that none is counted twice.
    fn with_numbers<T>(
        &self,
        engine: &dyn Engine,
        use_them: impl FnOnce(&mut Numbers) -> T,
    ) -> Result<T, StoreError> {
        let mut numbers = lock(&self.numbers);
        let known = match numbers.take() {
            Some(known) => known,
            None => count(engine)?,
        };
        Ok(use_them(numbers.insert(known)))
    }
}

fn count(engine: &dyn Engine) -> Result<Numbers, StoreError> {
    let mut waiting = 0;
    scan(engine, &[tag::WAITING], &[tag::WAITING], |_, _| {
        waiting += 1;
        Ok(Flow::On)
    })?;
    let settled = read::<SettledRecord>(engine, &Key::Settled)?.unwrap_or_default();
    let mut highest = settled.up_to;
    for tag in [tag::WAITING, tag::FAILED] {
        if let Some(key) = engine.last(&[tag])? {
            highest = highest.max(number_of(&key)?.0);
        }
    }
    Ok(Numbers { next: highest + 1, waiting, on_the_way: BTreeSet::new() })
}

/// The number in the key of a message that waits or failed.
pub(crate) fn number_of(key: &[u8]) -> Result<InboxNumber, StoreError> {
    match Key::decode(key) {
        Ok(Key::Waiting { number } | Key::Failed { number }) => Ok(number),
        _ => Err(StoreError::Damaged("the key of a message in the inbox".to_owned())),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Messages of one sender on their way; they have landed, or have failed to, when this is dropped.
#[derive(Debug)]
pub(crate) struct Entry {
    admission: Arc<Admission>,
    names: HashSet<EventId>,
    first: Option<u64>,
}

impl Entry {
    /// Takes the next numbers, once; the first of them.
    pub(crate) fn take_numbers(&mut self, engine: &dyn Engine, count: u64) -> Result<u64, StoreError> {
        let first = self.admission.with_numbers(engine, |numbers| {
            let first = numbers.next;
            numbers.next += count;
            numbers.on_the_way.insert(first);
            first
        })?;
        self.first = Some(first);
        Ok(first)
    }

    /// So many of them are safe, and wait.
    pub(crate) fn landed(&self, count: u64) {
        if let Some(numbers) = lock(&self.admission.numbers).as_mut() {
            numbers.waiting += count;
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let admission = &self.admission;
        if let (Some(first), Some(numbers)) = (self.first, lock(&admission.numbers).as_mut()) {
            numbers.on_the_way.remove(&first);
        }
        {
            let mut taken = lock(&admission.names);
            for name in &self.names {
                taken.remove(name);
            }
        }
        admission.landed.notify_waiters();
    }
}
