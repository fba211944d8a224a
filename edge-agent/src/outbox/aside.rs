//! Events that mean nothing to the server: kept aside, so that they hold up nothing and whoever looks for the fault has
//! them. They go when they are as old as the outbox keeps any event, or when there are too many.

use std::time::Duration;

use shopbell_domain::id::BootId;
use shopbell_durable::{CommitError, Entry, Store, WriteBatch};
use shopbell_proto::convert::edge::{AgentInstant, Rejection};

use super::{OutboxError, Position, Waiting, keys, limits};

/// Most events that are kept aside; the oldest go first.
const MOST: usize = 1_000;

/// All that are set aside, oldest first.
pub(super) fn all(store: &Store) -> Result<Vec<Entry>, OutboxError> {
    store.entries(keys::all_aside()).map(|entry| entry.map_err(OutboxError::from)).collect()
}

/// Sets those of a run's events aside that the server rejected, and tells how many were there. They are still under
/// their own keys, too: who is cut off here sends them again, and is told the same again.
pub(super) async fn set(store: &Store, up_to: Position, rejected: &[Rejection]) -> Result<u64, OutboxError> {
    let mut batch = WriteBatch::new();
    for Rejection { sequence, reason } in rejected.iter().filter(|one| one.sequence <= up_to.sequence) {
        let position = Position { run: up_to.run, sequence: *sequence };
        let Some(value) = store.get(position.key())? else { continue };
        tracing::error!(
            sequence,
            reason,
            "the server rejects an event, which is set aside: update the older of the two"
        );
        batch.put(position.aside_key(), value);
    }
    let count = batch.len() as u64;
    commit(store, batch).await?;
    Ok(count)
}

/// Deletes what is too old or too much.
pub(super) async fn expire(
    store: &Store,
    boot: BootId,
    now: AgentInstant,
    max_age: Duration,
) -> Result<(), OutboxError> {
    let entries = all(store)?;
    let too_many = entries.len().saturating_sub(MOST);
    let is_old = |entry: &Entry| {
        let Ok((made_by, report)) = keys::decode(&entry.value) else { return true };
        let event = Waiting { position: Position { run: 0, sequence: 0 }, boot: made_by, report };
        limits::age(&event, boot, now).is_some_and(|age| age > max_age)
    };
    let mut batch = WriteBatch::new();
    for (at, entry) in entries.into_iter().enumerate() {
        if at < too_many || is_old(&entry) {
            batch.delete(entry.key);
        }
    }
    commit(store, batch).await
}

/// A full disk loses an event that nobody could use; it must not stop the others.
async fn commit(store: &Store, batch: WriteBatch) -> Result<(), OutboxError> {
    if batch.is_empty() {
        return Ok(());
    }
    match store.commit(batch).await {
        Ok(()) | Err(CommitError::DiskFull { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
