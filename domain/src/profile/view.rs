//! The profile as a view over events: what is folded, in which order, and when it must be rebuilt.

use std::borrow::{Borrow, Cow};

use serde::{Deserialize, Serialize};

use super::{
    Moment, Profile, Source, cart,
    corrections::{self, Standing},
    interest::{self, Weight},
    notes,
    orders::{self, Memory},
    services, tastes, wishes,
};
use crate::{
    event::{Action, Correction, Event, Line, Origin, Position, Purchase, ServiceTold},
    identity::{Identifier, IdentifierKind},
};

/// The number of the rules. A change of what any event does raises it: stored views of other rules are rebuilt.
pub const FOLD_VERSION: u32 = 8;

/// A profile, with what keeping it up needs to know.
///
/// An arrival reads the [`Profile`] alone, so a store may keep the two apart, written together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct View {
    profile: Profile,
    state: FoldState,
}

/// What only the fold reads: the rules, the place of the last event, orders that may still change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldState {
    version: u32,
    folded_to: Option<Position>,
    memory: Memory,
}

/// What became of an event that was offered to a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Taken {
    /// It is in the view, by now or since the last time.
    Folded,
    /// The view is as it was, and not true any more: [`View::rebuild`] it from all events.
    MustRebuild,
}

impl FoldState {
    /// Whether it was made by the rules of this program.
    pub const fn is_current(&self) -> bool {
        self.version == FOLD_VERSION
    }
}

impl Default for FoldState {
    /// Of no events.
    fn default() -> Self {
        Self { version: FOLD_VERSION, folded_to: None, memory: Memory::default() }
    }
}

impl View {
    /// The view over these events, which may come in any order and more than once.
    pub fn rebuild<E: Borrow<Event>>(events: impl IntoIterator<Item = E>) -> Self {
        let mut events: Vec<E> = events.into_iter().collect();
        if !events.is_sorted_by(|a, b| canonical(a.borrow(), b.borrow()).is_lt()) {
            events.sort_by(|a, b| canonical(a.borrow(), b.borrow()));
            events.dedup_by(|a, b| canonical(E::borrow(a), E::borrow(b)).is_eq());
        }
        let mut view = Self::default();
        view.state.memory.corrections = Standing::after(events.iter().map(Borrow::borrow));
        for event in &events {
            fold(&mut view, event.borrow());
        }
        view
    }

    /// Folds an event that comes after all others; see [`Taken`] for every other one.
    pub fn take(&mut self, event: &Event) -> Taken {
        let position = event.position();
        if !self.is_current() {
            return Taken::MustRebuild;
        }
        match &self.state.folded_to {
            Some(last) if *last == position => return Taken::Folded,
            Some(last) if *last > position => return Taken::MustRebuild,
            _ => {}
        }
        if matches!(event.action, Action::Corrected { .. }) {
            return Taken::MustRebuild;
        }
        fold(self, event);
        Taken::Folded
    }

    /// What is known.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What is known, by value.
    pub fn into_profile(self) -> Profile {
        self.profile
    }

    /// What keeping it up needs to know.
    pub const fn state(&self) -> &FoldState {
        &self.state
    }

    /// From what was kept apart: the two must have been written together.
    pub const fn of_parts(profile: Profile, state: FoldState) -> Self {
        Self { profile, state }
    }

    /// The place of the last event that is in it.
    pub const fn folded_to(&self) -> Option<&Position> {
        self.state.folded_to.as_ref()
    }

    /// Whether it was made by the rules of this program.
    pub const fn is_current(&self) -> bool {
        self.state.is_current()
    }

    #[cfg(test)]
    pub(super) const fn memory(&self) -> &Memory {
        &self.state.memory
    }

    /// As a program of other rules would have stored it.
    #[cfg(test)]
    pub(super) fn of_version(self, version: u32) -> Self {
        Self { state: FoldState { version, ..self.state }, ..self }
    }
}

fn canonical(a: &Event, b: &Event) -> std::cmp::Ordering {
    (a.at, &a.id).cmp(&(b.at, &b.id))
}

impl From<Origin> for Source {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Web => Self::Web,
            Origin::Till => Self::Till,
            Origin::Import => Self::Import,
            Origin::Customer => Self::Customer,
            Origin::Associate => Self::Associate,
            Origin::Page { .. } => Self::Page,
        }
    }
}

/// Folds an event that comes after all that are in the view.
fn fold(view: &mut View, event: &Event) {
    let now = Moment { at: event.at, source: source_of(event) };
    match &event.action {
        Action::OrderPlaced(_)
        | Action::OrderUpdated(_)
        | Action::OrderRefunded { .. }
        | Action::OrderCancelled { .. } => fold_order(view, &event.action, now),
        Action::ProductViewed(line) => fold_look(view, line, now),
        Action::Corrected { what, how } => corrections::made(&mut view.profile, what, *how, now),
        Action::Noted { note, .. } => {
            if !Standing::is_disowned(&view.state.memory.corrections, *note) {
                notes::noted(&mut view.profile, &event.action, now);
            }
        }
        Action::Service(told) => fold_service(view, told, now),
        other => fold_other(&mut view.profile, other, now),
    }
    view.state.folded_to = Some(event.position());
}

/// Who is believed to have told an event. One that puts something on a list and names nobody but a browser is worth no more than
/// whoever says whose browser that is, and any page may say so: else a stranger's wish, told by the retailer's own server,
/// would be spoken of to a customer.
fn source_of(event: &Event) -> Source {
    let lists = matches!(
        event.action,
        Action::WishAdded(_) | Action::WishToCart(_) | Action::CartAdded(_) | Action::CartIs(_)
    );
    let is_browser = |who: &Identifier| who.kind() == IdentifierKind::Anonymous;
    match event.who.split_first() {
        Some((first, others)) if lists && is_browser(first) && others.iter().all(is_browser) => Source::Page,
        _ => event.origin.into(),
    }
}

fn fold_look(view: &mut View, line: &Line, now: Moment) {
    match Standing::of_look(&view.state.memory.corrections, &line.product, now.at) {
        Some(Correction::NotMe) => {}
        // It was looked at, and tells nothing of the customer's own interest.
        Some(Correction::Gift) => tastes::looked_at(&mut view.profile, line, now),
        Some(Correction::Withdrawn) | None => {
            tastes::looked_at(&mut view.profile, line, now);
            tastes::noticed(&mut view.profile, line, Weight::Look, now);
        }
    }
}

fn fold_order(view: &mut View, action: &Action, now: Moment) {
    let View { profile, state: FoldState { memory, .. } } = view;
    match action {
        Action::OrderPlaced(purchase) => {
            if let Some(purchase) = own(profile, memory, purchase, now.source) {
                leave_cart(profile, memory, &purchase, now);
                cart::checked_out(profile, orders::known_since(memory, &purchase.order, now.source), now);
                orders::placed(profile, memory, &purchase, now);
            }
        }
        Action::OrderUpdated(purchase) => {
            if let Some(purchase) = own(profile, memory, purchase, now.source) {
                leave_cart(profile, memory, &purchase, now);
                orders::updated(profile, memory, &purchase, now);
            }
        }
        Action::OrderRefunded { order, refund, lines, amount } => {
            let own = Standing::own_lines(&memory.corrections, order, lines).into_owned();
            if own.is_empty() == lines.is_empty() && !Standing::is_not_mine(&memory.corrections, order) {
                let refund = orders::Refund { number: refund.as_deref(), lines: &own, amount: *amount };
                orders::refunded(profile, memory, order, &refund, now.source);
            }
        }
        Action::OrderCancelled { order } if !Standing::is_not_mine(&memory.corrections, order) => {
            orders::cancelled(profile, memory, order, now.source);
            services::order_cancelled(profile, order, now);
        }
        _ => {}
    }
}

/// What somebody else bought waits for somebody else.
fn fold_service(view: &mut View, told: &ServiceTold, now: Moment) {
    let View { profile, state: FoldState { memory, .. } } = view;
    let Some(order) = &told.order else { return services::told(profile, told, false, now) };
    let own = Standing::own_lines(&memory.corrections, order, &told.lines).into_owned();
    if own.is_empty() == told.lines.is_empty() && !Standing::is_not_mine(&memory.corrections, order) {
        let told = ServiceTold { lines: own, ..told.clone() };
        services::told(profile, &told, orders::is_cancelled(memory, order, now.source), now);
    }
}

/// What of an order is the customer's own, unless it was told by who is believed more. When nothing is, that is
/// remembered: it may be refunded or cancelled.
fn own<'a>(
    profile: &mut Profile,
    memory: &mut Memory,
    purchase: &'a Purchase,
    source: Source,
) -> Option<Cow<'a, Purchase>> {
    if Standing::is_not_mine(&memory.corrections, &purchase.order)
        || !orders::may_tell(memory, &purchase.order, source)
    {
        return None;
    }
    let own = Standing::own(&memory.corrections, purchase);
    if own.is_none() {
        orders::disowned(profile, memory, &purchase.order, source);
    }
    own
}

/// Only what first tells of an order takes its lines out of the cart: later ones come when it may be filled again.
fn leave_cart(profile: &mut Profile, memory: &Memory, purchase: &Purchase, now: Moment) {
    if orders::known_since(memory, &purchase.order, now.source).is_none() {
        cart::bought(profile, &purchase.lines, now);
    }
}

fn fold_other(profile: &mut Profile, action: &Action, now: Moment) {
    match action {
        Action::ListViewed { category } => {
            interest::add(profile, category.as_deref(), Weight::Look, now);
        }
        Action::Searched { query } => tastes::searched(profile, query, now),
        Action::ProductShared(line) => tastes::noticed(profile, line, Weight::Dealt, now),
        Action::CartAdded(line) => {
            cart::added(profile, line, now);
            if !line.gift {
                tastes::noticed(profile, line, Weight::Wanted, now);
            }
        }
        Action::CartRemoved(line) => cart::removed(profile, line, now),
        Action::CartIs(lines) => cart::replaced(profile, lines, now),
        Action::CheckoutStarted(lines) => cart::checkout_started(profile, lines, now),
        Action::CheckoutStep { step } => cart::checkout_step(profile, *step, now),
        Action::Coupon { code, step } => cart::coupon(profile, code, *step, now),
        Action::WishAdded(line) => {
            wishes::added(profile, line, now);
            tastes::noticed(profile, line, Weight::Wanted, now);
        }
        Action::WishRemoved(line) => wishes::removed(profile, line, now),
        Action::WishToCart(line) => wishes::to_cart(profile, line, now),
        Action::Reviewed { product, rating_tenths } => {
            tastes::reviewed(profile, product, *rating_tenths, now);
        }
        Action::Designed { product, design, choices } => {
            tastes::designed(profile, product, design, choices, now);
        }
        Action::Preferred { name, value } => tastes::preferred(profile, name, value.as_deref(), now),
        Action::Identified(traits) => {
            let language = traits.language.iter().map(|language| ("language", language));
            let told = traits.preferences.iter().map(|(name, value)| (name.as_str(), value));
            for (name, value) in language.chain(told) {
                tastes::preferred(profile, name, Some(value), now);
            }
        }
        // Folded above, or of no meaning for a profile.
        Action::ProductViewed(_)
        | Action::OrderPlaced(_)
        | Action::OrderUpdated(_)
        | Action::OrderRefunded { .. }
        | Action::OrderCancelled { .. }
        | Action::Corrected { .. }
        | Action::Noted { .. }
        | Action::Service(_)
        | Action::PageViewed { .. }
        | Action::Other { .. } => {}
    }
}
