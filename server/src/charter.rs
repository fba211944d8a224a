//! The brand's charter: which file it is read from. What it does: [`shopbell_domain::charter`], told in `docs/charter.md`.

use std::path::PathBuf;

use shopbell_domain::{
    charter::{Charter, CharterFile, InvalidCharter},
    id::StoreId,
};

use crate::{
    config,
    configured::{self, Configured, Unreadable},
};

/// The charter of this program, with comments that tell how to write one's own.
pub const DEFAULT: &str = include_str!("charter/default.toml");

/// Why there is no charter, and so no server.
#[derive(Debug, thiserror::Error)]
pub enum CharterError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] Unreadable),
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
    /// A quiet time names a shop that there is not.
    #[error("charter.file: {path}: quiet.stores: there is no shop {store}; the shops are: {shops}")]
    NoSuchStore {
        /// Which file.
        path: PathBuf,
        /// What it names.
        store: StoreId,
        /// Those that there are.
        shops: String,
    },
    /// A shop keeps quiet at times that nobody can tell.
    #[error(
        "charter.file: {path}: quiet: shop {store} keeps quiet at some times, and nobody knows what its clocks show: give it \
         a time_zone, such as \"Europe/Paris\", in [[shop]]"
    )]
    NoClock {
        /// Which file.
        path: PathBuf,
        /// Which shop.
        store: StoreId,
    },
}

fn list(wrong: &[InvalidCharter]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The charter that the configuration names, for these shops.
pub fn of(config: &config::Charter, shops: &[config::Shop]) -> Result<Charter, CharterError> {
    let own = ("the charter of this program", DEFAULT);
    let Configured { path, text } = configured::read("charter.file", config.file.as_deref(), own)?;
    let file: CharterFile = toml::from_str(&text)
        .map_err(|source| CharterError::Syntax { path: path.clone(), source: Box::new(source) })?;
    match Charter::read(&file) {
        Ok(charter) => fits(&charter, path, shops).map(|()| charter),
        Err(wrong) => Err(CharterError::Invalid { path, wrong }),
    }
}

/// Whether its quiet times can be told in these shops.
fn fits(charter: &Charter, path: PathBuf, shops: &[config::Shop]) -> Result<(), CharterError> {
    if let Some(store) = charter.named_stores().find(|store| shops.iter().all(|shop| shop.id != **store)) {
        let shops: Vec<&str> = shops.iter().map(|shop| shop.id.as_str()).collect();
        return Err(CharterError::NoSuchStore { path, store: store.clone(), shops: shops.join(", ") });
    }
    let without_clock = |shop: &&config::Shop| shop.time_zone.is_none() && charter.has_quiet_times(&shop.id);
    match shops.iter().find(without_clock) {
        Some(shop) => Err(CharterError::NoClock { path, store: shop.id.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
