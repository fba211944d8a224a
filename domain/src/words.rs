//! Words of texts that people wrote: whether a text speaks of something.
//!
//! Used where a list says what may not be noted ([`crate::note`]). Words are compared in lower case and without accents.

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
        words.windows(self.0.len()).any(|words| self.0.iter().zip(words).all(|(a, b)| a.matches(b)))
    }
}

/// The words of a text: runs of letters and digits, in lower case and without accents.
pub fn words_of(text: &str) -> Vec<String> {
    let folded: String = text.chars().flat_map(char::to_lowercase).flat_map(plain).collect();
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A lower-case letter without its accent. Accents that stand apart are nothing.
fn plain(c: char) -> impl Iterator<Item = char> {
    let (one, other) = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => (Some('a'), None),
        'ç' => (Some('c'), None),
        'è' | 'é' | 'ê' | 'ë' => (Some('e'), None),
        'ì' | 'í' | 'î' | 'ï' => (Some('i'), None),
        'ñ' => (Some('n'), None),
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => (Some('o'), None),
        'ù' | 'ú' | 'û' | 'ü' => (Some('u'), None),
        'ý' | 'ÿ' => (Some('y'), None),
        'œ' => (Some('o'), Some('e')),
        'æ' => (Some('a'), Some('e')),
        '\u{300}'..='\u{36f}' => (None, None),
        other => (Some(other), None),
    };
    one.into_iter().chain(other)
}
