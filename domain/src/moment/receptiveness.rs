//! How well a person takes a word in the shop.

use std::time::Duration;

use crate::{starter::Answer, time::Timestamp};

/// From 0, hardly ever well, to 1, nearly always; 0.5 where nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Receptiveness(f64);

/// After so long an answer counts half.
const HALF_LIFE: Duration = Duration::from_secs(90 * 86_400);
/// What is assumed of everybody: two words taken well, and two not.
const PRIOR: f64 = 2.0;
/// Below this a person is at most greeted: recently left alone in three visits and never once welcomed a word.
const FLOOR: f64 = 0.2;
/// By how much waiting grows, at the most.
const MOST: f64 = 3.0;

impl Default for Receptiveness {
    /// Of a person of whom nothing is known.
    fn default() -> Self {
        Self(0.5)
    }
}

impl Receptiveness {
    /// By how earlier words were taken; answers of the future are none. A wish to be left alone counts twice: it was said.
    pub fn of(answers: impl IntoIterator<Item = (Answer, Timestamp)>, now: Timestamp) -> Self {
        let (mut well, mut all) = (PRIOR, 2.0 * PRIOR);
        for (answer, at) in answers {
            if at > now {
                continue;
            }
            let weight = (-now.since(at).as_secs_f64() / HALF_LIFE.as_secs_f64()).exp2();
            match answer {
                Answer::Welcome => (well, all) = (well + weight, all + weight),
                Answer::Unwelcome => all += weight,
                Answer::LeftAlone => all += 2.0 * weight,
            }
        }
        Self(well / all)
    }

    /// As a number from 0 to 1.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// Whether more than a hello is too much, unless the person asks.
    pub fn is_reserved(self) -> bool {
        self.0 <= FLOOR
    }

    /// How long to wait for this person, where others wait for `time`: the same down to the middle, and three times as long
    /// at the floor.
    pub fn stretches(self, time: Duration) -> Duration {
        let below = ((0.5 - self.0) / (0.5 - FLOOR)).clamp(0.0, 1.0);
        time.mul_f64((MOST - 1.0).mul_add(below, 1.0))
    }
}
