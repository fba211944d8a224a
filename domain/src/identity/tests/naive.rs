//! The rules a second time, by their definition and without care for time: persons are sets of bits, and whether a piece is
//! effective is worked out from scratch from those before it.

use std::collections::BTreeSet;

use super::*;

/// What is retracted, by numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Back {
    pub(super) events: BTreeSet<u8>,
    pub(super) pairs: BTreeSet<(u8, u8)>,
}

impl Back {
    pub(super) fn covers(&self, piece: Piece) -> bool {
        self.events.contains(&piece.event) || self.pairs.contains(&(piece.a, piece.b))
    }

    pub(super) fn retractions(&self, world: &[Identifier]) -> Retractions {
        let events = self.events.iter().map(|event| Retracted::Event(event_id(u64::from(*event))));
        let pairs = self.pairs.iter().map(|(a, b)| pair(world, *a, *b));
        events.chain(pairs).collect()
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Naive {
    /// Of each identifier that is spoken of, in order: the bits of its person.
    pub(super) persons: Vec<(u8, u16)>,
    /// Of each piece, in canonical order of those that count, then the retracted ones.
    pub(super) standings: Vec<(Piece, Standing)>,
}

fn kind(number: u8) -> IdentifierKind {
    WORLD[usize::from(number)].0
}

/// The numbers that `one` was seen with, as far as they count.
fn counted(live: &[Piece], one: u8) -> Vec<u8> {
    let mut others: Vec<u8> = Vec::new();
    for piece in live {
        let other = if piece.a == one { piece.b } else { piece.a };
        if (piece.a == one || piece.b == one) && !others.contains(&other) && others.len() < PAIRS {
            others.push(other);
        }
    }
    others
}

fn is_shared(live: &[Piece], one: u8) -> bool {
    let seen = counted(live, one);
    TIGHT.iter().any(|((of, with), most)| {
        let count = seen.iter().filter(|other| kind(**other) == *with && **other != BLOCKED).count();
        kind(one) == *of && count > usize::try_from(*most).unwrap()
    })
}

fn person(effective: &[Piece], one: u8) -> u16 {
    let mut bits = 1_u16 << one;
    loop {
        let before = bits;
        for piece in effective {
            let ends = (1 << piece.a) | (1 << piece.b);
            if bits & ends != 0 {
                bits |= ends;
            }
        }
        if bits == before {
            return bits;
        }
    }
}

fn broken_limit(bits: u16) -> Option<IdentifierKind> {
    [(Customer, 1), (Loyalty, 1), (Email, 2), (PhoneNumber, 1), (Phone, 1), (Anonymous, 2)]
        .into_iter()
        .find(|(of, most)| (0..14).filter(|one| (bits >> one) & 1 == 1 && kind(*one) == *of).count() > *most)
        .map(|(of, _)| of)
}

pub(super) fn resolve(pieces: &[Piece], back: &Back) -> Naive {
    let mut live: Vec<Piece> = pieces.iter().copied().filter(|piece| !back.covers(*piece)).collect();
    live.sort_by_key(|p| (kind(p.b), kind(p.a), p.at, p.event.to_string(), p.a, p.b));
    live.dedup();
    let seen: Vec<Vec<u8>> = (0..14).map(|one| counted(&live, one)).collect();
    let shared: Vec<bool> = (0..14).map(|one| is_shared(&live, one)).collect();
    let (mut effective, mut standings) = (Vec::new(), Vec::new());
    for piece in &live {
        let (a, b) = (usize::from(piece.a), usize::from(piece.b));
        let (left, right) = (person(&effective, piece.a), person(&effective, piece.b));
        let standing = if piece.a == BLOCKED || piece.b == BLOCKED {
            Standing::Blocked(Placeholder::OWN)
        } else if !seen[a].contains(&piece.b) || !seen[b].contains(&piece.a) {
            Standing::Crowded
        } else if shared[a] || shared[b] {
            Standing::Shared
        } else if left == right {
            Standing::Confirms
        } else if let Some(kind) = broken_limit(left | right) {
            Standing::LimitBroken(kind)
        } else {
            Standing::Joins
        };
        if standing.is_effective() {
            effective.push(*piece);
        }
        standings.push((*piece, standing));
    }
    let spoken_of: BTreeSet<u8> = live.iter().flat_map(|piece| [piece.a, piece.b]).collect();
    let retracted: BTreeSet<Piece> = pieces.iter().copied().filter(|piece| back.covers(*piece)).collect();
    standings.extend(retracted.into_iter().map(|piece| (piece, Standing::Retracted)));
    Naive { persons: spoken_of.into_iter().map(|one| (one, person(&effective, one))).collect(), standings }
}

/// Whether the two say the same.
pub(super) fn same(resolution: &Resolution, naive: &Naive, world: &[Identifier]) -> Result<(), String> {
    let mut persons: BTreeSet<u16> = BTreeSet::new();
    for person in resolution.persons() {
        let bits = person.identifiers().map(|one| 1_u16 << world.binary_search(one).unwrap());
        persons.insert(bits.fold(0, |all, bit| all | bit));
    }
    let expected: BTreeSet<u16> = naive.persons.iter().map(|(_, bits)| *bits).collect();
    if persons != expected {
        return Err(format!("persons {persons:?}, by definition {expected:?}"));
    }
    if resolution.standings().len() != naive.standings.len() {
        return Err(format!("{resolution:?}, by definition {naive:?}"));
    }
    for (piece, standing) in &naive.standings {
        let found = resolution.standing(&piece.evidence(world));
        if found != Some(*standing) {
            return Err(format!("{piece:?} is {found:?}, by definition {standing:?}"));
        }
    }
    Ok(())
}
