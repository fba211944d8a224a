//! Rules that choose three of the candidates, side by side on the same stream.

use std::collections::VecDeque;

use shopbell_insight::{
    bandit::{Experience, Exploration, LinearModel, Prior, Propensity, Showing, best},
    chance::Chance,
};

use super::stream::{Candidate, Decision, FEATURES, START};

pub(crate) const SLOTS: usize = 3;

/// What chooses.
pub(crate) enum Rule {
    Random(Chance),
    /// A number of each candidate.
    Sorted(fn(&Candidate) -> f64),
    Learner(Box<Learner>),
    /// All that was bought, known beforehand.
    Oracle,
}

/// A model that is told what became of its choices some days later.
pub(crate) struct Learner {
    model: LinearModel,
    exploration: Exploration,
    delay: f64,
    chance: Chance,
    waiting: VecDeque<(f64, Showing, f64)>,
    today: f64,
}

impl Learner {
    pub(crate) fn new(prior: &Prior, exploration: Exploration, delay: f64, seed: u64) -> Self {
        let model = LinearModel::new(FEATURES.map(String::from).into(), prior.clone()).unwrap();
        let chance = Chance::from_seed(seed);
        Self { model, exploration, delay, chance, waiting: VecDeque::new(), today: f64::NEG_INFINITY }
    }

    /// What is believed of all weights before anything is seen, by those who believe nothing.
    pub(crate) fn cold() -> Prior {
        Prior::flat(FEATURES.len(), 1.0).unwrap()
    }

    /// Learns, when a day begins, what has become known.
    fn wake(&mut self, day: f64) {
        if day == self.today {
            return;
        }
        self.today = day;
        while let Some((shown, mut showing, reward)) = self.waiting.pop_front() {
            if shown + self.delay > day {
                self.waiting.push_front((shown, showing, reward));
                break;
            }
            self.model.credit(&mut showing, reward).unwrap();
        }
    }

    fn choose(&mut self, decision: &Decision<'_>) -> Vec<usize> {
        let day = decision.event.day.floor();
        self.wake(day);
        let chosen = best(&self.exploration.scores(&self.model, &decision.features, &mut self.chance), SLOTS);
        for place in &chosen {
            // The propensity is of no use here, where what was not shown is known as well.
            let showing = Showing::new(decision.features[*place].clone(), Propensity::CERTAIN);
            self.waiting.push_back((day, showing, decision.candidates[*place].reward));
        }
        chosen
    }
}

/// What one rule got.
pub(crate) struct Policy {
    pub(crate) name: String,
    rule: Rule,
    /// When each visit was, and how many of the slots were bought.
    hits: Vec<(f64, f64)>,
}

/// A rule's figures, as the reference prints them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) decisions: usize,
    pub(crate) precision: f64,
    pub(crate) standard_error: f64,
    pub(crate) hit: f64,
    pub(crate) first_month: f64,
    pub(crate) last_month: f64,
}

impl Policy {
    pub(crate) fn new(name: impl Into<String>, rule: Rule) -> Self {
        Self { name: name.into(), rule, hits: Vec::new() }
    }

    pub(crate) fn act(&mut self, decision: &Decision<'_>) {
        let by = |of: &dyn Fn(&Candidate) -> f64| {
            best(&decision.candidates.iter().map(of).collect::<Vec<f64>>(), SLOTS)
        };
        let chosen = match &mut self.rule {
            Rule::Random(chance) => {
                best(&decision.candidates.iter().map(|_| chance.uniform()).collect::<Vec<f64>>(), SLOTS)
            }
            Rule::Sorted(of) => by(of),
            Rule::Learner(learner) => learner.choose(decision),
            Rule::Oracle => {
                // Also of what is no candidate.
                let hits = decision.event.bought.len().min(SLOTS);
                self.hits.push((decision.event.day, hits as f64));
                return;
            }
        };
        let hits = chosen.iter().map(|place| decision.candidates[*place].reward).sum();
        self.hits.push((decision.event.day, hits));
    }

    pub(crate) fn hits(&self) -> &[(f64, f64)] {
        &self.hits
    }

    pub(crate) fn figures(&self) -> Figures {
        let last = self.hits.iter().map(|(day, _)| *day).fold(0.0, f64::max);
        let slots = SLOTS as f64;
        let precision = |when: &dyn Fn(f64) -> bool| {
            mean(self.hits.iter().filter(|(day, _)| when(*day)).map(|(_, hits)| hits / slots))
        };
        let all = precision(&|_| true);
        let variance = mean(self.hits.iter().map(|(_, hits)| (hits / slots - all).powi(2)));
        Figures {
            decisions: self.hits.len(),
            precision: all,
            standard_error: (variance / self.hits.len() as f64).sqrt(),
            hit: mean(self.hits.iter().map(|(_, hits)| f64::from(u8::from(*hits > 0.0)))),
            first_month: precision(&|day| day < START + 30.0),
            last_month: precision(&|day| day >= last - 30.0),
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / count
}

/// All that there was to know at each decision, also of what nobody would have shown.
pub(crate) fn experience(add: impl FnOnce(&mut dyn FnMut(&Decision<'_>))) -> Experience {
    let mut experience = Experience::none(FEATURES.len());
    add(&mut |decision| {
        for (features, candidate) in decision.features.iter().zip(&decision.candidates) {
            experience.add(features, candidate.reward).unwrap();
        }
    });
    experience
}
