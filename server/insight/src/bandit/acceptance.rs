//! How somebody took what was shown before: a feature that a person, a shop or a kind of starter can have.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::experience::{InvalidExperience, check_size};

/// What is believed of those of whom nothing is known, and how soon what was is forgotten.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habit {
    usual: f64,
    strength: f64,
    half_life_days: f64,
}

/// Why numbers are no habit.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error(
    "a usual reward is from 0 to 1, and counts as much as some showings, more than 0, that fade in some days, more than 0; not \
     {usual}, {strength} and {half_life_days}"
)]
pub struct InvalidHabit {
    usual: f64,
    strength: f64,
    half_life_days: f64,
}

impl Habit {
    /// `usual`: the mean reward of everybody, from 0 to 1; `strength`: as many showings are needed to count as much as that;
    /// `half_life_days`: days after which a showing counts half.
    pub fn try_new(usual: f64, strength: f64, half_life_days: f64) -> Result<Self, InvalidHabit> {
        let some = |number: f64| number > 0.0 && number.is_finite();
        if (0.0..=1.0).contains(&usual) && some(strength) && some(half_life_days) {
            Ok(Self { usual, strength, half_life_days })
        } else {
            Err(InvalidHabit { usual, strength, half_life_days })
        }
    }
}

impl Default for Habit {
    /// A few showings say something, and a season later they hardly do.
    fn default() -> Self {
        Self { usual: 0.3, strength: 5.0, half_life_days: 90.0 }
    }
}

/// What became of the showings to one person, or in one shop: two sums that fade.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Acceptance {
    rewards: f64,
    showings: f64,
    /// The day of the sums.
    day: f64,
}

impl Acceptance {
    /// Counts a showing whose reward is known. Days may come out of order: an older one has faded by then.
    pub fn add(&mut self, habit: Habit, day: f64, reward: f64) -> Result<(), InvalidExperience> {
        check_size(reward)?;
        if !day.is_finite() {
            return Err(InvalidExperience::Size(day));
        }
        if self.showings == 0.0 || day > self.day {
            let kept = faded(habit, day - self.day);
            self.rewards *= kept;
            self.showings *= kept;
            self.day = day;
        }
        let counts = faded(habit, self.day - day);
        self.rewards += counts * reward;
        self.showings += counts;
        Ok(())
    }

    /// Counts a showing that was counted on a day as worth so much more, or less: another word took the first one's place.
    pub fn mend(&mut self, habit: Habit, day: f64, more: f64) -> Result<(), InvalidExperience> {
        check_size(more)?;
        check_size(faded(habit, self.day - day))?;
        self.rewards += faded(habit, self.day - day) * more;
        Ok(())
    }

    /// The mean reward to be expected at a day: the usual one with its strength, and one's own as far as they have not faded (the mean of a Beta distribution with such a prior).
    pub fn rate(&self, habit: Habit, day: f64) -> f64 {
        let kept = faded(habit, (day - self.day).max(0.0));
        (habit.usual * habit.strength + kept * self.rewards) / (habit.strength + kept * self.showings)
    }
}

fn faded(habit: Habit, days: f64) -> f64 {
    libm::exp2(-days.max(0.0) / habit.half_life_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HABIT: Habit = Habit { usual: 0.3, strength: 4.0, half_life_days: 10.0 };

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn nobody_is_known_at_first_and_again_in_the_end() {
        let mut acceptance = Acceptance::default();
        close(acceptance.rate(HABIT, 100.0), 0.3);
        for _ in 0..4 {
            acceptance.add(HABIT, 100.0, 1.0).unwrap();
        }
        close(acceptance.rate(HABIT, 100.0), (1.2 + 4.0) / 8.0);
        close(acceptance.rate(HABIT, 110.0), (1.2 + 2.0) / 6.0);
        assert!((acceptance.rate(HABIT, 1_000.0) - 0.3).abs() < 1e-9);
    }

    #[test]
    fn the_order_in_which_days_come_does_not_matter() {
        let (mut forwards, mut backwards) = (Acceptance::default(), Acceptance::default());
        let days = [(3.0, 0.2), (9.0, 1.0), (21.0, 0.0)];
        for (day, reward) in days {
            forwards.add(HABIT, day, reward).unwrap();
        }
        for (day, reward) in days.into_iter().rev() {
            backwards.add(HABIT, day, reward).unwrap();
        }
        close(forwards.rate(HABIT, 30.0), backwards.rate(HABIT, 30.0));
    }

    #[test]
    fn another_word_takes_the_place_of_the_first() {
        let (mut mended, mut at_once) = (Acceptance::default(), Acceptance::default());
        for (day, first, then) in [(3.0, 0.2, 1.0), (9.0, 1.0, 0.0)] {
            mended.add(HABIT, day, first).unwrap();
            at_once.add(HABIT, day, then).unwrap();
        }
        mended.mend(HABIT, 3.0, 0.8).unwrap();
        mended.mend(HABIT, 9.0, -1.0).unwrap();
        close(mended.rate(HABIT, 30.0), at_once.rate(HABIT, 30.0));
        assert!(mended.mend(HABIT, 9.0, f64::NAN).is_err() && mended.mend(HABIT, f64::NAN, 1.0).is_ok());
    }

    #[test]
    fn a_habit_has_a_strength_and_an_end() {
        assert!(Habit::try_new(0.0, 0.1, 1.0).is_ok());
        for (usual, strength, days) in [
            (1.1, 1.0, 1.0),
            (f64::NAN, 1.0, 1.0),
            (0.5, 0.0, 1.0),
            (0.5, 1.0, 0.0),
            (0.5, f64::INFINITY, 1.0),
        ] {
            assert!(Habit::try_new(usual, strength, days).is_err(), "{usual} {strength} {days}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let mut acceptance = Acceptance::default();
        assert!(acceptance.add(HABIT, f64::NAN, 1.0).is_err());
        assert!(acceptance.add(HABIT, 1.0, f64::NAN).is_err());
        assert_eq!(acceptance, Acceptance::default());
    }
}
