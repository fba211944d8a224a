//! What the server says to associates, in their language: the texts under starters.
//!
//! The messages stand in `phrases/en.ftl` and `phrases/fr.ftl` (Project Fluent), one set of names for all languages.
//! To add a kind of starter: its `say-…` and `reason-…` in every file, and named as the kind is. To add a
//! language: a file, a variant of [`Language`], and the tests hold it to the same messages and variables.
//!
//! Never here: what is chosen or allowed; that is decided before a text is made.

mod calendar;
mod price;
mod terms;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use shopbell_domain::{
    campaign::{PRICE, Texts},
    profile::Address,
    starter::{Fact, StarterKind},
};
use unic_langid::LanguageIdentifier;

pub use self::{
    calendar::{Calendar, Near},
    terms::{Part, Terms},
};

/// The languages that the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, also for tags that are empty or unknown.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The best language for a BCP 47 tag, such as `fr-CA`.
    pub fn of_tag(tag: &str) -> Self {
        match tag.split(['-', '_']).next() {
            Some(primary) if primary.eq_ignore_ascii_case("fr") => Self::French,
            _ => Self::English,
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("phrases/en.ftl"),
            Self::French => include_str!("phrases/fr.ftl"),
        }
    }

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

/// How something is said.
#[derive(Debug, Clone, Copy)]
pub struct Speech {
    /// In which language.
    pub language: Language,
    /// To whom, as to a stranger or as to a friend.
    pub address: Address,
    /// By which clock.
    pub calendar: Calendar,
}

/// All messages, in all languages. Made once, at the start.
pub struct Phrases {
    english: FluentBundle<FluentResource>,
    french: FluentBundle<FluentResource>,
}

/// A message file that cannot be read: only a mistake in this repository can cause it.
#[derive(Debug, thiserror::Error)]
#[error("the texts of {language:?} are broken: {detail}")]
pub struct BrokenPhrases {
    language: Language,
    detail: String,
}

impl std::fmt::Debug for Phrases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phrases")
    }
}

fn bundle(language: Language) -> Result<FluentBundle<FluentResource>, BrokenPhrases> {
    let resource = FluentResource::try_new(language.source().to_owned())
        .map_err(|(_, errors)| BrokenPhrases { language, detail: format!("{errors:?}") })?;
    let tag: LanguageIdentifier =
        language.tag().parse().map_err(|error| BrokenPhrases { language, detail: format!("{error:?}") })?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolation marks are for mixed directions; they would be read aloud by screen readers here.
    bundle.set_use_isolating(false);
    bundle
        .add_resource(resource)
        .map_err(|errors| BrokenPhrases { language, detail: format!("{errors:?}") })?;
    Ok(bundle)
}

impl Phrases {
    /// Reads the embedded message files.
    pub fn load() -> Result<Self, BrokenPhrases> {
        Ok(Self { english: bundle(Language::English)?, french: bundle(Language::French)? })
    }

    /// In place of a number that the catalogue does not know and anybody may have written.
    pub fn unknown_product(&self, language: Language) -> String {
        self.format(language, "unknown-product", &FluentArgs::new())
    }

    /// The line that may be said aloud.
    pub fn say(&self, speech: &Speech, kind: StarterKind, terms: &Terms) -> String {
        let said = self.text(speech, &format!("say-{}", kind.name()), terms);
        // A name may begin with an article of its own.
        let said = said.replace("the The ", "the ").replace("the the ", "the ");
        let own = ["Le ", "La ", "Les ", "L’", "L'", "le ", "la ", "les ", "l’", "l'"];
        own.iter().fold(said, |said, own| said.replace(&format!(" the {own}"), &format!(" {own}")))
    }

    /// Why it is suggested, for the associate's eyes.
    pub fn reason(&self, speech: &Speech, kind: StarterKind, terms: &Terms) -> String {
        self.text(speech, &format!("reason-{}", kind.name()), terms)
    }

    /// The brand's own words, with the price where they speak of it.
    pub fn own(&self, speech: &Speech, texts: &Texts, terms: &Terms) -> String {
        let text = match (speech.language, speech.address) {
            (Language::English, _) => &texts.english,
            (Language::French, Address::Informal) => texts.french_informal.as_ref().unwrap_or(&texts.french),
            (Language::French, Address::Formal) => &texts.french,
        };
        let price = terms.price.map(|price| price::price(speech.language, price)).unwrap_or_default();
        text.replace(PRICE, &price)
    }

    /// One fact under a starter.
    pub fn fact(&self, speech: &Speech, fact: &Fact, terms: &Terms) -> String {
        let key = match fact {
            Fact::AskedForHelp { .. } => "fact-asked-for-help",
            Fact::LookedUp { .. } => "fact-looked-up",
            Fact::OnWishList { .. } => "fact-on-wish-list",
            Fact::InStockHere { .. } => "fact-in-stock-here",
            Fact::InCart { .. } => "fact-in-cart",
            Fact::BoughtBefore { .. } => "fact-bought-before",
            Fact::IsHere { .. } => "fact-is-here",
            Fact::CostThen { .. } => "fact-cost-then",
            Fact::CostsNow { .. } => "fact-costs-now",
            Fact::Owns { .. } => "fact-owns",
            Fact::GoesWith { .. } => "fact-goes-with",
            Fact::Waits { .. } => "fact-waits",
            Fact::Promised { .. } => "fact-promised",
            Fact::DayTold { .. } => "fact-day-told",
            Fact::LastOrder { .. } => "fact-last-order",
            Fact::Announced { .. } => "fact-announced",
            Fact::CaresFor { .. } => "fact-cares-for",
        };
        self.text(speech, key, terms)
    }

    fn text(&self, speech: &Speech, key: &str, terms: &Terms) -> String {
        self.format(speech.language, key, &terms::args(self, speech, terms))
    }

    /// A day in the form of one of the messages for days; the year only when it is not the present one.
    fn day(&self, speech: &Speech, key: &str, day: time::Date) -> String {
        self.format(speech.language, key, &terms::date_args(speech, day))
    }

    fn format(&self, language: Language, key: &str, args: &FluentArgs<'_>) -> String {
        let bundle = match language {
            Language::English => &self.english,
            Language::French => &self.french,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, ?language, "a message is missing");
            return String::new();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, ?language, ?errors, "a message does not fit its arguments");
        }
        text
    }
}

#[cfg(test)]
mod tests;
