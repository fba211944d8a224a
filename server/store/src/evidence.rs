//! Evidence in one commit: what is kept, what of it counts, and what was decided against it.
//!
//! ```text
//!  evidence for a pair    all of it, one index entry each         { a, b, time, event }
//!  the pair               the first that is not taken back        one record
//!  counted                that first one, from either end, in     { end, kinds, time, event, other }
//!                         the order of strength and time, unless  a scan of an end's prefix is what is known there
//!                         the pair is taken back
//! ```
//!
//! All of it is sealed by both ends, so that it goes with either. Keys hold marks only: pieces that tie at a time stand in
//! the order of their marks, and whoever needs the canonical order reads all that tie.
//!
//! So a customer who signs in each day costs one index entry a day, and is one entry wherever persons are made.

use std::collections::BTreeSet;

use shopbell_domain::{
    event::EventId,
    id::SourceId,
    identity::{
        Evidence, Identifier, Pair, Retracted, Retraction,
        port::{RetractionRecord, Withdrawal},
    },
    ports::StoreError,
};

use crate::{
    draft::Draft,
    engine::{Flow, Ground, each_record},
    key::{self, Key, Mark, prefix},
    keys::{By, Keys},
    record::{DecisionsRecord, IndexRecord, NameRecord, PairRecord, RetractedRecord},
};

/// Keeps a piece of evidence. Whether it changed what counts.
pub(crate) fn add(draft: &mut Draft<'_>, piece: &Evidence) -> Result<bool, StoreError> {
    let (keys, by) = (draft.keys(), by(draft, piece));
    let kept = detail(keys, piece);
    if draft.holds(&kept)? {
        return Ok(false);
    }
    draft.seal_new(&kept, by, &NameRecord(piece.id.clone()))?;
    let (a, b) = marks(keys, piece);
    draft.seal_new(&Key::EvidenceOf { event: keys.name(&piece.id), a, b }, by, piece)?;
    let what = Retracted::Event(piece.id.clone());
    if draft.holds(&decisions(keys, &what))? {
        index_decision(draft, &what, [&piece.a, &piece.b])?;
    }
    if is_taken_back(draft, &piece.id)? {
        return Ok(false);
    }
    let mut pair = read_pair(draft, piece)?;
    if pair.first.as_ref().is_some_and(|first| first <= piece) {
        return Ok(false);
    }
    change(draft, &mut pair, |pair| pair.first = Some(piece.clone()))?;
    put_pair(draft, piece, &pair)?;
    Ok(!pair.retracted)
}

/// Whether [`add`] would change what counts.
pub(crate) fn would_count(draft: &Draft<'_>, piece: &Evidence) -> Result<bool, StoreError> {
    if draft.holds(&detail(draft.keys(), piece))? || is_taken_back(draft, &piece.id)? {
        return Ok(false);
    }
    let pair = read_pair(draft, piece)?;
    Ok(!pair.retracted && pair.first.is_none_or(|first| first > *piece))
}

/// Keeps a retraction; `false` when it is taken back already. The draft must hold no evidence yet.
pub(crate) fn retract(draft: &mut Draft<'_>, retraction: Retraction) -> Result<bool, StoreError> {
    let what = retraction.what.clone();
    let key = decisions(draft.keys(), &what);
    let mut all = draft.read::<DecisionsRecord>(&key)?.unwrap_or_default();
    if all.holds() {
        return Ok(false);
    }
    all.0.push(RetractionRecord { retraction, withdrawn: None });
    put_decisions(draft, &what, &all)?;
    match &what {
        Retracted::Pair(ends) => {
            index_decision(draft, &what, [ends.ends().0, ends.ends().1])?;
            set_retracted(draft, ends, true)?;
        }
        Retracted::Event(id) => {
            for piece in evidence_by(draft.committed(), id)? {
                index_decision(draft, &what, [&piece.a, &piece.b])?;
                let mut pair = read_pair(draft, &piece)?;
                if pair.first.as_ref() == Some(&piece) {
                    let next = first_standing(draft, &piece)?;
                    change(draft, &mut pair, |pair| pair.first = next)?;
                    put_pair(draft, &piece, &pair)?;
                }
            }
        }
    }
    Ok(true)
}

/// Withdraws what retracts `what`; `false` when nothing does. The draft must hold no evidence yet.
pub(crate) fn withdraw(
    draft: &mut Draft<'_>,
    what: &Retracted,
    withdrawal: Withdrawal,
) -> Result<bool, StoreError> {
    let key = decisions(draft.keys(), what);
    let mut all = draft.read::<DecisionsRecord>(&key)?.unwrap_or_default();
    let Some(last) = all.0.last_mut().filter(|last| last.withdrawn.is_none()) else { return Ok(false) };
    last.withdrawn = Some(withdrawal);
    put_decisions(draft, what, &all)?;
    match what {
        Retracted::Pair(ends) => set_retracted(draft, ends, false)?,
        Retracted::Event(id) => {
            for piece in evidence_by(draft.committed(), id)? {
                let mut pair = read_pair(draft, &piece)?;
                if pair.first.as_ref().is_none_or(|first| *first > piece) {
                    change(draft, &mut pair, |pair| pair.first = Some(piece.clone()))?;
                    put_pair(draft, &piece, &pair)?;
                }
            }
        }
    }
    Ok(true)
}

/// Forgets all evidence of an event, and what was decided about it. How many pieces there were.
pub(crate) fn forget(draft: &mut Draft<'_>, id: &EventId) -> Result<u64, StoreError> {
    let (keys, pieces) = (draft.keys(), evidence_by(draft.committed(), id)?);
    for piece in &pieces {
        let (a, b) = marks(keys, piece);
        draft.remove(&detail(keys, piece));
        draft.remove(&Key::EvidenceOf { event: keys.name(id), a, b });
        let what = digest_of(&decisions(keys, &Retracted::Event(id.clone())));
        for identifier in [a, b] {
            draft.remove(&Key::DecisionOn { identifier, what });
        }
        let mut pair = read_pair(draft, piece)?;
        if pair.first.as_ref() == Some(piece) {
            let next = first_standing(draft, piece)?;
            change(draft, &mut pair, |pair| pair.first = next)?;
        }
        if pair.first.is_none() && !pair.retracted && !any_left(draft, piece)? {
            draft.remove(&Key::Pair { a, b });
            draft.remove(&Key::PairOf { b, a });
        } else {
            put_pair(draft, piece, &pair)?;
        }
    }
    let event = keys.name(id);
    draft.remove(&Key::EventDecisions { event });
    if let Some(key) = keys.key_of(keys.decision(event)) {
        draft.destroy(key);
    }
    Ok(pieces.len() as u64)
}

/// Makes anew what follows from decisions that are kept, before any evidence is: [`add`] does the rest.
pub(crate) fn restore(draft: &mut Draft<'_>, decided: &DecisionsRecord) -> Result<(), StoreError> {
    let Some(RetractionRecord { retraction, .. }) = decided.0.last() else { return Ok(()) };
    let Retracted::Pair(ends) = &retraction.what else { return Ok(()) };
    index_decision(draft, &retraction.what, [ends.ends().0, ends.ends().1])?;
    if decided.holds() { set_retracted(draft, ends, true) } else { Ok(()) }
}

/// Where what was decided about something stands.
pub(crate) fn decisions(keys: &Keys, what: &Retracted) -> Key {
    match what {
        Retracted::Event(event) => Key::EventDecisions { event: keys.name(event) },
        Retracted::Pair(pair) => {
            let (a, b) = pair.ends();
            Key::PairDecisions { a: keys.mark(a), b: keys.mark(b) }
        }
    }
}

/// Writes all that was decided about something.
pub(crate) fn put_decisions(
    draft: &mut Draft<'_>,
    what: &Retracted,
    all: &DecisionsRecord,
) -> Result<(), StoreError> {
    let key = decisions(draft.keys(), what);
    let by = match key {
        // It may be decided before the event comes, so that nobody knows yet whose it is.
        Key::EventDecisions { event } => By::One(draft.keys().decision(event)),
        _ => by_ends(draft.keys(), what),
    };
    draft.seal(&key, by, all)
}

/// All kept evidence for a pair.
pub(crate) fn evidence_for(ground: Ground<'_>, pair: &Pair) -> Result<Vec<Evidence>, StoreError> {
    let (a, b) = pair.ends();
    let mut all = Vec::new();
    each_of_pair(ground, a, b, |piece| {
        all.push(piece);
        Ok(Flow::On)
    })?;
    Ok(all)
}

/// The sources of the first `most` pieces of evidence for a pair.
pub(crate) fn sources_of(
    ground: Ground<'_>,
    pair: &Pair,
    most: usize,
) -> Result<BTreeSet<SourceId>, StoreError> {
    let (a, b) = pair.ends();
    let (mut sources, mut read) = (BTreeSet::new(), 0);
    each_of_pair(ground, a, b, |piece| {
        sources.insert(piece.id.source);
        read += 1;
        Ok(if read < most { Flow::On } else { Flow::Stop })
    })?;
    Ok(sources)
}

/// All kept evidence of an event.
pub(crate) fn evidence_by(ground: Ground<'_>, id: &EventId) -> Result<Vec<Evidence>, StoreError> {
    let mut all = Vec::new();
    each_record(ground, &prefix::evidence_of(ground.keys().name(id)), |_, piece| {
        all.push(piece);
        Ok(Flow::On)
    })?;
    Ok(all)
}

/// The marks of its two ends.
pub(crate) fn marks(keys: &Keys, piece: &Evidence) -> (Mark, Mark) {
    (keys.mark(&piece.a), keys.mark(&piece.b))
}

/// The keys under which evidence for a pair is found from its two ends.
pub(crate) fn counted(keys: &Keys, piece: &Evidence) -> [Key; 2] {
    let ((a, b), event) = (marks(keys, piece), keys.name(&piece.id));
    let kinds = [piece.b.kind() as u8, piece.a.kind() as u8];
    let at = |end, other| Key::Counted { end, kinds, at: piece.at, event, other };
    [at(a, b), at(b, a)]
}

/// What stands for decisions in the index of those that they touch.
pub(crate) fn digest_of(decisions: &Key) -> [u8; 16] {
    key::digest("decision", &decisions.encode())
}

fn by(draft: &Draft<'_>, piece: &Evidence) -> By {
    let (a, b) = marks(draft.keys(), piece);
    By::Both(a, b)
}

/// Both ends of a pair. An event has none.
fn by_ends(keys: &Keys, what: &Retracted) -> By {
    match what {
        Retracted::Pair(pair) => {
            let (a, b) = pair.ends();
            By::Both(keys.mark(a), keys.mark(b))
        }
        Retracted::Event(event) => By::One(keys.decision(keys.name(event))),
    }
}

fn detail(keys: &Keys, piece: &Evidence) -> Key {
    let (a, b) = marks(keys, piece);
    Key::Evidence { a, b, at: piece.at, event: keys.name(&piece.id) }
}

fn is_taken_back(draft: &Draft<'_>, id: &EventId) -> Result<bool, StoreError> {
    let event = draft.keys().name(id);
    let decided = draft.read::<DecisionsRecord>(&Key::EventDecisions { event })?;
    Ok(decided.is_some_and(|decided| decided.holds()))
}

fn key_of_pair(keys: &Keys, piece: &Evidence) -> Key {
    let (a, b) = marks(keys, piece);
    Key::Pair { a, b }
}

fn read_pair(draft: &Draft<'_>, piece: &Evidence) -> Result<PairRecord, StoreError> {
    Ok(draft.read(&key_of_pair(draft.keys(), piece))?.unwrap_or_default())
}

fn put_pair(draft: &mut Draft<'_>, piece: &Evidence, pair: &PairRecord) -> Result<(), StoreError> {
    let (key, by) = (key_of_pair(draft.keys(), piece), by(draft, piece));
    draft.seal(&key, by, pair)?;
    if let Key::Pair { a, b } = key { draft.put(&Key::PairOf { b, a }, &IndexRecord) } else { Ok(()) }
}

fn set_retracted(draft: &mut Draft<'_>, ends: &Pair, retracted: bool) -> Result<(), StoreError> {
    let (a, b) = ends.ends();
    let (a, b) = (draft.keys().mark(a), draft.keys().mark(b));
    let key = Key::Pair { a, b };
    let mut pair = draft.read::<PairRecord>(&key)?.unwrap_or_default();
    change(draft, &mut pair, |pair| pair.retracted = retracted)?;
    draft.seal(&key, By::Both(a, b), &pair)?;
    draft.put(&Key::PairOf { b, a }, &IndexRecord)
}

/// Changes a pair, and what counts with it.
fn change(
    draft: &mut Draft<'_>,
    pair: &mut PairRecord,
    how: impl FnOnce(&mut PairRecord),
) -> Result<(), StoreError> {
    let keys = draft.keys();
    for key in counting(pair).into_iter().flat_map(|piece| counted(keys, piece)) {
        draft.remove(&key);
    }
    how(pair);
    if let Some(piece) = counting(pair) {
        let by = by(draft, piece);
        for key in counted(keys, piece) {
            draft.seal(&key, by, piece)?;
        }
    }
    Ok(())
}

fn counting(pair: &PairRecord) -> Option<&Evidence> {
    pair.first.as_ref().filter(|_| !pair.retracted)
}

/// The first evidence for a pair that no decision about its event takes back.
fn first_standing(draft: &Draft<'_>, piece: &Evidence) -> Result<Option<Evidence>, StoreError> {
    let mut first: Option<Evidence> = None;
    each_of_pair(draft.committed(), &piece.a, &piece.b, |next| {
        if first.as_ref().is_some_and(|first| first.at < next.at) {
            return Ok(Flow::Stop);
        }
        // Of what this draft removes the commit tells all the same.
        if draft.holds(&detail(draft.keys(), &next))?
            && !is_taken_back(draft, &next.id)?
            && first.as_ref().is_none_or(|first| next < *first)
        {
            first = Some(next);
        }
        Ok(Flow::On)
    })?;
    Ok(first)
}

/// Whether any evidence for the pair stays.
fn any_left(draft: &Draft<'_>, piece: &Evidence) -> Result<bool, StoreError> {
    let mut any = false;
    each_of_pair(draft.committed(), &piece.a, &piece.b, |next| {
        any = draft.holds(&detail(draft.keys(), &next))?;
        Ok(if any { Flow::Stop } else { Flow::On })
    })?;
    Ok(any)
}

fn each_of_pair(
    ground: Ground<'_>,
    a: &Identifier,
    b: &Identifier,
    mut visit: impl FnMut(Evidence) -> Result<Flow, StoreError>,
) -> Result<(), StoreError> {
    let keys = ground.keys();
    each_record(ground, &prefix::evidence_for(keys.mark(a), keys.mark(b)), |key, NameRecord(id)| {
        let Key::Evidence { at, .. } = key else { return Ok(Flow::On) };
        visit(Evidence { id, at, a: a.clone(), b: b.clone() })
    })
}

fn index_decision(draft: &mut Draft<'_>, what: &Retracted, ends: [&Identifier; 2]) -> Result<(), StoreError> {
    let digest = digest_of(&decisions(draft.keys(), what));
    let [a, b] = ends.map(|identifier| draft.keys().mark(identifier));
    for identifier in [a, b] {
        let key = Key::DecisionOn { identifier, what: digest };
        let by = if matches!(what, Retracted::Pair(_)) { By::Both(a, b) } else { By::One(identifier) };
        draft.seal(&key, by, &RetractedRecord(what.clone()))?;
    }
    Ok(())
}
