//! What only memory knows of the inbox: which messages are on their way to the disk.
//!
//! Many senders write at once, and their writes share one sync; no lock is held meanwhile. Two things take its place:
//!
//! * **Names.** While a message is on its way, a second one of its name waits: to answer "duplicate" before the first is
//!   safe would lose it.
//! * **Numbers.** They are given out in order and may reach the disk in another. A record joins the lane of its source
//!   ([`lanes`]) when it is safe, and leaves it when it is settled, by its number: none is passed by.
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

mod lanes;
mod run;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shopbell_domain::{event::EventId, id::SourceId, inbox::InboxNumber, ports::StoreError, time::Timestamp};
use shopbell_vault::KeyId;
use tokio::sync::Notify;

use self::lanes::Lanes;
pub(crate) use self::{
    lanes::Piece,
    run::{Packing, Run, RunRecord, each_run, sealing_key},
};
use crate::{
    draft::Draft,
    engine::{Flow, Ground, read, scan},
    key::{Key, Mark, tag},
    record::{IndexRecord, SettledRecord},
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
    lanes: Lanes,
    /// How many of the numbers of each epoch are on their way, or wait.
    epochs: BTreeMap<KeyId, u64>,
    open: Option<Open>,
}

/// The epoch that numbers are given out of.
#[derive(Debug, Clone, Copy)]
struct Open {
    subject: Mark,
    key: KeyId,
    first: u64,
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
    /// So many of them are neither safe nor given up.
    under_way: u64,
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
        let first = self.next;
        let open = if let Some(open) = self.open.filter(|open| first - open.first < EPOCH_MESSAGES) {
            open
        } else {
            let subject = ground.keys().epoch(first);
            let key = ground.keys().obtain([subject])?.get(&subject).copied();
            let key = key.ok_or_else(|| StoreError::Unavailable("a key was not made".to_owned()))?;
            *self.open.insert(Open { subject, key, first, since: at })
        };
        self.next += count;
        *self.epochs.entry(open.key).or_default() += count;
        Ok(Taken { first, by: open.subject, key: open.key, under_way: count })
    }

    /// So many of an epoch's numbers are on their way no more, and do not wait.
    fn done(&mut self, key: KeyId, count: u64) {
        if let Some(left) = self.epochs.get_mut(&key) {
            *left = left.saturating_sub(count);
        }
    }

    /// Closed epochs of which nothing is left beside what these pieces take.
    fn ended(&self, pieces: &[Piece]) -> Vec<KeyId> {
        let mut left = self.epochs.clone();
        for (key, count) in pieces.iter().map(Piece::of_epoch) {
            left.entry(key).and_modify(|left| *left = left.saturating_sub(count));
        }
        let is_open = |key| self.open.is_some_and(|open| open.key == key);
        left.into_iter().filter(|(key, left)| *left == 0 && !is_open(*key)).map(|(key, _)| key).collect()
    }
}

/// What a settlement takes, and the epochs that end with it.
#[derive(Debug)]
pub(crate) struct Settling {
    pub(crate) pieces: Vec<Piece>,
    first: Option<InboxNumber>,
    ended: Vec<KeyId>,
}

impl Settling {
    /// Destroys the keys of the epochs that end, when the draft is committed.
    pub(crate) fn end_epochs(&self, draft: &mut Draft<'_>) {
        for key in &self.ended {
            draft.remove_short(&Key::Epoch { key: *key });
            draft.destroy(*key);
        }
    }
}

impl Admission {
    /// Waits until no message of these names is on its way, and sends these.
    pub(crate) async fn enter(self: &Arc<Self>, names: HashSet<EventId>) -> Entry {
        loop {
            // Heard from before the look, so that a landing in between is not missed.
            let landed = self.landed.notified();
            if self.names_were_free(&names) {
                return Entry { admission: Arc::clone(self), names, taken: None };
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

    /// How many messages wait, of all or of one source; `None` when only the disk knows.
    pub(crate) fn waiting_if_known(&self, source: Option<&SourceId>) -> Option<u64> {
        self.numbers.try_lock().ok()?.as_ref().map(|numbers| numbers.lanes.waiting(source))
    }

    /// How many messages wait, of all or of one source.
    pub(crate) fn waiting(&self, ground: Ground<'_>, source: Option<&SourceId>) -> Result<u64, StoreError> {
        self.with_numbers(ground, |numbers| Ok(numbers.lanes.waiting(source)))
    }

    /// The records that are next, with at most so many messages; one alone may have more.
    pub(crate) fn next(&self, ground: Ground<'_>, limit: usize) -> Result<Vec<(SourceId, Run)>, StoreError> {
        self.with_numbers(ground, |numbers| Ok(numbers.lanes.next(limit)))
    }

    /// Nobody can read this record any more: what is left of it is for the store's sweep.
    pub(crate) fn pass_by(&self, source: &SourceId, run: Run) {
        if let Some(numbers) = lock(&self.numbers).as_mut()
            && let Some(key) = numbers.lanes.remove(source, run)
        {
            numbers.done(key, u64::from(run.count));
        }
    }

    /// What is to be done to take these messages off, and which epochs end with it: those are closed.
    pub(crate) fn settling(
        &self,
        ground: Ground<'_>,
        taken: &[InboxNumber],
        at: Timestamp,
    ) -> Result<Settling, StoreError> {
        self.with_numbers(ground, |numbers| {
            let pieces = numbers.lanes.pieces(taken).ok_or(StoreError::NotFound("message in the inbox"))?;
            numbers.open = numbers.open.filter(|open| at.since(open.since) < EPOCH_AGE);
            let ended = numbers.ended(&pieces);
            Ok(Settling { pieces, first: taken.first().copied(), ended })
        })
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

    /// After how long there will be an epoch to end: `None` when none is left, or what waits and is on its way will bring a
    /// settlement.
    pub(crate) fn ends_after(&self, at: Timestamp) -> Option<Duration> {
        let numbers = lock(&self.numbers);
        let numbers = numbers.as_ref().filter(|numbers| !numbers.epochs.is_empty())?;
        numbers.open.and_then(|open| open.left(at)).or(Some(EPOCH_AGE))
    }

    /// Numbers that are given out from now on are of another epoch.
    pub(crate) fn close_epoch(&self) {
        if let Some(numbers) = lock(&self.numbers).as_mut() {
            numbers.open = None;
        }
    }

    /// These messages wait no longer, and these epochs have ended.
    pub(crate) fn settled(&self, settling: Settling) {
        let Settling { pieces, first, ended } = settling;
        if let Some(numbers) = lock(&self.numbers).as_mut() {
            for (key, count) in pieces.iter().map(Piece::of_epoch) {
                numbers.done(key, count);
            }
            numbers.lanes.settle(first, pieces);
            for key in ended {
                numbers.epochs.remove(&key);
            }
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
    let (mut lanes, mut epochs) = (Lanes::default(), BTreeMap::new());
    each_run(ground, |run, value| {
        // What nobody can read any more does not wait.
        if let Some(key) = sealing_key(ground, &run.key().encode(), value)?
            && let Some((_, message)) = run.messages(ground, value)?.into_iter().next()
        {
            lanes.add(message.id.source, run, key);
            *epochs.entry(key).or_default() += u64::from(run.count);
        }
        Ok(Flow::On)
    })?;
    let settled = read::<SettledRecord>(ground, &Key::Settled)?.unwrap_or_default();
    let mut highest = settled.up_to;
    for tag in [tag::WAITING, tag::FAILED] {
        if let Some(key) = ground.last(&[tag])? {
            highest = highest.max(number_of(&key)?.0);
        }
    }
    Ok(Numbers { next: highest + 1, lanes, epochs, open: None })
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
    let mut wanted = BTreeSet::new();
    each_run(ground, |run, value| {
        wanted.extend(sealing_key(ground, &run.key().encode(), value)?);
        Ok(Flow::On)
    })?;
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
    taken: Option<Taken>,
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
        Ok(*self.taken.insert(taken))
    }

    /// These records of them are safe, and wait.
    pub(crate) fn landed(&mut self, written: Vec<(SourceId, Run)>) {
        if let (Some(taken), Some(numbers)) = (&mut self.taken, lock(&self.admission.numbers).as_mut()) {
            for (source, run) in written {
                taken.under_way = taken.under_way.saturating_sub(u64::from(run.count));
                numbers.lanes.add(source, run, taken.key);
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let admission = &self.admission;
        if let (Some(taken), Some(numbers)) = (self.taken, lock(&admission.numbers).as_mut()) {
            numbers.done(taken.key, taken.under_way);
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
