//! The file of rejected lines, beside the imported one.
//!
//! It repeats lines of the import and so holds personal data: it is made for its owner alone (mode 0600).

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{ImportError, record::Kind};

/// A line that is not in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejected {
    pub(super) kind: Option<Kind>,
    pub(super) number: u64,
    pub(super) reason: String,
    pub(super) text: String,
}

/// A line of the file.
#[derive(Serialize)]
struct Row<'a> {
    line: u64,
    reason: &'a str,
    text: &'a str,
}

/// The file, made with its first line.
pub(super) struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Rejects {
    /// Beside the imported file; one of an earlier import goes.
    pub(super) fn beside(import: &Path) -> Result<Self, ImportError> {
        let mut name = if import.as_os_str() == "-" { "stdin".into() } else { import.as_os_str().to_owned() };
        name.push(".rejected.jsonl");
        let rejects = Self { path: PathBuf::from(name), file: None };
        match std::fs::remove_file(&rejects.path) {
            Ok(()) => Ok(rejects),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(rejects),
            Err(error) => Err(rejects.failed(error)),
        }
    }

    /// Adds a line.
    pub(super) fn write(&mut self, rejected: &Rejected) -> Result<(), ImportError> {
        let row = Row { line: rejected.number, reason: &rejected.reason, text: &rejected.text };
        self.try_write(&row).map_err(|error| self.failed(error))
    }

    /// Where the rejected lines are; `None` when there are none.
    pub(super) fn finish(&mut self) -> Result<Option<PathBuf>, ImportError> {
        match self.file.take().map(BufWriter::into_inner) {
            None => Ok(None),
            Some(Ok(file)) => {
                file.sync_all().map_err(|error| self.failed(error))?;
                Ok(Some(self.path.clone()))
            }
            Some(Err(error)) => Err(self.failed(error.into_error())),
        }
    }

    fn try_write(&mut self, row: &Row<'_>) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(private(&self.path)?)),
        };
        serde_json::to_writer(&mut *file, row)?;
        file.write_all(b"\n")
    }

    fn failed(&self, source: io::Error) -> ImportError {
        ImportError::Rejects { path: self.path.clone(), source }
    }
}

/// A new file that only its owner may read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
