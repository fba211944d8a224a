//! A new store out of what a damaged one still holds.
//!
//! ```text
//!  salvage -> carry: records as they are, but what may be out of date is made harmless
//!          -> settle: unreadable records go, indexes and sums are made anew, what others name is put in its place
//!          -> check, by the rules of `check.rs` -> the new store takes the damaged one's place
//! ```
//!
//! A log that has lost bytes may give back an older value than the last one. Nothing that a customer took away may come
//! back so: a customer whose record is not surely the last shares nothing from now on, and a phone whose record is not
//! surely the last is revoked. Who is only named by others is put back without a name, sharing nothing.
//!
//! A high-water mark that was lost is made anew from the presences. It may come out lower than what was acknowledged,
//! never higher; an agent sends again only what was not acknowledged, and an event that counts twice falls into the
//! visit that its time falls into, so that no visit is doubled.
//!
//! What the online life made is settled in `recover/online.rs`, which says what holds of it.
//!
//! Sealed records are carried over as they are, and opened where something must be known of them. One whose key was
//! destroyed is of somebody who was erased: it is dropped, and is no loss. With another vault than the store's nothing could
//! be told from that, so it is refused.
//!
//! Never here: the import of old files, which `import` guards by [`EmbeddedStore::recovered`].

mod damage;
mod online;
mod report;
mod rights;

use std::{collections::HashSet, path::Path};

use shopbell_domain::{
    consent::Consent,
    id::{BootId, CustomerId},
    ports::StoreError,
    profile::Customer,
    redacted::Redacted,
    showing,
    time::Timestamp,
    visit::Visit,
};
use shopbell_durable::{Found, Options, Recovery, Salvage};
use shopbell_vault::Vault;

use self::online::Online;
pub use self::report::{RecoverError, Recovered, RecoveryReport, Step};
use crate::{
    check::{self, Readable},
    draft::Draft,
    engine::{self, Flow, Ground, read_value, scan},
    key::Key,
    keys::Keys,
    opening::{self, OpenError},
    ports::{indexes, owner, put_customer, put_in_short, put_phone_of},
    record::{
        self, HighWaterRecord, IndexRecord, LastVisitRecord, PhoneRecord, PresencesRecord, ProofRecord,
        RecoveredRecord,
    },
    refusals,
    store::EmbeddedStore,
};

/// Bytes that one commit takes, about.
const COMMIT_BYTES: usize = 1_024 * 1_024;

impl EmbeddedStore {
    /// Recovers the store in `dir`, which must be there, unless it is healthy. Blocks. It can be cut short at any time
    /// and begun again. The damaged directory stays beside the new one, as the engine left it when it tried to open it.
    pub fn recover(
        dir: &Path,
        options: Options,
        vault: Vault,
        now: Timestamp,
        mut progress: impl FnMut(Step),
    ) -> Result<Recovered, RecoverError> {
        let keys = Keys::of(vault);
        let Some((reason, log_is_whole)) = damage::damage(dir, options, &keys)? else {
            return Ok(Recovered::Healthy);
        };
        let recovery = Recovery::begin(dir, options).map_err(OpenError::from)?;
        let new = recovery.new_store().map_err(OpenError::from)?;
        let salvage =
            Salvage::read(dir, |done, all| progress(Step::Reading(done, all))).map_err(OpenError::from)?;
        let ground = Ground::new(&new, &keys);
        damage::belongs(&salvage, ground, dir)?;
        opening::mark(ground)?;
        let mut settle = Settle::new(ground, now);
        settle.report.reason = reason;
        settle.log_is_whole = log_is_whole;
        settle.report.ends_whole = salvage.ends_whole();
        settle.report.unreadable_bytes = salvage.unreadable_bytes();
        settle.carry(&salvage, &mut progress)?;
        progress(Step::Settling);
        settle.settle()?;
        let mut report = settle.report;
        // What the log may have lost of it the vault still has.
        report.taken_back = refusals::replay_but_consents(ground)?;
        progress(Step::Checking);
        let found = check::run(ground, |_| ())?;
        if found.problem_count > 0 {
            return Err(RecoverError::Unsettled(found.problem_count));
        }
        report.kept = found.records;
        report.moved_to = recovery.finish(new, now.as_millis()).map_err(OpenError::from)?;
        Ok(Recovered::Anew(Box::new(report)))
    }

    /// When this store was made by a recovery: customers and phones may have been lost then, with what they took away.
    pub fn recovered(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(engine::read::<RecoveredRecord>(self.ground(), &Key::Recovered)?.map(|record| record.at))
    }
}

struct Settle<'a> {
    ground: Ground<'a>,
    now: Timestamp,
    draft: Draft<'a>,
    /// The engine has read it all, and every value is the last one.
    log_is_whole: bool,
    /// Long records of which a part is not surely the last: they may be put together of two.
    doubtful: HashSet<Vec<u8>>,
    online: Online,
    report: RecoveryReport,
}

impl<'a> Settle<'a> {
    fn new(ground: Ground<'a>, now: Timestamp) -> Self {
        let (doubtful, report) = (HashSet::new(), RecoveryReport::default());
        let (draft, online) = (Draft::new(ground), Online::default());
        Self { ground, now, draft, log_is_whole: false, doubtful, online, report }
    }

    fn lost(&mut self, kind: &'static str) {
        *self.report.lost.entry(kind).or_default() += 1;
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        std::mem::replace(&mut self.draft, Draft::new(self.ground)).commit()
    }

    fn flush_if_large(&mut self) -> Result<(), StoreError> {
        if self.draft.bytes() >= COMMIT_BYTES { self.flush() } else { Ok(()) }
    }

    fn carry(&mut self, salvage: &Salvage, progress: &mut impl FnMut(Step)) -> Result<(), RecoverError> {
        let (all, mut done, mut failed) = (salvage.len(), 0, None);
        salvage
            .entries(|found| {
                if failed.is_none() {
                    failed = self.take(found).and_then(|()| self.flush_if_large()).err();
                }
                done += 1;
                progress(Step::Carrying(done, all));
            })
            .map_err(OpenError::from)?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        self.draft.put(&Key::Recovered, &RecoveredRecord { at: self.now })?;
        Ok(self.flush()?)
    }

    fn take(&mut self, Found { entry, current }: Found) -> Result<(), StoreError> {
        let current = current || self.log_is_whole;
        let Ok(key) = Key::decode(&entry.key) else {
            self.lost("unknown");
            return Ok(());
        };
        match &key {
            // They are made anew of the visits, of the phones and of the log.
            Key::PhoneOf { .. }
            | Key::OpenVisit { .. }
            | Key::EndedVisit { .. }
            | Key::VisitOf { .. }
            | Key::LoggedOf(_)
            | Key::Recovered
            | Key::Layout => {
                return Ok(());
            }
            Key::Customer { .. } if !current => {
                let Some(customer) = self.open::<Customer>(&key, &entry.value) else { return Ok(()) };
                self.report.customers_closed += 1;
                let closed = customer.consent.closed();
                // Whatever was agreed to before: it counts from a new decision on.
                let customer = Customer { consented_since: self.now, ..customer.decided(closed, self.now) };
                return put_customer(&mut self.draft, &customer);
            }
            Key::Phone { .. } if !current => {
                let Some(phone) = self.open::<PhoneRecord>(&key, &entry.value) else { return Ok(()) };
                self.report.phones_closed += u64::from(!phone.revoked);
                return self.draft.put(&key, &PhoneRecord { revoked: true, ..phone });
            }
            Key::Part { of, .. } if !current => {
                self.doubtful.insert(of.clone());
            }
            _ if !current && record::parts(&entry.value).is_some() => {
                self.doubtful.insert(entry.key.clone());
            }
            _ => {}
        }
        if let Some(value) = self.take_online(&key, entry.value, current)? {
            self.draft.put_bytes(entry.key, value);
        }
        Ok(())
    }

    /// A record that was never cut; `None` when it is lost, or was forgotten.
    fn open<R: record::Record>(&mut self, key: &Key, value: &[u8]) -> Option<R> {
        let opened = engine::read_value(self.ground, key, value);
        if opened.is_err() {
            self.lost(key.kind());
        }
        opened.ok().flatten()
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        self.each(|settle, key, value| {
            settle.drop_unreadable(key, value);
            Ok(())
        })?;
        self.each(Self::put_in_place)?;
        self.settle_online()?;
        self.each(Self::drop_orphaned_part)
    }

    fn each(
        &mut self,
        mut step: impl FnMut(&mut Self, &Key, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        scan(self.ground, &[], &[], |bytes, value| {
            if let Ok(key) = Key::decode(&bytes) {
                step(self, &key, &value)?;
                self.flush_if_large()?;
            }
            Ok(Flow::On)
        })?;
        self.flush()
    }

    /// Events, messages and entries of the log never change, so that their parts always belong together.
    fn drop_unreadable(&mut self, key: &Key, value: &[u8]) {
        let changes = !matches!(
            key,
            Key::Event { .. } | Key::Logged(_) | Key::Waiting { .. } | Key::Failed { .. } | Key::Part { .. }
        );
        let mixed = changes && self.doubtful.contains(&key.encode());
        let read = check::read_record(self.ground, key, value);
        if matches!(read, Ok(Readable::Forgotten)) {
            return self.draft.remove_short(key);
        }
        let unreadable = matches!(read, Err(StoreError::Damaged(_)));
        if mixed || unreadable || self.is_misplaced(key, value) {
            if !self.note_lost_decision(key) {
                self.lost(key.kind());
            }
            self.draft.remove_short(key);
        }
    }

    fn put_in_place(&mut self, key: &Key, value: &[u8]) -> Result<(), StoreError> {
        let ground = self.ground;
        match key {
            Key::Phone { .. } => {
                let Some(record) = read_value::<PhoneRecord>(ground, key, value)? else { return Ok(()) };
                match owner(ground, key, &record)? {
                    Some(owner) => {
                        put_phone_of(&mut self.draft, &owner)?;
                        self.customer(&owner.customer)
                    }
                    None => Ok(()),
                }
            }
            Key::Consent { .. } => match read_value::<ProofRecord>(ground, key, value)? {
                Some(record) => self.customer(&record.customer),
                None => Ok(()),
            },
            Key::LastVisit { .. } => match read_value::<LastVisitRecord>(ground, key, value)? {
                Some(record) => self.customer(&record.customer),
                None => Ok(()),
            },
            Key::Visit { .. } => {
                let Some(visit) = read_value::<Visit>(ground, key, value)? else { return Ok(()) };
                for index in indexes(ground.keys(), &visit) {
                    self.draft.put(&index, &IndexRecord)?;
                }
                self.customer(&visit.customer)
            }
            Key::Presences { agent, boot, received, .. } => {
                let rows = read_value::<PresencesRecord>(ground, key, value)?;
                let last = rows.and_then(|PresencesRecord(rows)| rows.last().map(|row| row.sequence));
                let mark = Key::HighWater { agent: agent.clone(), boot: BootId(boot.0) };
                self.high_water(&mark, last.unwrap_or(0), *received)
            }
            Key::Logged(one) => match read_value::<showing::Entry>(ground, key, value)? {
                Some(entry) => put_in_short(&mut self.draft, *one, &entry),
                None => Ok(()),
            },
            Key::Rights(rights) => self.rights(*rights, key, value),
            _ => Ok(()),
        }
    }

    fn customer(&mut self, id: &CustomerId) -> Result<(), StoreError> {
        let key = Key::Customer { customer: self.draft.keys().customer(id) };
        if self.draft.holds(&key)? {
            return Ok(());
        }
        self.lost(key.kind());
        let (name, consent, help_since) = (Redacted::default(), Consent::default(), None);
        let customer = Customer { id: id.clone(), name, consent, help_since, consented_since: self.now };
        put_customer(&mut self.draft, &customer)
    }

    fn high_water(&mut self, key: &Key, last: u64, received: Timestamp) -> Result<(), StoreError> {
        let mark = self.draft.read::<HighWaterRecord>(key)?;
        if mark.is_none() {
            self.lost(key.kind());
        }
        match mark {
            Some(mark) if mark.sequence >= last => Ok(()),
            _ => self.draft.put(key, &HighWaterRecord { sequence: last, received }),
        }
    }

    fn drop_orphaned_part(&mut self, key: &Key, _value: &[u8]) -> Result<(), StoreError> {
        if let Key::Part { of, index } = key {
            let count = self.ground.get(of)?.as_deref().and_then(record::parts).unwrap_or(0);
            if *index >= count {
                self.draft.remove_short(key);
            }
        }
        Ok(())
    }
}
