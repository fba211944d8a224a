//! The same persons as [`resolve`] finds in all evidence, from the evidence around one identifier.
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
//! An [`Exploration`] asks and is told; how the evidence is looked up, and whether that waits, is not its business.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Identifier, Resolution, Retractions, Rules, resolution::Surroundings, resolve};

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

/// Finds out what is to be known to say whose one identifier is.
///
/// ```text
///   new ──> wanted ──Some(identifier)──> learn ──> wanted ── ... ──None──> finish
/// ```
#[derive(Debug)]
pub struct Exploration<'r> {
    rules: &'r Rules,
    start: Identifier,
    most: usize,
    retractions: Retractions,
    evidence: BTreeSet<Evidence>,
    waiting: BTreeSet<Identifier>,
    looked: BTreeMap<Identifier, Looked>,
    component: BTreeSet<Identifier>,
}

/// What was found at an identifier.
#[derive(Debug)]
struct Looked {
    counted: BTreeSet<Identifier>,
    is_wall: bool,
}

impl<'r> Exploration<'r> {
    /// Begins at `start`. At most `most` identifiers are looked at.
    pub fn new(start: Identifier, rules: &'r Rules, most: usize) -> Self {
        Self {
            rules,
            waiting: BTreeSet::from([start.clone()]),
            start,
            most,
            retractions: Retractions::default(),
            evidence: BTreeSet::new(),
            looked: BTreeMap::new(),
            component: BTreeSet::new(),
        }
    }

    /// Which identifier to look up next; `None` when enough is known.
    pub fn wanted(&self) -> Result<Option<&Identifier>, TooLarge> {
        if self.looked.len() + self.waiting.len() > self.most {
            return Err(TooLarge { most: self.most });
        }
        Ok(self.waiting.first())
    }

    /// Takes in what is known at `identifier`.
    pub fn learn(&mut self, identifier: &Identifier, known: Known) {
        if !self.waiting.remove(identifier) {
            return;
        }
        self.retractions.extend(known.retractions);
        let evidence: BTreeSet<Evidence> = known.evidence.into_iter().collect();
        let mut around = Surroundings::of(identifier, self.rules);
        for piece in evidence.iter().filter(|piece| !self.retractions.cover(piece)) {
            if let Some(other) = piece.other_end(identifier) {
                around.see(other, self.rules);
            }
        }
        let counted: BTreeSet<Identifier> = around.counted().cloned().collect();
        let looked = Looked { is_wall: around.is_wall(), counted };
        let belongs = !looked.is_wall
            && (*identifier == self.start
                || looked.counted.iter().any(|other| self.joins(other, identifier)));
        self.looked.insert(identifier.clone(), looked);
        self.evidence.extend(evidence);
        if belongs {
            self.enter(identifier.clone());
        }
    }

    /// Who is who around the start: equal to what [`resolve`] says of everything, as far as it concerns the identifiers of
    /// this component and the evidence that touches them.
    pub fn finish(self) -> Resolution {
        resolve(self.evidence, &self.retractions, self.rules).within(&self.component, &self.start)
    }

    /// Whether `member` is in the component and `other` counts for it.
    fn joins(&self, member: &Identifier, other: &Identifier) -> bool {
        self.component.contains(member)
            && self.looked.get(member).is_some_and(|looked| looked.counted.contains(other))
    }

    /// Takes one into the component, and all that belong to it by that.
    fn enter(&mut self, identifier: Identifier) {
        let mut entering = vec![identifier];
        while let Some(member) = entering.pop() {
            let Some(looked) = self.looked.get(&member) else { continue };
            for other in &looked.counted {
                match self.looked.get(other) {
                    None if self.rules.blocks(other).is_none() => {
                        self.waiting.insert(other.clone());
                    }
                    Some(there)
                        if !there.is_wall
                            && there.counted.contains(&member)
                            && !self.component.contains(other) =>
                    {
                        entering.push(other.clone());
                    }
                    _ => {}
                }
            }
            self.component.insert(member);
        }
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
    exploration.retractions = retractions.clone();
    while let Some(identifier) = exploration.wanted()?.cloned() {
        let known = Known { evidence: neighbours(&identifier), retractions: Retractions::default() };
        exploration.learn(&identifier, known);
    }
    Ok(exploration.finish())
}
