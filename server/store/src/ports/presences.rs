//! The presences of one customer, found by the visits that they became part of: they stand under shops and times.

use std::{collections::BTreeSet, time::Duration};

use shopbell_domain::{id::StoreId, ports::StoreError, time::Timestamp, visit::Visit};

use super::ledger::visit_ids;
use crate::{
    engine::{self, Flow, Ground, each_record, read_value, scan},
    key::{Key, Mark, prefix, tag},
    record::PresencesRecord,
};

/// An agent holds back what it cannot send for three days; some hours more for clocks.
const LATE: Duration = Duration::from_secs(80 * 60 * 60);
const EARLY: Duration = Duration::from_secs(60 * 60);

/// Calls `visit` with each record that may hold presences of a customer.
pub(super) fn each_near(
    ground: Ground<'_>,
    customer: Mark,
    mut visit: impl FnMut(&Key, PresencesRecord) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let of = prefix::visits_of(customer);
    let mut near: BTreeSet<(StoreId, Timestamp, Timestamp)> = BTreeSet::new();
    for id in visit_ids(ground, &of, &of)? {
        if let Some(found) = engine::read::<Visit>(ground, &Key::Visit { id })? {
            let last = found.ended.unwrap_or(found.last_heard).max(found.last_heard);
            near.insert((found.store, found.began - EARLY, last + LATE));
        }
    }
    let mut seen = BTreeSet::new();
    for (shop, from, to) in near {
        let start = prefix::presences_since(&shop, from);
        scan(ground, &prefix::presences_in(&shop), &start, |bytes, value| {
            let key =
                Key::decode(&bytes).map_err(|error| StoreError::Damaged(format!("presences: {error}")))?;
            match &key {
                Key::Presences { received, .. } if *received <= to => {}
                _ => return Ok(Flow::Stop),
            }
            if seen.insert(bytes)
                && let Some(record) = read_value(ground, &key, &value)?
            {
                visit(&key, record)?;
            }
            Ok(Flow::On)
        })?;
    }
    Ok(())
}

/// Calls `visit` with each record of presences that there is.
pub(super) fn each(
    ground: Ground<'_>,
    mut visit: impl FnMut(&Key, PresencesRecord) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    each_record(ground, &[tag::PRESENCES], |key, record| visit(&key, record).map(|()| Flow::On))
}
