//! The same persons as [`super::resolve`] finds in all evidence, from the evidence around one identifier.
//!
//! What is decided at an identifier depends on its **component** only: all that can be reached from it over evidence that
//! is not retracted, without passing through what is several people's or nobody's. So it is enough to look at the component
//! and at the walls around it:
//!
//! ```text
//!   a ── b ── c          d ── e       From b: look at a, b, c and the wall X. d and e are never looked at,
//!        └──── X (shared) ──┘         however many there are behind X.
//! ```
//!
//! An [`Exploration`] asks and is told; how the evidence is looked up, and whether that waits, is not its business. What
//! was found at each identifier stays in an [`Atlas`], so that many explorations of one moment look at each once, and
//! walk through what is too large once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Evidence, Identifier, Resolution, Retractions, Rules,
    resolution::{Judge, Surroundings},
};

/// What is known at one identifier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// All evidence with this identifier at one end; or at least, of its first [`Rules::pairs_per_identifier`] pairs in
    /// canonical order that are not retracted, the first piece each.
    pub evidence: Vec<Evidence>,
    /// All retractions that cover any of it.
    pub retractions: Retractions,
}

/// More identifiers hang together than may be looked at. Nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {most} identifiers hang together: find the one that is several people's and block it in the identity \
     rules, or retract its evidence"
)]
pub struct TooLarge {
    /// How many may be looked at.
    pub most: usize,
}

/// What was found at an identifier, worked out.
#[derive(Debug)]
pub struct Place {
    /// In canonical order, each with whether it is retracted.
    evidence: Vec<(Evidence, bool)>,
    /// In canonical order.
    counted: Vec<Identifier>,
    counts: BTreeSet<Identifier>,
    pub(super) is_shared: bool,
    is_wall: bool,
}

impl Place {
    /// By what is known there.
    pub fn new(identifier: &Identifier, known: Known, rules: &Rules) -> Self {
        let Known { evidence, retractions } = known;
        let evidence: BTreeSet<Evidence> = evidence.into_iter().collect();
        let mut around = Surroundings::of(identifier, rules);
        let mut counted = Vec::new();
        for piece in evidence.iter().filter(|piece| !retractions.cover(piece)) {
            if let Some(other) = piece.other_end(identifier)
                && around.see(other, rules)
            {
                counted.push(other.clone());
            }
        }
        let (is_wall, is_shared) = (around.is_wall(), around.is_shared());
        let flagged = evidence.into_iter().map(|piece| {
            let retracted = retractions.cover(&piece);
            (piece, retracted)
        });
        let evidence = flagged.collect();
        let counts = counted.iter().cloned().collect();
        Self { evidence, counted, counts, is_shared, is_wall }
    }

    /// What is known here and is not retracted, in canonical order.
    pub fn standing_evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.evidence.iter().filter(|(_, retracted)| !retracted).map(|(piece, _)| piece)
    }

    /// Whether an identifier is among those that count here.
    pub(super) fn counts(&self, other: &Identifier) -> bool {
        self.counts.contains(other)
    }
}

/// What was found at identifiers, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Atlas {
    places: BTreeMap<Identifier, Arc<Place>>,
    too_large: BTreeSet<Identifier>,
}

impl Atlas {
    /// Identifiers of components that are too large, as far as they were walked through.
    pub const fn too_large(&self) -> &BTreeSet<Identifier> {
        &self.too_large
    }

    /// The same, by value.
    pub fn into_too_large(self) -> BTreeSet<Identifier> {
        self.too_large
    }
}

/// Finds out what is to be known to say whose one identifier is.
///
/// ```text
///   new ──> wanted ──Some(identifier)──> learn ──> wanted ── ... ──None──> finish
///              └──TooLarge──> give_up
/// ```
#[derive(Debug)]
pub struct Exploration<'r> {
    rules: &'r Rules,
    start: Identifier,
    most: usize,
    atlas: Atlas,
    missing: Option<Identifier>,
    /// Looked at, or to be looked at, for this one.
    touched: BTreeSet<Identifier>,
    component: BTreeSet<Identifier>,
    /// Members whose neighbours are to be looked at, with how many of them were.
    open: Vec<(Identifier, Arc<Place>, usize)>,
    begun: bool,
    met_too_large: bool,
}

impl<'r> Exploration<'r> {
    /// Begins at `start`. At most `most` identifiers are looked at.
    pub fn new(start: Identifier, rules: &'r Rules, most: usize) -> Self {
        Self::on(Atlas::default(), start, rules, most)
    }

    /// The same, where some is known already.
    pub fn on(atlas: Atlas, start: Identifier, rules: &'r Rules, most: usize) -> Self {
        Self {
            rules,
            touched: BTreeSet::from([start.clone()]),
            start,
            most,
            atlas,
            missing: None,
            component: BTreeSet::new(),
            open: Vec::new(),
            begun: false,
            met_too_large: false,
        }
    }

    /// Which identifier to look up next; `None` when enough is known.
    pub fn wanted(&mut self) -> Result<Option<&Identifier>, TooLarge> {
        self.missing = self.next_missing()?;
        Ok(self.missing.as_ref())
    }

    /// Takes in what is known at `identifier`.
    pub fn learn(&mut self, identifier: &Identifier, known: Known) {
        self.see(identifier.clone(), Arc::new(Place::new(identifier, known, self.rules)));
    }

    /// The same, worked out.
    pub fn see(&mut self, identifier: Identifier, place: Arc<Place>) {
        self.atlas.places.insert(identifier, place);
    }

    /// Who is who around the start: equal to what [`super::resolve`] says of everything, as far as it concerns the
    /// identifiers of this component and the evidence that touches them.
    pub fn finish(self) -> Resolution {
        self.finish_with().0
    }

    /// The same, and what was found for the next exploration.
    pub fn finish_with(self) -> (Resolution, Atlas) {
        let Self { rules, start, atlas, component, .. } = self;
        let mut pieces: BTreeMap<&Evidence, bool> = BTreeMap::new();
        for member in &component {
            let Some(place) = atlas.places.get(member) else { continue };
            for (piece, retracted) in &place.evidence {
                *pieces.entry(piece).or_default() |= retracted;
            }
        }
        let place_of = |identifier: &Identifier| atlas.places.get(identifier).map(AsRef::as_ref);
        let mut judge = Judge::new(rules, &component, &place_of);
        for (piece, retracted) in pieces {
            judge.hear(piece, retracted);
        }
        let shared = place_of(&start).is_some_and(|place| place.is_shared);
        let resolution = judge.finish(shared.then_some(start));
        (resolution, atlas)
    }

    /// This one is known to belong to a component that is too large.
    pub fn beware(&mut self, of: Identifier) {
        self.atlas.too_large.insert(of);
    }

    /// Whether this component was known to be too large, by one of its identifiers.
    pub const fn met_too_large(&self) -> bool {
        self.met_too_large
    }

    /// After [`TooLarge`]: the members that were walked through, and what was found, in which these are marked as part of
    /// what is too large.
    pub fn give_up(self) -> (BTreeSet<Identifier>, Atlas) {
        let Self { mut atlas, component, .. } = self;
        atlas.too_large.extend(component.iter().cloned());
        (component, atlas)
    }

    /// Walks on as far as places are known.
    fn next_missing(&mut self) -> Result<Option<Identifier>, TooLarge> {
        if !self.begun {
            let Some(place) = self.atlas.places.get(&self.start) else { return Ok(Some(self.start.clone())) };
            self.begun = true;
            if !place.is_wall {
                let place = Arc::clone(place);
                self.enter(self.start.clone(), place)?;
            }
        }
        while let Some((member, place, seen)) = self.open.pop() {
            let Some(other) = place.counted.get(seen).cloned() else { continue };
            if self.component.contains(&other) || self.rules.blocks(&other).is_some() {
                self.open.push((member, place, seen + 1));
                continue;
            }
            self.touch(&other)?;
            let Some(there) = self.atlas.places.get(&other).map(Arc::clone) else {
                self.open.push((member, place, seen));
                return Ok(Some(other));
            };
            let belongs = !there.is_wall && there.counts(&member);
            self.open.push((member, place, seen + 1));
            if belongs {
                self.enter(other, there)?;
            }
        }
        Ok(None)
    }

    fn touch(&mut self, identifier: &Identifier) -> Result<(), TooLarge> {
        if !self.touched.contains(identifier) {
            self.touched.insert(identifier.clone());
        }
        if self.touched.len() > self.most { Err(TooLarge { most: self.most }) } else { Ok(()) }
    }

    /// Takes one into the component.
    fn enter(&mut self, identifier: Identifier, place: Arc<Place>) -> Result<(), TooLarge> {
        let is_too_large = self.atlas.too_large.contains(&identifier);
        self.component.insert(identifier.clone());
        self.open.push((identifier, place, 0));
        self.met_too_large |= is_too_large;
        if is_too_large { Err(TooLarge { most: self.most }) } else { Ok(()) }
    }
}

/// Who is who around `start`, where looking up is a mere function: `neighbours` gives all evidence with an identifier at
/// one end. At most `most` identifiers are looked at.
pub fn resolve_around(
    start: &Identifier,
    neighbours: &dyn Fn(&Identifier) -> Vec<Evidence>,
    retractions: &Retractions,
    rules: &Rules,
    most: usize,
) -> Result<Resolution, TooLarge> {
    let mut exploration = Exploration::new(start.clone(), rules, most);
    while let Some(identifier) = exploration.wanted()?.cloned() {
        let known = Known { evidence: neighbours(&identifier), retractions: retractions.clone() };
        exploration.learn(&identifier, known);
    }
    Ok(exploration.finish())
}
