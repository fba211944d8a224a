//! What the visit that is under way may become: eight things, how likely each is, and why.
//!
//! ```text
//! VisitSigns --features--> numbers --one regression for each outcome--> log odds --mended--> probability
//!                                              |
//!                                              +--> grounds: what each sign adds to the log odds
//! ```
//!
//! They do not exclude each other: who comes to pick up an order may browse as well. Each is about **the rest of the visit**, from
//! the moment of the signs until the customer leaves; [`Outcome`] says what counts as having happened.
//!
//! | file | what |
//! |---|---|
//! | `signs.rs` | what may be known of a visit: [`VisitSigns`], each of which may be unknown; [`Sign`], their names |
//! | `features.rs` | the numbers that regressions see; what is unknown adds nothing, and what is known may add to both sides |
//! | `any_due.rs` | how likely any of the usual items that are due is bought: [`AnyDue`], fitted to real visits |
//! | `fitting.rs` | the fit, and which signs may never speak against what they stand for |
//! | `shipped.rs`, `fitted.toml` | the weights as a file that can be read, and what is wrong with one that cannot |
//!
//! **What the weights rest on.** No public data has the browsing and the shop visits of the same people. Purchases of usual items are
//! fitted to real ones (Complete Journey); everything else to a simulator of which every assumption is written down in
//! `docs/outcomes.md`. Its figures say that the fit is right, not that the world is so: a shop refits with [`Outcomes::fit`]
//! from what became of its own visits, and until then these are its first guess.
//!
//! To add a sign: a field of [`VisitSigns`], a [`Sign`], its features at the end of their list, its behaviour in
//! `tests/tests/outcomes/`, and the weights anew (the test there says how). To add an outcome: [`Outcome`] and the same.
//!
//! Never here: the simulator, which no shop needs; whose visit it is; what may be said of it.
//!
//! ```
//! use shopbell_insight::outcome::{Outcome, Outcomes, VisitSigns};
//!
//! let outcomes = Outcomes::shipped()?;
//! let signs = VisitSigns { minutes_here: 2.0, orders_ready: Some(1), ..VisitSigns::default() };
//! let foretold = outcomes.foretell(&signs);
//! let pick_up = foretold.iter().find(|foretold| foretold.outcome == Outcome::PickUp).unwrap();
//! assert!(pick_up.probability > 0.5);
//! # Ok::<(), shopbell_insight::outcome::Unreadable>(())
//! ```

mod any_due;
mod features;
mod fitting;
mod shipped;
mod signs;

pub use any_due::{AnyDue, DUE, DueVisit};
pub use fitting::{NotFitted, Observed};
pub use shipped::Unreadable;
pub use signs::{HelpWish, Sign, VisitSigns};

use features::{FEATURES, Known, SIGNS};

use crate::evaluation::calibration::Platt;

/// How many outcomes there are.
pub const OUTCOMES: usize = 8;

/// What may become of the rest of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// An order is handed over.
    PickUp,
    /// Something bought earlier is handed back, or in for repair.
    Return,
    /// Something is bought that they buy again and again.
    Replenish,
    /// Something of their wish list or cart is bought.
    BuyWished,
    /// They choose between products of one kind: hold two or more against each other, whether they buy or not.
    Compare,
    /// They look round, three minutes or longer, with nothing particular to get.
    Browse,
    /// They need somebody's help: ask for it, or look for it in vain.
    NeedsHelp,
    /// They leave with nothing bought, picked up or handed back, and nobody has served them.
    Leaves,
}

impl Outcome {
    /// All, in the order of [`Outcomes::foretell`].
    pub const ALL: [Self; OUTCOMES] = [
        Self::PickUp,
        Self::Return,
        Self::Replenish,
        Self::BuyWished,
        Self::Compare,
        Self::Browse,
        Self::NeedsHelp,
        Self::Leaves,
    ];

    /// Its name in files and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PickUp => "pick_up",
            Self::Return => "return",
            Self::Replenish => "replenish",
            Self::BuyWished => "buy_wished",
            Self::Compare => "compare",
            Self::Browse => "browse",
            Self::NeedsHelp => "needs_help",
            Self::Leaves => "leaves",
        }
    }
}

/// An outcome, how likely it is, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Foretold {
    /// Which.
    pub outcome: Outcome,
    /// How likely, between 0 and 1 and never either.
    pub probability: f64,
    /// The logarithm of the odds of a visit of average signs.
    pub usual: f64,
    /// What each sign adds to it, those that add most, or take most away, first. With `usual` they add up to the logarithm of
    /// the odds of `probability`. What is unknown is among them: it differs from the average, too ([`VisitSigns::knows`]).
    pub grounds: Vec<(Sign, f64)>,
}

/// The fitted regressions, one for each outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    any_due: AnyDue,
    means: Known,
    models: [Model; OUTCOMES],
}

/// Of one outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Model {
    /// As fitted.
    weights: Known,
    /// What makes them true to what happened.
    calibration: Platt,
}

impl Outcomes {
    /// What may become of a visit, in the order of [`Outcome::ALL`].
    pub fn foretell(&self, signs: &VisitSigns) -> [Foretold; OUTCOMES] {
        let known = features::known(signs, &self.any_due);
        let mut models = self.models.iter();
        Outcome::ALL.map(|outcome| {
            // There are as many models as outcomes.
            let model = models.next().unwrap_or(&Model::NONE);
            self.foretold(outcome, model, &known)
        })
    }

    fn foretold(&self, outcome: Outcome, model: &Model, known: &Known) -> Foretold {
        let Platt { slope, offset } = model.calibration;
        let mut usual = offset;
        let mut sums = [0.0; SIGNS];
        for (((weight, mean), known), (_, sign)) in
            model.weights.iter().zip(&self.means).zip(known).zip(&FEATURES)
        {
            let weight = slope * weight;
            usual += weight * mean;
            if let Some(sum) = sign.and_then(|sign| sums.get_mut(sign as usize)) {
                *sum += weight * (known - mean);
            }
        }
        let mut grounds: Vec<(Sign, f64)> = Sign::ALL.into_iter().zip(sums).collect();
        grounds.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let log_odds: f64 = usual + sums.iter().sum::<f64>();
        Foretold { outcome, probability: 1.0 / (1.0 + libm::exp(-log_odds)), usual, grounds }
    }
}

impl Model {
    /// Of what nothing is known: as likely as not.
    const NONE: Self =
        Self { weights: [0.0; features::COUNT], calibration: Platt { slope: 1.0, offset: 0.0 } };
}

#[cfg(test)]
mod tests;
