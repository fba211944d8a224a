//! Objects of a message, read by name with their path, so that a failure can say where.

use serde_json::{Map, Value};
use shopbell_domain::{inbox::Failure, words::is_format};

use super::failure::Reason;

/// Deepest nesting of a message.
pub(crate) const DEEPEST: usize = 64;

/// Reads JSON whose depth is bounded. Everything after it may recurse.
pub(crate) fn parse(text: &[u8]) -> Result<Value, Reason> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    if depth(text) > DEEPEST {
        return Err(Reason::TooDeep);
    }
    match serde_json::from_slice(text) {
        Ok(value) => Ok(value),
        Err(_) => serde_json::from_slice(&whole_characters(text)).map_err(|_| Reason::InvalidJson),
    }
}

/// JavaScript cuts texts inside of an emoji, and writes the half that is left as an escape which is no character. One such
/// text must not cost the whole batch: the halves become U+FFFD.
fn whole_characters(text: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let taken = match (byte, surrogate(rest)) {
            (b'\\', Some(High)) if surrogate(rest.get(6..).unwrap_or_default()) == Some(Low) => 12,
            (b'\\', Some(_)) => {
                whole.extend_from_slice(br"\ufffd");
                rest = rest.get(6..).unwrap_or_default();
                continue;
            }
            // Any other escape: what it escapes begins none.
            (b'\\', None) if !after.is_empty() => 2,
            _ => 1,
        };
        let (kept, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
        whole.extend_from_slice(kept);
        rest = after;
    }
    whole
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Surrogate {
    High,
    Low,
}
use Surrogate::{High, Low};

/// Which half of a pair the escape at the beginning is.
fn surrogate(text: &[u8]) -> Option<Surrogate> {
    let digits = text.strip_prefix(br"\u")?.get(..4)?;
    let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    match unit {
        0xd800..=0xdbff => Some(High),
        0xdc00..=0xdfff => Some(Low),
        _ => None,
    }
}

/// The deepest nesting of brackets outside of strings; right for valid JSON.
fn depth(text: &[u8]) -> usize {
    let (mut open, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// An object and where it stands. One that is missing has no fields.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The object itself, at `path`.
    pub(crate) fn new(object: &'a Map<String, Value>, path: impl Into<String>) -> Self {
        Self { object: Some(object), path: path.into() }
    }

    /// The object in a field, when one is there; without any field when the value is something else.
    pub(crate) fn child(&self, key: &str) -> Self {
        let object = self.object.and_then(|object| object.get(key)).and_then(Value::as_object);
        Self { object, path: self.at(key) }
    }

    /// The object in a field; without any field when it is missing, a failure when it is something else.
    pub(crate) fn demand(&self, key: &'static str, otherwise: Reason) -> Result<Self, Failure> {
        match self.value(&[key]) {
            None | Some((_, Value::Object(_))) => Ok(self.child(key)),
            Some(_) => Err(otherwise.at(self.at(key))),
        }
    }

    /// The path of a field of it.
    pub(crate) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// All that is there.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.object.into_iter().flatten()
    }

    /// Whether there is a field of that name, even if `null`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.object.is_some_and(|object| object.contains_key(key))
    }

    /// The first of these that says something: `null` and blank text say nothing.
    pub(crate) fn value(&self, keys: &[&'static str]) -> Option<(&'static str, &'a Value)> {
        let object = self.object?;
        keys.iter().find_map(|key| {
            let value = object.get(*key)?;
            let says_nothing = match value {
                Value::Null => true,
                Value::String(text) => text.trim().is_empty(),
                _ => false,
            };
            (!says_nothing).then_some((*key, value))
        })
    }

    /// A text that describes, cleaned and cut to `most` characters. Anything that is neither text nor number is passed over.
    pub(crate) fn text(&self, keys: &[&'static str], most: usize) -> Option<String> {
        self.value(keys).and_then(|(_, value)| plain(value)).and_then(|text| clean(&text, most))
    }
}

/// Text or number, as text and trimmed.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(_) => number(value),
        _ => None,
    }
}

/// A number, written out in full: what JSON calls `1.0` or `1e2` is `1` and `100`.
pub(crate) fn number(value: &Value) -> Option<String> {
    let Value::Number(number) = value else { return None };
    if number.is_f64() {
        // `Display` of `f64` writes the shortest decimal that reads back as the same number, never an exponent.
        return number.as_f64().map(|number| number.to_string());
    }
    Some(number.to_string())
}

/// Without control characters and those that are not seen, at most `most` characters; `None` when nothing is left.
pub(crate) fn clean(text: &str, most: usize) -> Option<String> {
    let spaced = text.chars().filter_map(|c| match c {
        c if c.is_control() || c.is_whitespace() => Some(' '),
        c => (!is_format(c)).then_some(c),
    });
    let kept: String = spaced.collect::<String>().trim().chars().take(most).collect();
    let kept = kept.trim_end();
    (!kept.is_empty()).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert_eq!(depth(br#"{"a":[{"b":"]]]\"}"}]}"#), 3);
        assert_eq!(depth(b"]]]]"), 0);
        let nested = |levels: usize| [b"[".repeat(levels), b"]".repeat(levels)].concat();
        assert!(parse(&nested(DEEPEST)).is_ok());
        assert_eq!(parse(&nested(DEEPEST + 1)), Err(Reason::TooDeep));
        assert_eq!(parse(&b"[".repeat(1_000_000)), Err(Reason::TooDeep));
    }

    #[test]
    fn halves_of_characters_are_replaced_and_nothing_else() {
        let read = |text: &str| parse(text.as_bytes()).map(|value| value.as_str().unwrap().to_owned());
        assert_eq!(read(r#""a\ud83d""#).unwrap(), "a\u{fffd}");
        assert_eq!(read(r#""\udc5f\ud83d\udc5f\ud83d!""#).unwrap(), "\u{fffd}👟\u{fffd}!");
        assert_eq!(read(r#""\\ud83d \ud83d""#).unwrap(), "\\ud83d \u{fffd}");
        assert_eq!(read(r#""\ud83"#), Err(Reason::InvalidJson));
        assert_eq!(read("\"\\"), Err(Reason::InvalidJson));
    }

    #[test]
    fn numbers_are_written_out() {
        let written = |json: &str| number(&serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!(written("19.99"), "19.99");
        assert_eq!(written("12.0"), "12");
        assert_eq!(written("1e21"), "1000000000000000000000");
        assert_eq!(written("18446744073709551615"), "18446744073709551615");
        assert_eq!(written("-7"), "-7");
    }

    #[test]
    fn descriptions_are_cleaned_and_cut() {
        assert_eq!(clean("  Robe\n\u{202e}Alba ", 200).as_deref(), Some("Robe Alba"));
        assert_eq!(clean("Ro\u{200b}be\u{2028}Alba\u{feff}", 200).as_deref(), Some("Robe Alba"));
        assert_eq!(clean("déjà vu", 5).as_deref(), Some("déjà"));
        assert_eq!(clean("\u{7}\u{200f}", 5), None);
    }
}
