//! Reads every record, and holds what it refers to against what is there. Changes nothing.

mod online;
mod rights;

use std::{collections::BTreeMap, fmt};

use shopbell_domain::{
    catalogue::Product,
    consent::Proof,
    id::CustomerId,
    inbox::Message,
    ports::{Look, StoreError},
    profile::{Customer, Order},
    visit::Visit,
    whereabouts::Contest,
};

use crate::{
    engine::{Engine, Flow, read, read_value, scan},
    key::{Key, prefix},
    ports::indexes,
    record::{
        self, CountRecord, FailedRecord, HighWaterRecord, IndexRecord, LastVisitRecord, PhoneRecord, PresencesRecord,
        ProfileRecord, RecoveredRecord, RestoredRecord, SettledRecord, SkuRecord,
        StockRecord,
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
/// `record` may name a customer: it is for the terminal of whoever repairs the store, not for logs.
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
        self.read(move |engine| run(engine, progress)).await
    }
}

/// Reads every record; `progress` gets the number of records so far.
pub(crate) fn run(engine: &dyn Engine, progress: impl Fn(u64)) -> Result<CheckReport, StoreError> {
    let mut check = Check { engine, report: CheckReport::default() };
    let mut seen = 0;
    scan(engine, &[], &[], |key, value| {
        check.entry(&key, &value)?;
        seen += 1;
        progress(seen);
        Ok(Flow::On)
    })?;
    Ok(check.report)
}

/// Reads one record, whatever it refers to.
pub(crate) fn read_record(engine: &dyn Engine, key: &Key, value: &[u8]) -> Result<(), StoreError> {
    match key {
        Key::HighWater { .. } => read_value::<HighWaterRecord>(engine, key, value).map(drop),
        Key::Contest { .. } => read_value::<Contest>(engine, key, value).map(drop),
        Key::Anonymous { .. } => read_value::<CountRecord>(engine, key, value).map(drop),
        Key::Customer { .. } => read_value::<Customer>(engine, key, value).map(drop),
        Key::Product { .. } => read_value::<Product>(engine, key, value).map(drop),
        Key::Stock { .. } => read_value::<StockRecord>(engine, key, value).map(drop),
        Key::Sku { .. } => read_value::<SkuRecord>(engine, key, value).map(drop),
        Key::Look { .. } => read_value::<Look>(engine, key, value).map(drop),
        Key::Consent { .. } => read_value::<Proof>(engine, key, value).map(drop),
        Key::Presences { .. } => read_value::<PresencesRecord>(engine, key, value).map(drop),
        Key::Visit { .. } => read_value::<Visit>(engine, key, value).map(drop),
        Key::OpenVisit { .. } | Key::EndedVisit { .. } | Key::VisitOf { .. } => {
            read_value::<IndexRecord>(engine, key, value).map(drop)
        }
        Key::Phone { .. } => read_value::<PhoneRecord>(engine, key, value).map(drop),
        Key::Order { .. } => read_value::<Order>(engine, key, value).map(drop),
        Key::Profile { .. } => read_value::<ProfileRecord>(engine, key, value).map(drop),
        Key::Recovered => read_value::<RecoveredRecord>(engine, key, value).map(drop),
        Key::Restored => read_value::<RestoredRecord>(engine, key, value).map(drop),
        Key::LastVisit { .. } => read_value::<LastVisitRecord>(engine, key, value).map(drop),
        Key::Part { .. } => Ok(()),
        Key::Rights(rights) => rights::read_record(engine, key, *rights, value),
        other => online::read_record(engine, other, value),
    }
}

struct Check<'a> {
    engine: &'a dyn Engine,
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
        let engine = self.engine;
        match key {
            Key::HighWater { .. }
            | Key::Contest { .. }
            | Key::Anonymous { .. }
            | Key::Customer { .. }
            | Key::Product { .. }
            | Key::Stock { .. }
            | Key::Sku { .. }
            | Key::Recovered
            | Key::Restored => read_record(engine, key, value).map(|()| None),
            Key::Look { customer, .. } => {
                read_value::<Look>(engine, key, value)?;
                self.customer(customer)
            }
            Key::LastVisit { customer } => {
                read_value::<LastVisitRecord>(engine, key, value)?;
                self.customer(customer)
            }
            Key::Consent { customer, .. } => {
                read_value::<Proof>(engine, key, value)?;
                self.customer(customer)
            }
            Key::Presences { boot, .. } => {
                let PresencesRecord(rows) = read_value(engine, key, value)?;
                self.presences(key, *boot, rows.last().map_or(0, |row| row.sequence))
            }
            Key::Visit { .. } => self.visit(&read_value(engine, key, value)?),
            Key::OpenVisit { visit, .. } | Key::EndedVisit { visit, .. } | Key::VisitOf { visit, .. } => {
                read_value::<IndexRecord>(engine, key, value)?;
                let visit = read::<Visit>(engine, &Key::Visit { id: *visit })?;
                let named = visit.is_some_and(|visit| indexes(&visit).contains(key));
                Ok((!named).then(|| ("its visit is missing or says otherwise".to_owned(), REBUILD)))
            }
            Key::Phone { .. } => {
                let PhoneRecord { customer, .. } = read_value(engine, key, value)?;
                self.customer(&customer)
            }
            Key::Order { customer, .. } => {
                read_value::<Order>(engine, key, value)?;
                self.customer(customer)
            }
            Key::Profile { customer } => {
                let record = read_value::<ProfileRecord>(engine, key, value)?;
                self.profile(customer, &record)
            }
            Key::Seen { .. } => read_value::<IndexRecord>(engine, key, value).map(|_| None),
            Key::Settled => read_value::<SettledRecord>(engine, key, value).map(|_| None),
            Key::Waiting { .. } => self.seen(read_value::<Message>(engine, key, value)?.id),
            Key::Failed { .. } => self.seen(read_value::<FailedRecord>(engine, key, value)?.message.id),
            Key::Part { of, index } => self.part(of, *index),
            Key::Rights(rights) => rights::read_record(engine, key, *rights, value).map(|()| None),
            online => self.online(online, value),
        }
    }

    fn customer(&self, customer: &CustomerId) -> Result<Option<Finding>, StoreError> {
        let known = self.engine.get(&Key::Customer { id: customer.clone() }.encode())?.is_some();
        Ok((!known).then(|| ("its customer is not in the store".to_owned(), IMPORT_CUSTOMER)))
    }

    fn presences(
        &self,
        key: &Key,
        boot: shopbell_domain::id::BootId,
        last: u64,
    ) -> Result<Option<Finding>, StoreError> {
        let Key::Presences { agent, .. } = key else { return Ok(None) };
        let mark = read::<HighWaterRecord>(self.engine, &Key::HighWater { agent: agent.clone(), boot })?;
        let recorded = mark.map_or(0, |mark| mark.sequence);
        Ok((recorded < last).then(|| {
            (format!("it reaches event {last}, and its boot is recorded up to {recorded}"), RESTORE)
        }))
    }

    fn visit(&self, visit: &Visit) -> Result<Option<Finding>, StoreError> {
        for index in indexes(visit) {
            if self.engine.get(&index.encode())?.is_none() {
                return Ok(Some((format!("it is missing in the {}", index.kind()), RESTORE)));
            }
        }
        self.customer(&visit.customer)
    }

    fn profile(&self, customer: &CustomerId, record: &ProfileRecord) -> Result<Option<Finding>, StoreError> {
        let prefix = prefix::orders_of(customer);
        let mut stored: u32 = 0;
        scan(self.engine, &prefix, &prefix, |_, _| {
            stored += 1;
            Ok(Flow::On)
        })?;
        let counted = record.profile.order_count;
        if counted != stored {
            return Ok(Some((format!("it counts {counted} orders, and {stored} are stored"), REBUILD)));
        }
        self.customer(customer)
    }

    fn part(&self, of: &[u8], index: u16) -> Result<Option<Finding>, StoreError> {
        let count = self.engine.get(of)?.as_deref().and_then(record::parts).unwrap_or(0);
        Ok((index >= count).then(|| ("its record does not name it".to_owned(), HARMLESS)))
    }
}

#[cfg(test)]
mod tests;
