//! A copy of an open store, exact to the commit, while its writers go on.
//!
//! ```text
//!  backup thread                          committer thread
//!  begin  ------------------------------> from now on each commit goes into the tap too
//!  page   ------------------------------> reads the next keys of the tree into the tap, between two commits
//!  writes what the tap holds <----------- page | commit | commit | page | ..
//!  ..
//!  end    ------------------------------> the tap is taken off: the copy is the store as it is now
//! ```
//!
//! Since pages and commits reach the file in the order in which the committer made them, playing them back in that order
//! gives the state at the end: a key that was changed before its page was read is in the page, one that was changed
//! after is changed again. Writers wait for one page at most ([`PAGE_BYTES`]). What the file's disk cannot take up waits
//! in memory, up to [`MAX_WAITING_BYTES`]; beyond, the backup fails and the writers never know.
//!
//! The file's layout is in `format.rs`, the way back in `restore.rs`. Never here: what a record means, keys, clocks.

pub(crate) mod format;

use std::{
    io,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
        mpsc as sync_mpsc,
    },
};

use tokio::sync::oneshot;

use self::format::{Frame, Header, Kind, Writer, encode_batches, encode_entries};
use crate::{
    CommitError, ReadError, Store, WriteBatch, block_on::block_on, committer::Command, engine::Engine,
};

/// Bytes of keys and values that the committer reads at once, but for the last value: what writers wait for.
pub(crate) const PAGE_BYTES: usize = 256 * 1_024;

/// Entries that the committer reads at once.
pub(crate) const PAGE_ENTRIES: usize = 512;

/// Bytes that may wait for the backup's file. A backup to a disk that is slower than the store's writers ends here.
pub(crate) const MAX_WAITING_BYTES: usize = 64 * 1_024 * 1_024;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// Entries that were read of the tree. Commits may have changed some of them since.
    pub entries: u64,
    /// Groups of commits that were made meanwhile.
    pub commits: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Why there is no backup. The store itself is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// One at a time.
    #[error("a backup of this store is under way; wait for its end")]
    UnderWay,
    /// The store's writers were faster than the backup's target.
    #[error(
        "the backup cannot keep up: {} MiB of new writes wait for it; write it to a faster disk, or at a quieter hour",
        MAX_WAITING_BYTES / 1_024 / 1_024
    )]
    TooSlow,
    /// The target took no more.
    #[error("the backup could not be written: {0}; look at the disk or the line that it goes to")]
    Write(#[from] io::Error),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store stopped taking writes.
    #[error(transparent)]
    Store(#[from] CommitError),
    /// The text about the backup is too long for its header.
    #[error("the text about a backup takes at most {max} bytes")]
    LongText {
        /// The limit in bytes.
        max: usize,
    },
}

/// What the backup thread asks of the committer.
pub(crate) enum Step {
    Begin {
        tap: Tap,
        answer: Answer<()>,
    },
    /// The last key of the page, or nothing at the end.
    Page {
        after: Option<Vec<u8>>,
        answer: Answer<Option<Vec<u8>>>,
    },
    End {
        answer: Answer<()>,
    },
}

type Answer<T> = oneshot::Sender<Result<Result<T, BackupError>, CommitError>>;

/// The committer's end: takes frames as long as somebody writes them away.
pub(crate) struct Tap {
    frames: sync_mpsc::Sender<Frame>,
    waiting: Arc<AtomicUsize>,
    writer: Weak<()>,
}

/// The backup thread's end.
struct Tapped {
    frames: sync_mpsc::Receiver<Frame>,
    waiting: Arc<AtomicUsize>,
    _writer: Arc<()>,
}

fn tap() -> (Tap, Tapped) {
    let (sender, receiver) = sync_mpsc::channel();
    let (waiting, writer) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
    let tap = Tap { frames: sender, waiting: Arc::clone(&waiting), writer: Arc::downgrade(&writer) };
    (tap, Tapped { frames: receiver, waiting, _writer: writer })
}

impl Tap {
    fn is_drained(&self) -> bool {
        self.writer.strong_count() > 0
    }

    /// Whether the frame was taken.
    fn take(&self, frame: Frame) -> bool {
        let bytes = frame.payload.len();
        let waiting = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        waiting + bytes <= MAX_WAITING_BYTES && self.frames.send(frame).is_ok()
    }
}

impl Tapped {
    /// Writes away as many bytes as wait now. What comes meanwhile is for the next time: writers that are as fast as the
    /// file's disk must not hold up the pages for ever.
    fn drain(&self, file: &mut Writer<impl io::Write>) -> Result<(), BackupError> {
        let mut left = self.waiting.load(Ordering::Relaxed);
        while left > 0 {
            let Ok(frame) = self.frames.try_recv() else { return Ok(()) };
            left = left.saturating_sub(frame.payload.len());
            self.waiting.fetch_sub(frame.payload.len(), Ordering::Relaxed);
            file.frame(&frame)?;
        }
        Ok(())
    }
}

/// The committer's part: at most one backup.
#[derive(Default)]
pub(crate) struct Backup {
    tap: Option<Tap>,
}

impl Backup {
    /// Takes up a group of batches that was committed.
    pub(crate) fn committed(&mut self, batches: &[WriteBatch]) {
        let Some(tap) = &self.tap else { return };
        let frame = Frame { kind: Kind::Commit, count: 0, payload: encode_batches(batches) };
        if !tap.is_drained() || !tap.take(frame) {
            self.tap = None;
        }
    }

    /// A write failed: nobody knows what the store holds, and so what a copy should hold.
    pub(crate) fn give_up(&mut self) {
        self.tap = None;
    }

    pub(crate) fn step(
        &mut self,
        step: Step,
        poisoned: Result<(), CommitError>,
        read: impl FnOnce(&dyn Fn(&Engine) -> Result<Frame, String>) -> Result<Frame, ReadError>,
    ) {
        match step {
            Step::Begin { tap, answer } => {
                let begun = poisoned.map(|()| {
                    if self.tap.as_ref().is_some_and(Tap::is_drained) {
                        return Err(BackupError::UnderWay);
                    }
                    self.tap = Some(tap);
                    Ok(())
                });
                let _ = answer.send(begun);
            }
            Step::Page { after, answer } => {
                let _ = answer.send(poisoned.map(|()| self.page(after.as_deref(), read)));
            }
            Step::End { answer } => {
                let ended = poisoned.map(|()| self.tap.take().map(drop).ok_or(BackupError::TooSlow));
                let _ = answer.send(ended);
            }
        }
    }

    fn page(
        &mut self,
        after: Option<&[u8]>,
        read: impl FnOnce(&dyn Fn(&Engine) -> Result<Frame, String>) -> Result<Frame, ReadError>,
    ) -> Result<Option<Vec<u8>>, BackupError> {
        let tap = self.tap.as_ref().ok_or(BackupError::TooSlow)?;
        let last = std::cell::RefCell::new(None);
        let frame = read(&|engine| {
            let entries = engine.page_after(after, PAGE_ENTRIES, PAGE_BYTES)?;
            *last.borrow_mut() = entries.last().map(|entry| entry.key.clone());
            Ok(Frame { kind: Kind::Page, count: entries.len() as u64, payload: encode_entries(&entries) })
        })?;
        if !frame.payload.is_empty() && !tap.take(frame) {
            self.tap = None;
            return Err(BackupError::TooSlow);
        }
        Ok(last.into_inner())
    }
}

impl Store {
    /// Copies the store into `out` while it is in use: what was acknowledged before this returns' last step is in it,
    /// and of what comes after nothing. `taken_at` and `about` (what the store is, for whoever finds the file) go into
    /// the file's header; `progress` is told the bytes so far. Blocks. `out` need not be buffered, and is flushed.
    pub fn backup(
        &self,
        out: impl io::Write,
        taken_at_unix_millis: i64,
        about: &str,
        mut progress: impl FnMut(u64),
    ) -> Result<Contents, BackupError> {
        if about.len() > format::MAX_ABOUT_BYTES {
            return Err(BackupError::LongText { max: format::MAX_ABOUT_BYTES });
        }
        let (tap, tapped) = tap();
        self.step(|answer| Step::Begin { tap, answer })?;
        let mut file = Writer::begin(out, &Header { taken_at_unix_millis, about: about.to_owned() })?;
        let mut after = None;
        loop {
            let last = self.step(|answer| Step::Page { after: after.take(), answer })?;
            tapped.drain(&mut file)?;
            progress(file.contents().bytes);
            if last.is_none() {
                break;
            }
            after = last;
        }
        self.step(|answer| Step::End { answer })?;
        tapped.drain(&mut file)?;
        Ok(file.end()?)
    }

    fn step<T>(&self, step: impl FnOnce(Answer<T>) -> Step) -> Result<T, BackupError> {
        block_on(self.ask(|answer| Command::Backup(step(answer))))?
    }
}
