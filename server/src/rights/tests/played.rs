//! What a store does to persons, as it was asked.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use shopbell_domain::{
    id::{CustomerId, OrderId, PhoneId, SourceId},
    identity::Identifier,
    inbox::InboxNumber,
    ports::{RecordedPresence, StoreError},
    profile::Source,
    rights::port::{Admission, Erasure, Forgetting, Forgotten, Gate, Kept, KeyName},
    time::Timestamp,
};
use shopbell_store::EmbeddedStore;

#[derive(Default)]
pub(super) struct State {
    pub(super) suppressed: BTreeMap<Identifier, Vec<Identifier>>,
    pub(super) forgotten: Vec<(Vec<Identifier>, Erasure)>,
    /// What one source told, and was removed.
    pub(super) told_by: Vec<(Vec<Identifier>, SourceId)>,
    pub(super) dropped: Vec<InboxNumber>,
    pub(super) phones: Vec<(CustomerId, PhoneId)>,
    /// Identifiers whose records cannot be read.
    pub(super) damaged: HashSet<Identifier>,
    /// How many more times everything is refused.
    pub(super) refusals: u32,
    /// How many more times the process ends right after something was forgotten.
    pub(super) deaths: u32,
}

/// Plays the store.
#[derive(Default)]
pub(super) struct Played {
    state: Mutex<State>,
    /// Who forgets in truth, for tests of that.
    real: Option<EmbeddedStore>,
}

impl Played {
    pub(super) fn over(real: EmbeddedStore) -> Self {
        Self { real: Some(real), ..Self::default() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn refuse(&self) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.refusals > 0 {
            state.refusals -= 1;
            return Err(StoreError::Unavailable("the disk is full".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Gate for Played {
    async fn admits(&self, who: &[Identifier], _at: Timestamp) -> Result<Admission, StoreError> {
        let state = self.state();
        let all: HashSet<&Identifier> = state
            .suppressed
            .iter()
            .flat_map(|(named, others)| std::iter::once(named).chain(others))
            .collect();
        let kept_out = who.iter().any(|one| all.contains(one));
        Ok(if kept_out { Admission::Suppressed } else { Admission::Welcome })
    }

    async fn has_erased(&self, _order: &OrderId, _teller: Source) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn suppress(&self, named: &Identifier, others: &[Identifier]) -> Result<(), StoreError> {
        self.refuse()?;
        self.state().suppressed.insert(named.clone(), others.to_vec());
        Ok(())
    }

    async fn lift(&self, named: &Identifier) -> Result<(), StoreError> {
        self.refuse()?;
        self.state().suppressed.remove(named);
        Ok(())
    }
}

#[async_trait]
impl Forgetting for Played {
    async fn forget(&self, who: Vec<Identifier>, erasure: Erasure) -> Result<Forgotten, StoreError> {
        self.refuse()?;
        if who.iter().any(|one| self.state().damaged.contains(one)) {
            return Err(StoreError::Damaged("an event".to_owned()));
        }
        self.state().forgotten.push((who.clone(), erasure));
        if let Some(real) = &self.real {
            let forgotten = real.forget(who, erasure).await?;
            let mut state = self.state();
            if state.deaths > 0 {
                state.deaths -= 1;
                return Err(StoreError::Unavailable("killed".to_owned()));
            }
            return Ok(forgotten);
        }
        Ok(Forgotten {
            subject: [9; 16],
            tombstone: erasure.receipt,
            tombstones: vec![erasure.receipt],
            keys: vec![KeyName { slot: 5, generation: 7 }],
            records: BTreeMap::from([("events".to_owned(), 4), ("visits".to_owned(), 1)]),
        })
    }

    async fn forget_told_by(&self, who: Vec<Identifier>, source: &SourceId) -> Result<Forgotten, StoreError> {
        self.refuse()?;
        self.state().told_by.push((who, source.clone()));
        Ok(Forgotten { records: BTreeMap::from([("events".to_owned(), 2)]), ..Forgotten::default() })
    }
}

#[async_trait]
impl Kept for Played {
    async fn phones_of(&self, customer: &CustomerId) -> Result<Vec<PhoneId>, StoreError> {
        let state = self.state();
        let own = state.phones.iter().filter(|(owner, _)| owner == customer);
        Ok(own.map(|(_, phone)| *phone).collect())
    }

    async fn presences_of(&self, _customer: &CustomerId) -> Result<Vec<RecordedPresence>, StoreError> {
        Ok(Vec::new())
    }

    async fn drop_failed(&self, numbers: Vec<InboxNumber>) -> Result<u64, StoreError> {
        let count = numbers.len() as u64;
        self.state().dropped.extend(numbers);
        Ok(count)
    }
}
