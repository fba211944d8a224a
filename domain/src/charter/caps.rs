//! How much is shown to one customer.

use std::collections::BTreeSet;

use super::Suppression;
use crate::{
    starter::{Past, Starter, StarterKind},
    time::Timestamp,
};

/// How many different starters are shown to one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// In one visit.
    pub per_visit: usize,
    /// In thirty days, over all visits.
    pub per_30_days: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { per_visit: 6, per_30_days: 20 }
    }
}

/// What room the caps leave on the card that is made now: whoever fills its slots takes them one after the other.
///
/// What was shown before in this visit takes no more of it, so that a card does not lose what it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    this_visit: BTreeSet<String>,
    lately: BTreeSet<String>,
    caps: Caps,
}

impl Room {
    pub(super) fn of(caps: Caps, past: &Past, now: Timestamp) -> Self {
        let lately = past.lately(now).into_iter().map(|id| sentence(id).to_owned()).collect();
        let this_visit = past.shown_this_visit.iter().map(|id| sentence(id).to_owned()).collect();
        Self { this_visit, lately, caps }
    }

    /// Takes room for a starter, if there is some. Who asks is always answered, and a hello suggests nothing: neither takes room.
    pub fn take(&mut self, starter: &Starter) -> Result<(), Suppression> {
        if !starter.kind.takes_room() {
            return Ok(());
        }
        let id = sentence(&starter.id()).to_owned();
        if self.this_visit.contains(&id) {
            return Ok(());
        }
        if self.this_visit.len() >= self.caps.per_visit {
            return Err(Suppression::VisitCap);
        }
        if !self.lately.contains(&id) && self.lately.len() >= self.caps.per_30_days {
            return Err(Suppression::MonthCap);
        }
        self.lately.insert(id.clone());
        self.this_visit.insert(id);
        Ok(())
    }
}

/// What stands for a starter where different ones are counted: what names nothing is the same sentence, whatever it is about. Else
/// whoever posts as a page would fill the caps with looks.
fn sentence(id: &str) -> &str {
    StarterKind::of_id(id).filter(|kind| kind.names_nothing()).map_or(id, |kind| kind.name())
}
