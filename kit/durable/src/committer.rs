//! The one thread that writes.
//!
//! It takes what waits in the queue, makes one commit of it, and answers all of them. After the first failed
//! write or sync it writes nothing more: after a failed sync nobody knows what the disk holds, and trying again
//! would report success for pages that the kernel has already dropped.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    CommitError, MAX_BATCH_BYTES, MAX_VALUE_BYTES, OpenError, Options, ReadError, WriteBatch,
    backup::{Backup, Step},
    directory,
    engine::{Engine, Page, fenced},
    options::SEGMENT_BYTES,
};

pub(crate) enum Command {
    Commit { batch: WriteBatch, answer: oneshot::Sender<Result<(), CommitError>> },
    RecreateIfEmpty { larger_than: u64, answer: oneshot::Sender<Result<bool, CommitError>> },
    Backup(Step),
}

/// What the committer and the handles share.
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) options: Options,
    /// Empty only when recreating failed half-way.
    pub(crate) engine: RwLock<Option<Engine>>,
    pub(crate) poison: OnceLock<Arc<str>>,
    pub(crate) counters: Counters,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

impl Shared {
    pub(crate) fn poisoned(&self, cause: &Arc<str>) -> CommitError {
        CommitError::Poisoned { dir: self.dir.clone(), cause: Arc::clone(cause) }
    }

    fn poison(&self, cause: String) -> CommitError {
        let cause: Arc<str> = cause.into();
        tracing::error!(dir = %self.dir.display(), %cause, "the store takes no more writes");
        self.poisoned(self.poison.get_or_init(|| cause))
    }

    pub(crate) fn check_poison(&self) -> Result<(), CommitError> {
        self.poison.get().map_or(Ok(()), |cause| Err(self.poisoned(cause)))
    }

    /// Runs a read of the engine.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Engine) -> Result<T, crate::engine::Failure>,
    ) -> Result<T, ReadError> {
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        let engine = engine.as_ref().ok_or_else(|| ReadError::Closed { dir: self.dir.clone() })?;
        read(engine).map_err(|reason| ReadError::Damaged { dir: self.dir.clone(), reason })
    }

    /// Whether the file system has room for `bytes` of payload beside `reserve`.
    fn room(&self, bytes: u64, reserve: u64) -> std::io::Result<Result<(), CommitError>> {
        let available_bytes = directory::available(&self.dir)?;
        // The engine writes a page again after ten changes: measured 2.5 bytes on the disk for one of payload.
        let needed_bytes = reserve.saturating_add(3 * bytes);
        if available_bytes < needed_bytes {
            return Ok(Err(CommitError::DiskFull { dir: self.dir.clone(), available_bytes, needed_bytes }));
        }
        Ok(Ok(()))
    }

    /// Whether a write of an ordinary size would be taken now. Changes nothing.
    pub(crate) fn check_writable(&self) -> Result<(), CommitError> {
        self.check_poison()?;
        self.room(MAX_VALUE_BYTES as u64, self.options.reserve_bytes).unwrap_or_else(|error| {
            Err(self.poisoned(&Arc::from(format!("the free space is not readable: {error}"))))
        })
    }
}

/// Opens the engine in `shared.dir`, counted, fenced and with its space checked.
pub(crate) fn open_engine(dir: &std::path::Path, options: &Options) -> Result<Engine, OpenError> {
    // Recovery rewrites the last segment; with less than two the engine could stop in the middle of it.
    let available = directory::available(dir).map_err(|e| OpenError::io(dir, "read the free space of", e))?;
    if available < 2 * SEGMENT_BYTES as u64 {
        return Err(OpenError::DiskFull { dir: dir.to_owned() });
    }
    directory::opening(dir)?;
    let opened = catch_unwind(AssertUnwindSafe(|| Engine::open(dir, options)))
        .unwrap_or_else(|_| Err(OpenError::damaged(dir, "the engine panicked while it read the log")));
    directory::opened(dir)?;
    opened
}

/// Runs until every handle is gone, then closes the engine.
pub(crate) fn run(shared: &Shared, mut commands: mpsc::Receiver<Command>) {
    let mut group = Group::default();
    let mut backup = Backup::default();
    let mut waiting = None;
    while let Some(command) = waiting.take().or_else(|| commands.blocking_recv()) {
        match command {
            Command::Commit { batch, answer } => {
                group.push(batch, answer);
                waiting = group.fill(&mut commands, shared.options.group_commits);
                group.commit(shared, &mut backup);
            }
            Command::RecreateIfEmpty { larger_than, answer } => {
                let _ = answer.send(recreate_if_empty(shared, larger_than));
            }
            Command::Backup(step) => {
                backup.step(step, shared.check_poison(), |read| shared.read(read));
            }
        }
    }
    let engine = shared.engine.write().unwrap_or_else(PoisonError::into_inner).take();
    let _ = fenced(|| {
        drop(engine);
        Ok(())
    });
}

/// Commits that share one sync.
#[derive(Default)]
struct Group {
    batches: Vec<WriteBatch>,
    answers: Vec<oneshot::Sender<Result<(), CommitError>>>,
    bytes: usize,
}

impl Group {
    fn push(&mut self, batch: WriteBatch, answer: oneshot::Sender<Result<(), CommitError>>) {
        self.bytes += batch.bytes();
        self.batches.push(batch);
        self.answers.push(answer);
    }

    /// Takes what waits, until the group is full or something else comes; that is returned.
    fn fill(&mut self, commands: &mut mpsc::Receiver<Command>, most: usize) -> Option<Command> {
        while self.batches.len() < most && self.bytes < MAX_BATCH_BYTES {
            match commands.try_recv().ok()? {
                Command::Commit { batch, answer } => self.push(batch, answer),
                other => return Some(other),
            }
        }
        None
    }

    fn commit(&mut self, shared: &Shared, backup: &mut Backup) {
        let result = self.write(shared);
        let counters = &shared.counters;
        let count = self.batches.len() as u64;
        match &result {
            Ok(()) => {
                backup.committed(&self.batches);
                counters.commits.fetch_add(count, Ordering::Relaxed);
                counters.syncs.fetch_add(1, Ordering::Relaxed);
                counters.bytes.fetch_add(self.bytes as u64, Ordering::Relaxed);
            }
            Err(error) => {
                if matches!(error, CommitError::Poisoned { .. }) {
                    backup.give_up();
                }
                counters.refused.fetch_add(count, Ordering::Relaxed);
            }
        }
        for answer in self.answers.drain(..) {
            // A caller that went away does not need the answer.
            let _ = answer.send(result.clone());
        }
        self.batches.clear();
        self.bytes = 0;
    }

    fn write(&self, shared: &Shared) -> Result<(), CommitError> {
        shared.check_poison()?;
        self.check_space(shared)?;
        let engine = shared.engine.read().unwrap_or_else(PoisonError::into_inner);
        let engine = engine.as_ref().ok_or_else(|| shared.poison("it is closed".to_owned()))?;
        engine.commit(self.batches.iter()).map_err(|cause| shared.poison(cause))
    }

    /// Refuses before the engine meets the end of the disk, so that the store stays usable.
    fn check_space(&self, shared: &Shared) -> Result<(), CommitError> {
        let reserve = shared.options.reserve_bytes;
        let reserve = if self.batches.iter().all(WriteBatch::only_deletes) { reserve / 2 } else { reserve };
        shared
            .room(self.bytes as u64, reserve)
            .unwrap_or_else(|e| Err(shared.poison(format!("the free space is not readable: {e}"))))
    }
}

/// Deleting gives no space back, so a store without keys is thrown away and made again.
fn recreate_if_empty(shared: &Shared, larger_than: u64) -> Result<bool, CommitError> {
    shared.check_poison()?;
    let size = directory::size_on_disk(&shared.dir).map_err(|e| shared.poison(e.to_string()))?;
    if size <= larger_than {
        return Ok(false);
    }
    let mut slot = shared.engine.write().unwrap_or_else(PoisonError::into_inner);
    let Some(engine) = slot.take() else { return Err(shared.poison("it is closed".to_owned())) };
    let found = engine.scan(&[], Page::First, 1);
    match found {
        Ok(entries) if entries.is_empty() => {}
        Ok(_) => {
            *slot = Some(engine);
            return Ok(false);
        }
        Err(cause) => return Err(shared.poison(cause)),
    }
    let dir = &shared.dir;
    let made = fenced(|| {
        drop(engine);
        Ok(())
    })
    .map_err(|cause| OpenError::damaged(dir, cause))
    .and_then(|()| directory::retire_emptied(dir))
    .and_then(|()| directory::create(dir))
    .and_then(|()| open_engine(dir, &shared.options))
    .and_then(|engine| directory::remove_emptied(dir).map(|()| engine));
    match made {
        Ok(engine) => {
            *slot = Some(engine);
            tracing::info!(dir = %dir.display(), freed_bytes = size, "made the empty store anew");
            Ok(true)
        }
        Err(error) => Err(shared.poison(error.to_string())),
    }
}
