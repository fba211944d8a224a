//! The fit: a logistic regression for each outcome, and what makes its probabilities true.
//!
//! A sign that stands for an outcome may never speak against it, whatever the data say by chance: an order that lies ready never
//! makes a pick-up less likely ([`GUARDED`]). Where the best weight would have the wrong sign it is 0, and the others are fitted
//! anew; for a likelihood with one maximum, and as few of them as here, that is the best there is.

use thiserror::Error;

use super::{
    AnyDue, Model, OUTCOMES, Outcome, Outcomes, VisitSigns,
    features::{self, COUNT, Known},
};
use crate::{
    evaluation::calibration::{self, Forecast, Platt},
    logistic::{Logistic, Row},
};

/// Enough to hold what is seen rarely, and to keep from the grounds what is there by chance.
const RIDGE: f64 = 10.0;

/// The only direction in which a feature may speak for an outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Direction {
    For,
    Against,
}

use Direction::{Against, For};

const GUARDED: [(Outcome, &str, Direction); 29] = [
    (Outcome::PickUp, "orders_none", Against),
    (Outcome::PickUp, "orders_ready", For),
    (Outcome::PickUp, "orders_more", For),
    (Outcome::Return, "returns_none", Against),
    (Outcome::Return, "returns_announced", For),
    (Outcome::Replenish, "usual_none", Against),
    (Outcome::Replenish, "usual_log_odds", For),
    (Outcome::BuyWished, "listed_none", Against),
    (Outcome::BuyWished, "listed_here", For),
    (Outcome::BuyWished, "listed_more", For),
    (Outcome::BuyWished, "wished_moved_none", Against),
    (Outcome::BuyWished, "wished_moved", For),
    (Outcome::BuyWished, "cart_none", Against),
    (Outcome::BuyWished, "cart_here", For),
    (Outcome::Compare, "compared", For),
    (Outcome::Compare, "compared_more", For),
    (Outcome::Compare, "zone_returns", For),
    (Outcome::Browse, "orders_ready", Against),
    (Outcome::Browse, "returns_announced", Against),
    (Outcome::NeedsHelp, "help_not_asked", Against),
    (Outcome::NeedsHelp, "help_asked", For),
    (Outcome::NeedsHelp, "help_minutes", For),
    (Outcome::Leaves, "not_greeted", For),
    (Outcome::Leaves, "greeted", Against),
    (Outcome::Leaves, "orders_none", For),
    (Outcome::Leaves, "orders_ready", Against),
    (Outcome::Leaves, "orders_more", Against),
    (Outcome::Leaves, "returns_announced", Against),
    (Outcome::Leaves, "fitting_room", Against),
];

/// A moment of a visit that is over: what was known then, and what became of the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// What was known.
    pub signs: VisitSigns,
    /// What happened after it, in the order of [`Outcome::ALL`].
    pub happened: [bool; OUTCOMES],
}

/// Why nothing could be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotFitted {
    /// No weights are the best, or there is nothing to fit them to.
    #[error("{0}: no weights are the best for these visits, or there are none")]
    NoMaximum(&'static str),
    /// Probabilities could not be mended.
    #[error("{outcome}: {reason}")]
    NotCalibrated {
        /// Of which outcome.
        outcome: &'static str,
        /// Why.
        reason: calibration::NotFitted,
    },
}

impl Outcomes {
    /// Weights by some visits, and what mends their probabilities by others; those must not be the same.
    pub fn fit(any_due: AnyDue, visits: &[Observed], calibrating: &[Observed]) -> Result<Self, NotFitted> {
        let know = |visits: &[Observed]| -> Vec<[f32; COUNT]> {
            visits.iter().map(|visit| features::known(&visit.signs, &any_due).map(narrow)).collect()
        };
        let (seen, others) = (know(visits), know(calibrating));
        let mut models = [Model::NONE; OUTCOMES];
        for (at, (model, outcome)) in models.iter_mut().zip(Outcome::ALL).enumerate() {
            let happened = |visit: &Observed| visit.happened.get(at).copied().unwrap_or_default();
            let row = |(known, visit): (&[f32; COUNT], &Observed)| Row {
                known: *known,
                counts: 1.0,
                happened: happened(visit),
            };
            let mut rows: Vec<Row<COUNT>> = seen.iter().zip(visits).map(row).collect();
            let fitted = guarded(outcome, &mut rows)?;
            let forecasts: Vec<Forecast> = others
                .iter()
                .zip(calibrating)
                .filter_map(|(known, visit)| {
                    Forecast::try_new(fitted.probability(known), happened(visit)).ok()
                })
                .collect();
            let calibration = mending(outcome, &forecasts)?;
            *model = Model { weights: *fitted.weights(), calibration };
        }
        Ok(Self { any_due, means: means(&seen), models })
    }

    /// The same order and the same grounds, with probabilities that are true to these visits: what a shop does with its first
    /// few hundred, until it has enough for [`Outcomes::fit`].
    pub fn recalibrated(&self, visits: &[Observed]) -> Result<Self, NotFitted> {
        let mut said: [Vec<Forecast>; OUTCOMES] = std::array::from_fn(|_| Vec::with_capacity(visits.len()));
        for visit in visits {
            for ((said, foretold), happened) in
                said.iter_mut().zip(self.foretell(&visit.signs)).zip(visit.happened)
            {
                said.extend(Forecast::try_new(foretold.probability, happened));
            }
        }
        let mut again = self.clone();
        for ((model, outcome), said) in again.models.iter_mut().zip(Outcome::ALL).zip(&said) {
            let Platt { slope, offset } = mending(outcome, said)?;
            let before = model.calibration;
            model.calibration = Platt { slope: slope * before.slope, offset: slope * before.offset + offset };
        }
        Ok(again)
    }
}

fn means(seen: &[[f32; COUNT]]) -> Known {
    let mut means = [0.0; COUNT];
    for known in seen {
        means.iter_mut().zip(known).for_each(|(mean, known)| *mean += f64::from(*known));
    }
    let count: f64 = seen.iter().map(|_| 1.0).sum();
    means.map(|sum| sum / count)
}

/// What makes forecasts true. Where those that were given more happened less, by chance, it says the base rate and does not turn
/// them round: every sign would speak for the opposite of what it stands for.
fn mending(outcome: Outcome, forecasts: &[Forecast]) -> Result<Platt, NotFitted> {
    let found = Platt::fit(forecasts)
        .map_err(|reason| NotFitted::NotCalibrated { outcome: outcome.name(), reason })?;
    if found.slope >= 0.0 {
        return Ok(found);
    }
    let count = |happened: bool| {
        forecasts.iter().map(|one| f64::from(u8::from(one.happened() == happened))).sum::<f64>()
    };
    Ok(Platt { slope: 0.0, offset: libm::log(count(true) / count(false)) })
}

/// The best weights of which none speaks in the wrong direction.
fn guarded(outcome: Outcome, rows: &mut [Row<COUNT>]) -> Result<Logistic<COUNT>, NotFitted> {
    loop {
        let fitted = Logistic::fit(rows, RIDGE).ok_or(NotFitted::NoMaximum(outcome.name()))?;
        let wrong: Vec<usize> = GUARDED
            .iter()
            .filter(|(of, ..)| *of == outcome)
            .filter_map(|(_, feature, direction)| Some((features::place(feature)?, direction)))
            .filter(|(place, direction)| {
                fitted.weights().get(*place).is_some_and(|weight| match direction {
                    For => *weight < 0.0,
                    Against => *weight > 0.0,
                })
            })
            .map(|(place, _)| place)
            .collect();
        if wrong.is_empty() {
            return Ok(fitted);
        }
        // The ridge leaves no weight for what is 0 in every row.
        for row in rows.iter_mut() {
            for place in &wrong {
                if let Some(known) = row.known.get_mut(*place) {
                    *known = 0.0;
                }
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a feature needs no more digits than that")]
pub(super) fn narrow(number: f64) -> f32 {
    number as f32
}
