//! What follows from events, and from decisions about evidence: whose identifiers are, and which views change how.
//!
//! An event changes the views of one person, whose home identifier it names first. Evidence that counts may change who
//! belongs together: for everybody in the components of its ends, as they were and as they will be. So:
//!
//! 1. Who was who around the ends, and who will be.
//! 2. A customer whose identifiers changed gets a view made anew of all events of all of them.
//! 3. Any other customer's new events are folded on in canonical order, or the view is made anew when one is late.
//!
//! Nothing is written here.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use shopbell_domain::{
    consent::{Field, differing},
    event::{
        Event,
        port::{Effects, Events},
    },
    id::CustomerId,
    identity::{Evidence, Identifier, Person, Rules},
    ports::StoreError,
    profile::{Profile, Taken, View},
};

use super::persons::{Believed, Persons};

/// A profile that changed, and in which fields of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Whose.
    pub customer: CustomerId,
    /// What of it.
    pub fields: BTreeSet<Field>,
}

/// What follows.
#[derive(Debug, Default)]
pub(super) struct Planned {
    pub(super) effects: Effects,
    pub(super) changed: Vec<Changed>,
    /// Views that were made anew.
    pub(super) rebuilt: usize,
}

/// What follows from events that are not kept yet.
pub(super) async fn of_events(
    store: &dyn Events,
    rules: &Rules,
    events: Vec<Event>,
) -> Result<Planned, StoreError> {
    let evidence: Vec<Evidence> = events.iter().flat_map(Evidence::of).collect();
    let counts = store.would_count(evidence.clone()).await?;
    let coming = evidence.iter().zip(counts).filter(|(_, counts)| *counts);
    let coming: Vec<Evidence> = coming.map(|(piece, _)| piece.clone()).collect();
    let ends: BTreeSet<Identifier> =
        coming.iter().flat_map(|piece| [piece.a.clone(), piece.b.clone()]).collect();
    let mut plan = Plan::new(store, rules, &coming, &events);
    let anew = plan.regroup(ends).await?;
    let mut to_fold: BTreeMap<CustomerId, Vec<&Event>> =
        anew.iter().map(|customer| (customer.clone(), Vec::new())).collect();
    for event in &events {
        let Some(home) = event.who.first() else { continue };
        if let Some(customer) = plan.customer_of(home).await? {
            to_fold.entry(customer).or_default().push(event);
        }
    }
    for (customer, mut new) in to_fold {
        new.sort_by_cached_key(|event| event.position());
        let how = if anew.contains(&customer) { None } else { Some(new) };
        plan.update(customer, how).await?;
    }
    let mut planned = plan.finish();
    planned.effects.events = events;
    planned.effects.evidence = evidence;
    Ok(planned)
}

/// What follows where persons and views are to be made anew.
pub(super) async fn of_stale(
    store: &dyn Events,
    rules: &Rules,
    stale: Vec<Identifier>,
) -> Result<Planned, StoreError> {
    let mut plan = Plan::new(store, rules, &[], &[]);
    for identifier in &stale {
        plan.person_of(identifier).await?;
    }
    let persons: Vec<Arc<Person>> = plan.found.values().cloned().collect();
    let customers: BTreeSet<CustomerId> = persons.iter().filter_map(|person| person.customer()).collect();
    for customer in customers {
        plan.update(customer, None).await?;
    }
    let mut planned = plan.finish();
    planned.effects.refreshed = stale;
    Ok(planned)
}

/// All identifiers of which a decision about evidence with these ends may change whose they are: those that hang together
/// with an end, or with anything that was seen with one.
pub(super) async fn surroundings(
    store: &dyn Events,
    rules: &Rules,
    ends: BTreeSet<Identifier>,
) -> Result<Vec<Identifier>, StoreError> {
    let mut plan = Plan::new(store, rules, &[], &[]);
    for end in ends {
        plan.person_of(&end).await?;
        for neighbour in plan.persons.neighbours(&end).await? {
            plan.person_of(&neighbour).await?;
        }
    }
    Ok(plan.found.into_keys().collect())
}

struct Plan<'a> {
    store: &'a dyn Events,
    persons: Persons<'a>,
    /// Whose identifiers are with all that comes, as far as it was asked.
    found: BTreeMap<Identifier, Arc<Person>>,
    /// Events that come, by home.
    coming: HashMap<&'a Identifier, Vec<&'a Event>>,
    planned: Planned,
}

impl<'a> Plan<'a> {
    fn new(store: &'a dyn Events, rules: &'a Rules, evidence: &[Evidence], events: &'a [Event]) -> Self {
        let mut coming: HashMap<&Identifier, Vec<&Event>> = HashMap::new();
        for event in events {
            if let Some(home) = event.who.first() {
                coming.entry(home).or_default().push(event);
            }
        }
        let persons = Persons::new(store, rules, evidence);
        Self { store, persons, found: BTreeMap::new(), coming, planned: Planned::default() }
    }

    /// Finds out who is who around these ends of coming evidence. The customers whose identifiers change.
    async fn regroup(&mut self, ends: BTreeSet<Identifier>) -> Result<BTreeSet<CustomerId>, StoreError> {
        let mut before: BTreeMap<Identifier, Arc<Person>> = BTreeMap::new();
        for end in &ends {
            if !before.contains_key(end) {
                let persons = self.persons.around(end, Believed::Kept).await?;
                note(&mut before, persons);
            }
        }
        for identifier in before.keys() {
            self.person_of(identifier).await?;
        }
        let same = |customer: &CustomerId, person: &Person| {
            before.get(&Identifier::from(customer)).is_some_and(|before| **before == *person)
        };
        let changed = self.found.values().filter_map(|person| {
            let customer = person.customer()?;
            (!same(&customer, person)).then_some(customer)
        });
        Ok(changed.collect())
    }

    /// Whose an identifier will be.
    async fn person_of(&mut self, identifier: &Identifier) -> Result<Arc<Person>, StoreError> {
        if let Some(person) = self.found.get(identifier) {
            return Ok(Arc::clone(person));
        }
        let persons = self.persons.around(identifier, Believed::Coming).await?;
        note(&mut self.found, persons);
        let person = self.found.get(identifier).cloned();
        Ok(person.unwrap_or_else(|| Arc::new(Person::alone(identifier.clone()))))
    }

    /// Which customer's an identifier will be. What is remembered holds unless evidence comes for its component, and then
    /// [`Plan::regroup`] has found it.
    async fn customer_of(&mut self, home: &Identifier) -> Result<Option<CustomerId>, StoreError> {
        if let Some(person) = self.found.get(home) {
            return Ok(person.customer());
        }
        if let Some(remembered) = self.store.customer_of(home).await? {
            return Ok(remembered);
        }
        Ok(self.person_of(home).await?.customer())
    }

    /// Brings a view up to date: folds events on where that is possible.
    async fn update(&mut self, customer: CustomerId, fold: Option<Vec<&Event>>) -> Result<(), StoreError> {
        let before = match self.store.view(&customer).await {
            // What cannot be read is made anew.
            Err(StoreError::Damaged(error)) => {
                tracing::error!(error, "a view is damaged, and made anew");
                None
            }
            read => read?,
        };
        let folded = before.clone().zip(fold).and_then(|(view, events)| folded(view, &events));
        let view = match folded {
            Some(view) => view,
            None => self.rebuilt(&customer).await?,
        };
        let fields = match &before {
            Some(before) => differing(before.profile(), view.profile()),
            // What was shown until now came from imports.
            None => differing(&Profile::default(), view.profile()),
        };
        if before.as_ref() == Some(&view) {
            return Ok(());
        }
        if !fields.is_empty() {
            self.planned.changed.push(Changed { customer: customer.clone(), fields });
        }
        self.planned.effects.views.push((customer, view));
        Ok(())
    }

    async fn rebuilt(&mut self, customer: &CustomerId) -> Result<View, StoreError> {
        self.planned.rebuilt += 1;
        let person = self.person_of(&Identifier::from(customer)).await?;
        let mut events = Vec::new();
        for identifier in person.identifiers() {
            events.extend(self.store.events_of(identifier).await?);
            events.extend(self.coming.get(identifier).into_iter().flatten().copied().cloned());
        }
        Ok(View::rebuild(events))
    }

    fn finish(self) -> Planned {
        let mut planned = self.planned;
        let found = self.found.into_iter();
        planned.effects.found = found.map(|(identifier, person)| (identifier, person.customer())).collect();
        planned
    }
}

fn note(found: &mut BTreeMap<Identifier, Arc<Person>>, persons: Vec<Person>) {
    for person in persons.into_iter().map(Arc::new) {
        for identifier in person.identifiers() {
            found.insert(identifier.clone(), Arc::clone(&person));
        }
    }
}

/// The view with events folded on; `None` when it must be made anew.
fn folded(mut view: View, events: &[&Event]) -> Option<View> {
    let all = events.iter().all(|event| view.take(event) == Taken::Folded);
    all.then_some(view)
}
