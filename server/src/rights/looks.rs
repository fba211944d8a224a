//! What is told of a look: the shop and the role, and no member of the staff.

use shopbell_domain::ports::LookKind;

/// In which role somebody looked.
pub(super) const fn role(kind: LookKind) -> &'static str {
    match kind {
        LookKind::IdentityShown => "operator",
        _ => "associate",
    }
}

/// For which purpose.
pub(super) const fn purpose(kind: LookKind) -> &'static str {
    match kind {
        LookKind::IdentityShown => "to put right who was taken for whom",
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
    }
}
