//! Logs: one line an event, to standard error, as JSON or for people.
//!
//! Values are fields, messages are lower case. Personal data cannot get here by accident: it lives in
//! [`crate::Redacted`], which prints a placeholder. Nothing in this module reads or prints requests.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _},
};

use serde::Deserialize;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::LevelFilter, fmt::MakeWriter, layer::SubscriberExt as _,
};

use crate::config::Invalid;

/// Section `[log]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Least level, `error` to `trace`, or directives like `info,shopbell_server::grpc=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Human }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people; coloured when standard error is a terminal.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

impl LogConfig {
    /// Checks the section without installing anything.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.filter().map(|_| ())
    }

    fn filter(&self) -> Result<EnvFilter, Invalid> {
        let mut directives = self.level.split(',').map(str::trim).peekable();
        let wrong = match directives.peek() {
            Some(&"") => Some(""),
            _ => directives.find(|directive| !names_a_level(directive)),
        };
        if let Some(wrong) = wrong {
            return Err(refused(wrong, "no level"));
        }
        EnvFilter::builder().parse(&self.level).map_err(|e| refused(&self.level, e))
    }
}

/// The filter takes any other word for the name of a module, and is then silent about all others.
fn names_a_level(directive: &str) -> bool {
    directive.is_empty() || directive.contains('=') || directive.parse::<LevelFilter>().is_ok()
}

fn refused(what: &str, why: impl Display) -> Invalid {
    let levels = "error, warn, info, debug, trace or off, or directives such as \"info,shopbell_kit=debug\"";
    Invalid::new("log.level", format!("{levels}; {what:?}: {why}"))
}

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The section is wrong.
    #[error(transparent)]
    Config(#[from] Invalid),
    /// The process logs already.
    #[error("logging was started twice in this process")]
    Twice,
}

/// Installs the process's log. For `main` alone: tests use [`subscriber`].
pub fn init(config: &LogConfig) -> Result<(), LogError> {
    let subscriber = subscriber(config, io::stderr, io::stderr().is_terminal())?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Twice)
}

/// The log as a value: where to write, and whether that shows colours.
pub fn subscriber<W>(
    config: &LogConfig,
    writer: W,
    terminal: bool,
) -> Result<impl Subscriber + use<W>, Invalid>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match config.format {
        LogFormat::Human => lines.with_ansi(terminal).boxed(),
        LogFormat::Json => lines.with_ansi(false).json().flatten_event(true).boxed(),
    };
    Ok(tracing_subscriber::registry().with(lines.with_filter(config.filter()?)))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::Redacted;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: &str) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let config = LogConfig { level: level.to_owned(), format };
        let subscriber = subscriber(&config, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let name = Redacted::new("Camille".to_owned());
            tracing::info!(shop = "lyon", ?name, "visit opened");
            tracing::debug!("detail");
        });
        let bytes = buffer.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_has_values_as_fields_and_no_colours() {
        let text = logged(LogFormat::Human, "info");
        assert!(text.contains("visit opened shop=\"lyon\" name=[redacted]"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains("Camille") && !text.contains("detail"), "{text}");
        assert!(logged(LogFormat::Human, "warn,shopbell_kit=debug").contains("detail"));
    }

    #[test]
    fn json_is_one_object_a_line() {
        let text = logged(LogFormat::Json, "debug");
        let lines: Vec<toml::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!(lines[0]["shop"].as_str(), Some("lyon"));
        assert_eq!(lines[0]["message"].as_str(), Some("visit opened"));
    }

    #[test]
    fn a_wrong_level_is_refused_by_key_and_word() {
        let checked =
            |level: &str| LogConfig { level: level.to_owned(), format: LogFormat::Human }.validate();
        for (level, word) in [
            ("loud", "\"loud\": no level"),
            ("info,shopbell_kit", "\"shopbell_kit\": no level"),
            ("loud=very", "\"loud=very\": "),
            ("", "\"\": no level"),
        ] {
            let error = checked(level).unwrap_err().to_string();
            assert!(error.starts_with("log.level must be error, warn, info, debug, trace or off"), "{error}");
            assert!(error.contains(word), "{error}");
        }
        for level in ["warn", "off", "DEBUG", "info,shopbell_kit=debug,", "shopbell_kit[visit{id=4}]=trace"] {
            assert_eq!(checked(level), Ok(()), "{level}");
        }
    }
}
