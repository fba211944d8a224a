//! Copies of stores, and what disks do to them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rand::{Rng as _, rngs::StdRng};
use shopbell_domain::time::Timestamp;
use shopbell_store::Options;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + seconds)
}

pub(crate) fn options() -> Options {
    Options { cache_bytes: 1 << 20, reserve_bytes: 1 << 20, ..Options::default() }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    // A vault that others may read is refused.
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
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

/// Damages one file, the log most often, and says how.
pub(crate) fn damage(dir: &Path, rng: &mut StdRng) -> String {
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    let any = files[rng.random_range(0..files.len())].clone();
    let path = if rng.random_ratio(4, 5) { dir.join("db") } else { any };
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut bytes = fs::read(&path).unwrap();
    let at = rng.random_range(0..bytes.len().max(1));
    let done = match rng.random_range(0..8) {
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
        _ if bytes.is_empty() => "left empty".to_owned(),
        _ => {
            let flips = rng.random_range(1..5);
            for _ in 0..flips {
                let at = rng.random_range(0..bytes.len());
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
            format!("{flips} bits flipped")
        }
    };
    fs::write(&path, bytes).unwrap();
    format!("{name}: {done}")
}
