//! What the visit that is under way may become: the plausible among the possible, each with its grounds.
//!
//! A value only: how likely something is, models say ([`crate::situation::Situation::outlook`] takes it from them). What is
//! said of it here is what a person would call it, and which starters it speaks for.
//!
//! Never here: a model; whether a customer is worth more than another.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::starter::StarterKind;

/// What may become of the rest of a visit. They do not exclude each other. Records hold their places: a new one comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Prospect {
    /// An order is handed over.
    PickUp,
    /// Something bought earlier comes back, or in for repair.
    Return,
    /// Something is bought that the guest buys again and again.
    Replenish,
    /// Something of the wish list or the cart is bought.
    BuyWished,
    /// The guest chooses between products of one kind.
    Compare,
    /// The guest looks round.
    Browse,
    /// The guest needs somebody's help.
    NeedsHelp,
    /// The guest leaves unserved, with nothing.
    Leaves,
}

impl Prospect {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::PickUp,
        Self::Return,
        Self::Replenish,
        Self::BuyWished,
        Self::Compare,
        Self::Browse,
        Self::NeedsHelp,
        Self::Leaves,
    ];

    /// Its name in explanations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PickUp => "pick-up",
            Self::Return => "return",
            Self::Replenish => "replenish",
            Self::BuyWished => "buy from the wish list",
            Self::Compare => "compare",
            Self::Browse => "browse",
            Self::NeedsHelp => "needs help",
            Self::Leaves => "leaves",
        }
    }

    /// What a starter of a kind would help the visit to become; `None` for what helps with nothing particular.
    pub const fn of(kind: StarterKind) -> Option<Self> {
        match kind {
            StarterKind::HelpWanted | StarterKind::Promise => Some(Self::NeedsHelp),
            StarterKind::OrderReady => Some(Self::PickUp),
            StarterKind::ReturnExpected => Some(Self::Return),
            StarterKind::LookedUp => Some(Self::Compare),
            StarterKind::WishArrived
            | StarterKind::PriceLower
            | StarterKind::BackIn
            | StarterKind::CartLeft => Some(Self::BuyWished),
            StarterKind::UsualDue => Some(Self::Replenish),
            StarterKind::GoesWith | StarterKind::Campaign | StarterKind::Story | StarterKind::Occasion => {
                Some(Self::Browse)
            }
            StarterKind::WelcomeBack | StarterKind::Hello => None,
        }
    }
}

/// A prospect, how likely it is, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// What.
    pub prospect: Prospect,
    /// How likely, between 0 and 1.
    pub probability: f64,
    /// What speaks for it, or against, by the name of the sign, in log odds; the strongest first.
    pub grounds: Vec<(Cow<'static, str>, f64)>,
}
