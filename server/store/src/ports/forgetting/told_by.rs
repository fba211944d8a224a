//! Forgetting what one source told of a person, who stays.
//!
//! The person's keys stay, too, since they seal what others told: what is removed here is gone from the records, and may lie
//! in the engine's segments and in older backups, sealed, for as long as those keep it.

use shopbell_domain::{
    event::{Event, EventId},
    id::SourceId,
    identity::Identifier,
    ports::StoreError,
    rights::port::Forgotten,
};

use super::COMMIT_BYTES;
use crate::{
    draft::Draft,
    engine::{Flow, Ground, each_record},
    evidence,
    key::{Key, Mark, prefix},
    ports::events::mark_stale,
};

pub(super) fn forget(
    ground: Ground<'_>,
    who: &[Identifier],
    source: &SourceId,
) -> Result<Forgotten, StoreError> {
    let mut forgotten = Forgotten::default();
    if let Some(first) = who.first() {
        let Mark(subject) = ground.keys().mark(first);
        forgotten.subject = subject;
    }
    let mut draft = Draft::new(ground);
    // First of all, so that views are made anew also when this is cut short.
    for identifier in who {
        mark_stale(&mut draft, identifier.clone())?;
    }
    let mut count = |word: &str, number| *forgotten.records.entry(word.to_owned()).or_default() += number;
    for identifier in who {
        for (key, event) in told(ground, identifier, source)? {
            count("events", 1);
            draft.remove(&key);
            let pieces = evidence::forget(&mut draft, &event)?;
            if pieces > 0 {
                count("evidence", pieces);
            }
            if draft.bytes() >= COMMIT_BYTES {
                std::mem::replace(&mut draft, Draft::new(ground)).commit()?;
            }
        }
    }
    draft.commit()?;
    Ok(forgotten)
}

fn told(ground: Ground<'_>, home: &Identifier, source: &SourceId) -> Result<Vec<(Key, EventId)>, StoreError> {
    let mut found = Vec::new();
    each_record(ground, &prefix::events_of(ground.keys().mark(home)), |key, event: Event| {
        if event.id.source == *source {
            found.push((key, event.id));
        }
        Ok(Flow::On)
    })?;
    Ok(found)
}
