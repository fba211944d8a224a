//! What holds for any evidence.

use proptest::{prelude::*, sample::Index};

use super::{naive::Back, *};

pub(super) fn piece() -> impl Strategy<Value = Piece> {
    (0_u8..30, 0_u8..5, 0_u8..14, 1_u8..14).prop_map(|(event, at, one, step)| {
        let other = (one + step) % 14;
        Piece { event, at, a: one.min(other), b: one.max(other) }
    })
}

pub(super) fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    prop::collection::vec(piece(), 0..24)
}

pub(super) fn back() -> impl Strategy<Value = Back> {
    let events = prop::collection::btree_set(0_u8..30, 0..4);
    let pairs = prop::collection::btree_set(piece().prop_map(|piece| (piece.a, piece.b)), 0..4);
    (events, pairs).prop_map(|(events, pairs)| Back { events, pairs })
}

pub(super) fn evidence(pieces: &[Piece]) -> Vec<Evidence> {
    let world = world();
    pieces.iter().map(|piece| piece.evidence(&world)).collect()
}

fn resolved(pieces: &[Piece], back: &Back) -> Resolution {
    resolve(evidence(pieces), &back.retractions(&world()), &tight_rules())
}

proptest! {
    #[test]
    fn order_and_repetition_change_nothing(
        (pieces, shuffled) in pieces().prop_flat_map(|pieces| (Just(pieces.clone()), Just(pieces).prop_shuffle())),
        again in prop::collection::vec(any::<Index>(), 0..8),
        back in back(),
    ) {
        let mut told = shuffled;
        if !pieces.is_empty() {
            told.extend(again.iter().map(|place| *place.get(&pieces)));
        }
        prop_assert_eq!(resolved(&told, &back), resolved(&pieces, &back));
    }

    #[test]
    fn it_is_as_the_definition_says(pieces in pieces(), back in back()) {
        let found = naive::same(&resolved(&pieces, &back), &naive::resolve(&pieces, &back), &world());
        prop_assert_eq!(found, Ok(()));
    }

    #[test]
    fn what_is_retracted_might_never_have_been(pieces in pieces(), back in back()) {
        let (with, left) = (resolved(&pieces, &back), pieces.iter().copied().filter(|piece| !back.covers(*piece)));
        let never = resolved(&left.collect::<Vec<_>>(), &Back::default());
        prop_assert!(with.persons().eq(never.persons()));
        let held = with.standings().filter(|(_, standing)| *standing != Standing::Retracted);
        prop_assert!(held.eq(never.standings()));
    }

    #[test]
    fn an_unmerge_restores_both_sides(pieces in pieces(), bridge in prop::collection::vec(piece(), 1..6)) {
        let before = resolved(&pieces, &Back::default());
        // Events of their own, so that taking them back takes nothing else back.
        let bridge = bridge.iter().map(|piece| Piece { event: piece.event + 100, ..*piece });
        let merged: Vec<Piece> = pieces.iter().copied().chain(bridge).collect();
        let events = merged.iter().filter(|piece| piece.event >= 100).map(|piece| piece.event).collect();
        let after = resolved(&merged, &Back { events, ..Back::default() });
        prop_assert!(after.persons().eq(before.persons()));
        for piece in evidence(&pieces) {
            prop_assert_eq!(after.standing(&piece), before.standing(&piece));
            for end in [&piece.a, &piece.b] {
                prop_assert_eq!(after.person_of(end), before.person_of(end));
            }
        }
    }

    #[test]
    fn persons_keep_the_rules(pieces in pieces(), back in back()) {
        let (rules, resolution) = (tight_rules(), resolved(&pieces, &back));
        let mut seen = std::collections::BTreeSet::new();
        for person in resolution.persons() {
            for kind in IdentifierKind::ALL {
                let count = person.identifiers().filter(|one| one.kind() == kind).count();
                prop_assert!(count <= usize::try_from(rules.per_person(kind)).unwrap());
            }
            for one in person.identifiers() {
                prop_assert!(seen.insert(one.clone()), "an identifier of two persons");
                let joins_nothing = resolution.is_shared(one) || rules.blocks(one).is_some();
                prop_assert!(!joins_nothing || person.identifiers().len() == 1);
            }
        }
    }

    /// Persons are what the effective evidence connects: nothing else joins, and nothing joins twice.
    #[test]
    fn standings_explain_the_persons(pieces in pieces(), back in back()) {
        let resolution = resolved(&pieces, &back);
        let mut joins = 0;
        for (piece, standing) in resolution.standings() {
            let together = resolution.person_of(&piece.a).has(&piece.b);
            match standing {
                Standing::Joins => { joins += 1; prop_assert!(together) }
                Standing::Confirms => prop_assert!(together),
                Standing::LimitBroken(_) | Standing::Shared | Standing::Blocked(_) => prop_assert!(!together),
                Standing::Retracted | Standing::Crowded => {}
            }
        }
        let merged: usize = resolution.persons().map(|person| person.identifiers().len() - 1).sum();
        prop_assert_eq!(joins, merged);
    }
}
