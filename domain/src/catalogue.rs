//! Products and the stock of each shop: public facts, nobody's.
//!
//! What a price is *today* is a question with a moment in it: [`Price::at`]. What replaces what, when the same thing is
//! told twice or out of order, is decided here and nowhere else: [`Product::replacing`] and [`restocked`].
//!
//! Never here: files, Shopify, whether a customer may be told.

pub mod port;

use serde::{Deserialize, Serialize};

use crate::{
    id::{InvalidId, MAX_ID_LEN, ProductId},
    money::Money,
    time::Timestamp,
};

/// A number under which a stock system, a till or a web shop knows one product in one size. Others choose it freely, so any
/// printable text of at most [`Sku::MAX_LEN`] bytes will do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sku(String);

impl Sku {
    /// Longest number, in bytes.
    pub const MAX_LEN: usize = MAX_ID_LEN;

    /// Checks the text, without the white space around it.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        let (text, kind) = (text.as_ref().trim(), "sku");
        if text.is_empty() {
            return Err(InvalidId::Empty { kind });
        }
        if text.len() > Self::MAX_LEN {
            return Err(InvalidId::TooLong { kind, len: text.len() });
        }
        match text.chars().find(|c| c.is_control()) {
            Some(found) => Err(InvalidId::Character { kind, found }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sku {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl From<Sku> for String {
    fn from(sku: Sku) -> Self {
        sku.0
    }
}

/// What one piece costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Without any sale.
    pub regular: Money,
    /// For a time, or until it is told otherwise.
    pub sale: Option<Sale>,
}

/// A lower price for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The price.
    pub price: Money,
    /// From this moment on; `None` is always.
    pub from: Option<Timestamp>,
    /// Before this moment; `None` is until it is told otherwise.
    pub until: Option<Timestamp>,
}

impl Price {
    /// Without a sale.
    pub const fn of(regular: Money) -> Self {
        Self { regular, sale: None }
    }

    /// What one piece costs at a moment.
    pub fn at(&self, now: Timestamp) -> Money {
        let runs = |sale: &Sale| {
            sale.from.is_none_or(|from| from <= now) && sale.until.is_none_or(|until| now < until)
        };
        self.sale.filter(runs).map_or(self.regular, |sale| sale.price)
    }
}

/// One product in one size, as it is counted and sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its numbers, each of one variant only; at most [`Variant::MAX_SKUS`].
    pub skus: Vec<Sku>,
    /// The size, where the product has sizes.
    pub size: Option<String>,
    /// Where it differs from the product's.
    pub price: Option<Price>,
}

impl Variant {
    /// Most numbers of a variant.
    pub const MAX_SKUS: usize = 50;
}

/// What is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The retailer's product number.
    pub id: ProductId,
    /// Name as the brand writes it, at most [`Product::MAX_NAME`] characters.
    pub name: String,
    /// Category as the brand writes it; may be empty.
    pub category: String,
    /// The brand, where the retailer has several.
    pub brand: Option<String>,
    /// What it costs; `None` when it is not told.
    pub price: Option<Price>,
    /// Its page in the web shop.
    pub url: Option<String>,
    /// A picture of it.
    pub image_url: Option<String>,
    /// Its sizes, in the brand's order, each once; at most [`Product::MAX_VARIANTS`]. Empty when they are not told.
    pub variants: Vec<Variant>,
    /// Since when it is no longer sold; `None` while it is.
    pub ended: Option<Timestamp>,
    /// When its system of record last changed it, where that is told: what is older changes nothing.
    pub revised: Option<Timestamp>,
}

impl Product {
    /// Longest name, in characters.
    pub const MAX_NAME: usize = 200;
    /// Longest category, brand or size, in characters.
    pub const MAX_LABEL: usize = 100;
    /// Longest address, in bytes.
    pub const MAX_URL: usize = 2_000;
    /// Most variants: as many as the largest web shops allow.
    pub const MAX_VARIANTS: usize = 2_048;

    /// Of which nothing more is told.
    pub fn new(id: ProductId, name: impl Into<String>, category: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            category: category.into(),
            brand: None,
            price: None,
            url: None,
            image_url: None,
            variants: Vec::new(),
            ended: None,
            revised: None,
        }
    }

    /// What one piece costs at a moment, in this size where one is meant; `None` when nothing tells it.
    ///
    /// Without a size, and where only sizes have prices, it is known when all sizes cost the same.
    pub fn price_at(&self, size: Option<&str>, now: Timestamp) -> Option<Money> {
        let of_size = self.variants.iter().find(|variant| size.is_some() && variant.size.as_deref() == size);
        let known = of_size.and_then(|variant| variant.price).or(self.price).map(|price| price.at(now));
        known.or_else(|| {
            let mut prices = self.variants.iter().map(|variant| variant.price.map(|price| price.at(now)));
            let first = prices.next()??;
            prices.all(|price| price == Some(first)).then_some(first)
        })
    }

    /// What is kept when this is told and `known` was; `None` when nothing changes: it is the same, or older.
    pub fn replacing(self, known: Option<&Self>) -> Option<Self> {
        let Some(known) = known else { return Some(self) };
        if let (Some(told), Some(before)) = (self.revised, known.revised)
            && told < before
        {
            return None;
        }
        // Who does not tell when it was changed must not let an older word come back.
        let new = Self { revised: self.revised.or(known.revised), ..self };
        (new != *known).then_some(new)
    }
}

/// Pieces of one product in one shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Size, where the product has sizes.
    pub size: Option<String>,
    /// Pieces in the shop.
    pub quantity: u32,
    /// When the pieces came in, or when they were first counted.
    pub since: Timestamp,
    /// When this number was told, where that is known: what is older changes nothing.
    pub counted: Option<Timestamp>,
}

impl Stock {
    /// Pieces of which nothing more is told.
    pub const fn new(size: Option<String>, quantity: u32, since: Timestamp) -> Self {
        Self { size, quantity, since, counted: None }
    }

    /// As it was counted at a moment.
    pub const fn counted(size: Option<String>, quantity: u32, at: Timestamp) -> Self {
        Self { size, quantity, since: at, counted: Some(at) }
    }
}

/// Most sizes of a product in a shop.
pub const MAX_SIZES: usize = Product::MAX_VARIANTS;

/// The pieces of a product in a shop when those of some sizes are told anew and the other sizes stay; `None` when nothing
/// changes. Sizes beyond [`MAX_SIZES`] are not kept.
///
/// The date of pieces is that of their coming in: it changes when a size is here that was not, and stays while some of it
/// are. A count that is older than the one known changes nothing.
pub fn restocked(known: &[Stock], told: &[Stock]) -> Option<Vec<Stock>> {
    let mut pieces = known.to_vec();
    for new in told {
        let Some(piece) = pieces.iter_mut().find(|piece| piece.size == new.size) else {
            if pieces.len() < MAX_SIZES {
                pieces.push(new.clone());
            }
            continue;
        };
        let older = new.counted.zip(piece.counted).is_some_and(|(new, known)| new < known);
        if older || piece.quantity == new.quantity {
            // Only that it was counted again: nothing to write a record for.
            continue;
        }
        if piece.quantity == 0 {
            piece.since = new.since;
        }
        piece.quantity = new.quantity;
        piece.counted = new.counted.or(piece.counted);
    }
    (pieces != known).then_some(pieces)
}

#[cfg(test)]
mod tests;
