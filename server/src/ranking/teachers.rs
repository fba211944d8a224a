//! How much each associate may teach, so that none of them, by a mood, a habit or on purpose, moves alone what all shops
//! share.
//!
//! One rule: a lesson weighs what is left of its associate's share of [`IN_ALL`] lessons, `1 - taught / IN_ALL`, and after
//! [`A_DAY`] lessons of a day nothing. `taught` is the sum of what the earlier ones weighed, and fades as they do in the model.
//! So all that the model holds of one associate never weighs more than [`IN_ALL`] whole lessons, about as much as the prior;
//! the first counts whole, of ten on one day the last .74, and who has said much is heard again as it fades.
//!
//! The refit and a tap weigh by the same rule and the same counts: those of the refit go on with the taps after it. What tills
//! tell, where nobody said anything, is nobody's opinion and counts whole.
//!
//! Never here: judging anybody. The counts are in memory, made of the log, and shown to nobody.

use std::collections::BTreeMap;

use shopbell_domain::{id::AssociateId, time::Timestamp};
use shopbell_insight::bandit::{InvalidExperience, LinearModel, Propensity, Showing};

use super::{features, learner::HALF_LIFE_DAYS};

/// So many lessons of an associate teach something on one day, by UTC.
pub(super) const A_DAY: u32 = 10;
/// All of an associate's lessons together weigh less than so many whole ones.
pub(super) const IN_ALL: f64 = 30.0;

/// What associates have taught so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Teachers(BTreeMap<AssociateId, Taught>);

#[derive(Debug, Clone, Copy)]
struct Taught {
    /// The last day on which they did.
    day: f64,
    /// How many lessons on that day.
    on_day: u32,
    /// How much all of them weigh on that day.
    in_all: f64,
}

impl Teachers {
    /// What the next lesson of an associate weighs, from 0 to 1; it counts as taught from then on. One of an earlier day than
    /// their last counts to that.
    pub(super) fn weigh(&mut self, associate: &AssociateId, at: Timestamp) -> f64 {
        let day = features::days(at).floor();
        let taught = self.0.entry(associate.clone()).or_insert(Taught { day, on_day: 0, in_all: 0.0 });
        if day > taught.day {
            taught.in_all *= (-(day - taught.day) / HALF_LIFE_DAYS).exp2();
            (taught.day, taught.on_day) = (day, 0);
        }
        if taught.on_day >= A_DAY {
            return 0.0;
        }
        let weight = (1.0 - taught.in_all / IN_ALL).max(0.0);
        taught.on_day += 1;
        taught.in_all += weight;
        weight
    }
}

/// A lesson as the model learns it, with its weight.
///
/// Numbers and reward are both multiplied by the root of the weight: in sums of squares that is as much as the lesson counted so
/// often.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    showing: Showing,
    root: f64,
}

impl Weighed {
    /// `None` of what weighs nothing.
    pub(super) fn new(numbers: &[f64], weight: f64) -> Option<Self> {
        let root = weight.sqrt();
        let numbers = numbers.iter().map(|number| number * root).collect();
        // The chance is in the log: learning does not ask it.
        (root > 0.0).then(|| Self { showing: Showing::new(numbers, Propensity::CERTAIN), root })
    }

    /// Whether something was learnt of it.
    pub(super) fn is_learnt(&self) -> bool {
        self.showing.reward().is_some()
    }

    /// What it was worth, as far as it is learnt.
    pub(super) fn reward(&self) -> Option<f64> {
        self.showing.reward().map(|reward| reward / self.root)
    }

    /// Teaches a model what it was worth; another number later takes the place of an earlier one.
    pub(super) fn credit(&mut self, model: &mut LinearModel, reward: f64) -> Result<(), InvalidExperience> {
        model.credit(&mut self.showing, reward * self.root)
    }

    /// What a model expects of it, as a reward.
    pub(super) fn expected(&self, model: &LinearModel) -> f64 {
        (model.theta().score(self.showing.features()) / self.root).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::{
        example::{DAY, NOW},
        prior,
    };

    fn associate(name: &str) -> AssociateId {
        AssociateId::new(name).unwrap()
    }

    #[test]
    fn ten_lessons_of_a_day_count_and_no_more() {
        let (ines, paul) = (associate("ines"), associate("paul"));
        let mut teachers = Teachers::default();
        let weights: Vec<f64> = (0..60).map(|_| teachers.weigh(&ines, NOW)).collect();
        assert!((weights[0] - 1.0).abs() < 1e-12, "the first counts whole");
        assert!(weights[..10].windows(2).all(|pair| pair[0] > pair[1]) && weights[9] > 0.7, "{weights:?}");
        assert!(weights[10..].iter().all(|weight| *weight == 0.0), "{weights:?}");
        assert!((teachers.weigh(&paul, NOW) - 1.0).abs() < 1e-12, "others have their own");
        assert!(teachers.weigh(&ines, NOW + DAY) > 0.7, "and a new day is one");
        assert!(teachers.weigh(&ines, NOW) > 0.6, "what is late counts to the last day");
    }

    #[test]
    fn all_lessons_of_an_associate_have_a_bound_and_room_comes_back() {
        let ines = associate("ines");
        let mut teachers = Teachers::default();
        let mut in_all = 0.0;
        for lesson in 0..3_000 {
            in_all += teachers.weigh(&ines, NOW + DAY * (lesson / 10) / 1_000);
        }
        assert!(in_all < 11.0, "within a day: {in_all}");
        for day in 0..2_000 {
            for _ in 0..20 {
                teachers.weigh(&ines, NOW + DAY * day);
            }
            assert!(teachers.0[&ines].in_all < IN_ALL);
        }
        assert!(teachers.weigh(&ines, NOW + DAY * 2_000) < 0.05, "all is said");
        let weight = teachers.weigh(&ines, NOW + DAY * 2_180);
        assert!((weight - 0.5).abs() < 0.03, "after its half-life half of it has faded: {weight}");
    }

    #[test]
    fn a_lesson_of_weight_one_in_four_is_a_quarter_of_one() {
        let model = prior::model().unwrap();
        let numbers: Vec<f64> = (0..features::COUNT).map(|at| if at % 3 == 0 { 1.0 } else { 0.5 }).collect();
        let (mut whole, mut quarters) = (model.clone(), model.clone());
        Weighed::new(&numbers, 1.0).unwrap().credit(&mut whole, 0.1).unwrap();
        for _ in 0..4 {
            let mut quarter = Weighed::new(&numbers, 0.25).unwrap();
            assert!(
                (quarter.expected(&quarters) - quarters.theta().score(&numbers).clamp(0.0, 1.0)).abs() < 1e-9
            );
            // What was learnt first gives way to what is known later.
            quarter.credit(&mut quarters, 0.9).unwrap();
            quarter.credit(&mut quarters, 0.1).unwrap();
            assert!(quarter.is_learnt());
        }
        for (one, four) in whole.theta().as_slice().iter().zip(quarters.theta().as_slice()) {
            assert!((one - four).abs() < 1e-9, "{one} and {four}");
        }
        assert!(Weighed::new(&numbers, 0.0).is_none());
    }
}
