//! A file as the vault sees it: positions, and a sync. The tests put a disk of their own here, which loses and tears
//! what was not synced.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    sync::{Mutex, PoisonError},
};

/// What a disk writes whole or not at all. Slots never cross such a border, and a tombstone's append never leaves one.
pub(crate) const SECTOR_BYTES: usize = 512;

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
