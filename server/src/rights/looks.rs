//! What is told of a look: the shop and the role, and no member of the staff.

use shopbell_domain::{id::StoreId, ports::LookKind};

/// Where those look who are in no shop.
pub(crate) fn office() -> StoreId {
    StoreId::new("operations").unwrap_or_else(|_| unreachable!("a word makes a shop's identifier"))
}

/// In which role somebody looked.
pub(super) const fn role(kind: LookKind) -> &'static str {
    match kind {
        LookKind::IdentityShown
        | LookKind::FailedMessageShown
        | LookKind::Exported
        | LookKind::CardExplained => "operator",
        LookKind::ExportedByApp => "the retailer's app",
        _ => "associate",
    }
}

/// For which purpose.
pub(super) const fn purpose(kind: LookKind) -> &'static str {
    match kind {
        LookKind::IdentityShown => "to put right who was taken for whom",
        LookKind::FailedMessageShown => "to mend what could not be read",
        LookKind::Exported | LookKind::ExportedByApp => "to hand you what is kept of you",
        LookKind::CardExplained => "to see whether what was suggested was right",
        _ => "service in the shop",
    }
}

/// What was seen.
pub(super) const fn what(kind: LookKind) -> &'static str {
    match kind {
        LookKind::Greeted => "confirmed you, which opened the card",
        LookKind::GreetedTakenBack => "took the confirmation back",
        LookKind::CardOpened => "the card, with what you share",
        LookKind::MinimalCardOpened => "where you are, since when, and whether you want help",
        LookKind::NamedMinimalCardOpened => "the same, with your name",
        LookKind::IdentityShown => "your identifiers, and why they are taken for yours",
        LookKind::FailedMessageShown => "a message that names you and could not be read",
        LookKind::Exported | LookKind::ExportedByApp => "everything that is kept of you, as an export",
        LookKind::CardExplained => "why something was suggested, with what was known for it",
    }
}
