//! The ingest log and the visits.
//!
//! A visit is one record; three index entries say which visits of a shop are open, when the others ended, and whose
//! they are. They are written with it, in the same commit. A visit that proved to be a part of another one stays in
//! the shop's indexes, since the shop finds its way by it, and is none of the customer's visits.

use std::iter;

use async_trait::async_trait;
use shopbell_domain::{
    id::{AgentId, BootId, CustomerId, StoreId, VisitId},
    ports::{Ledger, LedgerEntry, StoreError},
    time::Timestamp,
    visit::Visit,
};

use crate::{
    draft::Draft,
    engine::{self, Flow, Ground, read, scan},
    key::{Key, prefix},
    keys::Keys,
    locks::Subject,
    record::{
        CountRecord, HighWaterRecord, IndexRecord, PRESENCES_A_RECORD, PresenceRow, PresencesRecord,
        SealedRow,
    },
    store::EmbeddedStore,
};

#[async_trait]
impl Ledger for EmbeddedStore {
    async fn high_water(&self, agent: &AgentId, boot: BootId) -> Result<Option<u64>, StoreError> {
        let key = Key::HighWater { agent: agent.clone(), boot };
        Ok(read::<HighWaterRecord>(self.ground(), &key)?.map(|record| record.sequence))
    }

    async fn record(&self, entry: LedgerEntry) -> Result<(), StoreError> {
        let LedgerEntry { store, agent, visits, .. } = &entry;
        let (store, agent) = (store.clone(), agent.clone());
        let shops: Vec<StoreId> = visits.iter().map(|visit| visit.store.clone()).collect();
        let subjects = iter::once(Subject::Agent(agent.as_str()))
            .chain(iter::once(Subject::Shop(store.as_str())))
            .chain(shops.iter().map(|shop| Subject::Shop(shop.as_str())));
        self.write(subjects, move |draft| write_entry(draft, entry)).await
    }

    async fn put_visits(&self, visits: Vec<Visit>) -> Result<(), StoreError> {
        let shops: Vec<StoreId> = visits.iter().map(|visit| visit.store.clone()).collect();
        let subjects = shops.iter().map(|shop| Subject::Shop(shop.as_str()));
        self.write(subjects, move |draft| visits.iter().try_for_each(|visit| put_visit(draft, visit))).await
    }

    async fn recent_visits(&self, store: &StoreId, since: Timestamp) -> Result<Vec<Visit>, StoreError> {
        let store = store.clone();
        self.read(move |ground| {
            let open = prefix::open_visits(&store);
            let mut ids = visit_ids(ground, &open, &open)?;
            let ended = Key::EndedVisit { store: store.clone(), ended: since, visit: VisitId(0) };
            ids.extend(visit_ids(ground, &prefix::ended_visits(&store), &ended.encode())?);
            visits_by_beginning(ground, ids)
        })
        .await
    }

    async fn visits_of(&self, customer: &CustomerId) -> Result<Vec<Visit>, StoreError> {
        let prefix = prefix::visits_of(self.keys().customer(customer));
        self.read(move |ground| {
            let mut visits = visits_by_beginning(ground, visit_ids(ground, &prefix, &prefix)?)?;
            visits.retain(|visit| visit.merged_into.is_none());
            Ok(visits)
        })
        .await
    }

    async fn anonymous_count(&self, store: &StoreId, hour: Timestamp) -> Result<u32, StoreError> {
        let key = Key::Anonymous { store: store.clone(), hour };
        Ok(read::<CountRecord>(self.ground(), &key)?.unwrap_or_default().0)
    }
}

fn write_entry(draft: &mut Draft<'_>, entry: LedgerEntry) -> Result<(), StoreError> {
    let LedgerEntry { store, agent, boot, high_water, received, presences, visits, anonymous } = entry;
    let mark = Key::HighWater { agent: agent.clone(), boot };
    let recorded = draft.read::<HighWaterRecord>(&mark)?.map_or(0, |record| record.sequence);
    if high_water <= recorded {
        return Ok(());
    }
    draft.put(&mark, &HighWaterRecord { sequence: high_water, received })?;
    let rows: Vec<PresenceRow> = presences
        .into_iter()
        .filter(|presence| presence.sequence > recorded)
        .filter(|presence| draft.keys().customer_at(&presence.customer, presence.observed).is_some())
        .map(PresenceRow::from)
        .collect();
    let keys = draft.keys();
    draft.obtain(rows.iter().map(|row| keys.customer(&row.customer)))?;
    for rows in rows.chunks(PRESENCES_A_RECORD) {
        let Some(first) = rows.first().map(|row| row.sequence) else { continue };
        let key = Key::Presences { store: store.clone(), received, agent: agent.clone(), boot, first };
        let seal = |row: &PresenceRow| {
            let by = draft.keys().customer(&row.customer);
            Ok(SealedRow { sequence: row.sequence, row: draft.sealed(&key, by, row)? })
        };
        let rows = rows.iter().map(seal).collect::<Result<Vec<_>, StoreError>>()?;
        draft.put(&key, &PresencesRecord(rows))?;
    }
    for visit in &visits {
        put_visit(draft, visit)?;
    }
    for (hour, more) in anonymous {
        let key = Key::Anonymous { store: store.clone(), hour };
        let CountRecord(count) = draft.read(&key)?.unwrap_or_default();
        draft.put(&key, &CountRecord(count.saturating_add(more)))?;
    }
    Ok(())
}

/// Most changes leave the index entries as they stand: those are not written again. A visit from before the customer was
/// erased is none any more.
fn put_visit(draft: &mut Draft<'_>, visit: &Visit) -> Result<(), StoreError> {
    let Some(customer) = draft.keys().customer_at(&visit.customer, visit.began) else { return Ok(()) };
    let key = Key::Visit { id: visit.id };
    let former = draft.read::<Visit>(&key)?;
    let keys = draft.keys();
    let standing: Vec<Key> = former.iter().flat_map(|former| indexes(keys, former)).collect();
    let wanted = indexes(keys, visit);
    for index in standing.iter().filter(|index| !wanted.contains(index)) {
        draft.remove_short(index);
    }
    for index in wanted.iter().filter(|index| !standing.contains(index)) {
        draft.put(index, &IndexRecord)?;
    }
    draft.seal(&key, customer, visit)
}

/// The index entries of a visit.
pub(crate) fn indexes(keys: &Keys, visit: &Visit) -> [Key; 2] {
    let store = visit.store.clone();
    let state = match visit.ended {
        None => Key::OpenVisit { store, visit: visit.id },
        Some(ended) => Key::EndedVisit { store, ended, visit: visit.id },
    };
    [state, Key::VisitOf { customer: keys.customer(&visit.customer), visit: visit.id }]
}

pub(super) fn visit_ids(ground: Ground<'_>, prefix: &[u8], start: &[u8]) -> Result<Vec<VisitId>, StoreError> {
    let mut ids = Vec::new();
    scan(ground, prefix, start, |key, _| {
        let bytes = key.last_chunk().ok_or_else(|| StoreError::Damaged("an index of visits".to_owned()))?;
        ids.push(VisitId(u128::from_be_bytes(*bytes)));
        Ok(Flow::On)
    })?;
    Ok(ids)
}

fn visits_by_beginning(ground: Ground<'_>, ids: Vec<VisitId>) -> Result<Vec<Visit>, StoreError> {
    let mut visits: Vec<Visit> = Vec::with_capacity(ids.len());
    for id in ids {
        // Index and visit are written together; a visit that is missing was changed between the two reads.
        visits.extend(engine::read::<Visit>(ground, &Key::Visit { id })?);
    }
    visits.sort_by_key(|visit| (visit.began, visit.id));
    visits.dedup_by_key(|visit| visit.id);
    Ok(visits)
}
