//! Evidence in one commit: what is kept, what of it counts, and what was decided against it.
//!
//! ```text
//!  evidence for a pair    all of it, one index entry each         { a, b, time, event }
//!  the pair               the first that is not taken back        one record
//!  counted                that first one, from either end, in     { end, kinds, time, event, other }
//!                         canonical order, unless the pair is     a scan of an end's prefix is what is known there
//!                         taken back
//! ```
//!
//! So a customer who signs in each day costs one index entry a day, and is one entry wherever persons are made.

use shopbell_domain::{
    event::EventId,
    identity::{
        Evidence, Identifier, Pair, Retracted, Retraction,
        port::{RetractionRecord, Withdrawal},
    },
    ports::StoreError,
    time::Timestamp,
};

use crate::{
    draft::Draft,
    engine::{Engine, Flow, scan},
    key::{self, Key, Mark, counted, prefix},
    record::{DecisionsRecord, EvidenceRecord, IndexRecord, PairRecord, RetractedRecord},
};

/// Keeps a piece of evidence. Whether it changed what counts.
pub(crate) fn add(draft: &mut Draft<'_>, piece: &Evidence) -> Result<bool, StoreError> {
    let kept = detail(piece);
    if draft.holds(&kept)? {
        return Ok(false);
    }
    draft.put_new(&kept, &IndexRecord)?;
    let of = Key::EvidenceOf { event: piece.id.clone() };
    let mut all = draft.read::<EvidenceRecord>(&of)?.unwrap_or_default();
    all.0.push(piece.clone());
    draft.put(&of, &all)?;
    let what = Retracted::Event(piece.id.clone());
    if draft.holds(&decisions(&what))? {
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
    if draft.holds(&detail(piece))? || is_taken_back(draft, &piece.id)? {
        return Ok(false);
    }
    let pair = read_pair(draft, piece)?;
    Ok(!pair.retracted && pair.first.is_none_or(|first| first > *piece))
}

/// Keeps a retraction; `false` when it is taken back already. The draft must hold no evidence yet.
pub(crate) fn retract(draft: &mut Draft<'_>, retraction: Retraction) -> Result<bool, StoreError> {
    let what = retraction.what.clone();
    let key = decisions(&what);
    let mut all = draft.read::<DecisionsRecord>(&key)?.unwrap_or_default();
    if all.holds() {
        return Ok(false);
    }
    all.0.push(RetractionRecord { retraction, withdrawn: None });
    draft.put(&key, &all)?;
    match &what {
        Retracted::Pair(ends) => {
            index_decision(draft, &what, [ends.ends().0, ends.ends().1])?;
            set_retracted(draft, ends, true)?;
        }
        Retracted::Event(id) => {
            for piece in evidence_by(draft, id)? {
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
    let key = decisions(what);
    let mut all = draft.read::<DecisionsRecord>(&key)?.unwrap_or_default();
    let Some(last) = all.0.last_mut().filter(|last| last.withdrawn.is_none()) else { return Ok(false) };
    last.withdrawn = Some(withdrawal);
    draft.put(&key, &all)?;
    match what {
        Retracted::Pair(ends) => set_retracted(draft, ends, false)?,
        Retracted::Event(id) => {
            for piece in evidence_by(draft, id)? {
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

/// Makes anew what follows from decisions that are kept, before any evidence is: [`add`] does the rest.
pub(crate) fn restore(draft: &mut Draft<'_>, decided: &DecisionsRecord) -> Result<(), StoreError> {
    let Some(RetractionRecord { retraction, .. }) = decided.0.last() else { return Ok(()) };
    let Retracted::Pair(ends) = &retraction.what else { return Ok(()) };
    index_decision(draft, &retraction.what, [ends.ends().0, ends.ends().1])?;
    if decided.holds() { set_retracted(draft, ends, true) } else { Ok(()) }
}

/// Where what was decided about something stands.
pub(crate) fn decisions(what: &Retracted) -> Key {
    match what {
        Retracted::Event(event) => Key::EventDecisions { event: event.clone() },
        Retracted::Pair(pair) => {
            let (a, b) = pair.ends();
            Key::PairDecisions { a: Mark::of(a), b: Mark::of(b) }
        }
    }
}

/// All kept evidence for a pair, oldest first.
pub(crate) fn evidence_for(engine: &dyn Engine, pair: &Pair) -> Result<Vec<Evidence>, StoreError> {
    let (a, b) = pair.ends();
    let mut all = Vec::new();
    each_of_pair(engine, a, b, |at, id| {
        all.push(Evidence { id, at, a: a.clone(), b: b.clone() });
        Ok(Flow::On)
    })?;
    Ok(all)
}

fn detail(piece: &Evidence) -> Key {
    let (a, b) = (Mark::of(&piece.a), Mark::of(&piece.b));
    Key::Evidence { a, b, at: piece.at, event: piece.id.clone() }
}

fn evidence_by(draft: &Draft<'_>, id: &EventId) -> Result<Vec<Evidence>, StoreError> {
    let record = draft.read::<EvidenceRecord>(&Key::EvidenceOf { event: id.clone() })?;
    Ok(record.unwrap_or_default().0)
}

fn is_taken_back(draft: &Draft<'_>, id: &EventId) -> Result<bool, StoreError> {
    let decided = draft.read::<DecisionsRecord>(&Key::EventDecisions { event: id.clone() })?;
    Ok(decided.is_some_and(|decided| decided.holds()))
}

fn key_of_pair(piece: &Evidence) -> Key {
    Key::Pair { a: Mark::of(&piece.a), b: Mark::of(&piece.b) }
}

fn read_pair(draft: &Draft<'_>, piece: &Evidence) -> Result<PairRecord, StoreError> {
    Ok(draft.read(&key_of_pair(piece))?.unwrap_or_default())
}

fn put_pair(draft: &mut Draft<'_>, piece: &Evidence, pair: &PairRecord) -> Result<(), StoreError> {
    draft.put(&key_of_pair(piece), pair)
}

fn set_retracted(draft: &mut Draft<'_>, ends: &Pair, retracted: bool) -> Result<(), StoreError> {
    let (a, b) = ends.ends();
    let key = Key::Pair { a: Mark::of(a), b: Mark::of(b) };
    let mut pair = draft.read::<PairRecord>(&key)?.unwrap_or_default();
    change(draft, &mut pair, |pair| pair.retracted = retracted)?;
    draft.put(&key, &pair)
}

/// Changes a pair, and what counts with it.
fn change(
    draft: &mut Draft<'_>,
    pair: &mut PairRecord,
    how: impl FnOnce(&mut PairRecord),
) -> Result<(), StoreError> {
    for key in counting(pair).into_iter().flat_map(counted) {
        draft.remove(&key)?;
    }
    how(pair);
    if let Some(piece) = counting(pair) {
        for key in counted(piece) {
            draft.put(&key, piece)?;
        }
    }
    Ok(())
}

fn counting(pair: &PairRecord) -> Option<&Evidence> {
    pair.first.as_ref().filter(|_| !pair.retracted)
}

/// The first evidence for a pair that no decision about its event takes back.
fn first_standing(draft: &Draft<'_>, piece: &Evidence) -> Result<Option<Evidence>, StoreError> {
    let mut first = None;
    each_of_pair(draft.committed(), &piece.a, &piece.b, |at, id| {
        if is_taken_back(draft, &id)? {
            return Ok(Flow::On);
        }
        first = Some(Evidence { id, at, a: piece.a.clone(), b: piece.b.clone() });
        Ok(Flow::Stop)
    })?;
    Ok(first)
}

fn each_of_pair(
    engine: &dyn Engine,
    a: &Identifier,
    b: &Identifier,
    mut visit: impl FnMut(Timestamp, EventId) -> Result<Flow, StoreError>,
) -> Result<(), StoreError> {
    let prefix = prefix::evidence_for(Mark::of(a), Mark::of(b));
    scan(engine, &prefix, &prefix, |key, _| match Key::decode(&key) {
        Ok(Key::Evidence { at, event, .. }) => visit(at, event),
        _ => Err(StoreError::Damaged("the key of evidence".to_owned())),
    })
}

fn index_decision(draft: &mut Draft<'_>, what: &Retracted, ends: [&Identifier; 2]) -> Result<(), StoreError> {
    let digest = key::digest("decision", &decisions(what).encode());
    for identifier in ends {
        let key = Key::DecisionOn { identifier: Mark::of(identifier), what: digest };
        draft.put(&key, &RetractedRecord(what.clone()))?;
    }
    Ok(())
}
