//! The part of a check that reads what the online life made: messages, events, evidence, decisions, views.

use shopbell_domain::{
    event::{Event, EventId},
    identity::Evidence,
    ports::StoreError,
    profile::FoldState,
};

use super::{Check, Finding, REBUILD, RESTORE, Readable, readable};
use crate::{
    engine::{Ground, read, read_current, read_value},
    evidence::{counted, marks},
    inbox::Run,
    key::Key,
    ports::key_of,
    record::{
        DecisionsRecord, FailedRecord, FoundRecord, IdentifierRecord, IndexRecord, NameRecord, PairRecord,
        RetractedRecord, SettledRecord, ViewRecord,
    },
};

/// Reads one record of what events made.
pub(super) fn read_record(ground: Ground<'_>, key: &Key, value: &[u8]) -> Result<Readable, StoreError> {
    match key {
        Key::Seen { .. } => readable::<IndexRecord>(ground, key, value),
        Key::Waiting { .. } => {
            let messages = Run::of(key)?.messages(ground, value)?;
            Ok(if messages.is_empty() { Readable::Forgotten } else { Readable::Yes })
        }
        Key::Failed { .. } => readable::<FailedRecord>(ground, key, value),
        Key::Settled => readable::<SettledRecord>(ground, key, value),
        Key::Event { .. } => readable::<Event>(ground, key, value),
        Key::Evidence { .. } => readable::<NameRecord>(ground, key, value),
        Key::EvidenceOf { .. } | Key::Counted { .. } => readable::<Evidence>(ground, key, value),
        Key::Pair { .. } => readable::<PairRecord>(ground, key, value),
        Key::EventDecisions { .. } | Key::PairDecisions { .. } => {
            readable::<DecisionsRecord>(ground, key, value)
        }
        Key::DecisionOn { .. } => readable::<RetractedRecord>(ground, key, value),
        Key::Found { .. } => readable::<FoundRecord>(ground, key, value),
        // A view of a former layout is made anew by the server; one of this layout must be readable.
        Key::View { .. } => read_current::<ViewRecord>(ground, key).map(|_| Readable::Yes),
        Key::FoldState { .. } => read_current::<FoldState>(ground, key).map(|_| Readable::Yes),
        Key::Stale { .. } => readable::<IdentifierRecord>(ground, key, value),
        // Read by its namesake in `check.rs`.
        _ => Ok(Readable::Yes),
    }
}

impl Check<'_> {
    /// What events made.
    pub(super) fn online(&self, key: &Key, value: &[u8]) -> Result<Option<Finding>, StoreError> {
        let (ground, keys) = (self.ground, self.ground.keys());
        match key {
            Key::Event { .. } => {
                let misplaced = read_value::<Event>(ground, key, value)?
                    .is_some_and(|event| key_of(keys, &event) != *key);
                Ok(misplaced.then(|| ("it is under another name than its own".to_owned(), RESTORE)))
            }
            Key::Evidence { a, b, event, .. } => {
                let of = Key::EvidenceOf { event: *event, a: *a, b: *b };
                let found = ground.holds(&of)?;
                Ok((!found).then(|| ("it is not among the evidence of its event".to_owned(), REBUILD)))
            }
            Key::Pair { .. } => match read_value::<PairRecord>(ground, key, value)? {
                Some(pair) => self.pair(&pair),
                None => Ok(None),
            },
            Key::Counted { .. } => {
                let Some(evidence) = read_value::<Evidence>(ground, key, value)? else { return Ok(None) };
                let (a, b) = marks(keys, &evidence);
                let counts = read::<PairRecord>(ground, &Key::Pair { a, b })?
                    .is_some_and(|pair| !pair.retracted && pair.first.as_ref() == Some(&evidence));
                let named = counts && counted(keys, &evidence).contains(key);
                Ok((!named).then(|| ("its pair says that other evidence counts".to_owned(), REBUILD)))
            }
            Key::PairDecisions { a, b } => {
                let Some(decided) = read_value::<DecisionsRecord>(ground, key, value)? else {
                    return Ok(None);
                };
                let pair = read::<PairRecord>(ground, &Key::Pair { a: *a, b: *b })?.unwrap_or_default();
                Ok((pair.retracted != decided.holds())
                    .then(|| ("its pair says otherwise".to_owned(), REBUILD)))
            }
            Key::View { customer } => self.other_half(&Key::FoldState { customer: *customer }),
            Key::FoldState { customer } => self.other_half(&Key::View { customer: *customer }),
            // Read by `record`, and refers to nothing.
            _ => Ok(None),
        }
    }

    fn pair(&self, pair: &PairRecord) -> Result<Option<Finding>, StoreError> {
        let (ground, keys) = (self.ground, self.ground.keys());
        let Some(first) = pair.first.as_ref().filter(|_| !pair.retracted) else { return Ok(None) };
        let decisions = Key::EventDecisions { event: keys.name(&first.id) };
        if read::<DecisionsRecord>(ground, &decisions)?.is_some_and(|decided| decided.holds()) {
            return Ok(Some(("it counts evidence that was taken back".to_owned(), REBUILD)));
        }
        for key in counted(keys, first) {
            if !ground.holds(&key)? {
                return Ok(Some((format!("it is missing in the {}", key.kind()), REBUILD)));
            }
        }
        Ok(None)
    }

    fn other_half(&self, other: &Key) -> Result<Option<Finding>, StoreError> {
        let whole = self.ground.holds(other)?;
        Ok((!whole).then(|| (format!("the {} that belongs to it is missing", other.kind()), REBUILD)))
    }

    pub(super) fn seen(&self, event: &EventId) -> Result<Option<Finding>, StoreError> {
        let seen = self.ground.holds(&Key::Seen { message: self.ground.keys().name(event) })?;
        Ok((!seen).then(|| ("its name is not among those seen".to_owned(), REBUILD)))
    }
}
