//! What can go wrong, by what the caller can do about it. No error holds a secret or a plaintext.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    kek::KekId,
    key::{KeyId, MAX_PLAINTEXT_BYTES},
};

/// Why a vault did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the vault in {} is in use by another process; stop that one first", dir.display())]
    Locked {
        /// The vault's directory.
        dir: PathBuf,
    },
    /// Other users of the machine can reach it.
    #[error(
        "{} is open to other users (mode {mode:03o}); run `chmod {wanted:o} {}`",
        path.display(), path.display()
    )]
    TooOpen {
        /// The directory or file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        wanted: u32,
    },
    /// The key-encryption key is not the vault's.
    #[error(
        "the vault in {} is wrapped by the key-encryption key {needed}, and {given} was given; give the file of {needed}",
        dir.display()
    )]
    WrongKek {
        /// The vault's directory.
        dir: PathBuf,
        /// The key that is needed.
        needed: KekId,
        /// The key that was given.
        given: KekId,
    },
    /// A rotation was interrupted, and one of its two keys is missing.
    #[error(
        "{slots} keys in {} are still wrapped by another key-encryption key, {needed}; give that one too as the \
         previous one, and finish the rotation",
        dir.display()
    )]
    UnfinishedRotation {
        /// The vault's directory.
        dir: PathBuf,
        /// A key that is needed besides.
        needed: KekId,
        /// How many slots need a key that was not given.
        slots: u64,
    },
    /// A newer program wrote it.
    #[error("the vault in {} is of version {version}, newer than this program; update the program", dir.display())]
    Newer {
        /// The vault's directory.
        dir: PathBuf,
        /// The version found.
        version: u32,
    },
    /// The files are there and cannot be trusted.
    #[error(
        "the vault in {} is damaged ({reason}); move the directory aside, restore the vault's backup and replay the \
         tombstones",
        dir.display()
    )]
    Damaged {
        /// The vault's directory.
        dir: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The user of this process may not read or write there.
    #[error("no permission to {action} {}; give its owner or mode to the user of this process", path.display())]
    PermissionDenied {
        /// The path that was refused.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
    },
    /// Not enough free space.
    #[error("the disk of {} is full; free some space and start again", path.display())]
    DiskFull {
        /// The path concerned.
        path: PathBuf,
    },
    /// The system failed in another way.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// The path concerned.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::PermissionDenied { path, action }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, action, source },
        }
    }

    pub(crate) fn damaged(dir: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { dir: dir.to_owned(), reason: reason.into() }
    }
}

/// Why an open vault did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The key was destroyed, or this vault never gave it. What was sealed with it is gone for ever: drop it.
    #[error("the key {key} is gone; drop what was sealed with it")]
    Gone {
        /// The key asked for.
        key: KeyId,
    },
    /// The subject was erased; nothing of theirs may be kept again.
    #[error("the subject was erased under tombstone {number}; drop what came late")]
    Erased {
        /// The tombstone's number.
        number: u64,
    },
    /// The key is there and cannot be read.
    #[error("the slot of key {key} is damaged; restore the vault's backup, or destroy the key")]
    Damaged {
        /// The key asked for.
        key: KeyId,
    },
    /// The bytes were sealed with another key or other associated data, or were changed since.
    #[error(
        "what should have been sealed with key {key} for this place was not; restore the record from a backup"
    )]
    NotSealedSo {
        /// The key that was tried.
        key: KeyId,
    },
    /// A newer program sealed the bytes.
    #[error("the bytes are sealed in format {version}, newer than this program; update the program")]
    NewerFormat {
        /// The format found.
        version: u8,
    },
    /// The plaintext is too long to be a field.
    #[error("a plaintext of {bytes} bytes is too large: at most {max}; seal it in parts", max = MAX_PLAINTEXT_BYTES)]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// There is no room for more keys or tombstones. Nothing changed; ask again when there is.
    #[error("the disk of {} is full; free some space, the vault goes on by itself", dir.display())]
    DiskFull {
        /// The vault's directory.
        dir: PathBuf,
    },
    /// Four thousand million keys are live.
    #[error("the vault in {} has no slot left; destroy keys that nobody needs", dir.display())]
    Full {
        /// The vault's directory.
        dir: PathBuf,
    },
    /// The tombstones given are not an export of this vault.
    #[error("the tombstones are no export of this vault ({reason}); give the file that this vault exported")]
    ForeignTombstones {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// The refusals given are not an export of this vault.
    #[error("the refusals are no export of this vault ({reason}); give the file that this vault exported")]
    ForeignRefusals {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// The refusals given were this vault's, and are not as it exported them.
    #[error("the refusals are damaged ({reason}), and none of them were taken; give another export")]
    DamagedRefusals {
        /// What is wrong with them.
        reason: Arc<str>,
    },
    /// It cannot be copied.
    #[error("the vault cannot be copied: {cause}")]
    NotCopied {
        /// What the system, or whoever takes the copy, said.
        cause: Arc<str>,
    },
    /// Another copy was begun.
    #[error("another copy of the vault was begun meanwhile: take one at a time")]
    OtherCopy,
    /// A write or a sync failed, now or earlier. What was answered before is safe; whether this was done is not known.
    /// The vault takes no more changes until it is opened again, which finishes what was begun.
    #[error("the vault in {} takes no more changes since one failed ({cause}); restart the process", dir.display())]
    Poisoned {
        /// The vault's directory.
        dir: PathBuf,
        /// The first failure.
        cause: Arc<str>,
    },
}
