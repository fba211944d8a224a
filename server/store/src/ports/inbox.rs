//! Messages that wait to be taken up, and those that could not be used.
//!
//! A message is one record under its number, in order; its name stands beside it for ever. Taking up deletes the record:
//! what it led to is kept elsewhere, in the same commit ([`EmbeddedStore::settle_with`]).

use std::collections::HashSet;

use async_trait::async_trait;
use shopbell_domain::{
    event::EventId,
    inbox::{Acceptance, FailedMessage, Failure, Inbox, InboxNumber, Message, Settlement},
    ports::StoreError,
    redacted::Redacted,
};

use crate::{
    draft::Draft,
    engine::{Flow, Ground, read_value, scan},
    inbox::{Entry, number_of},
    key::{Key, tag as tags},
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
            let mut messages = Vec::new();
            each(ground, tags::WAITING, None, limit, |number, key, value| {
                if number.0 >= horizon {
                    return Ok(Flow::Stop);
                }
                messages.extend(read_value(ground, &key, value)?.map(|message| (number, message)));
                Ok(Flow::On)
            })?;
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
            each(ground, tags::FAILED, after, limit, |number, key, value| {
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
            draft.seal_new(&Key::Waiting { number: InboxNumber(taken.first) }, taken.by, &message)?;
            draft.commit()?;
            entry.landed(1);
            Ok(true)
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

fn keep(ground: Ground<'_>, mut entry: Entry, arrivals: Vec<Arrival>) -> Result<Vec<Acceptance>, StoreError> {
    let (answers, fresh) = tell_apart(ground, arrivals)?;
    let Some(Arrival { message: Message { received, .. }, .. }) = fresh.first() else { return Ok(answers) };
    let taken = entry.take_numbers(ground, fresh.len() as u64, *received)?;
    let (mut draft, mut waiting) = (Draft::new(ground), 0);
    taken.note(&mut draft)?;
    for (number, Arrival { message, failure }) in (taken.first..).zip(fresh) {
        if draft.bytes() >= COMMIT_BYTES {
            draft.commit()?;
            entry.landed(waiting);
            (draft, waiting) = (Draft::new(ground), 0);
        }
        draft.put_new(&Key::Seen { message: ground.keys().name(&message.id) }, &IndexRecord)?;
        let place = InboxNumber(number);
        if let Some(failure) = failure {
            let at = message.received;
            put_failed(&mut draft, place, &FailedRecord { message, failure, at })?;
        } else {
            draft.seal_new(&Key::Waiting { number: place }, taken.by, &message)?;
            waiting += 1;
        }
    }
    draft.commit()?;
    entry.landed(waiting);
    Ok(answers)
}

/// An answer for each, and those that are new.
fn tell_apart(
    ground: Ground<'_>,
    arrivals: Vec<Arrival>,
) -> Result<(Vec<Acceptance>, Vec<Arrival>), StoreError> {
    let mut answers = Vec::with_capacity(arrivals.len());
    let mut fresh = Vec::with_capacity(arrivals.len());
    let mut here: HashSet<EventId> = HashSet::with_capacity(arrivals.len());
    for arrival in arrivals {
        let event = arrival.message.id.clone();
        if here.contains(&event) || ground.holds(&Key::Seen { message: ground.keys().name(&event) })? {
            answers.push(Acceptance::Duplicate);
            continue;
        }
        here.insert(event);
        answers.push(Acceptance::New);
        fresh.push(arrival);
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
    for (number, failure) in failures {
        let waiting = Key::Waiting { number };
        let message = draft.read(&waiting)?.ok_or(StoreError::NotFound("message in the inbox"))?;
        put_failed(draft, number, &FailedRecord { message, failure, at })?;
    }
    let mut taken = Vec::new();
    each(draft.committed(), tags::WAITING, None, usize::MAX, |number, key, _| {
        if number > up_to {
            return Ok(Flow::Stop);
        }
        taken.push(key);
        Ok(Flow::On)
    })?;
    for key in &taken {
        draft.remove(key);
    }
    let settled = draft.read::<SettledRecord>(&Key::Settled)?.unwrap_or_default();
    if up_to.0 > settled.up_to {
        draft.put(&Key::Settled, &SettledRecord { up_to: up_to.0 })?;
    }
    Ok(taken.len() as u64)
}

/// Calls `visit` with the messages under a tag, in order, from `after` on, at most `limit`, until it says to stop.
fn each(
    ground: Ground<'_>,
    tag: u8,
    after: Option<InboxNumber>,
    limit: usize,
    mut visit: impl FnMut(InboxNumber, Key, &[u8]) -> Result<Flow, StoreError>,
) -> Result<(), StoreError> {
    let mut start = vec![tag];
    if let Some(InboxNumber(after)) = after {
        let Some(next) = after.checked_add(1) else { return Ok(()) };
        start.extend_from_slice(&next.to_be_bytes());
    }
    let mut left = limit;
    scan(ground, &[tag], &start, |bytes, value| {
        if left == 0 {
            return Ok(Flow::Stop);
        }
        left -= 1;
        let number = number_of(&bytes)?;
        let key = if tag == tags::FAILED { Key::Failed { number } } else { Key::Waiting { number } };
        visit(number, key, &value)
    })
}
