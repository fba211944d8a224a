//! A store out of a backup, or a word about why not.
//!
//! ```text
//!  the file is read whole, against its checksums        nothing was touched yet
//!  <dir>.restoring   a new store is filled              a crash leaves it; the next attempt begins again
//!  -> <dir>          in one rename                      the store is there, whole, with what the caller added
//! ```
//!
//! What the caller adds, such as a mark that the store must not be used yet, is there from the first moment on.

use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    CommitError, OpenError, Options, WriteBatch,
    backup::{
        Contents,
        format::{Flaw, Reader},
    },
    batch::Write,
    directory, store,
};

/// Bytes that are written in one commit.
const WRITTEN_AT_ONCE: usize = 1_024 * 1_024;
const READ_AT_ONCE: usize = 256 * 1_024;

/// A backup as its file tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// When it was begun, in milliseconds since 1970.
    pub taken_at_unix_millis: i64,
    /// What it is a backup of, in its maker's words.
    pub about: String,
    /// What it holds.
    pub contents: Contents,
}

/// Why a backup was not restored. The store's directory is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is of something else.
    #[error("{} is no backup of a store; give a file that the backup wrote", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error(
        "the backup {} is of version {version}, newer than this program; use the program that wrote it, or a later one",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u16,
    },
    /// It ends before its end.
    #[error(
        "the backup {} is torn: its end is missing; whatever wrote or copied it was cut short, so take another one",
        path.display()
    )]
    Torn {
        /// The file.
        path: PathBuf,
    },
    /// Bytes are not as they were written.
    #[error(
        "the backup {} was altered since it was written: {what} is not right; take another one",
        path.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// What is not as it was.
        what: &'static str,
    },
    /// It could not be read.
    #[error("could not read the backup {}: {source}; check the path, and the disk", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// There is a store already.
    #[error(
        "{} is not empty; a backup is restored into an empty directory: move the old store aside",
        dir.display()
    )]
    NotEmpty {
        /// The store's directory.
        dir: PathBuf,
    },
    /// The new store cannot be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The new store takes no writes.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl RestoreError {
    fn of(path: &Path, flaw: Flaw) -> Self {
        let path = path.to_owned();
        match flaw {
            Flaw::Foreign => Self::Foreign { path },
            Flaw::Newer(version) => Self::Newer { path, version },
            Flaw::Torn => Self::Torn { path },
            Flaw::Altered(what) => Self::Altered { path, what },
            Flaw::Io(source) => Self::Read { path, source },
        }
    }
}

impl BackupFile {
    /// Reads the file's first bytes: what it is a backup of. The rest may still be damaged.
    pub fn about(path: impl AsRef<Path>) -> Result<Self, RestoreError> {
        let path = path.as_ref();
        let reader = open(path)?;
        Ok(Self::told(&reader))
    }

    /// Reads the whole file against its checksums.
    pub fn verify(path: impl AsRef<Path>) -> Result<Self, RestoreError> {
        let path = path.as_ref();
        let mut reader = open(path)?;
        while reader.next().map_err(|flaw| RestoreError::of(path, flaw))?.is_some() {}
        Ok(Self::told(&reader))
    }

    /// Makes the store in `dir`, which must be empty or missing, out of the file; `also` is written last, before anybody
    /// can open it. `progress` is told how many bytes of the file's were taken. Blocks.
    pub fn restore(
        path: impl AsRef<Path>,
        dir: impl AsRef<Path>,
        options: Options,
        also: WriteBatch,
        progress: impl FnMut(u64),
    ) -> Result<Self, RestoreError> {
        let (path, dir) = (path.as_ref(), dir.as_ref());
        // Before anything is touched; it also says at once what a long restore would only say at its end.
        Self::verify(path)?;
        let lock = Arc::new(directory::prepare_beside(dir)?);
        if !directory::is_empty(dir)? {
            return Err(RestoreError::NotEmpty { dir: dir.to_owned() });
        }
        let filling = directory::beside(dir, ".restoring");
        directory::remove_all(&filling)?;
        directory::create(&filling)?;
        let new = store::start(&filling, &options)?.hold(lock);
        let told = fill(path, &new, also, progress)?;
        new.close()?;
        match fs::remove_dir(dir) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(OpenError::io(dir, "replace", e).into());
            }
            _ => directory::rename(&filling, dir)?,
        }
        Ok(told)
    }

    fn told<R: io::Read>(reader: &Reader<R>) -> Self {
        let header = reader.header();
        Self {
            taken_at_unix_millis: header.taken_at_unix_millis,
            about: header.about.clone(),
            contents: reader.contents(),
        }
    }
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, RestoreError> {
    let file = File::open(path).map_err(|source| RestoreError::Read { path: path.to_owned(), source })?;
    let reader = BufReader::with_capacity(READ_AT_ONCE, file);
    Reader::begin(reader).map_err(|flaw| RestoreError::of(path, flaw))
}

fn fill(
    path: &Path,
    new: &crate::Store,
    also: WriteBatch,
    mut progress: impl FnMut(u64),
) -> Result<BackupFile, RestoreError> {
    let mut reader = open(path)?;
    let mut batch = WriteBatch::new();
    while let Some(changes) = reader.next().map_err(|flaw| RestoreError::of(path, flaw))? {
        for change in changes {
            match change {
                Write::Put { key, value } => batch.put(key, value),
                Write::Delete { key } => batch.delete(key),
            };
            if batch.bytes() >= WRITTEN_AT_ONCE {
                new.commit_blocking(std::mem::take(&mut batch))?;
                progress(reader.contents().bytes);
            }
        }
    }
    batch.append(also);
    new.commit_blocking(batch)?;
    progress(reader.contents().bytes);
    Ok(BackupFile::told(&reader))
}
