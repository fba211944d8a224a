//! Many phrases at once: which of them stand in a text, without comparing the text with each.

use std::{collections::BTreeMap, ops::Range};

use super::{Phrase, Word};

/// Phrases by what they begin with. A text of some words is looked up in a list of a thousand phrases in the time of some
/// lookups, which matters where each product of each card is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexicon {
    phrases: Vec<Phrase>,
    /// Places of phrases whose first word is this.
    whole: BTreeMap<String, Vec<usize>>,
    /// Places of phrases whose first word begins so.
    begins: BTreeMap<String, Vec<usize>>,
}

impl Lexicon {
    /// Of these phrases.
    pub fn of(phrases: Vec<Phrase>) -> Self {
        let (mut whole, mut begins) = (BTreeMap::new(), BTreeMap::new());
        for (place, phrase) in phrases.iter().enumerate() {
            let (index, first): (&mut BTreeMap<String, Vec<usize>>, _) = match phrase.0.first() {
                Some(Word::Is(first)) => (&mut whole, first),
                Some(Word::Begins(first)) => (&mut begins, first),
                None => continue,
            };
            index.entry(first.clone()).or_default().push(place);
        }
        Self { phrases, whole, begins }
    }

    /// The phrases of all of these.
    pub fn of_all<'a>(lexicons: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::of(lexicons.into_iter().flat_map(|lexicon| lexicon.phrases.iter().cloned()).collect())
    }

    /// Whether one of its phrases stands among the words of a text.
    pub fn is_in(&self, words: &[String]) -> bool {
        self.places_in(words).next().is_some()
    }

    /// Where its phrases stand among the words of a text.
    pub fn places_in<'a>(&'a self, words: &'a [String]) -> impl Iterator<Item = Range<usize>> + 'a {
        words.iter().enumerate().flat_map(move |(at, word)| {
            let rest = words.get(at..).unwrap_or_default();
            self.that_may_begin_with(word)
                .filter(move |phrase| phrase.stands_at_the_beginning_of(rest))
                .map(move |phrase| at..at + phrase.0.len())
        })
    }

    fn that_may_begin_with<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Phrase> + 'a {
        let beginnings = word.char_indices().filter_map(move |(at, c)| word.get(..at + c.len_utf8()));
        let begins = beginnings.filter_map(|beginning| self.begins.get(beginning));
        let places = self.whole.get(word).into_iter().chain(begins).flatten();
        places.filter_map(|place| self.phrases.get(*place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against the plain way: each phrase compared with the text.
        #[test]
        fn it_finds_what_each_of_its_phrases_finds(
            phrases in prop::collection::vec(prop::collection::vec("[ab]{1,3}\\*?", 1..3), 0..12),
            words in prop::collection::vec("[ab]{1,4}", 0..8),
        ) {
            let phrases: Vec<Phrase> =
                phrases.iter().map(|words| Phrase::read(&words.join(" ")).unwrap()).collect();
            let mut plain: Vec<_> = phrases.iter().flat_map(|phrase| phrase.places_in(&words)).collect();
            let lexicon = Lexicon::of(phrases.clone());
            let mut found: Vec<_> = lexicon.places_in(&words).collect();
            let order = |range: &Range<usize>| (range.start, range.end);
            plain.sort_by_key(order);
            found.sort_by_key(order);
            prop_assert_eq!(found, plain);
        }
    }
}
