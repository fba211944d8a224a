//! The fits, of purchases under numbers.
//!
//! The ranking is fitted to what happened when less was known. Of some who come again and again the last three visits are taken
//! away, and what is common is counted without them; the weights are fitted to the two visits that follow, and the third says
//! how likely what is ranked first is in truth. Then what is common is counted once more, with all.

use std::collections::BTreeMap;

use shopbell_insight::next_visit::{
    Counts, Crowd, Due, Example, History, Label, Pairs, PairsOptions, Ranking, Visit,
};

use super::{LEAST_PEOPLE, LEAST_REGULARS, history::Numbered};

/// What keeps rare coincidences from counting, as in `docs/prediction.md`; and how many links of a product are kept.
const PAIRS: PairsOptions = PairsOptions { shrinkage: 50.0, least: LEAST_PEOPLE, links: 20 };
/// Customers whose visits are fitted to. The rhythm has eleven weights and the ranking 34: more customers change none of them.
const REGULARS: usize = 2_500;
/// Of each, so many of the last visits.
const VISITS_OF_EACH: usize = 2;
/// And one after them, by which the ranking is made true.
const VISITS_AFTER: usize = 1;
/// Fewest visits before one that is foretold.
const VISITS_BEFORE: usize = 3;
/// Most candidates that the ranking is fitted to, about: 112 bytes each while it is.
const MOST_CANDIDATES: usize = 1_000_000;
/// How many of the first of each are looked up to make the ranking true.
const MADE_TRUE: usize = 10;

/// What goes with what, of what each of them has.
pub(super) fn pairs(owned: impl Iterator<Item = Vec<Label>>) -> Pairs {
    Pairs::fit(PAIRS, &owned.collect::<Vec<_>>())
}

/// The rhythm, of the last visits of some of them; `None` where too few come again and again.
pub(super) fn rhythm(people: &[Numbered]) -> Option<Due> {
    let visits = people.iter().map(Numbered::visits);
    let regulars: Vec<Vec<Visit>> =
        visits.filter(|visits| visits.len() > VISITS_BEFORE).take(REGULARS).collect();
    if regulars.len() < LEAST_REGULARS {
        return None;
    }
    let examples: Vec<Example<'_>> = regulars
        .iter()
        .flat_map(|visits| {
            (visits.len().saturating_sub(VISITS_OF_EACH).max(VISITS_BEFORE)..visits.len())
                .filter_map(|at| example(visits, at))
        })
        .collect();
    Due::fit(&examples)
}

/// The ranking, true to what happened; `None` where too few come again and again, or buy anything new.
pub(super) fn ranking(labels: Label, people: &[Numbered], today: f64) -> Option<Ranking> {
    let regulars = regulars(people);
    if regulars.len() < LEAST_REGULARS {
        return None;
    }
    let known = |visits: &[Visit]| visits.len().saturating_sub(VISITS_OF_EACH + VISITS_AFTER);
    let owned = people.iter().enumerate().map(|(person, all)| match regulars.get(&person) {
        Some(visits) => distinct(visits.get(..known(visits)).unwrap_or_default(), labels),
        None => all.owned(labels),
    });
    let pairs = pairs(owned);
    let mut counts = Counts::new(labels);
    for (person, all) in people.iter().enumerate() {
        let first = regulars.get(&person).and_then(|visits| example(visits, known(visits)));
        match first {
            Some(first) => counts.add(&first.before),
            None => counts.add(&History { visits: &all.visits(), now: today }),
        }
    }
    let crowd = counts.crowd(pairs.neighbours());
    let of_each = |from: usize, to: usize| {
        let at = move |visits: &[Visit]| visits.len() - from..visits.len() - to;
        regulars.values().flat_map(move |visits| at(visits).filter_map(|at| example(visits, at))).collect()
    };
    let fitted: Vec<Example<'_>> = of_each(VISITS_OF_EACH + VISITS_AFTER, VISITS_AFTER);
    let after: Vec<Example<'_>> = of_each(VISITS_AFTER, 0);
    let ranking = Ranking::fit(&crowd, &fitted)?;
    let truth = ranking.calibration(&crowd, &after, MADE_TRUE).ok()?;
    Some(ranking.calibrated(truth))
}

/// What is common now.
pub(super) fn crowd(labels: Label, people: &[Numbered], pairs: &Pairs, today: f64) -> Crowd {
    let mut counts = Counts::new(labels);
    for one in people {
        counts.add(&History { visits: &one.visits(), now: today });
    }
    counts.crowd(pairs.neighbours())
}

/// Who has visits enough, by their place: as many as [`MOST_CANDIDATES`] leaves room for.
fn regulars(people: &[Numbered]) -> BTreeMap<usize, Vec<Visit>> {
    let mut candidates = 0;
    people
        .iter()
        .enumerate()
        .map(|(person, one)| (person, one.products(), one.visits()))
        .filter(|(_, _, visits)| visits.len() >= VISITS_BEFORE + VISITS_OF_EACH + VISITS_AFTER)
        .take_while(|(_, products, _)| {
            candidates += products * VISITS_OF_EACH;
            candidates <= MOST_CANDIDATES
        })
        .take(REGULARS)
        .map(|(person, _, visits)| (person, visits))
        .collect()
}

/// The labels below `beyond`, each once.
fn distinct(visits: &[Visit], beyond: Label) -> Vec<Label> {
    let all = visits.iter().flat_map(|visit| visit.labels.iter().copied());
    let mut labels: Vec<Label> = all.filter(|label| *label < beyond).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// A visit, with what was before it.
fn example(visits: &[Visit], at: usize) -> Option<Example<'_>> {
    let (before, visit) = (visits.get(..at)?, visits.get(at)?);
    Some(Example { before: History { visits: before, now: visit.day }, bought: &visit.labels })
}
