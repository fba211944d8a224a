//! What is held of a store before anything reads it: that it is laid out as this program lays it out, and that the vault is
//! the one whose keys sealed it.
//!
//! The layout of the whole is in one record, which the first opening writes. A store without it is empty, or is of a program
//! that sealed nothing.

use std::path::{Path, PathBuf};

use shopbell_domain::ports::StoreError;
use shopbell_durable::OpenError as EngineError;

use crate::{
    draft::{self, Draft},
    engine::{Engine, Ground},
    inbox,
    key::{Key, Mark},
    keys::Keys,
    record::{self, LayoutRecord},
    recover::RecoverError,
};

/// The first version of the layout that is released. Before a release any change of a record raises it with the layout's own
/// version, so that no store is opened of which only a part can be read; after it, a changed record reads its former shape, too.
const FIRST_RELEASED: u8 = 4;

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its directory cannot be used, or what it holds cannot be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A program wrote it that did not seal personal data.
    #[error(
        "the store in {} was written by a program that did not encrypt personal data; this one neither reads it nor \
         leaves it readable by mixing the two. Move it aside, start with an empty directory, import customers, products \
         and histories again (`shopbell-server import`), and destroy the old directory",
        dir.display()
    )]
    Unsealed {
        /// The store's directory.
        dir: PathBuf,
    },
    /// A program wrote it before the first release, and laid it out otherwise.
    #[error(
        "the store in {} was written by a program from before the first release, whose records this one does not read. Move it aside, start with an empty directory, and import customers, products and histories \
         again (`shopbell-server import`)",
        dir.display()
    )]
    Earlier {
        /// The store's directory.
        dir: PathBuf,
    },
    /// The vault's keys are not those that sealed it.
    #[error(
        "the store in {} belongs to another vault than the one in {}: name the right one, or restore it from its backup",
        dir.display(), vault.display()
    )]
    OtherVault {
        /// The store's directory.
        dir: PathBuf,
        /// The vault's directory.
        vault: PathBuf,
    },
    /// What the last run left half done cannot be finished.
    #[error("the store in {} cannot finish what was begun: {error}", dir.display())]
    Unfinished {
        /// The store's directory.
        dir: PathBuf,
        /// What went wrong.
        error: StoreError,
    },
}

/// How a store stands to a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belonging {
    /// Nothing is in it yet.
    Empty,
    /// This vault's keys sealed it.
    Here,
    /// Another vault's keys did.
    Elsewhere,
    /// Nothing says so, and it is not empty.
    Nowhere,
    /// It is laid out as no release was.
    Earlier,
}

/// Checks a store that is being opened, marks a new one, and destroys keys that a crash left.
pub(crate) fn prepare(engine: &dyn Engine, ground: Ground<'_>, dir: &Path) -> Result<(), OpenError> {
    let unfinished = |error| OpenError::Unfinished { dir: dir.to_owned(), error };
    match belonging(engine, ground).map_err(unfinished)? {
        Belonging::Here => {}
        Belonging::Empty => mark(ground).map_err(unfinished)?,
        Belonging::Nowhere => return Err(OpenError::Unsealed { dir: dir.to_owned() }),
        Belonging::Earlier => return Err(OpenError::Earlier { dir: dir.to_owned() }),
        Belonging::Elsewhere => {
            let vault = ground.keys().dir().to_owned();
            return Err(OpenError::OtherVault { dir: dir.to_owned(), vault });
        }
    }
    draft::finish_destroying(ground).and_then(|()| inbox::end_old_epochs(ground)).map_err(unfinished)
}

/// Refuses a store that this vault's keys did not seal, for a recovery. An empty one passes.
pub(crate) fn check(engine: &dyn Engine, keys: &Keys, dir: &Path) -> Result<(), RecoverError> {
    match belonging(engine, Ground::new(engine, keys))? {
        Belonging::Here | Belonging::Empty => Ok(()),
        Belonging::Nowhere => Err(OpenError::Unsealed { dir: dir.to_owned() }.into()),
        Belonging::Earlier => Err(OpenError::Earlier { dir: dir.to_owned() }.into()),
        Belonging::Elsewhere => {
            Err(OpenError::OtherVault { dir: dir.to_owned(), vault: keys.dir().to_owned() }.into())
        }
    }
}

/// Says in a store whose keys seal it.
pub(crate) fn mark(ground: Ground<'_>) -> Result<(), StoreError> {
    let mut draft = Draft::new(ground);
    let Mark(vault) = ground.keys().identity();
    draft.put_new(&Key::Layout, &LayoutRecord { vault })?;
    draft.commit()
}

fn belonging(engine: &dyn Engine, ground: Ground<'_>) -> Result<Belonging, StoreError> {
    match engine.get(&Key::Layout.encode())? {
        None if engine.page(&[], &[], 1)?.is_empty() => Ok(Belonging::Empty),
        None => Ok(Belonging::Nowhere),
        Some(value) => said(ground, &value),
    }
}

/// What a layout says of the vault.
pub(crate) fn said(ground: Ground<'_>, value: &[u8]) -> Result<Belonging, StoreError> {
    if value.first().is_some_and(|version| *version < FIRST_RELEASED) {
        return Ok(Belonging::Earlier);
    }
    let LayoutRecord { vault } = record::decode(&Key::Layout, value)?;
    Ok(if Mark(vault) == ground.keys().identity() { Belonging::Here } else { Belonging::Elsewhere })
}
