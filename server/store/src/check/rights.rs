//! The part of a check that reads regulations and receipts.

use shopbell_domain::ports::StoreError;

use super::{Readable, readable};
use crate::{
    engine::Ground,
    key::{Key, RightsKey},
    record::{
        IndexRecord, NamedRecord, NumberRecord, OutcomeRecord, PlanRecord, ReceiptRecord, RegulationRecord,
        RequestRecord, TextRecord, UsersRecord,
    },
};

/// Reads one record.
pub(super) fn read_record(
    ground: Ground<'_>,
    key: &Key,
    rights: RightsKey,
    value: &[u8],
) -> Result<Readable, StoreError> {
    match rights {
        RightsKey::Regulation(_) => readable::<RegulationRecord>(ground, key, value),
        RightsKey::Open(_)
        | RightsKey::ReceiptOf { .. }
        | RightsKey::OpenRequest(_)
        | RightsKey::ErasedOrder { .. } => readable::<IndexRecord>(ground, key, value),
        RightsKey::Users { .. } => readable::<UsersRecord>(ground, key, value),
        RightsKey::Plan { .. } => readable::<PlanRecord>(ground, key, value),
        RightsKey::Outcome { .. } => readable::<OutcomeRecord>(ground, key, value),
        RightsKey::Receipt { .. } => readable::<ReceiptRecord>(ground, key, value),
        RightsKey::NextReceipt | RightsKey::RequestOf { .. } | RightsKey::RegulationOf { .. } => {
            readable::<NumberRecord>(ground, key, value)
        }
        RightsKey::Request(_) => readable::<RequestRecord>(ground, key, value),
        RightsKey::NamedBy(_) => readable::<NamedRecord>(ground, key, value),
        RightsKey::Text { .. } => readable::<TextRecord>(ground, key, value),
    }
}
