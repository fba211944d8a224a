//! `import`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use shopbell_store::EmbeddedStore;

use super::{CliError, Source, open, say};
use crate::import::{self, ImportError, Options, StoredSharing, Unknown};

/// Brings customers, phones, products, stock and purchases into the store.
///
/// Each file holds one JSON object a line (docs/import.md says which). Lines that are refused are written, with line
/// number and reason, to FILE.rejected.jsonl, and the exit code is then 2. The same file twice is once. The server must not run meanwhile, since
/// it holds the store.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Files of JSON lines, in order; `-` is standard input. Customers come before what they did.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Lets the files' sharing levels take the place of what customers decided since.
    #[arg(long)]
    replace_sharing: bool,
    /// Lets the files' sharing levels and phones count, in a store that was recovered, for those whom it does not know.
    ///
    /// Without it they may be such as were lost, with what they took away: such customers come at level 0, such phones are
    /// rejected. Use it for files that are newer than every decision before the damage.
    #[arg(long)]
    levels_from_file: bool,
    #[command(flatten)]
    more: Source,
}

impl Import {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        let config = source.then(self.more).load()?;
        // Opening a store makes one: a mistyped file must not leave an empty one behind.
        self.files.iter().try_for_each(|file| readable(file))?;
        let clock = open::process(&config)?;
        let store = open::store(&config).await?;
        let stored_sharing = if self.replace_sharing { StoredSharing::Replace } else { StoredSharing::Keep };
        let perhaps_lost = store.recovered()?.is_some() && !self.levels_from_file;
        let unknown = if perhaps_lost { Unknown::PerhapsLost } else { Unknown::New };
        let options = Options { stored_sharing, unknown, now: clock.now(), ..Options::default() };
        match files(&store, &self.files, &options).await? {
            0 => Ok(()),
            lines => Err(CliError::Rejected { lines }),
        }
    }
}

/// A pipe is not opened to see whether that works: its writer would see the end.
fn readable(path: &Path) -> Result<(), ImportError> {
    if path == Path::new("-") {
        return Ok(());
    }
    let file = match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if found.is_file() => fs::File::open(path).map(drop),
        found => found.map(drop),
    };
    file.map_err(|source| ImportError::Open { path: path.to_owned(), source })
}

/// Imports files in order and says what became of each. Returns how many lines were rejected.
pub(super) async fn files(
    store: &EmbeddedStore,
    files: &[PathBuf],
    options: &Options,
) -> Result<u64, CliError> {
    let mut rejected = 0;
    for file in files {
        let summary = import::run(store, file, options, import::on_stderr().as_mut()).await?;
        rejected += summary.rejected();
        say(format_args!("{}:\n{summary}", file.display()))?;
    }
    Ok(rejected)
}
