//! What was shown of what might be said, and what became of it.
//!
//! An entry stands under its name, so that all of them are read in order; and once more in short, with what the next card needs of
//! it, under its customer and visit. That leads to the whole. Both are written together. Nothing that stands is ever changed.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map},
};

use async_trait::async_trait;
use shopbell_domain::{
    id::{CustomerId, VisitId},
    identity::Identifier,
    ports::StoreError,
    showing::{Entry, MAX_REMARKS, MAX_SHOWINGS, Remark, Said, Showing, Showings},
    time::Timestamp,
};

use crate::{
    draft::Draft,
    engine::{Flow, Ground, read, read_value, scan},
    key::{Key, Logged, LoggedKind, Mark, prefix, tag},
    locks::Subject,
    log::{Writing, first_name},
    record::ShortRecord,
    store::EmbeddedStore,
};

/// Most showings of a visit that are looked through for the last that speaks like a new one: a shop has fewer languages.
const LOOKED_THROUGH: usize = 8;

#[async_trait]
impl Showings for EmbeddedStore {
    async fn log(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        let customers: Vec<CustomerId> = entries.iter().map(|entry| entry.customer().clone()).collect();
        let subjects = customers.iter().map(|customer| Subject::Customer(customer.as_str()));
        let log = self.log_order();
        self.write_many(subjects, move |ground| {
            // Nobody reads on from here before the commit has ended, however it ends.
            let writing = log.begin(ground)?;
            let (mut draft, mut visits) = (Draft::new(ground), HashMap::new());
            for entry in entries {
                add(&mut draft, &writing, &mut visits, &entry.bounded())?;
            }
            draft.commit()
        })
        .await
    }

    async fn log_of(
        &self,
        customer: &CustomerId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let prefix = prefix::logged_of(self.keys().customer(customer));
        self.read(move |ground| {
            let mut entries = Vec::new();
            for (one, _) in newest(ground, &prefix, since, limit)? {
                entries.extend(read::<Entry>(ground, &Key::Logged(one))?);
            }
            Ok(entries)
        })
        .await
    }

    async fn log_in_short(
        &self,
        customer: &CustomerId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let prefix = prefix::logged_of(self.keys().customer(customer));
        self.read(move |ground| {
            let mut entries = Vec::new();
            for (one, value) in newest(ground, &prefix, since, limit)? {
                let short = read_value::<ShortRecord>(ground, &Key::LoggedOf(one), &value)?;
                entries.extend(short.map(|ShortRecord(entry)| entry));
            }
            Ok(entries)
        })
        .await
    }

    async fn log_since(
        &self,
        since: Timestamp,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, Entry)>, StoreError> {
        let log = self.log_order();
        self.read(move |ground| {
            let horizon = log.horizon(ground)?;
            let from = after.map_or(0, |name| name.saturating_add(1)).max(first_name(since));
            let mut page = Vec::new();
            scan(ground, &[tag::LOGGED], &prefix::logged_from(from), |bytes, value| {
                let one = logged(&bytes)?;
                if one.number >= horizon || page.len() >= limit {
                    return Ok(Flow::Stop);
                }
                if one.at >= since {
                    let entry = read_value::<Entry>(ground, &Key::Logged(one), &value)?;
                    page.extend(entry.map(|entry| (one.number, entry)));
                }
                Ok(Flow::On)
            })?;
            Ok(page)
        })
        .await
    }
}

/// What is logged of a visit, with what is being added.
struct OfVisit {
    /// Those that stand, oldest first.
    showings: Vec<Logged>,
    /// Those that were added by this commit.
    added: Vec<Showing>,
    /// In the order in which they were said.
    remarks: Vec<Remark>,
}

impl OfVisit {
    fn read(ground: Ground<'_>, customer: Mark, visit: VisitId) -> Result<Self, StoreError> {
        let all = in_short(ground, &prefix::logged_in(customer, visit))?;
        let (showings, remarks): (Vec<Short>, Vec<Short>) =
            all.into_iter().partition(|(one, _)| one.what == LoggedKind::Showing);
        let remarks = remarks.iter().filter_map(|(one, value)| {
            // What is damaged keeps nobody from going on: `check` tells of it.
            match read_value::<ShortRecord>(ground, &Key::LoggedOf(*one), value) {
                Ok(Some(ShortRecord(Entry::Remark(remark)))) => Some(remark),
                _ => None,
            }
        });
        let remarks = remarks.collect();
        Ok(Self { showings: showings.into_iter().map(|(one, _)| one).collect(), added: Vec::new(), remarks })
    }

    fn count(&self) -> usize {
        self.showings.len() + self.added.len()
    }

    /// Whether the last showing that speaks like this one says the same: two tablets in two languages take turns, and each
    /// is held against its own.
    fn says_again(&self, ground: Ground<'_>, showing: &Showing) -> bool {
        let standing =
            self.showings.iter().rev().filter_map(|one| match read::<Entry>(ground, &Key::Logged(*one)) {
                Ok(Some(Entry::Showing(showing))) => Some(Cow::Owned(*showing)),
                _ => None,
            });
        let last = self.added.iter().rev().map(Cow::Borrowed).chain(standing);
        let last = last.take(LOOKED_THROUGH).find(|last| last.speech == showing.speech);
        last.is_some_and(|last| last.says_as(showing))
    }

    /// Whether an entry is to be kept; what comes next is held against it.
    fn takes(&mut self, ground: Ground<'_>, entry: &Entry) -> bool {
        match entry {
            Entry::Showing(showing) => {
                let takes = self.count() < MAX_SHOWINGS && !self.says_again(ground, showing);
                if takes {
                    self.added.push((**showing).clone());
                }
                takes
            }
            Entry::Remark(remark) => {
                let takes = self.count() > 0 && self.remarks.len() < MAX_REMARKS && !self.repeats(remark);
                if takes {
                    self.remarks.push(remark.clone());
                }
                takes
            }
        }
    }

    fn repeats(&self, remark: &Remark) -> bool {
        let same_thing = |other: &&Remark| {
            other.associate == remark.associate
                && match (&other.said, &remark.said) {
                    (Said::OfStarter { starter, .. }, Said::OfStarter { starter: other, .. }) => {
                        starter == other
                    }
                    (Said::OfVisit(_), Said::OfVisit(_)) => true,
                    _ => false,
                }
        };
        self.remarks.iter().rfind(same_thing).is_some_and(|last| last.said == remark.said)
    }
}

fn add(
    draft: &mut Draft<'_>,
    writing: &Writing<'_>,
    visits: &mut HashMap<(Mark, VisitId), OfVisit>,
    entry: &Entry,
) -> Result<(), StoreError> {
    let (ground, keys) = (draft.committed(), draft.keys());
    let Some(customer) = keys.customer_at(entry.customer(), entry.at()) else { return Ok(()) };
    let suppressed = prefix::suppressions_of(keys.lifeless(&Identifier::from(entry.customer())));
    if !ground.page(&suppressed, &suppressed, 1)?.is_empty() {
        return Ok(());
    }
    let visit = match visits.entry((customer, entry.visit())) {
        hash_map::Entry::Occupied(known) => known.into_mut(),
        hash_map::Entry::Vacant(new) => new.insert(OfVisit::read(ground, customer, entry.visit())?),
    };
    if !visit.takes(ground, entry) {
        return Ok(());
    }
    let (at, visit, what) = (entry.at(), entry.visit(), kind_of(entry));
    let one = Logged { number: writing.name(at), at, customer, visit, what };
    draft.seal_new(&Key::Logged(one), customer, entry)?;
    put_in_short(draft, one, entry)
}

/// Keeps an entry in short.
pub(crate) fn put_in_short(draft: &mut Draft<'_>, one: Logged, entry: &Entry) -> Result<(), StoreError> {
    draft.seal_new(&Key::LoggedOf(one), one.customer, &ShortRecord(entry.in_short()))
}

/// Whether an entry is the one that its key says.
pub(crate) fn is_at_home(ground: Ground<'_>, one: &Logged, entry: &Entry) -> bool {
    (entry.at(), ground.keys().customer(entry.customer()), entry.visit(), kind_of(entry))
        == (one.at, one.customer, one.visit, one.what)
}

const fn kind_of(entry: &Entry) -> LoggedKind {
    match entry {
        Entry::Showing(_) => LoggedKind::Showing,
        Entry::Remark(_) => LoggedKind::Remark,
    }
}

/// An entry in short, as it stands.
type Short = (Logged, Vec<u8>);

/// Those at or after a time, at most the newest `limit`, oldest first.
fn newest(
    ground: Ground<'_>,
    prefix: &[u8],
    since: Timestamp,
    limit: usize,
) -> Result<Vec<Short>, StoreError> {
    let mut found = in_short(ground, prefix)?;
    found.retain(|(one, _)| one.at >= since);
    found.sort_by_key(|(one, _)| (one.at, one.number));
    found.drain(..found.len().saturating_sub(limit));
    Ok(found)
}

/// In order of visits and names.
fn in_short(ground: Ground<'_>, prefix: &[u8]) -> Result<Vec<Short>, StoreError> {
    let mut found = Vec::new();
    scan(ground, prefix, prefix, |bytes, value| {
        found.push((logged(&bytes)?, value));
        Ok(Flow::On)
    })?;
    Ok(found)
}

fn logged(bytes: &[u8]) -> Result<Logged, StoreError> {
    match Key::decode(bytes) {
        Ok(Key::Logged(one) | Key::LoggedOf(one)) => Ok(one),
        _ => Err(StoreError::Damaged("a key of the log of showings".to_owned())),
    }
}
