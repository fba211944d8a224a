//! The part of a recovery that is about the online life.
//!
//! ```text
//!  carried over   events, waiting and failed messages, names of messages, decisions about evidence
//!  made anew      evidence, pairs and indexes, from the events and the decisions; every view is stale
//! ```
//!
//! **Each message once.** An event is written in the commit that takes its message off the inbox. So a message whose
//! event is there was applied, and goes, though the log may still hold it as waiting or failed. A message whose event is
//! not there was not applied, or its event is lost: both times it is right to apply it. Of two records of one message
//! the later one stands. A name with nothing behind it is that of a lost message, and goes: whoever still has the
//! message can send it again. A name that is lost is put back from its event or message. How far the inbox was taken up
//! only keeps numbers from being given twice; it is put to the highest one that was found.
//!
//! **What was undone stays undone.** A decision that evidence counts no more may be among what is lost, so:
//!
//! * A decision that is not surely the last about its thing holds, also when it says that it was withdrawn.
//! * Where only an index, or the pair itself, still tells of a decision, a new one takes its place.
//! * Else evidence counts on where surely nobody took it back since: its event, or its pair that says it is the first, was
//!   surely written last; and so was the pair. All other evidence is taken back, event by event: a new sign-in makes a
//!   new piece, which counts, and so does an old one whose retraction somebody withdraws.
//!
//! Names are kept in memory as digests of 16 bytes. Whoever lets events or failed messages be deleted must see to it here
//! that they do not come back, and that their names stay.

use std::collections::{BTreeMap, HashMap, HashSet};

use shopbell_domain::{
    event::{Event, EventId},
    identity::{Evidence, Identifier, Retracted, Retraction, port::RetractionRecord},
    inbox::{InboxNumber, Message},
    ports::StoreError,
    redacted::Redacted,
    time::Timestamp,
};

use super::Settle;
use crate::{
    engine::{Flow, read, read_value, scan},
    evidence,
    key::{self, Key, Mark, tag},
    ports::{key_of, mark_stale},
    record::{self, DecisionsRecord, FailedRecord, IndexRecord, PairRecord, RetractedRecord, SettledRecord},
};

const LOST: &str = "recover: a decision about it may be lost with a damaged part of the store";

type Digest = [u8; 16];

/// What was learnt of the online life while records were carried over.
#[derive(Debug, Default)]
pub(super) struct Online {
    /// Everything that was ever taken back, as far as an index or a pair still tells.
    traces: BTreeMap<Vec<u8>, Retracted>,
    /// Pairs about which something was decided that cannot be read, where nothing else tells which they are.
    nameless: HashSet<(Mark, Mark)>,
    /// Pairs that were surely written last, each with the event of the evidence that it says is the first.
    sure_pairs: HashMap<(Mark, Mark), Option<Digest>>,
    /// Events that were surely written last.
    sure_events: HashSet<Digest>,
    /// Of the events and messages that are there.
    names: HashSet<Digest>,
    /// The highest number of a message that was ever seen.
    highest: u64,
}

fn digest(event: &EventId) -> Digest {
    key::digest("name", &Key::Seen { event: event.clone() }.encode())
}

fn retraction(what: Retracted, at: Timestamp) -> Retraction {
    Retraction { what, by: Redacted::new("recover".to_owned()), at, why: Redacted::new(LOST.to_owned()) }
}

impl Settle<'_> {
    /// Learns of a record of the online life. The bytes to carry over, if any.
    pub(super) fn take_online(
        &mut self,
        key: &Key,
        value: Vec<u8>,
        current: bool,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match key {
            Key::DecisionOn { .. } => {
                if let Ok(RetractedRecord(what)) = record::decode(key, &value) {
                    self.trace(what);
                }
            }
            Key::Pair { a, b } => {
                if let Ok(pair) = record::decode::<PairRecord>(key, &value) {
                    if current {
                        let first = pair.first.as_ref().map(|first| digest(&first.id));
                        self.online.sure_pairs.insert((*a, *b), first);
                    }
                    match pair.first {
                        Some(first) if pair.retracted => self.trace(Retracted::Pair(first.pair())),
                        None if pair.retracted => {
                            self.online.nameless.insert((*a, *b));
                        }
                        _ => {}
                    }
                }
            }
            Key::Event { event, .. } => {
                if current {
                    self.online.sure_events.insert(digest(event));
                }
                return Ok(Some(value));
            }
            Key::EventDecisions { .. } | Key::PairDecisions { .. } if !current => {
                // What is cut, or cannot be read, is settled with all that is so.
                return match record::decode::<DecisionsRecord>(key, &value) {
                    Ok(decided) => {
                        let closed = self.closed(decided);
                        self.draft.put(key, &closed).map(|()| None)
                    }
                    Err(_) => Ok(Some(value)),
                };
            }
            Key::Part { of, .. } if matches!(of.first(), Some(&tag::VIEW | &tag::FOLD_STATE)) => {}
            Key::Evidence { .. }
            | Key::EvidenceOf { .. }
            | Key::Counted { .. }
            | Key::Found { .. }
            | Key::View { .. }
            | Key::FoldState { .. }
            | Key::Stale { .. } => {}
            _ => return Ok(Some(value)),
        }
        Ok(None)
    }

    fn trace(&mut self, what: Retracted) {
        self.online.traces.insert(evidence::decisions(&what).encode(), what);
    }

    /// A decision that may have been made after the last one that is there.
    fn closed(&mut self, mut decided: DecisionsRecord) -> DecisionsRecord {
        if !decided.holds()
            && let Some(last) = decided.0.last()
        {
            let retraction = retraction(last.retraction.what.clone(), self.now);
            decided.0.push(RetractionRecord { retraction, withdrawn: None });
            self.report.decisions_closed += 1;
        }
        decided
    }

    /// Whether an event is under another name than its own.
    pub(super) fn is_misplaced(&self, key: &Key, value: &[u8]) -> bool {
        matches!(key, Key::Event { .. })
            && read_value::<Event>(self.engine, key, value).is_ok_and(|event| key_of(&event) != *key)
    }

    /// A decision that cannot be read was made all the same. Whether it is one: it is counted when it is settled.
    pub(super) fn note_lost_decision(&mut self, key: &Key) -> bool {
        match key {
            Key::EventDecisions { event } => self.trace(Retracted::Event(event.clone())),
            Key::PairDecisions { a, b } => {
                self.online.nameless.insert((*a, *b));
            }
            _ => return false,
        }
        true
    }

    /// Makes everything anew that is made of events and decisions, and lets each message stand once.
    pub(super) fn settle_online(&mut self) -> Result<(), StoreError> {
        for (_, what) in std::mem::take(&mut self.online.traces) {
            if let Retracted::Pair(pair) = &what {
                let (a, b) = pair.ends();
                self.online.nameless.remove(&(Mark::of(a), Mark::of(b)));
            }
            if !self.draft.holds(&evidence::decisions(&what))? {
                self.decide(what)?;
                self.flush_if_large()?;
            }
        }
        self.flush()?;
        for tag in [tag::EVENT_DECISIONS, tag::PAIR_DECISIONS] {
            self.each_of(tag, |settle, key, value| {
                let decided: DecisionsRecord = read_value(settle.engine, key, value)?;
                evidence::restore(&mut settle.draft, &decided)
            })?;
        }
        self.each_of(tag::EVENT, |settle, key, value| settle.event(&read_value(settle.engine, key, value)?))?;
        for _ in std::mem::take(&mut self.online.nameless) {
            self.lost("decisions about a pair");
        }
        self.messages()?;
        self.each_of(tag::SEEN, |settle, key, _| {
            if let Key::Seen { event } = key
                && !settle.online.names.contains(&digest(event))
            {
                settle.lost("message");
                settle.draft.remove_short(key);
            }
            Ok(())
        })
    }

    fn each_of(
        &mut self,
        tag: u8,
        mut step: impl FnMut(&mut Self, &Key, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        scan(self.engine, &[tag], &[tag], |bytes, value| {
            if let Ok(key) = Key::decode(&bytes) {
                step(self, &key, &value)?;
                self.flush_if_large()?;
            }
            Ok(Flow::On)
        })?;
        self.flush()
    }

    /// Takes back what a lost decision took back.
    fn decide(&mut self, what: Retracted) -> Result<(), StoreError> {
        self.lost(evidence::decisions(&what).kind());
        evidence::retract(&mut self.draft, retraction(what, self.now)).map(drop)
    }

    fn event(&mut self, event: &Event) -> Result<(), StoreError> {
        self.see(&event.id)?;
        let pieces = Evidence::of(event);
        for piece in &pieces {
            let what = Retracted::Pair(piece.pair());
            if self.online.nameless.remove(&marks(piece)) && !self.draft.holds(&evidence::decisions(&what))? {
                self.decide(what)?;
            }
        }
        let what = Retracted::Event(event.id.clone());
        if !self.log_is_whole
            && pieces.iter().any(|piece| !self.stands(piece))
            && evidence::retract(&mut self.draft, retraction(what, self.now))?
        {
            self.report.evidence_closed += 1;
        }
        for piece in &pieces {
            evidence::add(&mut self.draft, piece)?;
        }
        for identifier in &event.who {
            self.stale(identifier)?;
        }
        Ok(())
    }

    /// Whether surely nobody took it back.
    fn stands(&self, piece: &Evidence) -> bool {
        let name = digest(&piece.id);
        self.online
            .sure_pairs
            .get(&marks(piece))
            .is_some_and(|first| *first == Some(name) || self.online.sure_events.contains(&name))
    }

    fn stale(&mut self, identifier: &Identifier) -> Result<(), StoreError> {
        if self.draft.holds(&Key::Stale { identifier: Mark::of(identifier) })? {
            return Ok(());
        }
        mark_stale(&mut self.draft, identifier.clone())
    }

    fn see(&mut self, name: &EventId) -> Result<(), StoreError> {
        self.online.names.insert(digest(name));
        let seen = Key::Seen { event: name.clone() };
        if self.draft.holds(&seen)? {
            return Ok(());
        }
        self.lost(seen.kind());
        self.draft.put(&seen, &IndexRecord)
    }

    /// Messages come after events: what was applied waits no longer.
    fn messages(&mut self) -> Result<(), StoreError> {
        // By name: the number, and whether it failed, which comes after waiting.
        let mut last: HashMap<Digest, (InboxNumber, bool)> = HashMap::new();
        for tag in [tag::WAITING, tag::FAILED] {
            self.each_of(tag, |settle, key, value| {
                let (number, failed, name) = settle.message(key, value)?;
                settle.online.highest = settle.online.highest.max(number.0);
                let place = last.entry(digest(&name)).or_insert((number, failed));
                *place = (*place).max((number, failed));
                Ok(())
            })?;
        }
        let applied = std::mem::take(&mut self.online.names);
        for tag in [tag::WAITING, tag::FAILED] {
            self.each_of(tag, |settle, key, value| {
                let (number, failed, name) = settle.message(key, value)?;
                let digest = digest(&name);
                if applied.contains(&digest) || last.get(&digest) != Some(&(number, failed)) {
                    return settle.draft.remove(key);
                }
                settle.see(&name)
            })?;
        }
        self.online.names.extend(applied);
        let settled = read::<SettledRecord>(self.engine, &Key::Settled)?.unwrap_or_default();
        if self.online.highest > settled.up_to {
            // No number is given twice, whatever went.
            self.draft.put(&Key::Settled, &SettledRecord { up_to: self.online.highest })?;
        }
        Ok(())
    }

    fn message(&self, key: &Key, value: &[u8]) -> Result<(InboxNumber, bool, EventId), StoreError> {
        match key {
            Key::Failed { number } => {
                let FailedRecord { message, .. } = read_value(self.engine, key, value)?;
                Ok((*number, true, message.id))
            }
            Key::Waiting { number } => {
                let message: Message = read_value(self.engine, key, value)?;
                Ok((*number, false, message.id))
            }
            _ => Err(StoreError::Damaged("the key of a message in the inbox".to_owned())),
        }
    }
}

fn marks(piece: &Evidence) -> (Mark, Mark) {
    (Mark::of(&piece.a), Mark::of(&piece.b))
}
