//! Removing what was gathered, of several persons in few commits.

use std::collections::{BTreeMap, BTreeSet};

use shopbell_domain::{
    ports::StoreError,
    rights::port::{Forgotten, KeyName},
};
use shopbell_vault::{Erased, KeyId};

use super::{COMMIT_BYTES, Doomed, Person, Rows};
use crate::{
    draft::Draft,
    engine::Ground,
    key::{Key, Logged, LoggedKind, Mark},
    record::PhoneRecord,
};

/// Removes what goes, a commit at a time.
pub(super) struct Removal<'a> {
    ground: Ground<'a>,
    draft: Draft<'a>,
    /// Evidence that two of the erased share goes once.
    removed: BTreeSet<Vec<u8>>,
}

impl<'a> Removal<'a> {
    pub(super) fn new(ground: Ground<'a>) -> Self {
        Self { ground, draft: Draft::new(ground), removed: BTreeSet::new() }
    }

    /// The presences of others stay.
    pub(super) fn keep_rows(&mut self, rows: Rows) -> Result<(), StoreError> {
        for (key, record) in rows.into_values() {
            if record.0.is_empty() {
                self.draft.remove(&key);
            } else {
                self.draft.put(&key, &record)?;
            }
            self.commit_if_full()?;
        }
        Ok(())
    }

    /// All of one person, whose tombstones are the next ones.
    pub(super) fn person(
        &mut self,
        person: Person<'_>,
        erased: &mut impl Iterator<Item = Erased>,
    ) -> Result<Forgotten, StoreError> {
        let Person { lives, doomed, .. } = person;
        let erased: Vec<Erased> = erased.take(lives.len()).collect();
        let mut keys: BTreeSet<KeyId> = erased.iter().filter_map(|erased| erased.destroyed).collect();
        keys.extend(&doomed.sealing);
        let tombstones: BTreeSet<u64> = erased.iter().map(|erased| erased.tombstone.number).collect();
        let records = self.records(doomed)?;
        let keys = keys.into_iter().map(|key| KeyName { slot: key.slot, generation: key.generation });
        Ok(Forgotten {
            subject: lives.first().map_or([0; 16], |(_, Mark(subject))| *subject),
            tombstone: erased.first().map_or(0, |erased| erased.tombstone.number),
            tombstones: tombstones.into_iter().collect(),
            keys: keys.collect(),
            records,
        })
    }

    /// How many records of each kind went.
    fn records(&mut self, doomed: Doomed) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut records: BTreeMap<String, u64> = BTreeMap::new();
        let mut count = |word: &str, number| *records.entry(word.to_owned()).or_default() += number;
        if doomed.presences > 0 {
            count("presences", doomed.presences);
        }
        for key in doomed.sealing {
            self.draft.destroy(key);
        }
        for phone in doomed.phones {
            let key = Key::Phone { phone };
            if self.draft.holds(&key)? {
                self.draft.put(&key, &PhoneRecord { revoked: true, owner: None })?;
                count("phones", 1);
            }
        }
        for bytes in doomed.keys {
            if self.removed.contains(&bytes) {
                continue;
            }
            let Ok(key) = Key::decode(&bytes) else { continue };
            if let Some(word) = word(&key) {
                count(word, 1);
            }
            self.draft.remove(&key);
            self.removed.insert(bytes);
            self.commit_if_full()?;
        }
        Ok(records)
    }

    /// The last of it.
    pub(super) fn end(self) -> Result<(), StoreError> {
        self.draft.commit()
    }

    fn commit_if_full(&mut self) -> Result<(), StoreError> {
        if self.draft.bytes() >= COMMIT_BYTES {
            std::mem::replace(&mut self.draft, Draft::new(self.ground)).commit()?;
        }
        Ok(())
    }
}

/// What a receipt calls a record; nothing for what only finds others.
const fn word(key: &Key) -> Option<&'static str> {
    Some(match key {
        Key::Customer { .. } => "customers",
        Key::View { .. } => "views",
        Key::Visit { .. } => "visits",
        Key::Look { .. } => "looks",
        Key::Logged(Logged { what: LoggedKind::Showing, .. }) => "showings",
        Key::Logged(Logged { what: LoggedKind::Remark, .. }) => "remarks",
        Key::Consent { .. } => "consents",
        Key::Event { .. } => "events",
        Key::Evidence { .. } => "evidence",
        Key::EventDecisions { .. } | Key::PairDecisions { .. } => "decisions",
        Key::Contest { .. } => "contests",
        _ => return None,
    })
}
