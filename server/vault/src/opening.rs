//! Opening: what the files hold, what a power cut left half done, and finishing it before anybody is served.

use std::{cell::RefCell, sync::Arc};

use rand::{CryptoRng, RngCore as _};
use zeroize::Zeroizing;

use crate::{
    KeyId, OpenError, Options, Pseudonym, VaultError,
    cache::Cache,
    header::{self, Found, HEADER_BYTES, Header, Secret, VaultId},
    keeper::{Keeper, RESERVED_AT_ONCE},
    kek::{KekId, SECRET_BYTES, WRAPPED_BYTES},
    media::{Files, Media},
    refusal,
    slot::{self, SLOT_BYTES, Slot},
    state::{Entry, Index, Keks, Shared, State, position},
    tombstone::{self, LoadError, Tail, Tombstones},
};

/// Slots that are read at once.
const SLOTS_AT_ONCE: usize = 4_096;

/// What opening found and finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Keys that can be used.
    pub live: u64,
    /// Slots that hold nothing.
    pub free: u64,
    /// Slots that cannot be read, and are left as they are: the medium is failing, or somebody wrote there.
    pub damaged: u64,
    /// Destructions that were cut short, and keys of erased subjects; all of them are destroyed now.
    pub finished: u64,
    /// Live keys that are not wrapped by the active key-encryption key: more than none means that a rotation was
    /// interrupted, and should be run again.
    pub to_rewrap: u64,
    /// Subjects that were erased.
    pub tombstones: u64,
    /// Whether the tombstones ended in a record that was never whole, as a power cut leaves it.
    pub torn_tombstone: bool,
}

/// What the slots hold.
#[derive(Default)]
struct Scan {
    index: Index,
    unfinished: Vec<u32>,
    damaged: u64,
    to_rewrap: u64,
    missing_kek: Option<(KekId, u64)>,
}

pub(crate) fn open(
    options: &Options,
    files: Files,
    mut rng: Box<dyn CryptoRng + Send>,
) -> Result<(Keeper, Report), OpenError> {
    let dir = &options.dir;
    let (slots, log) = (Arc::clone(&files.slots), Arc::clone(&files.tombstones));
    let keks = Keks { active: options.kek.clone(), previous: options.previous_kek.iter().cloned().collect() };
    let header = read_or_make_header(options, &files, &mut *rng)?;
    let secrets = unwrap_secrets(options, &keks, &header)?;
    let mut scan = scan(&*slots, &keks).map_err(|e| OpenError::io(dir, "read the slots of", e))?;
    if let Some((needed, slots)) = scan.missing_kek {
        return Err(OpenError::UnfinishedRotation { dir: dir.clone(), needed, slots });
    }
    let (tombstones, tail) = load_tombstones(options, &header, &*log)?;
    let refusals = load_refusals(options, &header, &*files.refusals)?;
    let unfinished = close_erased(&mut scan, &tombstones);
    let mut report = Report {
        damaged: scan.damaged,
        finished: unfinished.len() as u64,
        to_rewrap: scan.to_rewrap,
        tombstones: tombstones.len() as u64,
        torn_tombstone: tail == Tail::Torn,
        ..Report::default()
    };
    let state =
        State { index: scan.index, cache: Cache::new(options.cached_keys), keks, tombstones, refusals };
    // Generations given since the last backup are not given again, even when this is the backup: each opening leaps
    // by a random number.
    let next_generation = header.reserved.saturating_add(1 + u64::from(rng.next_u32()));
    let shared = Shared::new((dir.clone(), header.vault, files), secrets, state, rng);
    let extent_slots = options.extent_slots.max(1);
    let (shared, watched) = (Arc::new(shared), RefCell::new(None));
    let mut keeper = Keeper { shared, log, header, next_generation, extent_slots, copies: 0, watched };
    finish(&mut keeper, &unfinished).map_err(|error| OpenError::damaged(dir, error.to_string()))?;
    let state = keeper.shared.state();
    report.free = state.index.free.len() as u64;
    report.live = (state.index.entries.len() as u64) - report.free - report.damaged;
    drop(state);
    Ok((keeper, report))
}

fn read_or_make_header(
    options: &Options,
    files: &Files,
    rng: &mut dyn CryptoRng,
) -> Result<Header, OpenError> {
    let dir = &options.dir;
    let found = header::read(&*files.slots).map_err(|e| OpenError::io(dir, "read the header of", e))?;
    match found {
        Found::Header(header) => Ok(header),
        Found::Newer(version) => Err(OpenError::Newer { dir: dir.clone(), version }),
        Found::Damaged => Err(OpenError::damaged(dir, "neither copy of the header is whole")),
        Found::Nothing => {
            // The slots are made before the logs: a log without slots has lost them.
            let is_new =
                |log: &dyn Media, action| tombstone::is_new(log).map_err(|e| OpenError::io(dir, action, e));
            if !is_new(&*files.tombstones, "read the tombstones of")? {
                return Err(OpenError::damaged(dir, "there are tombstones, and no slots"));
            }
            if !is_new(&*files.refusals, "read the refusals of")? {
                return Err(OpenError::damaged(dir, "there are refusals, and no slots"));
            }
            make_header(options, &*files.slots, rng)
        }
    }
}

/// A vault begins: its own secrets, wrapped, and the first extent of slots. It exists once the extent does.
fn make_header(options: &Options, slots: &dyn Media, rng: &mut dyn CryptoRng) -> Result<Header, OpenError> {
    let dir = &options.dir;
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    let vault = VaultId(id);
    let mut wrapped = |secret| -> Result<[u8; WRAPPED_BYTES], OpenError> {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        rng.fill_bytes(bytes.as_mut_slice());
        let wrapped = options.kek.wrap(&bytes, &header::associated(secret, &vault), rng);
        wrapped.map_err(|_| OpenError::damaged(dir, "the cipher refused a key"))
    };
    let (pepper, signing_key) = (wrapped(Secret::Pepper)?, wrapped(Secret::SigningKey)?);
    let kek = options.kek.id();
    let mut header =
        Header { epoch: 0, vault, kek, reserved: 0, pepper, signing_key, tombstones: 0, refusals: 0 };
    header.write(slots).map_err(|e| OpenError::io(dir, "write the header of", e))?;
    let extent = vec![0; SLOT_BYTES * options.extent_slots.max(1) as usize];
    let grown = slots.write(HEADER_BYTES, &extent).and_then(|()| slots.sync());
    grown.map_err(|e| OpenError::io(dir, "write the first slots of", e))?;
    Ok(header)
}

/// The pepper, and the seed of the signing key.
type Secrets = (Zeroizing<[u8; SECRET_BYTES]>, Zeroizing<[u8; SECRET_BYTES]>);

fn unwrap_secrets(options: &Options, keks: &Keks, header: &Header) -> Result<Secrets, OpenError> {
    let dir = &options.dir;
    let kek = keks.get(header.kek).ok_or_else(|| OpenError::WrongKek {
        dir: dir.clone(),
        needed: header.kek,
        given: options.kek.id(),
    })?;
    let unwrap = |secret, wrapped| {
        kek.unwrap(wrapped, &header::associated(secret, &header.vault))
            .ok_or_else(|| OpenError::damaged(dir, "the header's secrets do not open with their key"))
    };
    let pepper = unwrap(Secret::Pepper, &header.pepper)?;
    let seed = unwrap(Secret::SigningKey, &header.signing_key)?;
    Ok((pepper, seed))
}

fn scan(media: &dyn Media, keks: &Keks) -> std::io::Result<Scan> {
    let mut scan = Scan::default();
    // A part of a slot at the end is growth that was cut short: the next growth writes over it.
    let slots = media.len()?.saturating_sub(HEADER_BYTES) / SLOT_BYTES as u64;
    let slots = u32::try_from(slots).unwrap_or(u32::MAX);
    let mut chunk = vec![0; SLOTS_AT_ONCE.min(slots as usize) * SLOT_BYTES];
    let mut next = 0;
    while next < slots {
        let many = SLOTS_AT_ONCE.min((slots - next) as usize);
        let Some(bytes) = chunk.get_mut(..many * SLOT_BYTES) else { break };
        media.read(position(next), bytes)?;
        for bytes in bytes.as_chunks::<SLOT_BYTES>().0 {
            scan.take(next, bytes, keks);
            next += 1;
        }
    }
    // Low slots first: the file stays as short as the keys allow.
    scan.index.free.reverse();
    Ok(scan)
}

impl Scan {
    fn take(&mut self, number: u32, bytes: &[u8; SLOT_BYTES], keks: &Keks) {
        let entry = match slot::decode(number, bytes) {
            Slot::Free => {
                self.index.free.push(number);
                Entry::Free
            }
            Slot::Live(live) => {
                self.to_rewrap += u64::from(live.kek != keks.active.id());
                if keks.get(live.kek).is_none() {
                    let (_, slots) = self.missing_kek.get_or_insert((live.kek, 0));
                    *slots += 1;
                }
                self.index.entries.push(Entry::Live { generation: live.id.generation });
                return self.name(live.subject, live.id);
            }
            Slot::Erasing => {
                self.unfinished.push(number);
                Entry::Closed
            }
            Slot::Damaged => {
                self.damaged += 1;
                Entry::Damaged
            }
        };
        self.index.entries.push(entry);
    }

    /// A subject has two keys when one was destroyed and another created in a group that was never synced. Nobody was
    /// told of the younger one, so that one goes: each subject has one key, which its erasure finds.
    fn name(&mut self, subject: Pseudonym, id: KeyId) {
        let younger = match self.index.key_of(&subject) {
            Some(known) if known.generation < id.generation => id.slot,
            other => {
                self.index.by_subject.insert(subject, id.slot);
                let Some(known) = other else { return };
                known.slot
            }
        };
        self.index.set(younger, Entry::Closed);
        self.unfinished.push(younger);
    }
}

fn load_tombstones(
    options: &Options,
    header: &Header,
    log: &dyn Media,
) -> Result<(Tombstones, Tail), OpenError> {
    let dir = &options.dir;
    let (tombstones, tail) = tombstone::load(&header.vault, log).map_err(|error| match error {
        LoadError::Io(error) => OpenError::io(dir, "read the tombstones of", error),
        LoadError::Damaged(reason) => OpenError::damaged(dir, format!("the tombstones: {reason}")),
    })?;
    let (found, known) = (tombstones.len() as u64, header.tombstones);
    if found < known {
        return Err(OpenError::damaged(dir, format!("{found} tombstones are there, and there were {known}")));
    }
    Ok((tombstones, tail))
}

/// How many refusals there are.
fn load_refusals(options: &Options, header: &Header, log: &dyn Media) -> Result<u64, OpenError> {
    let dir = &options.dir;
    let (found, _) = refusal::load(&header.vault, log).map_err(|error| match error {
        LoadError::Io(error) => OpenError::io(dir, "read the refusals of", error),
        LoadError::Damaged(reason) => OpenError::damaged(dir, format!("the refusals: {reason}")),
    })?;
    let known = header.refusals;
    if found < known {
        return Err(OpenError::damaged(dir, format!("{found} refusals are there, and there were {known}")));
    }
    Ok(found)
}

/// The slots to be overwritten now: destructions that were cut short, and keys of subjects that were erased.
fn close_erased(scan: &mut Scan, tombstones: &Tombstones) -> Vec<u32> {
    let mut unfinished = std::mem::take(&mut scan.unfinished);
    for tombstone in tombstones.iter() {
        if let Some(slot) = scan.index.by_subject.remove(&tombstone.subject) {
            scan.index.set(slot, Entry::Closed);
            unfinished.push(slot);
        }
    }
    unfinished
}

fn finish(keeper: &mut Keeper, unfinished: &[u32]) -> Result<(), VaultError> {
    keeper.header.reserved = keeper.next_generation.saturating_add(RESERVED_AT_ONCE);
    keeper.write_header()?;
    keeper.overwrite(unfinished)
}
