//! What the ranking knows of a label, as numbers: of one that somebody bought before, and of one that is new to them.
//!
//! Shares and scores are taken as logarithms: what doubles a share adds the same, wherever it was. What is added before keeps a
//! share of 0 finite, and says below which share differences are noise.
//!
//! To add one: a number at the end of [`again`] or [`new`] with its [`Ground`] in the list above, and the figures anew in
//! `docs/prediction.md`.

use super::{Common, Habit, History};

/// How many numbers are known of a label that was bought before.
pub(super) const AGAIN: usize = 26;
/// And of one that is new.
pub(super) const NEW: usize = 8;

/// What speaks for or against a label, in words that a person understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ground {
    /// Who it is: how often they come, and how long ago they came.
    Person,
    /// How often they bought it, and how lately.
    Rhythm,
    /// How long ago, beside their usual gap.
    Due,
    /// What they have that it goes with.
    GoesWith,
    /// How much everybody buys it, and of late.
    Popular,
    /// Whether those who buy it buy it again.
    Recurring,
    /// Whether they buy it at such hours and in such a part of the week.
    Moment,
}

use Ground::{Due, GoesWith, Moment, Person, Popular, Recurring, Rhythm};

/// To which ground each number of [`again`] belongs.
pub(super) const AGAIN_GROUNDS: [Ground; AGAIN] = [
    Person, Rhythm, Rhythm, Rhythm, Rhythm, Rhythm, Due, Due, Due, Due, Due, Due, Due, Due, Due, Due,
    GoesWith, GoesWith, Popular, Popular, Popular, Recurring, Person, Person, Moment, Moment,
];
/// To which ground each number of [`new`] belongs.
pub(super) const NEW_GROUNDS: [Ground; NEW] =
    [Person, GoesWith, GoesWith, Popular, Popular, Popular, Recurring, Person];

/// Where the curve over the time since the last purchase, as the logarithm of its share of the usual gap, may bend: from a
/// twentieth of the gap to seven times.
pub(super) const BENDS: [f64; 8] = [-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0];

/// What is known of somebody, whatever the label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Someone {
    visits: f64,
    days_since: f64,
}

impl Someone {
    pub(super) fn of(history: &History<'_>) -> Self {
        let visits = u32::try_from(history.visits.len()).map_or(f64::INFINITY, f64::from);
        Self { visits: visits.max(1.0).ln(), days_since: history.days_since().clamp(0.0, 1e4).ln_1p() }
    }
}

pub(super) fn again(someone: Someone, habit: &Habit, common: Common, goes_with: [f64; 2]) -> [f32; AGAIN] {
    let [r120, r45, r15] = habit.lately.map(|rate| (rate + 1e-3).ln());
    let [d0, d1, d2, d3, d4, d5, d6, d7] = over_gap(habit);
    let [having, often] = goes_with;
    [
        1.0,
        (habit.share + 1e-2).ln(),
        r120,
        r45,
        r15,
        f64::from(habit.times).ln(),
        d0,
        d1,
        d2,
        d3,
        d4,
        d5,
        d6,
        d7,
        f64::from(u8::from(habit.usual_gap.is_none())),
        habit.usual_gap.map_or(0.0, f64::ln_1p),
        having,
        (often.max(0.0) + 1e-2).ln(),
        (common.lately + 1e-4).ln(),
        (common.visits + 1e-4).ln(),
        (common.people + 1e-4).ln(),
        common.again.ln(),
        someone.visits,
        someone.days_since,
        habit.same_day.ln(),
        habit.same_hour.ln(),
    ]
    .map(narrow)
}

pub(super) fn new(someone: Someone, common: Common, goes_with: [f64; 2]) -> [f32; NEW] {
    let [having, often] = goes_with;
    [
        1.0,
        having,
        (often.max(0.0) + 1e-2).ln(),
        (common.lately + 1e-4).ln(),
        (common.visits + 1e-4).ln(),
        (common.people + 1e-4).ln(),
        common.again.ln(),
        someone.visits,
    ]
    .map(narrow)
}

/// How far beyond each bend the time since the last purchase is; 0 of what was bought once.
pub(super) fn over_gap(habit: &Habit) -> [f64; BENDS.len()] {
    let over = habit.usual_gap.map(|gap| ((habit.days_since.max(0.0) + 1.0) / (gap + 1.0)).ln());
    BENDS.map(|bend| over.map_or(0.0, |over| (over - bend).max(0.0)))
}

#[expect(clippy::cast_possible_truncation, reason = "a feature needs no more digits than that")]
pub(super) fn narrow(number: f64) -> f32 {
    number as f32
}
