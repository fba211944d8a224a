//! Persons, as a function of a set of evidence and a set of retractions.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Identifier, IdentifierKind, Placeholder, Retractions, Rules};
use crate::id::CustomerId;

/// Whether a piece of evidence is effective, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It made one person of two.
    Joins,
    /// It says what stronger or earlier evidence says already. Without that, it would join.
    Confirms,
    /// Somebody took it back.
    Retracted,
    /// One of its identifiers names nobody.
    Blocked(Placeholder),
    /// One of its identifiers has been seen with more others than [`Rules::pairs_per_identifier`], and this one came later.
    Crowded,
    /// One of its identifiers is several people's.
    Shared,
    /// The person would have too many identifiers of this kind.
    LimitBroken(IdentifierKind),
}

impl Standing {
    /// Whether both identifiers are one person's because of it.
    pub const fn is_effective(self) -> bool {
        matches!(self, Self::Joins | Self::Confirms)
    }
}

/// One person: identifiers that belong together. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person(BTreeSet<Identifier>);

impl Person {
    /// Somebody of whom one identifier is known.
    pub fn alone(identifier: Identifier) -> Self {
        Self(BTreeSet::from([identifier]))
    }

    /// All identifiers, strongest first.
    pub fn identifiers(&self) -> impl ExactSizeIterator<Item = &Identifier> {
        self.0.iter()
    }

    /// Whether it is one of this person's.
    pub fn has(&self, identifier: &Identifier) -> bool {
        self.0.contains(identifier)
    }

    /// Which customer it is; `None` for somebody whom the retailer does not know.
    pub fn customer(&self) -> Option<CustomerId> {
        self.0.iter().find_map(Identifier::customer)
    }
}

/// Who is who.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolution {
    persons: BTreeSet<Person>,
    standings: BTreeMap<Evidence, Standing>,
    shared: BTreeSet<Identifier>,
}

impl Resolution {
    /// All persons that evidence which is not retracted speaks of.
    pub fn persons(&self) -> impl ExactSizeIterator<Item = &Person> {
        self.persons.iter()
    }

    /// Whose an identifier is. One that no evidence speaks of is a person of its own.
    pub fn person_of(&self, identifier: &Identifier) -> Person {
        let person = self.persons.iter().find(|person| person.has(identifier));
        person.cloned().unwrap_or_else(|| Person::alone(identifier.clone()))
    }

    /// All evidence in canonical order, with its standing.
    pub fn standings(&self) -> impl ExactSizeIterator<Item = (&Evidence, Standing)> {
        self.standings.iter().map(|(evidence, standing)| (evidence, *standing))
    }

    /// The standing of a piece of evidence; `None` when it was not given.
    pub fn standing(&self, evidence: &Evidence) -> Option<Standing> {
        self.standings.get(evidence).copied()
    }

    /// Whether an identifier is several people's, and so joins nothing.
    pub fn is_shared(&self, identifier: &Identifier) -> bool {
        self.shared.contains(identifier)
    }

    /// What it says of the component around `start`, and of the evidence that touches it: all that an
    /// [`super::Exploration`] has seen enough of.
    pub(super) fn within(mut self, component: &BTreeSet<Identifier>, start: &Identifier) -> Self {
        self.persons.retain(|person| person.identifiers().any(|identifier| component.contains(identifier)));
        self.standings
            .retain(|evidence, _| component.contains(&evidence.a) || component.contains(&evidence.b));
        let walls = self.standings.iter().filter(|(_, standing)| **standing == Standing::Shared);
        let walls: BTreeSet<&Identifier> = walls.flat_map(|(wall, _)| [&wall.a, &wall.b]).collect();
        self.shared.retain(|identifier| identifier == start || walls.contains(identifier));
        self
    }
}

/// Makes persons of evidence. Order and repetition of `evidence` mean nothing.
pub fn resolve(
    evidence: impl IntoIterator<Item = Evidence>,
    retractions: &Retractions,
    rules: &Rules,
) -> Resolution {
    let evidence: BTreeSet<Evidence> = evidence.into_iter().collect();
    let mut standings = BTreeMap::new();
    let mut surroundings: BTreeMap<&Identifier, Surroundings<'_>> = BTreeMap::new();
    let mut groups = Groups::default();
    let mut standing = Vec::new();
    for piece in &evidence {
        if retractions.cover(piece) {
            standings.insert(piece.clone(), Standing::Retracted);
            continue;
        }
        for (one, other) in [(&piece.a, &piece.b), (&piece.b, &piece.a)] {
            groups.add(one);
            surroundings.entry(one).or_insert_with(|| Surroundings::of(one, rules)).see(other, rules);
        }
        standing.push(piece);
    }
    for piece in standing {
        let (Some(a), Some(b)) = (surroundings.get(&piece.a), surroundings.get(&piece.b)) else { continue };
        let standing = match a.blocked.or(b.blocked) {
            Some(placeholder) => Standing::Blocked(placeholder),
            None if !(a.counts(&piece.b) && b.counts(&piece.a)) => Standing::Crowded,
            None if a.shared || b.shared => Standing::Shared,
            None => groups.join(&piece.a, &piece.b, rules),
        };
        standings.insert(piece.clone(), standing);
    }
    let shared = surroundings.iter().filter(|(_, around)| around.shared);
    let shared = shared.map(|(identifier, _)| (*identifier).clone()).collect();
    Resolution { persons: groups.into_persons(), standings, shared }
}

/// What one identifier was seen with. Whoever builds it tells evidence that is not retracted, in canonical order.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    kind: IdentifierKind,
    blocked: Option<Placeholder>,
    counted: BTreeSet<&'a Identifier>,
    of_kind: BTreeMap<IdentifierKind, u32>,
    shared: bool,
}

impl<'a> Surroundings<'a> {
    /// Of an identifier that was seen with nothing yet.
    pub(super) fn of(identifier: &Identifier, rules: &Rules) -> Self {
        Self {
            kind: identifier.kind(),
            blocked: rules.blocks(identifier),
            counted: BTreeSet::new(),
            of_kind: BTreeMap::new(),
            shared: false,
        }
    }

    /// It was seen with `other`.
    pub(super) fn see(&mut self, other: &'a Identifier, rules: &Rules) {
        if self.counted.contains(other) || self.counted.len() >= rules.pairs_per_identifier() {
            return;
        }
        self.counted.insert(other);
        // What names nobody fills a place, since a store cannot tell, but it does not make anything several people's.
        if rules.blocks(other).is_none() {
            let count = self.of_kind.entry(other.kind()).or_default();
            *count += 1;
            self.shared |= rules.is_shared(self.kind, other.kind(), *count);
        }
    }

    /// Those that count.
    pub(super) fn counted(&self) -> impl Iterator<Item = &'a Identifier> {
        self.counted.iter().copied()
    }

    /// Whether nothing is joined through it: it is several people's, or nobody's.
    pub(super) const fn is_wall(&self) -> bool {
        self.shared || self.blocked.is_some()
    }

    fn counts(&self, other: &Identifier) -> bool {
        self.counted.contains(other)
    }
}

/// Persons in the making.
#[derive(Debug, Default)]
struct Groups<'a> {
    place: BTreeMap<&'a Identifier, usize>,
    members: BTreeMap<usize, Vec<&'a Identifier>>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, identifier: &'a Identifier) {
        let next = self.place.len();
        self.place.entry(identifier).or_insert_with(|| {
            self.members.insert(next, vec![identifier]);
            next
        });
    }

    /// Makes one of the two groups, unless a limit forbids it.
    fn join(&mut self, a: &Identifier, b: &Identifier, rules: &Rules) -> Standing {
        let (Some(a), Some(b)) = (self.place.get(a).copied(), self.place.get(b).copied()) else {
            return Standing::Confirms;
        };
        if a == b {
            return Standing::Confirms;
        }
        if let Some(kind) = IdentifierKind::ALL
            .into_iter()
            .find(|kind| self.count(a, *kind) + self.count(b, *kind) > rules.per_person(*kind))
        {
            return Standing::LimitBroken(kind);
        }
        // The smaller one moves, so that nobody moves more often than log2 of a group's size.
        let (kept, moved) = if self.size(a) >= self.size(b) { (a, b) } else { (b, a) };
        for identifier in self.members.remove(&moved).unwrap_or_default() {
            self.place.insert(identifier, kept);
            self.members.entry(kept).or_default().push(identifier);
        }
        Standing::Joins
    }

    fn size(&self, group: usize) -> usize {
        self.members.get(&group).map_or(0, Vec::len)
    }

    fn count(&self, group: usize, kind: IdentifierKind) -> u32 {
        let members = self.members.get(&group).into_iter().flatten();
        members.fold(0, |count, identifier| count + u32::from(identifier.kind() == kind))
    }

    fn into_persons(self) -> BTreeSet<Person> {
        self.members.into_values().map(|members| Person(members.into_iter().cloned().collect())).collect()
    }
}
