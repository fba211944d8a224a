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
    id::SourceId,
    inbox::{Acceptance, FailedMessage, Failure, Inbox, InboxNumber, Message, Settlement},
    ports::StoreError,
    redacted::Redacted,
    time::Timestamp,
};

use crate::{
    draft::Draft,
    engine::{Flow, Ground, read_value, scan},
    inbox::{Entry, Idle, Packing, Settling, number_of},
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
            loop {
                let next = admission.next(ground, limit)?;
                let mut messages: Vec<(InboxNumber, Message)> = Vec::new();
                for (source, run) in &next {
                    let value = ground.get(&run.key().encode())?;
                    let read = value.map_or(Ok(Vec::new()), |value| run.messages(ground, &value))?;
                    if read.is_empty() {
                        admission.pass_by(source, *run);
                    }
                    messages.extend(read);
                }
                if next.is_empty() || !messages.is_empty() {
                    messages.truncate(limit);
                    return Ok(messages);
                }
            }
        })
        .await
    }

    async fn backlog(&self) -> Result<u64, StoreError> {
        self.how_many_wait(None).await
    }

    async fn backlog_of(&self, source: &SourceId) -> Result<u64, StoreError> {
        self.how_many_wait(Some(source)).await
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
            let mut packing = Packing::new(taken.first, taken.by);
            packing.add(&mut draft, message)?;
            packing.finish(&mut draft)?;
            draft.commit()?;
            entry.landed(packing.written());
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
            let nothing = admission.settling(ground, &[], at)?;
            nothing.end_epochs(&mut draft);
            draft.commit()?;
            admission.settled(nothing);
            Ok(admission.ends_after(at))
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
            let settling = admission.settling(ground, &settlement.taken, settlement.at)?;
            settle(&mut draft, &settling, settlement)?;
            settling.end_epochs(&mut draft);
            draft.commit()?;
            admission.settled(settling);
            Ok(answer)
        })
        .await
    }

    async fn how_many_wait(&self, source: Option<&SourceId>) -> Result<u64, StoreError> {
        if let Some(known) = self.admission().waiting_if_known(source) {
            return Ok(known);
        }
        let (admission, source) = (self.admission().clone(), source.cloned());
        self.read(move |ground| admission.waiting(ground, source.as_ref())).await
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
    let mut draft = Draft::new(ground);
    let mut packing = Packing::new(taken.first, taken.by);
    taken.note(&mut draft)?;
    for (number, (name, Arrival { message, failure })) in (taken.first..).zip(fresh) {
        if draft.bytes() + packing.bytes() >= COMMIT_BYTES {
            packing.finish(&mut draft)?;
            draft.commit()?;
            entry.landed(packing.written());
            draft = Draft::new(ground);
        }
        draft.put_new(&Key::Seen { message: name }, &IndexRecord)?;
        if let Some(failure) = failure {
            let at = message.received;
            packing.skip(&mut draft)?;
            put_failed(&mut draft, InboxNumber(number), &FailedRecord { message, failure, at })?;
        } else {
            packing.add(&mut draft, message)?;
        }
    }
    packing.finish(&mut draft)?;
    draft.commit()?;
    entry.landed(packing.written());
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

/// Takes messages off, and keeps those that failed.
fn settle(draft: &mut Draft<'_>, settling: &Settling, settlement: Settlement) -> Result<(), StoreError> {
    let Settlement { failures, at, .. } = settlement;
    let ground = draft.committed();
    let mut failures: BTreeMap<InboxNumber, Failure> = failures.into_iter().collect();
    for piece in &settling.pieces {
        let run = piece.run;
        let failed = failures.range(run.first()..=run.last).next().is_some();
        if failed || piece.left().next().is_some() {
            let value = ground.get(&run.key().encode())?;
            let value = value.ok_or(StoreError::NotFound("message in the inbox"))?;
            for (number, message) in run.messages(ground, &value)? {
                if !piece.taken.contains(&number) {
                    draft.seal_as(&Key::Waiting { number, count: 1 }, &value, &message)?;
                } else if let Some(failure) = failures.remove(&number) {
                    put_failed(draft, number, &FailedRecord { message, failure, at })?;
                }
            }
        }
        if run.count == 1 {
            draft.remove(&run.key());
        } else {
            draft.remove_short(&run.key());
        }
    }
    if !failures.is_empty() {
        return Err(StoreError::NotFound("message in the inbox"));
    }
    let settled = draft.read::<SettledRecord>(&Key::Settled)?.unwrap_or_default();
    let highest = settlement.taken.iter().map(|number| number.0).max().unwrap_or_default();
    if highest > settled.up_to {
        draft.put(&Key::Settled, &SettledRecord { up_to: highest })?;
    }
    Ok(())
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
