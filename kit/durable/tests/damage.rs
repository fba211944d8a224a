//! Hundreds of damaged stores: never a panic, never a hang, never a wrong value, never a silent loss.
//!
//! Each case copies a sound store, damages one of its files, opens the copy and reads everything. What is
//! allowed: the right value, a read error that says "damaged", or a new store at opening, with what the
//! damaged one still held.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of a test fail it by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_durable::{Found, OpenError, Options, Salvage, Store, Verification, WriteBatch};

const CASES: u64 = 300;
/// Far above what opening takes; a case that reaches it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// What the store must hold, and all that was ever written to it.
#[derive(Clone, Default)]
struct Truth {
    model: Model,
    history: BTreeSet<(Vec<u8>, Vec<u8>)>,
}

fn options(verification: Verification) -> Options {
    Options {
        cache_bytes: 1 << 20,
        reserve_bytes: 1 << 20,
        open_timeout: Duration::from_secs(20),
        verification,
        ..Options::default()
    }
}

/// Overwrites and deletes spread over several segments, with reopenings between, as in a store that has lived.
fn sound_store(dir: &Path, rng: &mut StdRng) -> Truth {
    let mut truth = Truth::default();
    let model = &mut truth.model;
    for _life in 0..4 {
        let store = Store::open(dir, options(Verification::OnRead)).unwrap();
        for _ in 0..60 {
            let mut batch = WriteBatch::new();
            for _ in 0..20 {
                let key = rng.random_range(0..2_000_u32).to_be_bytes().to_vec();
                if rng.random_ratio(1, 5) {
                    batch.delete(key.clone());
                    model.remove(&key);
                } else {
                    let mut value = vec![0; rng.random_range(0..1_200)];
                    rng.fill(value.as_mut_slice());
                    batch.put(key.clone(), value.clone());
                    truth.history.insert((key.clone(), value.clone()));
                    model.insert(key, value);
                }
            }
            store.commit_blocking(batch).unwrap();
        }
    }
    truth
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Damages one file, the log most often, and says how.
fn damage(dir: &Path, rng: &mut StdRng) -> String {
    let files = files(dir);
    let path =
        if rng.random_ratio(2, 3) { dir.join("db") } else { files[rng.random_range(0..files.len())].clone() };
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut bytes = fs::read(&path).unwrap();
    let at = rng.random_range(0..bytes.len().max(1));
    let done = match rng.random_range(0..6) {
        0 => {
            bytes.truncate(at);
            format!("truncated to {at}")
        }
        1 => {
            let end = bytes.len().min(at + 4_096);
            bytes[at..end].fill(0);
            format!("zeroed {at}..{end}")
        }
        2 => {
            let end = bytes.len().min(at + rng.random_range(1..20_000));
            rng.fill(&mut bytes[at..end]);
            format!("random bytes in {at}..{end}")
        }
        3 => {
            fs::remove_file(&path).unwrap();
            return format!("{name}: removed");
        }
        _ if bytes.is_empty() => "left empty".to_owned(),
        _ => {
            let bit = rng.random_range(0..8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
    };
    fs::write(&path, bytes).unwrap();
    format!("{name}: {done}")
}

#[derive(Debug, Default)]
struct Tally {
    whole: u32,
    refused_reads: u32,
    quarantined: u32,
    /// Quarantined stores that gave entries back, and the sum of the shares of the live ones among them.
    salvaged: u32,
    /// Those with entries of which salvage said that nothing newer was written.
    salvaged_current: u32,
    salvaged_share: f64,
    /// How often each way of noticing the damage at opening was the one.
    reasons: BTreeMap<String, u32>,
}

/// Opens and reads a damaged store; an error is a broken promise.
fn audit(dir: &Path, truth: &Truth, verification: Verification, tally: &mut Tally) -> Result<(), String> {
    let model = &truth.model;
    let opened = Store::open_or_start_anew(dir, options(verification), 1_700_000_000_000, |_| true)
        .map_err(|e| e.to_string())?;
    let store = opened.store;
    if let Some(quarantined) = opened.quarantined {
        tally.quarantined += 1;
        let kind = quarantined.reason.replace(|c: char| c.is_ascii_digit(), "");
        *tally.reasons.entry(kind).or_default() += 1;
        let moved = quarantined.moved_to.is_dir() && !quarantined.reason.is_empty();
        let found = store.entries([]).collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
        let readable = quarantined.readable;
        let whole = quarantined.carried_over == readable && found.len() as u64 == readable;
        let written = found.into_iter().all(|entry| truth.history.contains(&(entry.key, entry.value)));
        if !(moved && whole && written && quarantined.cut_short.is_none()) {
            return Err(format!("bad new start: {quarantined:?}"));
        }
        give_back(&quarantined.moved_to, truth, tally)?;
    } else {
        let mut refused = false;
        for number in 0..2_000_u32 {
            let key = number.to_be_bytes();
            match store.get(key) {
                Ok(value) if value.as_ref() == model.get(key.as_slice()) => {}
                Ok(value) => {
                    return Err(format!(
                        "key {number}: {} instead of {}",
                        size(value.as_ref()),
                        size(model.get(key.as_slice()))
                    ));
                }
                Err(_) => refused = true,
            }
        }
        match store.entries([]).collect::<Result<Vec<_>, _>>() {
            Ok(entries) => {
                let found: Model = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
                if found != *model {
                    return Err("a scan does not find what was stored".to_owned());
                }
            }
            Err(_) => refused = true,
        }
        if refused && verification == Verification::AtOpen {
            return Err("the check at opening did not see the damage".to_owned());
        }
        *(if refused { &mut tally.refused_reads } else { &mut tally.whole }) += 1;
    }
    // Whatever was found: a commit is stored, or refused with an error.
    let mut batch = WriteBatch::new();
    batch.put("after", "damage");
    if store.commit_blocking(batch).is_ok() && store.get("after").ok().flatten().is_none() {
        return Err("a new commit is not there".to_owned());
    }
    Ok(())
}

/// Salvage hands over only what was once written.
fn give_back(dir: &Path, truth: &Truth, tally: &mut Tally) -> Result<(), String> {
    let salvage = Salvage::read(dir, |_, _| ()).map_err(|e| e.to_string())?;
    let (mut entries, mut stale, mut current) = (Vec::new(), Vec::new(), 0_u32);
    let take = |found: Found| {
        current += u32::from(found.current);
        let entry = (found.entry.key, found.entry.value);
        if found.current && truth.model.get(&entry.0) != Some(&entry.1) {
            stale.push(entry.0.clone());
        }
        entries.push(entry);
    };
    salvage.entries(take).map_err(|e| e.to_string())?;
    let distinct: BTreeSet<_> = entries.iter().map(|(key, _)| key).collect();
    if distinct.len() != entries.len() {
        return Err("salvage gave a key twice".to_owned());
    }
    if let Some((key, _)) = entries.iter().find(|entry| !truth.history.contains(entry)) {
        return Err(format!("salvage invented a value of {key:?}"));
    }
    if !stale.is_empty() {
        return Err(format!("salvage took {} old values for current ones", stale.len()));
    }
    tally.salvaged_current += u32::from(current > 0);
    let live = entries.iter().filter(|(key, value)| truth.model.get(key) == Some(value)).count();
    tally.salvaged += u32::from(live > 0);
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    tally.salvaged_share += number(live) / number(truth.model.len());
    Ok(())
}

fn size(value: Option<&Vec<u8>>) -> String {
    value.map_or("nothing".to_owned(), |value| format!("{} bytes", value.len()))
}

#[test]
fn damaged_stores_never_lie_and_never_stop_the_service() {
    let mut rng = StdRng::seed_from_u64(20_261_122);
    let home = tempfile::tempdir().unwrap();
    let sound = home.path().join("sound");
    let truth = sound_store(&sound, &mut rng);
    assert!(truth.model.len() > 1_000);
    let mut read = Model::new();
    let take = |found: Found| {
        assert!(found.current, "nothing is damaged yet");
        read.insert(found.entry.key, found.entry.value);
    };
    Salvage::read(&sound, |_, _| ()).unwrap().entries(take).unwrap();
    assert!(read == truth.model, "the log reads as the engine does");
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    for case in 0..CASES {
        let place = home.path().join(format!("case-{case}"));
        fs::create_dir(&place).unwrap();
        let dir = place.join("store");
        copy(&sound, &dir);
        let what = damage(&dir, &mut rng);
        let verification = if case % 4 == 0 { Verification::AtOpen } else { Verification::OnRead };
        let (sender, answer) = mpsc::channel();
        let (thread_dir, thread_truth) = (dir.clone(), truth.clone());
        std::thread::spawn(move || {
            let mut tally = Tally::default();
            let result = audit(&thread_dir, &thread_truth, verification, &mut tally);
            let _ = sender.send((result, tally));
        });
        match answer.recv_timeout(PATIENCE) {
            Ok((result, found)) => {
                tally.whole += found.whole;
                tally.refused_reads += found.refused_reads;
                tally.quarantined += found.quarantined;
                tally.salvaged += found.salvaged;
                tally.salvaged_current += found.salvaged_current;
                tally.salvaged_share += found.salvaged_share;
                for (reason, count) in found.reasons {
                    *tally.reasons.entry(reason).or_default() += count;
                }
                if let Err(reason) = result {
                    broken.push(format!("case {case}, {what}: {reason}"));
                }
            }
            Err(error) => broken.push(format!("case {case}, {what}: {error} (hang or panic)")),
        }
        fs::remove_dir_all(&place).unwrap();
    }
    println!("{CASES} damaged stores: {tally:#?}");
    assert!(broken.is_empty(), "{} broken promises:\n{}", broken.len(), broken.join("\n"));
    assert!(tally.salvaged > 0, "{tally:?}: salvage gave nothing back");
    assert!(tally.quarantined > 0 && tally.whole > 0, "{tally:?}: the damage did not reach anything");
}

#[test]
fn a_damaged_store_says_so_and_names_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    sound_store(&dir, &mut StdRng::seed_from_u64(1));
    let log = dir.join("db");
    let length = fs::metadata(&log).unwrap().len();
    fs::write(&log, vec![0; usize::try_from(length).unwrap()]).unwrap();
    let error = Store::open(&dir, options(Verification::OnRead)).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("store is damaged (") && text.contains("restore a backup"), "{text}");
}
