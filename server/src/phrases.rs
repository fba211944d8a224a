//! What the server says to associates, in their language: the texts under starters.
//!
//! The messages stand in `phrases/en.ftl` and `phrases/fr.ftl` (Project Fluent), one set of names for all languages.
//! To add a kind of starter: its `say-…` and `reason-…` in every file, and named as the kind is. To add a
//! language: a file, a variant of [`Language`], and the tests hold it to the same messages and variables.
//!
//! Never here: what is chosen or allowed; that is decided before a text is made.

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use shopbell_domain::{
    starter::{Fact, StarterKind},
    time::Timestamp,
};
use unic_langid::LanguageIdentifier;

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

/// What the texts of one starter may speak of.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Name of the product.
    pub product: Option<String>,
    /// Its size.
    pub size: Option<String>,
    /// Pieces in this shop.
    pub here: u32,
    /// Pieces in the cart.
    pub quantity: u32,
    /// Number of purchases.
    pub times: u32,
    /// Typical days between purchases.
    pub days: u32,
    /// The date that matters.
    pub date: Option<Timestamp>,
    /// Whether only a page says so, which may be anybody.
    pub by_page: bool,
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
    pub fn say(&self, language: Language, kind: StarterKind, terms: &Terms, now: Timestamp) -> String {
        self.text(language, &format!("say-{}", kind.name()), terms, now)
    }

    /// Why it is suggested, for the associate's eyes.
    pub fn reason(&self, language: Language, kind: StarterKind, terms: &Terms, now: Timestamp) -> String {
        self.text(language, &format!("reason-{}", kind.name()), terms, now)
    }

    /// One fact under a starter.
    pub fn fact(&self, language: Language, fact: &Fact, terms: &Terms, now: Timestamp) -> String {
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
        };
        self.text(language, key, terms, now)
    }

    fn text(&self, language: Language, key: &str, terms: &Terms, now: Timestamp) -> String {
        let mut args = FluentArgs::new();
        args.set("product", terms.product.clone().unwrap_or_default());
        args.set("size", terms.size.clone().unwrap_or_else(|| "none".to_owned()));
        args.set("here", terms.here);
        args.set("quantity", terms.quantity);
        args.set("times", terms.times);
        args.set("days", terms.days);
        args.set("by", if terms.by_page { "page" } else { "known" });
        args.set("date", terms.date.map(|date| self.date(language, date, now)).unwrap_or_default());
        self.format(language, key, &args)
    }

    /// A date; the year only when it is not the present one.
    fn date(&self, language: Language, date: Timestamp, now: Timestamp) -> String {
        let calendar = |at: Timestamp| {
            time::OffsetDateTime::from_unix_timestamp(at.as_secs())
                .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
                .date()
        };
        let (date, today) = (calendar(date), calendar(now));
        let mut args = FluentArgs::new();
        args.set("day", date.day());
        args.set("month", u8::from(date.month()));
        args.set("year", if date.year() == today.year() { 0 } else { date.year() });
        self.format(language, "date", &args)
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
