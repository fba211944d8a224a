//! What a brand never says: its own rules, over every starter.
//!
//! The rules are few and closed in kind, so that whoever answers for the brand can read them all; none of them is a
//! program. A charter only takes away: it can neither make a starter nor change one, and what it takes away is named
//! ([`Suppression`]), so that it can be counted and explained. A product that the catalogue does not know cannot be
//! judged, and is not spoken of.
//!
//! A retailer writes it as a file ([`CharterFile`]); a mistake in it is named by where it stands, and stops the start: a
//! server without its charter would say what the brand forbids.
//!
//! To add a rule: a field of [`CharterFile`] that is checked in [`Charter::read`]; a variant of [`Suppression`]; a line in
//! [`Charter::judge`]; a page's line in `docs/charter.md`.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    catalogue::Product,
    situation::Situation,
    starter::{MAX_STARTERS, Starter, StarterKind},
    words::{Phrase, words_of},
};

/// A charter as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CharterFile {
    /// Subjects that no starter may touch.
    #[serde(default)]
    pub forbidden: Vec<SubjectFile>,
    /// What may be on a card.
    #[serde(default)]
    pub starters: StartersFile,
}

/// A forbidden subject as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectFile {
    /// Its name: lower-case letters, digits and `-`.
    pub subject: String,
    /// Words of categories, names and brands of products; `*` stands for any end of a word.
    pub words: Vec<String>,
}

/// What may be on a card, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartersFile {
    /// Kinds that are never shown.
    #[serde(default)]
    pub never: Vec<String>,
    /// Most on one card; [`MAX_STARTERS`] where nothing is written.
    pub at_most: Option<usize>,
}

/// A mistake in a charter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCharter {
    /// A subject's name.
    #[error(
        "forbidden[{index}].subject: {name:?} is no name: lower-case letters, digits and `-`, at most {MAX_NAME}"
    )]
    Name {
        /// Which one, from 0.
        index: usize,
        /// What is written.
        name: String,
    },
    /// A subject that stands twice.
    #[error("forbidden[{index}].subject: {name:?} stands twice: put its words together")]
    Twice {
        /// Which one, from 0.
        index: usize,
        /// Its name.
        name: String,
    },
    /// A subject without words forbids nothing.
    #[error("forbidden[{index}].words: {name:?} has none, and so forbids nothing")]
    NoWords {
        /// Which one, from 0.
        index: usize,
        /// Its name.
        name: String,
    },
    /// A word that is none.
    #[error("forbidden[{index}].words: {word:?} is no word or words; `*` stands only at the end of one")]
    Word {
        /// Which subject, from 0.
        index: usize,
        /// What is written.
        word: String,
    },
    /// More than a charter may hold.
    #[error("forbidden: {found} words of all subjects; at most {MAX_WORDS} are allowed")]
    TooManyWords {
        /// How many there are.
        found: usize,
    },
    /// A kind that there is not.
    #[error("starters.never: there is no kind {0:?}; the kinds are: {kinds}", kinds = kinds())]
    Kind(String),
    /// A number out of its bounds.
    #[error("starters.at_most: {0} is more than {MAX_STARTERS}, which is what is read in a glance")]
    TooMany(usize),
}

/// Longest name of a subject, in characters.
const MAX_NAME: usize = 40;
/// Most words of all subjects together.
const MAX_WORDS: usize = 5_000;

fn kinds() -> String {
    StarterKind::ALL.map(StarterKind::name).join(", ")
}

/// Why a candidate is not shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suppression {
    /// It touches a forbidden subject.
    Subject(String),
    /// The charter shows no starters of its kind.
    Kind,
    /// The catalogue does not know its product.
    UnknownProduct,
    /// It did not fit earlier in this visit.
    Declined,
    /// A better one speaks of the same product.
    SameProduct,
    /// There were better ones.
    NoRoom,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Subject {
    name: String,
    phrases: Vec<Phrase>,
}

/// A brand's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charter {
    forbidden: Vec<Subject>,
    never: BTreeSet<StarterKind>,
    at_most: usize,
}

impl Default for Charter {
    /// One that forbids nothing.
    fn default() -> Self {
        Self { forbidden: Vec::new(), never: BTreeSet::new(), at_most: MAX_STARTERS }
    }
}

impl Charter {
    /// Checks what is written; all mistakes at once.
    pub fn read(file: &CharterFile) -> Result<Self, Vec<InvalidCharter>> {
        let mut wrong = Vec::new();
        let found = file.forbidden.iter().map(|subject| subject.words.len()).sum();
        if found > MAX_WORDS {
            return Err(vec![InvalidCharter::TooManyWords { found }]);
        }
        let mut forbidden: Vec<Subject> = Vec::new();
        for (index, written) in file.forbidden.iter().enumerate() {
            let name = written.subject.clone();
            if !is_name(&name) {
                wrong.push(InvalidCharter::Name { index, name });
                continue;
            }
            if forbidden.iter().any(|subject| subject.name == name) {
                wrong.push(InvalidCharter::Twice { index, name });
                continue;
            }
            if written.words.is_empty() {
                wrong.push(InvalidCharter::NoWords { index, name: name.clone() });
            }
            let mut phrases = Vec::new();
            for word in &written.words {
                match Phrase::read(word) {
                    Some(phrase) => phrases.push(phrase),
                    None => wrong.push(InvalidCharter::Word { index, word: word.clone() }),
                }
            }
            forbidden.push(Subject { name, phrases });
        }
        let mut never = BTreeSet::new();
        for written in &file.starters.never {
            match StarterKind::ALL.into_iter().find(|kind| kind.name() == written) {
                Some(kind) => {
                    never.insert(kind);
                }
                None => wrong.push(InvalidCharter::Kind(written.clone())),
            }
        }
        let at_most = file.starters.at_most.unwrap_or(MAX_STARTERS);
        if at_most > MAX_STARTERS {
            wrong.push(InvalidCharter::TooMany(at_most));
        }
        if wrong.is_empty() { Ok(Self { forbidden, never, at_most }) } else { Err(wrong) }
    }

    /// Most starters on one card.
    pub const fn at_most(&self) -> usize {
        self.at_most
    }

    /// The forbidden subject that a product touches by its category, name or brand.
    pub fn subject_of(&self, product: &Product) -> Option<&str> {
        let brand = product.brand.as_deref().unwrap_or_default();
        let texts = [product.category.as_str(), product.name.as_str(), brand].map(words_of);
        let touches = |phrase: &Phrase| texts.iter().any(|words| phrase.is_in(words));
        self.forbidden
            .iter()
            .find(|subject| subject.phrases.iter().any(touches))
            .map(|subject| subject.name.as_str())
    }

    /// Whether the brand says such a thing here.
    pub fn judge(&self, situation: &Situation, candidate: &Starter) -> Result<(), Suppression> {
        if self.never.contains(&candidate.kind) {
            return Err(Suppression::Kind);
        }
        for product in candidate.products() {
            let known = situation.shelves.get(product).ok_or(Suppression::UnknownProduct)?;
            if let Some(subject) = self.subject_of(&known.product) {
                return Err(Suppression::Subject(subject.to_owned()));
            }
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    let lawful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(lawful)
}

#[cfg(test)]
mod tests;
