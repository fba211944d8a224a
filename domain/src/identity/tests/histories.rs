//! 100,000 random histories of merges and unmerges, each the same on each run.

use super::{naive::Back, *};

const HISTORIES: u64 = 100_000;
/// The test runner takes each part as a test of its own, so that they run beside each other.
const PARTS: u64 = 4;

/// SplitMix64: small, and good enough to choose.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u8) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u8::try_from((z ^ (z >> 31)) % u64::from(sides)).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let sides = u8::try_from(from.len()).unwrap();
        (sides > 0).then(|| from[usize::from(self.below(sides))])
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, usize::from(self.below(u8::try_from(end + 1).unwrap())));
        }
    }
}

#[derive(Default)]
struct History {
    pieces: Vec<Piece>,
    back: Back,
}

impl History {
    /// One event with two or three identifiers, or a decision, or its withdrawal.
    fn step(&mut self, number: u8, dice: &mut Dice) {
        match dice.below(20) {
            0..=12 => self.observe(number, dice),
            13 => self.pieces.extend(dice.pick(&self.pieces)),
            14 | 15 => self.back.events.extend(dice.pick(&self.pieces).map(|piece| piece.event)),
            16 | 17 => self.back.pairs.extend(dice.pick(&self.pieces).map(|piece| (piece.a, piece.b))),
            18 => drop(self.back.events.pop_first()),
            _ => drop(self.back.pairs.pop_last()),
        }
    }

    fn observe(&mut self, number: u8, dice: &mut Dice) {
        let who = [dice.below(14), dice.below(14), dice.below(14)];
        let who = if dice.below(3) == 0 { &who[..] } else { &who[..2] };
        let (at, strongest) = (dice.below(5), who.iter().min().copied().unwrap_or_default());
        let others = who.iter().copied().filter(|other| *other != strongest);
        self.pieces.extend(others.map(|other| Piece { event: number, at, a: strongest, b: other }));
    }
}

fn evidence(pieces: &[Piece], world: &[Identifier]) -> Vec<Evidence> {
    pieces.iter().map(|piece| piece.evidence(world)).collect()
}

/// How many persons of several identifiers, and how many ineffective pieces, one history made.
fn play(seed: u64, world: &[Identifier], rules: &Rules) -> (usize, usize) {
    let mut dice = Dice(seed);
    let mut history = History::default();
    for number in 0..4 + dice.below(14) {
        history.step(number, &mut dice);
    }
    let before = compare(seed, &history, &mut dice, world, rules);

    // One more event, and its unmerge: both sides are as they were.
    let held = history.pieces.len();
    history.observe(100, &mut dice);
    if dice.below(2) == 0 {
        history.back.events.insert(100);
        let undone = compare(seed, &history, &mut dice, world, rules);
        assert!(undone.persons().eq(before.persons()), "seed {seed}: unmerged is not as before");
    } else {
        // By pair, which also takes back what said so before: as if none of it had ever been.
        let new: Vec<_> = history.pieces[held..].iter().map(|piece| (piece.a, piece.b)).collect();
        let without = history.pieces.iter().copied().filter(|piece| !new.contains(&(piece.a, piece.b)));
        let without: Vec<Piece> = without.collect();
        let never = resolve(evidence(&without, world), &history.back.retractions(world), rules);
        history.back.pairs.extend(new);
        let undone = compare(seed, &history, &mut dice, world, rules);
        assert!(undone.persons().eq(never.persons()), "seed {seed}: unmerged is not as before");
    }
    counts(&before)
}

fn counts(resolution: &Resolution) -> (usize, usize) {
    let several = resolution.persons().filter(|person| person.identifiers().len() > 1).count();
    (several, resolution.standings().filter(|(_, standing)| !standing.is_effective()).count())
}

/// Whatever the order, what is resolved is what the definition says, from everything and from around one identifier.
fn compare(seed: u64, history: &History, dice: &mut Dice, world: &[Identifier], rules: &Rules) -> Resolution {
    let mut evidence = evidence(&history.pieces, world);
    dice.shuffle(&mut evidence);
    let retractions = history.back.retractions(world);
    let global = resolve(evidence.iter().cloned(), &retractions, rules);
    let definition = naive::resolve(&history.pieces, &history.back);
    if let Err(difference) = naive::same(&global, &definition, world) {
        panic!("seed {seed}: {difference}");
    }
    let start = &world[usize::from(dice.below(14))];
    let around =
        |one: &Identifier| evidence.iter().filter(|piece| piece.other_end(one).is_some()).cloned().collect();
    let local = resolve_around(start, &around, &retractions, rules, world.len()).unwrap();
    assert_eq!(local.person_of(start), global.person_of(start), "seed {seed}: locally");
    assert!(
        local.standings().all(|(piece, standing)| global.standing(piece) == Some(standing)),
        "seed {seed}"
    );
    global
}

/// Plays every fourth history, beginning with `first`.
fn play_part(first: u64) {
    let (world, rules) = (world(), tight_rules());
    let (mut several, mut ineffective) = (0, 0);
    for seed in (first..HISTORIES).step_by(usize::try_from(PARTS).unwrap()) {
        let (persons, pieces) = play(seed, &world, &rules);
        several += persons;
        ineffective += pieces;
    }
    // The histories are about something: many merged, and in many something was in the way.
    assert!(several > 25_000, "{several} persons of several identifiers");
    assert!(ineffective > 25_000, "{ineffective} pieces of evidence were not effective");
}

#[test]
fn a_hundred_thousand_histories_end_as_the_definition_says_part_1() {
    play_part(0);
}

#[test]
fn a_hundred_thousand_histories_end_as_the_definition_says_part_2() {
    play_part(1);
}

#[test]
fn a_hundred_thousand_histories_end_as_the_definition_says_part_3() {
    play_part(2);
}

#[test]
fn a_hundred_thousand_histories_end_as_the_definition_says_part_4() {
    play_part(3);
}
