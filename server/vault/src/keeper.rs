//! The one that writes: takes requests in groups, makes the group safe with as few syncs as its order needs, and
//! answers.
//!
//! ```text
//! 0  refusals        append (64 at a time) ................. sync   -> refusals are answered
//! 1  tombstones      append (one sector at a time) ......... sync
//! 2  new keys into free slots, random bytes over old keys .. sync   -> creations are answered
//! 3  zeros over the random bytes ........................... sync   -> destructions and erasures are answered
//! ```
//!
//! After the first write or sync that fails it writes nothing more: after a failed sync nobody knows what the disk
//! holds. Growing is the exception, since it touches nothing that anybody was promised.

use std::{cell::RefCell, io, sync::Arc};

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::{
    KeyId, Pseudonym, Refusal, VaultError,
    copy::Watched,
    header::Header,
    key::DataKey,
    media::Media,
    refusal,
    slot::{self, FREE, Live, SLOT_BYTES, Slot},
    state::{Entry, Shared, position},
    tombstone::{self, Reason, Step, Tombstone},
};

/// Generations that one write of the header sets aside.
pub(crate) const RESERVED_AT_ONCE: u64 = 1 << 20;

pub(crate) type Answer<T> = oneshot::Sender<Result<T, VaultError>>;

/// What can be asked; answered when it is safe.
pub(crate) enum Request {
    Create { subject: Pseudonym, answer: Answer<KeyId> },
    Destroy { key: KeyId, answer: Answer<()> },
    Erase { erasure: Erasure, answer: Answer<Erased> },
    Refuse { refusal: Refusal, nonce: refusal::Nonce, answer: Answer<()> },
}

/// Whom to erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// Who.
    pub subject: Pseudonym,
    /// When this was decided.
    pub at: shopbell_domain::time::Timestamp,
    /// Why.
    pub reason: Reason,
    /// The number of the receipt that will tell of it.
    pub receipt: u64,
}

/// An erasure that is safe on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// The tombstone; the first one, when the subject had been erased before.
    pub tombstone: Tombstone,
    /// The key that was destroyed now, if the subject had one.
    pub destroyed: Option<KeyId>,
}

/// Owns every write to the vault's files.
pub(crate) struct Keeper {
    pub(crate) shared: Arc<Shared>,
    pub(crate) log: Arc<dyn Media>,
    pub(crate) header: Header,
    /// The next key's generation.
    pub(crate) next_generation: u64,
    pub(crate) extent_slots: u32,
    /// Copies that were begun.
    pub(crate) copies: u64,
    /// What is written while a copy is taken.
    pub(crate) watched: RefCell<Option<Watched>>,
}

/// Requests of one kind each, with what is to be done for them.
#[derive(Default)]
struct Group {
    creations: Vec<(Live, DataKey, Vec<Answer<KeyId>>)>,
    destructions: Vec<Answer<()>>,
    erasures: Vec<(Erased, Answer<Erased>)>,
    /// Slots to be overwritten.
    doomed: Vec<u32>,
}

impl Keeper {
    /// Does what is asked, all of it together.
    pub(crate) fn commit(&mut self, requests: Vec<Request>) {
        let mut group = Group::default();
        let mut creations = Vec::new();
        let mut erasures = Vec::new();
        let mut refusals = Vec::new();
        for request in requests {
            match request {
                Request::Create { subject, answer } => creations.push((subject, answer)),
                Request::Destroy { key, answer } => {
                    group.doomed.extend(self.doom(key));
                    group.destructions.push(answer);
                }
                Request::Erase { erasure, answer } => erasures.push((erasure, answer)),
                Request::Refuse { refusal, nonce, answer } => refusals.push((refusal, nonce, answer)),
            }
        }
        self.write_down(refusals);
        self.bury(erasures, &mut group);
        for (subject, answer) in creations {
            self.plan(subject, answer, &mut group);
        }
        let result = self.shared.check_poison().and_then(|()| self.write_first(&group));
        self.answer_creations(&mut group, &result);
        let result = result.and_then(|()| self.write_free(&group.doomed));
        for answer in group.destructions {
            // Whoever went away does not need the answer.
            let _ = answer.send(result.clone());
        }
        for (erased, answer) in group.erasures {
            let _ = answer.send(result.clone().map(|()| erased));
        }
    }

    /// Takes a key away from its readers; its slot, if there is something to overwrite.
    fn doom(&self, key: KeyId) -> Option<u32> {
        let mut state = self.shared.state();
        match state.index.entry(key.slot)? {
            Entry::Live { generation } if generation == key.generation => {
                state.index.set(key.slot, Entry::Closed);
                state.cache.remove(key);
                Some(key.slot)
            }
            Entry::Damaged => {
                state.index.set(key.slot, Entry::Closed);
                Some(key.slot)
            }
            Entry::Live { .. } | Entry::Free | Entry::Closed => None,
        }
    }

    /// Writes tombstones; a subject that has one keeps it.
    fn bury(&mut self, erasures: Vec<(Erasure, Answer<Erased>)>, group: &mut Group) {
        let mut waiting = erasures.into_iter().peekable();
        while waiting.peek().is_some() {
            let records = self.shared.state().tombstones.len();
            let chunk: Vec<_> = waiting.by_ref().take(tombstone::room_in_sector(records)).collect();
            let buried = self.append(&chunk);
            for (erasure, answer) in chunk {
                match &buried {
                    Ok(()) => {
                        let (tombstone, key) = {
                            let state = self.shared.state();
                            (state.tombstones.get(&erasure.subject), state.index.key_of(&erasure.subject))
                        };
                        let doomed = key.and_then(|key| self.doom(key));
                        group.doomed.extend(doomed);
                        let destroyed = key.filter(|_| doomed.is_some());
                        if let Some(tombstone) = tombstone {
                            group.erasures.push((Erased { tombstone, destroyed }, answer));
                        }
                    }
                    Err(error) => {
                        let _ = answer.send(Err(error.clone()));
                    }
                }
            }
        }
    }

    fn append(&self, erasures: &[(Erasure, Answer<Erased>)]) -> Result<(), VaultError> {
        self.shared.check_poison()?;
        let (records, new) = self.new_tombstones(erasures);
        if new.is_empty() {
            return Ok(());
        }
        // Nobody else adds tombstones, so readers need not wait for the disk.
        let written = tombstone::append(records, &*self.log, &new);
        if let Err((step, error)) = written {
            return Err(match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded if step == Step::Write => {
                    VaultError::DiskFull { dir: self.shared.dir.clone() }
                }
                _ => self.shared.poison(format!("the tombstones could not be written: {error}")),
            });
        }
        self.shared.state().tombstones.extend(&new);
        Ok(())
    }

    /// How many tombstones there are, and those to be added.
    fn new_tombstones(&self, erasures: &[(Erasure, Answer<Erased>)]) -> (usize, Vec<Tombstone>) {
        let state = self.shared.state();
        let records = state.tombstones.len();
        let mut new: Vec<Tombstone> = Vec::new();
        for (erasure, _) in erasures {
            let Erasure { subject, at, reason, receipt } = *erasure;
            if state.tombstones.get(&subject).is_none() && new.iter().all(|other| other.subject != subject) {
                let number = (records + new.len()) as u64 + 1;
                new.push(Tombstone { number, subject, at, reason, receipt });
            }
        }
        (records, new)
    }

    /// Chooses slot and key for a new subject, or answers at once.
    fn plan(&mut self, subject: Pseudonym, answer: Answer<KeyId>, group: &mut Group) {
        let twin = group.creations.iter_mut().find(|(live, ..)| live.subject == subject);
        if let Some((_, _, answers)) = twin {
            answers.push(answer);
            return;
        }
        let known = {
            let state = self.shared.state();
            match state.tombstones.get(&subject) {
                Some(tombstone) => Some(Err(VaultError::Erased { number: tombstone.number })),
                None => state.index.key_of(&subject).map(Ok),
            }
        };
        if let Some(known) = known {
            let _ = answer.send(known);
            return;
        }
        match self.new_key(subject) {
            Ok((live, key)) => group.creations.push((live, key, vec![answer])),
            Err(error) => {
                let _ = answer.send(Err(error));
            }
        }
    }

    fn new_key(&mut self, subject: Pseudonym) -> Result<(Live, DataKey), VaultError> {
        self.shared.check_poison()?;
        let generation = self.generation()?;
        let slot = self.free_slot()?;
        let id = KeyId { slot, generation };
        let state = self.shared.state();
        let mut rng = self.shared.rng();
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut_slice());
        let kek = &state.keks.active;
        let mut live = Live { id, kek: kek.id(), subject, wrapped: [0; crate::kek::WRAPPED_BYTES] };
        live.wrapped = kek
            .wrap(&bytes, &live.associated(&self.shared.vault), &mut **rng)
            .map_err(|_| self.shared.poison("the cipher refused a key".to_owned()))?;
        Ok((live, DataKey::new(id, bytes)))
    }

    /// A number that this vault never gave before.
    fn generation(&mut self) -> Result<u64, VaultError> {
        if self.next_generation >= self.header.reserved {
            self.header.reserved = self.next_generation.saturating_add(RESERVED_AT_ONCE);
            self.write_header()?;
        }
        let generation = self.next_generation;
        self.next_generation = generation.saturating_add(1);
        Ok(generation)
    }

    pub(crate) fn write_header(&mut self) -> Result<(), VaultError> {
        self.header.tombstones = self.shared.state().tombstones.len() as u64;
        self.header.refusals = self.shared.state().refusals;
        self.header
            .write(&*self.shared.slots)
            .map_err(|e| self.shared.poison(format!("the header could not be written: {e}")))
    }

    fn free_slot(&self) -> Result<u32, VaultError> {
        if self.shared.state().index.free.is_empty() {
            self.grow()?;
        }
        let mut state = self.shared.state();
        let slot = state.index.free.pop().ok_or_else(|| VaultError::Full { dir: self.shared.dir.clone() })?;
        state.index.set(slot, Entry::Closed);
        Ok(slot)
    }

    /// Adds an extent of free slots. Zeros are written, so that the blocks are there when keys come.
    pub(crate) fn grow(&self) -> Result<(), VaultError> {
        let from = u32::try_from(self.shared.state().index.entries.len())
            .map_err(|_| VaultError::Full { dir: self.shared.dir.clone() })?;
        let to = from.saturating_add(self.extent_slots);
        let zeros = vec![0; SLOT_BYTES * (to - from) as usize];
        if let Err(error) = self.shared.slots.write(position(from), &zeros) {
            return Err(match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    VaultError::DiskFull { dir: self.shared.dir.clone() }
                }
                _ => self.shared.poison(format!("the slots could not grow: {error}")),
            });
        }
        self.sync()?;
        let mut state = self.shared.state();
        state.index.entries.extend((from..to).map(|_| Entry::Free));
        state.index.free.extend((from..to).rev());
        Ok(())
    }

    pub(crate) fn write_slot(&self, slot: u32, bytes: &[u8; SLOT_BYTES]) -> Result<(), VaultError> {
        if let Some(watched) = self.watched.borrow_mut().as_mut() {
            watched.note(slot);
        }
        self.shared
            .slots
            .write(position(slot), bytes)
            .map_err(|e| self.shared.poison(format!("slot {slot} could not be written: {e}")))
    }

    pub(crate) fn sync(&self) -> Result<(), VaultError> {
        self.shared
            .slots
            .sync()
            .map_err(|e| self.shared.poison(format!("the slots could not be synced: {e}")))
    }

    /// Step 2: new keys, and random bytes over old ones.
    fn write_first(&self, group: &Group) -> Result<(), VaultError> {
        for (live, ..) in &group.creations {
            self.write_slot(live.id.slot, &live.encode())?;
        }
        self.write_noise(&group.doomed)?;
        if group.creations.is_empty() && group.doomed.is_empty() { Ok(()) } else { self.sync() }
    }

    /// Also forgets the subjects.
    fn write_noise(&self, doomed: &[u32]) -> Result<(), VaultError> {
        for slot in doomed {
            if let Ok(Slot::Live(live)) = self.shared.read_slot(*slot) {
                let by_subject = &mut self.shared.state().index.by_subject;
                if by_subject.get(&live.subject) == Some(slot) {
                    by_subject.remove(&live.subject);
                }
            }
            let noise = slot::encode_erasing(*slot, &mut **self.shared.rng());
            self.write_slot(*slot, &noise)?;
        }
        Ok(())
    }

    fn answer_creations(&self, group: &mut Group, result: &Result<(), VaultError>) {
        for (live, key, answers) in group.creations.drain(..) {
            if result.is_ok() {
                let mut state = self.shared.state();
                state.index.set(live.id.slot, Entry::Live { generation: live.id.generation });
                state.index.by_subject.insert(live.subject, live.id.slot);
                state.cache.put(key);
            }
            for answer in answers {
                let _ = answer.send(result.clone().map(|()| live.id));
            }
        }
    }

    /// Step 3: the slots can be used again.
    fn write_free(&self, doomed: &[u32]) -> Result<(), VaultError> {
        if doomed.is_empty() {
            return Ok(());
        }
        for slot in doomed {
            self.write_slot(*slot, &FREE)?;
        }
        self.sync()?;
        let mut state = self.shared.state();
        for slot in doomed {
            state.index.set(*slot, Entry::Free);
            state.index.free.push(*slot);
        }
        Ok(())
    }

    /// Overwrites slots for good, both steps.
    pub(crate) fn overwrite(&self, doomed: &[u32]) -> Result<(), VaultError> {
        if doomed.is_empty() {
            return Ok(());
        }
        self.write_noise(doomed)?;
        self.sync()?;
        self.write_free(doomed)
    }
}
