//! The store's directory: lock, syncs, size, moving it aside.
//!
//! Beside `<dir>` stands `<dir>.lock`: outside, since the directory itself is renamed by quarantine and by
//! [`crate::Store::recreate_if_empty`] while the lock is held.
//!
//! What is made here is for the owner alone, whatever the umask; the engine's files are shielded by the directory that
//! they are in. A directory that is there already keeps its mode: whoever made it decided.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use fs2::FileExt as _;

use crate::OpenError;

/// Opening is given up as damaged after this many attempts in a row that ended the process (an abort inside the
/// engine, or the system's memory killer): a box must not restart for ever on one bad file.
const OPENING_ATTEMPTS: u8 = 3;

/// Holds the store for this process until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

pub(crate) fn beside(dir: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(dir.as_os_str());
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes the directory if need be, and takes the lock.
pub(crate) fn prepare(dir: &Path) -> Result<Lock, OpenError> {
    if let Some(parent) = dir.parent() {
        create_parents(parent)?;
    }
    let lock = lock(dir)?;
    remove_emptied(dir)?;
    finish_recovery(dir)?;
    create(dir)?;
    Ok(lock)
}

/// Takes the lock of a directory that is only going to be made.
pub(crate) fn prepare_beside(dir: &Path) -> Result<Lock, OpenError> {
    if let Some(parent) = dir.parent() {
        create_parents(parent)?;
    }
    lock(dir)
}

/// Whether nothing is there, or a directory without files.
pub(crate) fn is_empty(dir: &Path) -> Result<bool, OpenError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(OpenError::io(dir, "read", e)),
    }
}

/// Where a recovered store waits, whole, for its place.
pub(crate) fn recovered(dir: &Path) -> PathBuf {
    beside(dir, ".recovered")
}

/// A recovery that was cut short between its two renames left no store in place, but a whole one beside it.
fn finish_recovery(dir: &Path) -> Result<(), OpenError> {
    let recovered = recovered(dir);
    if dir.exists() || !recovered.exists() {
        return Ok(());
    }
    tracing::warn!(dir = %dir.display(), "a recovery was cut short at its end; its store is taken");
    rename(&recovered, dir)
}

/// Renames, safe against a power cut.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), OpenError> {
    fs::rename(from, to).map_err(|e| OpenError::io(from, "rename", e))?;
    to.parent().map_or(Ok(()), |parent| sync_directory(parent).map_err(|e| OpenError::io(parent, "sync", e)))
}

/// Deletes a directory that need not be there.
pub(crate) fn remove_all(dir: &Path) -> Result<(), OpenError> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(OpenError::io(dir, "remove", e)),
        _ => Ok(()),
    }
}

/// Makes the directories above the store; an entry is only safe when the directory that holds it is synced.
fn create_parents(parent: &Path) -> Result<(), OpenError> {
    let new: Vec<&Path> = parent.ancestors().take_while(|path| !path.exists()).collect();
    owners_directory().recursive(true).create(parent).map_err(|e| OpenError::io(parent, "create", e))?;
    for holder in new.into_iter().filter_map(Path::parent) {
        sync_directory(holder).map_err(|e| OpenError::io(holder, "sync", e))?;
    }
    Ok(())
}

fn owners_directory() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "access lists take the place of modes there"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

pub(crate) fn lock(dir: &Path) -> Result<Lock, OpenError> {
    let path = beside(dir, ".lock");
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|e| OpenError::io(&path, "open", e))?;
    match file.try_lock_exclusive() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(e) if e.kind() == fs2::lock_contended_error().kind() => {
            Err(OpenError::Locked { dir: dir.to_owned() })
        }
        Err(e) => Err(OpenError::io(&path, "lock", e)),
    }
}

/// Makes `dir` and what the engine expects in it, safe against a power cut.
pub(crate) fn create(dir: &Path) -> Result<(), OpenError> {
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() => refuse_anothers(dir)?,
        Ok(_) => return Err(OpenError::NotADirectory { dir: dir.to_owned() }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            owners_directory().create(dir).map_err(|e| OpenError::io(dir, "create", e))?;
        }
        Err(e) => return Err(OpenError::io(dir, "read", e)),
    }
    remove_half_snapshots(dir)
}

/// A store among somebody else's files is a mistyped path: a later clean-up of one would take the other with it.
fn refuse_anothers(dir: &Path) -> Result<(), OpenError> {
    let mut anothers = None;
    for entry in fs::read_dir(dir).map_err(|e| OpenError::io(dir, "read", e))? {
        let name = entry.map_err(|e| OpenError::io(dir, "read", e))?.file_name();
        match name.to_str() {
            Some("db" | "conf" | "blobs" | "mark" | "opening") => return Ok(()),
            Some(name) if name.starts_with("snap.") => return Ok(()),
            // The root of a file system has the one, and what is hidden belongs to nobody's data.
            Some(name) if name == "lost+found" || name.starts_with('.') => {}
            _ => anothers = Some(name),
        }
    }
    match anothers {
        None => Ok(()),
        Some(name) => {
            Err(OpenError::NotAStore { dir: dir.to_owned(), found: name.to_string_lossy().into_owned() })
        }
    }
}

/// The engine takes a snapshot whose writing was cut short for a whole one, and refuses to open: remove it.
fn remove_half_snapshots(dir: &Path) -> Result<(), OpenError> {
    for entry in fs::read_dir(dir).map_err(|e| OpenError::io(dir, "read", e))? {
        let path = entry.map_err(|e| OpenError::io(dir, "read", e))?.path();
        if path.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(&path).map_err(|e| OpenError::io(&path, "remove", e))?;
        }
    }
    Ok(())
}

/// Makes all files and entries of a freshly opened store safe, also those that the engine forgets.
pub(crate) fn sync_all(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_directory(&path)?;
        } else {
            // Some systems only sync what could be written.
            OpenOptions::new().write(true).open(&path)?.sync_all()?;
        }
    }
    sync_directory(dir)?;
    dir.parent().map_or(Ok(()), sync_directory)
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

/// Bytes that the directory takes on the disk.
pub(crate) fn size_on_disk(dir: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // The engine replaces its snapshot at any time.
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        };
        bytes += if metadata.is_dir() { size_on_disk(&entry.path())? } else { allocated(&metadata) };
    }
    Ok(bytes)
}

#[cfg(unix)]
fn allocated(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn allocated(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

/// Bytes that the file system of `dir` can still take.
pub(crate) fn available(dir: &Path) -> io::Result<u64> {
    fs2::available_space(dir)
}

/// Moves a damaged directory to `<dir>.damaged-<unix ms>`, and says where.
pub(crate) fn quarantine(dir: &Path, unix_millis: i64) -> Result<PathBuf, OpenError> {
    let mut target = beside(dir, &format!(".damaged-{unix_millis}"));
    let mut copy = 1;
    while target.exists() {
        target = beside(dir, &format!(".damaged-{unix_millis}-{copy}"));
        copy += 1;
    }
    rename(dir, &target)?;
    Ok(target)
}

/// Takes an empty store's directory out of the way; [`remove_emptied`] deletes it, now or at the next start.
pub(crate) fn retire_emptied(dir: &Path) -> Result<(), OpenError> {
    remove_emptied(dir)?;
    fs::rename(dir, beside(dir, ".emptied")).map_err(|e| OpenError::io(dir, "move aside", e))
}

pub(crate) fn remove_emptied(dir: &Path) -> Result<(), OpenError> {
    remove_all(&beside(dir, ".emptied"))
}

/// Counts this attempt to open; [`opened`] takes it back.
pub(crate) fn opening(dir: &Path) -> Result<(), OpenError> {
    let path = dir.join("opening");
    let failed = fs::read(&path).ok().and_then(|content| content.first().copied()).unwrap_or(0);
    if failed >= OPENING_ATTEMPTS {
        return Err(OpenError::damaged(
            dir,
            format!("the process ended {failed} times in a row while opening it"),
        ));
    }
    fs::write(&path, [failed + 1]).map_err(|e| OpenError::io(&path, "write", e))
}

/// The attempt ended with an answer, good or bad.
pub(crate) fn opened(dir: &Path) -> Result<(), OpenError> {
    let path = dir.join("opening");
    match fs::remove_file(&path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(OpenError::io(&path, "remove", e)),
        _ => Ok(()),
    }
}
