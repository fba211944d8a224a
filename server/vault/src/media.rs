//! A file as the vault sees it: positions, and a sync. The tests put a disk of their own here, which loses and tears
//! what was not synced.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a disk writes whole or not at all. Slots never cross such a border, and a tombstone's append never leaves one.
pub(crate) const SECTOR_BYTES: usize = 512;

/// The files of a vault.
#[derive(Clone)]
pub(crate) struct Files {
    /// Header and keys.
    pub(crate) slots: Arc<dyn Media>,
    /// Who was erased.
    pub(crate) tombstones: Arc<dyn Media>,
    /// What was taken back.
    pub(crate) refusals: Arc<dyn Media>,
}

impl Files {
    /// Gone with their last handle.
    pub(crate) fn in_memory() -> Self {
        let new = || Arc::new(InMemory::default());
        Self { slots: new(), tombstones: new(), refusals: new() }
    }
}

/// One file.
pub(crate) trait Media: Send + Sync {
    /// Its length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Fills `into` from position `at`.
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()>;

    /// Writes at position `at`, past the end too. Not safe until [`Media::sync`] returned.
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to `len` bytes. Not safe until [`Media::sync`] returned.
    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Returns when all that was written is on the disk.
    fn sync(&self) -> io::Result<()>;
}

/// A file of the system's.
pub(crate) struct OnDisk {
    file: File,
    /// Files have one position, which whoever reads or writes sets first; a sync does not wait for it.
    position: Mutex<()>,
}

impl OnDisk {
    pub(crate) fn new(file: File) -> Self {
        Self { file, position: Mutex::new(()) }
    }
}

impl Media for OnDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let _held = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(into)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let _held = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// A file that is gone with its last handle.
#[derive(Default)]
pub(crate) struct InMemory(Mutex<Vec<u8>>);

impl InMemory {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From where to where; an error where no memory could be.
fn range(at: u64, len: usize) -> io::Result<Range<usize>> {
    let from = usize::try_from(at).map_err(io::Error::other)?;
    let to = from.checked_add(len).ok_or_else(|| io::Error::other("beyond all memory"))?;
    Ok(from..to)
}

impl Media for InMemory {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let range = range(at, into.len())?;
        let bytes = self.bytes();
        into.copy_from_slice(bytes.get(range).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, at: u64, written: &[u8]) -> io::Result<()> {
        let range = range(at, written.len())?;
        let mut bytes = self.bytes();
        if bytes.len() < range.end {
            bytes.resize(range.end, 0);
        }
        bytes.get_mut(range).ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(written);
        Ok(())
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let range = range(len, 0)?;
        self.bytes().resize(range.end, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
