//! The ranking that is served: what somebody will buy at the visit that begins, of what they bought before and of what is new to them.
//!
//! One recipe for categories, types and products. Candidates are all that somebody bought, and of what is new to them that which
//! goes best with what they have and what most people buy. Of each candidate some numbers are known, told in `features.rs`; two
//! logistic regressions, one for what was bought before and one for what is new, make of them the probability that it is bought
//! at this visit. They are fitted to visits that happened: of each person one or two, of which everything before is known.
//! A visit counts as much as any other, however much was bought at it: with weights of one over its size, what is made best is
//! near to the mean share of a visit that is foretold, which is recall.
//!
//! It is linear, so that each score is a sum of [`Ground`]s that can be told. Where people are many, all that grows with them is done
//! beforehand in [`Crowd`]: to rank, one person's visits are enough, and no others are asked.
//!
//! So weighted, probabilities are too low: they are those of a visit at which little is bought. [`Ranking::calibration`] says by how
//! much, from visits after those of the fit, and [`Ranking::calibrated`] mends them; the order stays.
//!
//! What it is worth, and what else was tried: `docs/prediction.md`.

use std::collections::BTreeMap;

use super::{
    Crowd, Habit, History, Label, Scores,
    features::{self, AGAIN, AGAIN_GROUNDS, Ground, NEW, NEW_GROUNDS, Someone},
};
use crate::{
    evaluation::calibration::{Forecast, NotFitted, Platt},
    logistic::{Logistic, Row},
};

/// Candidates that are new to somebody: those that go best with what they have, and those that most people buy.
const NEW_THAT_GO: usize = 40;
const NEW_THAT_ARE_POPULAR: usize = 20;
/// The ridge of the fit. From 0.3 to 30 nothing changes: there are thousands of visits for each weight.
const RIDGE: f64 = 3.0;

/// A visit that happened: what was known before it, and what was bought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example<'a> {
    /// Somebody, before it.
    pub before: History<'a>,
    /// What they bought then.
    pub bought: &'a [Label],
}

/// A label, how likely it is bought at this visit, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Which.
    pub label: Label,
    /// How likely it is bought at this visit; true to what happens where the ranking is calibrated, and else only an order.
    pub probability: f64,
    /// Whether they never bought it.
    pub new: bool,
    /// What each ground adds to the logarithm of the odds, compared with an average candidate: the largest first.
    pub grounds: Vec<(Ground, f64)>,
}

/// How likely some labels are bought at this visit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Likely {
    /// Of what they bought before.
    pub again: Vec<(Label, f64)>,
    /// Of what is new to them.
    pub new: Vec<(Label, f64)>,
}

/// The fitted weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    again: Logistic<AGAIN>,
    new: Logistic<NEW>,
    calibration: Option<Platt>,
}

enum Known {
    Again([f32; AGAIN]),
    New([f32; NEW]),
}

impl Ranking {
    /// Of visits that happened after those that the crowd is of. None where there is nothing to learn from.
    pub fn fit(crowd: &Crowd, examples: &[Example<'_>]) -> Option<Self> {
        let (mut again, mut new) = (Vec::new(), Vec::new());
        for example in examples {
            let counts = 1.0 / features::narrow(f64::from(u32::try_from(example.bought.len().max(1)).ok()?));
            let habits = example.before.habits();
            let anything = |having: &Scores, is_new: &dyn Fn(Label) -> bool| newest(crowd, having, is_new);
            for (label, known) in candidates(crowd, &example.before, &habits, |_| true, anything) {
                let happened = example.bought.contains(&label);
                match known {
                    Known::Again(known) => again.push(Row { known, counts, happened }),
                    Known::New(known) => new.push(Row { known, counts, happened }),
                }
            }
        }
        Some(Self {
            again: Logistic::fit(&again, RIDGE)?,
            new: Logistic::fit(&new, RIDGE)?,
            calibration: None,
        })
    }

    /// What makes probabilities true to what happened: of visits that the fit did not see, the `number` most likely labels of each.
    ///
    /// Everything that is fitted is fitted before: this ranking to visits a step earlier than those that one is fitted to which
    /// is then to be [`Ranking::calibrated`] with it.
    ///
    /// # Errors
    /// Where of all these labels none was bought, or all.
    pub fn calibration(
        &self,
        crowd: &Crowd,
        examples: &[Example<'_>],
        number: usize,
    ) -> Result<Platt, NotFitted> {
        let forecasts: Vec<Forecast> = examples
            .iter()
            .flat_map(|example| {
                let ranked = self.rank(crowd, &example.before, number).into_iter();
                ranked.map(|ranked| (ranked.probability, example.bought.contains(&ranked.label)))
            })
            .filter_map(|(said, happened)| Forecast::try_new(said, happened).ok())
            .collect();
        Platt::fit(&forecasts)
    }

    /// The same order, with probabilities mended.
    #[must_use]
    pub fn calibrated(self, by: Platt) -> Self {
        Self { calibration: Some(by), ..self }
    }

    /// The `number` most likely, the likeliest first; of equals the more popular.
    pub fn rank(&self, crowd: &Crowd, history: &History<'_>, number: usize) -> Vec<Ranked> {
        self.rank_of(crowd, history, number, |_, _| true)
    }

    /// The same, of some only: `among` is asked of each label, and whether it is new to them.
    pub fn rank_of(
        &self,
        crowd: &Crowd,
        history: &History<'_>,
        number: usize,
        among: impl Fn(Label, bool) -> bool,
    ) -> Vec<Ranked> {
        let habits = history.habits();
        let new = |having: &Scores, is_new: &dyn Fn(Label) -> bool| {
            newest(crowd, having, |label| is_new(label) && among(label, true))
        };
        let candidates: BTreeMap<Label, Known> =
            candidates(crowd, history, &habits, |label| among(label, false), new).into_iter().collect();
        let likely = candidates.iter().map(|(label, known)| (*label, self.probability(known)));
        let best = crowd.popularity().best(&Scores::sum(likely), number);
        best.iter()
            .filter_map(|label| Some((*label, candidates.get(label)?)))
            .map(|(label, known)| Ranked {
                label,
                probability: self.mended(known),
                new: matches!(known, Known::New(_)),
                grounds: self.grounds(known),
            })
            .collect()
    }

    /// How likely each is, in no order and without grounds: of what they bought, those that `again` names, and of what is new to them the
    /// 40 of which `new` is so that go best with what they have. `habits` are those of the history, for who needs them for
    /// more. Labels that are in neither cost nothing, however many there are.
    pub fn likely(
        &self,
        crowd: &Crowd,
        history: &History<'_>,
        habits: &[Habit],
        again: impl Fn(Label) -> bool,
        new: impl Fn(Label) -> bool,
    ) -> Likely {
        let go = |having: &Scores, is_new: &dyn Fn(Label) -> bool| {
            crowd.popularity().scored(having, NEW_THAT_GO, |label| is_new(label) && new(label))
        };
        let mut likely = Likely::default();
        for (label, known) in candidates(crowd, history, habits, again, go) {
            let part = if matches!(known, Known::New(_)) { &mut likely.new } else { &mut likely.again };
            part.push((label, self.mended(&known)));
        }
        likely
    }

    fn mended(&self, known: &Known) -> f64 {
        let raw = self.probability(known);
        self.calibration.as_ref().map_or(raw, |calibration| calibration.probability(raw))
    }

    fn probability(&self, known: &Known) -> f64 {
        match known {
            Known::Again(known) => self.again.probability(known),
            Known::New(known) => self.new.probability(known),
        }
    }

    fn grounds(&self, known: &Known) -> Vec<(Ground, f64)> {
        let parts: Vec<(Ground, f64)> = match known {
            Known::Again(known) => AGAIN_GROUNDS.into_iter().zip(self.again.parts(known)).collect(),
            Known::New(known) => NEW_GROUNDS.into_iter().zip(self.new.parts(known)).collect(),
        };
        let mut sums: BTreeMap<Ground, f64> = BTreeMap::new();
        for (ground, part) in parts {
            *sums.entry(ground).or_default() += part;
        }
        let mut sums: Vec<(Ground, f64)> = sums.into_iter().collect();
        sums.sort_by(|a, b| b.1.total_cmp(&a.1));
        sums
    }
}

/// What is known of all that somebody bought and of what is new to them, which `new` chooses: by what goes with what they have, among
/// those that they never bought.
fn candidates(
    crowd: &Crowd,
    history: &History<'_>,
    habits: &[Habit],
    again: impl Fn(Label) -> bool,
    new: impl Fn(&Scores, &dyn Fn(Label) -> bool) -> Vec<Label>,
) -> Vec<(Label, Known)> {
    let had = Scores::sum(habits.iter().map(|habit| (habit.label, f64::from(habit.times))));
    let [having, often] = crowd.with(&had);
    let someone = Someone::of(history);
    let with = |label| [having.of(label), often.of(label)];
    let mut all: Vec<(Label, Known)> = habits
        .iter()
        .filter(|habit| again(habit.label))
        .map(|habit| {
            let common = crowd.common(habit.label);
            (habit.label, Known::Again(features::again(someone, habit, common, with(habit.label))))
        })
        .collect();
    let new = new(&having, &|label| had.of(label) == 0.0);
    all.extend(
        new.into_iter()
            .map(|label| (label, Known::New(features::new(someone, crowd.common(label), with(label))))),
    );
    all
}

/// What goes best with what they have, and what most people buy.
fn newest(crowd: &Crowd, having: &Scores, among: impl Fn(Label) -> bool) -> Vec<Label> {
    let mut new = crowd.popularity().best_of(having, NEW_THAT_GO, &among);
    new.extend(crowd.popularity().best_of(&Scores::default(), NEW_THAT_ARE_POPULAR, &among));
    new.sort_unstable();
    new.dedup();
    new
}

#[cfg(test)]
mod tests {
    use super::{
        super::{GoesWith, ItemKnn, Visit},
        *,
    };

    /// People who buy 1 at every visit and 2 at every third, or the same of 3 and 4; some of them bought 5, and all 0 once.
    fn people() -> Vec<Vec<Visit>> {
        let person = |person: u32| {
            let (often, rarely) = if person.is_multiple_of(2) { (1, 2) } else { (3, 4) };
            let visit = |week: u32| {
                let mut labels = vec![often];
                labels.extend(((week + person).is_multiple_of(3)).then_some(rarely));
                labels.extend((week == 2 && person.is_multiple_of(4)).then_some(5));
                labels.extend((week == 1).then_some(0));
                Visit { day: f64::from(week) * 7.0 + 0.5, labels }
            };
            (0..8).map(visit).collect()
        };
        (0..40).map(person).collect()
    }

    fn fitted(people: &[Vec<Visit>]) -> (Crowd, Ranking) {
        let history = |visits| History { visits, now: 42.5 };
        let before: Vec<History<'_>> = people.iter().map(|visits| history(&visits[..6])).collect();
        let crowd = Crowd::of(6, &before, GoesWith::ItemKnn(ItemKnn::default())).unwrap();
        let examples: Vec<Example<'_>> = people
            .iter()
            .zip(&before)
            .map(|(visits, before)| Example { before: *before, bought: &visits[6].labels })
            .collect();
        let ranking = Ranking::fit(&crowd, &examples).unwrap();
        (crowd, ranking)
    }

    #[test]
    fn what_is_bought_always_comes_first_and_the_reason_is_its_rhythm() {
        let people = people();
        let (crowd, ranking) = fitted(&people);
        let history = History { visits: &people[1][..7], now: 49.5 };
        let ranked = ranking.rank(&crowd, &history, 3);
        assert_eq!((ranked.len(), ranked[0].label, ranked[0].new), (3, 3, false));
        assert!(ranked[0].probability > 0.9, "{ranked:?}");
        assert!(matches!(ranked[0].grounds[0].0, Ground::Rhythm | Ground::Due), "{ranked:?}");
        assert!(ranked.is_sorted_by(|a, b| a.probability >= b.probability));
        assert!(ranked.iter().all(|ranked| ranked.grounds.is_sorted_by(|a, b| a.1 >= b.1)));
    }

    #[test]
    fn grounds_add_up_to_what_one_is_likelier_than_another() {
        let people = people();
        let (crowd, ranking) = fitted(&people);
        let history = History { visits: &people[1][..7], now: 49.5 };
        let ranked = ranking.rank_of(&crowd, &history, 9, |_, new| !new);
        let odds = |ranked: &Ranked| (ranked.probability / (1.0 - ranked.probability)).ln();
        let grounds = |ranked: &Ranked| ranked.grounds.iter().map(|(_, part)| part).sum::<f64>();
        assert!(ranked.len() > 1);
        for pair in ranked.windows(2) {
            let (told, so) = (grounds(&pair[0]) - grounds(&pair[1]), odds(&pair[0]) - odds(&pair[1]));
            assert!((told - so).abs() < 1e-9, "{told} is not {so}");
        }
    }

    #[test]
    fn of_new_ones_only_new_ones_come() {
        let people = people();
        let (crowd, ranking) = fitted(&people);
        let history = History { visits: &people[1][..7], now: 49.5 };
        let ranked = ranking.rank_of(&crowd, &history, 9, |_, new| new);
        let mut labels: Vec<Label> = ranked.iter().map(|ranked| ranked.label).collect();
        labels.sort_unstable();
        assert_eq!(labels, [1, 2, 5]);
        assert!(ranked.iter().all(|ranked| ranked.new && ranked.probability < 0.5));
        assert_eq!(ranking.rank_of(&crowd, &history, 9, |label, _| label == 4).len(), 1);
    }

    #[test]
    fn calibration_changes_what_is_said_and_not_the_order() {
        let people = people();
        let (crowd, ranking) = fitted(&people);
        let examples: Vec<Example<'_>> = people
            .iter()
            .map(|visits| Example {
                before: History { visits: &visits[..7], now: 49.5 },
                bought: &visits[7].labels,
            })
            .collect();
        let calibration = ranking.calibration(&crowd, &examples, 3).unwrap();
        let calibrated = ranking.clone().calibrated(calibration);
        for example in &examples {
            let [before, after] =
                [&ranking, &calibrated].map(|ranking| ranking.rank(&crowd, &example.before, 3));
            let labels = |ranked: &[Ranked]| ranked.iter().map(|ranked| ranked.label).collect::<Vec<_>>();
            assert_eq!(labels(&before), labels(&after));
            assert!(before.iter().zip(&after).any(|(a, b)| (a.probability - b.probability).abs() > 1e-6));
        }
        assert!(ranking.calibration(&crowd, &[], 3).is_err());
    }

    #[test]
    fn somebody_of_whom_nothing_is_known_is_shown_what_is_new_to_them() {
        let people = people();
        let (crowd, ranking) = fitted(&people);
        let ranked = ranking.rank(&crowd, &History { visits: &[], now: 49.5 }, 3);
        assert_eq!(ranked.len(), 3);
        assert!(ranked.iter().all(|ranked| ranked.new && ranked.probability.is_finite()));
        assert_eq!(Ranking::fit(&crowd, &[]), None);
    }
}
