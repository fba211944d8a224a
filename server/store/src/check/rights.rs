//! The part of a check that reads regulations and receipts. What is sealed is not opened: it names people.

use shopbell_domain::ports::StoreError;

use crate::{
    engine::{Engine, read_value},
    key::{Key, RightsKey},
    record::{IndexRecord, NumberRecord, OutcomeRecord, ReceiptRecord, RegulationRecord, SealedRecord},
};

/// Reads one record.
pub(super) fn read_record(
    engine: &dyn Engine,
    key: &Key,
    rights: RightsKey,
    value: &[u8],
) -> Result<(), StoreError> {
    match rights {
        RightsKey::Regulation(_) => read_value::<RegulationRecord>(engine, key, value).map(drop),
        RightsKey::Open(_) | RightsKey::ReceiptOf { .. } => {
            read_value::<IndexRecord>(engine, key, value).map(drop)
        }
        RightsKey::Users { .. } | RightsKey::Plan { .. } => {
            read_value::<SealedRecord>(engine, key, value).map(drop)
        }
        RightsKey::Outcome { .. } => read_value::<OutcomeRecord>(engine, key, value).map(drop),
        RightsKey::Receipt { .. } => read_value::<ReceiptRecord>(engine, key, value).map(drop),
        RightsKey::NextReceipt => read_value::<NumberRecord>(engine, key, value).map(drop),
    }
}
