//! What nobody says aloud to a guest, whoever wrote it: words that tell that something was followed, what only one guest has,
//! prices in words, haste, insults.
//!
//! Each language has tables of patterns (`english`, `french`); all of them hold for every text, since people write in two
//! languages at once. A pattern is a row of words: `stem*` stands for all that begin so, a word in capitals for each word of a
//! class, `?` after it for that it may be left out, and `0` for a number. `except` lists what only looks like it: a match that
//! shares a word with an exception is none.
//!
//! It is a help and no proof: a text can always be turned so that no list of words finds it. Whoever answers for the brand
//! reads what is said. To close a gap: a line in the tables of *both* languages, and the sentence in `tests`.

mod english;
mod french;

use std::{ops::Range, sync::LazyLock};

use unicode_normalization::UnicodeNormalization as _;

use super::{Phrase, words_of};

/// Why nobody says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsaid {
    /// It tells that something was followed, or what the shop knows of somebody.
    Watching,
    /// It speaks of what one guest has: nothing for a line that everybody is told.
    OfOne,
    /// It is a price, or something off one.
    Price,
    /// It presses.
    Haste,
    /// It insults, or judges how somebody looks.
    Insult,
}

/// Patterns of one language for one reason, with commas between them.
struct Table {
    why: Unsaid,
    said: &'static str,
    except: &'static str,
}

/// What a pattern writes as one word, in capitals, and what that stands for.
type Class = (&'static str, &'static str);

struct Compiled {
    why: Unsaid,
    said: Vec<Pattern>,
    except: Vec<Pattern>,
}

/// Places of words, one after the other.
struct Pattern(Vec<Slot>);

/// A place, and what may stand there.
struct Slot {
    words: Vec<Phrase>,
    optional: bool,
}

/// What stands for a number, in patterns and in texts.
const NUMBER: &str = "0";
/// Letters that stand apart are read together from so many on: everybody writes some letters apart.
const APART: usize = 3;
/// Signs of prices, as words.
const SIGNS: [(char, &str); 6] = [
    ('€', " euro "),
    ('$', " dollar "),
    ('£', " pound "),
    ('¥', " yen "),
    ('%', " percent "),
    ('‰', " percent "),
];

static ALL: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let languages = [(&english::TABLES, &english::CLASSES[..]), (&french::TABLES, &french::CLASSES[..])];
    let tables =
        languages.into_iter().flat_map(|(tables, classes)| tables.iter().map(move |one| (one, classes)));
    let compile = |(table, classes): (&Table, &[Class])| Compiled {
        why: table.why,
        said: listed(table.said).map(|pattern| Pattern::read(pattern, classes)).collect(),
        except: listed(table.except).map(|pattern| Pattern::read(pattern, classes)).collect(),
    };
    tables.map(compile).collect()
});

/// What stands between commas.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

impl Pattern {
    fn read(pattern: &str, classes: &[Class]) -> Self {
        let slot = |written: &str| {
            let (word, optional) = written.strip_suffix('?').map_or((written, false), |word| (word, true));
            let class = classes.iter().find(|(name, _)| *name == word);
            let words = class.map_or(word, |(_, words)| words);
            Slot { words: listed(words).filter_map(Phrase::read).collect(), optional }
        };
        Self(pattern.split_whitespace().map(slot).collect())
    }

    /// Where it stands among the words of a text.
    fn places_in<'a>(&'a self, words: &'a [String]) -> impl Iterator<Item = Range<usize>> + 'a {
        (0..words.len()).flat_map(move |at| {
            let rest = words.get(at..).unwrap_or_default();
            lengths(&self.0, rest).into_iter().map(move |length| at..at + length)
        })
    }
}

/// How many words the slots may take from the beginning of a text.
fn lengths(slots: &[Slot], words: &[String]) -> Vec<usize> {
    let Some((slot, others)) = slots.split_first() else { return vec![0] };
    let mut found = if slot.optional { lengths(others, words) } else { Vec::new() };
    for phrase in slot.words.iter().filter(|phrase| phrase.stands_at_the_beginning_of(words)) {
        let rest = words.get(phrase.0.len()..).unwrap_or_default();
        found.extend(lengths(others, rest).into_iter().map(|length| length + phrase.0.len()));
    }
    found
}

/// What of a text nobody says, with the words; `None` where the tables find nothing.
pub fn unsaid_in(text: &str) -> Option<(Unsaid, String)> {
    unsaid_for(text, |_| true)
}

/// What of a text tells a guest that something was followed, or what the shop knows of them; `None` when nothing does.
pub fn tells_of_watching(text: &str) -> Option<String> {
    unsaid_for(text, |why| why == Unsaid::Watching).map(|(_, words)| words)
}

/// What of a text nobody says for one of these reasons.
pub fn unsaid_for(text: &str, counts: impl Fn(Unsaid) -> bool) -> Option<(Unsaid, String)> {
    let told = words_with_signs_of(text);
    let together = read_together(&told);
    [told, together].into_iter().find_map(|told| {
        let words: Vec<String> = told.iter().map(|word| number_or(word)).collect();
        let tables = ALL.iter().filter(|table| counts(table.why));
        tables.into_iter().find_map(|table| {
            let passed: Vec<Range<usize>> =
                table.except.iter().flat_map(|one| one.places_in(&words)).collect();
            let is_passed = |place: usize| passed.iter().any(|range| range.contains(&place));
            let mut places = table.said.iter().flat_map(|one| one.places_in(&words));
            let found = places.find(|range| !range.clone().any(is_passed))?;
            Some((table.why, told.get(found)?.join(" ")))
        })
    })
}

fn words_with_signs_of(text: &str) -> Vec<String> {
    let mut written: String = text.nfkc().collect();
    for (sign, word) in SIGNS {
        written = written.replace(sign, word);
    }
    words_of(&written)
}

fn number_or(word: &str) -> String {
    if word.chars().all(char::is_numeric) { NUMBER.to_owned() } else { word.to_owned() }
}

/// With each run of letters that stand apart (`s a w`) as one word.
fn read_together(words: &[String]) -> Vec<String> {
    let is_letter = |word: &String| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let runs = words.chunk_by(|a, b| is_letter(a) && is_letter(b));
    runs.flat_map(|run| if run.len() >= APART { vec![run.concat()] } else { run.to_vec() }).collect()
}

#[cfg(test)]
mod tests;
