//! Configuration: a commented defaults file in the binary <- a file <- `--set key.path=value`.
//!
//! A section is a struct with `#[serde(deny_unknown_fields)]`; the whole is a struct of sections that
//! implements [`Config`]. Every error names the key, where it was set and what was expected.
//!
//! Rules for keys: lower case with underscores; the unit is part of the name and the type ([`Millis`] for
//! `_ms`, [`Seconds`] for `_s`, ...), so that `timeout_s = 5` is a [`Duration`](std::time::Duration) in code; secrets are paths
//! (`_file`), never values. To add a key: put it, commented, into the defaults file and into its section's
//! struct, and check what the type cannot say in `validate`.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    error::{Actual, Kind},
    providers::{Format as _, Toml},
    value::{Dict, Map, Value},
};
use serde::de::DeserializeOwned;

mod units;
pub use units::{Days, Hours, Millis, Minutes, Seconds};

/// Where settings come from; later ones win.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The text of the defaults file, embedded in the binary.
    pub defaults: &'a str,
    /// The file given with `--config`.
    pub file: Option<&'a Path>,
    /// The values of `--set`, each `key.path=value`. A value is read as TOML, and as a string if it is none.
    pub overrides: &'a [String],
}

/// A whole configuration.
pub trait Config: DeserializeOwned {
    /// Checks what types cannot say; names the first wrong key.
    fn validate(&self) -> Result<(), Invalid>;
}

/// A key whose value was read and makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} must be {expected}")]
pub struct Invalid {
    key: String,
    expected: String,
}

impl Invalid {
    /// `key` with its section, as in `clock.speed`; `expected` completes "must be ...".
    pub fn new(key: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { key: key.into(), expected: expected.into() }
    }

    /// The key with its section.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file given with `--config` was not read.
    #[error("could not read the configuration {}: {source}; {}", path.display(), way_out(source))]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A source is not TOML.
    #[error("{origin} is not valid TOML: {reason}")]
    Syntax {
        /// The file, or the built-in defaults.
        origin: String,
        /// Line, column and what is wrong there.
        reason: String,
    },
    /// A `--set` is not `key.path=value`.
    #[error("--set {text:?} must look like `section.key=value`")]
    Override {
        /// What was given.
        text: String,
    },
    /// Keys are unknown, missing or wrong; one a line.
    #[error("{}", lines(.0))]
    Keys(Vec<KeyError>),
}

fn way_out(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "check the path given with --config",
        io::ErrorKind::PermissionDenied => "let the user of this process read it (`chown`, `chmod`)",
        io::ErrorKind::IsADirectory => "name a file with --config",
        io::ErrorKind::InvalidData => "it is no text: name a TOML file with --config",
        _ => "look at the disk that it is on",
    }
}

fn lines(errors: &[KeyError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// One wrong key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    /// The key with its section.
    pub key: String,
    /// The file, the `--set`, or the built-in defaults; empty when nothing sets the key.
    pub origin: String,
    /// What is wrong, with the remedy.
    pub problem: String,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin.is_empty() {
            write!(f, "{}: {}", self.key, self.problem)
        } else {
            write!(f, "{} (in {}): {}", self.key, self.origin, self.problem)
        }
    }
}

/// Reads and checks a configuration.
pub fn load<C: Config>(sources: &Sources<'_>) -> Result<C, ConfigError> {
    let figment = merge(sources)?;
    let config: C = figment.extract().map_err(|error| keys(&figment, error))?;
    config.validate().map_err(|invalid| {
        let origin = origin(metadata_of(&figment, &invalid.key));
        let problem = format!("must be {}", invalid.expected);
        ConfigError::Keys(vec![KeyError { key: invalid.key, origin, problem }])
    })?;
    Ok(config)
}

/// One setting and where it came from, for a command that explains the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key with its section; items of lists are numbered.
    pub key: String,
    /// The value as text.
    pub value: String,
    /// The file, the `--set`, or the built-in defaults.
    pub origin: String,
}

/// All settings in force, in order of their keys, whether they are valid or not.
pub fn explain(sources: &Sources<'_>) -> Result<Vec<Setting>, ConfigError> {
    let figment = merge(sources)?;
    let all = figment.extract::<Value>().map_err(|error| keys(&figment, error))?;
    let mut settings = Vec::new();
    flatten(&figment, String::new(), &all, &mut settings);
    Ok(settings)
}

fn flatten(figment: &Figment, key: String, value: &Value, into: &mut Vec<Setting>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        Value::Dict(_, dict) => {
            for (name, value) in dict {
                flatten(figment, below(name), value, into);
            }
        }
        Value::Array(_, items) if items.iter().any(|item| matches!(item, Value::Dict(..))) => {
            for (i, item) in items.iter().enumerate() {
                flatten(figment, below(&i.to_string()), item, into);
            }
        }
        value => {
            let origin = origin(figment.get_metadata(value.tag()));
            into.push(Setting { key, value: text(value), origin });
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, char) => format!("{char:?}"),
        Value::Bool(_, bool) => bool.to_string(),
        Value::Num(_, number) => number
            .to_i128()
            .map(|whole| whole.to_string())
            .or_else(|| number.to_u128().map(|whole| whole.to_string()))
            .or_else(|| number.to_f64().map(|real| real.to_string()))
            .unwrap_or_default(),
        Value::Array(_, items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", ")),
        Value::Empty(..) | Value::Dict(..) => String::new(),
    }
}

fn merge(sources: &Sources<'_>) -> Result<Figment, ConfigError> {
    let mut figment =
        Figment::new().merge(Source::toml("the built-in defaults".to_owned(), sources.defaults)?);
    if let Some(path) = sources.file {
        let read = fs::read_to_string(path);
        let text = read.map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        figment = figment.merge(Source::toml(path.display().to_string(), &text)?);
    }
    for text in sources.overrides {
        figment = figment.merge(Source::set(text)?);
    }
    Ok(figment)
}

/// TOML with a name that people recognise.
struct Source {
    name: String,
    dict: Dict,
}

impl Source {
    fn toml(name: String, text: &str) -> Result<Self, ConfigError> {
        match Toml::from_str(text) {
            Ok(dict) => Ok(Self { name, dict }),
            Err(error) => {
                Err(ConfigError::Syntax { origin: name, reason: error.to_string().trim().to_owned() })
            }
        }
    }

    fn set(text: &str) -> Result<Self, ConfigError> {
        let wrong = || ConfigError::Override { text: text.to_owned() };
        let (key, value) = text.split_once('=').ok_or_else(wrong)?;
        let (key, value) = (key.trim(), value.trim());
        let plain = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        };
        if !key.split('.').all(plain) {
            return Err(wrong());
        }
        let name = format!("--set {key}");
        // A further line would be a further key.
        let one_line = !value.contains('\n');
        if let Some(dict) = one_line.then(|| Toml::from_str(&format!("{key} = {value}")).ok()).flatten() {
            return Ok(Self { name, dict });
        }
        let quoted = Toml::from_str(&format!("{key} = {}", toml::Value::from(value)));
        quoted.map(|dict| Self { name, dict }).map_err(|_| wrong())
    }
}

impl Provider for Source {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.dict.clone()))
    }
}

fn origin(metadata: Option<&Metadata>) -> String {
    metadata.map(|metadata| metadata.name.to_string()).unwrap_or_default()
}

/// Where a key was set; an item of a list was set where its list was.
fn metadata_of<'a>(figment: &'a Figment, key: &str) -> Option<&'a Metadata> {
    let mut key = key;
    loop {
        match (figment.find_metadata(key), key.rsplit_once('.')) {
            (None, Some((around, _))) => key = around,
            (found, _) => return found,
        }
    }
}

fn keys(figment: &Figment, error: Error) -> ConfigError {
    ConfigError::Keys(error.into_iter().map(|error| key_error(figment, &error)).collect())
}

fn key_error(figment: &Figment, error: &Error) -> KeyError {
    let mut path = error.path.clone();
    let named = match &error.kind {
        Kind::UnknownField(name, _) => Some(name.as_str()),
        Kind::MissingField(name) => Some(name.as_ref()),
        _ => None,
    };
    // Figment's path may end with the field or with the section around it.
    if let Some(name) = named.filter(|name| path.last().map(String::as_str) != Some(name)) {
        path.push(name.to_owned());
    }
    let key = path.join(".");
    let origin = match error.kind {
        Kind::MissingField(_) => String::new(),
        _ => origin(metadata_of(figment, &key).or(error.metadata.as_ref())),
    };
    KeyError { key, origin, problem: problem(&error.kind) }
}

fn problem(kind: &Kind) -> String {
    match kind {
        Kind::UnknownField(name, known) => unknown(name, known),
        Kind::MissingField(_) => "is missing; set it in the file given with --config".to_owned(),
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("must be {}, not {}", in_words(expected), shown(found))
        }
        Kind::InvalidLength(length, expected) => format!("must have {expected}, not {length} items"),
        Kind::UnknownVariant(found, known) => format!("must be one of {}, not {found:?}", known.join(", ")),
        Kind::DuplicateField(_) => "is set twice".to_owned(),
        Kind::Message(message) => message.clone(),
        other => other.to_string(),
    }
}

/// Serde names the types of numbers as Rust does.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number of at least 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        other => other,
    }
}

fn shown(found: &Actual) -> String {
    match found {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Str(value) => format!("{value:?}"),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a section".to_owned(),
        other => other.to_string(),
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|candidate| (distance(name, candidate), candidate)).min();
    match nearest {
        Some((edits, candidate)) if edits <= 1 + name.len() / 4 => {
            format!("is no key here; did you mean `{candidate}`?")
        }
        _ if known.is_empty() => "is no key here".to_owned(),
        _ => format!("is no key here; there are: {}", known.join(", ")),
    }
}

/// Levenshtein's distance: the number of letters to add, drop or change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (other, &above) in b.iter().zip(row.iter().skip(1)) {
            let changed = diagonal + usize::from(letter != *other);
            left = changed.min(above + 1).min(left + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
