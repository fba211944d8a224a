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
//! Names are kept in memory as their marks, of 16 bytes. Whoever lets events or failed messages be deleted must see to it here
//! that they do not come back, and that their names stay.

use std::collections::{BTreeMap, HashMap, HashSet};

use shopbell_domain::{
    event::{Event, EventId},
    identity::{Evidence, Identifier, Retracted, Retraction, port::RetractionRecord},
    inbox::{InboxNumber, Message},
    ports::StoreError,
    redacted::Redacted,
    showing,
    time::Timestamp,
};

use super::Settle;
use crate::{
    engine::{Flow, read, read_value, scan},
    evidence,
    inbox::Run,
    key::{Key, Mark, tag},
    ports::{is_at_home, key_of, mark_stale},
    record::{DecisionsRecord, FailedRecord, IndexRecord, PairRecord, RetractedRecord, SettledRecord},
};

/// The number of a message, and how it stands under it.
type Place = (InboxNumber, Stands);

/// How a message stands; what comes later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stands {
    InRun,
    Alone,
    Failed,
}

const LOST: &str = "recover: a decision about it may be lost with a damaged part of the store";

/// What was learnt of the online life while records were carried over.
#[derive(Debug, Default)]
pub(super) struct Online {
    /// Everything that was ever taken back, as far as an index or a pair still tells.
    traces: BTreeMap<Vec<u8>, Retracted>,
    /// Pairs about which something was decided that cannot be read, where nothing else tells which they are.
    nameless: HashSet<(Mark, Mark)>,
    /// Events about which something was decided that cannot be read, by the marks of their names.
    nameless_events: HashSet<Mark>,
    /// Pairs that were surely written last, each with the event of the evidence that it says is the first.
    sure_pairs: HashMap<(Mark, Mark), Option<Mark>>,
    /// Events that were surely written last.
    sure_events: HashSet<Mark>,
    /// Of the events and messages that are there.
    names: HashSet<Mark>,
    /// The highest number of a message that was ever seen.
    highest: u64,
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
                if let Ok(Some(RetractedRecord(what))) = read_value(self.ground, key, &value) {
                    self.trace(what);
                }
            }
            Key::Pair { a, b } => {
                if let Ok(Some(pair)) = read_value::<PairRecord>(self.ground, key, &value) {
                    if current {
                        let first = pair.first.as_ref().map(|first| self.ground.keys().name(&first.id));
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
                    self.online.sure_events.insert(*event);
                }
                return Ok(Some(value));
            }
            Key::EventDecisions { .. } | Key::PairDecisions { .. } if !current => {
                // What is cut, or cannot be read, is settled with all that is so.
                return match read_value::<DecisionsRecord>(self.ground, key, &value) {
                    Ok(Some(decided)) => self.close(decided).map(|()| None),
                    Ok(None) => Ok(None),
                    Err(_) => Ok(Some(value)),
                };
            }
            Key::Part { of, .. } if matches!(of.first(), Some(&tag::VIEW | &tag::FOLD_STATE)) => {}
            Key::Evidence { .. }
            | Key::EvidenceOf { .. }
            | Key::Counted { .. }
            | Key::PairOf { .. }
            | Key::Found { .. }
            | Key::View { .. }
            | Key::FoldState { .. }
            | Key::Stale { .. } => {}
            _ => return Ok(Some(value)),
        }
        Ok(None)
    }

    fn trace(&mut self, what: Retracted) {
        self.online.traces.insert(evidence::decisions(self.ground.keys(), &what).encode(), what);
    }

    /// Keeps decisions, with one that may have been made after the last one that is there.
    fn close(&mut self, mut decided: DecisionsRecord) -> Result<(), StoreError> {
        if !decided.holds()
            && let Some(last) = decided.0.last()
        {
            let retraction = retraction(last.retraction.what.clone(), self.now);
            decided.0.push(RetractionRecord { retraction, withdrawn: None });
            self.report.decisions_closed += 1;
        }
        match decided.0.last().map(|last| last.retraction.what.clone()) {
            Some(what) => evidence::put_decisions(&mut self.draft, &what, &decided),
            None => Ok(()),
        }
    }

    /// Whether an event, or an entry of the log of showings, is under another name than its own.
    pub(super) fn is_misplaced(&self, key: &Key, value: &[u8]) -> bool {
        let ground = self.ground;
        match key {
            Key::Event { .. } => matches!(read_value::<Event>(ground, key, value),
                Ok(Some(event)) if key_of(ground.keys(), &event) != *key),
            Key::Logged(one) => matches!(read_value::<showing::Entry>(ground, key, value),
                Ok(Some(entry)) if !is_at_home(ground, one, &entry)),
            _ => false,
        }
    }

    /// A decision that cannot be read was made all the same. Whether it is one: it is counted when it is settled.
    pub(super) fn note_lost_decision(&mut self, key: &Key) -> bool {
        match key {
            Key::EventDecisions { event } => {
                self.online.nameless_events.insert(*event);
            }
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
            let keys = self.ground.keys();
            match &what {
                Retracted::Pair(pair) => {
                    let (a, b) = pair.ends();
                    self.online.nameless.remove(&(keys.mark(a), keys.mark(b)));
                }
                Retracted::Event(event) => {
                    self.online.nameless_events.remove(&keys.name(event));
                }
            }
            if !self.draft.holds(&evidence::decisions(keys, &what))? {
                self.decide(what)?;
                self.flush_if_large()?;
            }
        }
        self.flush()?;
        for tag in [tag::EVENT_DECISIONS, tag::PAIR_DECISIONS] {
            self.each_of(tag, |settle, key, value| {
                match read_value::<DecisionsRecord>(settle.ground, key, value)? {
                    Some(decided) => evidence::restore(&mut settle.draft, &decided),
                    None => Ok(()),
                }
            })?;
        }
        self.each_of(tag::EVENT, |settle, key, value| match read_value(settle.ground, key, value)? {
            Some(event) => settle.event(&event),
            None => Ok(()),
        })?;
        for _ in std::mem::take(&mut self.online.nameless) {
            self.lost("decisions about a pair");
        }
        for _ in std::mem::take(&mut self.online.nameless_events) {
            self.lost("decisions about an event");
        }
        self.messages()?;
        self.each_of(tag::SEEN, |settle, key, _| {
            if let Key::Seen { message } = key
                && !settle.online.names.contains(message)
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
        scan(self.ground, &[tag], &[tag], |bytes, value| {
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
        self.lost(evidence::decisions(self.ground.keys(), &what).kind());
        evidence::retract(&mut self.draft, retraction(what, self.now)).map(drop)
    }

    fn event(&mut self, event: &Event) -> Result<(), StoreError> {
        self.see(&event.id)?;
        let pieces = Evidence::of(event);
        for piece in &pieces {
            let what = Retracted::Pair(piece.pair());
            let lost = self.online.nameless.remove(&evidence::marks(self.ground.keys(), piece));
            if lost && !self.draft.holds(&evidence::decisions(self.ground.keys(), &what))? {
                self.decide(what)?;
            }
        }
        let what = Retracted::Event(event.id.clone());
        if self.online.nameless_events.remove(&self.ground.keys().name(&event.id)) {
            self.decide(what.clone())?;
        }
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
        let name = self.ground.keys().name(&piece.id);
        self.online
            .sure_pairs
            .get(&evidence::marks(self.ground.keys(), piece))
            .is_some_and(|first| *first == Some(name) || self.online.sure_events.contains(&name))
    }

    fn stale(&mut self, identifier: &Identifier) -> Result<(), StoreError> {
        if self.draft.holds(&Key::Stale { identifier: self.ground.keys().mark(identifier) })? {
            return Ok(());
        }
        mark_stale(&mut self.draft, identifier.clone())
    }

    fn see(&mut self, name: &EventId) -> Result<(), StoreError> {
        let message = self.ground.keys().name(name);
        self.online.names.insert(message);
        let seen = Key::Seen { message };
        if self.draft.holds(&seen)? {
            return Ok(());
        }
        self.lost(seen.kind());
        self.draft.put(&seen, &IndexRecord)
    }

    /// Messages come after events: what was applied waits no longer.
    fn messages(&mut self) -> Result<(), StoreError> {
        // By name: where it stands last.
        let mut last: HashMap<Mark, Place> = HashMap::new();
        for tag in [tag::WAITING, tag::FAILED] {
            self.each_of(tag, |settle, key, value| {
                for (place, message) in settle.places(key, value)? {
                    settle.online.highest = settle.online.highest.max(place.0.0);
                    let stands = last.entry(settle.ground.keys().name(&message.id)).or_insert(place);
                    *stands = (*stands).max(place);
                }
                Ok(())
            })?;
        }
        let applied = std::mem::take(&mut self.online.names);
        for tag in [tag::WAITING, tag::FAILED] {
            self.each_of(tag, |settle, key, value| {
                let all = settle.places(key, value)?;
                let count = all.len();
                let mut kept = all;
                kept.retain(|(place, message)| {
                    let mark = settle.ground.keys().name(&message.id);
                    !applied.contains(&mark) && last.get(&mark) == Some(place)
                });
                for (_, message) in &kept {
                    settle.see(&message.id)?;
                }
                if kept.len() == count {
                    return Ok(());
                }
                settle.draft.remove(key);
                // Of a run some may be wanted: each stands alone from now on.
                kept.into_iter().try_for_each(|((number, _), message)| {
                    settle.draft.seal_as(&Key::Waiting { number, count: 1 }, value, &message)
                })
            })?;
        }
        self.online.names.extend(applied);
        let settled = read::<SettledRecord>(self.ground, &Key::Settled)?.unwrap_or_default();
        if self.online.highest > settled.up_to {
            // No number is given twice, whatever went.
            self.draft.put(&Key::Settled, &SettledRecord { up_to: self.online.highest })?;
        }
        Ok(())
    }

    /// The messages of a record of the inbox, each with its place.
    fn places(&self, key: &Key, value: &[u8]) -> Result<Vec<(Place, Message)>, StoreError> {
        if let Key::Failed { number } = key {
            let failed = read_value::<FailedRecord>(self.ground, key, value)?;
            return Ok(failed
                .map(|failed| ((*number, Stands::Failed), failed.message))
                .into_iter()
                .collect());
        }
        let run = Run::of(key)?;
        let stands = if run.count > 1 { Stands::InRun } else { Stands::Alone };
        let messages = run.messages(self.ground, value)?;
        Ok(messages.into_iter().map(|(number, message)| ((number, stands), message)).collect())
    }
}
