//! Random work with the power cut at a random operation, against a model of what was promised.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng as _, rngs::StdRng};
use shopbell_domain::time::Timestamp;
use tokio::sync::oneshot;

use super::{disk::Disk, kek, rng, subject};
use crate::{
    Erased, Erasure, KeyId, OpenError, Options, Pseudonym, Reason, Refusal, Report, VaultError,
    keeper::{Keeper, Request},
    opening, refusal,
    slot::Slot,
};

const SUBJECTS: u32 = 12;

/// What the vault promised, and what it was asked and did not answer.
#[derive(Default)]
struct Model {
    /// Keys whose creation was answered, with their bytes and their wrapped bytes.
    keys: BTreeMap<u32, Known>,
    /// Destructions that were answered.
    gone: BTreeMap<KeyId, Known>,
    /// Erasures that were answered.
    erased: BTreeSet<u32>,
    /// Asked for, and the power went.
    maybe_created: BTreeSet<u32>,
    maybe_destroyed: BTreeSet<u32>,
    maybe_erased: BTreeSet<u32>,
    /// Those of them whose bytes are still to be looked for.
    search: Vec<Known>,
    /// Refusals that were answered, and those that were asked for, by their numbers.
    refused: Vec<u32>,
    asked: u32,
    /// Every key that was ever seen, by its name.
    seen: BTreeMap<KeyId, [u8; 32]>,
}

impl Model {
    fn bury(&mut self, known: Known) {
        self.search.push(known.clone());
        self.gone.insert(known.id, known);
    }
}

#[derive(Clone)]
struct Known {
    id: KeyId,
    bytes: [u8; 32],
    wrapped: Vec<u8>,
}

struct World {
    disk: Disk,
    model: Model,
    /// Number of the active key-encryption key, and of the one before while a rotation is not finished.
    kek: u8,
    previous: Option<u8>,
    rng: StdRng,
}

fn options(active: u8, previous: Option<u8>) -> Options {
    let mut options = Options::new("/simulated", kek(active));
    options.previous_kek = previous.map(kek);
    options.cached_keys = 3;
    options.extent_slots = 5;
    options
}

fn open(world: &mut World) -> Result<(Keeper, Report), OpenError> {
    let seed = world.rng.random();
    let options = options(world.kek, world.previous);
    opening::open(&options, world.disk.files(), Box::new(rng(seed)))
}

impl World {
    fn new(seed: u64) -> Self {
        Self { disk: Disk::new(), model: Model::default(), kek: 1, previous: None, rng: rng(seed) }
    }

    /// Opens and works until the power goes, or for a while.
    fn live(&mut self) {
        self.disk.cut_after(self.rng.random_range(0..45));
        match open(self) {
            Ok((mut keeper, _)) => {
                while !self.disk.is_cut() {
                    if self.rng.random_range(0..12) == 0 {
                        self.rotate(&mut keeper);
                    } else {
                        self.work(&mut keeper);
                    }
                }
            }
            Err(error) => assert!(self.disk.is_cut(), "{error}"),
        }
        self.disk.power_on(&mut self.rng);
    }

    /// One group of requests.
    fn work(&mut self, keeper: &mut Keeper) {
        let mut requests = Vec::new();
        let (mut creations, mut destructions, mut erasures) = (Vec::new(), Vec::new(), Vec::new());
        let mut refusals = Vec::new();
        for _ in 0..self.rng.random_range(0..4) {
            let (answer, answered) = oneshot::channel();
            let (subject, at) = (subject(self.model.asked), Timestamp::from_secs(2));
            let text = vec![9; self.rng.random_range(0..Refusal::TEXT_BYTES)];
            let refusal = Refusal { kind: 1, subject, at, text };
            requests.push(Request::Refuse { refusal, nonce: [0; 8], answer });
            refusals.push((self.model.asked, answered));
            self.model.asked += 1;
        }
        for _ in 0..self.rng.random_range(1..8) {
            let number = self.rng.random_range(0..SUBJECTS);
            match self.rng.random_range(0..10) {
                0..6 => {
                    let (answer, answered) = oneshot::channel();
                    requests.push(Request::Create { subject: subject(number), answer });
                    creations.push((number, answered));
                }
                6..9 => {
                    let Some(known) = self.model.keys.get(&number).cloned() else { continue };
                    let (answer, answered) = oneshot::channel();
                    requests.push(Request::Destroy { key: known.id, answer });
                    destructions.push((number, known, answered));
                }
                _ => {
                    // Few are erased for ever, or nothing is left to do.
                    if self.rng.random_range(0..4) > 0 {
                        continue;
                    }
                    let (answer, answered) = oneshot::channel();
                    let at = Timestamp::from_secs(1);
                    let erasure =
                        Erasure { subject: subject(number), at, reason: Reason::Request, receipt: 1 };
                    requests.push(Request::Erase { erasure, answer });
                    erasures.push((number, answered));
                }
            }
        }
        keeper.commit(requests);
        for (number, mut answered) in refusals {
            self.model.refused.extend(answered.try_recv().unwrap().ok().map(|()| number));
        }
        for (number, mut answered) in erasures {
            self.note_erasure(number, &answered.try_recv().unwrap());
        }
        for (number, known, mut answered) in destructions {
            self.note_destruction(number, known, &answered.try_recv().unwrap());
        }
        for (number, mut answered) in creations {
            self.note_creation(number, &answered.try_recv().unwrap(), keeper);
        }
    }

    fn note_erasure(&mut self, number: u32, answer: &Result<Erased, VaultError>) {
        let model = &mut self.model;
        match answer {
            Ok(erased) => {
                assert_eq!(erased.tombstone.subject, subject(number));
                model.erased.insert(number);
                if let Some(known) = model.keys.remove(&number) {
                    model.bury(known);
                }
            }
            Err(_) => {
                model.maybe_erased.insert(number);
            }
        }
    }

    fn note_destruction(&mut self, number: u32, known: Known, answer: &Result<(), VaultError>) {
        match answer {
            Ok(()) => {
                self.model.bury(known);
                self.model.keys.remove(&number);
            }
            Err(_) => {
                self.model.maybe_destroyed.insert(number);
            }
        }
    }

    fn note_creation(&mut self, number: u32, answer: &Result<KeyId, VaultError>, keeper: &Keeper) {
        match answer {
            Ok(id) => {
                // Reading does not fail when the power of the simulated disk is cut.
                let known = known(keeper, *id).unwrap();
                let seen = *self.model.seen.entry(*id).or_insert(known.bytes);
                assert_eq!(seen, known.bytes, "{id} was given twice");
                assert!(!self.model.gone.contains_key(id), "{id} came back");
                self.model.keys.insert(number, known);
            }
            Err(VaultError::Erased { .. }) => {
                assert!(self.model.erased.contains(&number) || self.model.maybe_erased.contains(&number));
            }
            Err(_) => {
                self.model.maybe_created.insert(number);
            }
        }
    }

    /// Those that were answered are there, in their order; what else is there was asked for.
    fn check_refusals(&mut self, keeper: &Keeper) {
        let (files, count) = (self.disk.files(), keeper.shared.state().refusals);
        let there: Vec<_> = (0..count)
            .map(|record| {
                let mut bytes = [0; refusal::RECORD_BYTES];
                files.refusals.read(refusal::position(record), &mut bytes).unwrap();
                refusal::Standing::decode(&bytes).unwrap().refusal.subject
            })
            .collect();
        let asked: Vec<_> = (0..self.model.asked).map(subject).collect();
        assert!(is_within(&there, &asked), "nobody asked for them so");
        let refused: Vec<_> = self.model.refused.iter().copied().map(subject).collect();
        assert!(is_within(&refused, &there), "refusals were lost");
    }

    fn rotate(&mut self, keeper: &mut Keeper) {
        if self.previous.is_none() {
            self.previous = Some(self.kek);
            self.kek += 1;
        }
        let done = keeper
            .begin_rotation(kek(self.kek))
            .and_then(|rotation| keeper.rotate_batch(rotation))
            .and_then(|rotation| keeper.end_rotation(&rotation).map(|()| rotation));
        if let Ok(rotation) = done {
            assert_eq!((rotation.done, rotation.unreadable.len()), (rotation.total, 0));
            // From now on the old key is needed by nothing.
            self.previous = None;
        }
    }

    /// Opens once more, with the power on, and asks for everything that was promised.
    fn check(&mut self) {
        let (mut keeper, report) = open(self).unwrap();
        assert_eq!(report.damaged, 0);
        self.check_refusals(&keeper);
        let raw = self.disk.raw();
        let model = &mut self.model;
        for (number, known) in std::mem::take(&mut model.keys) {
            match keeper.shared.key(known.id) {
                Ok(key) => {
                    assert!(!model.erased.contains(&number), "{number} was erased and has a key");
                    assert_eq!(key.reveal(), known.bytes);
                    let known = self::known(&keeper, known.id).unwrap();
                    model.keys.insert(number, known);
                }
                Err(error) => {
                    assert_eq!(error, VaultError::Gone { key: known.id });
                    let asked =
                        model.maybe_destroyed.contains(&number) || model.maybe_erased.contains(&number);
                    assert!(asked, "{} was lost", known.id);
                    model.bury(known);
                }
            }
        }
        for id in model.gone.keys() {
            assert_eq!(keeper.shared.key(*id).unwrap_err(), VaultError::Gone { key: *id });
        }
        for known in model.search.drain(..) {
            assert!(
                !contains(&raw, &known.bytes) && !contains(&raw, &known.wrapped),
                "{} is there",
                known.id
            );
        }
        for number in 0..SUBJECTS {
            let (tombstone, key) = {
                let state = keeper.shared.state();
                (state.tombstones.get(&subject(number)), state.index.key_of(&subject(number)))
            };
            assert!(tombstone.is_none() || key.is_none(), "{number} was erased and has a key");
            assert!(
                tombstone.is_some() || !model.erased.contains(&number),
                "the tombstone of {number} was lost"
            );
            if tombstone.is_some() {
                assert!(model.erased.contains(&number) || model.maybe_erased.contains(&number));
                model.erased.insert(number);
            }
            if let Some(id) = key.filter(|_| !model.keys.contains_key(&number)) {
                // Its creation was safe before the answer could be given.
                assert!(model.maybe_created.contains(&number), "{number} has a key that nobody asked for");
                let known = known(&keeper, id).unwrap();
                model.seen.insert(id, known.bytes);
                model.keys.insert(number, known);
            }
        }
        model.maybe_created.clear();
        model.maybe_destroyed.clear();
        model.maybe_erased.clear();
        if self.rng.random() {
            self.work(&mut keeper);
        }
    }
}

fn known(keeper: &Keeper, id: KeyId) -> Result<Known, VaultError> {
    let bytes = keeper.shared.key(id)?.reveal();
    let Ok(Slot::Live(live)) = keeper.shared.read_slot(id.slot) else { panic!("{id} is not in its slot") };
    // Without the nonce, which starts it: no part of what a key opens may be left.
    Ok(Known { id, bytes, wrapped: live.wrapped[24..].to_vec() })
}

/// Whether the one is the other, with some left out.
fn is_within(one: &[Pseudonym], other: &[Pseudonym]) -> bool {
    let mut other = other.iter();
    one.iter().all(|wanted| other.any(|found| found == wanted))
}

fn contains(raw: &[u8], needle: &[u8]) -> bool {
    // Much faster than comparing at each place: few places share the first byte.
    let first = needle[0];
    let mut at = 0;
    while let Some(found) = raw[at..].iter().position(|byte| *byte == first) {
        at += found;
        if raw[at..].starts_with(needle) {
            return true;
        }
        at += 1;
    }
    false
}

#[test]
fn ten_thousand_power_cuts_break_no_promise() {
    let (lives, worlds) = (25, 400);
    let mut cut = BTreeMap::new();
    for seed in 0..worlds {
        let mut world = World::new(seed);
        for life in 0..lives {
            let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                world.live();
                world.check();
            }));
            assert!(run.is_ok(), "seed {seed}, life {life}");
        }
        world.model.search = world.model.gone.values().cloned().collect();
        world.check();
        *cut.entry("gone").or_insert(0) += world.model.gone.len();
        *cut.entry("erased").or_insert(0) += world.model.erased.len();
        *cut.entry("rotations").or_insert(0) += usize::from(world.kek);
    }
    println!("{} power cuts: {cut:?}", lives * worlds);
    assert!(cut["gone"] > 10_000 && cut["erased"] > 1_000 && cut["rotations"] > 1_000, "{cut:?}");
}
