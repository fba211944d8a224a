//! `import`.

use std::path::PathBuf;

use clap::Args;
use shopbell_store::EmbeddedStore;

use super::{CliError, Source, open, say};
use crate::import::{self, Options, StoredSharing, Unknown};

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
