//! All identifiers that are named anywhere, a few at a time.
//!
//! Keys hold marks, so an identifier is read out of the first event at home with it, or the first evidence at it: one
//! look-up each, however much there is of it.

use shopbell_domain::{
    event::{Event, port::Walk},
    identity::{Evidence, Identifier},
    ports::StoreError,
};

use crate::{
    engine::{Ground, read_value},
    key::{Key, Mark, prefix, tag},
};

/// The next identifiers, and from where to go on.
pub(super) fn on(
    ground: Ground<'_>,
    from: Option<Walk>,
    limit: usize,
) -> Result<(Vec<Identifier>, Option<Walk>), StoreError> {
    let mut from = from.map_or_else(|| vec![tag::EVENT], |Walk(from)| from);
    let mut found = Vec::new();
    for _ in 0..limit {
        let under = from.first().copied().unwrap_or(tag::EVENT);
        let Some((key, value)) = ground.page(&[under], &from, 1)?.pop() else {
            if under == tag::EVENT {
                from = vec![tag::COUNTED];
                continue;
            }
            return Ok((found, None));
        };
        let key = Key::decode(&key).map_err(|error| StoreError::Damaged(format!("on a walk: {error}")))?;
        let (identifier, mark) = match &key {
            Key::Event { home, .. } => {
                let event = read_value::<Event>(ground, &key, &value)?;
                (event.and_then(|event| event.who.into_iter().next()), *home)
            }
            Key::Counted { end, .. } => {
                let evidence = read_value::<Evidence>(ground, &key, &value)?;
                let at_end = |Evidence { a, b, .. }| if ground.keys().mark(&a) == *end { a } else { b };
                (evidence.map(at_end), *end)
            }
            _ => return Err(StoreError::Damaged("the key of an event or evidence".to_owned())),
        };
        found.extend(identifier);
        from = match (under, next(mark)) {
            (tag::EVENT, Some(mark)) => prefix::events_of(mark),
            (tag::EVENT, None) => vec![tag::COUNTED],
            (_, Some(mark)) => prefix::counted_at(mark),
            (_, None) => return Ok((found, None)),
        };
    }
    Ok((found, Some(Walk(from))))
}

/// The mark after this one; `None` after the last.
fn next(Mark(bytes): Mark) -> Option<Mark> {
    u128::from_be_bytes(bytes).checked_add(1).map(|next| Mark(next.to_be_bytes()))
}
