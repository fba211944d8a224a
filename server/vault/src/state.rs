//! What is known of every slot while the vault is open, and what readers and the committer share.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use ed25519_dalek::SigningKey;
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    Pseudonym, VaultError,
    cache::Cache,
    header::{HEADER_BYTES, VaultId},
    kek::{Kek, KekId, SECRET_BYTES},
    key::{DataKey, KeyId},
    media::{Files, Media},
    slot::{self, SLOT_BYTES, Slot},
    tombstone::Tombstones,
};

/// What a slot is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    Live {
        generation: u64,
    },
    /// A key that is being created or destroyed: nobody reads it.
    Closed,
    Damaged,
}

/// Every slot, in memory: 16 bytes a slot, and about 40 a live one for its subject.
#[derive(Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    pub(crate) by_subject: HashMap<Pseudonym, u32>,
    /// Slots to be used next, last first.
    pub(crate) free: Vec<u32>,
}

impl Index {
    pub(crate) fn entry(&self, slot: u32) -> Option<Entry> {
        self.entries.get(usize::try_from(slot).ok()?).copied()
    }

    pub(crate) fn set(&mut self, slot: u32, entry: Entry) {
        if let Some(place) = usize::try_from(slot).ok().and_then(|slot| self.entries.get_mut(slot)) {
            *place = entry;
        }
    }

    pub(crate) fn key_of(&self, subject: &Pseudonym) -> Option<KeyId> {
        let slot = *self.by_subject.get(subject)?;
        match self.entry(slot)? {
            Entry::Live { generation } => Some(KeyId { slot, generation }),
            Entry::Free | Entry::Closed | Entry::Damaged => None,
        }
    }

    fn check(&self, key: KeyId) -> Result<(), VaultError> {
        match self.entry(key.slot) {
            Some(Entry::Live { generation }) if generation == key.generation => Ok(()),
            Some(Entry::Damaged) => Err(VaultError::Damaged { key }),
            _ => Err(VaultError::Gone { key }),
        }
    }
}

/// The key-encryption keys at hand. More than one only while they are rotated.
pub(crate) struct Keks {
    /// Wraps what is new.
    pub(crate) active: Kek,
    pub(crate) previous: Vec<Kek>,
}

impl Keks {
    pub(crate) fn get(&self, id: KekId) -> Option<&Kek> {
        std::iter::once(&self.active).chain(&self.previous).find(|kek| kek.id() == id)
    }

    pub(crate) fn activate(&mut self, kek: Kek) {
        if self.active.id() != kek.id() {
            let old = std::mem::replace(&mut self.active, kek);
            self.previous.push(old);
        }
    }
}

/// What changes while the vault is open.
pub(crate) struct State {
    pub(crate) index: Index,
    pub(crate) cache: Cache,
    pub(crate) keks: Keks,
    pub(crate) tombstones: Tombstones,
    /// How many refusals were written down.
    pub(crate) refusals: u64,
}

/// What readers and the committer share.
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) vault: VaultId,
    pub(crate) slots: Arc<dyn Media>,
    pub(crate) refusals: Arc<dyn Media>,
    pub(crate) pepper: Zeroizing<[u8; SECRET_BYTES]>,
    pub(crate) signing_seed: Zeroizing<[u8; SECRET_BYTES]>,
    pub(crate) poison: OnceLock<Arc<str>>,
    state: Mutex<State>,
    rng: Mutex<Box<dyn CryptoRng + Send>>,
}

impl Shared {
    pub(crate) fn new(
        (dir, vault, files): (PathBuf, VaultId, Files),
        (pepper, signing_seed): (Zeroizing<[u8; SECRET_BYTES]>, Zeroizing<[u8; SECRET_BYTES]>),
        state: State,
        rng: Box<dyn CryptoRng + Send>,
    ) -> Self {
        let (state, rng) = (Mutex::new(state), Mutex::new(rng));
        let Files { slots, refusals, .. } = files;
        Self { dir, vault, slots, refusals, pepper, signing_seed, poison: OnceLock::new(), state, rng }
    }

    /// Signs receipts and exports; seldom needed, so it is made when it is.
    pub(crate) fn signer(&self) -> SigningKey {
        SigningKey::from_bytes(&self.signing_seed)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rng(&self) -> MutexGuard<'_, Box<dyn CryptoRng + Send>> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses changes from now on, for the first reason that was given.
    pub(crate) fn poison(&self, cause: String) -> VaultError {
        let cause = self.poison.get_or_init(|| cause.into());
        VaultError::Poisoned { dir: self.dir.clone(), cause: Arc::clone(cause) }
    }

    pub(crate) fn check_poison(&self) -> Result<(), VaultError> {
        self.poison.get().map_or(Ok(()), |cause| Err(self.poison(cause.to_string())))
    }

    pub(crate) fn read_slot(&self, slot: u32) -> std::io::Result<Slot> {
        let mut bytes = [0; SLOT_BYTES];
        self.slots.read(position(slot), &mut bytes)?;
        Ok(slot::decode(slot, &bytes))
    }

    /// The key, from the cache or from its slot.
    pub(crate) fn key(&self, id: KeyId) -> Result<DataKey, VaultError> {
        {
            let mut state = self.state();
            state.index.check(id)?;
            if let Some(key) = state.cache.get(id) {
                return Ok(key);
            }
        }
        let found = self.read_slot(id.slot);
        let mut state = self.state();
        // It may have been destroyed while the slot was read: then it must not come into the cache.
        state.index.check(id)?;
        let damaged = VaultError::Damaged { key: id };
        let Ok(Slot::Live(live)) = found else { return Err(damaged) };
        let kek = state.keks.get(live.kek).filter(|_| live.id == id).ok_or_else(|| damaged.clone())?;
        let bytes = kek.unwrap(&live.wrapped, &live.associated(&self.vault)).ok_or(damaged)?;
        let key = DataKey::new(id, bytes);
        state.cache.put(key.clone());
        Ok(key)
    }
}

/// Where a slot is in the file.
pub(crate) fn position(slot: u32) -> u64 {
    HEADER_BYTES + u64::from(slot) * SLOT_BYTES as u64
}
