//! The part of a recovery that is about what customers asked.

use shopbell_domain::{ports::StoreError, rights::Wish};

use super::Settle;
use crate::{
    engine::read_value,
    key::{Key, RightsKey},
    record::{IndexRecord, NumberRecord, RegulationRecord, RequestRecord},
};

impl Settle<'_> {
    /// What was asked and is not known to have ended is carried out, and no receipt's number is given twice. What came from a
    /// source that left is looked for once more: the log may still hold it.
    pub(super) fn rights(&mut self, rights: RightsKey, key: &Key, value: &[u8]) -> Result<(), StoreError> {
        match rights {
            RightsKey::Regulation(number) => match read_value::<RegulationRecord>(self.ground, key, value)? {
                Some(record) if !record.regulation.state.is_final() => {
                    self.draft.put(&Key::Rights(RightsKey::Open(number)), &IndexRecord)
                }
                _ => Ok(()),
            },
            RightsKey::Request(number) => match read_value::<RequestRecord>(self.ground, key, value)? {
                Some(RequestRecord(request))
                    if request.closed.is_none() || request.wish == Wish::EraseSource =>
                {
                    self.draft.put(&Key::Rights(RightsKey::OpenRequest(number)), &IndexRecord)
                }
                _ => Ok(()),
            },
            RightsKey::Receipt { number } => {
                let next = Key::Rights(RightsKey::NextReceipt);
                let NumberRecord(known) = self.draft.read(&next)?.unwrap_or(NumberRecord(1));
                self.draft.put(&next, &NumberRecord(known.max(number.saturating_add(1))))
            }
            _ => Ok(()),
        }
    }
}
