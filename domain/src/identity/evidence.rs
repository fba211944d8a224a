//! What speaks for two identifiers being one person's, and what somebody decided against it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Identifier, IdentifierKind};
use crate::{
    event::{Event, EventId},
    redacted::Redacted,
    time::Timestamp,
};

/// One event named two identifiers together.
///
/// Evidence sorts in **canonical order**: by strength, then by time, then by name. It is as strong as its weaker end, so
/// what rests on browsers comes after everything that rests on names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// The event.
    pub id: EventId,
    /// When it happened; of what a page tells, when it was received. Who could choose it could come before all others.
    pub at: Timestamp,
    /// The stronger identifier.
    pub a: Identifier,
    /// The other one.
    pub b: Identifier,
}

impl Evidence {
    /// What an event is evidence of: its strongest identifier goes with each other one. Nothing, when it names one only.
    pub fn of(event: &Event) -> Vec<Self> {
        let who = super::who(event.who.iter().cloned());
        let Some((strongest, others)) = who.split_first() else { return Vec::new() };
        let with = |other: &Identifier| Self {
            id: event.id.clone(),
            at: event.witnessed_at(),
            a: strongest.clone(),
            b: other.clone(),
        };
        others.iter().map(with).collect()
    }

    /// The end that is not `one`; `None` when neither is.
    pub fn other_end(&self, one: &Identifier) -> Option<&Identifier> {
        match (&self.a == one, &self.b == one) {
            (true, _) => Some(&self.b),
            (_, true) => Some(&self.a),
            _ => None,
        }
    }

    /// The two identifiers, without when and by which event.
    pub fn pair(&self) -> Pair {
        Pair::new(self.a.clone(), self.b.clone())
    }

    /// Its place in canonical order.
    fn rank(&self) -> (IdentifierKind, IdentifierKind, Timestamp, &EventId, &Identifier, &Identifier) {
        (self.b.kind(), self.a.kind(), self.at, &self.id, &self.a, &self.b)
    }
}

impl Ord for Evidence {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Evidence {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Two identifiers, the stronger first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pair(Identifier, Identifier);

impl Pair {
    /// Of two identifiers, in whatever order.
    pub fn new(one: Identifier, other: Identifier) -> Self {
        if one <= other { Self(one, other) } else { Self(other, one) }
    }

    /// The two, the stronger first.
    pub const fn ends(&self) -> (&Identifier, &Identifier) {
        (&self.0, &self.1)
    }
}

/// What a retraction takes back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Retracted {
    /// What one event says: it was wrong. The event itself stays with its home identifier.
    Event(EventId),
    /// Whatever says that these two are one person's, also what will say so later. This is how a merge is undone: the
    /// next sign-in on the same browser must not do it again.
    Pair(Pair),
}

/// A decision that evidence counts no more. It is kept for ever, also after it was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retraction {
    /// What is taken back.
    pub what: Retracted,
    /// By whom, as the caller is known: an associate, an administrator, the customer.
    pub by: Redacted<String>,
    /// When.
    pub at: Timestamp,
    /// Why, in that person's words.
    pub why: Redacted<String>,
}

/// What is retracted now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retractions {
    events: BTreeSet<EventId>,
    // By first end, so that asking needs no copy of a pair.
    pairs: BTreeMap<Identifier, BTreeSet<Identifier>>,
}

impl Retractions {
    /// Takes something back. Twice is once.
    pub fn insert(&mut self, what: Retracted) {
        match what {
            Retracted::Event(id) => {
                self.events.insert(id);
            }
            Retracted::Pair(Pair(a, b)) => {
                self.pairs.entry(a).or_default().insert(b);
            }
        }
    }

    /// Lets it count again.
    pub fn remove(&mut self, what: &Retracted) {
        match what {
            Retracted::Event(id) => {
                self.events.remove(id);
            }
            Retracted::Pair(Pair(a, b)) => {
                if let Some(others) = self.pairs.get_mut(a) {
                    others.remove(b);
                    if others.is_empty() {
                        self.pairs.remove(a);
                    }
                }
            }
        }
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Self) {
        self.events.extend(other.events);
        for (a, others) in other.pairs {
            self.pairs.entry(a).or_default().extend(others);
        }
    }

    /// Whether a piece of evidence is taken back.
    pub fn cover(&self, evidence: &Evidence) -> bool {
        self.events.contains(&evidence.id)
            || self.pairs.get(&evidence.a).is_some_and(|others| others.contains(&evidence.b))
            || self.pairs.get(&evidence.b).is_some_and(|others| others.contains(&evidence.a))
    }
}

impl FromIterator<Retracted> for Retractions {
    fn from_iter<T: IntoIterator<Item = Retracted>>(all: T) -> Self {
        let mut retractions = Self::default();
        for what in all {
            retractions.insert(what);
        }
        retractions
    }
}
