//! The handle.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, RwLock, atomic::Ordering, mpsc as sync_mpsc},
    thread,
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    CommitError, OpenError, Options, ReadError, Recovery, WriteBatch,
    block_on::block_on,
    committer::{self, Command, Counters, Shared},
    directory::{self, Lock},
    engine::{Engine, Failure, Page},
};

/// Entries that [`Entries`] reads at once.
const PAGE: usize = 256;

/// One key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key as it was written.
    pub key: Vec<u8>,
    /// The value as it was written.
    pub value: Vec<u8>,
}

/// What the store has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Acknowledged commits.
    pub commits: u64,
    /// Syncs that they took; fewer than commits when writers wait together.
    pub syncs: u64,
    /// Commits that were refused or failed.
    pub refused: u64,
    /// Bytes of keys and values in the acknowledged commits.
    pub bytes: u64,
}

/// A store that was opened, and what was in the way.
#[derive(Debug)]
pub struct Opened {
    /// The open store.
    pub store: Store,
    /// Set when the directory was damaged and the store is a new one.
    pub quarantined: Option<Quarantined>,
}

/// A damaged directory that was moved aside. Nothing deletes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Where it is now.
    pub moved_to: PathBuf,
    /// What was found.
    pub reason: String,
    /// Entries that could be read of it.
    pub readable: u64,
    /// Entries that the new store took over.
    pub carried_over: u64,
    /// Why not all were taken over that could be, if so: a disk without room, or one that does not read.
    pub cut_short: Option<String>,
}

/// A handle; clones share the store, and the last one to go closes it (which waits for what is queued).
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    /// Taken when the last handle goes: the committer then ends.
    commands: Option<mpsc::Sender<Command>>,
    committer: Option<thread::JoinHandle<()>>,
    _lock: Arc<Lock>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(committer) = self.committer.take() {
            // It catches the engine's panics and has none of its own; a second panic here would abort.
            let _ = committer.join();
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dir", &self.inner.shared.dir).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in `dir`, which is made if it is missing. Beside it, `<dir>.lock` is made.
    ///
    /// Reads the disk and blocks: at most [`Options::open_timeout`].
    pub fn open(dir: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let dir = dir.as_ref();
        let lock = Arc::new(directory::prepare(dir)?);
        start(dir, &options).map(|started| started.hold(lock))
    }

    /// Like [`Store::open`], but in the place of a damaged directory comes a new store, into which `keep` takes over
    /// what can be read of it: perhaps older values, and what was deleted since (see [`Salvage`](crate::Salvage)).
    /// The damaged directory is moved to `<dir>.damaged-<now_unix_millis>`. Whatever cannot be taken over, the store
    /// opens: for services that must go on unattended. The caller must report what [`Opened::quarantined`] says.
    pub fn open_or_start_anew(
        dir: impl AsRef<Path>,
        options: Options,
        now_unix_millis: i64,
        keep: impl FnMut(&Entry) -> bool,
    ) -> Result<Opened, OpenError> {
        let dir = dir.as_ref();
        let lock = Arc::new(directory::prepare(dir)?);
        let reason = match start(dir, &options) {
            Ok(started) => return Ok(Opened { store: started.hold(lock), quarantined: None }),
            Err(OpenError::Damaged { reason, .. }) => reason,
            Err(other) => return Err(other),
        };
        let recovery = Recovery::with_lock(dir, options, Arc::clone(&lock))?;
        let new = recovery.new_store()?;
        let (readable, carried_over, cut_short) = recovery.carry_over(&new, keep);
        let moved_to = recovery.finish(new, now_unix_millis)?;
        tracing::error!(dir = %dir.display(), moved_to = %moved_to.display(), reason, carried_over, "the store was damaged");
        let quarantined = Some(Quarantined { moved_to, reason, readable, carried_over, cut_short });
        Ok(Opened { store: start(dir, &options)?.hold(lock), quarantined })
    }

    /// Stores the batch, and returns when a power cut cannot undo it. Waits for room in the queue.
    ///
    /// Dropping the future does not take the batch back once it is queued. Readers may see it a moment before
    /// this returns. There is no time limit: a disk that does not answer holds it up, so feed a watchdog from
    /// commits that returned.
    pub async fn commit(&self, batch: WriteBatch) -> Result<(), CommitError> {
        batch.check_sizes()?;
        if batch.is_empty() {
            return self.inner.shared.check_poison();
        }
        self.ask(|answer| Command::Commit { batch, answer }).await
    }

    /// [`Store::commit`] for a thread that may block.
    pub fn commit_blocking(&self, batch: WriteBatch) -> Result<(), CommitError> {
        block_on(self.commit(batch))
    }

    /// Throws the directory away and makes a new one when the store holds no keys and takes more than
    /// `larger_than` bytes on the disk: deleting alone gives no space back. Says whether it did.
    pub async fn recreate_if_empty(&self, larger_than: u64) -> Result<bool, CommitError> {
        self.ask(|answer| Command::RecreateIfEmpty { larger_than, answer }).await
    }

    pub(crate) async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, CommitError>>) -> Command,
    ) -> Result<T, CommitError> {
        let shared = &self.inner.shared;
        shared.check_poison()?;
        let ended = || shared.poisoned(&Arc::from("the committer thread has ended"));
        let commands = self.inner.commands.as_ref().ok_or_else(ended)?;
        let (answer, answered) = oneshot::channel();
        commands.send(command(answer)).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// The value of `key`. May read the disk.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, ReadError> {
        self.read(|engine| engine.get(key.as_ref()))
    }

    /// Whether `key` has a value.
    pub fn contains(&self, key: impl AsRef<[u8]>) -> Result<bool, ReadError> {
        self.get(key).map(|value| value.is_some())
    }

    /// The first `limit` entries whose keys begin with `prefix`, ascending; from `start` (a whole key, itself
    /// included) on if it is given.
    pub fn scan_prefix(
        &self,
        prefix: impl AsRef<[u8]>,
        start: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let page = start.map_or(Page::First, Page::From);
        self.read(|engine| engine.scan(prefix.as_ref(), page, limit))
    }

    /// The last `limit` entries whose keys begin with `prefix`, descending; only those before `end` (a whole
    /// key, itself excluded) if it is given.
    pub fn scan_prefix_back(
        &self,
        prefix: impl AsRef<[u8]>,
        end: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let page = end.map_or(Page::Last, Page::Before);
        self.read(|engine| engine.scan(prefix.as_ref(), page, limit))
    }

    /// All entries whose keys begin with `prefix`, ascending, read a page at a time: commits go on in between,
    /// and what they change behind the reader is not seen.
    pub fn entries(&self, prefix: impl Into<Vec<u8>>) -> Entries {
        Entries {
            store: self.clone(),
            prefix: prefix.into(),
            page: Vec::new().into_iter(),
            last: None,
            done: false,
        }
    }

    /// Reads every value against its checksum, and returns how many there are.
    pub fn verify(&self) -> Result<u64, ReadError> {
        self.read(Engine::verify)
    }

    /// Bytes that the store takes on the disk.
    pub fn size_on_disk(&self) -> std::io::Result<u64> {
        directory::size_on_disk(&self.inner.shared.dir)
    }

    /// The store's directory.
    pub fn dir(&self) -> &Path {
        &self.inner.shared.dir
    }

    /// What was done since opening.
    pub fn stats(&self) -> Stats {
        let counters = &self.inner.shared.counters;
        Stats {
            commits: counters.commits.load(Ordering::Relaxed),
            syncs: counters.syncs.load(Ordering::Relaxed),
            refused: counters.refused.load(Ordering::Relaxed),
            bytes: counters.bytes.load(Ordering::Relaxed),
        }
    }

    /// The failure after which the store takes no more writes, if so; see [`Store::check_writable`].
    pub fn poison_cause(&self) -> Option<Arc<str>> {
        self.inner.shared.poison.get().cloned()
    }

    /// Whether a write of an ordinary size would be taken now; if not, what stands in its way. For health checks: it
    /// looks at the free space when it is asked, so that a disk that is full or has room again shows at once.
    pub fn check_writable(&self) -> Result<(), CommitError> {
        self.inner.shared.check_writable()
    }

    /// Ends the store; this must be its last handle.
    pub(crate) fn close(self) -> Result<(), OpenError> {
        let dir = self.dir().to_owned();
        // Dropping waits for what is queued and for the engine.
        Arc::into_inner(self.inner).map(drop).ok_or(OpenError::Locked { dir })
    }

    fn read<T>(&self, read: impl FnOnce(&Engine) -> Result<T, Failure>) -> Result<T, ReadError> {
        self.inner.shared.read(read)
    }
}

/// Reads a prefix page by page; see [`Store::entries`]. Ends after the first error.
#[derive(Debug)]
pub struct Entries {
    store: Store,
    prefix: Vec<u8>,
    page: std::vec::IntoIter<Entry>,
    last: Option<Vec<u8>>,
    done: bool,
}

impl Entries {
    fn next_page(&mut self) -> Result<Vec<Entry>, ReadError> {
        let page = self.last.as_deref().map_or(Page::First, Page::After);
        self.store.read(|engine| engine.scan(&self.prefix, page, PAGE))
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.page.next() {
            return Some(Ok(entry));
        }
        if self.done {
            return None;
        }
        match self.next_page() {
            Ok(page) => {
                self.done = page.len() < PAGE;
                self.last = page.last().map(|entry| entry.key.clone());
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => {
                self.done = true;
                Some(Err(error))
            }
        }
    }
}

/// An open store that still needs its lock.
pub(crate) struct Started {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
    committer: thread::JoinHandle<()>,
}

impl Started {
    pub(crate) fn hold(self, lock: Arc<Lock>) -> Store {
        let Self { shared, commands, committer } = self;
        let inner = Inner { shared, commands: Some(commands), committer: Some(committer), _lock: lock };
        Store { inner: Arc::new(inner) }
    }
}

/// Starts the committer: it opens the engine, and a hang there is left behind with its thread.
pub(crate) fn start(dir: &Path, options: &Options) -> Result<Started, OpenError> {
    let (commands, receiver) = mpsc::channel(options.queue_commits.max(1));
    let (report, reported) = sync_mpsc::channel();
    let (thread_dir, thread_options) = (dir.to_owned(), *options);
    let committer = thread::Builder::new()
        .name("durable-commit".to_owned())
        .spawn(move || {
            let engine = match committer::open_engine(&thread_dir, &thread_options) {
                Ok(engine) => engine,
                Err(error) => {
                    let _ = report.send(Err(error));
                    return;
                }
            };
            let shared = Arc::new(Shared {
                dir: thread_dir,
                options: thread_options,
                engine: RwLock::new(Some(engine)),
                poison: OnceLock::new(),
                counters: Counters::default(),
            });
            if report.send(Ok(Arc::clone(&shared))).is_ok() {
                committer::run(&shared, receiver);
            }
        })
        .map_err(|e| OpenError::io(dir, "start the committer of", e))?;
    match reported.recv_timeout(options.open_timeout) {
        Ok(Ok(shared)) => Ok(Started { shared, commands, committer }),
        Ok(Err(error)) => Err(error),
        Err(_) => {
            let reason = format!("it did not open within {} s", options.open_timeout.as_secs_f32());
            Err(OpenError::damaged(dir, reason))
        }
    }
}

#[cfg(test)]
mod tests;
