//! What an associate may note of a customer: short, and nothing of the kinds that nobody may keep.
//!
//! The law forbids to keep what tells of health, faith, opinions, origin, unions or love (GDPR, articles 9 and 10); people
//! write it down with the best of intentions. [`Forbidden`] refuses words of such subjects and says why. A list of words
//! is a help and no proof: it knows no context, and who means to get round it can.
//!
//! The file of a list:
//!
//! ```text
//! # a comment
//! [health]
//! en: Nothing may be noted of health.        why, in a language; `en` is needed
//! fr: Rien ne peut être noté sur la santé.
//! diabet*                                    a word, and all that begin so
//! fauteuil roulant                           words that follow each other
//! ```
//!
//! Case and accents make no difference, nor do letters of other scripts that look like ours, letters that stand apart, or marks
//! within a word.

use std::collections::BTreeMap;

use crate::{
    redacted::Redacted,
    words::{Phrase, hidden_words_of, words_of},
};

/// Longest note, in characters.
pub const MAX_NOTE_CHARS: usize = 500;

/// The language whose reason every subject has.
const NEEDED: &str = "en";

/// Why a text is no note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteRefused<'a> {
    /// Nothing there.
    #[error("the note is empty")]
    Empty,
    /// Too much.
    #[error("the note has {chars} characters: at most {MAX_NOTE_CHARS} are kept")]
    TooLong {
        /// How many.
        chars: usize,
    },
    /// Of a subject that may not be noted.
    #[error("{}", subject.why(NEEDED))]
    Forbidden {
        /// Which subject.
        subject: &'a Subject,
    },
}

/// A mistake in a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the block list of notes: {expected}")]
pub struct InvalidBlockList {
    /// Which line, from 1.
    pub line: usize,
    /// What it should be.
    pub expected: &'static str,
}

/// A subject that may not be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    name: String,
    why: BTreeMap<String, String>,
    phrases: Vec<Phrase>,
}

impl Subject {
    /// Its name in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why nothing of it may be noted, in a language if the file has it.
    pub fn why(&self, language: &str) -> &str {
        self.why.get(language).or_else(|| self.why.get(NEEDED)).map_or("", String::as_str)
    }
}

/// Subjects that may not be noted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forbidden(Vec<Subject>);

impl Forbidden {
    /// Reads a list.
    pub fn read(text: &str) -> Result<Self, InvalidBlockList> {
        let mut subjects: Vec<Subject> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |expected| InvalidBlockList { line: number, expected };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                subjects.push(Subject { name: name.to_owned(), why: BTreeMap::new(), phrases: Vec::new() });
                continue;
            }
            let subject =
                subjects.last_mut().ok_or_else(|| wrong("a subject such as `[health]` comes first"))?;
            if let Some((language, why)) = line.split_once(':') {
                subject.why.insert(language.trim().to_lowercase(), why.trim().to_owned());
                continue;
            }
            if !subject.why.contains_key(NEEDED) {
                return Err(wrong("before the words, `en:` and why the subject may not be noted"));
            }
            subject.phrases.push(
                Phrase::read(line).ok_or_else(|| wrong("a word or words; `*` only at the end of one"))?,
            );
        }
        Ok(Self(subjects))
    }

    /// The first subject that the text speaks of.
    pub fn subject_of(&self, text: &str) -> Option<&Subject> {
        let (words, hidden) = (words_of(text), hidden_words_of(text));
        let speaks = |phrase: &Phrase| {
            phrase.is_in(&words) || hidden.iter().any(|word| phrase.is_in(std::slice::from_ref(word)))
        };
        self.0.iter().find(|subject| subject.phrases.iter().any(speaks))
    }

    /// A text that may be noted: as it is, without spaces around it. Whoever hands it in has taken out what is not seen.
    pub fn admit(&self, text: &str) -> Result<Redacted<String>, NoteRefused<'_>> {
        let text = text.trim();
        let chars = text.chars().count();
        if chars == 0 {
            return Err(NoteRefused::Empty);
        }
        if chars > MAX_NOTE_CHARS {
            return Err(NoteRefused::TooLong { chars });
        }
        match self.subject_of(text) {
            Some(subject) => Err(NoteRefused::Forbidden { subject }),
            None => Ok(Redacted::new(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "
        # words
        [health]
        en: Nothing of health.
        fr: Rien sur la santé.
        diabét*
        fauteuil roulant
        [faith]
        en: Nothing of faith.
        église
    ";

    fn list() -> Forbidden {
        Forbidden::read(LIST).unwrap()
    }

    fn subject(text: &str) -> Option<String> {
        list().subject_of(text).map(|subject| subject.name().to_owned())
    }

    #[test]
    fn words_are_found_whatever_their_case_and_accents() {
        assert_eq!(subject("Il est DIABÉTIQUE.").as_deref(), Some("health"));
        assert_eq!(subject("diabe\u{301}tes, he says").as_deref(), Some("health"));
        assert_eq!(subject("vient en fauteuil-roulant").as_deref(), Some("health"));
        assert_eq!(subject("mariage à l'Eglise").as_deref(), Some("faith"));
    }

    #[test]
    fn parts_of_words_and_words_apart_are_not() {
        for text in ["fauteuil en cuir, roulant", "roulant fauteuil", "églises", "prediabet", ""] {
            assert_eq!(subject(text), None, "{text}");
        }
    }

    #[test]
    fn a_note_is_short_and_says_something() {
        let list = list();
        assert_eq!(list.admit("  "), Err(NoteRefused::Empty));
        assert_eq!(list.admit(&"é".repeat(501)), Err(NoteRefused::TooLong { chars: 501 }));
        assert_eq!(list.admit(&"é".repeat(500)).unwrap().reveal().chars().count(), 500);
        assert_eq!(list.admit(" likes wool ").unwrap().reveal(), "likes wool");
    }

    #[test]
    fn a_refusal_says_why_in_a_language_that_the_file_has() {
        let list = list();
        let refused = list.admit("diabétique").unwrap_err();
        assert_eq!(refused.to_string(), "Nothing of health.");
        let NoteRefused::Forbidden { subject } = refused else { panic!("it is forbidden") };
        assert_eq!(subject.why("fr"), "Rien sur la santé.");
        assert_eq!(subject.why("de"), "Nothing of health.");
    }

    #[test]
    fn mistakes_of_a_list_name_their_line() {
        for (text, line) in [("word", 1), ("[a]\nword", 2), ("[a]\nen: x\nw*rd", 3), ("[a]\nen: x\n\n*", 4)] {
            assert_eq!(Forbidden::read(text).unwrap_err().line, line, "{text}");
        }
    }
}
