//! Words of texts that people wrote: whether a text speaks of something.
//!
//! Used where a list says what may not be noted ([`crate::note`]), or what a brand never says ([`crate::charter`]). Words are compared in lower case and without accents.

mod address;
mod lexicon;
mod unsaid;
mod unseen;

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_security::skeleton;

use self::unseen::is_within_words;
pub use self::{
    address::{Addressed, addressed},
    lexicon::Lexicon,
    unsaid::{Unsaid, tells_of_watching, unsaid_for, unsaid_in},
    unseen::is_format,
};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Is(String),
    Begins(String),
}

impl Word {
    fn matches(&self, word: &str) -> bool {
        match self {
            Self::Is(whole) => word == whole,
            Self::Begins(beginning) => word.starts_with(beginning.as_str()),
        }
    }
}

/// Words that follow each other: `fauteuil roulant`; one that ends in `*` stands for all that begin so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase(Vec<Word>);

impl Phrase {
    /// Reads it; `None` when there is no word, or a `*` elsewhere than at the end of one.
    pub fn read(text: &str) -> Option<Self> {
        let mut phrase = Vec::new();
        for word in text.split_whitespace() {
            let (word, begins) = word.strip_suffix('*').map_or((word, false), |word| (word, true));
            let mut parts = words_of(word);
            let last = parts.pop().filter(|_| !word.contains('*'))?;
            phrase.extend(parts.into_iter().map(Word::Is));
            phrase.push(if begins { Word::Begins(last) } else { Word::Is(last) });
        }
        (!phrase.is_empty()).then_some(Self(phrase))
    }

    /// Whether it stands among the words of a text.
    pub fn is_in(&self, words: &[String]) -> bool {
        self.places_in(words).next().is_some()
    }

    fn stands_at_the_beginning_of(&self, words: &[String]) -> bool {
        words.len() >= self.0.len() && self.0.iter().zip(words).all(|(a, b)| a.matches(b))
    }

    /// Where it stands among the words of a text.
    pub fn places_in(&self, words: &[String]) -> impl Iterator<Item = Range<usize>> {
        let length = self.0.len();
        words
            .windows(length)
            .enumerate()
            .filter(|(_, words)| self.stands_at_the_beginning_of(words))
            .map(move |(at, _)| at..at + length)
    }
}

/// The words of a text: runs of letters and digits, in lower case and without accents. A letter of another script that
/// looks like one of ours is ours.
pub fn words_of(text: &str) -> Vec<String> {
    runs(&folded(text)).map(str::to_owned).collect()
}

/// The words that a text may hide: letters that stand apart (`p r e g n a n t`), and what stands together but for marks in
/// between (`preg.nant`). Short ones are none: everybody writes some letters apart.
pub fn hidden_words_of(text: &str) -> Vec<String> {
    let folded = folded(text);
    let words: Vec<&str> = runs(&folded).collect();
    let is_letter = |word: &&str| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let mut hidden = Vec::new();
    for apart in words.split(|word| !is_letter(word)) {
        for (from, _) in apart.iter().enumerate() {
            let most = apart.len().min(from + LONGEST_HIDDEN);
            let ends = from + SHORTEST_HIDDEN..=most;
            hidden.extend(ends.filter_map(|to| apart.get(from..to)).map(<[&str]>::concat));
        }
    }
    // An apostrophe joins two words of French.
    let together = folded.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '’' | '`'));
    hidden.extend(together.filter(|chunk| runs(chunk).nth(1).is_some()).map(|chunk| runs(chunk).collect()));
    hidden
}

/// A hidden word has at least so many letters, and is looked for as long as it has no more than these.
const SHORTEST_HIDDEN: usize = 3;
const LONGEST_HIDDEN: usize = 20;

fn runs(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// In lower case, without accents and what is not seen, each letter as it looks.
fn folded(text: &str) -> String {
    let letters = text.nfkd().filter(|c| !is_combining_mark(*c) && !is_within_words(*c));
    letters.flat_map(looks).flat_map(char::to_lowercase).collect()
}

/// A letter as it looks, by the tables of Unicode's report 39.
fn looks(c: char) -> impl Iterator<Item = char> {
    let (one, other) = match c {
        'œ' | 'Œ' => ('o', Some('e')),
        'æ' | 'Æ' => ('a', Some('e')),
        // Those that the report has for letters of no script of ours, and that people write in place of ours.
        'ı' | 'Ι' | 'І' => ('i', None),
        c if c.is_ascii() || !c.is_alphabetic() => (c, None),
        c => (ours(c).unwrap_or(c), None),
    };
    std::iter::once(one).chain(other)
}

/// The one of our letters that looks the same, else the one that looks as it does in upper case.
fn ours(c: char) -> Option<char> {
    let like = |c: char| OURS.get(&look(c)).copied();
    like(c).or_else(|| c.to_uppercase().next().and_then(like))
}

/// Our letters by how they look; of two that look the same, the first. A catalogue in another script asks for each letter.
static OURS: LazyLock<HashMap<String, char>> = LazyLock::new(|| {
    ('A'..='Z').rev().chain(('a'..='z').rev()).map(|letter| (look(letter), letter)).collect()
});

fn look(c: char) -> String {
    skeleton(c.encode_utf8(&mut [0; 4])).filter(|c| !is_combining_mark(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_as_they_look() {
        for (text, words) in [
            ("Œuvre d’Été", &["oeuvre", "d", "ete"][..]),
            ("с\u{430}ре, ТЕСТ", &["cape", "tect"]),
            ("\u{3a7}\u{3b1}\u{3bd}\u{3b9}", &["xavi"]),
            ("so\u{ad}ft so\u{200b}ft ｓｏｆｔ", &["soft", "soft", "soft"]),
            ("38/40", &["38", "40"]),
            ("", &[]),
        ] {
            assert_eq!(words_of(text), words, "{text}");
        }
    }

    #[test]
    fn what_stands_apart_is_joined_and_apostrophes_part() {
        let hides = |text: &str, word: &str| hidden_words_of(text).iter().any(|hidden| hidden == word);
        assert!(hides("is a c o a t", "coat") && hides("c.o.a.t", "coat") && hides("co-at", "coat"));
        assert!(!hides("co at", "coat") && !hides("c'oat", "coat") && !hides("c o at", "coat"));
        assert!(hidden_words_of("a coat, l'été, in 3 8").is_empty());
        assert!(hidden_words_of(&"a ".repeat(500)).len() <= 500 * LONGEST_HIDDEN, "bounded");
    }
}
