//! Forgetting persons.
//!
//! ```text
//!  nobody else writes -> what there is, by marks -> orders known as erased -> tombstones, keys destroyed
//!                                                                         -> records removed, a commit at a time
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
//! follows from a key, into `follow`; what it counts as, into `word` (`removal.rs`).

mod removal;
mod told_by;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use shopbell_domain::{
    event::Event,
    id::{SourceId, VisitId},
    identity::{Identifier, IdentifierKind},
    ports::StoreError,
    profile::Source,
    rights::port::{Erasure, Forgetting, Forgotten, Reason},
    visit::Visit,
};
use shopbell_vault::KeyId;

use self::removal::Removal;
use super::{indexes, presences};
use crate::{
    draft::Draft,
    engine::{Flow, Ground, read, scan},
    evidence,
    key::{Key, Mark, RightsKey, prefix, tag},
    record::{IndexRecord, PresencesRecord},
    store::EmbeddedStore,
};

/// Bytes that one commit takes, about.
const COMMIT_BYTES: usize = 1_024 * 1_024;

/// What there is at most one of, under a mark.
const RECORDS: [fn(Mark) -> Key; 7] = [
    |customer| Key::Customer { customer },
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
    tag::LOOK,
    tag::LOGGED_OF,
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
        let mut all = self.forget_all(vec![(who, erasure)]).await?;
        all.pop().unwrap_or(Err(StoreError::NotFound("identifier")))
    }

    async fn forget_all(
        &self,
        persons: Vec<(Vec<Identifier>, Erasure)>,
    ) -> Result<Vec<Result<Forgotten, StoreError>>, StoreError> {
        let admission = self.admission().clone();
        self.write_alone(move |ground| {
            admission.close_epoch();
            forget_all(ground, &persons)
        })
        .await
    }

    async fn forget_told_by(&self, who: Vec<Identifier>, source: &SourceId) -> Result<Forgotten, StoreError> {
        let source = source.clone();
        self.write_alone(move |ground| told_by::forget(ground, &who, &source)).await
    }
}

/// One person of an erasure.
struct Person<'a> {
    lives: Vec<(&'a Identifier, Mark)>,
    erasure: Erasure,
    doomed: Doomed,
}

/// Together: what there is of all of them, then the tombstones and keys of all in one group of the vault, then the records
/// of all in as few commits as they fit into.
fn forget_all(
    ground: Ground<'_>,
    persons: &[(Vec<Identifier>, Erasure)],
) -> Result<Vec<Result<Forgotten, StoreError>>, StoreError> {
    let (mut gathered, mut rows) = (Vec::with_capacity(persons.len()), Rows::new());
    for (who, erasure) in persons {
        gathered.push(match gather(ground, who, *erasure, &mut rows) {
            // It would refuse the others as well.
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            gathered => gathered,
        });
    }
    let people = || gathered.iter().filter_map(|person| person.as_ref().ok());
    // First, since nothing of the events can be read afterwards. Without the tombstones it says nothing.
    let mut known = Draft::new(ground);
    for order in people().flat_map(|person| &person.doomed.orders) {
        known.put(&Key::Rights(RightsKey::ErasedOrder { order: *order }), &IndexRecord)?;
    }
    known.commit()?;
    let erasures: Vec<_> = people()
        .flat_map(|person| person.lives.iter().map(|(_, mark)| buried(*mark, person.erasure)))
        .collect();
    let mut erased = ground.keys().erase(&erasures)?.into_iter();
    let mut removal = Removal::new(ground);
    removal.keep_rows(rows)?;
    let mut all = Vec::with_capacity(gathered.len());
    for person in gathered {
        all.push(match person {
            Ok(person) => Ok(removal.person(person, &mut erased)?),
            Err(error) => Err(error),
        });
    }
    removal.end()?;
    Ok(all)
}

/// What there is of one person.
fn gather<'a>(
    ground: Ground<'_>,
    who: &'a [Identifier],
    erasure: Erasure,
    rows: &mut Rows,
) -> Result<Person<'a>, StoreError> {
    let lives: Vec<(&Identifier, Mark)> =
        who.iter().map(|one| (one, ground.keys().life_to_end(one, erasure.receipt))).collect();
    if lives.is_empty() {
        return Err(StoreError::NotFound("identifier"));
    }
    let mut doomed = Doomed::default();
    for (identifier, mark) in &lives {
        doomed.gather(ground, identifier, *mark)?;
    }
    doomed.find_lost_indexes(ground)?;
    doomed.presences = doomed.rows(ground, &lives, rows)?;
    Ok(Person { lives, erasure, doomed })
}

fn buried(subject: Mark, erasure: Erasure) -> shopbell_vault::Erasure {
    shopbell_vault::Erasure {
        subject: subject.into(),
        at: erasure.at,
        reason: match erasure.reason {
            Reason::Request => shopbell_vault::Reason::Request,
            Reason::Retention => shopbell_vault::Reason::Retention,
            Reason::Operator => shopbell_vault::Reason::Operator,
        },
        receipt: erasure.receipt,
    }
}

/// Presences without those that go, by their keys.
type Rows = BTreeMap<Vec<u8>, (Key, PresencesRecord)>;

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
    /// Orders that the events tell of.
    orders: BTreeSet<Mark>,
    /// How many presences are among the rows.
    presences: u64,
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
                self.order_of(ground, key)
            }
            Key::VisitOf { visit: id, .. } => self.visit(ground, id),
            Key::LoggedOf(entry) => {
                self.take(&Key::Logged(entry));
                Ok(())
            }
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

    /// Of an event that cannot be read the order is not known; it keeps nobody from being erased.
    fn order_of(&mut self, ground: Ground<'_>, key: &Key) -> Result<(), StoreError> {
        match read::<Event>(ground, key) {
            Ok(Some(event)) => {
                if let Some(order) = event.action.order() {
                    // What is believed holds for pages, too; a page's word for them alone.
                    let known_to = [Source::Page, event.origin.into()];
                    self.orders.extend(known_to.map(|teller| ground.keys().order_to(teller, order)));
                }
                Ok(())
            }
            Ok(None) | Err(StoreError::Damaged(_)) => Ok(()),
            Err(error) => Err(error),
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

    /// Takes the person's presences out of the rows; how many there were.
    fn rows(
        &self,
        ground: Ground<'_>,
        lives: &[(&Identifier, Mark)],
        rows: &mut Rows,
    ) -> Result<u64, StoreError> {
        let (keys, mut gone) = (ground.keys(), 0);
        let sealing: BTreeSet<KeyId> = lives.iter().filter_map(|(_, mark)| keys.key_of(*mark)).collect();
        let mut keep = |key: &Key, record: PresencesRecord| {
            let name = key.encode();
            // Others of the same erasure may be among them, too.
            let PresencesRecord(mut all) = rows.get(&name).map_or(record, |(_, left)| left.clone());
            let before = all.len();
            all.retain(|row| {
                !row.row.sealed_by().is_some_and(|key| sealing.contains(&key) || keys.is_gone(key))
            });
            if all.len() < before {
                gone += (before - all.len()) as u64;
                rows.insert(name, (key.clone(), PresencesRecord(all)));
            }
            Ok(())
        };
        for (_, mark) in lives {
            presences::each_near(ground, *mark, &mut keep)?;
        }
        if !self.unreadable.is_empty() {
            presences::each(ground, keep)?;
        }
        Ok(gone)
    }
}
