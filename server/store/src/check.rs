//! Reads every record, and holds what it refers to against what is there. Changes nothing.

mod online;
mod rights;

use std::{collections::BTreeMap, fmt};

use shopbell_domain::{
    catalogue::Product,
    id::VisitId,
    ports::{Look, StoreError},
    profile::Customer,
    showing,
    visit::Visit,
};

use crate::{
    engine::{Flow, Ground, read, read_sealed, read_value, scan},
    inbox::Run,
    key::{Key, Logged, Mark},
    ports::{indexes, is_at_home, owner},
    record::{
        self, ContestRecord, CountRecord, FailedRecord, HighWaterRecord, IndexRecord, LastVisitRecord,
        LayoutRecord, OwnerRecord, PhoneRecord, PresencesRecord, ProofRecord, Record, RecoveredRecord,
        RestoredRecord, ShortRecord, SkuRecord, StockRecord,
    },
    store::EmbeddedStore,
};

/// Problems that are listed; further ones are only counted.
const LISTED: usize = 1_000;

const RESTORE: &str =
    "run `shopbell-server recover`, which keeps all that fits together, or restore a backup";
const IMPORT_CUSTOMER: &str = "import this customer, or register the customer through the API";
const REBUILD: &str = "run `shopbell-server recover`, which makes it anew of what it is made of";
const HARMLESS: &str = "nothing reads this record; it is harmless, and goes when the store is made anew";

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Records of each kind.
    pub records: BTreeMap<&'static str, u64>,
    /// The first 1,000 problems.
    pub problems: Vec<Problem>,
    /// All problems.
    pub problem_count: u64,
}

/// One thing that is wrong.
///
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Kind and fingerprint, as errors in the logs name it, and the full key.
    pub record: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub way_out: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. Way out: {}.", self.record, self.what, self.way_out)
    }
}

impl EmbeddedStore {
    /// Reads every record. On a large store this takes minutes; `progress` gets the number of records so far.
    pub async fn check(&self, progress: impl Fn(u64) + Send + 'static) -> Result<CheckReport, StoreError> {
        self.read(move |ground| run(ground, progress)).await
    }
}

/// Reads every record; `progress` gets the number of records so far.
pub(crate) fn run(ground: Ground<'_>, progress: impl Fn(u64)) -> Result<CheckReport, StoreError> {
    let mut check = Check { ground, report: CheckReport::default() };
    let mut seen = 0;
    scan(ground, &[], &[], |key, value| {
        check.entry(&key, &value)?;
        seen += 1;
        progress(seen);
        Ok(Flow::On)
    })?;
    Ok(check.report)
}

/// Reads one record, whatever it refers to. Whether anybody can read it: the keys of who was erased are gone.
pub(crate) fn read_record(ground: Ground<'_>, key: &Key, value: &[u8]) -> Result<Readable, StoreError> {
    match key {
        Key::HighWater { .. } => readable::<HighWaterRecord>(ground, key, value),
        Key::Contest { .. } => readable::<ContestRecord>(ground, key, value),
        Key::Anonymous { .. } => readable::<CountRecord>(ground, key, value),
        Key::Customer { .. } => readable::<Customer>(ground, key, value),
        Key::Product { .. } => readable::<Product>(ground, key, value),
        Key::Stock { .. } => readable::<StockRecord>(ground, key, value),
        Key::Sku { .. } => readable::<SkuRecord>(ground, key, value),
        Key::Look { .. } => readable::<Look>(ground, key, value),
        Key::Logged(_) => readable::<showing::Entry>(ground, key, value),
        Key::LoggedOf(_) => readable::<ShortRecord>(ground, key, value),
        Key::Consent { .. } => readable::<ProofRecord>(ground, key, value),
        Key::Presences { .. } => {
            let rows = read_value::<PresencesRecord>(ground, key, value)?;
            for row in rows.iter().flat_map(|PresencesRecord(rows)| rows) {
                read_sealed(ground, key, &row.row)?;
            }
            Ok(Readable::Yes)
        }
        Key::Visit { .. } => readable::<Visit>(ground, key, value),
        Key::OpenVisit { .. }
        | Key::EndedVisit { .. }
        | Key::VisitOf { .. }
        | Key::PairOf { .. }
        | Key::Suppressed { .. }
        | Key::Suppresses { .. }
        | Key::Doomed { .. }
        | Key::Epoch { .. } => readable::<IndexRecord>(ground, key, value),
        Key::Phone { .. } => {
            if let Some(record) = read_value::<PhoneRecord>(ground, key, value)? {
                owner(ground, key, &record)?;
            }
            Ok(Readable::Yes)
        }
        Key::PhoneOf { .. } => readable::<OwnerRecord>(ground, key, value),
        Key::Recovered => readable::<RecoveredRecord>(ground, key, value),
        Key::Restored => readable::<RestoredRecord>(ground, key, value),
        Key::LastVisit { .. } => readable::<LastVisitRecord>(ground, key, value),
        Key::Layout => readable::<LayoutRecord>(ground, key, value),
        Key::Part { .. } => Ok(Readable::Yes),
        Key::Rights(rights) => rights::read_record(ground, key, *rights, value),
        other => online::read_record(ground, other, value),
    }
}

/// Whether the keys of a record are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readable {
    /// They are, or it needs none.
    Yes,
    /// One of them was destroyed: the record is as good as none.
    Forgotten,
}

fn readable<R: Record>(ground: Ground<'_>, key: &Key, value: &[u8]) -> Result<Readable, StoreError> {
    Ok(if read_value::<R>(ground, key, value)?.is_some() { Readable::Yes } else { Readable::Forgotten })
}

struct Check<'a> {
    ground: Ground<'a>,
    report: CheckReport,
}

/// A finding: what, and the way out.
type Finding = (String, &'static str);

impl Check<'_> {
    fn entry(&mut self, bytes: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let key = match Key::decode(bytes) {
            Ok(key) => key,
            Err(error) => {
                *self.report.records.entry("unknown").or_default() += 1;
                let name = format!("key {bytes:02x?}");
                self.report(name, error.to_string(), HARMLESS);
                return Ok(());
            }
        };
        *self.report.records.entry(key.kind()).or_default() += 1;
        match self.record(&key, value) {
            Ok(None) => Ok(()),
            Ok(Some((what, way_out))) => {
                self.report(format!("{} ({key:?})", key.fingerprint()), what, way_out);
                Ok(())
            }
            Err(StoreError::Damaged(what)) => {
                self.report(format!("{} ({key:?})", key.fingerprint()), what, RESTORE);
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    fn report(&mut self, record: String, what: String, way_out: &'static str) {
        self.report.problem_count += 1;
        if self.report.problems.len() < LISTED {
            self.report.problems.push(Problem { record, what, way_out });
        }
    }

    fn record(&self, key: &Key, value: &[u8]) -> Result<Option<Finding>, StoreError> {
        if read_record(self.ground, key, value)? == Readable::Forgotten {
            return Ok(None);
        }
        let ground = self.ground;
        match key {
            Key::Consent { customer, .. } | Key::LastVisit { customer } => self.customer(*customer),
            Key::Presences { boot, .. } => {
                let last = read_value::<PresencesRecord>(ground, key, value)?
                    .and_then(|PresencesRecord(rows)| rows.last().map(|row| row.sequence));
                self.presences(key, *boot, last.unwrap_or(0))
            }
            Key::Visit { .. } => match read_value::<Visit>(ground, key, value)? {
                Some(visit) => self.visit(&visit),
                None => Ok(None),
            },
            Key::OpenVisit { visit, .. } | Key::EndedVisit { visit, .. } | Key::VisitOf { visit, .. } => {
                self.index_of_visit(key, *visit)
            }
            Key::Logged(entry) => self.logged(key, entry, value),
            Key::LoggedOf(entry) => {
                let known = ground.holds(&Key::Logged(*entry))?;
                Ok((!known).then(|| ("its entry is missing".to_owned(), REBUILD)))
            }
            Key::Phone { .. } => {
                let Some(record) = read_value::<PhoneRecord>(ground, key, value)? else { return Ok(None) };
                match owner(ground, key, &record)? {
                    Some(owner) => self.customer(ground.keys().customer(&owner.customer)),
                    None => Ok(None),
                }
            }
            Key::PhoneOf { phone, .. } => {
                read_value::<OwnerRecord>(ground, key, value)?;
                let known = ground.holds(&Key::Phone { phone: *phone })?;
                Ok((!known).then(|| ("its phone is missing".to_owned(), REBUILD)))
            }
            Key::Waiting { .. } => {
                for (_, message) in Run::of(key)?.messages(ground, value)? {
                    if let Some(finding) = self.seen(&message.id)? {
                        return Ok(Some(finding));
                    }
                }
                Ok(None)
            }
            Key::Failed { .. } => match read_value::<FailedRecord>(ground, key, value)? {
                Some(record) => self.seen(&record.message.id),
                None => Ok(None),
            },
            Key::Part { of, index } => self.part(of, *index),
            // Looked at is also who is known by events alone.
            Key::Look { .. } | Key::Rights(_) => Ok(None),
            online => self.online(online, value),
        }
    }

    fn customer(&self, customer: Mark) -> Result<Option<Finding>, StoreError> {
        let known = self.ground.holds(&Key::Customer { customer })?;
        Ok((!known).then(|| ("its customer is not in the store".to_owned(), IMPORT_CUSTOMER)))
    }

    fn presences(
        &self,
        key: &Key,
        boot: shopbell_domain::id::BootId,
        last: u64,
    ) -> Result<Option<Finding>, StoreError> {
        let Key::Presences { agent, .. } = key else { return Ok(None) };
        let mark = read::<HighWaterRecord>(self.ground, &Key::HighWater { agent: agent.clone(), boot })?;
        let recorded = mark.map_or(0, |mark| mark.sequence);
        Ok((recorded < last).then(|| {
            (format!("it reaches event {last}, and its boot is recorded up to {recorded}"), RESTORE)
        }))
    }

    fn index_of_visit(&self, key: &Key, id: VisitId) -> Result<Option<Finding>, StoreError> {
        let visit = Key::Visit { id };
        let named = match read::<Visit>(self.ground, &visit)? {
            Some(visit) => indexes(self.ground.keys(), &visit).contains(key),
            // Of somebody who was erased: an index tells nothing.
            None => self.ground.holds(&visit)?,
        };
        Ok((!named).then(|| ("its visit is missing or says otherwise".to_owned(), REBUILD)))
    }

    fn visit(&self, visit: &Visit) -> Result<Option<Finding>, StoreError> {
        for index in indexes(self.ground.keys(), visit) {
            if !self.ground.holds(&index)? {
                return Ok(Some((format!("it is missing in the {}", index.kind()), RESTORE)));
            }
        }
        self.customer(self.ground.keys().customer(&visit.customer))
    }

    fn logged(&self, key: &Key, one: &Logged, value: &[u8]) -> Result<Option<Finding>, StoreError> {
        let Some(entry) = read_value::<showing::Entry>(self.ground, key, value)? else { return Ok(None) };
        if !is_at_home(self.ground, one, &entry) {
            return Ok(Some(("it is under another name than its own".to_owned(), RESTORE)));
        }
        let indexed = self.ground.holds(&Key::LoggedOf(*one))?;
        Ok((!indexed).then(|| ("it does not stand in short with its customer".to_owned(), REBUILD)))
    }

    fn part(&self, of: &[u8], index: u16) -> Result<Option<Finding>, StoreError> {
        let count = self.ground.get(of)?.as_deref().and_then(record::parts).unwrap_or(0);
        Ok((index >= count).then(|| ("its record does not name it".to_owned(), HARMLESS)))
    }
}

#[cfg(test)]
mod tests;
