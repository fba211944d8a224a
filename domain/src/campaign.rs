//! What headquarters would like guests to know: campaigns, stories and events, side by side with what is worth saying to one
//! person, and under the same rules.
//!
//! A campaign proposes a starter and nothing more: the charter judges it, a ranker weighs it, and a card shows it or not. It
//! is for everybody, or for who cares for a category, as far as that is shared; it chooses nobody.
//!
//! A file holds them ([`CampaignsFile`]); it is read whole ([`CampaignsFile::read`]), and each mistake is named by its place.
//! The texts are the brand's own, and are held to what all outer texts are held to ([`crate::words::unsaid_in`]): no word of
//! watching, no forbidden subject, no haste, and no price but the catalogue's, which stands where the text says `{price}`.
//!
//! To add a part of a campaign: a field in `file`, its check in `read`, a line in `docs/campaigns.md`.

mod file;
mod mistake;
mod plain;
mod read;

use std::collections::BTreeSet;

pub use self::{
    file::{CampaignFile, CampaignsFile, TextsFile},
    mistake::{InvalidCampaign, Mistake},
};
use crate::{
    id::{ProductId, StoreId},
    situation::Situation,
    starter::StarterKind,
    time::{Day, Timestamp},
    words::Phrase,
};

/// Most campaigns of a file.
pub const MAX_CAMPAIGNS: usize = 50;
/// Longest text, in characters: more is no line that somebody says.
pub const MAX_TEXT: usize = 200;
/// Where the price of the product stands in a text.
pub const PRICE: &str = "{price}";

/// A moment or a day that a campaign begins or ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Of the shop's calendar; the last day is one of the campaign's.
    Day(Day),
    /// Everywhere at once.
    Moment(Timestamp),
}

impl When {
    /// A moment of that day in all shops but those furthest from Greenwich: for words, not for rules.
    pub fn about(self) -> Timestamp {
        match self {
            Self::Day(day) => day.noon_utc(),
            Self::Moment(at) => at,
        }
    }
}

/// For whom a campaign is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum For {
    /// Everybody.
    Everybody,
    /// Everybody, where the product is in the shop.
    Product(ProductId),
    /// Who cares for a category, as far as that is shared.
    Category {
        /// As it is written.
        name: String,
        /// Its words: a product is of the category when they follow each other in its own.
        phrase: Phrase,
    },
}

/// A text in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// In English.
    pub english: String,
    /// In French, to a stranger.
    pub french: String,
    /// In French, to a friend; as to a stranger where nothing else is written.
    pub french_informal: Option<String>,
}

impl Texts {
    fn all(&self) -> impl Iterator<Item = &str> {
        [Some(&self.english), Some(&self.french), self.french_informal.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// Whether one of them speaks of the price of the product.
    pub fn tell_price(&self) -> bool {
        self.all().any(|text| text.contains(PRICE))
    }
}

/// One thing that headquarters would like guests to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its name: lower-case letters, digits and `-`.
    pub id: String,
    /// [`StarterKind::Campaign`], or [`StarterKind::Story`] for stories and events.
    pub kind: StarterKind,
    /// Its beginning.
    pub from: When,
    /// Its end.
    pub until: When,
    /// In these shops; in all where none is named.
    pub stores: BTreeSet<StoreId>,
    /// For whom.
    pub of: For,
    /// Whether its French addresses a stranger, and nothing is written for friends: who is one is not told.
    pub is_for_strangers: bool,
    /// What may be said aloud.
    pub say: Texts,
    /// Why, for the associate's eyes.
    pub reason: Texts,
}

impl Campaign {
    /// Whether it runs in this shop at this moment, by the shop's calendar.
    pub fn runs(&self, situation: &Situation) -> bool {
        let today = situation.today();
        let begun = match self.from {
            When::Day(day) => day <= today,
            When::Moment(at) => at <= situation.now,
        };
        let ended = match self.until {
            When::Day(day) => day < today,
            When::Moment(at) => at <= situation.now,
        };
        let here = self.stores.is_empty() || self.stores.contains(&situation.store);
        begun && !ended && here
    }

    /// The product that it is about.
    pub const fn product(&self) -> Option<&ProductId> {
        match &self.of {
            For::Product(product) => Some(product),
            For::Everybody | For::Category { .. } => None,
        }
    }

    /// Whether one of its texts speaks of the price of the product.
    pub fn tells_price(&self) -> bool {
        self.say.tell_price() || self.reason.tell_price()
    }
}

#[cfg(test)]
mod tests;
