//! All that was recorded, for those who must prove that nothing was lost or doubled: tests after a crash.

use shopbell_domain::{
    event::{Event, EventId},
    id::{AgentId, BootId, VisitId},
    ports::{RecordedPresence, StoreError},
    time::Timestamp,
    visit::Visit,
};

use crate::{
    engine::{Flow, Ground, each_record, read_sealed, scan},
    key::{Key, tag},
    record::{HighWaterRecord, PresencesRecord, Record},
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
        self.read(|ground| {
            let mut audit = Audit::default();
            each(ground, tag::VISIT, |_, visit| {
                audit.visits.push(visit);
                Ok(())
            })?;
            each(ground, tag::HIGH_WATER, |key, HighWaterRecord { sequence, received }| {
                if let Key::HighWater { agent, boot } = key {
                    audit.high_waters.push(HighWater { agent, boot, sequence, received });
                }
                Ok(())
            })?;
            each(ground, tag::PRESENCES, |key, PresencesRecord(rows)| {
                let Key::Presences { agent, boot, .. } = &key else { return Ok(()) };
                for row in rows {
                    let row = read_sealed(ground, &key, &row.row)?;
                    audit.presences.extend(row.map(|row| row.of(agent, *boot)));
                }
                Ok(())
            })?;
            Ok(audit)
        })
        .await
    }

    /// How many messages were ever taken into the inbox.
    pub async fn messages_seen(&self) -> Result<u64, StoreError> {
        self.read(|ground| {
            let mut count = 0;
            scan(ground, &[tag::SEEN], &[tag::SEEN], |_, _| {
                count += 1;
                Ok(Flow::On)
            })?;
            Ok(count)
        })
        .await
    }

    /// Whether a message of this name was ever taken into the inbox.
    pub fn has_seen(&self, message: &EventId) -> Result<bool, StoreError> {
        self.ground().holds(&Key::Seen { message: self.keys().name(message) })
    }

    /// All events that are kept, of everybody.
    pub async fn events_kept(&self) -> Result<Vec<Event>, StoreError> {
        self.read(|ground| {
            let mut events = Vec::new();
            each(ground, tag::EVENT, |_, event| {
                events.push(event);
                Ok(())
            })?;
            Ok(events)
        })
        .await
    }

    /// The visit with this id.
    pub fn visit(&self, id: VisitId) -> Result<Option<Visit>, StoreError> {
        crate::engine::read(self.ground(), &Key::Visit { id })
    }
}

fn each<R: Record>(
    ground: Ground<'_>,
    tag: u8,
    mut visit: impl FnMut(Key, R) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    each_record(ground, &[tag], |key, record| visit(key, record).map(|()| Flow::On))
}
