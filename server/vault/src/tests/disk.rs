//! A disk with three files whose power can be cut: what was not synced is there, is not, or is there in part, by sectors
//! and in any order.

use std::{
    io,
    sync::{Arc, Mutex},
};

use rand::{Rng as _, rngs::StdRng};

use crate::media::{Files, Media, SECTOR_BYTES};

/// All files, and how many operations they do before the power goes.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<Inner>>);

struct Inner {
    files: [Content; 3],
    operations: usize,
    cut_at: usize,
}

#[derive(Default, Clone)]
struct Content {
    /// As the process sees it.
    seen: Vec<u8>,
    /// As it is on the disk for certain.
    safe: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { len: usize },
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => {
                to.resize(to.len().max(at + bytes.len()), 0);
                to[*at..at + bytes.len()].copy_from_slice(bytes);
            }
            Self::Truncate { len } => to.truncate(*len),
        }
    }

    /// Its parts, each of which the disk writes whole or not at all.
    fn sectors(&self) -> Vec<Self> {
        let Self::Write { at, bytes } = self else { return vec![self.clone()] };
        let mut parts = Vec::new();
        let mut begin = 0;
        while begin < bytes.len() {
            let to_border = SECTOR_BYTES - (at + begin) % SECTOR_BYTES;
            let end = bytes.len().min(begin + to_border);
            parts.push(Self::Write { at: at + begin, bytes: bytes[begin..end].to_vec() });
            begin = end;
        }
        parts
    }
}

impl Disk {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            files: [Content::default(), Content::default(), Content::default()],
            operations: 0,
            cut_at: usize::MAX,
        })))
    }

    /// 0: the slots, 1: the tombstones, 2: the refusals.
    pub(crate) fn files(&self) -> Files {
        let file = |file| Arc::new(FileOnDisk { disk: self.clone(), file });
        Files { slots: file(0), tombstones: file(1), refusals: file(2) }
    }

    /// The power goes at the operation that comes after `operations` more.
    pub(crate) fn cut_after(&self, operations: usize) {
        let mut inner = self.0.lock().unwrap();
        inner.cut_at = inner.operations + operations;
    }

    /// Whether it went.
    pub(crate) fn is_cut(&self) -> bool {
        let inner = self.0.lock().unwrap();
        inner.operations >= inner.cut_at
    }

    /// The power comes back: of each sector that was not synced, chance decides.
    pub(crate) fn power_on(&self, rng: &mut StdRng) {
        let mut inner = self.0.lock().unwrap();
        inner.cut_at = usize::MAX;
        for content in &mut inner.files {
            for change in std::mem::take(&mut content.unsynced) {
                for part in change.sectors() {
                    if rng.random() {
                        part.apply(&mut content.safe);
                    } else if let (Change::Write { at, bytes }, true) = (&part, rng.random()) {
                        // The file system lengthened the file, and the bytes did not come.
                        let length = content.safe.len().max(at + bytes.len());
                        content.safe.resize(length, 0);
                    }
                }
            }
            content.seen.clone_from(&content.safe);
        }
    }

    /// Everything that is on the disk, or may be.
    pub(crate) fn raw(&self) -> Vec<u8> {
        let inner = self.0.lock().unwrap();
        let mut raw = Vec::new();
        for content in &inner.files {
            raw.extend_from_slice(&content.safe);
            if content.seen != content.safe {
                raw.extend_from_slice(&content.seen);
            }
        }
        raw
    }

    /// A copy that goes its own way: a backup.
    pub(crate) fn copy(&self) -> Self {
        let inner = self.0.lock().unwrap();
        Self(Arc::new(Mutex::new(Inner { files: inner.files.clone(), operations: 0, cut_at: usize::MAX })))
    }

    /// Changes a byte behind everybody's back.
    pub(crate) fn flip(&self, file: usize, at: usize) {
        let mut inner = self.0.lock().unwrap();
        inner.files[file].seen[at] ^= 0x10;
        inner.files[file].safe[at] ^= 0x10;
    }

    /// Cuts a file behind everybody's back.
    pub(crate) fn shorten(&self, file: usize, length: usize) {
        let mut inner = self.0.lock().unwrap();
        inner.files[file].seen.truncate(length);
        inner.files[file].safe.truncate(length);
    }
}

struct FileOnDisk {
    disk: Disk,
    file: usize,
}

impl FileOnDisk {
    fn change(&self, change: Change) -> io::Result<()> {
        let mut inner = self.disk.0.lock().unwrap();
        let dead = inner.operations >= inner.cut_at;
        inner.operations += 1;
        // The change at which the power goes may have been on its way; later ones never were.
        if dead && inner.operations > inner.cut_at + 1 {
            return Err(io::Error::other("the power is cut"));
        }
        let content = &mut inner.files[self.file];
        change.apply(&mut content.seen);
        content.unsynced.push(change);
        if dead { Err(io::Error::other("the power is cut")) } else { Ok(()) }
    }
}

impl Media for FileOnDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.0.lock().unwrap().files[self.file].seen.len() as u64)
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let inner = self.disk.0.lock().unwrap();
        let from = usize::try_from(at).unwrap();
        let found = inner.files[self.file].seen.get(from..from + into.len());
        into.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(Change::Write { at: usize::try_from(at).unwrap(), bytes: bytes.to_vec() })
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.change(Change::Truncate { len: usize::try_from(len).unwrap() })
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.disk.0.lock().unwrap();
        let dead = inner.operations >= inner.cut_at;
        inner.operations += 1;
        if dead {
            return Err(io::Error::other("the power is cut"));
        }
        let content = &mut inner.files[self.file];
        content.unsynced.clear();
        content.safe.clone_from(&content.seen);
        Ok(())
    }
}
