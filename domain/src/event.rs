//! What happened in the customer's online life, or at a till: the facts that profiles are made of.
//!
//! An event names who it speaks of by [`Identifier`]s, never by a person: persons are a view over evidence
//! ([`crate::identity`]), and profiles a view over the events of a person's identifiers ([`crate::profile`]). So an event is
//! never changed, and taking back a wrong merge takes back all that followed from it.
//!
//! Whatever speaks another language (Segment's tracking API, Shopify's webhooks, a till's file) is turned into these at
//! the border. To add a kind: a variant of [`Action`], its place in the profile's fold, its mapping at the border.

mod import;
pub mod port;
mod service;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::{
    import::IMPORT_SOURCE,
    service::{ServiceKind, ServiceStep, ServiceTold},
};
use crate::{
    id::{AssociateId, MessageId, NoteId, OrderId, ProductId, SourceId, StoreId, VisitId},
    identity::Identifier,
    money::Money,
    redacted::Redacted,
    time::Timestamp,
};

/// Names an event for ever: the same name twice is the same event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId {
    /// Who sent it.
    pub source: SourceId,
    /// Its number there.
    pub message: MessageId,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// When it happened, with the sender's clock skew cancelled; never after it was received.
    pub at: Timestamp,
    /// Of whom it speaks, strongest first. Its home is the first one. Empty where nobody can be told, as of a tablet that
    /// many use.
    pub who: Vec<Identifier>,
    /// Where it happened.
    pub origin: Origin,
    /// Whether the browser asked for Global Privacy Control.
    pub privacy_control: bool,
    /// What happened.
    pub action: Action,
}

impl Event {
    /// Its place among all events.
    pub fn position(&self) -> Position {
        Position { at: self.at, id: self.id.clone() }
    }

    /// Its place among what speaks of who is who: a date that somebody may have made up is none.
    pub(crate) const fn witnessed_at(&self) -> Timestamp {
        match self.origin {
            Origin::Page { received } => received,
            Origin::Web | Origin::Till | Origin::Import | Origin::Customer | Origin::Associate => self.at,
        }
    }
}

/// The place of an event in the canonical order: by time, then by source and message. Views are folded in this order, so
/// that the order of arrival cannot matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// When the event happened.
    pub at: Timestamp,
    /// Its name.
    pub id: EventId,
}

/// Where an event happened, and by that how far its teller is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// In the web shop or the app, as the retailer's own server tells.
    Web,
    /// At the till of a shop.
    Till,
    /// In a file that the retailer imported.
    Import,
    /// By the customer's own correction or setting.
    Customer,
    /// In a shop, in the words of an associate.
    Associate,
    /// In the web shop or the app, as a page or an app tells: everybody can read its write key, so anybody may have.
    Page {
        /// When it was received, on the server's clock.
        received: Timestamp,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Looked at a product, or clicked on it.
    ProductViewed(Line),
    /// Looked at a list of products.
    ListViewed {
        /// The category, when the list is one's.
        category: Option<String>,
    },
    /// Searched.
    Searched {
        /// For what.
        query: Redacted<String>,
    },
    /// Shared a product with somebody.
    ProductShared(Line),
    /// Put something into the cart.
    CartAdded(Line),
    /// Took something out of the cart; no `quantity` given means all of it.
    CartRemoved(Line),
    /// The whole cart as it is now.
    CartIs(Vec<Line>),
    /// Went to the checkout with these lines, as far as they are told.
    CheckoutStarted(Vec<Line>),
    /// Got on in the checkout.
    CheckoutStep {
        /// The step, as the shop counts.
        step: Option<u32>,
    },
    /// Bought.
    OrderPlaced(Purchase),
    /// The order is now this.
    OrderUpdated(Purchase),
    /// Gave something back. No lines mean the whole order.
    OrderRefunded {
        /// Which order.
        order: OrderId,
        /// The refund's own number, when it is told: told again, it is the same refund.
        refund: Option<String>,
        /// What was given back.
        lines: Vec<Line>,
        /// What was paid back; positive.
        amount: Option<Money>,
    },
    /// The order was cancelled.
    OrderCancelled {
        /// Which order.
        order: OrderId,
    },
    /// Something became of a coupon.
    Coupon {
        /// Its code.
        code: String,
        /// What.
        step: CouponStep,
    },
    /// Put on the wish list.
    WishAdded(Line),
    /// Taken off the wish list.
    WishRemoved(Line),
    /// Moved from the wish list into the cart.
    WishToCart(Line),
    /// Reviewed a product.
    Reviewed {
        /// Which.
        product: ProductId,
        /// Tenths of a star, 0 to 50; `None` when none was given.
        rating_tenths: Option<u8>,
    },
    /// Designed a version of a product of one's own.
    Designed {
        /// The product that it is made from.
        product: ProductId,
        /// The design's number in the web shop.
        design: String,
        /// What was chosen, such as `sole: red`.
        choices: BTreeMap<String, String>,
    },
    /// Told a preference, such as a size, a favourite colour or brand.
    Preferred {
        /// Of what: `size:` and what it is a size of (`size:shoes`), `brand:` and the brand in lower case, of which one
        /// may like many, or any other name of the web shop (`colour`). Lower case.
        name: String,
        /// What; `None` takes it back.
        value: Option<String>,
    },
    /// Told who one is.
    Identified(Traits),
    /// Looked at a page or screen that is none of the above.
    PageViewed {
        /// Its name or path.
        page: Option<String>,
    },
    /// A kind that this program gives no meaning to; it is kept.
    Other {
        /// Its name.
        name: String,
        /// What was told of it, as JSON: the properties of a track call, the traits of a group. `None` when nothing was.
        told: Option<Redacted<String>>,
    },
    /// The customer corrected what is known. The last correction of a thing stands.
    Corrected {
        /// What it is about.
        what: Disputed,
        /// What is true of it.
        how: Correction,
    },
    /// An associate noted something of what the customer said, wrote the note anew, or took it back.
    Noted {
        /// Which note.
        note: NoteId,
        /// Who.
        author: AssociateId,
        /// In which shop.
        store: StoreId,
        /// In which visit.
        visit: VisitId,
        /// What; `None` takes the note back.
        text: Option<Redacted<String>>,
        /// What was promised with it.
        promise: Option<Promise>,
    },
    /// A pick-up, a return or a repair goes on.
    Service(ServiceTold),
}

impl Action {
    /// The order that it is about.
    pub const fn order(&self) -> Option<&OrderId> {
        match self {
            Self::OrderPlaced(purchase) | Self::OrderUpdated(purchase) => Some(&purchase.order),
            Self::OrderRefunded { order, .. } | Self::OrderCancelled { order } => Some(order),
            Self::Service(told) => told.order.as_ref(),
            _ => None,
        }
    }
}

/// What a customer corrects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Disputed {
    /// A whole order.
    Order(OrderId),
    /// One product of an order.
    OrderLine {
        /// The order.
        order: OrderId,
        /// The product, in all its sizes.
        product: ProductId,
    },
    /// All looks at a product up to the correction.
    Viewed(ProductId),
    /// A note of an associate.
    Note(NoteId),
}

/// How a customer corrects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Correction {
    /// It was for somebody else: it stays, and says nothing about the customer's own habits, sizes and tastes.
    Gift,
    /// It was somebody else: it is not known at all any more.
    NotMe,
    /// The earlier correction was wrong: all is as it was told first.
    Withdrawn,
}

/// What an associate promised the customer in a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// By when it is to be kept: the end of a day of the shop.
    pub due: Timestamp,
    /// Whether it was kept.
    pub kept: bool,
}

/// A product, as an event tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which product.
    pub product: ProductId,
    /// The size or variant chosen, when one was.
    pub size: Option<String>,
    /// Pieces; `None` when it is not told.
    pub quantity: Option<u32>,
    /// Of one piece.
    pub price: Option<Money>,
    /// As the web shop wrote it.
    pub name: Option<String>,
    /// As the web shop wrote it.
    pub brand: Option<String>,
    /// As the web shop wrote it.
    pub category: Option<String>,
    /// Whether it is told to be for somebody else.
    pub gift: bool,
}

impl Line {
    /// Most pieces of one line: beyond that somebody mistyped, and whatever adds up would be wrong.
    pub const MAX_QUANTITY: u32 = 10_000;

    /// Of which nothing but the product is told.
    pub const fn of(product: ProductId) -> Self {
        Self {
            product,
            size: None,
            quantity: None,
            price: None,
            name: None,
            brand: None,
            category: None,
            gift: false,
        }
    }

    /// The price of all its pieces; `None` when no price is told.
    pub fn value(&self) -> Option<Money> {
        let pieces = self.quantity.unwrap_or(1);
        self.price.map(|price| Money { minor: price.minor.saturating_mul(i64::from(pieces)), ..price })
    }
}

/// An order, as an event tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The retailer's order number.
    pub order: OrderId,
    /// What was bought. Empty when it is not told; in an update that says nothing about the lines known so far.
    pub lines: Vec<Line>,
    /// What was paid, tax and shipping included.
    pub total: Option<Money>,
    /// The code of the coupon that was used.
    pub coupon: Option<String>,
    /// The shop at whose till it was paid, when that is told.
    pub store: Option<StoreId>,
}

/// What became of a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CouponStep {
    /// Typed in.
    Entered,
    /// Taken.
    Applied,
    /// Refused.
    Denied,
    /// Taken off again.
    Removed,
}

/// What somebody told of themselves. `None` says nothing; it takes nothing back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Traits {
    /// The name to be greeted by.
    pub name: Option<Redacted<String>>,
    /// The given name.
    pub first_name: Option<Redacted<String>>,
    /// The family name.
    pub last_name: Option<Redacted<String>>,
    /// The language, as a BCP 47 tag.
    pub language: Option<String>,
    /// Preferences told along with it, by their names as in [`Action::Preferred`].
    pub preferences: BTreeMap<String, String>,
    /// Everything else that was told, as text, by its name.
    pub other: BTreeMap<String, Redacted<String>>,
}
