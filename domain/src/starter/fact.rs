//! What a starter rests on: facts, each with its date, its source, and the field of consent that it falls under.

use crate::{consent::Field, id::ProductId, money::Money, profile::Source, time::Timestamp};

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
}

impl Fact {
    /// The product that it speaks of, if any.
    pub const fn product(&self) -> Option<&ProductId> {
        match self {
            Self::AskedForHelp { .. } | Self::IsHere { .. } => None,
            Self::LookedUp { product, .. }
            | Self::OnWishList { product, .. }
            | Self::InStockHere { product, .. }
            | Self::InCart { product, .. }
            | Self::BoughtBefore { product, .. }
            | Self::CostThen { product, .. }
            | Self::CostsNow { product, .. } => Some(product),
        }
    }

    /// What of the customer it is; `None` for what is nobody's.
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::AskedForHelp { .. } => Some(Field::HelpWanted),
            Self::IsHere { .. } => Some(Field::PresenceOnFloor),
            Self::LookedUp { .. } => Some(Field::Viewed),
            Self::OnWishList { .. } => Some(Field::WishList),
            Self::InCart { .. } => Some(Field::Cart),
            Self::BoughtBefore { .. } => Some(Field::Bought),
            Self::CostThen { list, .. } => Some(*list),
            Self::InStockHere { .. } | Self::CostsNow { .. } => None,
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
            | Self::CostsNow { at, .. } => *at,
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
            | Self::CostThen { source, .. } => *source,
            Self::InStockHere { .. } | Self::CostsNow { .. } => Source::Stock,
        }
    }
}
