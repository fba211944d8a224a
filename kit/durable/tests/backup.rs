//! Backups of a store in use, and what is refused instead of being restored.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests stop at the first surprise, and these measure real time"
)]

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use shopbell_durable::{BackupError, BackupFile, Options, RestoreError, Store, WriteBatch};
use tempfile::TempDir;

const WRITERS: usize = 4;

/// Every entry.
fn content(store: &Store) -> BTreeMap<Vec<u8>, Vec<u8>> {
    store.entries([]).map(|entry| entry.map(|entry| (entry.key, entry.value)).unwrap()).collect()
}

fn back_up(store: &Store, path: &Path) -> shopbell_durable::Contents {
    store.backup(std::fs::File::create(path).unwrap(), 1_700_000_000_000, "a test's store", |_| ()).unwrap()
}

fn restore(path: &Path, dir: &Path) -> Result<BackupFile, RestoreError> {
    BackupFile::restore(path, dir, Options::default(), WriteBatch::new(), |_| ())
}

fn small_store(home: &TempDir) -> (Store, PathBuf) {
    let store = Store::open(home.path().join("store"), Options::default()).unwrap();
    for n in 0..40_u32 {
        let mut batch = WriteBatch::new();
        batch.put(n.to_be_bytes(), vec![u8::try_from(n).unwrap(); 30]);
        if n > 10 {
            batch.delete((n - 10).to_be_bytes());
        }
        store.commit_blocking(batch).unwrap();
    }
    let path = home.path().join("a.backup");
    back_up(&store, &path);
    (store, path)
}

#[test]
fn a_quiet_store_comes_back_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let (store, path) = small_store(&home);
    let told = BackupFile::about(&path).unwrap();
    assert_eq!((told.taken_at_unix_millis, &*told.about), (1_700_000_000_000, "a test's store"));
    let mut also = WriteBatch::new();
    also.put("a mark", "of the caller").delete(0_u32.to_be_bytes());
    let dir = home.path().join("deep/er/store");
    let restored = BackupFile::restore(&path, &dir, Options::default(), also, |_| ()).unwrap();
    assert_eq!(restored, BackupFile::verify(&path).unwrap());
    assert_eq!(restored.contents.bytes, std::fs::metadata(&path).unwrap().len());
    let mut wanted = content(&store);
    wanted.remove(0_u32.to_be_bytes().as_slice()).unwrap();
    wanted.insert(b"a mark".to_vec(), b"of the caller".to_vec());
    assert_eq!(content(&Store::open(&dir, Options::default()).unwrap()), wanted);
}

#[test]
fn an_empty_store_comes_back_empty() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path().join("store"), Options::default()).unwrap();
    let path = home.path().join("a.backup");
    let contents = back_up(&store, &path);
    assert_eq!((contents.entries, contents.commits), (0, 0));
    let dir = home.path().join("empty");
    std::fs::create_dir(&dir).unwrap();
    restore(&path, &dir).unwrap();
    assert!(content(&Store::open(dir, Options::default()).unwrap()).is_empty());
}

/// Each writer's n-th commit puts `(writer, n)`, sets two heads to `n`, and removes `(writer, n - 50)`.
struct Writers {
    acknowledged: [AtomicU64; WRITERS],
    begun: [AtomicU64; WRITERS],
    stop: AtomicBool,
    longest_commit_micros: AtomicU64,
}

impl Writers {
    fn write(&self, store: &Store, writer: usize) {
        let tag = u8::try_from(writer).unwrap();
        let key = |n: u64| [&[1, tag][..], &n.to_be_bytes()].concat();
        for n in 1_u64.. {
            if self.stop.load(Ordering::Acquire) {
                return;
            }
            let mut batch = WriteBatch::new();
            batch.put([0, tag], n.to_be_bytes()).put(key(n), vec![tag; 200]).put([2, tag], n.to_be_bytes());
            if n > 50 {
                batch.delete(key(n - 50));
            }
            self.begun[writer].store(n, Ordering::Release);
            let began = Instant::now();
            store.commit_blocking(batch).unwrap();
            let micros = u64::try_from(began.elapsed().as_micros()).unwrap();
            self.longest_commit_micros.fetch_max(micros, Ordering::AcqRel);
            self.acknowledged[writer].store(n, Ordering::Release);
        }
    }

    fn of(counters: &[AtomicU64; WRITERS]) -> [u64; WRITERS] {
        std::array::from_fn(|writer| counters[writer].load(Ordering::Acquire))
    }
}

/// The entries between the writers' heads, so that the pages take a while.
fn fill(store: &Store, entries: u32) {
    for start in (0..entries).step_by(1_000) {
        let mut batch = WriteBatch::new();
        for n in start..(start + 1_000).min(entries) {
            batch.put([&[1, 0xF0][..], &n.to_be_bytes()].concat(), vec![7; 300]);
        }
        store.commit_blocking(batch).unwrap();
    }
}

/// The restored store holds what one of these commits of the writer left, whole.
fn is_as_after_a_commit(restored: &Store, writer: usize, commits: std::ops::RangeInclusive<u64>) {
    let tag = u8::try_from(writer).unwrap();
    let head = |kind| u64::from_be_bytes(restored.get([kind, tag]).unwrap().unwrap().try_into().unwrap());
    let n = head(0);
    assert_eq!(head(2), n, "half a commit of writer {writer}");
    assert!(commits.contains(&n), "writer {writer}: the backup has {n}, and should have one of {commits:?}");
    let keys = restored.scan_prefix([1, tag], None, 1_000).unwrap();
    let numbers: Vec<_> =
        keys.iter().map(|entry| u64::from_be_bytes(entry.key[2..].try_into().unwrap())).collect();
    assert_eq!(numbers, (n.saturating_sub(49).max(1)..=n).collect::<Vec<_>>(), "writer {writer}");
}

#[test]
fn under_load_a_backup_is_the_store_at_its_end() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path().join("store"), Options::default()).unwrap();
    fill(&store, 20_000);
    let writers = Arc::new(Writers {
        acknowledged: Default::default(),
        begun: Default::default(),
        stop: AtomicBool::new(false),
        longest_commit_micros: AtomicU64::new(0),
    });
    let threads: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (writers, store) = (Arc::clone(&writers), store.clone());
            thread::spawn(move || writers.write(&store, writer))
        })
        .collect();
    let deadline = Instant::now() + Duration::from_secs(60);
    while Writers::of(&writers.acknowledged).iter().any(|n| *n < 100) {
        assert!(Instant::now() < deadline, "the writers write");
        thread::yield_now();
    }
    for round in 0..3 {
        let path = home.path().join(format!("{round}.backup"));
        let mut surely = [0; WRITERS];
        let began = Instant::now();
        writers.longest_commit_micros.store(0, Ordering::Release);
        let file = std::fs::File::create(&path).unwrap();
        let contents = store.backup(file, 0, "", |_| surely = Writers::of(&writers.acknowledged)).unwrap();
        let at_most = Writers::of(&writers.begun);
        println!(
            "backup of {} entries and {} commits, {} bytes: {:?}; longest commit {} us",
            contents.entries,
            contents.commits,
            contents.bytes,
            began.elapsed(),
            writers.longest_commit_micros.load(Ordering::Acquire)
        );
        assert!(contents.commits > 10, "there was load: {contents:?}");

        let dir = home.path().join(format!("restored-{round}"));
        restore(&path, &dir).unwrap();
        let restored = Store::open(&dir, Options::default()).unwrap();
        for writer in 0..WRITERS {
            is_as_after_a_commit(&restored, writer, surely[writer]..=at_most[writer]);
        }
        assert_eq!(restored.entries([1, 0xF0]).count(), 20_000);
    }
    writers.stop.store(true, Ordering::Release);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_file_that_was_cut_anywhere_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let (_store, path) = small_store(&home);
    let whole = std::fs::read(&path).unwrap();
    let cut = home.path().join("cut.backup");
    for length in 0..whole.len() {
        std::fs::write(&cut, &whole[..length]).unwrap();
        let error = restore(&cut, &home.path().join("never")).unwrap_err();
        assert!(error.to_string().contains("cut.backup"), "{error}");
        match error {
            RestoreError::Torn { .. } => assert!(length > 0),
            RestoreError::Foreign { .. } => assert_eq!(length, 0),
            other => panic!("cut at {length}: {other}"),
        }
    }
    assert!(!home.path().join("never").exists() && !home.path().join("never.restoring").exists());
}

#[test]
fn a_file_that_was_altered_anywhere_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let (_store, path) = small_store(&home);
    let whole = std::fs::read(&path).unwrap();
    let altered = home.path().join("altered.backup");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&altered, bytes).unwrap();
        let error = BackupFile::verify(&altered).unwrap_err();
        assert!(error.to_string().contains("altered.backup"), "at {at}: {error}");
    }
    std::fs::write(&altered, [&whole[..], b"x"].concat()).unwrap();
    assert!(matches!(BackupFile::verify(&altered), Err(RestoreError::Altered { .. })));
    // The first frame twice: each has its own sum, and only their order tells.
    let header = 24 + "a test's store".len() + 4;
    let frame = 21 + u32::from_be_bytes(whole[header + 17..header + 21].try_into().unwrap()) as usize + 4;
    let doubled = [&whole[..header + frame], &whole[header..]].concat();
    std::fs::write(&altered, doubled).unwrap();
    assert!(
        matches!(BackupFile::verify(&altered), Err(RestoreError::Altered { what, .. }) if what.contains("order"))
    );
}

#[test]
fn files_of_others_and_of_newer_programs_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let (_store, path) = small_store(&home);
    let mut newer = std::fs::read(&path).unwrap();
    newer[9] = 2;
    std::fs::write(home.path().join("newer"), newer).unwrap();
    std::fs::write(home.path().join("letter"), "Dear store, ...").unwrap();
    let error = |name: &str| restore(&home.path().join(name), &home.path().join("new")).unwrap_err();
    assert!(matches!(error("newer"), RestoreError::Newer { version: 2, .. }), "{}", error("newer"));
    assert!(matches!(error("letter"), RestoreError::Foreign { .. }));
    assert!(matches!(error("nowhere"), RestoreError::Read { .. }));
}

#[test]
fn a_store_that_is_there_is_not_touched() {
    let home = tempfile::tempdir().unwrap();
    let (store, path) = small_store(&home);
    let before = content(&store);
    assert!(matches!(restore(&path, store.dir()), Err(RestoreError::Open(_))), "it is in use");
    let dir = store.dir().to_owned();
    drop(store);
    assert!(matches!(restore(&path, &dir), Err(RestoreError::NotEmpty { .. })));
    assert_eq!(content(&Store::open(dir, Options::default()).unwrap()), before);
}

#[test]
fn what_an_interrupted_restore_left_is_no_hindrance() {
    let home = tempfile::tempdir().unwrap();
    let (store, path) = small_store(&home);
    let dir = home.path().join("new");
    let left = Store::open(home.path().join("new.restoring"), Options::default()).unwrap();
    let mut batch = WriteBatch::new();
    batch.put("of the first attempt", "x");
    left.commit_blocking(batch).unwrap();
    drop(left);
    restore(&path, &dir).unwrap();
    assert_eq!(content(&Store::open(dir, Options::default()).unwrap()), content(&store));
    assert!(!home.path().join("new.restoring").exists());
}

/// Takes a little, then nothing.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_backup_that_fails_leaves_the_way_free_for_the_next() {
    let home = tempfile::tempdir().unwrap();
    let (store, path) = small_store(&home);
    let failed = store.backup(Full(100), 0, "", |_| ());
    assert!(matches!(failed, Err(BackupError::Write(_))), "{failed:?}");
    let mut batch = WriteBatch::new();
    batch.put("after", "it");
    store.commit_blocking(batch).unwrap();
    back_up(&store, &path);
    restore(&path, &home.path().join("new")).unwrap();
}

/// With each write the store that is being backed up takes several times as much.
struct Slow(Store);

impl io::Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for _ in 0..3 {
            let mut batch = WriteBatch::new();
            for n in 0..128_u32 {
                batch.put(n.to_be_bytes(), vec![0; 16_000]);
            }
            self.0.commit_blocking(batch).map_err(io::Error::other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_second_backup_waits_and_a_slow_one_ends() {
    struct Asks(Store, Option<Result<(), BackupError>>);
    impl io::Write for Asks {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.get_or_insert_with(|| self.0.backup(io::sink(), 0, "", |_| ()).map(drop));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let home = tempfile::tempdir().unwrap();
    let (store, _) = small_store(&home);
    let mut asks = Asks(store.clone(), None);
    store.backup(&mut asks, 0, "", |_| ()).unwrap();
    assert!(matches!(asks.1, Some(Err(BackupError::UnderWay))), "{:?}", asks.1);

    // Each frame that it writes away makes a larger one: it never catches up.
    let slow = store.backup(Slow(store.clone()), 0, "", |_| ());
    assert!(matches!(slow, Err(BackupError::TooSlow)), "{slow:?}");
    store.backup(io::sink(), 0, "", |_| ()).unwrap();
}
