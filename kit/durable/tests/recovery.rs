//! A recovery: what it takes over, and that it can be cut short at every step.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail it by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use shopbell_durable::{OpenError, Options, Recovery, Salvage, Store, WriteBatch, every_value};

const NOW: i64 = 1_700_000_000_000;

fn options() -> Options {
    Options { cache_bytes: 1 << 20, reserve_bytes: 1 << 20, ..Options::default() }
}

fn beside(dir: &Path, suffix: &str) -> PathBuf {
    dir.with_file_name(format!("store{suffix}"))
}

/// A store of some megabytes, so that pages of many segments are live.
fn filled(dir: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let store = Store::open(dir, options()).unwrap();
    let mut truth = BTreeMap::new();
    for page in 0..60_u32 {
        let mut batch = WriteBatch::new();
        for number in 0..200_u32 {
            let (key, value) = ((page * 200 + number).to_be_bytes(), vec![u8::try_from(page).unwrap(); 700]);
            batch.put(key, value.clone());
            truth.insert(key.to_vec(), value);
        }
        store.commit_blocking(batch).unwrap();
    }
    truth
}

fn bytes_of(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn flip(dir: &Path, part: f64) {
    let log = dir.join("db");
    let mut bytes = fs::read(&log).unwrap();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place"
    )]
    let at = (bytes.len() as f64 * part) as usize;
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 0x55;
    }
    fs::write(&log, bytes).unwrap();
}

fn salvaged(dir: &Path) -> (BTreeMap<Vec<u8>, Vec<u8>>, u64) {
    let (mut found, mut current) = (BTreeMap::new(), 0);
    let salvage = Salvage::read(dir, |_, _| ()).unwrap();
    salvage
        .entries(|one| {
            current += u64::from(one.current);
            assert_eq!(found.insert(one.entry.key, one.entry.value), None, "a key twice");
        })
        .unwrap();
    assert_eq!(salvage.len(), found.len() as u64);
    (found, current)
}

#[test]
fn a_sound_store_is_read_whole_without_the_engine() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let truth = filled(&dir);
    let (found, current) = salvaged(&dir);
    assert!(found == truth, "{} of {} entries", found.len(), truth.len());
    assert_eq!(current, truth.len() as u64);
}

#[test]
fn behind_unreadable_bytes_the_reading_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let truth = filled(&dir);
    for part in [0.2, 0.35, 0.5, 0.65] {
        flip(&dir, part);
    }
    let before = bytes_of(&dir);
    let (found, current) = salvaged(&dir);
    assert!(found.iter().all(|(key, value)| truth.get(key) == Some(value)), "only what was written");
    println!("{} of {} entries, {current} of them current", found.len(), truth.len());
    // How much is hit depends on how the engine laid its pages; what is certain is that the damage is seen.
    assert!(found.len() * 10 > truth.len() * 8, "{} of {}", found.len(), truth.len());
    assert!(current < truth.len() as u64, "{current} of {}", truth.len());
    assert!(current > 0, "what was written behind the damage is the newest");
    assert_eq!(bytes_of(&dir), before, "the damaged directory is as it was");
}

#[test]
fn the_new_store_takes_the_place_and_the_damaged_one_stays_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    filled(&dir);
    flip(&dir, 0.5);
    let before: Vec<_> = bytes_of(&dir).into_values().collect();
    // What an interrupted one left is in nobody's way.
    for suffix in [".recovering", ".recovered"] {
        fs::create_dir(beside(&dir, suffix)).unwrap();
        fs::write(beside(&dir, suffix).join("db"), "half").unwrap();
    }
    let recovery = Recovery::begin(&dir, options()).unwrap();
    assert!(matches!(Store::open(&dir, options()), Err(OpenError::Locked { .. })), "nobody comes between");
    let new = recovery.new_store().unwrap();
    new.commit_blocking({
        let mut batch = WriteBatch::new();
        batch.put("kept", "yes");
        batch
    })
    .unwrap();
    let moved_to = recovery.finish(new, NOW).unwrap();
    assert_eq!(moved_to, beside(&dir, ".damaged-1700000000000"));
    assert_eq!(bytes_of(&moved_to).into_values().collect::<Vec<_>>(), before);
    let store = Store::open(&dir, options()).unwrap();
    assert_eq!(store.get("kept").unwrap().as_deref(), Some("yes".as_bytes()));
    for suffix in [".recovering", ".recovered"] {
        assert!(!beside(&dir, suffix).exists(), "{suffix}");
    }
}

#[test]
fn an_end_that_was_cut_short_is_made_by_the_next_opening() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let truth = filled(&dir);
    // As after the third step: the new store is whole, and nothing is in its place.
    fs::rename(&dir, beside(&dir, ".recovered")).unwrap();
    let store = Store::open(&dir, options()).unwrap();
    assert_eq!(store.verify().unwrap(), truth.len() as u64);
    assert!(!beside(&dir, ".recovered").exists());
}

#[test]
fn only_what_is_wanted_is_taken_over() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let truth = filled(&dir);
    // One of them alone may hit what was written over since.
    for part in [0.3, 0.4, 0.5, 0.6] {
        flip(&dir, part);
    }
    let keep = |entry: &shopbell_durable::Entry| entry.key.last().is_some_and(|byte| byte % 2 == 0);
    let opened = Store::open_or_start_anew(&dir, options(), NOW, keep).unwrap();
    let quarantined = opened.quarantined.unwrap();
    assert!(quarantined.readable * 2 > truth.len() as u64, "{quarantined:?}");
    assert!(
        quarantined.carried_over > 0 && quarantined.carried_over < quarantined.readable,
        "{quarantined:?}"
    );
    assert_eq!((opened.store.verify().unwrap(), quarantined.cut_short), (quarantined.carried_over, None));
}

#[test]
fn what_was_deleted_still_lies_there_and_is_found() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let store = Store::open(&dir, options()).unwrap();
    for value in ["first", "second"] {
        let mut batch = WriteBatch::new();
        batch.put(b"key".to_vec(), value.as_bytes().to_vec());
        store.commit_blocking(batch).unwrap();
    }
    let mut batch = WriteBatch::new();
    batch.delete(b"key".to_vec());
    store.commit_blocking(batch).unwrap();
    drop(store);
    let mut values = Vec::new();
    every_value(&dir, |entry| values.push(entry)).unwrap();
    let of_key: Vec<&[u8]> =
        values.iter().filter(|entry| entry.key == b"key").map(|entry| entry.value.as_slice()).collect();
    assert_eq!(of_key, [&b"first"[..], b"second"]);
    assert_eq!(salvaged(&dir).0, BTreeMap::new());
}

/// The engine writes the changes of a batch in any order, and a deletion is the shortest of them.
#[test]
fn a_deletion_at_the_very_end_of_the_log_counts() {
    for _ in 0..4 {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("store");
        let store = Store::open(&dir, options()).unwrap();
        let (mut written, mut deleted) = (WriteBatch::new(), WriteBatch::new());
        for key in 0..8_u8 {
            written.put(vec![key], b"value".to_vec());
            deleted.delete(vec![key]);
        }
        store.commit_blocking(written).unwrap();
        store.commit_blocking(deleted).unwrap();
        drop(store);
        assert_eq!(salvaged(&dir).0, BTreeMap::new());
    }
}
