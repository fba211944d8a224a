//! `import`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use shopbell_domain::{id::StoreId, money::Currency, time::Timestamp};
use shopbell_kit::clock::parse_rfc3339;
use shopbell_store::EmbeddedStore;

use super::{CliError, Source, open, say};
use crate::{
    catalogue::Layout,
    import::{self, Guard, ImportError, Options, StoredSharing, Unknown},
    online::Readings,
};

/// Brings customers, phones, products, stock and purchases into the store.
///
/// Each file holds one JSON object a line, or is a table of products or of stock: CSV or Parquet (docs/import.md says which). Lines that are refused are written, with line
/// number and reason, to FILE.rejected.jsonl, and the exit code is then 2. The same file twice is once. The server must not run meanwhile, since
/// it holds the store.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Files, in order; `-` is standard input, for JSON lines. Customers come before what they did.
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
    /// When what the files say of customers was so, such as 2026-11-22T09:00:00Z. Without it that is when each file was written,
    /// and of what comes through a pipe nobody knows it.
    ///
    /// Customers who were erased since stay out. A copy looks newer than it is: name the time of the original.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    as_of: Option<Timestamp>,
    /// Takes each table for all that there is: products that it does not name are no longer sold, sizes that it does not name
    /// are out of stock in the shops that it names. Not when a row was rejected, and not when more than half would go.
    #[arg(long)]
    snapshot: bool,
    /// The currency of a table's amounts that name none, such as EUR.
    #[arg(long, value_name = "CODE")]
    currency: Option<Currency>,
    /// The shop of a table of stock that has no column of it.
    #[arg(long, value_name = "SHOP")]
    store: Option<StoreId>,
    /// A column of a table that has a name of your own: `--column name=Bezeichnung`.
    #[arg(long = "column", value_name = "FIELD=NAME", value_parser = column)]
    columns: Vec<(String, String)>,
    #[command(flatten)]
    more: Source,
}

impl Import {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        let config = source.then(self.more).load()?;
        // Opening a store makes one: a mistyped file must not leave an empty one behind.
        self.files.iter().try_for_each(|file| readable(file))?;
        let clock = open::process(&config)?;
        let vault = open::vault(&config).await?;
        let store = open::store(&config, &vault).await?;
        let stored_sharing = if self.replace_sharing { StoredSharing::Replace } else { StoredSharing::Keep };
        let perhaps_lost = store.recovered()?.is_some() && !self.levels_from_file;
        let unknown = if perhaps_lost { Unknown::PerhapsLost } else { Unknown::New };
        let (columns, currency, store_id) = (self.columns.into_iter().collect(), self.currency, self.store);
        let layout = Layout { columns, currency, store: store_id };
        let snapshot = self.snapshot;
        let guard = Some(Guard::new(Arc::new(store.clone())));
        let options = Options {
            guard,
            stored_sharing,
            unknown,
            now: clock.now(),
            layout,
            shops: config.shops.iter().map(|shop| shop.id.clone()).collect(),
            snapshot,
            as_of: self.as_of,
            readings: Arc::new(Readings::new(&config.sources, config.identity.rules()?)),
            ..Options::default()
        };
        match files(&store, &self.files, &options).await? {
            0 => Ok(()),
            lines => Err(CliError::Rejected { lines }),
        }
    }
}

fn column(text: &str) -> Result<(String, String), String> {
    let (field, name) = text.split_once('=').ok_or("write FIELD=NAME, such as name=Bezeichnung")?;
    Ok((field.to_owned(), name.to_owned()))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    parse_rfc3339("--as-of", text).map_err(|invalid| invalid.to_string())
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
