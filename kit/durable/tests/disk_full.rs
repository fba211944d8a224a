//! A full disk: refused with a clear error before the engine meets it, nothing acknowledged is lost, and the
//! store goes on by itself once there is room.
//!
//! Needs root for a small tmpfs; says that it was skipped where that is missing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of a test fail it by panicking")]

mod machine;

use std::path::Path;

use machine::{Mount, run, skip};
use shopbell_durable::{CommitError, OpenError, Options, Store, Verification, WriteBatch};

fn small_disk(home: &Path, size: &str) -> Option<Mount> {
    let options = format!("size={size}");
    match Mount::new(&home.join("mnt"), &["-t", "tmpfs", "-o", &options, "tmpfs"]) {
        Ok(mount) => Some(mount),
        Err(reason) => {
            skip("disk full", &reason, "SHOPBELL_REQUIRE_DISK_FULL");
            None
        }
    }
}

fn enlarge(mount: &Mount, size: &str) {
    run("mount", &["-o", &format!("remount,size={size}"), &mount.at().to_string_lossy()]).unwrap();
}

fn options(reserve_bytes: u64) -> Options {
    Options { cache_bytes: 1 << 20, reserve_bytes, verification: Verification::AtOpen, ..Options::default() }
}

fn put(number: u32) -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put(number.to_be_bytes(), [7; 8_000]);
    batch
}

/// Commits until one is refused: how many were acknowledged, and the refusal.
fn fill(store: &Store) -> (u32, CommitError) {
    for number in 0..100_000 {
        if let Err(error) = store.commit_blocking(put(number)) {
            return (number, error);
        }
    }
    panic!("the disk never filled");
}

fn all_there(store: &Store, acknowledged: u32) -> bool {
    (0..acknowledged).all(|number| store.get(number.to_be_bytes()).unwrap() == Some(vec![7; 8_000]))
}

#[test]
fn a_full_disk_refuses_writes_until_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    let Some(mount) = small_disk(home.path(), "24m") else { return };
    let dir = mount.at().join("store");
    let store = Store::open(&dir, options(4 << 20)).unwrap();
    store.check_writable().unwrap();
    let (acknowledged, error) = fill(&store);
    assert!(matches!(error, CommitError::DiskFull { .. }), "{error}");
    let obstacle = store.check_writable().unwrap_err();
    assert!(matches!(obstacle, CommitError::DiskFull { .. }), "{obstacle}");
    assert!(error.to_string().contains("nearly full"), "{error}");
    assert!(acknowledged > 100 && all_there(&store, acknowledged));
    assert_eq!(store.poison_cause(), None);

    let mut deletes = WriteBatch::new();
    deletes.delete(0_u32.to_be_bytes());
    store.commit_blocking(deletes).unwrap();
    assert_eq!(store.get(0_u32.to_be_bytes()).unwrap(), None, "deleting is how a full disk is cleared");
    let error = store.commit_blocking(put(0)).unwrap_err();
    assert!(matches!(error, CommitError::DiskFull { .. }), "{error}");

    enlarge(&mount, "64m");
    store.check_writable().unwrap();
    store.commit_blocking(put(0)).unwrap();
    store.commit_blocking(put(acknowledged)).unwrap();
    drop(store);
    assert!(all_there(&Store::open(&dir, options(4 << 20)).unwrap(), acknowledged + 1));
}

#[test]
fn even_at_the_very_end_of_the_disk_nothing_acknowledged_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let Some(mount) = small_disk(home.path(), "12m") else { return };
    let dir = mount.at().join("store");
    let store = Store::open(&dir, options(0)).unwrap();
    // Somebody else takes the rest of the disk between the look at its free space and the write.
    std::fs::write(mount.at().join("other"), vec![1; 7 << 20]).unwrap();
    let (acknowledged, first) = fill(&store);
    let again = store.commit_blocking(put(0)).unwrap_err();
    drop(store);
    machine::say(&format!("at the very end of the disk: {first}"));
    match (&first, &again) {
        (CommitError::Poisoned { cause, .. }, CommitError::Poisoned { .. }) => {
            assert!(cause.to_lowercase().contains("no space") || cause.contains("StorageFull"), "{cause}");
        }
        (CommitError::DiskFull { .. }, CommitError::DiskFull { .. }) => {}
        other => panic!("{other:?}"),
    }

    let full = Store::open(&dir, options(0)).unwrap_err();
    assert!(matches!(full, OpenError::DiskFull { .. }), "{full}");
    enlarge(&mount, "64m");
    let store = Store::open(&dir, options(0)).unwrap();
    assert!(acknowledged > 0 && all_there(&store, acknowledged));
    store.commit_blocking(put(acknowledged)).unwrap();
}

#[test]
fn a_disk_that_cannot_be_written_is_named() {
    let home = tempfile::tempdir().unwrap();
    let Some(mount) = small_disk(home.path(), "24m") else { return };
    let dir = mount.at().join("store");
    Store::open(&dir, options(0)).unwrap().commit_blocking(put(0)).unwrap();
    run("mount", &["-o", "remount,ro", &mount.at().to_string_lossy()]).unwrap();
    let error = Store::open_or_start_anew(&dir, options(0), 1, |_| true).unwrap_err();
    assert!(matches!(error, OpenError::PermissionDenied { .. }), "{error}");
    assert!(error.to_string().starts_with("no permission to "), "{error}");
    run("mount", &["-o", "remount,rw", &mount.at().to_string_lossy()]).unwrap();
    assert!(all_there(&Store::open(&dir, options(0)).unwrap(), 1), "nothing was quarantined");
}
