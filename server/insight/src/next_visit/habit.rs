//! What somebody bought before: how often, how lately, how regularly, and when in the week.

use super::{Label, Visit};

/// Half-lives, in days, of the shares that are remembered.
const HALF_LIVES: [f64; 3] = [120.0, 45.0, 15.0];
/// Hours of the day that are as good as the same.
const SAME_HOURS: f64 = 3.0;
/// 1 January 1970 was a Thursday.
const WEEKEND: [i64; 2] = [2, 3];

/// Somebody before a visit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History<'a> {
    /// Their visits, the oldest first. Days count from 1970 by the shop's own clock, where weekends are to be known.
    pub visits: &'a [Visit],
    /// When the visit is that begins, in the same days.
    pub now: f64,
}

/// One label in somebody's visits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habit {
    /// Which.
    pub label: Label,
    /// In how many visits it was.
    pub times: u32,
    /// The share of all visits that it was in.
    pub share: f64,
    /// The same, where visits of 120, 45 and 15 days ago count half.
    pub lately: [f64; 3],
    /// Days since it was last bought.
    pub days_since: f64,
    /// Days between two times, on average; none of what was bought once.
    pub usual_gap: Option<f64>,
    /// Visits from one time to the next, on average; none of what was bought once.
    pub usual_visits: Option<f64>,
    /// How much more often it is bought in a part of the week like this one, as a factor near 1.
    pub same_day: f64,
    /// How much more often it is bought at an hour like this one, as a factor near 1.
    pub same_hour: f64,
}

/// What a visit says of all labels in it.
struct Occasion {
    age: f64,
    weights: [f64; 3],
    same_day: f64,
    same_hour: f64,
}

impl History<'_> {
    /// Each label that was ever bought, in the order of labels.
    pub fn habits(&self) -> Vec<Habit> {
        let occasions: Vec<Occasion> = self.visits.iter().map(|visit| self.occasion(visit)).collect();
        let whole = Whole::of(&occasions);
        let mut bought: Vec<(Label, usize)> = (0..)
            .zip(self.visits)
            .flat_map(|(number, visit)| visit.labels.iter().map(move |label| (*label, number)))
            .collect();
        bought.sort_unstable();
        bought.chunk_by(|a, b| a.0 == b.0).filter_map(|times| whole.habit(times, &occasions)).collect()
    }

    /// Days since the last visit; infinite where there was none.
    pub fn days_since(&self) -> f64 {
        self.visits.last().map_or(f64::INFINITY, |visit| self.now - visit.day)
    }

    fn occasion(&self, visit: &Visit) -> Occasion {
        let age = self.now - visit.day;
        let hours = ((visit.day - self.now) * 24.0).rem_euclid(24.0);
        Occasion {
            age,
            weights: HALF_LIVES.map(|half_life| (-age / half_life).exp2()),
            same_day: one_if(weekend(visit.day) == weekend(self.now)),
            same_hour: one_if(hours.min(24.0 - hours) < SAME_HOURS),
        }
    }
}

fn one_if(so: bool) -> f64 {
    f64::from(u8::from(so))
}

#[expect(clippy::cast_possible_truncation, reason = "days since 1970")]
fn weekend(day: f64) -> bool {
    WEEKEND.contains(&(day.floor() as i64).rem_euclid(7))
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// All of somebody's visits together.
struct Whole {
    visits: f64,
    weights: [f64; 3],
    same_day: f64,
    same_hour: f64,
}

impl Whole {
    fn of(occasions: &[Occasion]) -> Self {
        let sum = |of: fn(&Occasion) -> f64| occasions.iter().map(of).sum();
        Self {
            visits: count(occasions.len()),
            weights: [sum(|at| at.weights[0]), sum(|at| at.weights[1]), sum(|at| at.weights[2])],
            same_day: sum(|at| at.same_day),
            same_hour: sum(|at| at.same_hour),
        }
    }

    /// Of one label, and in which visits it was, the oldest first.
    fn habit(&self, bought: &[(Label, usize)], occasions: &[Occasion]) -> Option<Habit> {
        let (label, first) = *bought.first()?;
        let (_, last) = *bought.last()?;
        let at = || bought.iter().filter_map(|(_, visit)| occasions.get(*visit));
        let (times, days_since) = (count(bought.len()), occasions.get(last)?.age);
        let usual = |between: f64| (bought.len() > 1).then(|| between / (times - 1.0));
        // As often in such a part of the week as in all of it is 1. One more of each: little says little.
        let factor = |here: f64, of_all: f64| (here + 1.0) / (times * of_all / self.visits.max(1.0) + 1.0);
        let mut lately = [0.0; 3];
        for occasion in at() {
            lately.iter_mut().zip(occasion.weights).for_each(|(sum, weight)| *sum += weight);
        }
        lately.iter_mut().zip(self.weights).for_each(|(sum, whole)| *sum /= whole.max(1e-9));
        Some(Habit {
            label,
            times: u32::try_from(bought.len()).unwrap_or(u32::MAX),
            share: times / self.visits,
            lately,
            days_since,
            usual_gap: usual(occasions.get(first)?.age - days_since),
            usual_visits: usual(count(last - first)),
            same_day: factor(at().map(|at| at.same_day).sum(), self.same_day),
            same_hour: factor(at().map(|at| at.same_hour).sum(), self.same_hour),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_habit_by_hand() {
        // Thursday, Saturday and the next Thursday, at noon; now Saturday the 10th at ten.
        let visits =
            [(0.5, vec![1, 2]), (2.5, vec![1]), (7.5, vec![2])].map(|(day, labels)| Visit { day, labels });
        let history = History { visits: &visits, now: 9.0 + 10.0 / 24.0 };
        let habits = history.habits();
        let [one, two] = &habits[..] else { panic!("{habits:?}") };
        assert_eq!((one.label, one.times, one.usual_gap, one.usual_visits), (1, 2, Some(2.0), Some(1.0)));
        assert_eq!((two.label, two.times, two.usual_gap, two.usual_visits), (2, 2, Some(7.0), Some(2.0)));
        let close = |number: f64, expected: f64| assert!((number - expected).abs() < 1e-9, "{number}");
        close(one.share, 2.0 / 3.0);
        close(one.days_since, 7.0 - 1.0 / 12.0);
        // Of three visits one was on a weekend; of the two with label 1, one.
        close(one.same_day, 2.0 / (2.0 / 3.0 + 1.0));
        close(two.same_day, 1.0 / (2.0 / 3.0 + 1.0));
        close(one.same_hour, 1.0);
        assert!(one.lately[2] < two.lately[2] && one.lately[0] > one.lately[2]);
        close(history.days_since(), 2.0 - 1.0 / 12.0);
    }

    #[test]
    fn once_has_no_gap_and_nobody_no_habits() {
        let visits = [Visit { day: 3.0, labels: vec![4] }];
        let habits = History { visits: &visits, now: 4.0 }.habits();
        assert_eq!((habits[0].usual_gap, habits[0].usual_visits, habits[0].times), (None, None, 1));
        assert_eq!(History { visits: &[], now: 4.0 }.habits(), []);
    }

    #[test]
    fn midnight_lies_between_hours_that_are_near() {
        let visits = [Visit { day: 3.96, labels: vec![4] }, Visit { day: 5.5, labels: vec![5] }];
        let habits = History { visits: &visits, now: 8.04 }.habits();
        assert!(habits[0].same_hour > 1.0 && habits[1].same_hour < 1.0, "{habits:?}");
    }
}
