//! What can be wrong with campaigns: each mistake names where it stands.

use super::{MAX_CAMPAIGNS, MAX_TEXT};
use crate::words::Unsaid;

/// A mistake, with its place: `campaign[2].say.fr of "winter": …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("campaign[{index}].{key} of {id:?}: {mistake}")]
pub struct InvalidCampaign {
    /// Which campaign, from 0.
    pub index: usize,
    /// Its name, as it is written.
    pub id: String,
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
    #[error(
        "{0:?} tells a guest that something was followed, or what the shop knows of them: speak of the thing, not of the guest"
    )]
    Watching(String),
    /// It would speak of what one guest has.
    #[error(
        "{0:?} speaks of what one guest has: a campaign says the same to everybody, so say what there is"
    )]
    OfOne(String),
    /// It presses.
    #[error("{0:?} presses: say until when it lasts, and leave the rest to the guest")]
    Haste(String),
    /// It insults.
    #[error("{0:?} judges or insults who hears it: leave it out")]
    Insult(String),
    /// A character that is not seen.
    #[error("it holds U+{code:04X}, which is not seen and may turn or hide what stands around it: type the text anew", code = u32::from(*.0))]
    Unseen(char),
    /// Letters apart.
    #[error("letters stand apart, which nobody can say: write whole words")]
    Spelled,
    /// An address of the web or of mail.
    #[error("{0:?} is a link, which nobody can say: tell what there is, and where in the shop")]
    Link(String),
    /// A stranger would be addressed as a friend.
    #[error("{0:?} is for friends: say it to a stranger here, and to a friend in fr_informal")]
    ForFriends(String),
    /// A friend would be addressed as a stranger.
    #[error("{0:?} is for strangers: say it here to a friend")]
    ForStrangers(String),
    /// Guests are addressed as friends, and there is no text for friends.
    #[error(
        "{0:?} is for strangers, and the charter addresses guests as friends: write fr_informal beside it, or a text that addresses nobody"
    )]
    NoInformal(String),
    /// It touches what the charter forbids.
    #[error("it touches the subject {0:?}, which the charter forbids")]
    Subject(String),
    /// A price that is written.
    #[error(
        "{0:?} looks like a price, or something off one: write {{price}}, which is the catalogue's for everybody, with a product, \
         or say what there is without what it costs"
    )]
    Price(String),
    /// A price of nothing.
    #[error("{{price}} is the price of a product: name the product")]
    PriceOfNothing,
    /// A brace that stands for nothing.
    #[error("`{{` and `}}` stand only in {{price}}")]
    Brace,
}

impl Mistake {
    pub(super) const fn of(why: Unsaid, words: String) -> Self {
        match why {
            Unsaid::Watching => Self::Watching(words),
            Unsaid::OfOne => Self::OfOne(words),
            Unsaid::Price => Self::Price(words),
            Unsaid::Haste => Self::Haste(words),
            Unsaid::Insult => Self::Insult(words),
        }
    }
}
