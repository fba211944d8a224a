//! From the days on which somebody bought to what the models are told.

use super::{History, Spending};

/// The unit of the literature, in days.
pub const DAYS_A_WEEK: f64 = 7.0;

/// One customer's purchases, in any order: days, counted from anywhere, and what was paid.
///
/// What was bought on one day is one purchase: two baskets of one outing tell nothing about how often somebody comes.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// Each day once, in order.
    days: Vec<(i32, f64)>,
}

/// What of a ledger the models are told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// In weeks.
    pub history: History,
    /// In the unit of the ledger; none for repeat purchases that were worth nothing, or less.
    pub spending: Option<Spending>,
}

impl Ledger {
    /// Of `(day, value)` of each purchase.
    pub fn new(purchases: impl IntoIterator<Item = (i32, f64)>) -> Self {
        let mut all: Vec<(i32, f64)> = purchases.into_iter().collect();
        all.sort_by_key(|(day, _)| *day);
        let mut days: Vec<(i32, f64)> = Vec::with_capacity(all.len());
        for (day, value) in all {
            match days.last_mut() {
                Some((last, sum)) if *last == day => *sum += value,
                _ => days.push((day, value)),
            }
        }
        Self { days }
    }

    /// What was known at the end of day `until`; none of somebody who had not bought yet.
    pub fn summary(&self, until: i32) -> Option<Summary> {
        let known = self.days.get(..self.days.partition_point(|(day, _)| *day <= until))?;
        let ((first, _), repeats) = known.split_first()?;
        let last = repeats.last().map_or(*first, |(day, _)| *day);
        let weeks = |until: i32| (f64::from(until) - f64::from(*first)) / DAYS_A_WEEK;
        let frequency = u32::try_from(repeats.len()).ok()?;
        let history = History::try_new(frequency, weeks(last), weeks(until)).ok()?;
        let sum: f64 = repeats.iter().map(|(_, value)| value).sum();
        let mean = if frequency == 0 { 0.0 } else { sum / f64::from(frequency) };
        Some(Summary { history, spending: Spending::try_new(frequency, mean).ok() })
    }

    /// Purchases after day `after` up to the end of day `until`.
    pub fn purchases(&self, after: i32, until: i32) -> usize {
        self.days.iter().filter(|(day, _)| (after.saturating_add(1)..=until).contains(day)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purchases_of_one_day_are_one_and_the_first_does_not_repeat() {
        let ledger = Ledger::new([(21, 8.0), (0, 50.0), (7, 10.0), (7, 2.0), (70, 99.0)]);
        let summary = ledger.summary(28).unwrap();
        assert_eq!(summary.history, History::try_new(2, 3.0, 4.0).unwrap());
        assert_eq!(summary.spending, Some(Spending::try_new(2, 10.0).unwrap()));
        assert_eq!((ledger.purchases(28, 70), ledger.purchases(28, 69), ledger.purchases(0, 21)), (1, 0, 2));
    }

    #[test]
    fn who_bought_once_has_a_history_and_who_never_did_has_none() {
        let ledger = Ledger::new([(10, 5.0)]);
        let known = ledger.summary(17).unwrap();
        assert_eq!(known.history, History::try_new(0, 0.0, 1.0).unwrap());
        assert_eq!(known.spending, Some(Spending::try_new(0, 0.0).unwrap()));
        assert_eq!(ledger.summary(9), None);
        assert_eq!(Ledger::new([]).summary(9), None);
    }

    #[test]
    fn what_was_taken_back_has_no_mean_and_a_history_all_the_same() {
        let summary = Ledger::new([(0, 5.0), (7, 20.0), (14, -20.0)]).summary(14).unwrap();
        assert_eq!((summary.history.frequency(), summary.spending), (2, None));
    }
}
