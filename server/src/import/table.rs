//! A table instead of lines: products or stock, see [`crate::catalogue`].

use std::path::Path;

use shopbell_domain::ports::Store;
use tokio::sync::mpsc;

use super::{
    Counts, ImportError, Kind, Options, Progress, Summary, WAITING,
    rejects::{Rejected, Rejects},
};
use crate::catalogue::{self, BadRow, Step, TableError, What, Writer};

/// Imports a table.
pub(super) async fn run(
    store: &dyn Store,
    path: &Path,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Summary, ImportError> {
    let bytes =
        std::fs::metadata(path).map_err(|source| ImportError::Open { path: path.to_owned(), source })?;
    progress.begin(Some(bytes.len()));
    let mut rejects = Rejects::beside(path)?;
    let (sender, mut steps) = mpsc::channel(WAITING);
    let (file, layout, now) = (path.to_owned(), options.layout.clone(), options.now);
    let reader = tokio::task::spawn_blocking(move || catalogue::file(&file, &layout, now, &sender));
    let mut writer = Writer::new(store, options.now, options.snapshot, options.shops.clone());
    let (mut what, mut summary, mut row) = (None, Summary::default(), 0);
    let failed = |row, source| ImportError::Table { path: path.to_owned(), row, source };
    while let Some(step) = steps.recv().await {
        match step {
            Step::Opened { what: found, unused } => {
                what = Some(found);
                summary.unused_columns = unused;
            }
            Step::Batch(batch) => {
                let (last, read) = (batch.row, batch.bytes);
                let stopped = |source| ImportError::Store { line: row + 1, source };
                for BadRow { number, reason, text } in writer.batch(batch).await.map_err(stopped)? {
                    rejects.write(&Rejected { kind: what.map(kind), number, reason, text })?;
                }
                row = last;
                progress.at(read, row);
            }
            Step::Failed { error, row } => return Err(failed(row, error)),
        }
    }
    // The channel closed, so the reader is done; a format's reader that panicked met a file that is none.
    reader.await.map_err(|_| {
        let reason = "the file is damaged: its reader gave up; write it anew".to_owned();
        failed(row, TableError::Format(reason))
    })?;
    let Some(what) = what else { return Err(failed(0, TableError::Format("nothing was read".to_owned()))) };
    if options.snapshot {
        let stopped = |source| ImportError::Store { line: row, source };
        summary.left_out = Some(writer.finish(what).await.map_err(stopped)?);
    }
    let counts = Counts { new: writer.new, known: writer.known, rejected: writer.refused };
    summary.kinds.insert(kind(what), counts);
    summary.unknown_shops = writer.unknown_shops();
    summary.rejected_file = rejects.finish()?;
    Ok(summary)
}

const fn kind(what: What) -> Kind {
    match what {
        What::Products => Kind::Product,
        What::Stock => Kind::Stock,
    }
}
