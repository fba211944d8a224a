//! Around one identifier, it is as it is in everything.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use proptest::prelude::*;

use super::{
    any_evidence::{back, evidence, pieces},
    *,
};

/// As little as a store may tell: the first evidence of each of the first pairs that are not retracted.
fn little(all: &[Evidence], one: &Identifier, retractions: &Retractions, pairs: usize) -> Known {
    let mut first: BTreeMap<Pair, Evidence> = BTreeMap::new();
    let sorted: BTreeSet<&Evidence> = all.iter().filter(|piece| piece.other_end(one).is_some()).collect();
    for piece in sorted.into_iter().filter(|piece| !retractions.cover(piece)) {
        if first.len() < pairs {
            first.entry(piece.pair()).or_insert_with(|| piece.clone());
        }
    }
    Known { evidence: first.into_values().collect(), retractions: Retractions::default() }
}

proptest! {
    #[test]
    fn locally_as_globally(pieces in pieces(), back in back()) {
        let (world, rules) = (world(), tight_rules());
        let (all, retractions) = (evidence(&pieces), back.retractions(&world));
        let global = resolve(all.iter().cloned(), &retractions, &rules);
        for start in &world {
            let around = |one: &Identifier| {
                all.iter().filter(|piece| piece.other_end(one).is_some()).cloned().collect()
            };
            let local = resolve_around(start, &around, &retractions, &rules, world.len()).unwrap();
            prop_assert_eq!(local.person_of(start), global.person_of(start));
            prop_assert_eq!(local.is_shared(start), global.is_shared(start));
            for person in local.persons() {
                prop_assert!(global.persons().any(|other| other == person));
            }
            for (piece, standing) in local.standings() {
                prop_assert_eq!(global.standing(piece), Some(standing));
            }
            // All that touches the person is told, unless the start is several people's or nobody's.
            let person = local.person_of(start);
            if !global.is_shared(start) && rules.blocks(start).is_none() {
                let touching = all.iter().filter(|piece| person.has(&piece.a) || person.has(&piece.b));
                for piece in touching {
                    prop_assert!(local.standing(piece).is_some());
                }
            }
        }
    }

    #[test]
    fn a_store_may_tell_little_and_in_any_order(pieces in pieces(), back in back()) {
        let (world, rules) = (world(), tight_rules());
        let (all, retractions) = (evidence(&pieces), back.retractions(&world));
        let global = resolve(all.iter().cloned(), &retractions, &rules);
        for start in &world {
            let mut exploration = Exploration::new(start.clone(), &rules, world.len());
            while let Some(one) = exploration.wanted().unwrap().cloned() {
                exploration.learn(&one, little(&all, &one, &retractions, rules.pairs_per_identifier()));
            }
            let local = exploration.finish();
            prop_assert_eq!(local.person_of(start), global.person_of(start));
            for (piece, standing) in local.standings() {
                prop_assert_eq!(global.standing(piece), Some(standing));
            }
        }
    }
}

#[test]
fn nothing_behind_a_wall_is_looked_at() {
    let (camille, hall) = (customer("c1"), browser("hall"));
    let mut all =
        told(&[&[camille.clone(), email("camille@shop.example")], &[camille.clone(), hall.clone()]]);
    all.extend((2..9_000).flat_map(|n| Evidence::of(&event(n, &[customer(&format!("c{n}")), hall.clone()]))));
    let looked = RefCell::new(Vec::new());
    let around = |one: &Identifier| {
        looked.borrow_mut().push(one.clone());
        all.iter().filter(|piece| piece.other_end(one).is_some()).cloned().collect()
    };
    let local = resolve_around(&camille, &around, &Retractions::default(), &Rules::default(), 10).unwrap();
    assert_eq!(local.person_of(&camille).identifiers().len(), 2);
    assert!(local.is_shared(&hall));
    assert_eq!(looked.borrow().len(), 3, "herself, her address, the wall");
    // Begun at the wall, it ends there.
    let wall = resolve_around(&hall, &around, &Retractions::default(), &Rules::default(), 10).unwrap();
    assert!(wall.is_shared(&hall) && wall.person_of(&hall) == Person::alone(hall));
}

#[test]
fn what_hangs_together_without_end_is_named() {
    // Each card was lent on to the next customer.
    let chain: Vec<[Identifier; 2]> = (0..200)
        .map(|n| [customer(&format!("c{}", (n + 1) / 2)), identifier(Loyalty, &format!("l{}", n / 2))])
        .collect();
    let chain: Vec<&[Identifier]> = chain.iter().map(<[_; 2]>::as_slice).collect();
    let all = told(&chain);
    let around =
        |one: &Identifier| all.iter().filter(|piece| piece.other_end(one).is_some()).cloned().collect();
    let local =
        |most| resolve_around(&customer("c9"), &around, &Retractions::default(), &Rules::default(), most);
    assert_eq!(local(200), Err(TooLarge { most: 200 }));
    let global = resolve(all.iter().cloned(), &Retractions::default(), &Rules::default());
    assert_eq!(local(201).unwrap(), global, "the component is everything here");
}
