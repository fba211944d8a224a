//! What a tablet may see of a customer: by sharing level, moment and confirmation.

use crate::{
    consent::Field,
    floor::Guest,
    profile::{Bought, Item, Order, Size},
    starter::{Starter, Verdict},
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
