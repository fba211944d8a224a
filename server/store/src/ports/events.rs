//! Events under their home identifiers, and the views over them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use shopbell_domain::{
    event::{
        Event,
        port::{Decision, Effects, Events, Walk},
    },
    id::{CustomerId, SourceId},
    identity::{Evidence, Identifier, Pair, Retracted},
    ports::StoreError,
    profile::{FoldState, View},
};

use super::{identities::remember, walk};
use crate::{
    draft::Draft,
    engine::{Flow, each_record, read_current},
    evidence,
    key::{Key, Mark, prefix, tag},
    keys::Keys,
    record::{IdentifierRecord, ViewRecord},
    store::EmbeddedStore,
};

/// Views are written until the commit has this number of bytes; the largest view fits between it and the engine's limit.
const VIEW_BYTES: usize = 2 * 1_024 * 1_024;

#[async_trait]
impl Events for EmbeddedStore {
    async fn would_count(&self, evidence: Vec<Evidence>) -> Result<Vec<bool>, StoreError> {
        self.read(move |ground| {
            let draft = Draft::new(ground);
            evidence.iter().map(|piece| evidence::would_count(&draft, piece)).collect()
        })
        .await
    }

    async fn evidence_of(&self, what: &Retracted) -> Result<Vec<Evidence>, StoreError> {
        let what = what.clone();
        self.read(move |ground| {
            let mut all = match &what {
                Retracted::Event(event) => evidence::evidence_by(ground, event)?,
                Retracted::Pair(pair) => evidence::evidence_for(ground, pair)?,
            };
            all.sort();
            Ok(all)
        })
        .await
    }

    async fn sources_of(&self, pair: Pair, most: usize) -> Result<BTreeSet<SourceId>, StoreError> {
        self.read(move |ground| evidence::sources_of(ground, &pair, most)).await
    }

    async fn events_of(&self, home: &Identifier) -> Result<Vec<Event>, StoreError> {
        let home = home.clone();
        self.read(move |ground| {
            let mut events = Vec::new();
            each_record(ground, &prefix::events_of(ground.keys().mark(&home)), |_, event| {
                events.push(event);
                Ok(Flow::On)
            })?;
            events.sort_by_cached_key(Event::position);
            Ok(events)
        })
        .await
    }

    async fn view(&self, customer: &CustomerId) -> Result<Option<View>, StoreError> {
        let (ground, customer) = (self.ground(), self.keys().customer(customer));
        let profile = read_current::<ViewRecord>(ground, &Key::View { customer })?;
        let state = read_current::<FoldState>(ground, &Key::FoldState { customer })?;
        Ok(profile.zip(state).map(|(ViewRecord(profile), state)| View::of_parts(profile, state)))
    }

    async fn write_effects(&self, effects: Effects) -> Result<(), StoreError> {
        let Effects { events, evidence, found, views, refreshed, stale, settlement } = effects;
        let write = move |draft: &mut Draft<'_>| {
            for piece in &evidence {
                evidence::add(draft, piece)?;
            }
            for event in events {
                put_event(draft, &event)?;
            }
            remember(draft, found)?;
            for identifier in refreshed {
                let identifier = draft.keys().mark(&identifier);
                draft.remove(&Key::Stale { identifier });
            }
            for identifier in stale {
                mark_stale(draft, identifier)?;
            }
            put_views(draft, views)
        };
        match settlement {
            Some(settlement) => self.settle_with([], settlement, write).await,
            None => self.write([], write).await,
        }
    }

    async fn decide(&self, decision: Decision, stale: Vec<Identifier>) -> Result<bool, StoreError> {
        self.write([], move |draft| {
            let decided = match decision {
                Decision::Retract(retraction) => evidence::retract(draft, retraction)?,
                Decision::Withdraw { what, withdrawal } => evidence::withdraw(draft, &what, withdrawal)?,
            };
            for identifier in stale.into_iter().filter(|_| decided) {
                mark_stale(draft, identifier)?;
            }
            Ok(decided)
        })
        .await
    }

    async fn walk(
        &self,
        from: Option<Walk>,
        limit: usize,
    ) -> Result<(Vec<Identifier>, Option<Walk>), StoreError> {
        self.read(move |ground| walk::on(ground, from, limit)).await
    }

    async fn has_current_view(&self, customer: &CustomerId) -> Result<bool, StoreError> {
        let key = Key::FoldState { customer: self.keys().customer(customer) };
        let state = read_current::<FoldState>(self.ground(), &key)?;
        Ok(state.is_some_and(|state| state.is_current()))
    }

    async fn stale(&self, limit: usize) -> Result<Vec<Identifier>, StoreError> {
        self.read(move |ground| {
            let mut stale = Vec::new();
            each_record(ground, &[tag::STALE], |_, IdentifierRecord(identifier)| {
                if stale.len() >= limit {
                    return Ok(Flow::Stop);
                }
                stale.push(identifier);
                Ok(Flow::On)
            })?;
            Ok(stale)
        })
        .await
    }
}

/// Where an event stands.
pub(crate) fn key_of(keys: &Keys, event: &Event) -> Key {
    let home = event.who.first().map_or(Mark::NOBODY, |home| keys.mark(home));
    Key::Event { home, at: event.at, event: keys.name(&event.id) }
}

fn put_event(draft: &mut Draft<'_>, event: &Event) -> Result<(), StoreError> {
    draft.seal(&key_of(draft.keys(), event), home(draft.keys(), event), event)
}

/// Keeps an event that surely is not kept: nothing is read first.
pub(super) fn put_new_event(draft: &mut Draft<'_>, event: &Event) -> Result<(), StoreError> {
    draft.seal_new(&key_of(draft.keys(), event), home(draft.keys(), event), event)
}

/// Who seals an event.
fn home(keys: &Keys, event: &Event) -> Mark {
    event.who.first().map_or_else(|| keys.nobody(), |home| keys.mark(home))
}

/// Persons and views around this identifier are to be made anew.
pub(crate) fn mark_stale(draft: &mut Draft<'_>, identifier: Identifier) -> Result<(), StoreError> {
    let mark = draft.keys().mark(&identifier);
    draft.seal(&Key::Stale { identifier: mark }, mark, &IdentifierRecord(identifier))
}

fn put_views(draft: &mut Draft<'_>, views: Vec<(CustomerId, View)>) -> Result<(), StoreError> {
    for (customer, view) in views {
        if draft.bytes() >= VIEW_BYTES {
            mark_stale(draft, Identifier::from(&customer))?;
            continue;
        }
        let customer = draft.keys().customer(&customer);
        draft.seal(&Key::FoldState { customer }, customer, view.state())?;
        draft.seal(&Key::View { customer }, customer, &ViewRecord(view.into_profile()))?;
    }
    Ok(())
}
