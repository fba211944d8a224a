//! What can be wrong with campaigns: each mistake names where it stands.

use super::{MAX_CAMPAIGNS, MAX_TEXT};

/// A mistake, with its place: `campaign[2].say.fr: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("campaign[{index}].{key}: {mistake}")]
pub struct InvalidCampaign {
    /// Which campaign, from 0.
    pub index: usize,
    /// Which of its keys.
    pub key: &'static str,
    /// What is wrong.
    pub mistake: Mistake,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A name.
    #[error("{0:?} is no name: lower-case letters, digits and `-`, at most 40")]
    Name(String),
    /// A name that stands twice.
    #[error("{0:?} stands twice")]
    Twice(String),
    /// More than are allowed.
    #[error("there are more than {MAX_CAMPAIGNS}: who has so much to say is not heard")]
    TooMany,
    /// A kind that there is not.
    #[error("there is no kind {0:?}; write \"campaign\", \"story\" or \"event\"")]
    Kind(String),
    /// No time.
    #[error("{0:?} is neither a day, such as 2026-12-01, nor a moment of RFC 3339")]
    When(String),
    /// It is over before it begins.
    #[error("it ends before it begins")]
    Over,
    /// No number of a product, of a shop, or no category.
    #[error("{0:?} is none")]
    NoSuch(String),
    /// Two reasons to tell it.
    #[error("it is about a product or for a category, not both")]
    Both,
    /// Nothing is written, or too much, or no line of text.
    #[error("write one line of 1 to {MAX_TEXT} characters")]
    Length,
    /// It would tell of watching.
    #[error("{0:?} tells a guest that something was followed, or what the shop knows of them")]
    Watching(&'static str),
    /// It touches what the charter forbids.
    #[error("it touches the subject {0:?}, which the charter forbids")]
    Subject(String),
    /// A price that is written.
    #[error(
        "{0:?} looks like a price: write {{price}}, which is the catalogue's for everybody, with a product"
    )]
    Price(String),
    /// A price of nothing.
    #[error("{{price}} is the price of a product: name the product")]
    PriceOfNothing,
    /// A brace that stands for nothing.
    #[error("`{{` and `}}` stand only in {{price}}")]
    Brace,
}
