//! Whether it is time again for something: the hazard of one's own gaps.
//!
//! Who buys something every 11 days and bought it 12 days ago is due. How likely it is bought at the visit that begins depends on
//! three things of their own past, and on nothing of anybody else's:
//!
//! `logit p = a + b·ln(usual visits) + c·ln(times) + Σ dᵢ·max(0, ln((days since + 1) / (usual gap + 1)) − bendᵢ)`
//!
//! The usual gap is the mean of the days from one purchase to the next, the usual visits the same in visits, and the sum is a curve of
//! straight pieces over how much of the gap has gone by: a discrete-time hazard (Cox 1972, *Regression models and life-tables*, 6;
//! Allison 1982, *Discrete-time methods for the analysis of event histories*), with the visit as the unit of time, since what is asked
//! is always asked at a visit. The curve is fitted to what many did, and so says of itself whether waiting makes a purchase likelier.
//!
//! Nothing is said of what was bought once: one purchase has no gap.

use super::{
    Example, Habit,
    features::{BENDS, narrow, over_gap},
};
use crate::logistic::{Logistic, Row};

const KNOWN: usize = 3 + BENDS.len();
/// As of the ranking: enough to hold what is seen rarely, and no more.
const RIDGE: f64 = 3.0;

/// The fitted hazard.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    hazard: Logistic<KNOWN>,
}

impl Due {
    /// Of visits that happened. None where there is nothing to learn from.
    pub fn fit(examples: &[Example<'_>]) -> Option<Self> {
        let mut rows = Vec::new();
        for example in examples {
            for habit in example.before.habits() {
                let happened = example.bought.contains(&habit.label);
                rows.extend(known(&habit).map(|known| Row { known, counts: 1.0, happened }));
            }
        }
        Some(Self { hazard: Logistic::fit(&rows, RIDGE)? })
    }

    /// How likely it is bought at the visit that begins; none of what was bought once.
    pub fn probability(&self, habit: &Habit) -> Option<f64> {
        known(habit).map(|known| self.hazard.probability(&known))
    }
}

fn known(habit: &Habit) -> Option<[f32; KNOWN]> {
    let visits = habit.usual_visits?.max(1.0);
    let [d0, d1, d2, d3, d4, d5, d6, d7] = over_gap(habit);
    Some([1.0, visits.ln(), f64::from(habit.times).ln(), d0, d1, d2, d3, d4, d5, d6, d7].map(narrow))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{History, Visit},
        *,
    };

    /// Ten visits a week apart. Label 1 is bought at every visit, 2 at every other, and 3 was, but no more for six weeks.
    fn visits() -> Vec<Visit> {
        let labels = |week: u32| match (week, week % 2) {
            (0 | 2, _) => vec![1, 2, 3],
            (1 | 3, _) => vec![1, 3],
            (_, 0) => vec![1, 2],
            _ => vec![1],
        };
        (0..10).map(|week| Visit { day: f64::from(week) * 7.0, labels: labels(week) }).collect()
    }

    fn due() -> (Vec<Visit>, Due) {
        let visits = visits();
        let examples: Vec<Example<'_>> = (4..10)
            .map(|at| Example {
                before: History { visits: &visits[..at], now: visits[at].day },
                bought: &visits[at].labels,
            })
            .collect();
        let due = Due::fit(&examples.repeat(50)).unwrap();
        (visits, due)
    }

    #[test]
    fn what_is_due_is_likelier_than_what_was_just_bought_or_given_up() {
        let (visits, due) = due();
        let of = |at: usize| {
            let habits =
                History { visits: &visits[..at], now: f64::from(u32::try_from(at).unwrap()) * 7.0 }.habits();
            let of =
                |label| habits.iter().find(|habit| habit.label == label).map(|habit| due.probability(habit));
            [1, 2, 3].map(|label| of(label).unwrap().unwrap())
        };
        let [always, not_yet, given_up] = of(9);
        let [_, now, _] = of(8);
        assert!(always > 0.8, "{always}");
        assert!(now > 0.5 && not_yet < 0.5 && given_up < 0.2, "{now} {not_yet} {given_up}");
    }

    #[test]
    fn once_says_nothing_and_nothing_fits_nothing() {
        let (_, due) = due();
        let once = [Visit { day: 0.0, labels: vec![7] }];
        let habits = History { visits: &once, now: 9.0 }.habits();
        assert_eq!(due.probability(&habits[0]), None);
        assert_eq!(Due::fit(&[]), None);
    }
}
