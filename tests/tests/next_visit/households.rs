//! 2,342 households, what they bought at each visit, and what a list of ten is worth to them.

use std::{fs, path::Path, process::Command};

use shopbell_insight::next_visit::{Label, Popularity, Scores, Visit, rhythm};

pub(crate) const SHOWN: usize = 10;
/// 1 December 2017 and the first days of the months before, in days since 1970.
const CUTS: [f64; 6] = [17_501.0, 17_471.0, 17_440.0, 17_410.0, 17_379.0, 17_348.0];

/// Which visit is foretold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Split {
    /// The last of each household; other households' later visits are known.
    LastOut,
    /// The first from a day on; nothing later is known of anybody.
    ByTime,
}

/// On what models are compared. Choices are made on what lies a visit, or a month, earlier.
pub(crate) const TEST: usize = 0;

pub(crate) struct Level {
    pub(crate) labels: Label,
    pub(crate) households: Vec<Vec<Visit>>,
}

/// A household before the visit that is to be foretold.
pub(crate) struct Case<'a> {
    pub(crate) before: &'a [Visit],
    pub(crate) next: &'a Visit,
}

pub(crate) struct Cases<'a> {
    pub(crate) cases: Vec<Case<'a>>,
    pub(crate) popularity: Popularity,
}

pub(crate) fn level(name: &str) -> Level {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = root.join("tests/data/next_visit.sh");
    let made = Command::new(&script).status().unwrap();
    assert!(made.success(), "{} could not make the data; it says above what is missing", script.display());
    let text = fs::read_to_string(root.join(format!("target/data/next_visit/{name}.txt"))).unwrap();
    let mut lines = text.lines();
    let labels = lines.next().unwrap().parse().unwrap();
    let visit = |text: &str| {
        let (day, labels) = text.split_once(' ').unwrap();
        let labels = labels.split(' ').map(|label| label.parse().unwrap()).collect();
        Visit { day: day.parse().unwrap(), labels }
    };
    let households: Vec<Vec<Visit>> = lines.map(|line| line.split(';').map(visit).collect()).collect();
    assert_eq!(households.len(), 2_342);
    Level { labels, households }
}

impl Level {
    /// `earlier` visits or months before the test.
    pub(crate) fn cases(&self, split: Split, earlier: usize) -> Cases<'_> {
        let cases: Vec<Case<'_>> =
            self.households.iter().filter_map(|visits| case(visits, split, earlier)).collect();
        let expected = if split == Split::LastOut { 2_342 } else { 2_018 };
        assert!(if earlier == TEST { cases.len() == expected } else { cases.len() > 1_900 });
        let known = cases.iter().flat_map(|case| case.before);
        Cases { popularity: Popularity::of(self.labels, known), cases }
    }
}

fn case(visits: &[Visit], split: Split, earlier: usize) -> Option<Case<'_>> {
    let (known, fewest) = match split {
        Split::LastOut => ((visits.len() - 1).checked_sub(earlier)?, 3),
        Split::ByTime => (visits.partition_point(|visit| visit.day < CUTS[earlier]), 4),
    };
    let (before, rest) = visits.split_at(known);
    let end =
        earlier.checked_sub(1).filter(|_| split == Split::ByTime).map_or(f64::INFINITY, |next| CUTS[next]);
    let next = rest.first().filter(|next| known >= fewest && next.day < end)?;
    Some(Case { before, next })
}

impl Cases<'_> {
    /// recall@10 and ndcg@10.
    pub(crate) fn measure(&self, scores: impl Fn(usize, &Case<'_>) -> Scores) -> [f64; 2] {
        let best = |number, case: &Case<'_>| self.popularity.best(&scores(number, case), SHOWN);
        let [recall, gain, _] = self.judge(best, |_, _| true).1;
        [recall, gain]
    }

    /// How many households bought something new to them, and of that alone, foretold of what is new to them:
    /// recall@10, ndcg@10, and the share of households of whom anything was foretold.
    pub(crate) fn explore(&self, scores: impl Fn(usize, &Case<'_>) -> Scores) -> (usize, [f64; 3]) {
        let best = |number, case: &Case<'_>| {
            let had = rhythm::frequency(case.before);
            self.popularity.best_of(&scores(number, case), SHOWN, |label| had.of(label) == 0.0)
        };
        self.judge(best, |had, label| had.of(label) == 0.0)
    }

    /// What each household has.
    pub(crate) fn frequencies(&self) -> Vec<Scores> {
        self.cases.iter().map(|case| rhythm::frequency(case.before)).collect()
    }

    pub(crate) fn judge(
        &self,
        best: impl Fn(usize, &Case<'_>) -> Vec<Label>,
        counts: impl Fn(&Scores, Label) -> bool,
    ) -> (usize, [f64; 3]) {
        let (mut sums, mut judged) = ([0.0; 3], 0_usize);
        for (number, case) in self.cases.iter().enumerate() {
            let had = rhythm::frequency(case.before);
            let bought: Vec<Label> =
                case.next.labels.iter().copied().filter(|label| counts(&had, *label)).collect();
            if bought.is_empty() {
                continue;
            }
            judged += 1;
            let at = |place: usize| 1.0 / (place as f64 + 2.0).log2();
            let best = best(number, case);
            let hits: Vec<usize> = (0..)
                .zip(&best)
                .filter(|(_, label)| bought.contains(label))
                .map(|(place, _)| place)
                .collect();
            sums[0] += hits.len() as f64 / bought.len() as f64;
            sums[1] +=
                hits.iter().copied().map(at).sum::<f64>() / (0..bought.len().min(SHOWN)).map(at).sum::<f64>();
            sums[2] += f64::from(u8::from(!hits.is_empty()));
        }
        (judged, sums.map(|sum| sum / judged as f64))
    }
}
