//! The part of a check that reads what the online life made: messages, events, evidence, decisions, views.

use shopbell_domain::{
    event::{Event, EventId},
    identity::Evidence,
    inbox::Message,
    ports::StoreError,
    profile::FoldState,
};

use super::{Check, Finding, REBUILD, RESTORE};
use crate::{
    engine::{Engine, read, read_value},
    key::{Key, Mark, counted},
    ports::key_of,
    record::{
        DecisionsRecord, EvidenceRecord, FailedRecord, FoundRecord, IdentifierRecord, IndexRecord,
        PairRecord, Record, RetractedRecord, SettledRecord, ViewRecord,
    },
};

/// Reads one record of what events made.
pub(super) fn read_record(engine: &dyn Engine, key: &Key, value: &[u8]) -> Result<(), StoreError> {
    match key {
        Key::Seen { .. } | Key::Evidence { .. } => read_value::<IndexRecord>(engine, key, value).map(drop),
        Key::Waiting { .. } => read_value::<Message>(engine, key, value).map(drop),
        Key::Failed { .. } => read_value::<FailedRecord>(engine, key, value).map(drop),
        Key::Settled => read_value::<SettledRecord>(engine, key, value).map(drop),
        Key::Event { .. } => read_value::<Event>(engine, key, value).map(drop),
        Key::EvidenceOf { .. } => read_value::<EvidenceRecord>(engine, key, value).map(drop),
        Key::Pair { .. } => read_value::<PairRecord>(engine, key, value).map(drop),
        Key::Counted { .. } => read_value::<Evidence>(engine, key, value).map(drop),
        Key::EventDecisions { .. } | Key::PairDecisions { .. } => {
            read_value::<DecisionsRecord>(engine, key, value).map(drop)
        }
        Key::DecisionOn { .. } => read_value::<RetractedRecord>(engine, key, value).map(drop),
        Key::Found { .. } => read_value::<FoundRecord>(engine, key, value).map(drop),
        Key::View { .. } => read_value::<ViewRecord>(engine, key, value).map(drop),
        Key::FoldState { .. } => read_value::<FoldState>(engine, key, value).map(drop),
        Key::Stale { .. } => read_value::<IdentifierRecord>(engine, key, value).map(drop),
        // Read by its namesake in `check.rs`.
        _ => Ok(()),
    }
}

impl Check<'_> {
    /// What events made.
    pub(super) fn online(&self, key: &Key, value: &[u8]) -> Result<Option<Finding>, StoreError> {
        let engine = self.engine;
        match key {
            Key::Event { .. } => {
                let event: Event = read_value(engine, key, value)?;
                Ok((key_of(&event) != *key)
                    .then(|| ("it is under another name than its own".to_owned(), RESTORE)))
            }
            Key::Evidence { event, .. } => {
                read_value::<IndexRecord>(engine, key, value)?;
                let of = engine.get(&Key::EvidenceOf { event: event.clone() }.encode())?;
                Ok(of.is_none().then(|| ("it is not among the evidence of its event".to_owned(), REBUILD)))
            }
            Key::EvidenceOf { .. } => read_value::<EvidenceRecord>(engine, key, value).map(|_| None),
            Key::Pair { .. } => self.pair(&read_value(engine, key, value)?),
            Key::Counted { .. } => {
                let evidence: Evidence = read_value(engine, key, value)?;
                let pair = Key::Pair { a: Mark::of(&evidence.a), b: Mark::of(&evidence.b) };
                let counts = read::<PairRecord>(engine, &pair)?
                    .is_some_and(|pair| !pair.retracted && pair.first.as_ref() == Some(&evidence));
                let named = counts && counted(&evidence).contains(key);
                Ok((!named).then(|| ("its pair says that other evidence counts".to_owned(), REBUILD)))
            }
            Key::EventDecisions { .. } => read_value::<DecisionsRecord>(engine, key, value).map(|_| None),
            Key::PairDecisions { a, b } => {
                let decided: DecisionsRecord = read_value(engine, key, value)?;
                let pair = read::<PairRecord>(engine, &Key::Pair { a: *a, b: *b })?.unwrap_or_default();
                Ok((pair.retracted != decided.holds())
                    .then(|| ("its pair says otherwise".to_owned(), REBUILD)))
            }
            Key::DecisionOn { .. } => read_value::<RetractedRecord>(engine, key, value).map(|_| None),
            Key::Found { .. } => read_value::<FoundRecord>(engine, key, value).map(|_| None),
            Key::View { customer } => {
                self.view::<ViewRecord>(key, value, &Key::FoldState { customer: customer.clone() })
            }
            Key::FoldState { customer } => {
                self.view::<FoldState>(key, value, &Key::View { customer: customer.clone() })
            }
            Key::Stale { .. } => read_value::<IdentifierRecord>(engine, key, value).map(|_| None),
            // Read by `record`.
            _ => Ok(None),
        }
    }

    fn pair(&self, pair: &PairRecord) -> Result<Option<Finding>, StoreError> {
        let Some(first) = pair.first.as_ref().filter(|_| !pair.retracted) else { return Ok(None) };
        let decided = read::<DecisionsRecord>(self.engine, &Key::EventDecisions { event: first.id.clone() })?;
        if decided.is_some_and(|decided| decided.holds()) {
            return Ok(Some(("it counts evidence that was taken back".to_owned(), REBUILD)));
        }
        for key in counted(first) {
            if self.engine.get(&key.encode())?.is_none() {
                return Ok(Some((format!("it is missing in the {}", key.kind()), REBUILD)));
            }
        }
        Ok(None)
    }

    /// A view of a former layout is made anew by the server; one of this layout must be readable, and whole.
    fn view<R: Record>(&self, key: &Key, value: &[u8], other: &Key) -> Result<Option<Finding>, StoreError> {
        if value.first() == Some(&R::VERSION) {
            read_value::<R>(self.engine, key, value)?;
        }
        let whole = self.engine.get(&other.encode())?.is_some();
        Ok((!whole).then(|| (format!("the {} that belongs to it is missing", other.kind()), REBUILD)))
    }

    pub(super) fn seen(&self, event: EventId) -> Result<Option<Finding>, StoreError> {
        let seen = self.engine.get(&Key::Seen { event }.encode())?.is_some();
        Ok((!seen).then(|| ("its name is not among those seen".to_owned(), REBUILD)))
    }
}
