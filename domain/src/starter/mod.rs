//! What is worth saying: candidates from small rules, one file a kind, then a choice of at most three.
//!
//! To add a kind: 1. a file here with a type that implements [`Rule`]; 2. a variant of [`StarterKind`], with the field
//! that it rests on; 3. a line in [`rules`]; 4. its texts in the server's message catalogue. A rule sees only a
//! [`Situation`], which holds nothing that the customer does not share; it states only facts that it returns in
//! [`Starter::facts`], each taken from the situation as it is.
//!
//! Rules say what is true; a [`Charter`](crate::charter::Charter) says what the brand never says; a [`Ranker`] says what is
//! worth most here. Learning comes in as another ranker: it weighs
//! candidates and can neither make nor change one.

mod cart_left;
mod choice;
mod fit;
mod help_wanted;
mod looked_up;
mod usual_due;
mod wish_arrived;

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

pub use self::{
    cart_left::{CART_LEFT_AFTER, CartLeft},
    choice::{Choice, FixedOrder, MAX_STARTERS, Ranker, choose},
    help_wanted::HelpWanted,
    looked_up::LookedUp,
    usual_due::UsualDue,
    wish_arrived::WishArrived,
};
use crate::{consent::Field, id::ProductId, profile::Source, situation::Situation, time::Timestamp};

/// The kinds of starters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StarterKind {
    /// The customer asked for help.
    HelpWanted,
    /// What the customer looks up while standing in the shop is here.
    LookedUp,
    /// An item of the wish list is in this shop.
    WishArrived,
    /// A cart was left behind in the web shop.
    CartLeft,
    /// Something the customer buys regularly is due again.
    UsualDue,
}

impl StarterKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::HelpWanted, Self::LookedUp, Self::WishArrived, Self::CartLeft, Self::UsualDue];

    /// Its name, as a charter writes it: the first part of the identifiers of its starters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HelpWanted => "help-wanted",
            Self::LookedUp => "looked-up",
            Self::WishArrived => "wish-arrived",
            Self::CartLeft => "cart-left",
            Self::UsualDue => "usual-due",
        }
    }

    /// What of the customer its main fact is: the kind may be shown only where this may.
    pub const fn rests_on(self) -> Field {
        match self {
            Self::HelpWanted => Field::HelpWanted,
            Self::LookedUp => Field::Viewed,
            Self::WishArrived => Field::WishList,
            Self::CartLeft => Field::Cart,
            Self::UsualDue => Field::Bought,
        }
    }
}

/// What became of a starter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// It was said aloud.
    Used,
    /// It did not fit this moment.
    NotNow,
}

/// A fact that a starter rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The customer asked for help.
    AskedForHelp {
        /// When.
        at: Timestamp,
    },
    /// A product was looked up in the web shop during the visit.
    LookedUp {
        /// Which product.
        product: ProductId,
        /// When.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
    /// An item is on the wish list.
    OnWishList {
        /// Which product.
        product: ProductId,
        /// In which size, when one was chosen.
        size: Option<String>,
        /// Since when.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
    /// Pieces are in this shop.
    InStockHere {
        /// Which product.
        product: ProductId,
        /// Which size.
        size: Option<String>,
        /// How many.
        quantity: u32,
        /// Since when.
        at: Timestamp,
    },
    /// A product lies in the cart of the web shop.
    InCart {
        /// Which product.
        product: ProductId,
        /// Pieces.
        quantity: u32,
        /// Since when.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
    /// A product was bought several times.
    BoughtBefore {
        /// Which product.
        product: ProductId,
        /// Number of orders.
        times: u32,
        /// The last one.
        last: Timestamp,
        /// Typical days between them.
        every_days: u32,
        /// Known from where.
        source: Source,
    },
}

impl Fact {
    /// The product that it speaks of, if any.
    pub const fn product(&self) -> Option<&ProductId> {
        match self {
            Self::AskedForHelp { .. } => None,
            Self::LookedUp { product, .. }
            | Self::OnWishList { product, .. }
            | Self::InStockHere { product, .. }
            | Self::InCart { product, .. }
            | Self::BoughtBefore { product, .. } => Some(product),
        }
    }
}

/// One suggested opening, before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// Its kind.
    pub kind: StarterKind,
    /// The product it speaks of, if any.
    pub product: Option<ProductId>,
    /// The facts it rests on, the main one first; never empty.
    pub facts: Vec<Fact>,
}

impl Starter {
    /// Identifies the starter within its visit: the same suggestion keeps its id as long as it stands.
    pub fn id(&self) -> String {
        let kind = self.kind.name();
        match &self.product {
            Some(product) => format!("{kind}/{product}"),
            None => kind.to_owned(),
        }
    }

    /// The products that it or one of its facts speaks of, each once.
    pub fn products(&self) -> BTreeSet<&ProductId> {
        self.product.iter().chain(self.facts.iter().filter_map(Fact::product)).collect()
    }

    /// Whether some starter could have this identifier.
    pub fn could_have_id(text: &str) -> bool {
        let (kind, product) =
            text.split_once('/').map_or((text, None), |(kind, product)| (kind, Some(product)));
        StarterKind::ALL.into_iter().any(|known| known.name() == kind)
            && product.is_none_or(|product| ProductId::new(product).is_ok())
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
        Box::new(LookedUp),
        Box::new(WishArrived),
        Box::new(cart_left),
        Box::new(UsualDue),
    ]
}

#[cfg(test)]
mod tests;
