//! A forbidden subject: by which words a product or a text is of it.
//!
//! Words that mean one thing only count wherever they stand. Words that mean several things (`string`, `bordeaux`) count in
//! categories, which say what a thing is; and what only sounds like the subject (`string quartet`) is passed over.

use super::SubjectFile;
use crate::words::Lexicon;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) words: Lexicon,
    pub(super) categories: Lexicon,
    pub(super) except: Lexicon,
    pub(super) written: SubjectFile,
}

impl Subject {
    /// Whether the words of a name, a brand or a text speak of it.
    pub(super) fn is_in(&self, words: &[String]) -> bool {
        self.touches(words, &self.words)
    }

    /// Whether the words of a category speak of it.
    pub(super) fn is_of_category(&self, words: &[String]) -> bool {
        self.touches(words, &self.words) || self.touches(words, &self.categories)
    }

    /// Whether one of the phrases stands in the text, but for the words that are part of an exception.
    fn touches(&self, words: &[String], phrases: &Lexicon) -> bool {
        let passed = |place: usize| self.except.places_in(words).any(|range| range.contains(&place));
        phrases.places_in(words).any(|mut range| !range.any(passed))
    }
}
