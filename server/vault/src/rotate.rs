//! A new key-encryption key: the vault's own secrets first, then every slot where it stands.
//!
//! ```text
//! begin   the header under the new key ................... sync     from here on the new key is needed to open
//! batch   up to 512 slots, each written over itself ...... sync     both keys are needed until the last
//! end     the header once more, over its older copy ...... sync     the old key is needed by nothing
//! ```
//!
//! Each slot says which key wraps it, and is written as one sector or not at all, so that an interruption leaves every
//! slot under the one key or the other. Running it again goes on where it stopped.

use crate::{
    KeyId, VaultError,
    header::{self, Secret},
    keeper::Keeper,
    kek::Kek,
    slot::{Live, Slot},
    state::Entry,
};

const SLOTS_AT_ONCE: usize = 512;

/// How far a rotation is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rotation {
    /// Slots that were looked at.
    pub done: u64,
    /// Slots there are.
    pub total: u64,
    /// Keys that are wrapped by the new key-encryption key now, and were not before.
    pub rewrapped: u64,
    /// Keys that could not be unwrapped. They stay under the old key-encryption key, which must be kept for them, until
    /// they are destroyed or the backup is restored.
    pub unreadable: Vec<KeyId>,
}

impl Keeper {
    /// Makes `kek` the active one. Everything new is wrapped by it.
    pub(crate) fn begin_rotation(&mut self, kek: Kek) -> Result<Rotation, VaultError> {
        self.shared.check_poison()?;
        if self.header.kek != kek.id() {
            let mut rng = self.shared.rng();
            let mut wrap = |secret, bytes| {
                kek.wrap(bytes, &header::associated(secret, &self.shared.vault), &mut **rng)
                    .map_err(|_| self.shared.poison("the cipher refused a key".to_owned()))
            };
            let (pepper, signing_key) = (
                wrap(Secret::Pepper, &self.shared.pepper)?,
                wrap(Secret::SigningKey, &self.shared.signing_seed)?,
            );
            drop(rng);
            self.header.kek = kek.id();
            self.header.pepper = pepper;
            self.header.signing_key = signing_key;
            self.write_header()?;
        }
        let mut state = self.shared.state();
        state.keks.activate(kek);
        Ok(Rotation { total: state.index.entries.len() as u64, ..Rotation::default() })
    }

    /// Rewraps the next slots.
    pub(crate) fn rotate_batch(&mut self, mut rotation: Rotation) -> Result<Rotation, VaultError> {
        self.shared.check_poison()?;
        let mut written = 0;
        for _ in 0..SLOTS_AT_ONCE {
            if rotation.done >= rotation.total {
                break;
            }
            let slot = u32::try_from(rotation.done).unwrap_or(u32::MAX);
            rotation.done += 1;
            let Some(Entry::Live { generation }) = self.shared.state().index.entry(slot) else { continue };
            let key = KeyId { slot, generation };
            match self.rewrap(key) {
                Ok(Some(live)) => {
                    self.write_slot(slot, &live.encode())?;
                    written += 1;
                }
                Ok(None) => {}
                Err(VaultError::Damaged { key }) => rotation.unreadable.push(key),
                Err(other) => return Err(other),
            }
        }
        if written > 0 {
            self.sync()?;
            rotation.rewrapped += written;
        }
        Ok(rotation)
    }

    /// The key under the active key-encryption key; nothing if it is already.
    fn rewrap(&self, key: KeyId) -> Result<Option<Live>, VaultError> {
        let damaged = VaultError::Damaged { key };
        let Ok(Slot::Live(mut live)) = self.shared.read_slot(key.slot) else { return Err(damaged) };
        let state = self.shared.state();
        let active = &state.keks.active;
        if live.kek == active.id() {
            return Ok(None);
        }
        let associated = live.associated(&self.shared.vault);
        let bytes = state.keks.get(live.kek).and_then(|kek| kek.unwrap(&live.wrapped, &associated));
        let bytes = bytes.ok_or(damaged)?;
        live.wrapped = active
            .wrap(&bytes, &associated, &mut **self.shared.rng())
            .map_err(|_| self.shared.poison("the cipher refused a key".to_owned()))?;
        live.kek = active.id();
        Ok(Some(live))
    }

    /// Leaves nothing under the old key, if all could be rewrapped.
    pub(crate) fn end_rotation(&mut self, rotation: &Rotation) -> Result<(), VaultError> {
        self.shared.check_poison()?;
        self.write_header()?;
        if rotation.unreadable.is_empty() {
            self.shared.state().keks.previous.clear();
        }
        Ok(())
    }
}
