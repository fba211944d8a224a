//! What a tablet may see of a customer: by sharing level, moment and confirmation.
//!
//! A card is composed from a [`Situation`], which holds only what is allowed, and [`Card::compose`] asks once more
//! for what does not come from there. To add a field: 1. here; 2. in `compose`, from the situation or behind
//! [`Sharing::permits`]; 3. in the leak test, which does not compile until it knows every field.

use std::cmp::Reverse;

use crate::{
    consent::{Field, Sharing},
    floor::Guest,
    profile::{Bought, Item, Order, Size},
    situation::Situation,
    starter::{Starter, StarterKind, Verdict},
    time::Timestamp,
    visit::Outcome,
};

/// What the tablet shows of a customer, before names are looked up and texts are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The row that it belongs to.
    pub guest: Guest,
    /// Whether this associate confirmed the person.
    pub confirmed: bool,
    /// What the customer chose to share, for the quiet line.
    pub shares: Vec<Field>,
    /// At most three, best first, each with what the associate said of it.
    pub starters: Vec<(Starter, Option<Verdict>)>,
    /// Sizes.
    pub sizes: Vec<Size>,
    /// Wish list, newest first.
    pub wish_list: Vec<Item>,
    /// Cart, newest first.
    pub cart: Vec<Item>,
    /// Bought at least twice, most often first.
    pub usual_items: Vec<Bought>,
    /// Looked at, newest first.
    pub viewed: Vec<Item>,
    /// Last orders, newest first.
    pub orders: Vec<Order>,
    /// What became of the visit.
    pub outcome: Option<Outcome>,
}

/// What the quiet line of a card speaks of.
const SHOWN_AS_SHARED: [Field; 6] =
    [Field::Name, Field::WishList, Field::Sizes, Field::Cart, Field::Purchases, Field::Browsing];

/// Most usual items on a card.
pub const MAX_USUAL_ITEMS: usize = 12;

impl Card {
    /// The card of a visit at the moment of its situation.
    ///
    /// Until this associate has confirmed the person it is minimal: the row, what is shared in general, and a starter
    /// only if help is wanted. `starters` are those of [`crate::starter::choose`]; `verdicts` those of the visit.
    pub fn compose(
        guest: Guest,
        situation: &Situation,
        confirmed: bool,
        sharing: &Sharing,
        starters: Vec<Starter>,
        verdicts: &[(String, Verdict)],
        outcome: Option<Outcome>,
    ) -> Self {
        let now = situation.now;
        let confirmed_part = |field| confirmed && sharing.permits(field, now);
        let starters = starters
            .into_iter()
            .filter(|starter| confirmed || starter.kind == StarterKind::HelpWanted)
            .filter(|starter| sharing.permits(starter.kind.rests_on(), now))
            .map(|starter| {
                let verdict = verdict_on(&starter, verdicts);
                (starter, verdict)
            })
            .collect();
        Self {
            guest: visible(guest, sharing, now),
            confirmed,
            shares: SHOWN_AS_SHARED.into_iter().filter(|field| sharing.permits(*field, now)).collect(),
            starters,
            sizes: only(confirmed_part(Field::Sizes), &situation.sizes),
            wish_list: only(confirmed_part(Field::WishList), &situation.wish_list),
            cart: only(confirmed_part(Field::Cart), &situation.cart),
            usual_items: only(confirmed_part(Field::Purchases), &usual_items(&situation.bought)),
            viewed: only(confirmed_part(Field::Browsing), &situation.viewed),
            orders: only(confirmed_part(Field::Purchases), &situation.orders),
            outcome,
        }
    }
}

/// The row without what may not be shown at this moment.
fn visible(guest: Guest, sharing: &Sharing, now: Timestamp) -> Guest {
    Guest {
        name: guest.name.filter(|_| sharing.permits(Field::Name, now)),
        help_since: guest.help_since.filter(|_| sharing.permits(Field::HelpWanted, now)),
        ..guest
    }
}

fn only<T: Clone>(allowed: bool, part: &[T]) -> Vec<T> {
    if allowed { part.to_vec() } else { Vec::new() }
}

fn verdict_on(starter: &Starter, verdicts: &[(String, Verdict)]) -> Option<Verdict> {
    let id = starter.id();
    verdicts.iter().rev().find(|(of, _)| *of == id).map(|(_, verdict)| *verdict)
}

fn usual_items(bought: &[Bought]) -> Vec<Bought> {
    let mut usual: Vec<&Bought> = bought.iter().filter(|bought| bought.times >= 2).collect();
    usual.sort_by_key(|bought| (Reverse((bought.times, bought.last)), &bought.product));
    usual.into_iter().take(MAX_USUAL_ITEMS).cloned().collect()
}

#[cfg(test)]
mod tests;
