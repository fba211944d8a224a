//! How many commits the log must hold.
//!
//! The engine takes damage near the end of its log for an interrupted write and forgets what follows, without
//! an error. So each commit carries its number in the log, and after the sync the number is also written here:
//! a log that holds fewer commits than its mark has lost acknowledged data. The mark is not synced: it may fall
//! behind in a power cut, which costs nothing, but it is never ahead of a sound log.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// Two slots, written in turn, so that a torn write leaves the other.
const SLOT_BYTES: usize = 12;

#[derive(Debug)]
pub(crate) struct Mark {
    file: File,
}

impl Mark {
    /// Opens the mark of `dir`, and returns the number of commits it stands for; zero when there is none.
    pub(crate) fn open(dir: &Path) -> io::Result<(Self, u64)> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(dir.join("mark"))?;
        let mut content = Vec::new();
        (&mut file).take(2 * SLOT_BYTES as u64).read_to_end(&mut content)?;
        let commits = content.chunks(SLOT_BYTES).filter_map(decode).max().unwrap_or(0);
        Ok((Self { file }, commits))
    }

    /// The number of the last acknowledged commit, as far as it is certain: both slots are sound and follow each other.
    /// Changes nothing.
    pub(crate) fn newest(dir: &Path) -> io::Result<Option<u64>> {
        let content = match std::fs::read(dir.join("mark")) {
            Ok(content) => content,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let slots: Vec<u64> = content.chunks(SLOT_BYTES).filter_map(decode).collect();
        let newest = slots.iter().copied().max();
        Ok(newest.filter(|newest| slots.len() == 2 && slots.contains(&newest.saturating_sub(1))))
    }

    pub(crate) fn set(&mut self, commits: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start((commits % 2) * SLOT_BYTES as u64))?;
        self.file.write_all(&encode(commits))
    }
}

fn encode(commits: u64) -> [u8; SLOT_BYTES] {
    let mut slot = [0; SLOT_BYTES];
    let (number, checksum) = slot.split_at_mut(8);
    number.copy_from_slice(&commits.to_be_bytes());
    checksum.copy_from_slice(&crc32fast::hash(&commits.to_be_bytes()).to_be_bytes());
    slot
}

fn decode(slot: &[u8]) -> Option<u64> {
    let (number, checksum) = slot.split_first_chunk::<8>()?;
    let sound = *checksum == crc32fast::hash(number).to_be_bytes();
    sound.then(|| u64::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_sound_slot_counts() {
        let dir = tempfile::tempdir().unwrap();
        let (mut mark, none) = Mark::open(dir.path()).unwrap();
        assert_eq!(none, 0);
        mark.set(41).unwrap();
        mark.set(42).unwrap();
        assert_eq!(Mark::open(dir.path()).unwrap().1, 42);

        assert_eq!(Mark::newest(dir.path()).unwrap(), Some(42));

        let path = dir.path().join("mark");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(Mark::open(dir.path()).unwrap().1, 41);
        assert_eq!(Mark::newest(dir.path()).unwrap(), None, "the newest may be the one that is gone");
        std::fs::write(&path, [0; 24]).unwrap();
        assert_eq!(Mark::open(dir.path()).unwrap().1, 0, "zeros carry no sound checksum");
    }
}
