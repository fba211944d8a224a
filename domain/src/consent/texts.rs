//! The texts that customers are shown when they decide. A text that was shown is never changed: it gets a new version.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Consent, Decision, Purpose, Set};

/// Longest identifier of a text, and longest language tag.
const MAX_ID: usize = 64;

/// Names one text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TextName {
    /// What it is about, such as `in-shop`: the same in all languages.
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// Its language, such as `fr`.
    pub language: String,
}

impl std::fmt::Display for TextName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} version {} ({})", self.id, self.version, self.language)
    }
}

/// A text that a customer was shown: its name, and what it said then.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TextShown {
    /// Which text.
    pub name: TextName,
    /// SHA-256 of [`Text::text`] in UTF-8.
    pub sha256: [u8; 32],
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Which.
    pub name: TextName,
    /// For which purposes it asks.
    pub purposes: Set<Purpose>,
    /// What it says.
    pub text: String,
}

impl Text {
    /// Its name with what it says.
    pub fn shown(&self) -> TextShown {
        TextShown { name: self.name.clone(), sha256: Sha256::digest(self.text.as_bytes()).into() }
    }
}

/// Why texts cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// A part of the name does not do.
    #[error("text {0}: `{1}` is 1 to {MAX_ID} of `a-z A-Z 0-9 -`")]
    Name(TextName, &'static str),
    /// Versions count from 1.
    #[error("text {0}: versions count from 1")]
    Version(TextName),
    /// It asks for nothing.
    #[error("text {0}: `purposes` names what it asks for, and is empty")]
    NoPurpose(TextName),
    /// It says nothing.
    #[error("text {0}: it is empty")]
    Empty(TextName),
    /// Two have one name.
    #[error("text {0} is there twice: a text that changed needs a new version")]
    Twice(TextName),
}

/// Why a decision is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextRefused {
    /// No text of this name.
    #[error("there is no text {0}: ListTexts tells those that are")]
    Unknown(TextName),
    /// Something is given without a text.
    #[error("what the customer was shown is missing: whoever gives must have been told of what")]
    NotTold,
    /// The text does not speak of what is given.
    #[error("the text {0} does not ask for the purpose `{purpose}`", purpose = .1.name())]
    OtherPurpose(TextName, Purpose),
}

/// All texts that decisions may name, also older ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts(Vec<Text>);

impl Texts {
    /// Texts with names that can be told apart.
    pub fn try_new(texts: Vec<Text>) -> Result<Self, InvalidText> {
        for (at, text) in texts.iter().enumerate() {
            let name = || text.name.clone();
            let is_part = |part: &str| {
                (1..=MAX_ID).contains(&part.len())
                    && part.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
            };
            for (part, what) in [(&text.name.id, "id"), (&text.name.language, "language")] {
                if !is_part(part) {
                    return Err(InvalidText::Name(name(), what));
                }
            }
            if text.name.version == 0 {
                return Err(InvalidText::Version(name()));
            }
            if text.purposes.is_empty() {
                return Err(InvalidText::NoPurpose(name()));
            }
            if text.text.trim().is_empty() {
                return Err(InvalidText::Empty(name()));
            }
            if texts.iter().take(at).any(|earlier| earlier.name == text.name) {
                return Err(InvalidText::Twice(name()));
            }
        }
        Ok(Self(texts))
    }

    /// All, as they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Text> {
        self.0.iter()
    }

    /// The text of this name.
    pub fn find(&self, name: &TextName) -> Option<&Text> {
        self.0.iter().find(|text| text.name == *name)
    }

    /// The first text that says otherwise than it did when it was shown. One that is no longer there is never shown again.
    pub fn changed<'a>(&self, pinned: &'a [TextShown]) -> Option<&'a TextShown> {
        pinned.iter().find(|shown| self.find(&shown.name).is_some_and(|text| text.shown() != **shown))
    }

    /// What the customer was shown for this decision. A decision that only takes away needs no text; one that gives names
    /// a text that asks for each purpose of it.
    pub fn shown(
        &self,
        decision: &Decision,
        before: &Consent,
        name: Option<&TextName>,
    ) -> Result<Option<TextShown>, TextRefused> {
        let Some(name) = name else {
            let gives_nothing = decision.purposes_given(before).is_empty();
            return if gives_nothing { Ok(None) } else { Err(TextRefused::NotTold) };
        };
        let text = self.find(name).ok_or_else(|| TextRefused::Unknown(name.clone()))?;
        let untold = |purpose: &Purpose| !text.purposes.holds(*purpose);
        match decision.purposes_given(before).iter().find(untold) {
            Some(purpose) => Err(TextRefused::OtherPurpose(name.clone(), purpose)),
            None => Ok(Some(text.shown())),
        }
    }
}
