//! The kinds of starters.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $one:ident = $name:literal, $place:ident;)+) => {
        /// The kinds of starters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum StarterKind { $($(#[$doc])* #[serde(rename = $name)] $one,)+ }

        impl StarterKind {
            /// All kinds, in the order that a brand without experience gives them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$one),+];

            /// Its name, as a charter writes it: the first part of the identifiers of its starters, and of its texts.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$one => $name,)+ }
            }

            /// Where it stands before anything is weighed.
            pub const fn place(self) -> Place {
                match self { $(Self::$one => Place::$place,)+ }
            }
        }
    };
}

/// Where a kind stands on a card, whatever a ranker makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Before all others: the guest came for it, or asked.
    Asked,
    /// Where the ranker puts it.
    Weighed,
    /// Only where nothing else is shown.
    Alone,
}

kinds! {
    /// The customer asked for help.
    HelpWanted = "help-wanted", Asked;
    /// An order waits for the customer in this shop.
    OrderReady = "order-ready", Asked;
    /// A return or a repair is on its way between the customer and this shop.
    ReturnExpected = "return-expected", Asked;
    /// What the customer looks up while standing in the shop is here.
    LookedUp = "looked-up", Weighed;
    /// An associate promised something, and it is time.
    Promise = "promise", Weighed;
    /// An item of the wish list is in this shop.
    WishArrived = "wish-arrived", Weighed;
    /// An item of the wish list or the cart costs less than when it was put there.
    PriceLower = "price-lower", Weighed;
    /// An item of the wish list or the cart that had run out here came in again.
    BackIn = "back-in", Weighed;
    /// A cart was left behind in the web shop.
    CartLeft = "cart-left", Weighed;
    /// Something the customer buys regularly is due again.
    UsualDue = "usual-due", Weighed;
    /// Something goes with what the customer owns.
    GoesWith = "goes-with", Weighed;
    /// A day that the customer told is near.
    Occasion = "occasion", Weighed;
    /// Something that headquarters would like guests to know.
    Campaign = "campaign", Weighed;
    /// An event or a story of the brand.
    Story = "story", Weighed;
    /// The customer is here again after long.
    WelcomeBack = "welcome-back", Weighed;
    /// There is nothing but a hello.
    Hello = "hello", Alone;
}

impl StarterKind {
    /// Whether it brings something that the customer has not met yet, in the shop's knowledge.
    pub const fn is_new(self) -> bool {
        matches!(self, Self::GoesWith | Self::Campaign | Self::Story)
    }

    /// Whether headquarters writes what is said.
    pub const fn is_told_by_brand(self) -> bool {
        matches!(self, Self::Campaign | Self::Story)
    }

    /// Whether the shop has news of a product that the customer put on a list.
    pub const fn is_news(self) -> bool {
        matches!(self, Self::PriceLower | Self::BackIn)
    }

    /// Whether it says only that something on a list is here, which goes without saying where there is news of it.
    pub const fn gives_way_to_news(self) -> bool {
        matches!(self, Self::WishArrived | Self::CartLeft)
    }

    /// Whether what is said names nothing, whatever it is about: a second one of the kind would be the same sentence.
    pub const fn names_nothing(self) -> bool {
        matches!(self, Self::LookedUp | Self::Promise | Self::UsualDue | Self::Occasion)
    }

    /// The kind of the starter that has this identifier, which begins with the kind's name.
    pub fn of_id(id: &str) -> Option<Self> {
        let name = id.split_once('/').map_or(id, |(name, _)| name);
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it answers what the customer asked just now: neither the charter's quiet times nor a control group keep it
    /// back.
    pub const fn answers(self) -> bool {
        matches!(self, Self::HelpWanted)
    }

    /// Whether a charter's caps count it: it suggests something, and answers nobody.
    pub const fn takes_room(self) -> bool {
        !self.answers() && !matches!(self.place(), Place::Alone)
    }
}
