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
        Event, Origin,
        port::{Effects, Events},
    },
    id::{CustomerId, OrderId, StoreId},
    identity::{Evidence, Identifier, IdentifierKind, Person},
    ports::StoreError,
    profile::{Profile, Taken, View, standing_orders},
    time::Timestamp,
    visit::TillOrders,
};

use super::{
    newcomers,
    persons::{Believed, Ground, Persons, Resting},
};

/// Components that are made anew at once.
const ANEW_AT_ONCE: usize = 64;
/// No further one is begun when views were made of so many events: what a commit cannot take would be made once more.
const EVENTS_AT_ONCE: usize = 1_024;

/// A profile that changed, and in which fields of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Whose.
    pub customer: CustomerId,
    /// What of it.
    pub fields: BTreeSet<Field>,
    /// What is known now of the orders at the tills of shops, where that is not what it was.
    pub orders: BTreeMap<StoreId, TillOrders>,
    /// When the profile was made anew: the numbers of all orders that are the customer's.
    pub standing: Option<BTreeSet<OrderId>>,
}

/// What follows.
#[derive(Debug, Default)]
pub(super) struct Planned {
    pub(super) effects: Effects,
    pub(super) changed: Vec<Changed>,
    /// Customers of whom a browser asked for privacy, and when last.
    pub(super) privacy: BTreeMap<CustomerId, Timestamp>,
    /// Browsers that pages wanted to tie to customers, beyond what they may.
    pub(super) turned_away: usize,
    /// Views that were made anew.
    pub(super) rebuilt: usize,
    /// Of how many events each of them was made.
    pub(super) made: Vec<(CustomerId, usize)>,
    /// Components that were found to be too large.
    pub(super) cut: usize,
    /// Their identifiers, as far as they were walked through.
    pub(super) too_large: BTreeSet<Identifier>,
    /// Evidence that came for what was known to be too large.
    pub(super) pieces_for_too_large: usize,
}

/// What follows from events that are not kept yet.
pub(super) async fn of_events(ground: Ground<'_>, events: Vec<Event>) -> Result<Planned, StoreError> {
    let mut events = events;
    let mut evidence: Vec<Evidence> = events.iter().flat_map(Evidence::of).collect();
    let mut counts = ground.store.would_count(evidence.clone()).await?;
    let turned_away = newcomers::turn_away(ground, &mut events, &mut evidence, &mut counts).await?;
    let coming = evidence.iter().zip(counts).filter(|(_, counts)| *counts);
    let coming: Vec<Evidence> = coming.map(|(piece, _)| piece.clone()).collect();
    let ends: BTreeSet<Identifier> =
        coming.iter().flat_map(|piece| [piece.a.clone(), piece.b.clone()]).collect();
    let for_too_large = |piece: &&Evidence| [&piece.a, &piece.b].iter().any(|end| ground.too_large.has(end));
    let pieces_for_too_large = coming.iter().filter(for_too_large).count();
    let mut plan = Plan::new(ground, &coming, &events);
    let mut anew = plan.regroup(ends).await?;
    anew.extend(newcomers::newly_vouched(ground, &evidence).await?);
    let mut to_fold: BTreeMap<CustomerId, Vec<&Event>> =
        anew.iter().map(|customer| (customer.clone(), Vec::new())).collect();
    for event in &events {
        let Some(home) = event.who.first() else { continue };
        if let Some(customer) = plan.customer_of(home).await? {
            plan.note_privacy(&customer, event);
            to_fold.entry(customer).or_default().push(event);
        }
    }
    for (customer, mut new) in to_fold {
        new.sort_by_cached_key(|event| event.position());
        let how = if anew.contains(&customer) { None } else { Some(new) };
        plan.update(customer, how).await?;
    }
    plan.hear_browsers(&evidence).await?;
    let mut planned = plan.finish();
    planned.turned_away = turned_away;
    planned.effects.events = events;
    planned.effects.evidence = evidence;
    planned.pieces_for_too_large = pieces_for_too_large;
    Ok(planned)
}

/// What follows where persons and views are to be made anew: of as many of these as hang together with the first
/// [`ANEW_AT_ONCE`] that do not hang together with each other, or fewer where they take many events.
pub(super) async fn of_stale(ground: Ground<'_>, stale: Vec<Identifier>) -> Result<Planned, StoreError> {
    let mut plan = Plan::new(ground, &[], &[]);
    let (mut asked, mut updated) = (0, BTreeSet::new());
    for identifier in &stale {
        if plan.found.contains_key(identifier) {
            continue;
        }
        let events = plan.planned.made.iter().map(|(_, events)| events).sum::<usize>();
        if asked >= ANEW_AT_ONCE || events >= EVENTS_AT_ONCE {
            break;
        }
        plan.person_of(identifier).await?;
        asked += 1;
        let customers: BTreeSet<CustomerId> =
            plan.found.values().filter_map(|person| person.customer()).collect();
        for customer in customers {
            if updated.insert(customer.clone()) {
                plan.update(customer, None).await?;
            }
        }
    }
    let refreshed = stale.into_iter().filter(|identifier| plan.found.contains_key(identifier)).collect();
    plan.hear_browsers(&[]).await?;
    let mut planned = plan.finish();
    planned.effects.refreshed = refreshed;
    Ok(planned)
}

/// What follows where identifiers are walked over: of those whose customer is not the remembered one, by other rules than
/// the present ones, and of those whose view other rules made.
pub(super) async fn of_walk(ground: Ground<'_>, identifiers: Vec<Identifier>) -> Result<Planned, StoreError> {
    let mut plan = Plan::new(ground, &[], &[]);
    let (mut moved, mut anew) = (BTreeSet::new(), BTreeSet::new());
    for identifier in identifiers {
        let remembered = ground.store.customer_of(&identifier).await?;
        let customer = plan.person_of(&identifier).await?.customer();
        if remembered.as_ref() != Some(&customer) {
            anew.extend(remembered.flatten());
            anew.extend(customer);
            moved.insert(identifier);
        } else if let Some(customer) = customer
            && !anew.contains(&customer)
            && !ground.store.has_current_view(&customer).await?
        {
            anew.insert(customer);
        }
    }
    for customer in anew {
        plan.update(customer, None).await?;
    }
    // Each identifier moves when it is walked over, so that none leaves a view unnoticed.
    plan.as_before = plan.found.keys().filter(|identifier| !moved.contains(*identifier)).cloned().collect();
    plan.hear_browsers(&[]).await?;
    Ok(plan.finish())
}

/// All identifiers of which a decision about evidence with these ends may change whose they are: those that hang together
/// with an end, or with anything that was seen with one.
pub(super) async fn surroundings(
    ground: Ground<'_>,
    ends: BTreeSet<Identifier>,
) -> Result<Vec<Identifier>, StoreError> {
    let mut plan = Plan::new(ground, &[], &[]);
    for end in ends {
        plan.person_of(&end).await?;
        for neighbour in plan.persons.neighbours(&end).await? {
            plan.person_of(&neighbour).await?;
        }
    }
    Ok(plan.found.into_keys().collect())
}

struct Plan<'a> {
    ground: Ground<'a>,
    store: &'a dyn Events,
    resting: &'a Resting,
    persons: Persons<'a>,
    /// Whose identifiers are with all that comes, as far as it was asked.
    found: BTreeMap<Identifier, Arc<Person>>,
    /// Of these nothing changed, and it is remembered whose they are.
    as_before: BTreeSet<Identifier>,
    /// Events that come, by home.
    coming: HashMap<&'a Identifier, Vec<&'a Event>>,
    /// Browsers that asked for privacy by a page's word, of what seems to be this customer, and when last.
    browsers: BTreeMap<(CustomerId, Identifier), Timestamp>,
    planned: Planned,
}

impl<'a> Plan<'a> {
    fn new(ground: Ground<'a>, evidence: &[Evidence], events: &'a [Event]) -> Self {
        let mut coming: HashMap<&Identifier, Vec<&Event>> = HashMap::new();
        for event in events {
            if let Some(home) = event.who.first() {
                coming.entry(home).or_default().push(event);
            }
        }
        let (Ground { store, resting, .. }, persons) = (ground, Persons::new(ground, evidence));
        let (found, as_before, planned) = (BTreeMap::new(), BTreeSet::new(), Planned::default());
        let browsers = BTreeMap::new();
        Self { ground, store, resting, persons, found, as_before, coming, browsers, planned }
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
        let as_before = before.iter().filter(|(identifier, person)| {
            let now = self.found.get(*identifier).and_then(|person| person.customer());
            !ends.contains(identifier) && now == person.customer()
        });
        self.as_before = as_before.map(|(identifier, _)| identifier.clone()).collect();
        // What is about to be remembered otherwise, and was by other rules than the present ones, leaves a view too.
        let mut left = BTreeSet::new();
        for identifier in self.found.keys().filter(|identifier| !self.as_before.contains(*identifier)) {
            if let Some(Some(customer)) = self.store.customer_of(identifier).await?
                && before.get(identifier).and_then(|person| person.customer()).as_ref() != Some(&customer)
            {
                left.insert(customer);
            }
        }
        // Each person once: it is found under each of its identifiers.
        let mut changed = BTreeMap::new();
        for person in self.found.values() {
            let Some(customer) = person.customer() else { continue };
            changed.entry(customer).or_insert_with_key(|customer| {
                before.get(&Identifier::from(customer)).is_none_or(|before| **before != **person)
            });
        }
        left.extend(changed.into_iter().filter(|(_, changed)| *changed).map(|(customer, _)| customer));
        Ok(left)
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
        let (view, standing) = match folded {
            Some(view) => (view, None),
            None if self.resting.has(&customer) => {
                self.planned.effects.stale.push(Identifier::from(&customer));
                return Ok(());
            }
            None => {
                let (view, standing) = self.rebuilt(&customer).await?;
                (view, Some(standing))
            }
        };
        let nothing = Profile::default();
        let former = before.as_ref().map_or(&nothing, View::profile);
        let fields = differing(former, view.profile());
        let orders = TillOrders::differing(former, view.profile());
        if before.as_ref() == Some(&view) {
            return Ok(());
        }
        if !fields.is_empty() || !orders.is_empty() {
            self.planned.changed.push(Changed { customer: customer.clone(), fields, orders, standing });
        }
        self.planned.effects.views.push((customer, view));
        Ok(())
    }

    /// The view made anew, and the numbers of all orders that are the customer's.
    async fn rebuilt(&mut self, customer: &CustomerId) -> Result<(View, BTreeSet<OrderId>), StoreError> {
        self.planned.rebuilt += 1;
        let person = self.person_of(&Identifier::from(customer)).await?;
        let mut events = Vec::new();
        for identifier in person.identifiers() {
            events.extend(self.store.events_of(identifier).await?);
            events.extend(self.coming.get(identifier).into_iter().flatten().copied().cloned());
        }
        for event in &events {
            self.note_privacy(customer, event);
        }
        self.planned.made.push((customer.clone(), events.len()));
        let standing = standing_orders(&events);
        Ok((View::rebuild(events), standing))
    }

    /// Remembers that a browser of the customer asked for privacy with this event.
    fn note_privacy(&mut self, customer: &CustomerId, event: &Event) {
        if !event.privacy_control {
            return;
        }
        if !matches!(event.origin, Origin::Page { .. }) {
            self.privacy_asked(customer, event.at);
            return;
        }
        for browser in event.who.iter().filter(|identifier| identifier.kind() == IdentifierKind::Anonymous) {
            let last = self.browsers.entry((customer.clone(), browser.clone())).or_insert(event.at);
            *last = (*last).max(event.at);
        }
    }

    fn privacy_asked(&mut self, customer: &CustomerId, at: Timestamp) {
        let last = self.planned.privacy.entry(customer.clone()).or_insert(at);
        *last = (*last).max(at);
    }

    /// Of the browsers that asked for privacy by a page's word, those count that are the customer's, and vouched for.
    async fn hear_browsers(&mut self, coming: &[Evidence]) -> Result<(), StoreError> {
        for ((customer, browser), at) in std::mem::take(&mut self.browsers) {
            let number = Identifier::from(&customer);
            let vouched_now = |piece: &Evidence| {
                piece.a == number && piece.b == browser && self.ground.believed.contains(&piece.id.source)
            };
            let vouched = coming.iter().any(vouched_now)
                || newcomers::is_vouched(self.ground, &number, &browser).await?;
            if vouched && self.person_of(&number).await?.has(&browser) {
                self.privacy_asked(&customer, at);
            }
        }
        Ok(())
    }

    fn finish(self) -> Planned {
        let mut planned = self.planned;
        (planned.cut, planned.too_large) = self.persons.into_cut();
        let found = self.found.into_iter().filter(|(identifier, _)| !self.as_before.contains(identifier));
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
