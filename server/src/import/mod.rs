//! Brings customers, phones, products, stock and what customers did into the store, from a file of JSON lines; products and
//! stock also from tables, which [`crate::catalogue`] reads.
//!
//! ```text
//! file or stdin -> lines -> `record` -> changes -> store, many in one durable write
//!                    |          |                      |
//!                    +----------+---- rejected --------+--> <file>.rejected.jsonl, with line and reason
//! ```
//!
//! What customers did becomes events, and at the end of a file each of these customers' views is made of all their events, once:
//! by the same rules, and the same code, that fold what the web shop sends ([`crate::online`]).
//!
//! A thread reads and parses; this task writes. Both hold at most a few batches, so a file of any length takes the
//! same memory. What was written stays: after an interruption the same import brings the rest, and counts what is
//! known. The format is described in `docs/import.md`; a test holds its examples to the parser.
//!
//! A file is known by what is in it: a table (`table`), or lines.
//!
//! To add a type of line: a struct and its arm in `record`, and an example in `docs/import.md`.

mod guard;
mod lines;
mod progress;
mod reader;
mod record;
mod rejects;
mod sharing;
mod stock;
mod summary;
mod table;

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use shopbell_domain::{
    event::port::Events,
    id::StoreId,
    ports::{Applied, Change, Store, StoreError},
    time::Timestamp,
};
use tokio::sync::mpsc;

pub(crate) use self::summary::count;
pub use self::{
    guard::Guard,
    progress::{Progress, Silent, on_stderr},
    record::Kind,
    sharing::{StoredSharing, Unknown},
    summary::{Counts, Summary},
};
use self::{
    reader::{Batch, NumberedText, Source, Step},
    rejects::{Rejected, Rejects},
    sharing::{Decided, Settled},
};
use crate::{
    catalogue::{Format, Layout, TableError},
    online::{MadeAnew, Readings, make_views_anew},
};

/// Batches that wait between the reader and the store.
const WAITING: usize = 2;

/// How an import is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// Changes in one durable write.
    pub batch: usize,
    /// What happens to the sharing of customers that are known already.
    pub stored_sharing: StoredSharing,
    /// How tables are read.
    pub layout: Layout,
    /// The shops of the configuration: a table that names others may be wrong.
    pub shops: BTreeSet<StoreId>,
    /// Whether a table is all that there is: what it does not name is no longer sold, or out of stock.
    pub snapshot: bool,
    /// What happens to customers and phones that are not known.
    pub unknown: Unknown,
    /// Keeps out lines about who was erased or is suppressed; `None` where nobody can be.
    pub guard: Option<Guard>,
    /// When the import is made: who is raised by it consents from then on.
    pub now: Timestamp,
    /// When what the files say of customers was so; `None` is when each file was written.
    pub as_of: Option<Timestamp>,
    /// Who may be one person, and whose word counts for it: profiles are of persons.
    pub readings: Arc<Readings>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 1_000,
            stored_sharing: StoredSharing::Keep,
            layout: Layout::default(),
            shops: BTreeSet::new(),
            snapshot: false,
            unknown: Unknown::New,
            guard: None,
            now: Timestamp::EPOCH,
            as_of: None,
            readings: Arc::default(),
        }
    }
}

/// Why an import ended early. What was imported until then is in the store.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened.
    #[error("cannot open {}: {source}; give a file of JSON lines, or `-` for standard input", path.display())]
    Open {
        /// The path as given.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Reading failed on the way.
    #[error(
        "cannot read on in {} after line {line}: {source}; run the same import again, known lines are skipped",
        path.display()
    )]
    Read {
        /// The path as given.
        path: PathBuf,
        /// The last line that was read.
        line: u64,
        /// The system's answer.
        source: io::Error,
    },
    /// A table cannot be read, or not to its end.
    #[error("{} after row {row}: {source}; what came before is in the store", path.display())]
    Table {
        /// The path as given.
        path: PathBuf,
        /// The last row that was read.
        row: u64,
        /// Why.
        source: TableError,
    },
    /// The file of rejected lines cannot be written.
    #[error("cannot write {}: {source}; rejected lines would be lost, so the import stops", path.display())]
    Rejects {
        /// The file of rejected lines.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The store takes no more.
    #[error("the import stopped before line {line}: {source}; then run it again, known lines are skipped")]
    Store {
        /// The first line that is not in the store.
        line: u64,
        /// The store's answer.
        source: StoreError,
    },
    /// All lines are in the store, and the profiles do not tell them yet.
    #[error(
        "all lines are in the store, and not all profiles tell them: {0}; then run it again, or start the server"
    )]
    Views(StoreError),
}

/// Where an import goes: a store that also keeps events and the views over them.
pub trait Target: Store + Events {}

impl<T: Store + Events> Target for T {}

/// Imports `path` (`-` is standard input) into `store`, and makes the views of those of whom it told something.
///
/// Lines that are refused are written to `<path>.rejected.jsonl` (`stdin.rejected.jsonl` in the working directory for
/// standard input), which takes the place of one from an earlier import and is not made when there are none.
pub async fn run<T: Target>(
    store: &T,
    path: &Path,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Summary, ImportError> {
    let summary = bring(store, path, options, progress).await?;
    let made = make_views_anew(store, store, &options.readings, |made| progress.profiles(made.views)).await;
    let MadeAnew { views, left } = made.map_err(ImportError::Views)?;
    tracing::debug!(views, left, "views were made");
    progress.end();
    Ok(summary)
}

async fn bring(
    store: &dyn Store,
    path: &Path,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Summary, ImportError> {
    if path != Path::new("-") && path.is_file() {
        let failed = |source| ImportError::Table { path: path.to_owned(), row: 0, source };
        if crate::catalogue::format(path).map_err(failed)? != Format::Lines {
            return table::run(store, path, options, progress).await;
        }
    }
    let source = Source::open(path).map_err(|source| ImportError::Open { path: path.to_owned(), source })?;
    progress.begin(source.bytes());
    let mut import = Import {
        store,
        decided: Decided::new(options.stored_sharing, options.unknown, options.now),
        rejects: Rejects::beside(path)?,
        summary: Summary::default(),
        guard: options.guard.clone(),
        written: options.as_of.unwrap_or_else(|| guard::age(path)),
    };
    let (sender, mut steps) = mpsc::channel(WAITING);
    let batch = options.batch.max(1);
    let reader = tokio::task::spawn_blocking(move || reader::read(source, batch, &sender));
    let mut line = 0;
    while let Some(step) = steps.recv().await {
        match step {
            Step::Batch(batch) => {
                let position = batch.position;
                line = position.line;
                import.batch(batch).await?;
                progress.at(position.bytes, position.line);
            }
            Step::Failed(source) => return Err(ImportError::Read { path: path.to_owned(), line, source }),
        }
    }
    // The channel closed, so the reader is done; if it panicked, the file was not read to its end.
    reader.await.map_err(|join| ImportError::Read {
        path: path.to_owned(),
        line,
        source: io::Error::other(join),
    })?;
    import.summary.rejected_file = import.rejects.finish()?;
    Ok(import.summary)
}

struct Import<'a> {
    store: &'a dyn Store,
    decided: Decided,
    rejects: Rejects,
    summary: Summary,
    guard: Option<Guard>,
    /// When what the file says of customers was so.
    written: Timestamp,
}

impl Import<'_> {
    async fn admits(&self, change: &Change) -> Result<bool, StoreError> {
        match &self.guard {
            Some(guard) => guard.admits(change, self.written).await,
            None => Ok(true),
        }
    }

    async fn batch(&mut self, batch: Batch) -> Result<(), ImportError> {
        let Batch { changes, rejected, .. } = batch;
        let first =
            changes.iter().filter_map(|item| item.lines.first()).map(|line| line.number).min().unwrap_or(0);
        let stopped = |source| ImportError::Store { line: first, source };
        let mut items = Vec::with_capacity(changes.len());
        let mut to_apply: Vec<Change> = Vec::with_capacity(changes.len());
        self.decided.begin_batch();
        let mut refused = rejected;
        for item in changes {
            if !self.admits(&item.change).await.map_err(stopped)? {
                self.summary.kept_out += item.lines.len() as u64;
                continue;
            }
            let (change, replaced) =
                match self.decided.settle(self.store, item.change).await.map_err(stopped)? {
                    Settled::Apply(change) => (change, false),
                    Settled::Replaced(change) => (change, true),
                    Settled::Refuse(reason) => {
                        refused.extend(refuse(item.kind, item.lines, reason));
                        continue;
                    }
                };
            items.push((item.kind, item.lines, replaced));
            to_apply.push(change);
        }
        self.summary.kept_sharing = self.decided.kept();
        self.summary.closed_sharing = self.decided.closed();
        self.decided.raise(self.store).await.map_err(stopped)?;
        let applied = self.store.apply(to_apply).await.map_err(stopped)?;
        for ((kind, lines, replaced), applied) in items.into_iter().zip(applied) {
            let counted = lines.len() as u64;
            match reason(applied) {
                None if replaced => self.summary.count(kind, Applied::New, counted),
                None => self.summary.count(kind, applied, counted),
                Some(reason) => refused.extend(refuse(kind, lines, reason)),
            }
        }
        refused.sort_by_key(|rejected| rejected.number);
        for rejected in refused {
            self.summary.reject(rejected.kind);
            self.rejects.write(&rejected)?;
        }
        Ok(())
    }
}

fn refuse(kind: Kind, lines: Vec<NumberedText>, reason: &str) -> impl Iterator<Item = Rejected> {
    let reason = reason.to_owned();
    lines.into_iter().map(move |line| Rejected {
        kind: Some(kind),
        number: line.number,
        reason: reason.clone(),
        text: line.text,
    })
}

const fn reason(applied: Applied) -> Option<&'static str> {
    match applied {
        Applied::New | Applied::Known => None,
        Applied::UnknownCustomer => {
            Some("customer_id: no customer has this number; customers come before what they did")
        }
        Applied::PhoneTaken => {
            Some("phone_id: belongs to another customer or was revoked; register another number")
        }
    }
}

#[cfg(test)]
mod tests;
