//! Forgetting persons.
//!
//! ```text
//!  nobody else writes -> what there is, by marks -> tombstones, keys destroyed -> records removed, a commit at a time
//! ```
//!
//! The tombstones come first: from then on nothing of it can be read, and nothing from before can enter. Cut short after
//! them, the same erasure is known by its receipt's number: the lives that it ended are cleared of what is still there.
//! Marks say where everything stands, so that for nearly all of it no key is needed; where the indexes of visits stand is
//! read out of the visits, and searched for when those cannot be read any more.
//!
//! Raw messages that wait in the inbox are not looked into: their epoch is closed, the gate refuses them when they are taken
//! up, and their key is destroyed then. Failed ones are told apart by whoever can read them
//! ([`shopbell_domain::rights::port::Kept::drop_failed`]).
//!
//! To add a kind of record: into `RECORDS` what a person has one of, into `LISTS` what a person has many of; whatever else
//! follows from a key, into `follow`; what it counts as, into `word`.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use shopbell_domain::{
    id::VisitId,
    identity::{Identifier, IdentifierKind},
    ports::StoreError,
    rights::port::{Erasure, Forgetting, Forgotten, KeyName, Reason},
    visit::Visit,
};
use shopbell_vault::KeyId;

use super::{indexes, presences};
use crate::{
    draft::Draft,
    engine::{Flow, Ground, read, scan},
    evidence,
    key::{Key, Mark, prefix, tag},
    record::{PhoneRecord, PresencesRecord},
    store::EmbeddedStore,
};

/// Bytes that one commit takes, about.
const COMMIT_BYTES: usize = 1_024 * 1_024;

/// What there is at most one of, under a mark.
const RECORDS: [fn(Mark) -> Key; 8] = [
    |customer| Key::Customer { customer },
    |customer| Key::Profile { customer },
    |customer| Key::View { customer },
    |customer| Key::FoldState { customer },
    |customer| Key::LastVisit { customer },
    |identifier| Key::Found { identifier },
    |identifier| Key::Stale { identifier },
    |phone| Key::Contest { phone },
];

/// Kinds of records of which there may be many, all beginning with a mark.
const LISTS: [u8; 10] = [
    tag::EVENT,
    tag::ORDER,
    tag::LOOK,
    tag::CONSENT,
    tag::VISIT_OF,
    tag::PHONE_OF,
    tag::COUNTED,
    tag::DECISION_ON,
    tag::PAIR,
    tag::PAIR_OF,
];

#[async_trait]
impl Forgetting for EmbeddedStore {
    async fn forget(&self, who: Vec<Identifier>, erasure: Erasure) -> Result<Forgotten, StoreError> {
        let admission = self.admission().clone();
        self.write_alone(move |ground| {
            admission.close_epoch();
            forget(ground, &who, erasure)
        })
        .await
    }
}

fn forget(ground: Ground<'_>, who: &[Identifier], erasure: Erasure) -> Result<Forgotten, StoreError> {
    let lives: Vec<(&Identifier, Mark)> =
        who.iter().map(|one| (one, ground.keys().life_to_end(one, erasure.receipt))).collect();
    let Some((_, subject)) = lives.first() else { return Err(StoreError::NotFound("identifier")) };
    let mut doomed = Doomed::default();
    for (identifier, mark) in &lives {
        doomed.gather(ground, identifier, *mark)?;
    }
    doomed.find_lost_indexes(ground)?;
    let rows = doomed.rows(ground, &lives)?;

    let erasure = |subject: Mark| shopbell_vault::Erasure {
        subject: subject.into(),
        at: erasure.at,
        reason: match erasure.reason {
            Reason::Request => shopbell_vault::Reason::Request,
            Reason::Retention => shopbell_vault::Reason::Retention,
            Reason::Operator => shopbell_vault::Reason::Operator,
        },
        receipt: erasure.receipt,
    };
    let erasures: Vec<_> = lives.iter().map(|(_, mark)| erasure(*mark)).collect();
    let erased = ground.keys().erase(&erasures)?;
    let tombstone = erased.first().map_or(0, |erased| erased.tombstone.number);
    let tombstones: BTreeSet<u64> = erased.iter().map(|erased| erased.tombstone.number).collect();
    let mut keys: BTreeSet<KeyId> = erased.iter().filter_map(|erased| erased.destroyed).collect();
    keys.extend(&doomed.sealing);

    let records = doomed.remove(ground, rows)?;
    let Mark(subject) = *subject;
    let keys = keys.into_iter().map(|key| KeyName { slot: key.slot, generation: key.generation });
    Ok(Forgotten {
        subject,
        tombstone,
        tombstones: tombstones.into_iter().collect(),
        keys: keys.collect(),
        records,
    })
}

/// Presences without those that go, and how many went, by their keys.
type Rows = BTreeMap<Vec<u8>, (Key, PresencesRecord, u64)>;

/// What goes.
#[derive(Default)]
struct Doomed {
    keys: BTreeSet<Vec<u8>>,
    /// Numbers of phones, which are kept, and belong to nobody from now on.
    phones: BTreeSet<Mark>,
    /// Keys of what the person's own do not seal: decisions about events.
    sealing: BTreeSet<KeyId>,
    /// Visits that cannot be read any more.
    unreadable: BTreeSet<VisitId>,
}

impl Doomed {
    fn gather(&mut self, ground: Ground<'_>, identifier: &Identifier, mark: Mark) -> Result<(), StoreError> {
        if identifier.kind() == IdentifierKind::Phone {
            self.phones.insert(ground.keys().lifeless(identifier));
        }
        for record in RECORDS {
            self.take_if_there(ground, &record(mark))?;
        }
        for tag in LISTS {
            let mut found = Vec::new();
            let prefix = prefix::under(tag, mark);
            scan(ground, &prefix, &prefix, |key, _| {
                found
                    .push(Key::decode(&key).map_err(|error| StoreError::Damaged(format!("a key: {error}")))?);
                Ok(Flow::On)
            })?;
            for key in found {
                self.follow(ground, &key)?;
                self.take(&key);
            }
        }
        Ok(())
    }

    fn take(&mut self, key: &Key) {
        self.keys.insert(key.encode());
    }

    fn take_if_there(&mut self, ground: Ground<'_>, key: &Key) -> Result<(), StoreError> {
        if ground.holds(key)? {
            self.take(key);
        }
        Ok(())
    }

    /// What goes with a record of a list.
    fn follow(&mut self, ground: Ground<'_>, key: &Key) -> Result<(), StoreError> {
        match *key {
            Key::Event { event, .. } => {
                self.take_if_there(ground, &Key::EventDecisions { event })?;
                self.sealing.extend(ground.keys().key_of(ground.keys().decision(event)));
                Ok(())
            }
            Key::VisitOf { visit: id, .. } => self.visit(ground, id),
            Key::PhoneOf { phone, .. } => {
                self.phones.insert(phone);
                Ok(())
            }
            Key::Counted { end, kinds, at, event, other } => {
                self.take(&Key::Counted { end: other, kinds, at, event, other: end });
                Ok(())
            }
            Key::Pair { a, b } | Key::PairOf { b, a } => self.pair(ground, a, b),
            _ => Ok(()),
        }
    }

    fn visit(&mut self, ground: Ground<'_>, id: VisitId) -> Result<(), StoreError> {
        let key = Key::Visit { id };
        match read::<Visit>(ground, &key)? {
            Some(visit) => {
                for index in indexes(ground.keys(), &visit) {
                    self.take(&index);
                }
            }
            None => {
                self.unreadable.insert(id);
            }
        }
        self.take_if_there(ground, &key)
    }

    /// All evidence for two, and what was decided about it.
    fn pair(&mut self, ground: Ground<'_>, a: Mark, b: Mark) -> Result<(), StoreError> {
        self.take(&Key::Pair { a, b });
        self.take(&Key::PairOf { b, a });
        let decisions = Key::PairDecisions { a, b };
        self.take_if_there(ground, &decisions)?;
        self.take_decision_on(ground, [a, b], &decisions)?;
        let mut events = Vec::new();
        let prefix = prefix::evidence_for(a, b);
        scan(ground, &prefix, &prefix, |key, _| {
            match Key::decode(&key) {
                Ok(Key::Evidence { event, .. }) => events.push((key, event)),
                _ => return Err(StoreError::Damaged("the key of evidence".to_owned())),
            }
            Ok(Flow::On)
        })?;
        for (key, event) in events {
            self.keys.insert(key);
            self.take(&Key::EvidenceOf { event, a, b });
            self.take_decision_on(ground, [a, b], &Key::EventDecisions { event })?;
        }
        Ok(())
    }

    fn take_decision_on(
        &mut self,
        ground: Ground<'_>,
        ends: [Mark; 2],
        decisions: &Key,
    ) -> Result<(), StoreError> {
        let what = evidence::digest_of(decisions);
        ends.into_iter()
            .try_for_each(|identifier| self.take_if_there(ground, &Key::DecisionOn { identifier, what }))
    }

    /// Of visits that cannot be read, the indexes are searched for.
    fn find_lost_indexes(&mut self, ground: Ground<'_>) -> Result<(), StoreError> {
        if self.unreadable.is_empty() {
            return Ok(());
        }
        for tag in [tag::OPEN_VISIT, tag::ENDED_VISIT] {
            scan(ground, &[tag], &[tag], |bytes, _| {
                if let Ok(Key::OpenVisit { visit, .. } | Key::EndedVisit { visit, .. }) = Key::decode(&bytes)
                    && self.unreadable.contains(&visit)
                {
                    self.keys.insert(bytes);
                }
                Ok(Flow::On)
            })?;
        }
        Ok(())
    }

    /// The presences among which are the person's, without them.
    fn rows(&self, ground: Ground<'_>, lives: &[(&Identifier, Mark)]) -> Result<Rows, StoreError> {
        let keys = ground.keys();
        let sealing: BTreeSet<KeyId> = lives.iter().filter_map(|(_, mark)| keys.key_of(*mark)).collect();
        let mut rows = Rows::new();
        let mut keep = |key: &Key, PresencesRecord(mut all): PresencesRecord| {
            let before = all.len();
            all.retain(|row| {
                !row.row.sealed_by().is_some_and(|key| sealing.contains(&key) || keys.is_gone(key))
            });
            if all.len() < before {
                let gone = (before - all.len()) as u64;
                rows.insert(key.encode(), (key.clone(), PresencesRecord(all), gone));
            }
            Ok(())
        };
        for (_, mark) in lives {
            presences::each_near(ground, *mark, &mut keep)?;
        }
        if !self.unreadable.is_empty() {
            presences::each(ground, keep)?;
        }
        Ok(rows)
    }

    /// Removes it all. How many records of each kind.
    fn remove(self, ground: Ground<'_>, rows: Rows) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut records: BTreeMap<String, u64> = BTreeMap::new();
        let mut count = |word: &str, number| *records.entry(word.to_owned()).or_default() += number;
        let mut draft = Draft::new(ground);
        for key in self.sealing {
            draft.destroy(key);
        }
        for (key, record, gone) in rows.into_values() {
            count("presences", gone);
            if record.0.is_empty() { draft.remove(&key) } else { draft.put(&key, &record)? }
        }
        for phone in self.phones {
            let key = Key::Phone { phone };
            if draft.holds(&key)? {
                draft.put(&key, &PhoneRecord { revoked: true, owner: None })?;
                count("phones", 1);
            }
        }
        for bytes in self.keys {
            let Ok(key) = Key::decode(&bytes) else { continue };
            if let Some(word) = word(&key) {
                count(word, 1);
            }
            draft.remove(&key);
            if draft.bytes() >= COMMIT_BYTES {
                std::mem::replace(&mut draft, Draft::new(ground)).commit()?;
            }
        }
        draft.commit()?;
        Ok(records)
    }
}

/// What a receipt calls a record; nothing for what only finds others.
const fn word(key: &Key) -> Option<&'static str> {
    Some(match key {
        Key::Customer { .. } => "customers",
        Key::Profile { .. } => "profiles",
        Key::View { .. } => "views",
        Key::Order { .. } => "orders",
        Key::Visit { .. } => "visits",
        Key::Look { .. } => "looks",
        Key::Consent { .. } => "consents",
        Key::Event { .. } => "events",
        Key::Evidence { .. } => "evidence",
        Key::EventDecisions { .. } | Key::PairDecisions { .. } => "decisions",
        Key::Contest { .. } => "contests",
        _ => return None,
    })
}
