//! Persons, as a function of a set of evidence and a set of retractions.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Identifier, IdentifierKind, Placeholder, Retractions, Rules, exploration::Place};
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

    /// It was seen with `other`. Whether that is one more that counts.
    pub(super) fn see(&mut self, other: &'a Identifier, rules: &Rules) -> bool {
        if self.counted.contains(other) || self.counted.len() >= rules.pairs_per_identifier() {
            return false;
        }
        self.counted.insert(other);
        // What names nobody fills a place, since a store cannot tell, but it does not make anything several people's.
        if rules.blocks(other).is_none() {
            let count = self.of_kind.entry(other.kind()).or_default();
            *count += 1;
            self.shared |= rules.is_shared(self.kind, other.kind(), *count);
        }
        true
    }

    /// Whether it is several people's.
    pub(super) const fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether nothing is joined through it: it is several people's, or nobody's.
    pub(super) const fn is_wall(&self) -> bool {
        self.shared || self.blocked.is_some()
    }

    fn counts(&self, other: &Identifier) -> bool {
        self.counted.contains(other)
    }
}

/// Makes persons of one component, whose places are known.
pub(super) struct Judge<'a> {
    rules: &'a Rules,
    component: &'a BTreeSet<Identifier>,
    place_of: &'a dyn Fn(&Identifier) -> Option<&'a Place>,
    groups: Groups<'a>,
    standings: BTreeMap<Evidence, Standing>,
    shared: BTreeSet<Identifier>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        rules: &'a Rules,
        component: &'a BTreeSet<Identifier>,
        place_of: &'a dyn Fn(&Identifier) -> Option<&'a Place>,
    ) -> Self {
        let (groups, standings, shared) = (Groups::default(), BTreeMap::new(), BTreeSet::new());
        Self { rules, component, place_of, groups, standings, shared }
    }

    /// Takes evidence that touches the component, in canonical order.
    pub(super) fn hear(&mut self, piece: &'a Evidence, retracted: bool) {
        let standing = if retracted { Standing::Retracted } else { self.standing_of(piece) };
        self.standings.insert(piece.clone(), standing);
    }

    fn standing_of(&mut self, piece: &'a Evidence) -> Standing {
        for end in [&piece.a, &piece.b] {
            if self.component.contains(end) {
                self.groups.add(end);
            }
        }
        if let Some(placeholder) = self.rules.blocks(&piece.a).or_else(|| self.rules.blocks(&piece.b)) {
            return Standing::Blocked(placeholder);
        }
        let (Some(a), Some(b)) = ((self.place_of)(&piece.a), (self.place_of)(&piece.b)) else {
            return Standing::Crowded;
        };
        if !(a.counts(&piece.b) && b.counts(&piece.a)) {
            return Standing::Crowded;
        }
        for (end, place) in [(&piece.a, a), (&piece.b, b)] {
            if place.is_shared {
                self.shared.insert(end.clone());
            }
        }
        if a.is_shared || b.is_shared {
            return Standing::Shared;
        }
        self.groups.join(&piece.a, &piece.b, self.rules)
    }

    /// `also`: what else is several people's.
    pub(super) fn finish(self, also: Option<Identifier>) -> Resolution {
        let mut shared = self.shared;
        shared.extend(also);
        Resolution { persons: self.groups.into_persons(), standings: self.standings, shared }
    }
}

/// Persons in the making.
#[derive(Debug, Default)]
struct Groups<'a> {
    place: BTreeMap<&'a Identifier, usize>,
    groups: BTreeMap<usize, Group<'a>>,
}

#[derive(Debug, Default)]
struct Group<'a> {
    members: Vec<&'a Identifier>,
    of_kind: BTreeMap<IdentifierKind, u32>,
}

impl<'a> Group<'a> {
    fn add(&mut self, identifier: &'a Identifier) {
        self.members.push(identifier);
        *self.of_kind.entry(identifier.kind()).or_default() += 1;
    }

    fn count(&self, kind: IdentifierKind) -> u32 {
        self.of_kind.get(&kind).copied().unwrap_or(0)
    }
}

impl<'a> Groups<'a> {
    fn add(&mut self, identifier: &'a Identifier) {
        let next = self.place.len();
        self.place.entry(identifier).or_insert_with(|| {
            self.groups.entry(next).or_default().add(identifier);
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
        let (Some(one), Some(other)) = (self.groups.get(&a), self.groups.get(&b)) else {
            return Standing::Confirms;
        };
        let broken = IdentifierKind::ALL
            .into_iter()
            .find(|kind| one.count(*kind) + other.count(*kind) > rules.per_person(*kind));
        if let Some(kind) = broken {
            return Standing::LimitBroken(kind);
        }
        // The smaller one moves, so that nobody moves more often than log2 of a group's size.
        let (kept, moved) = if one.members.len() >= other.members.len() { (a, b) } else { (b, a) };
        let Group { members, .. } = self.groups.remove(&moved).unwrap_or_default();
        let group = self.groups.entry(kept).or_default();
        for identifier in members {
            self.place.insert(identifier, kept);
            group.add(identifier);
        }
        Standing::Joins
    }

    fn into_persons(self) -> BTreeSet<Person> {
        self.groups.into_values().map(|group| Person(group.members.into_iter().cloned().collect())).collect()
    }
}
