//! What can still be read of a damaged store.
//!
//! Quarantine lets the service go on; this gives back what the quarantined directory still holds. Each entry
//! passed its checksum, so it was written once by its writer. But it may be an older value, or one that was
//! deleted since: salvage only records that can be offered again without harm, as an outbox's events, which
//! their receiver knows by number.

use std::{path::Path, sync::mpsc, thread};

use crate::{
    Entry, OpenError, Options, directory,
    engine::{Engine, Failure, Page, fenced},
};

const PAGE: usize = 256;

/// How a salvage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salvaged {
    /// Entries that were handed over.
    pub entries: u64,
    /// Whether the walk met no unreadable place. It says nothing of commits that the log has lost.
    pub walked_all: bool,
}

/// Hands every readable entry of the damaged store in `dir` to `take`. Works on the directory itself; blocks,
/// at most [`Options::open_timeout`] for each page.
pub fn salvage(
    dir: impl AsRef<Path>,
    options: Options,
    mut take: impl FnMut(Entry),
) -> Result<Salvaged, OpenError> {
    let dir = dir.as_ref();
    let (pages, found) = mpsc::sync_channel(1);
    let thread_dir = dir.to_owned();
    // A thread of its own, left behind if the engine hangs.
    thread::Builder::new()
        .name("durable-salvage".to_owned())
        .spawn(move || {
            let end = fenced(|| walk(&thread_dir, &options, &pages));
            let _ = pages.send(Found::End(end));
        })
        .map_err(|e| OpenError::io(dir, "start the salvage of", e))?;
    let mut entries = 0;
    loop {
        match found.recv_timeout(options.open_timeout) {
            Ok(Found::Page(page)) => {
                entries += page.len() as u64;
                page.into_iter().for_each(&mut take);
            }
            Ok(Found::End(Ok(walked_all))) => return Ok(Salvaged { entries, walked_all }),
            Ok(Found::End(Err(_))) | Err(_) if entries > 0 => {
                return Ok(Salvaged { entries, walked_all: false });
            }
            Ok(Found::End(Err(reason))) => return Err(OpenError::damaged(dir, reason)),
            Err(_) => return Err(OpenError::damaged(dir, "it did not open in time")),
        }
    }
}

enum Found {
    Page(Vec<Entry>),
    End(Result<bool, Failure>),
}

fn walk(dir: &Path, options: &Options, pages: &mpsc::SyncSender<Found>) -> Result<bool, Failure> {
    let engine = open(dir, options)?;
    let mut last: Option<Vec<u8>> = None;
    loop {
        let page = last.as_deref().map_or(Page::First, Page::After);
        let Ok(page) = engine.scan(&[], page, PAGE) else { break };
        let Some(entry) = page.last() else { return Ok(true) };
        last = Some(entry.key.clone());
        if pages.send(Found::Page(page)).is_err() {
            return Ok(false);
        }
    }
    // From the other side up to the same unreadable place, one by one: a page of many might reach over it.
    let mut first: Option<Vec<u8>> = None;
    while let Ok(page) = engine.scan(&[], first.as_deref().map_or(Page::Last, Page::Before), 1) {
        let key = page.last().map(|entry| entry.key.clone());
        if key <= last || pages.send(Found::Page(page)).is_err() {
            break;
        }
        first = key;
    }
    Ok(false)
}

fn open(dir: &Path, options: &Options) -> Result<Engine, Failure> {
    let open = || fenced(|| Engine::open_unchecked(dir, options).map_err(|e| e.to_string()));
    if let Ok((engine, _)) = open() {
        return Ok(engine);
    }
    directory::remove_snapshots(dir).map_err(|e| e.to_string())?;
    open().map(|(engine, _)| engine)
}
