//! The one part that rests on real visits: that of the usual items that are due one is bought.
//!
//! Types of products of the Complete Journey data, by time: the first visit of each household from the first of a month on, and
//! nothing later is known of anybody. `Due` is fitted to the first visits of the two months before.

use shopbell_insight::{
    next_visit::{Due, Example, History},
    outcome::{DUE, DueVisit, VisitSigns},
};

use super::households::{Case, Level, Split};

/// A visit of somebody who has usual items, and what would have been known of it at its beginning.
pub(crate) struct Real {
    pub(crate) visit: DueVisit,
    pub(crate) signs: VisitSigns,
}

fn examples<'a>(level: &'a Level, at: usize) -> Vec<Example<'a>> {
    let example = |case: Case<'a>| Example {
        before: History { visits: case.before, now: case.next.day },
        bought: &case.next.labels,
    };
    level.cases(Split::ByTime, at).cases.into_iter().map(example).collect()
}

/// The visits so many months before the test.
pub(crate) fn visits(level: &Level, at: usize) -> Vec<Real> {
    let before: Vec<Example<'_>> = [at + 2, at + 1].into_iter().flat_map(|at| examples(level, at)).collect();
    let due = Due::fit(&before).unwrap();
    examples(level, at).iter().filter_map(|example| real(&due, example)).collect()
}

fn real(due: &Due, example: &Example<'_>) -> Option<Real> {
    let habits = example.before.habits();
    let mut likely: Vec<(f64, u32)> =
        habits.iter().filter_map(|habit| Some((due.probability(habit)?, habit.label))).collect();
    likely.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (likeliest, _) = *likely.first()?;
    let count = likely.iter().filter(|(probability, _)| *probability >= DUE).count();
    let bought = likely.iter().take(count.max(1)).any(|(_, label)| example.bought.contains(label));
    let count = u32::try_from(count).unwrap();
    let day = example.before.now;
    let signs = VisitSigns {
        likeliest_usual: Some(likeliest),
        usual_due: Some(count),
        days_since_visit: Some(example.before.days_since()),
        visits_before: u32::try_from(example.before.visits.len()).ok(),
        hour: Some(day.fract() * 24.0),
        // 1 January 1970 was a Thursday.
        weekday: Some(1 + ((day.floor() + 3.0) % 7.0) as u8),
        ..VisitSigns::default()
    };
    Some(Real { visit: DueVisit { likeliest, due: count, bought }, signs })
}
