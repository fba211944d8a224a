//! What is told of a look: the shop and the role, and no member of the staff.

use shopbell_domain::ports::LookKind;

/// The only role in which cards are looked at.
pub(super) const ROLE: &str = "associate";

/// The only purpose for which cards are looked at.
pub(super) const PURPOSE: &str = "service in the shop";

/// What was seen.
pub(super) const fn what(kind: LookKind) -> &'static str {
    match kind {
        LookKind::Greeted => "confirmed you, which opened the card",
        LookKind::GreetedTakenBack => "took the confirmation back",
        LookKind::CardOpened => "the card, with what you share",
        LookKind::MinimalCardOpened => "where you are, since when, and whether you want help",
        LookKind::NamedMinimalCardOpened => "the same, with your name",
    }
}
