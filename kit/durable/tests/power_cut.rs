//! Thirty power cuts: nothing that was acknowledged is lost, and the store opens every time.
//!
//! The store lies on an ext4 image. At a random moment the writing process is stopped, the image is copied (the
//! copy holds what the file system had written down, and nothing of the page cache), and the process is
//! killed. The copy is mounted, which replays the journal, and the store in it is opened and checked against
//! the acknowledgements, which lie outside. `kill -9` alone never shows what this shows: stock sled failed 34
//! of 60 such cuts.
//!
//! Needs root, loop devices and `mkfs.ext4`; says that it was skipped where they are missing.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail it by panicking")]

mod machine;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use machine::{Mount, pause, run, say, skip};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_durable::{KeyReader, KeyWriter, Options, Store, Verification};

const CUTS: u32 = 30;
/// After so many cuts the store starts anew; until then it lives on what the last cut left.
const CUTS_PER_LIFE: u32 = 5;
/// The writer keeps 200 events, and one commit that deletes may be on its way.
const SURELY_KEPT: u64 = 198;
const IMAGE_BYTES: u64 = 64 << 20;

/// Highest acknowledged sequence per writer.
type Acked = BTreeMap<u8, u64>;

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    if let Err(reason) = Life::start(home.path()).and_then(|life| life.mount().map(|_| ())) {
        return skip("power cut", &reason, "SHOPBELL_REQUIRE_POWER_CUT");
    }
    let writer = writer();
    let mut rng = StdRng::seed_from_u64(30);
    let (mut lost, mut unreadable, mut acknowledged, mut failed) = (Vec::new(), Vec::new(), 0, 0);
    let mut life = None;
    for cut in 0..CUTS {
        // A store that failed stays failed: the next cut needs a new one.
        if cut % CUTS_PER_LIFE == 0 || failed < lost.len() + unreadable.len() {
            failed = lost.len() + unreadable.len();
            life = None;
        }
        let life: &mut Life = life.get_or_insert_with(|| Life::start(home.path()).unwrap());
        acknowledged += life.run_and_cut(&writer, Duration::from_millis(rng.random_range(60..500)));
        let acked = life.acked();
        let mount = life.mount().unwrap();
        match open(mount.at()) {
            Ok(store) => {
                let what = missing(&store, &acked).into_iter();
                lost.extend(what.map(|what| format!("cut {cut}: {what}")));
            }
            Err(reason) => unreadable.push(format!("cut {cut}: {reason}")),
        }
    }
    say(&format!(
        "power cut: {CUTS} cuts, {acknowledged} acknowledged commits, {} lost, {} unreadable",
        lost.len(),
        unreadable.len()
    ));
    assert!(
        acknowledged > 1_000,
        "the writer wrote too little for the cuts to mean anything: {acknowledged}"
    );
    assert!(lost.is_empty() && unreadable.is_empty(), "lost: {lost:#?}\nunreadable: {unreadable:#?}");
}

/// One image and the acknowledgements of all that was written to it.
struct Life {
    image: PathBuf,
    acks: PathBuf,
    at: PathBuf,
}

impl Life {
    fn start(home: &Path) -> Result<Self, String> {
        let life = Self { image: home.join("disk"), acks: home.join("acks"), at: home.join("mnt") };
        let _ = fs::remove_file(&life.acks);
        let image = fs::File::create(&life.image).map_err(|e| e.to_string())?;
        image.set_len(IMAGE_BYTES).map_err(|e| e.to_string())?;
        run("mkfs.ext4", &["-q", "-F", &life.image.to_string_lossy()])?;
        Ok(life)
    }

    fn mount(&self) -> Result<Mount, String> {
        Mount::new(&self.at, &["-o", "loop", &self.image.to_string_lossy()])
    }

    /// Returns how many commits were acknowledged meanwhile.
    fn run_and_cut(&mut self, writer: &Path, after: Duration) -> usize {
        let before = self.ack_lines().len();
        let copy = self.image.with_extension("copy");
        let mount = self.mount().unwrap();
        let mut process = Killed(
            Command::new(writer)
                .arg(mount.at().join("state/outbox"))
                .arg(&self.acks)
                .stderr(Stdio::inherit())
                .spawn()
                .unwrap(),
        );
        pause(after);
        assert!(process.0.try_wait().unwrap().is_none(), "the writer ended by itself");
        let pid = Pid::from_raw(i32::try_from(process.0.id()).unwrap());
        kill(pid, Signal::SIGSTOP).unwrap();
        pause(Duration::from_millis(30));
        run("cp", &["--sparse=always", &self.image.to_string_lossy(), &copy.to_string_lossy()]).unwrap();
        drop(process);
        drop(mount);
        fs::rename(copy, &self.image).unwrap();
        self.ack_lines().len() - before
    }

    fn ack_lines(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.acks).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn acked(&self) -> Acked {
        let mut acked = Acked::new();
        for line in self.ack_lines() {
            let (writer, sequence) = line.split_once(' ').unwrap();
            acked.insert(writer.parse().unwrap(), sequence.parse().unwrap());
        }
        acked
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn open(mount: &Path) -> Result<Store, String> {
    let options = Options {
        cache_bytes: 1 << 20,
        reserve_bytes: 1 << 20,
        verification: Verification::AtOpen,
        ..Options::default()
    };
    Store::open(mount.join("state/outbox"), options).map_err(|e| e.to_string())
}

/// What should be there and is not, and what is there by half.
fn missing(store: &Store, acked: &Acked) -> Vec<String> {
    let mut missing = Vec::new();
    for (&writer, &last) in acked {
        for sequence in last.saturating_sub(SURELY_KEPT).max(1)..=last {
            let event = store.get(KeyWriter::new(b'e').u8(writer).u64(sequence).finish()).unwrap();
            let starts = format!("event {sequence} of writer {writer}: ");
            if !event.is_some_and(|event| event.starts_with(starts.as_bytes())) {
                missing.push(format!("event {sequence} of writer {writer} (acknowledged up to {last})"));
            }
        }
        let cursor = store.get(KeyWriter::new(b'c').u8(writer).finish()).unwrap();
        let cursor = cursor.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()));
        if cursor != last && cursor != last + 1 {
            missing.push(format!("cursor {cursor} of writer {writer} (acknowledged up to {last})"));
        }
    }
    let keys = |tag| store.entries([tag]).map(|entry| entry.unwrap().key).collect::<Vec<_>>();
    let mut by_writer: Vec<(u8, u64)> = keys(b'e').iter().map(|key| fields(key, b'e')).collect();
    let mut by_sequence: Vec<(u8, u64)> = keys(b'm').iter().map(|key| fields(key, b'm')).collect();
    by_writer.sort_unstable();
    by_sequence.sort_unstable();
    if by_writer != by_sequence {
        missing.push("half of a batch".to_owned());
    }
    missing
}

fn fields(key: &[u8], tag: u8) -> (u8, u64) {
    let mut reader = KeyReader::new(key, tag).unwrap();
    if tag == b'e' {
        (reader.u8().unwrap(), reader.u64().unwrap())
    } else {
        let sequence = reader.u64().unwrap();
        (reader.u8().unwrap(), sequence)
    }
}

/// The example beside this test. It is built here too: cargo leaves an old one in place when it is asked for this
/// test alone.
fn writer() -> PathBuf {
    run(env!("CARGO"), &["build", "--quiet", "-p", "shopbell-durable", "--example", "power_cut_writer"])
        .unwrap();
    let deps = std::env::current_exe().unwrap();
    deps.parent().and_then(Path::parent).unwrap().join("examples/power_cut_writer")
}
