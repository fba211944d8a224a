//! A learner that shows three of what a household may buy, visit after visit, and is told days later what was bought.
//!
//! The stream: every fifth household of the Complete Journey data (`tests/data/next_visit.sh`), all visits in order of time; those
//! before 1 April 2017 build history only, the 21,330 after it are decisions. Candidates are the categories that the household
//! bought before and the 30 that most people did; a slot is worth 1 if its category is in the basket. What was not
//! shown is known as well, so rules are compared exactly, and no learner sees it. Feedback comes after a delay of days.
//!
//! **The prior** of the served learner is fitted to the visits before 1 April of the *other* four fifths of households: other
//! people, an earlier time, and no choice of any rule in it. How much it counts, and how much is risked to learn, was chosen on
//! another fifth (numbers that leave 1 divided by 5), never on this one; `docs/learning.md` has all tries.
//!
//! **No instant feedback here.** Nobody tapped anything in this data. A tap made of the basket would be the answer itself,
//! so the prior alone has to carry the days until the feedback; the product has both.
//!
//! The reference's figures were computed beforehand with NumPy, by other code; it breaks ties among the most bought in
//! another way, and draws other random numbers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "a test fails by panicking, also in its helpers, and says what it saw; days and counts are small whole numbers"
)]

#[path = "bandit/policies.rs"]
mod policies;
#[path = "bandit/report.rs"]
mod report;
#[path = "bandit/stream.rs"]
mod stream;

use std::path::Path;

use policies::{Learner, Policy, Rule, SLOTS, experience};
use shopbell_insight::{
    bandit::{Experience, Exploration, LinearModel, Prior, Shown, Slate, best},
    chance::Chance,
    evaluation::{
        bootstrap::{self, Interval, Options},
        off_policy::{Modelled, Round, coverage, doubly_robust, effective_sample, ips, snips},
    },
};
use stream::{Candidate, Decision, FEATURES, START, Stream, stream};

/// The served learner: as sure beforehand as of so many candidates, and risking little.
const BELIEVED: f64 = 10_000.0;
const SERVED: Exploration = Exploration::Sampling { width: 0.1 };
/// A rule that is logged to be asked after others: it risks more, so that it shows more of what they would.
const LOGGED: Exploration = Exploration::Sampling { width: 1.0 };
const COLD: Exploration = Exploration::Sampling { width: 0.3 };

/// What the reference says, and how far off it may be.
struct Row {
    name: &'static str,
    rule: Rule,
    precision: f64,
    tolerance: f64,
}

fn row(name: &'static str, rule: Rule, precision: f64, tolerance: f64) -> Row {
    Row { name, rule, precision, tolerance }
}

fn learner(prior: &Prior, exploration: Exploration, delay: f64, seed: u64) -> Rule {
    Rule::Learner(Box::new(Learner::new(prior, exploration, delay, seed)))
}

fn reference() -> Vec<Row> {
    let cold = Learner::cold();
    vec![
        row("random", Rule::Random(Chance::from_seed(0)), 0.0654, 2e-3),
        row("popularity", Rule::Sorted(|one| one.popularity), 0.2608, 1e-4),
        row("personal", Rule::Sorted(|one| one.times + 1e-6 * one.popularity), 0.3217, 1e-4),
        row("decayed", Rule::Sorted(|one| one.lately + 1e-9 * one.popularity), 0.3222, 1e-4),
        row("ridge", learner(&cold, Exploration::Greedy, 1.0, 0), 0.3224, 5e-4),
        row("LinUCB", learner(&cold, Exploration::Optimism { width: 0.3 }, 1.0, 0), 0.3227, 5e-4),
        row("LinTS 1 d", learner(&cold, COLD, 1.0, 0), 0.3220, 1e-3),
        row("LinTS 7 d", learner(&cold, COLD, 7.0, 0), 0.3162, 4e-3),
        // A month without a word: what that month is like is chance, as is the first set of weights.
        row("LinTS 30 d", learner(&cold, COLD, 30.0, 0), 0.2985, 1.2e-2),
        row("oracle", Rule::Oracle, 0.8318, 1e-4),
    ]
}

/// What some households did before the first decision.
fn before(of: impl Fn(u32) -> bool) -> Experience {
    let others = stream(of);
    experience(|add| others.replay(|day| day < START, |decision| add(decision)))
}

fn prior() -> Prior {
    Prior::fitted(&before(|household| household % 5 != 0), BELIEVED).unwrap()
}

/// Every fifth household.
fn tested() -> Stream {
    let stream = stream(|household| household % 5 == 0);
    assert_eq!(stream.visits(), 27_961);
    stream
}

#[test]
fn the_served_learner_is_as_good_as_the_best_and_a_month_of_delay_costs_it_little() {
    let prior = prior();
    let known = reference();
    let expected: Vec<(f64, f64)> = known.iter().map(|row| (row.precision, row.tolerance)).collect();
    let mut policies: Vec<Policy> = known.into_iter().map(|row| Policy::new(row.name, row.rule)).collect();
    for delay in [1.0, 7.0, 30.0] {
        for seed in 0..3 {
            let name = format!("served {delay} d seed {seed}");
            policies.push(Policy::new(name, learner(&prior, SERVED, delay, seed)));
        }
    }
    policies.push(Policy::new("prior alone", learner(&prior, Exploration::Greedy, f64::INFINITY, 0)));
    let stream = tested();
    stream.replay(|day| day >= START, |decision| policies.iter_mut().for_each(|policy| policy.act(decision)));
    eprintln!("{}", report::table(&policies));

    let mut off = Vec::new();
    for (policy, (precision, tolerance)) in policies.iter().zip(expected) {
        let found = policy.figures();
        assert_eq!(found.decisions, 21_330);
        if (found.precision - precision).abs() > tolerance {
            off.push(format!("{}: {:.4} is not {precision}", policy.name, found.precision));
        }
    }
    assert_eq!(off, [""; 0]);

    let served = |delay: &str| {
        let found = policies.iter().filter(|policy| policy.name.starts_with(&format!("served {delay} d ")));
        let found: Vec<f64> = found.map(|policy| policy.figures().precision).collect();
        found.iter().sum::<f64>() / found.len() as f64
    };
    let [day, week, month] = ["1", "7", "30"].map(served);
    eprintln!("served, mean of three seeds: {day:.5} after a day, {week:.5} after 7, {month:.5} after 30");
    assert!(day >= 0.3227, "{day}");
    assert!(week >= 0.3162 && month >= 0.31, "{week} {month}");
    draw(&policies);
}

/// What delay costs, drawn against the rule that learns nothing.
fn draw(policies: &[Policy]) {
    let of = |name: &str| policies.iter().find(|policy| policy.name == name).unwrap();
    let names =
        ["LinTS 1 d", "LinTS 30 d", "LinTS 7 d", "personal", "served 1 d seed 0", "served 30 d seed 0"];
    let into = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target/bandit");
    report::draw(&names.map(of), of("decayed"), &into);
}

/// How the served learner was chosen: on another fifth, with the priors of the remaining three.
#[test]
fn on_households_that_are_not_tested_no_try_is_much_better_than_the_served_one() {
    let before = before(|household| household % 5 > 1);
    assert_eq!(before.observations(), 1_273_104.0);
    let mut tries = Vec::new();
    for believed in [100.0, 1_000.0, BELIEVED, 100_000.0, before.observations()] {
        let prior = Prior::fitted(&before, believed).unwrap();
        for width in [0.0, 0.1, 0.3] {
            for delay in [1.0, 30.0] {
                let name = format!("{believed} width {width} {delay} d");
                let rule = learner(&prior, Exploration::Sampling { width }, delay, 0);
                tries.push(Policy::new(name, rule));
            }
        }
    }
    stream(|household| household % 5 == 1)
        .replay(|day| day >= START, |decision| tries.iter_mut().for_each(|policy| policy.act(decision)));
    eprintln!("{}", report::table(&tries));
    for delay in ["1 d", "30 d"] {
        let of = |policy: &Policy| policy.figures().precision;
        let served = format!("{BELIEVED} width 0.1 {delay}");
        let served = of(tries.iter().find(|policy| policy.name == served).unwrap());
        let all = tries.iter().filter(|policy| policy.name.ends_with(&format!(" {delay}"))).map(of);
        // A quarter of a standard error.
        assert!(served >= all.fold(0.0, f64::max) - 5e-4, "{delay}: {served}");
    }
}

/// One visit of a log: its slots, each with what the judged rule would have done.
type Logged = Vec<Round>;

/// What a card showed, judged by whether another rule would have shown it, in whatever slot: here a slot is worth as much as
/// another.
fn judge(model: &LinearModel, decision: &Decision<'_>, slate: &Slate, judged: &[usize]) -> Logged {
    let expected = |place: usize| model.theta().score(&decision.features[place]);
    // Of each slot a third of what the other rule would have got in all of them.
    let of_judged = judged.iter().map(|place| expected(*place)).sum::<f64>() / SLOTS as f64;
    let round = |shown: &Shown| {
        let too = f64::from(u8::from(judged.contains(&shown.candidate)));
        let reward = decision.candidates[shown.candidate].reward;
        let modelled = Modelled { shown: expected(shown.candidate), judged: of_judged };
        Round::try_new(reward, shown.anywhere.probability(), too).unwrap().with_model(modelled).unwrap()
    };
    slate.slots.iter().map(round).collect()
}

/// A rule that was never used, what it would truly have got, and the log by which to tell.
struct Judged {
    rule: fn(&Candidate) -> f64,
    truth: f64,
    visits: Vec<Logged>,
}

impl Judged {
    fn new(rule: fn(&Candidate) -> f64) -> Self {
        Self { rule, truth: 0.0, visits: Vec::new() }
    }

    fn add(&mut self, model: &LinearModel, decision: &Decision<'_>, slate: &Slate) {
        let judged = best(&decision.candidates.iter().map(self.rule).collect::<Vec<f64>>(), SLOTS);
        self.truth += judged.iter().map(|place| decision.candidates[*place].reward).sum::<f64>();
        self.visits.push(judge(model, decision, slate, &judged));
    }

    fn interval(&self, estimate: fn(&[&Round]) -> Option<f64>) -> Interval {
        let of =
            |visits: &[&Logged]| estimate(&visits.iter().flat_map(|visit| visit.iter()).collect::<Vec<_>>());
        bootstrap::interval(&self.visits, of, Options { resamples: 200, ..Options::default() }).unwrap()
    }

    /// The truth, the share of it that the log could show, and what IPS and DR say.
    fn figures(&self, name: &str) -> (f64, f64, Interval, Interval) {
        let truth = self.truth / (self.visits.len() * SLOTS) as f64;
        let rounds = || self.visits.iter().flatten();
        let (covered, effective) = (coverage(rounds()).unwrap(), effective_sample(rounds()));
        let by_weight = self.interval(|rounds| ips(rounds.iter().copied()));
        let by_both = self.interval(|rounds| doubly_robust(rounds.iter().copied()));
        eprintln!(
            "{name}: truth {truth:.4}, covered {covered:.3}, effective sample {effective:.0} of {}",
            rounds().count()
        );
        eprintln!("  IPS {by_weight:.4?}\n  DR {by_both:.4?}\n  SNIPS {:.4}", snips(rounds()).unwrap());
        (truth, covered, by_weight, by_both)
    }
}

#[test]
fn a_log_with_propensities_tells_what_rules_that_never_ran_would_have_got() {
    let model = LinearModel::new(FEATURES.map(String::from).into(), prior()).unwrap();
    let mut popularity = Judged::new(|one| one.popularity);
    let mut decayed = Judged::new(|one| one.lately + 1e-9 * one.popularity);
    let mut seed = 0;
    tested().replay(
        |day| day >= START,
        |decision| {
            seed += 1;
            let slate =
                Slate::draw(&model, &decision.features, LOGGED, |scores| best(scores, SLOTS), 100, seed);
            popularity.add(&model, decision, &slate);
            decayed.add(&model, decision, &slate);
        },
    );
    let within = |interval: Interval, truth: f64| interval.low < truth && truth < interval.high;

    let (truth, covered, by_weight, by_both) = popularity.figures("popularity");
    assert!((truth - 0.2608).abs() < 1e-4 && (covered - 1.0).abs() < 0.03);
    assert!(within(by_weight, truth) && within(by_both, truth));
    assert!(by_weight.high - by_weight.low < 0.02);

    // A tenth of what it shows the log hardly ever did: weights alone fall short by as much, and say so.
    let (truth, covered, by_weight, by_both) = decayed.figures("decayed");
    assert!((truth - 0.3222).abs() < 1e-4 && covered < 0.95);
    assert!(by_weight.high < truth && within(by_both, truth));
}
