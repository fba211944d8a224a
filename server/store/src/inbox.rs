//! What only memory knows of the inbox: which messages are on their way to the disk.
//!
//! Many senders write at once, and their writes share one sync; no lock is held meanwhile. Two things take its place:
//!
//! * **Names.** While a message is on its way, a second one of its name waits: to answer "duplicate" before the first is
//!   safe would lose it.
//! * **Numbers.** They are given out in order and may reach the disk in another. Nobody reads past the lowest one that is
//!   on its way, so that whoever takes messages up in order passes none by.
//!
//! # Epochs
//!
//! What a message says is wanted until it was taken up, and must be forgotten then; but sled keeps deleted values in its
//! segments. So raw messages are sealed by an *epoch*: all numbers that are given out within a minute or so share a key,
//! which is destroyed when the last of them is settled.
//!
//! ```text
//!  open     numbers are given out of it; up to EPOCH_MESSAGES, and until the first settlement that finds it EPOCH_AGE old,
//!           or, when none comes, until the applier that has nothing to do asks
//!  closed   no more numbers; it waits until all of its are on the disk and settled
//!  ended    the settlement's commit says that the key is to be destroyed, and then it is
//! ```
//!
//! An epoch is closed by a restart, too. A message that could not be used gets a key of its own; one that is tried again
//! comes under the epoch of that time. An erasure closes the epoch, so that what it holds of the person goes with it.
//!
//! Never here: what a message says.

mod run;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shopbell_domain::{event::EventId, inbox::InboxNumber, ports::StoreError, time::Timestamp};
use shopbell_vault::KeyId;
use tokio::sync::Notify;

pub(crate) use self::run::{Packing, Run, RunRecord, each_run};
use crate::{
    draft::Draft,
    engine::{Flow, Ground, read, scan},
    key::{Key, Mark, tag},
    keys,
    record::{self, IndexRecord, SettledRecord},
};

/// Numbers that an epoch has at most, about.
const EPOCH_MESSAGES: u64 = 16_384;

/// From this age on an epoch is closed by the next settlement.
const EPOCH_AGE: Duration = Duration::from_secs(60);

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
    /// By their numbers; the last one may be open.
    epochs: VecDeque<Epoch>,
    open: Option<Open>,
}

/// Numbers that share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Epoch {
    key: KeyId,
    first: u64,
    /// The last number of it that was given out.
    last: u64,
}

/// The epoch that numbers are given out of.
#[derive(Debug, Clone, Copy)]
struct Open {
    subject: Mark,
    since: Timestamp,
}

/// What an inbox in which nothing waits has to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idle {
    Nothing,
    /// One epoch, which is closed after this time.
    Young(Duration),
    /// Perhaps some.
    Due,
}

/// Numbers that were given out, and who seals what comes under them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// The first number.
    pub(crate) first: u64,
    /// The epoch.
    pub(crate) by: Mark,
    key: KeyId,
}

impl Taken {
    /// Every commit says that the epoch's key is there, so that a crash cannot leave one that nobody knows of.
    pub(crate) fn note(&self, draft: &mut Draft<'_>) -> Result<(), StoreError> {
        draft.put_new(&Key::Epoch { key: self.key }, &IndexRecord)
    }
}

impl Open {
    /// How long it is too young to be closed.
    fn left(self, at: Timestamp) -> Option<Duration> {
        EPOCH_AGE.checked_sub(at.since(self.since)).filter(|left| !left.is_zero())
    }
}

impl Numbers {
    /// The next numbers, out of an epoch that is open.
    fn take(&mut self, ground: Ground<'_>, count: u64, at: Timestamp) -> Result<Taken, StoreError> {
        let full = self.epochs.back().is_some_and(|epoch| self.next - epoch.first >= EPOCH_MESSAGES);
        let open = self.open.filter(|_| !full);
        let first = self.next;
        let last = first + count.max(1) - 1;
        let (subject, key) = if let (Some(open), Some(epoch)) = (open, self.epochs.back_mut()) {
            epoch.last = last;
            (open.subject, epoch.key)
        } else {
            let subject = ground.keys().epoch(first);
            let key = ground.keys().obtain([subject])?.get(&subject).copied();
            let key = key.ok_or_else(|| StoreError::Unavailable("a key was not made".to_owned()))?;
            self.epochs.push_back(Epoch { key, first, last });
            self.open = Some(Open { subject, since: at });
            (subject, key)
        };
        self.next += count;
        self.on_the_way.insert(first);
        Ok(Taken { first, by: subject, key })
    }

    fn horizon(&self) -> u64 {
        self.on_the_way.first().copied().unwrap_or(self.next)
    }

    /// How many of the epochs have ended, once everything up to this number is settled.
    fn ended(&self, up_to: u64) -> usize {
        let settled = (up_to + 1).min(self.horizon());
        let closed = self.epochs.len() - usize::from(self.open.is_some());
        self.epochs.iter().take(closed).take_while(|epoch| epoch.last < settled).count()
    }
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
    pub(crate) fn waiting(&self, ground: Ground<'_>) -> Result<u64, StoreError> {
        self.with_numbers(ground, |numbers| Ok(numbers.waiting))
    }

    /// All messages below this number are on the disk, or never will be.
    pub(crate) fn horizon(&self, ground: Ground<'_>) -> Result<u64, StoreError> {
        self.with_numbers(ground, |numbers| Ok(numbers.horizon()))
    }

    /// Destroys the keys of the epochs that end with a settlement, when the draft is committed. How many they are.
    pub(crate) fn end_epochs(
        &self,
        draft: &mut Draft<'_>,
        up_to: InboxNumber,
        at: Timestamp,
    ) -> Result<usize, StoreError> {
        let ended: Vec<KeyId> = self.with_numbers(draft.committed(), |numbers| {
            numbers.open = numbers.open.filter(|open| at.since(open.since) < EPOCH_AGE);
            Ok(numbers.epochs.iter().take(numbers.ended(up_to.0)).map(|epoch| epoch.key).collect())
        })?;
        for key in &ended {
            draft.remove_short(&Key::Epoch { key: *key });
            draft.destroy(*key);
        }
        Ok(ended.len())
    }

    /// Whether there is something to forget, as far as memory knows.
    pub(crate) fn idle(&self, at: Timestamp) -> Idle {
        let numbers = lock(&self.numbers);
        let Some(numbers) = numbers.as_ref() else { return Idle::Due };
        match (numbers.epochs.len(), numbers.open.and_then(|open| open.left(at))) {
            (0, _) => Idle::Nothing,
            (1, Some(left)) => Idle::Young(left),
            _ => Idle::Due,
        }
    }

    /// Destroys the keys of all epochs that are settled, as [`Admission::end_epochs`] does, when nothing settles any more.
    /// How many they are, and after how long there will be another to end: `None` when none is left, or what waits and is
    /// on its way will bring a settlement.
    pub(crate) fn end_idle_epochs(
        &self,
        draft: &mut Draft<'_>,
        at: Timestamp,
    ) -> Result<(usize, Option<Duration>), StoreError> {
        let settled = draft.read::<SettledRecord>(&Key::Settled)?.unwrap_or_default().up_to;
        let up_to = self.with_numbers(draft.committed(), |numbers| {
            Ok(if numbers.waiting == 0 { numbers.horizon() - 1 } else { settled })
        })?;
        let ended = self.end_epochs(draft, InboxNumber(up_to), at)?;
        let left = self.with_numbers(draft.committed(), |numbers| {
            let none = numbers.epochs.len() == ended;
            Ok(if none { None } else { numbers.open.and_then(|open| open.left(at)).or(Some(EPOCH_AGE)) })
        })?;
        Ok((ended, left))
    }

    /// Numbers that are given out from now on are of another epoch.
    pub(crate) fn close_epoch(&self) {
        if let Some(numbers) = lock(&self.numbers).as_mut() {
            numbers.open = None;
        }
    }

    /// This many wait no longer, and so many epochs have ended.
    pub(crate) fn settled(&self, count: u64, ended: usize) {
        if let Some(numbers) = lock(&self.numbers).as_mut() {
            numbers.waiting = numbers.waiting.saturating_sub(count);
            numbers.epochs.drain(..ended.min(numbers.epochs.len()));
        }
    }

    /// Counts the disk at the first use: before any write, so that none is counted twice.
    fn with_numbers<T>(
        &self,
        ground: Ground<'_>,
        use_them: impl FnOnce(&mut Numbers) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut numbers = lock(&self.numbers);
        let known = match numbers.take() {
            Some(known) => known,
            None => count(ground)?,
        };
        use_them(numbers.insert(known))
    }
}

fn count(ground: Ground<'_>) -> Result<Numbers, StoreError> {
    let mut waiting = 0;
    let mut epochs: BTreeMap<KeyId, Epoch> = BTreeMap::new();
    each_run(ground, |run, value| {
        waiting += u64::from(run.count);
        if let Some(key) = sealing_key(ground, &run.key().encode(), value)? {
            let (first, last) = (run.first().0, run.last.0);
            epochs.entry(key).or_insert(Epoch { key, first, last }).last = last;
        }
        Ok(Flow::On)
    })?;
    let mut epochs: Vec<Epoch> = epochs.into_values().collect();
    epochs.sort_by_key(|epoch| epoch.last);
    let settled = read::<SettledRecord>(ground, &Key::Settled)?.unwrap_or_default();
    let mut highest = settled.up_to;
    for tag in [tag::WAITING, tag::FAILED] {
        if let Some(key) = ground.last(&[tag])? {
            highest = highest.max(number_of(&key)?.0);
        }
    }
    let (next, on_the_way) = (highest + 1, BTreeSet::new());
    Ok(Numbers { next, waiting, on_the_way, epochs: epochs.into(), open: None })
}

/// The outer key of a sealed value, which may be cut.
pub(crate) fn sealing_key(ground: Ground<'_>, key: &[u8], value: &[u8]) -> Result<Option<KeyId>, StoreError> {
    if record::parts(value).is_none() {
        return Ok(keys::parts(value).map(|(key, _)| key));
    }
    let first = ground.get(&Key::Part { of: key.to_vec(), index: 0 }.encode())?;
    Ok(first.as_deref().and_then(keys::parts).map(|(key, _)| key))
}

/// Destroys the keys of epochs of which nothing waits any more: those of before a restart.
pub(crate) fn end_old_epochs(ground: Ground<'_>) -> Result<(), StoreError> {
    let mut keys = Vec::new();
    scan(ground, &[tag::EPOCH], &[tag::EPOCH], |key, _| {
        if let Ok(Key::Epoch { key }) = Key::decode(&key) {
            keys.push(key);
        }
        Ok(Flow::On)
    })?;
    if keys.is_empty() {
        return Ok(());
    }
    let wanted: BTreeSet<KeyId> = count(ground)?.epochs.into_iter().map(|epoch| epoch.key).collect();
    let mut draft = Draft::new(ground);
    for key in keys.into_iter().filter(|key| !wanted.contains(key)) {
        draft.remove_short(&Key::Epoch { key });
        draft.destroy(key);
    }
    draft.commit()
}

/// The number in the key of a message that waits or failed; of several, the last one's.
pub(crate) fn number_of(key: &[u8]) -> Result<InboxNumber, StoreError> {
    match Key::decode(key) {
        Ok(Key::Waiting { number, .. } | Key::Failed { number }) => Ok(number),
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
    /// Takes the next numbers, once.
    pub(crate) fn take_numbers(
        &mut self,
        ground: Ground<'_>,
        count: u64,
        at: Timestamp,
    ) -> Result<Taken, StoreError> {
        let taken = self.admission.with_numbers(ground, |numbers| numbers.take(ground, count, at))?;
        self.first = Some(taken.first);
        Ok(taken)
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
