//! Events under their home identifiers, and the views over them.

use async_trait::async_trait;
use shopbell_domain::{
    event::{
        Event,
        port::{Decision, Effects, Events, Walk},
    },
    id::{CustomerId, InvalidId},
    identity::{Evidence, Identifier, Retracted},
    ports::{Change, StoreError},
    profile::{FoldState, Order, Profile, View},
    time::Timestamp,
};

use super::{identities::remember, walk};
use crate::{
    draft::Draft,
    engine::{Engine, Flow, read, read_current, read_value, scan},
    evidence,
    key::{Key, Mark, prefix, tag},
    record::{EvidenceRecord, IdentifierRecord, ProfileRecord, ViewRecord},
    store::EmbeddedStore,
};

/// Views are written until the commit has this number of bytes; the largest view fits between it and the engine's limit.
const VIEW_BYTES: usize = 2 * 1_024 * 1_024;

#[async_trait]
impl Events for EmbeddedStore {
    async fn would_count(&self, evidence: Vec<Evidence>) -> Result<Vec<bool>, StoreError> {
        self.read(move |engine| {
            let draft = Draft::new(engine);
            evidence.iter().map(|piece| evidence::would_count(&draft, piece)).collect()
        })
        .await
    }

    async fn evidence_of(&self, what: &Retracted) -> Result<Vec<Evidence>, StoreError> {
        let what = what.clone();
        self.read(move |engine| {
            let mut all = match &what {
                Retracted::Event(event) => {
                    let key = Key::EvidenceOf { event: event.clone() };
                    read::<EvidenceRecord>(engine, &key)?.unwrap_or_default().0
                }
                Retracted::Pair(pair) => evidence::evidence_for(engine, pair)?,
            };
            all.sort();
            Ok(all)
        })
        .await
    }

    async fn events_of(&self, home: &Identifier) -> Result<Vec<Event>, StoreError> {
        let home = home.clone();
        self.read(move |engine| {
            let mut events = match home.customer() {
                Some(customer) => imported(engine, &customer)?,
                None => Vec::new(),
            };
            let prefix = prefix::events_of(Mark::of(&home));
            scan(engine, &prefix, &prefix, |key, value| {
                let key =
                    Key::decode(&key).map_err(|error| StoreError::Damaged(format!("an event: {error}")))?;
                events.push(read_value(engine, &key, &value)?);
                Ok(Flow::On)
            })?;
            events.sort_by_cached_key(Event::position);
            Ok(events)
        })
        .await
    }

    async fn view(&self, customer: &CustomerId) -> Result<Option<View>, StoreError> {
        let engine = self.engine();
        let profile = read_current::<ViewRecord>(engine, &Key::View { customer: customer.clone() })?;
        let state = read_current::<FoldState>(engine, &Key::FoldState { customer: customer.clone() })?;
        Ok(profile.zip(state).map(|(ViewRecord(profile), state)| View::of_parts(profile, state)))
    }

    async fn write_effects(&self, effects: Effects) -> Result<(), StoreError> {
        let Effects { events, evidence, found, views, refreshed, settlement } = effects;
        let write = move |draft: &mut Draft<'_>| {
            for piece in &evidence {
                evidence::add(draft, piece)?;
            }
            for event in events {
                draft.put(&key_of(&event), &event)?;
            }
            remember(draft, found)?;
            for identifier in refreshed {
                draft.remove(&Key::Stale { identifier: Mark::of(&identifier) })?;
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
        self.read(move |engine| walk::on(engine, from, limit)).await
    }

    async fn has_current_view(&self, customer: &CustomerId) -> Result<bool, StoreError> {
        let key = Key::FoldState { customer: customer.clone() };
        let state = read_current::<FoldState>(self.engine(), &key)?;
        Ok(state.is_some_and(|state| state.is_current()))
    }

    async fn stale(&self, limit: usize) -> Result<Vec<Identifier>, StoreError> {
        self.read(move |engine| {
            let mut stale = Vec::new();
            scan(engine, &[tag::STALE], &[tag::STALE], |key, value| {
                if stale.len() >= limit {
                    return Ok(Flow::Stop);
                }
                let key = Key::decode(&key)
                    .map_err(|error| StoreError::Damaged(format!("a mark of a stale view: {error}")))?;
                let IdentifierRecord(identifier) = read_value(engine, &key, &value)?;
                stale.push(identifier);
                Ok(Flow::On)
            })?;
            Ok(stale)
        })
        .await
    }
}

pub(crate) fn key_of(event: &Event) -> Key {
    let home = event.who.first().map_or(Mark::NOBODY, Mark::of);
    Key::Event { home, at: event.at, event: event.id.clone() }
}

/// Persons and views around this identifier are to be made anew.
pub(crate) fn mark_stale(draft: &mut Draft<'_>, identifier: Identifier) -> Result<(), StoreError> {
    draft.put(&Key::Stale { identifier: Mark::of(&identifier) }, &IdentifierRecord(identifier))
}

fn put_views(draft: &mut Draft<'_>, views: Vec<(CustomerId, View)>) -> Result<(), StoreError> {
    for (customer, view) in views {
        if draft.bytes() >= VIEW_BYTES {
            mark_stale(draft, Identifier::from(&customer))?;
            continue;
        }
        draft.put(&Key::FoldState { customer: customer.clone() }, view.state())?;
        draft.put(&Key::View { customer }, &ViewRecord(view.into_profile()))?;
    }
    Ok(())
}

/// What imports told of a customer, as events.
fn imported(engine: &dyn Engine, customer: &CustomerId) -> Result<Vec<Event>, StoreError> {
    let mut changes = Vec::new();
    let prefix = prefix::orders_of(customer);
    scan(engine, &prefix, &prefix, |key, value| {
        let key = Key::decode(&key).map_err(|error| StoreError::Damaged(format!("an order: {error}")))?;
        let order: Order = read_value(engine, &key, &value)?;
        changes.push(Change::Order { customer: customer.clone(), order });
        Ok(Flow::On)
    })?;
    let record = read::<ProfileRecord>(engine, &Key::Profile { customer: customer.clone() })?;
    changes.extend(record.into_iter().flat_map(|record| told(customer, record)));
    let events: Result<Vec<Vec<Event>>, InvalidId> = changes.iter().map(Event::of_import).collect();
    let events = events.map_err(|error| StoreError::Damaged(format!("an imported fact: {error}")))?;
    Ok(events.into_iter().flatten().collect())
}

fn told(customer: &CustomerId, record: ProfileRecord) -> Vec<Change> {
    let ProfileRecord { profile, cart_at } = record;
    let Profile { wish_list, cart, viewed, sizes, .. } = profile;
    let of = || customer.clone();
    let wishes = wish_list.into_iter().map(|item| Change::Wish { customer: of(), item });
    let views = viewed.into_iter().map(|item| Change::View { customer: of(), item });
    let sizes = sizes.into_iter().map(|size| Change::Size { customer: of(), size });
    let cart = cart_at.map(|at: Timestamp| Change::Cart { customer: of(), at, items: cart });
    wishes.chain(views).chain(sizes).chain(cart).collect()
}
