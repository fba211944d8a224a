//! All that was recorded, for those who must prove that nothing was lost or doubled: tests after a crash.

use shopbell_domain::{
    event::{Event, EventId},
    id::{AgentId, BootId, VisitId},
    ports::{RecordedPresence, StoreError},
    time::Timestamp,
    visit::Visit,
};

use crate::{
    engine::{Engine, Flow, read_value, scan},
    key::{Key, tag},
    record::{HighWaterRecord, PresencesRecord},
    store::EmbeddedStore,
};

/// Everything of the ingest log.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// All visits, by id, which is by beginning.
    pub visits: Vec<Visit>,
    /// Highest sequence number of each boot, by agent and boot.
    pub high_waters: Vec<HighWater>,
    /// All presences, by shop and time of receipt.
    pub presences: Vec<RecordedPresence>,
}

/// How far a boot is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighWater {
    /// The agent.
    pub agent: AgentId,
    /// Its boot.
    pub boot: BootId,
    /// Highest sequence number recorded or discarded.
    pub sequence: u64,
    /// When that batch was received.
    pub received: Timestamp,
}

impl EmbeddedStore {
    /// Reads the whole ingest log into memory.
    pub async fn audit(&self) -> Result<Audit, StoreError> {
        self.read(|engine| {
            let mut audit = Audit::default();
            each(engine, tag::VISIT, |key, value| {
                audit.visits.push(read_value(engine, &key, value)?);
                Ok(())
            })?;
            each(engine, tag::HIGH_WATER, |key, value| {
                let HighWaterRecord { sequence, received } = read_value(engine, &key, value)?;
                if let Key::HighWater { agent, boot } = key {
                    audit.high_waters.push(HighWater { agent, boot, sequence, received });
                }
                Ok(())
            })?;
            each(engine, tag::PRESENCES, |key, value| {
                let PresencesRecord(rows) = read_value(engine, &key, value)?;
                if let Key::Presences { agent, boot, .. } = key {
                    audit.presences.extend(rows.into_iter().map(|row| row.of(&agent, boot)));
                }
                Ok(())
            })?;
            Ok(audit)
        })
        .await
    }

    /// The names of all messages that were ever taken into the inbox.
    pub async fn messages_seen(&self) -> Result<Vec<EventId>, StoreError> {
        self.read(|engine| {
            let mut names = Vec::new();
            each(engine, tag::SEEN, |key, _| {
                if let Key::Seen { event } = key {
                    names.push(event);
                }
                Ok(())
            })?;
            Ok(names)
        })
        .await
    }

    /// All events that are kept, of everybody.
    pub async fn events_kept(&self) -> Result<Vec<Event>, StoreError> {
        self.read(|engine| {
            let mut events = Vec::new();
            each(engine, tag::EVENT, |key, value| {
                events.push(read_value(engine, &key, value)?);
                Ok(())
            })?;
            Ok(events)
        })
        .await
    }

    /// The visit with this id.
    pub fn visit(&self, id: VisitId) -> Result<Option<Visit>, StoreError> {
        crate::engine::read(self.engine(), &Key::Visit { id })
    }
}

fn each(
    engine: &dyn Engine,
    tag: u8,
    mut visit: impl FnMut(Key, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    scan(engine, &[tag], &[tag], |key, value| {
        let key = Key::decode(&key).map_err(|error| StoreError::Damaged(format!("a key: {error}")))?;
        visit(key, &value)?;
        Ok(Flow::On)
    })
}
