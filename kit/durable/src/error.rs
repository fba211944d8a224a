//! What can go wrong, by what the caller can do about it.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The files are there, and cannot be trusted or read.
    #[error(
        "the store in {} is damaged ({reason}); move the directory aside and restore a backup, or recover what can \
         still be read of it",
        dir.display()
    )]
    Damaged {
        /// The store's directory.
        dir: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Another process, or another handle of this one, has it open.
    #[error("the store in {} is in use by another process; stop that one first", dir.display())]
    Locked {
        /// The store's directory.
        dir: PathBuf,
    },
    /// The path names something else.
    #[error("{} is not a directory; give the store a directory of its own", dir.display())]
    NotADirectory {
        /// The path as given.
        dir: PathBuf,
    },
    /// The directory holds files, and none of a store.
    #[error(
        "{} holds other files (such as {found}) and no store; give the store a directory of its own",
        dir.display()
    )]
    NotAStore {
        /// The path as given.
        dir: PathBuf,
        /// The name of one of the files.
        found: String,
    },
    /// The user of this process may not read or write there.
    #[error("no permission to {action} {}; give its owner or mode to the user of this process", path.display())]
    PermissionDenied {
        /// The path that was refused.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
    },
    /// Not enough free space to open safely; nothing was touched.
    #[error("the disk of {} is full; free some space and start again", dir.display())]
    DiskFull {
        /// The store's directory.
        dir: PathBuf,
    },
    /// The system failed in another way.
    #[error("could not {action} {}: {source}; {}", path.display(), way_out(source))]
    Io {
        /// The path concerned.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
}

fn way_out(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "no file can be made there: name a directory on a disk",
        _ => "look at the disk, and at what the system logged of it",
    }
}

impl OpenError {
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::PermissionDenied { path, action }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { dir: path },
            io::ErrorKind::NotADirectory => Self::NotADirectory { dir: path },
            _ => Self::Io { path, action, source },
        }
    }

    pub(crate) fn damaged(dir: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { dir: dir.to_owned(), reason: reason.into() }
    }
}

/// Why a commit was not acknowledged.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// The batch can never be stored. Nothing was written.
    #[error("a {what} of {bytes} bytes is too large: at most {max}")]
    TooLarge {
        /// Which part: `key`, `value` or `batch`.
        what: &'static str,
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// Too little space is left. Nothing was written; the same batch can be committed once there is room.
    #[error(
        "the disk of {} is nearly full: {available_bytes} bytes are free and {needed_bytes} are needed; free some \
         space, the store goes on by itself",
        dir.display()
    )]
    DiskFull {
        /// The store's directory.
        dir: PathBuf,
        /// Bytes that the file system has left.
        available_bytes: u64,
        /// Bytes that it must have left for this commit.
        needed_bytes: u64,
    },
    /// A write or a sync failed, now or earlier. Whether this batch is stored is unknown; all that was
    /// acknowledged before is safe. The store takes no more writes until it is opened again.
    #[error("the store in {} takes no more writes since one failed ({cause}); restart the process", dir.display())]
    Poisoned {
        /// The store's directory.
        dir: PathBuf,
        /// The first failure.
        cause: Arc<str>,
    },
}

/// Why a read gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// What is stored there cannot be trusted.
    #[error("the store in {} is damaged ({reason}); stop, and recover it or restore a backup", dir.display())]
    Damaged {
        /// The store's directory.
        dir: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The store failed while it made a new directory and is closed; restart the process.
    #[error("the store in {} is closed after a failure; restart the process", dir.display())]
    Closed {
        /// The store's directory.
        dir: PathBuf,
    },
}
