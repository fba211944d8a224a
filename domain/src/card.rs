//! What a tablet may see of a customer: by sharing level, moment and confirmation.
//!
//! A card is composed from a [`Situation`], which holds only what is allowed, and [`Card::compose`] asks once more
//! for all of it. To add a field: 1. here; 2. in `compose`, behind [`Consent::shows`]; 3. in the leak test, which does not
//! compile until it knows every field. A new part of the profile needs nothing here: it comes with [`Card::known`].

use std::cmp::Reverse;

use crate::{
    consent::{Consent, Field, shared},
    floor::Guest,
    profile::{Bought, Profile},
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
    /// Bought at least twice, most often first.
    pub usual_items: Vec<Bought>,
    /// The profile without what may not be shown; of what was bought there are only the usual items above.
    pub known: Profile,
    /// What became of the visit.
    pub outcome: Option<Outcome>,
}

/// What the quiet line of a card speaks of.
const SHOWN_AS_SHARED: [Field; 21] = [
    Field::Name,
    Field::WishList,
    Field::Sizes,
    Field::Cart,
    Field::Checkout,
    Field::Coupons,
    Field::Preferences,
    Field::Designs,
    Field::BrandsWanted,
    Field::Orders,
    Field::OrderDetails,
    Field::Bought,
    Field::BoughtSizes,
    Field::BrandsBought,
    Field::Lifetime,
    Field::Reviews,
    Field::Viewed,
    Field::Searches,
    Field::Interests,
    Field::BrandsLookedAt,
    Field::Notes,
];

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
        consent: &Consent,
        starters: Vec<Starter>,
        verdicts: &[(String, Verdict)],
        outcome: Option<Outcome>,
    ) -> Self {
        let now = situation.now;
        let shows = |field: Field| (confirmed || !field.needs_confirmation()) && consent.shows(field, now);
        let mut known = shared(&situation.known, shows);
        let usual_items = usual_items(&std::mem::take(&mut known.bought));
        let starters = starters
            .into_iter()
            .filter(|starter| confirmed || starter.kind == StarterKind::HelpWanted)
            .filter(|starter| starter.fields().into_iter().all(|field| consent.shows(field, now)))
            .map(|starter| {
                let verdict = verdict_on(&starter, verdicts);
                (starter, verdict)
            })
            .collect();
        Self {
            guest: visible(guest, consent, now),
            confirmed,
            shares: SHOWN_AS_SHARED.into_iter().filter(|field| consent.shows(*field, now)).collect(),
            starters,
            usual_items,
            known,
            outcome,
        }
    }
}

/// The row without what may not be shown at this moment.
fn visible(guest: Guest, consent: &Consent, now: Timestamp) -> Guest {
    Guest {
        name: guest.name.filter(|_| consent.shows(Field::Name, now)),
        help_since: guest.help_since.filter(|_| consent.shows(Field::HelpWanted, now)),
        bought: guest.bought && consent.shows(Field::Orders, now),
        ..guest
    }
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
