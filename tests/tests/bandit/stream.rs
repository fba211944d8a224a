//! The visits of households as decisions: what could be shown at each, what was then bought.

use std::{fs, path::Path, process::Command};

use shopbell_insight::next_visit::Label;

/// 1 April 2017, in days since 1970. Visits before it only build history.
pub(crate) const START: f64 = 17_257.0;
/// Numbers that tell of a candidate.
pub(crate) const FEATURES: [&str; 9] = [
    "always",
    "share of own visits",
    "its root",
    "lately",
    "days since",
    "gaps since",
    "bought before",
    "share of all visits",
    "root of that",
];
/// What most people bought is shown to those, too, who have not.
const MOST_BOUGHT: usize = 30;
const HALF_LIFE: f64 = 60.0;

/// One visit: when, whose, and what was bought.
pub(crate) struct Event {
    pub(crate) day: f64,
    pub(crate) household: usize,
    pub(crate) bought: Vec<Label>,
}

/// All visits of some households, by time.
pub(crate) struct Stream {
    labels: usize,
    households: usize,
    events: Vec<Event>,
}

/// The visits of those households whose number the rule accepts.
pub(crate) fn stream(of: impl Fn(u32) -> bool) -> Stream {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = root.join("tests/data/next_visit.sh");
    let made = Command::new(&script).status().unwrap();
    assert!(made.success(), "{} could not make the data; it says above what is missing", script.display());
    let read = |name: &str| fs::read_to_string(root.join("target/data/next_visit").join(name)).unwrap();
    let (visits, numbers) = (read("category.txt"), read("category.households.txt"));
    let mut lines = visits.lines();
    let labels = lines.next().unwrap().parse().unwrap();
    let chosen: Vec<&str> = lines
        .zip(numbers.lines())
        .filter(|(_, number)| of(number.parse().unwrap()))
        .map(|(line, _)| line)
        .collect();
    let mut events = Vec::new();
    for (household, line) in chosen.iter().enumerate() {
        for visit in line.split(';') {
            let (day, bought) = visit.split_once(' ').unwrap();
            let bought = bought.split(' ').map(|label| label.parse().unwrap()).collect();
            events.push(Event { day: day.parse().unwrap(), household, bought });
        }
    }
    // Stable: those at the same moment stay in the order of households and of their visits.
    events.sort_by(|a, b| a.day.total_cmp(&b.day));
    Stream { labels, households: chosen.len(), events }
}

/// One person's visits so far, for each label.
#[derive(Clone)]
struct History {
    visits: f64,
    bought: Vec<Bought>,
}

/// One label in one person's visits.
#[derive(Clone, Copy, Default)]
struct Bought {
    times: f64,
    first: f64,
    last: f64,
    /// How often, where each half-life makes it half.
    lately: f64,
}

impl Bought {
    fn lately_at(&self, day: f64) -> f64 {
        self.lately * 0.5_f64.powf((day - self.last) / HALF_LIFE)
    }
}

/// What could be shown at one visit.
pub(crate) struct Decision<'a> {
    pub(crate) event: &'a Event,
    pub(crate) candidates: Vec<Candidate>,
    /// [`FEATURES`] of each candidate.
    pub(crate) features: Vec<Vec<f64>>,
}

/// Something that could be shown.
pub(crate) struct Candidate {
    pub(crate) times: f64,
    pub(crate) lately: f64,
    /// In how many visits of all.
    pub(crate) popularity: f64,
    /// 1 if it was then bought, and 0 if not.
    pub(crate) reward: f64,
}

impl Stream {
    pub(crate) fn visits(&self) -> usize {
        self.events.len()
    }

    /// Goes through all visits in order. Each that `wanted` accepts is a decision, of which nothing is known but what was
    /// before it.
    pub(crate) fn replay(&self, wanted: impl Fn(f64) -> bool, mut decide: impl FnMut(&Decision<'_>)) {
        let nobody = History { visits: 0.0, bought: vec![Bought::default(); self.labels] };
        let mut histories = vec![nobody; self.households];
        let (mut popularity, mut visits) = (vec![0.0; self.labels], 0.0);
        for event in &self.events {
            let history = &mut histories[event.household];
            if visits > 0.0 && wanted(event.day) {
                decide(&decision(event, history, &popularity, visits));
            }
            for label in event.bought.iter().map(|label| *label as usize) {
                let bought = &mut history.bought[label];
                bought.lately = bought.lately_at(event.day) + 1.0;
                if bought.times == 0.0 {
                    bought.first = event.day;
                }
                bought.times += 1.0;
                bought.last = event.day;
                popularity[label] += 1.0;
            }
            history.visits += 1.0;
            visits += 1.0;
        }
    }
}

fn decision<'a>(event: &'a Event, history: &History, popularity: &[f64], visits: f64) -> Decision<'a> {
    let mut chosen: Vec<bool> = history.bought.iter().map(|bought| bought.times > 0.0).collect();
    for label in shopbell_insight::bandit::best(popularity, MOST_BOUGHT) {
        chosen[label] = true;
    }
    let mut rewards = vec![0.0; chosen.len()];
    event.bought.iter().for_each(|label| rewards[*label as usize] = 1.0);
    let (mut candidates, mut features) = (Vec::new(), Vec::new());
    for label in (0..chosen.len()).filter(|label| chosen[*label]) {
        let bought = history.bought[label];
        let lately = bought.lately_at(event.day);
        let everybody = popularity[label] / visits;
        let seen = f64::from(u8::from(bought.times > 0.0));
        let share = bought.times / history.visits.max(1.0);
        let gap = if bought.times > 1.0 { (bought.last - bought.first) / (bought.times - 1.0) } else { 60.0 };
        let since = if bought.times > 0.0 { event.day - bought.last } else { 180.0 };
        let gaps = (since / gap.max(1.0)).min(4.0) / 4.0 * seen;
        let recent = (-since / 14.0).exp();
        features.push(vec![
            1.0,
            share,
            share.sqrt(),
            lately / 3.0,
            recent,
            gaps,
            seen,
            everybody,
            everybody.sqrt(),
        ]);
        let (times, popularity, reward) = (bought.times, popularity[label], rewards[label]);
        candidates.push(Candidate { times, lately, popularity, reward });
    }
    Decision { event, candidates, features }
}
