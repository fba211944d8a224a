//! The brand's charter: which file it is read from. What it does: [`shopbell_domain::charter`], told in `docs/charter.md`.

use std::{fs, io, path::PathBuf};

use shopbell_domain::charter::{Charter, CharterFile, InvalidCharter};

use crate::config;

/// The charter of this program, with comments that tell how to write one's own.
pub const DEFAULT: &str = include_str!("charter/default.toml");

/// Why there is no charter, and so no server.
#[derive(Debug, thiserror::Error)]
pub enum CharterError {
    /// The file cannot be read.
    #[error("charter.file: {path} cannot be read: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file is no TOML, or holds something that no charter has.
    #[error("charter.file: {path} is no charter: {source}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where, and what is wrong.
        source: Box<toml::de::Error>,
    },
    /// Its rules contradict themselves or name nothing.
    #[error("charter.file: {path}: {}", list(wrong))]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Every mistake.
        wrong: Vec<InvalidCharter>,
    },
}

fn list(wrong: &[InvalidCharter]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The charter that the configuration names.
pub fn of(config: &config::Charter) -> Result<Charter, CharterError> {
    let (path, text) = match &config.file {
        None => (PathBuf::from("the charter of this program"), DEFAULT.to_owned()),
        Some(path) => {
            let text = fs::read_to_string(path);
            let text = text.map_err(|source| CharterError::Read { path: path.clone(), source })?;
            (path.clone(), text)
        }
    };
    let file: CharterFile = toml::from_str(&text)
        .map_err(|source| CharterError::Syntax { path: path.clone(), source: Box::new(source) })?;
    Charter::read(&file).map_err(|wrong| CharterError::Invalid { path, wrong })
}

#[cfg(test)]
mod tests;
