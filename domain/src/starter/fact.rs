//! What a starter rests on: facts, each with its date, its source, and the field of consent that it falls under.

use crate::{
    consent::Field,
    event::ServiceKind,
    id::{NoteId, ProductId, ServiceId},
    money::Money,
    profile::Source,
    time::{Day, Timestamp},
};

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
    /// The customer is in the shop.
    IsHere {
        /// Since when.
        at: Timestamp,
    },
    /// What a product cost when the customer put it on a list.
    CostThen {
        /// Which product.
        product: ProductId,
        /// How much, for one piece.
        price: Money,
        /// When.
        at: Timestamp,
        /// On which list, as its field of consent.
        list: Field,
        /// Known from where.
        source: Source,
    },
    /// What a product costs everybody now, by the catalogue.
    CostsNow {
        /// Which product.
        product: ProductId,
        /// In which size, where sizes differ.
        size: Option<String>,
        /// How much, for one piece.
        price: Money,
        /// At this moment.
        at: Timestamp,
    },
    /// A product was bought, and not as a gift.
    Owns {
        /// Which product.
        product: ProductId,
        /// The last time.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
    /// Many people who bought one product bought the other one, too.
    GoesWith {
        /// What goes with it.
        product: ProductId,
        /// With what.
        with: ProductId,
        /// How many people bought both.
        people: u32,
        /// As it is known at this moment.
        at: Timestamp,
    },
    /// The shop waits for the customer.
    Waits {
        /// For what.
        what: ServiceKind,
        /// Its number.
        service: ServiceId,
        /// How long, when that is told.
        until: Option<Timestamp>,
        /// Since when.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
    /// An associate promised something that was not kept yet.
    Promised {
        /// In which note.
        note: NoteId,
        /// By when.
        due: Timestamp,
        /// When it was promised.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
    /// A day that matters to the customer was told.
    DayTold {
        /// Its name: `birthday`, or as it was told.
        name: String,
        /// When it comes next.
        on: Day,
        /// When it was told.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
    /// The last order.
    LastOrder {
        /// When.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
    /// Headquarters would like guests to know something.
    Announced {
        /// The campaign's name.
        campaign: String,
        /// Until when.
        until: Timestamp,
        /// Since when.
        at: Timestamp,
    },
    /// The customer looked for things of a category, wishes one or bought one.
    CaresFor {
        /// Which category, as the brand writes it.
        category: String,
        /// From which part of the profile this follows, as its field of consent.
        part: Field,
        /// When last.
        at: Timestamp,
        /// Known from where.
        source: Source,
    },
}

impl Fact {
    /// The product that it speaks of, if any.
    pub const fn product(&self) -> Option<&ProductId> {
        match self {
            Self::AskedForHelp { .. }
            | Self::IsHere { .. }
            | Self::Waits { .. }
            | Self::Promised { .. }
            | Self::DayTold { .. }
            | Self::LastOrder { .. }
            | Self::Announced { .. }
            | Self::CaresFor { .. } => None,
            Self::LookedUp { product, .. }
            | Self::OnWishList { product, .. }
            | Self::InStockHere { product, .. }
            | Self::InCart { product, .. }
            | Self::BoughtBefore { product, .. }
            | Self::CostThen { product, .. }
            | Self::CostsNow { product, .. }
            | Self::Owns { product, .. }
            | Self::GoesWith { product, .. } => Some(product),
        }
    }

    /// All products that it speaks of.
    pub fn products(&self) -> impl Iterator<Item = &ProductId> {
        let other = match self {
            Self::GoesWith { with, .. } => Some(with),
            _ => None,
        };
        self.product().into_iter().chain(other)
    }

    /// What of the customer it is; `None` for what is nobody's.
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::AskedForHelp { .. } => Some(Field::HelpWanted),
            Self::IsHere { .. } => Some(Field::PresenceOnFloor),
            Self::LookedUp { .. } => Some(Field::Viewed),
            Self::OnWishList { .. } => Some(Field::WishList),
            Self::InCart { .. } => Some(Field::Cart),
            Self::BoughtBefore { .. } | Self::Owns { .. } => Some(Field::Bought),
            Self::Waits { .. } | Self::LastOrder { .. } => Some(Field::Orders),
            Self::Promised { .. } => Some(Field::Notes),
            Self::DayTold { .. } => Some(Field::Preferences),
            Self::CostThen { list: part, .. } | Self::CaresFor { part, .. } => Some(*part),
            Self::InStockHere { .. }
            | Self::CostsNow { .. }
            | Self::GoesWith { .. }
            | Self::Announced { .. } => None,
        }
    }

    /// Since when it is so, or when it happened.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::AskedForHelp { at }
            | Self::IsHere { at }
            | Self::LookedUp { at, .. }
            | Self::OnWishList { at, .. }
            | Self::InStockHere { at, .. }
            | Self::InCart { at, .. }
            | Self::BoughtBefore { last: at, .. }
            | Self::CostThen { at, .. }
            | Self::CostsNow { at, .. }
            | Self::Owns { at, .. }
            | Self::GoesWith { at, .. }
            | Self::Waits { at, .. }
            | Self::Promised { at, .. }
            | Self::DayTold { at, .. }
            | Self::LastOrder { at, .. }
            | Self::Announced { at, .. }
            | Self::CaresFor { at, .. } => *at,
        }
    }

    /// Known from where.
    pub const fn source(&self) -> Source {
        match self {
            Self::AskedForHelp { .. } | Self::IsHere { .. } => Source::Customer,
            Self::LookedUp { source, .. }
            | Self::OnWishList { source, .. }
            | Self::InCart { source, .. }
            | Self::BoughtBefore { source, .. }
            | Self::CostThen { source, .. }
            | Self::Owns { source, .. }
            | Self::Waits { source, .. }
            | Self::Promised { source, .. }
            | Self::DayTold { source, .. }
            | Self::LastOrder { source, .. }
            | Self::CaresFor { source, .. } => *source,
            Self::InStockHere { .. } | Self::CostsNow { .. } => Source::Stock,
            // Sums over what tills told, and a file of headquarters.
            Self::GoesWith { .. } => Source::Till,
            Self::Announced { .. } => Source::Import,
        }
    }
}
