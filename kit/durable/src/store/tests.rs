use std::{collections::BTreeMap, fs};

use proptest::prelude::*;

use super::*;
use crate::{MAX_KEY_BYTES, MAX_VALUE_BYTES, Verification};

fn small() -> Options {
    Options { cache_bytes: 1 << 20, reserve_bytes: 1 << 20, ..Options::default() }
}

fn put(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put(key, value);
    batch
}

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<(Vec<u8>, Option<Vec<u8>>)>),
    Reopen,
    RecreateIfEmpty,
}

fn keys() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(255), any::<u8>()], 0..4)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = (keys(), proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)));
    let step = prop_oneof![
        8 => proptest::collection::vec(write, 0..12).prop_map(Step::Commit),
        1 => Just(Step::Reopen),
        1 => Just(Step::RecreateIfEmpty),
    ];
    proptest::collection::vec(step, 1..16)
}

fn expected(model: &BTreeMap<Vec<u8>, Vec<u8>>, prefix: &[u8]) -> Vec<Entry> {
    let with_prefix = model.iter().filter(|(key, _)| key.starts_with(prefix));
    with_prefix.map(|(key, value)| Entry { key: key.clone(), value: value.clone() }).collect()
}

fn check(store: &Store, model: &BTreeMap<Vec<u8>, Vec<u8>>, prefix: &[u8], bound: &[u8], limit: usize) {
    let all: Vec<_> = store.entries(prefix).collect::<Result<_, _>>().unwrap();
    assert_eq!(all, expected(model, prefix));
    assert_eq!(store.get(bound).unwrap(), model.get(bound).cloned());
    assert_eq!(store.contains(bound).unwrap(), model.contains_key(bound));

    let forward = store.scan_prefix(prefix, Some(bound), limit).unwrap();
    let wanted: Vec<_> = all.iter().filter(|entry| *entry.key >= *bound).take(limit).cloned().collect();
    assert_eq!(forward, wanted);

    let backward = store.scan_prefix_back(prefix, Some(bound), limit).unwrap();
    let wanted: Vec<_> = all.iter().rev().filter(|entry| *entry.key < *bound).take(limit).cloned().collect();
    assert_eq!(backward, wanted);
    assert_eq!(store.scan_prefix_back(prefix, None, 1).unwrap().first(), all.last());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn behaves_like_a_sorted_map(steps in steps(), prefix in keys(), bound in keys(), limit in 0_usize..5) {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("store");
        let mut store = Store::open(&dir, small()).unwrap();
        let mut model = BTreeMap::new();
        for step in steps {
            match step {
                Step::Commit(writes) => {
                    let mut batch = WriteBatch::new();
                    for (key, value) in writes {
                        if let Some(value) = value {
                            batch.put(key.clone(), value.clone());
                            model.insert(key, value);
                        } else {
                            batch.delete(key.clone());
                            model.remove(&key);
                        }
                    }
                    store.commit_blocking(batch).unwrap();
                }
                Step::Reopen => {
                    drop(store);
                    store = Store::open(&dir, Options { verification: Verification::AtOpen, ..small() }).unwrap();
                }
                Step::RecreateIfEmpty => {
                    prop_assert_eq!(block_on(store.recreate_if_empty(0)).unwrap(), model.is_empty());
                }
            }
            check(&store, &model, &prefix, &bound, limit);
        }
        prop_assert_eq!(store.verify().unwrap(), model.len() as u64);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_that_wait_share_syncs() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path().join("store"), small()).unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..64_u8 {
        let store = store.clone();
        writers.spawn(async move {
            for event in 0..20_u8 {
                store.commit(put([writer, event], [event; 100])).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let stats = store.stats();
    assert_eq!(stats.commits, 64 * 20);
    assert!(stats.syncs * 4 < stats.commits, "{} syncs for {} commits", stats.syncs, stats.commits);
    assert_eq!(store.scan_prefix([], None, usize::MAX).unwrap().len(), 64 * 20);
}

#[test]
fn the_largest_values_stay_in_the_log_that_is_synced() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let store = Store::open(&dir, small()).unwrap();
    for round in 0..40_u32 {
        let mut batch = WriteBatch::new();
        for i in 0..40_u32 {
            let mut key = vec![0xAB; MAX_KEY_BYTES];
            let spread = i.wrapping_mul(2_654_435_761).wrapping_add(round * 7) % 97;
            key[..4].copy_from_slice(&spread.to_be_bytes());
            batch.put(key, vec![u8::try_from(round).unwrap(); MAX_VALUE_BYTES]);
        }
        store.commit_blocking(batch).unwrap();
    }
    assert_eq!(fs::read_dir(dir.join("blobs")).unwrap().count(), 0);
    drop(store);
    Store::open(&dir, Options { verification: Verification::AtOpen, ..small() }).unwrap();
    assert_eq!(fs::read_dir(dir.join("blobs")).unwrap().count(), 0);
}

#[test]
fn an_emptied_store_gives_its_space_back() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let store = Store::open(&dir, small()).unwrap();
    for i in 0..2_000_u32 {
        let mut batch = WriteBatch::new();
        for j in 0..10_u32 {
            batch.put((i * 10 + j).to_be_bytes(), [7; 200]);
        }
        store.commit_blocking(batch).unwrap();
    }
    let full = store.size_on_disk().unwrap();
    assert!(full > 4_000_000, "{full}");
    assert!(!block_on(store.recreate_if_empty(1 << 20)).unwrap(), "it holds keys");

    let mut batch = WriteBatch::new();
    store.entries([]).for_each(|entry| {
        batch.delete(entry.unwrap().key);
    });
    store.commit_blocking(batch).unwrap();
    assert!(!block_on(store.recreate_if_empty(u64::MAX)).unwrap(), "it is small enough");
    assert!(block_on(store.recreate_if_empty(1 << 20)).unwrap());
    let empty = store.size_on_disk().unwrap();
    assert!(empty * 4 < full, "{empty} of {full}");
    store.commit_blocking(put("after", "1")).unwrap();
    drop(store);
    let store = Store::open(&dir, small()).unwrap();
    assert_eq!(store.get("after").unwrap(), Some(b"1".to_vec()));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "only the directory and its lock are left");
}

#[test]
fn a_store_is_open_once() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let store = Store::open(&dir, small()).unwrap();
    let second = Store::open(&dir, small()).unwrap_err();
    assert!(matches!(second, OpenError::Locked { .. }), "{second}");
    let clone = store.clone();
    drop(store);
    assert!(matches!(Store::open(&dir, small()), Err(OpenError::Locked { .. })), "a handle is left");
    drop(clone);
    Store::open(&dir, small()).unwrap();
}

#[test]
fn other_things_in_the_way_are_named() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = Store::open(&file, small()).unwrap_err();
    assert!(matches!(error, OpenError::NotADirectory { .. }), "{error}");
    let error = Store::open(file.join("below"), small()).unwrap_err();
    assert!(matches!(error, OpenError::NotADirectory { .. } | OpenError::Io { .. }), "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"x");
    let papers = home.path().join("papers");
    fs::create_dir(&papers).unwrap();
    fs::write(papers.join("accounts"), "x").unwrap();
    let error = Store::open(&papers, small()).unwrap_err();
    assert!(matches!(error, OpenError::NotAStore { .. }), "{error}");
    assert!(error.to_string().contains("(such as accounts) and no store"), "{error}");
    assert_eq!(fs::read_dir(&papers).unwrap().count(), 1, "nothing was made");
}

#[test]
fn a_store_at_the_root_of_a_file_system_opens_and_may_have_neighbours() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("disk");
    fs::create_dir_all(dir.join("lost+found")).unwrap();
    fs::write(dir.join(".hidden"), "x").unwrap();
    Store::open(&dir, small()).unwrap().commit_blocking(put("a", "1")).unwrap();
    fs::write(dir.join("note"), "x").unwrap();
    assert!(Store::open(&dir, small()).unwrap().contains(b"a").unwrap());
}

#[test]
fn a_snapshot_cut_short_does_not_stop_opening() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    Store::open(&dir, small()).unwrap().commit_blocking(put("a", "1")).unwrap();
    fs::write(dir.join("snap.FFFFFFFFFFFFFFFF.generating"), [1, 2, 3]).unwrap();
    let store = Store::open(&dir, small()).unwrap();
    assert_eq!(store.get("a").unwrap(), Some(b"1".to_vec()));
}

#[test]
fn a_process_that_dies_while_opening_does_so_three_times_at_most() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    Store::open(&dir, small()).unwrap().commit_blocking(put("a", "1")).unwrap();
    fs::write(dir.join("opening"), [2]).unwrap();
    drop(Store::open(&dir, small()).unwrap());
    assert!(!dir.join("opening").exists(), "a success starts the count anew");
    fs::write(dir.join("opening"), [3]).unwrap();
    let opened = Store::open_or_start_anew(&dir, small(), 1_700_000_000_000, |_| true).unwrap();
    let quarantined = opened.quarantined.unwrap();
    assert_eq!(quarantined.moved_to, home.path().join("store.damaged-1700000000000"));
    assert!(quarantined.reason.contains("3 times in a row"), "{}", quarantined.reason);
    assert_eq!(opened.store.get("a").unwrap(), Some(b"1".to_vec()), "it was whole");
}

#[test]
fn a_log_behind_its_mark_has_lost_something() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let store = Store::open(&dir, small()).unwrap();
    store.commit_blocking(put("a", "1")).unwrap();
    drop(store);
    let older = fs::read(dir.join("db")).unwrap();
    let store = Store::open(&dir, small()).unwrap();
    store.commit_blocking(put("a", "2")).unwrap();
    drop(store);
    for entry in fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snap.")) {
            fs::remove_file(path).unwrap();
        }
    }
    fs::write(dir.join("db"), older).unwrap();
    let error = Store::open(&dir, small()).unwrap_err();
    assert!(error.to_string().contains("its log ends at commit 1, but 2 were acknowledged"), "{error}");
}

#[tokio::test]
async fn the_blocking_commit_works_inside_a_runtime_too() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path().join("store"), small()).unwrap();
    store.commit_blocking(put("a", "1")).unwrap();
    store.commit(WriteBatch::new()).await.unwrap();
    assert_eq!(store.stats(), Stats { commits: 1, syncs: 1, refused: 0, bytes: 2 });
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_look_into_what_the_store_makes() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let home = tempfile::tempdir().unwrap();
    let given = home.path().join("given");
    fs::create_dir(&given).unwrap();
    fs::set_permissions(&given, fs::Permissions::from_mode(0o755)).unwrap();
    let dir = given.join("made").join("store");
    drop(Store::open(&dir, small()).unwrap());
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&given.join("made")), 0o700);
    assert_eq!(mode(&given.join("made").join("store.lock")), 0o600);
    assert_eq!(mode(&given), 0o755, "what was there keeps its mode");
}

#[test]
fn a_disk_without_room_shows_before_a_write_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    Store::open(&dir, small()).unwrap().check_writable().unwrap();
    let store = Store::open(&dir, Options { reserve_bytes: u64::MAX, ..small() }).unwrap();
    let obstacle = store.check_writable().unwrap_err();
    assert!(matches!(obstacle, CommitError::DiskFull { .. }), "{obstacle}");
    assert!(matches!(store.commit_blocking(put("key", "value")), Err(CommitError::DiskFull { .. })));
    assert_eq!((store.poison_cause(), store.stats().refused), (None, 1), "asking poisons and counts nothing");
}
