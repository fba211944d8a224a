//! Messages that wait to be taken up, and those that could not be used.
//!
//! Messages stand in order, several to a record ([`crate::inbox::Run`]); the name of each stands beside them for ever.
//! Taking up deletes the record: what it led to is kept elsewhere, in the same commit ([`EmbeddedStore::settle_with`]).

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use async_trait::async_trait;
use shopbell_domain::{
    inbox::{Acceptance, FailedMessage, Failure, Inbox, InboxNumber, Message, Settlement},
    ports::StoreError,
    redacted::Redacted,
    time::Timestamp,
};

use crate::{
    draft::Draft,
    engine::{Flow, Ground, read_value, scan},
    inbox::{Entry, Idle, Packing, each_run, number_of},
    key::{Key, Mark, tag as tags},
    locks::Subject,
    record::{FailedRecord, IndexRecord, SettledRecord},
    store::EmbeddedStore,
};

/// A request beyond this number of bytes takes more than one commit. The largest message fits between it and the
/// engine's limit.
const COMMIT_BYTES: usize = 2 * 1_024 * 1_024;

#[async_trait]
impl Inbox for EmbeddedStore {
    async fn accept(&self, messages: Vec<Message>) -> Result<Vec<Acceptance>, StoreError> {
        self.take_in(messages.into_iter().map(|message| Arrival { message, failure: None }).collect()).await
    }

    async fn accept_failed(&self, messages: Vec<(Message, Failure)>) -> Result<Vec<Acceptance>, StoreError> {
        let failed = |(message, failure)| Arrival { message, failure: Some(failure) };
        self.take_in(messages.into_iter().map(failed).collect()).await
    }

    async fn waiting(&self, limit: usize) -> Result<Vec<(InboxNumber, Message)>, StoreError> {
        let admission = self.admission().clone();
        self.read(move |ground| {
            let horizon = admission.horizon(ground)?;
            let mut messages: Vec<(InboxNumber, Message)> = Vec::new();
            each_run(ground, |run, value| {
                // A run is left whole where that is possible: what is taken of it only in part is written anew.
                let full = !messages.is_empty() && messages.len() + usize::from(run.count) > limit;
                if run.last.0 >= horizon || limit == 0 || full {
                    return Ok(Flow::Stop);
                }
                messages.extend(run.messages(ground, value)?);
                Ok(Flow::On)
            })?;
            messages.truncate(limit);
            Ok(messages)
        })
        .await
    }

    async fn backlog(&self) -> Result<u64, StoreError> {
        if let Some(known) = self.admission().waiting_if_known() {
            return Ok(known);
        }
        let admission = self.admission().clone();
        self.read(move |ground| admission.waiting(ground)).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.settle_with([], settlement, |_| Ok(())).await
    }

    async fn failed(
        &self,
        after: Option<InboxNumber>,
        limit: usize,
    ) -> Result<Vec<FailedMessage>, StoreError> {
        self.read(move |ground| {
            let mut messages = Vec::new();
            let mut left = limit;
            each_failed(ground, after, |number, key, value| {
                if left == 0 {
                    return Ok(Flow::Stop);
                }
                left -= 1;
                if let Some(FailedRecord { message, failure, at }) = read_value(ground, &key, value)? {
                    messages.push(FailedMessage { number, message, failure, at });
                }
                Ok(Flow::On)
            })?;
            Ok(messages)
        })
        .await
    }

    async fn retry(&self, number: InboxNumber, body: Option<Redacted<Vec<u8>>>) -> Result<bool, StoreError> {
        let mut entry = self.admission().enter(HashSet::new()).await;
        self.write_many([Subject::Inbox], move |ground| {
            let mut draft = Draft::new(ground);
            let failed = Key::Failed { number };
            let Some(record) = draft.read::<FailedRecord>(&failed)? else { return Ok(false) };
            let message = Message { body: body.unwrap_or(record.message.body), ..record.message };
            remove_failed(&mut draft, number);
            let taken = entry.take_numbers(ground, 1, message.received)?;
            taken.note(&mut draft)?;
            let key = Key::Waiting { number: InboxNumber(taken.first), count: 1 };
            draft.seal_new(&key, taken.by, &message)?;
            draft.commit()?;
            entry.landed(1);
            Ok(true)
        })
        .await
    }

    async fn forget_settled(&self, at: Timestamp) -> Result<Option<Duration>, StoreError> {
        let admission = self.admission().clone();
        match admission.idle(at) {
            Idle::Nothing => return Ok(None),
            Idle::Young(left) => return Ok(Some(left)),
            Idle::Due => {}
        }
        self.write_many([Subject::Inbox], move |ground| {
            let mut draft = Draft::new(ground);
            let (ended, left) = admission.end_idle_epochs(&mut draft, at)?;
            draft.commit()?;
            admission.settled(0, ended);
            Ok(left)
        })
        .await
    }
}

impl EmbeddedStore {
    /// Takes messages off the inbox in the same commit as what they led to, which `effects` writes: each message takes
    /// effect exactly once.
    pub(crate) async fn settle_with<T: Send + 'static>(
        &self,
        subjects: impl IntoIterator<Item = Subject<'_>>,
        settlement: Settlement,
        effects: impl FnOnce(&mut Draft<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let admission = self.admission().clone();
        let subjects: Vec<Subject<'_>> = subjects.into_iter().chain([Subject::Inbox]).collect();
        self.write_many(subjects, move |ground| {
            let mut draft = Draft::new(ground);
            let answer = effects(&mut draft)?;
            let (up_to, at) = (settlement.up_to, settlement.at);
            let settled = settle(&mut draft, settlement)?;
            let ended = admission.end_epochs(&mut draft, up_to, at)?;
            draft.commit()?;
            admission.settled(settled, ended);
            Ok(answer)
        })
        .await
    }

    async fn take_in(&self, arrivals: Vec<Arrival>) -> Result<Vec<Acceptance>, StoreError> {
        let names = arrivals.iter().map(|arrival| arrival.message.id.clone()).collect();
        let entry = self.admission().enter(names).await;
        self.write_many([], move |ground| keep(ground, entry, arrivals)).await
    }
}

/// A message at the door, with what is wrong with it.
struct Arrival {
    message: Message,
    failure: Option<Failure>,
}

/// A message at the door, with its name.
type Named = (Mark, Arrival);

fn keep(ground: Ground<'_>, mut entry: Entry, arrivals: Vec<Arrival>) -> Result<Vec<Acceptance>, StoreError> {
    let (answers, fresh) = tell_apart(ground, arrivals)?;
    let Some((_, Arrival { message: Message { received, .. }, .. })) = fresh.first() else {
        return Ok(answers);
    };
    let taken = entry.take_numbers(ground, fresh.len() as u64, *received)?;
    let (mut draft, mut waiting) = (Draft::new(ground), 0);
    let mut packing = Packing::new(taken.first, taken.by);
    taken.note(&mut draft)?;
    for (number, (name, Arrival { message, failure })) in (taken.first..).zip(fresh) {
        if draft.bytes() + packing.bytes() >= COMMIT_BYTES {
            packing.finish(&mut draft)?;
            draft.commit()?;
            entry.landed(waiting);
            (draft, waiting) = (Draft::new(ground), 0);
        }
        draft.put_new(&Key::Seen { message: name }, &IndexRecord)?;
        if let Some(failure) = failure {
            let at = message.received;
            packing.skip(&mut draft)?;
            put_failed(&mut draft, InboxNumber(number), &FailedRecord { message, failure, at })?;
        } else {
            packing.add(&mut draft, message)?;
            waiting += 1;
        }
    }
    packing.finish(&mut draft)?;
    draft.commit()?;
    entry.landed(waiting);
    Ok(answers)
}

/// An answer for each, and those that are new, with their names.
fn tell_apart(
    ground: Ground<'_>,
    arrivals: Vec<Arrival>,
) -> Result<(Vec<Acceptance>, Vec<Named>), StoreError> {
    let mut answers = Vec::with_capacity(arrivals.len());
    let mut fresh = Vec::with_capacity(arrivals.len());
    let mut here: HashSet<Mark> = HashSet::with_capacity(arrivals.len());
    for arrival in arrivals {
        let name = ground.keys().name(&arrival.message.id);
        if here.contains(&name) || ground.holds(&Key::Seen { message: name })? {
            answers.push(Acceptance::Duplicate);
            continue;
        }
        here.insert(name);
        answers.push(Acceptance::New);
        fresh.push((name, arrival));
    }
    Ok((answers, fresh))
}

/// Keeps a failed message, under a key of its own.
fn put_failed(draft: &mut Draft<'_>, number: InboxNumber, record: &FailedRecord) -> Result<(), StoreError> {
    let by = draft.keys().failed(number);
    draft.seal_new(&Key::Failed { number }, by, record)
}

/// Removes a failed message, and destroys its key.
pub(crate) fn remove_failed(draft: &mut Draft<'_>, number: InboxNumber) {
    draft.remove(&Key::Failed { number });
    if let Some(key) = draft.keys().key_of(draft.keys().failed(number)) {
        draft.destroy(key);
    }
}

/// How many messages wait no longer.
fn settle(draft: &mut Draft<'_>, settlement: Settlement) -> Result<u64, StoreError> {
    let Settlement { up_to, failures, at } = settlement;
    let (ground, mut taken) = (draft.committed(), 0);
    let mut failures: BTreeMap<InboxNumber, Failure> = failures.into_iter().collect();
    each_run(ground, |run, value| {
        let (first, is_cut) = (run.first(), run.last > up_to);
        if first > up_to {
            return Ok(Flow::Stop);
        }
        let failed = failures.range(first..=run.last).next().is_some();
        let messages = if failed || is_cut { run.messages(ground, value)? } else { Vec::new() };
        for (number, message) in messages {
            if let Some(failure) = failures.remove(&number) {
                put_failed(draft, number, &FailedRecord { message, failure, at })?;
            } else if number > up_to {
                draft.seal_as(&Key::Waiting { number, count: 1 }, value, &message)?;
            }
        }
        if run.count == 1 {
            draft.remove(&run.key());
        } else {
            draft.remove_short(&run.key());
        }
        taken += run.last.min(up_to).0 + 1 - first.0;
        Ok(if is_cut { Flow::Stop } else { Flow::On })
    })?;
    if !failures.is_empty() {
        return Err(StoreError::NotFound("message in the inbox"));
    }
    let settled = draft.read::<SettledRecord>(&Key::Settled)?.unwrap_or_default();
    if up_to.0 > settled.up_to {
        draft.put(&Key::Settled, &SettledRecord { up_to: up_to.0 })?;
    }
    Ok(taken)
}

/// Calls `visit` with the failed messages, in order, from `after` on, until it says to stop.
fn each_failed(
    ground: Ground<'_>,
    after: Option<InboxNumber>,
    mut visit: impl FnMut(InboxNumber, Key, &[u8]) -> Result<Flow, StoreError>,
) -> Result<(), StoreError> {
    let mut start = vec![tags::FAILED];
    if let Some(InboxNumber(after)) = after {
        let Some(next) = after.checked_add(1) else { return Ok(()) };
        start.extend_from_slice(&next.to_be_bytes());
    }
    scan(ground, &[tags::FAILED], &start, |bytes, value| {
        let number = number_of(&bytes)?;
        visit(number, Key::Failed { number }, &value)
    })
}
