//! Looks at people who have not been met yet: one record for each associate, visit and what the card showed.
//!
//! A tablet fetches an open card anew with each change of the row; that is still the same look. The record says of the
//! first one who, when and which fields: zone, dwell and the wish for help always, the name where it was shown.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::{
    id::{AssociateId, VisitId},
    ports::LookKind,
};

/// Looks that are remembered; then all are forgotten, and some are recorded a second time.
const REMEMBERED: usize = 16_384;

/// The looks recorded since the start of the server.
#[derive(Debug, Default)]
pub(super) struct FirstLooks(Mutex<HashSet<(VisitId, AssociateId, bool)>>);

/// A look at a minimal card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MinimalLook {
    /// At which visit.
    pub(super) visit: VisitId,
    /// Whose look.
    pub(super) associate: AssociateId,
    /// Whether the card showed the name.
    pub(super) named: bool,
}

impl MinimalLook {
    /// As it is recorded.
    pub(super) const fn kind(&self) -> LookKind {
        if self.named { LookKind::NamedMinimalCardOpened } else { LookKind::MinimalCardOpened }
    }
}

impl FirstLooks {
    fn seen(&self) -> MutexGuard<'_, HashSet<(VisitId, AssociateId, bool)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there was no such look yet.
    pub(super) fn is_first(&self, look: &MinimalLook) -> bool {
        !self.seen().contains(&(look.visit, look.associate.clone(), look.named))
    }

    /// The look is on disk.
    pub(super) fn recorded(&self, look: MinimalLook) {
        let mut seen = self.seen();
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.insert((look.visit, look.associate, look.named));
    }
}
