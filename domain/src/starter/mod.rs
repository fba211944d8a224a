//! What is worth saying: candidates from small rules, one file a kind, then a choice of at most three.
//!
//! To add a kind: 1. a line in `kind`; 2. a file here with a type that implements [`Rule`]; 3. a line in [`rules`]; 4. its
//! facts in `fact`, each with the field of consent that it falls under; 5. its texts in the server's message catalogue.
//! `docs/starters.md` goes through it. A rule sees only a
//! [`Situation`], which holds nothing that the customer does not share; it states only facts that it returns in
//! [`Starter::facts`], each taken from the situation as it is.
//!
//! Rules say what is true; a [`Charter`](crate::charter::Charter) says what the brand never says; a [`Ranker`] says what is
//! worth most here. Learning comes in as another ranker: it weighs
//! candidates and can neither make nor change one.

mod back_in;
mod campaign;
mod cart_left;
mod choice;
mod fact;
mod fit;
mod goes_with;
mod hello;
mod help_wanted;
mod kind;
mod listed;
mod looked_up;
mod occasion;
mod order_ready;
mod past;
mod price_lower;
mod promise;
mod return_expected;
mod usual_due;
mod waiting;
mod welcome_back;
mod wish_arrived;

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

pub use self::{
    back_in::BackIn,
    campaign::Campaigns,
    cart_left::{CART_LEFT_AFTER, CartLeft},
    choice::{Choice, Considered, Drawn, Fate, FixedOrder, MAX_STARTERS, Ranker, Slot, choose},
    fact::Fact,
    fit::is_here_to_fit,
    goes_with::{FEWEST_PEOPLE, GoesWith},
    hello::Hello,
    help_wanted::HelpWanted,
    kind::{Place, StarterKind},
    looked_up::LookedUp,
    occasion::{GladDay, Occasion},
    order_ready::OrderReady,
    past::{ANSWERS, Answer, DECLINED_TWICE, Declined, LATELY, Past, WRONG},
    price_lower::PriceLower,
    promise::Promise,
    return_expected::ReturnExpected,
    usual_due::UsualDue,
    welcome_back::WelcomeBack,
    wish_arrived::WishArrived,
};
use crate::{consent::Field, id::ProductId, situation::Situation};

/// What became of a starter, in one tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// It was said aloud.
    Used,
    /// It did not fit this moment.
    NotNow,
    /// It was said, and it helped.
    Helpful,
    /// It was out of place, or not true.
    Wrong,
}

/// One suggested opening, before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// Its kind.
    pub kind: StarterKind,
    /// The product it speaks of, if any.
    pub product: Option<ProductId>,
    /// What it is about where that is no product: an order, a note, a campaign, by its number.
    pub thing: Option<String>,
    /// The facts it rests on, the main one first; never empty.
    pub facts: Vec<Fact>,
}

impl Starter {
    /// Identifies the starter within its visit: the same suggestion keeps its id as long as it stands.
    pub fn id(&self) -> String {
        let kind = self.kind.name();
        match (&self.thing, &self.product) {
            (Some(thing), _) => format!("{kind}/{thing}"),
            (None, Some(product)) => format!("{kind}/{product}"),
            (None, None) => kind.to_owned(),
        }
    }

    /// What of the customer it speaks of: it may be shown only where all of these may.
    pub fn fields(&self) -> BTreeSet<Field> {
        self.facts.iter().filter_map(Fact::field).collect()
    }

    /// The products that it or one of its facts speaks of, each once.
    pub fn products(&self) -> BTreeSet<&ProductId> {
        self.product.iter().chain(self.facts.iter().flat_map(Fact::products)).collect()
    }

    /// Whether some starter could have this identifier.
    pub fn could_have_id(text: &str) -> bool {
        let product = text.split_once('/').map(|(_, product)| product);
        StarterKind::of_id(text).is_some() && product.is_none_or(|product| ProductId::new(product).is_ok())
    }
}

/// Makes candidates of one kind.
pub trait Rule: Send + Sync {
    /// The candidates that the situation supports, best first; none is fine.
    fn propose(&self, situation: &Situation) -> Vec<Starter>;
}

/// All rules; a cart is left when nothing of it was touched for so long.
pub fn rules(cart_left_after: Duration) -> Vec<Box<dyn Rule>> {
    let cart_left = CartLeft { after: cart_left_after };
    vec![
        Box::new(HelpWanted),
        Box::new(OrderReady),
        Box::new(ReturnExpected),
        Box::new(LookedUp),
        Box::new(Promise),
        Box::new(WishArrived),
        Box::new(PriceLower),
        Box::new(BackIn),
        Box::new(cart_left),
        Box::new(UsualDue),
        Box::new(GoesWith),
        Box::new(Occasion),
        Box::new(Campaigns),
        Box::new(WelcomeBack),
        Box::new(Hello),
    ]
}

#[cfg(test)]
mod tests;
