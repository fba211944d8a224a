//! The texts that customers are shown when they decide, out of a file with comments.
//!
//! Which texts do is said by [`shopbell_domain::consent::Texts`]. A text that was shown stays in the file for as long as a
//! proof names it: a changed one comes beside it with the next version.

use serde::Deserialize;
use shopbell_domain::consent::{InvalidText, Purpose, Text, TextName, TextShown, Texts};

use crate::{
    config::Consent,
    configured::{self, Unreadable},
};

/// The texts of the demo, with comments that tell how to write one's own.
pub const DEFAULTS: &str = include_str!("../consent-texts.default.toml");

/// Why there are no texts.
#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] Unreadable),
    /// The file is no list of texts.
    #[error("consent.texts_file: {0} does not hold texts: {1}")]
    Malformed(String, toml::de::Error),
    /// A text does not do.
    #[error("consent.texts_file: {0}: {1}")]
    Invalid(String, InvalidText),
    /// A text was changed after customers were shown it.
    #[error(
        "consent.texts_file: the text {0} says something else than when customers were shown it: put its former words \
         back, and give the changed ones the next version"
    )]
    Changed(TextName),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "text")]
    texts: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    version: u32,
    language: String,
    purposes: Vec<Purpose>,
    text: String,
}

/// The texts that the configuration names.
pub fn load(config: &Consent) -> Result<Texts, TextsError> {
    let own = ("the texts of this program", DEFAULTS);
    let file = configured::read("consent.texts_file", config.texts_file.as_deref(), own)?;
    parse(&file.path.display().to_string(), &file.text)
}

/// Refuses texts of which one says something else than when it was shown.
pub fn unchanged(texts: &Texts, pinned: &[TextShown]) -> Result<(), TextsError> {
    texts.changed(pinned).map_or(Ok(()), |shown| Err(TextsError::Changed(shown.name.clone())))
}

fn parse(name: &str, content: &str) -> Result<Texts, TextsError> {
    let file: File =
        toml::from_str(content).map_err(|error| TextsError::Malformed(name.to_owned(), error))?;
    let text = |entry: Entry| {
        let Entry { id, version, language, purposes, text } = entry;
        let name = TextName { id, version, language };
        Text { name, purposes: purposes.into_iter().collect(), text: text.trim().to_owned() }
    };
    Texts::try_new(file.texts.into_iter().map(text).collect())
        .map_err(|error| TextsError::Invalid(name.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use shopbell_domain::consent::Listed as _;

    use super::*;

    #[test]
    fn the_texts_of_the_demo_ask_for_every_purpose_in_french_and_english() {
        let texts = parse("defaults", DEFAULTS).unwrap();
        for language in ["fr", "en"] {
            for purpose in Purpose::EVERY {
                let asks = |text: &&Text| text.name.language == language && text.purposes.holds(*purpose);
                assert_eq!(texts.iter().filter(asks).count(), 1, "{purpose:?} in {language}");
            }
        }
        let hash = |id: &str| {
            let name = TextName { id: id.to_owned(), version: 1, language: "en".to_owned() };
            hex::encode(texts.find(&name).unwrap().shown().sha256)
        };
        // A text that was shown is never changed.
        assert_eq!(hash("in-shop"), "247a7b32f292e31cdf64c511aa30e692ac33e1b33e69a1b2dc6757eea206af63");
    }

    #[test]
    fn a_text_that_was_shown_does_not_change_under_its_version() {
        let texts = |words: &str| {
            let file = format!(
                "[[text]]\nid = \"a\"\nlanguage = \"fr\"\nversion = 2\npurposes = [\"inform\"]\ntext = \"{words}\"\n"
            );
            parse("texts.toml", &file).unwrap()
        };
        let pinned: Vec<TextShown> = texts("Oui").iter().map(Text::shown).collect();
        assert!(unchanged(&texts("Oui"), &pinned).is_ok());
        assert!(unchanged(&Texts::default(), &pinned).is_ok(), "it is shown no more");
        let changed = unchanged(&texts("Oui !"), &pinned).unwrap_err().to_string();
        assert!(changed.contains("a version 2 (fr)") && changed.contains("the next version"), "{changed}");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        let refused = |content: &str| parse("texts.toml", content).unwrap_err().to_string();
        let text = |more: &str| format!("[[text]]\nid = \"a\"\nlanguage = \"fr\"\ntext = \"Oui\"\n{more}\n");
        let whole = text("version = 1\npurposes = [\"inform\"]");
        assert!(parse("texts.toml", &whole).is_ok());
        assert_eq!(
            refused(&format!("{whole}{whole}")),
            "consent.texts_file: texts.toml: text a version 1 (fr) is there twice: a text that changed needs a new version"
        );
        assert!(refused(&text("version = 1\npurposes = [\"spy\"]")).contains("unknown variant `spy`"));
        assert!(refused(&text("version = 1")).contains("missing field `purposes`"));
        assert!(refused(&text("version = 1\npurposes = []\nlang = 1")).contains("unknown field `lang`"));
        let config = Consent { texts_file: Some("nowhere/texts.toml".into()), withheld: Vec::new() };
        let missing = load(&config).unwrap_err().to_string();
        assert!(missing.starts_with("consent.texts_file: nowhere/texts.toml cannot be read"), "{missing}");
    }
}
