//! sled, fenced in: each call is caught when it panics, each value is checked, and nothing else names sled.
//!
//! Keys of callers are stored behind the byte `1`; the number of commits stands under the byte `0`.

use std::{
    any::Any,
    fs::{File, OpenOptions},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{
    OpenError, Options, Verification, WriteBatch, batch::Write, directory, mark::Mark,
    options::SEGMENT_BYTES, store::Entry,
};

pub(crate) const COMMITS_KEY: &[u8] = &[0];
const USER_TAG: u8 = 1;
const AFTER_USER_KEYS: &[u8] = &[USER_TAG + 1];
const CHECKSUM_BYTES: usize = 4;

/// sled gives its own lock back a moment after its last handle, when its threads have ended.
const ENGINE_LOCK_ATTEMPTS: u32 = 500;
const ENGINE_LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Why the engine failed, in words.
pub(crate) type Failure = String;

/// Which entries of a prefix are read; keys are whole keys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Page<'a> {
    /// The lowest.
    First,
    /// The lowest from this key on.
    From(&'a [u8]),
    /// The lowest above this key.
    After(&'a [u8]),
    /// The highest, descending.
    Last,
    /// The highest below this key, descending.
    Before(&'a [u8]),
}

pub(crate) struct Engine {
    db: sled::Db,
    /// A second handle of sled's `db` file, since its own is only flushed half-way.
    log: File,
    /// Only the committer takes it; readers go on during a sync.
    progress: Mutex<Progress>,
}

struct Progress {
    mark: Mark,
    commits: u64,
}

impl Engine {
    /// Opens the store of an existing directory. May panic or hang: the caller fences it.
    pub(crate) fn open(dir: &Path, options: &Options) -> Result<Self, OpenError> {
        let db = open_sled(dir, options)?;
        let log_path = dir.join("db");
        let log = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&log_path)
            .map_err(|e| OpenError::io(&log_path, "open", e))?;
        let (mark, marked) = Mark::open(dir).map_err(|e| OpenError::io(dir, "read the mark of", e))?;
        let engine = Self { db, log, progress: Mutex::new(Progress { mark, commits: marked }) };
        let commits = stored_commits(&engine.db).map_err(|reason| OpenError::damaged(dir, reason))?;
        if commits < marked {
            let reason = format!("its log ends at commit {commits}, but {marked} were acknowledged");
            return Err(OpenError::damaged(dir, reason));
        }
        engine.lock_progress().commits = commits;
        if options.verification == Verification::AtOpen {
            engine.verify().map_err(|reason| OpenError::damaged(dir, reason))?;
        }
        // What was written before a crash may be readable and still not be on the disk: whoever acts on it, as on
        // a sequence number that it has seen, must be able to rely on it.
        directory::sync_all(dir).map_err(|e| OpenError::io(dir, "sync", e))?;
        Ok(engine)
    }

    fn lock_progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies the batches in order and as a whole, and returns when a power cut cannot undo them.
    pub(crate) fn commit<'a>(&self, batches: impl Iterator<Item = &'a WriteBatch>) -> Result<(), Failure> {
        let mut writes = sled::Batch::default();
        for write in batches.flat_map(WriteBatch::writes) {
            match write {
                Write::Put { key, value } => writes.insert(stored_key(key), seal(key, value)),
                Write::Delete { key } => writes.remove(stored_key(key)),
            }
        }
        let mut progress = self.lock_progress();
        let commits = progress.commits + 1;
        writes.insert(COMMITS_KEY, seal(COMMITS_KEY, &commits.to_be_bytes()));
        fenced(|| self.db.apply_batch(writes).and_then(|()| self.db.flush()).map_err(|e| explain(&e)))?;
        self.log.sync_all().map_err(|e| format!("the sync failed: {e}"))?;
        progress.mark.set(commits).map_err(|e| format!("the mark could not be written: {e}"))?;
        progress.commits = commits;
        Ok(())
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let stored = fenced(|| self.db.get(stored_key(key)).map_err(|e| explain(&e)))?;
        stored.map(|value| unseal(key, &value)).transpose()
    }

    /// Up to `limit` entries whose keys begin with `prefix`.
    pub(crate) fn scan(&self, prefix: &[u8], page: Page<'_>, limit: usize) -> Result<Vec<Entry>, Failure> {
        let mut start = stored_key(prefix);
        let mut end = successor(&start).unwrap_or_else(|| AFTER_USER_KEYS.to_vec());
        match page {
            Page::First | Page::Last => {}
            Page::From(key) => start = start.max(stored_key(key)),
            Page::After(key) => start = start.max([&*stored_key(key), &[0]].concat()),
            Page::Before(key) => end = end.min(stored_key(key)),
        }
        if start >= end {
            // sled does not take such a range.
            return Ok(Vec::new());
        }
        fenced(|| {
            let mut found = self.db.range(start..end);
            let next = || match page {
                Page::First | Page::From(_) | Page::After(_) => found.next(),
                Page::Last | Page::Before(_) => found.next_back(),
            };
            std::iter::from_fn(next)
                .take(limit)
                .map(|item| item.map_err(|e| explain(&e)).and_then(|(key, value)| entry(&key, &value)))
                .collect()
        })
    }

    /// The entries after a key, up to so many, and no more once they take so many bytes.
    pub(crate) fn page_after(
        &self,
        after: Option<&[u8]>,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<Entry>, Failure> {
        let start = after.map_or_else(|| vec![USER_TAG], |key| [&*stored_key(key), &[0]].concat());
        fenced(|| {
            let (mut entries, mut taken) = (Vec::new(), 0);
            for item in self.db.range(start..AFTER_USER_KEYS.to_vec()).take(most) {
                let (key, value) = item.map_err(|e| explain(&e))?;
                taken += key.len() + value.len();
                entries.push(entry(&key, &value)?);
                if taken >= bytes {
                    break;
                }
            }
            Ok(entries)
        })
    }

    /// Reads every value, and returns how many there are.
    pub(crate) fn verify(&self) -> Result<u64, Failure> {
        fenced(|| {
            let mut entries = 0;
            for item in self.db.range(vec![USER_TAG]..AFTER_USER_KEYS.to_vec()) {
                let (key, value) = item.map_err(|e| explain(&e))?;
                entry(&key, &value)?;
                entries += 1;
            }
            Ok(entries)
        })
    }
}

fn open_sled(dir: &Path, options: &Options) -> Result<sled::Db, OpenError> {
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(options.cache_bytes)
        .mode(sled::Mode::LowSpace)
        .segment_size(SEGMENT_BYTES)
        .flush_every_ms(None);
    for _ in 0..ENGINE_LOCK_ATTEMPTS {
        match config.open() {
            Err(sled::Error::Io(e)) if e.to_string().contains("could not acquire lock") => {
                thread::park_timeout(ENGINE_LOCK_PAUSE);
            }
            Ok(db) => return Ok(db),
            Err(e) => return Err(open_error(dir, e)),
        }
    }
    Err(OpenError::Locked { dir: dir.to_owned() })
}

fn open_error(dir: &Path, error: sled::Error) -> OpenError {
    match error {
        sled::Error::Io(e)
            if !matches!(
                e.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::NotFound
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::NotADirectory
            ) =>
        {
            OpenError::io(dir, "open the store in", e)
        }
        other => OpenError::Damaged { dir: PathBuf::from(dir), reason: explain(&other) },
    }
}

fn stored_commits(db: &sled::Db) -> Result<u64, Failure> {
    let Some(value) = db.get(COMMITS_KEY).map_err(|e| explain(&e))? else { return Ok(0) };
    let number = unseal(COMMITS_KEY, &value)?;
    let number = number.try_into().map_err(|_| "the number of commits has a wrong width".to_owned())?;
    Ok(u64::from_be_bytes(number))
}

fn stored_key(key: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(1 + key.len());
    stored.push(USER_TAG);
    stored.extend_from_slice(key);
    stored
}

/// The checksum covers the key too: a value that turns up under another key is wrong.
fn checksum(key: &[u8], value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(value);
    hasher.finalize().to_be_bytes()
}

fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(CHECKSUM_BYTES + value.len());
    sealed.extend_from_slice(&checksum(key, value));
    sealed.extend_from_slice(value);
    sealed
}

pub(crate) fn unseal(key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    match sealed.split_first_chunk::<CHECKSUM_BYTES>() {
        Some((expected, value)) if *expected == checksum(key, value) => Ok(value.to_vec()),
        _ => Err("a value does not match its checksum".to_owned()),
    }
}

/// The caller's key in a stored one.
pub(crate) fn user_key(stored_key: &[u8]) -> Option<&[u8]> {
    stored_key.split_first().filter(|(tag, _)| **tag == USER_TAG).map(|(_, key)| key)
}

fn entry(stored_key: &[u8], sealed: &[u8]) -> Result<Entry, Failure> {
    let key = user_key(stored_key).ok_or_else(|| "a key lies outside its range".to_owned())?;
    Ok(Entry { key: key.to_vec(), value: unseal(key, sealed)? })
}

/// The first key after all those that begin with `prefix`.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|&byte| byte != u8::MAX)?;
    let mut successor = prefix.get(..=kept)?.to_vec();
    if let Some(last) = successor.last_mut() {
        *last += 1;
    }
    Some(successor)
}

fn explain(error: &sled::Error) -> Failure {
    match error {
        sled::Error::Corruption { at: Some(at), .. } => format!("the log is corrupt at {at}"),
        sled::Error::Corruption { at: None, .. } => "the log is corrupt".to_owned(),
        // sled copies an error as its debug text; the kind survives.
        sled::Error::Io(e) if e.kind() == io::ErrorKind::StorageFull => {
            "no space left on the disk".to_owned()
        }
        sled::Error::Io(e) => e.to_string(),
        sled::Error::Unsupported(what) => what.clone(),
        sled::Error::ReportableBug(what) => format!("the engine contradicts itself: {what}"),
        sled::Error::CollectionNotFound(_) => "the tree is missing".to_owned(),
    }
}

/// Runs a call into sled; a panic inside becomes a failure.
pub(crate) fn fenced<T>(call: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Err(panic_text(panic.as_ref())))
}

fn panic_text(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    format!("the engine panicked: {}", text.unwrap_or("without a message"))
}
