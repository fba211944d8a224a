//! What is left in a restored store of those who were erased since its backup: sealed with keys that are gone, it reads as
//! absent already. Here it goes, with the indexes that led to it.
//!
//! Looks at every record, page by page, in commits of a page. Done again, or cut short and done again, it comes to the same.

use shopbell_domain::{id::VisitId, ports::StoreError};

use crate::{
    EmbeddedStore,
    draft::Draft,
    engine::{self, Flow, Ground},
    inbox,
    key::{Key, tag},
    keys, record,
};

/// Entries that are looked at at once.
const ENTRIES: usize = 256;

/// What leads to visits, and to the log of showings.
const INDEXES: [&[u8]; 4] = [&[tag::OPEN_VISIT], &[tag::ENDED_VISIT], &[tag::VISIT_OF], &[tag::LOGGED_OF]];

impl EmbeddedStore {
    /// Messages of the inbox, waiting or failed, that nobody can read any more: what is settled is removed before its key is
    /// destroyed, so the vault never had these keys, or has forgotten them. It is a copy that is older than the store.
    pub async fn lost_messages(&self) -> Result<u64, StoreError> {
        self.read(|ground| {
            let mut lost = 0;
            let gone = |key: &[u8], value: &[u8]| -> Result<bool, StoreError> {
                Ok(inbox::sealing_key(ground, key, value)?.is_some_and(|key| ground.keys().is_gone(key)))
            };
            inbox::each_run(ground, |run, value| {
                lost += if gone(&run.key().encode(), value)? { u64::from(run.count) } else { 0 };
                Ok(Flow::On)
            })?;
            engine::scan(ground, &[tag::FAILED], &[tag::FAILED], |key, value| {
                lost += u64::from(gone(&key, &value)?);
                Ok(Flow::On)
            })?;
            Ok(lost)
        })
        .await
    }

    /// Removes what nobody can read any more. How many records there were.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let mut swept = self.sweep_all(&[], unreadable).await?;
        // The ends of what led to them.
        for index in INDEXES {
            swept += self.sweep_all(index, without_end).await?;
        }
        Ok(swept)
    }

    async fn sweep_all(
        &self,
        prefix: &'static [u8],
        goes: fn(Ground<'_>, &Key, &[u8]) -> Result<bool, StoreError>,
    ) -> Result<u64, StoreError> {
        let (mut swept, mut from) = (0, prefix.to_vec());
        loop {
            let start = from.clone();
            let page = self.read(move |ground| ground.page(prefix, &start, ENTRIES)).await?;
            let Some((last, _)) = page.last() else { return Ok(swept) };
            from = [last.as_slice(), &[0]].concat();
            let going = self.read(move |ground| {
                let mut going = Vec::new();
                for (name, value) in page {
                    // One that cannot be read is for `check` to tell.
                    if let Ok(key) = Key::decode(&name)
                        && goes(ground, &key, &value)?
                    {
                        going.push(key);
                    }
                }
                Ok(going)
            });
            let going = going.await?;
            swept += going.len() as u64;
            if !going.is_empty() {
                let removed = self.write([], move |draft| {
                    for key in &going {
                        draft.remove(key);
                        forget_name(draft, key);
                    }
                    Ok(())
                });
                removed.await?;
            }
        }
    }
}

/// An event that is gone though nobody erased its person was lost with a key of the vault: who has it may tell it again.
fn forget_name(draft: &mut Draft<'_>, key: &Key) {
    if let Key::Event { home, event, .. } = key
        && !draft.keys().vault().is_tombstoned(&(*home).into())
    {
        draft.remove_short(&Key::Seen { message: *event });
    }
}

/// Whether a value is sealed, and one of its keys is gone.
fn unreadable(ground: Ground<'_>, key: &Key, value: &[u8]) -> Result<bool, StoreError> {
    if matches!(key, Key::Part { .. }) {
        return Ok(false);
    }
    let joined = record::parts(value).map(|count| engine::join(ground, key, count)).transpose()?;
    let value = joined.as_deref().unwrap_or(value);
    if keys::parts(value).is_none() {
        return Ok(false);
    }
    match ground.keys().open(&|| key.fingerprint(), &key.encode(), value) {
        Ok(opened) => Ok(opened.is_none()),
        Err(StoreError::Damaged(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether an index leads to something that is not there.
fn without_end(ground: Ground<'_>, key: &Key, _: &[u8]) -> Result<bool, StoreError> {
    let missing = |visit: VisitId| Ok(!ground.holds(&Key::Visit { id: visit })?);
    match key {
        Key::OpenVisit { visit, .. } | Key::EndedVisit { visit, .. } | Key::VisitOf { visit, .. } => {
            missing(*visit)
        }
        Key::LoggedOf(entry) => Ok(!ground.holds(&Key::Logged(*entry))?),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests;
