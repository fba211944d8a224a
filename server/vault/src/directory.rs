//! The vault's directory: for its owner alone, held by one process, its entries synced.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::Path,
    sync::Arc,
};

use fs2::FileExt as _;

use crate::{
    OpenError,
    media::{self, OnDisk},
};

/// File of header and slots.
pub(crate) const SLOTS: &str = "keys";
/// File of tombstones.
pub(crate) const TOMBSTONES: &str = "tombstones";
/// File of refusals.
pub(crate) const REFUSALS: &str = "refusals";
const LOCK: &str = "lock";

/// The permission bits of everybody but the owner.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Holds the vault for this process until it is dropped.
pub(crate) struct Lock {
    _file: File,
}

/// Makes what is missing, refuses what others could read, and takes the lock.
pub(crate) fn open(dir: &Path) -> Result<(Lock, media::Files), OpenError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir).map_err(|e| OpenError::io(dir, "create", e))?;
    check_mode(dir, 0o700)?;
    let lock = open_file(&dir.join(LOCK))?;
    match lock.try_lock_exclusive() {
        Ok(()) => {}
        Err(e) if e.kind() == fs2::lock_contended_error().kind() => {
            return Err(OpenError::Locked { dir: dir.to_owned() });
        }
        Err(e) => return Err(OpenError::io(&dir.join(LOCK), "lock", e)),
    }
    let open = |name| open_file(&dir.join(name)).map(|file| Arc::new(OnDisk::new(file)));
    let files =
        media::Files { slots: open(SLOTS)?, tombstones: open(TOMBSTONES)?, refusals: open(REFUSALS)? };
    // A file is only safe when the directory that holds it is.
    for holder in [Some(dir), dir.parent()].into_iter().flatten() {
        sync_directory(holder).map_err(|e| OpenError::io(holder, "sync", e))?;
    }
    Ok((Lock { _file: lock }, files))
}

fn open_file(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|e| OpenError::io(path, "open", e))?;
    check_mode(path, 0o600)?;
    Ok(file)
}

#[cfg(unix)]
fn check_mode(path: &Path, wanted: u32) -> Result<(), OpenError> {
    let metadata = fs::metadata(path).map_err(|e| OpenError::io(path, "read", e))?;
    let mode = std::os::unix::fs::MetadataExt::mode(&metadata) & 0o777;
    if mode & OTHERS == 0 { Ok(()) } else { Err(OpenError::TooOpen { path: path.to_owned(), mode, wanted }) }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _wanted: u32) -> Result<(), OpenError> {
    // Access lists take the place of modes there; the profile directory's default keeps others out.
    Ok(())
}

#[cfg(unix)]
fn sync_directory(dir: &Path) -> io::Result<()> {
    // The parent of a bare name is the empty path: the current directory.
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_dir: &Path) -> io::Result<()> {
    // Directories cannot be opened as files there; their entries are journalled by the file system.
    Ok(())
}
