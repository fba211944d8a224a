//! What is known around a customer and is not of the profile: the shop's shelves, and what models say.

use std::{collections::BTreeMap, sync::Arc};

use super::Shelf;
use crate::{
    campaign::Campaign, holdout::Arm, id::ProductId, moment::Moment, starter::Past, time::LocalTime,
};

/// A product that goes with one that the customer owns, as what others bought tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairing {
    /// What goes with it.
    pub product: ProductId,
    /// What the customer owns.
    pub with: ProductId,
    /// How many customers bought both: never of a few, who could be told apart.
    pub people: u32,
    /// How strongly, from 0 to 1.
    pub strength: f64,
}

/// What [`super::Situation::gather`] is given beside the profile. It may hold more than is allowed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Around {
    /// Products on hand.
    pub shelves: BTreeMap<ProductId, Shelf>,
    /// What goes with what was bought, the likeliest to be bought first.
    pub goes_with: Vec<Pairing>,
    /// How likely each usual item is bought at this visit.
    pub due: BTreeMap<ProductId, f64>,
    /// The same by own gaps alone, which is what an outlook was fitted to.
    pub by_rhythm: BTreeMap<ProductId, f64>,
    /// What headquarters would like guests to know.
    pub brand: Vec<Arc<Campaign>>,
    /// The clock on the shop's wall.
    pub local: Option<LocalTime>,
    /// Whether the guest may be spoken to; `None` where nobody judged it, and it is as if they may.
    pub moment: Option<Moment>,
    /// Which part of the experiment the customer is in.
    pub arm: Arm,
    /// What is remembered of earlier showings.
    pub past: Past,
    /// Whether the customer is a minor; `None` where that is not known.
    pub minor: Option<bool>,
}

impl Around {
    /// Where nothing but the shelves is known.
    pub fn of(shelves: BTreeMap<ProductId, Shelf>) -> Self {
        Self { shelves, ..Self::default() }
    }
}
