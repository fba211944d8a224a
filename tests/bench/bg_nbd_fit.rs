//! Fitting BG/NBD to CDNOW, beside the Python library `lifetimes` on the same numbers.
//!
//! `tests/data/lifetimes.sh library` brings the data and the library (60 MB to fetch, once); `bg_nbd_fit.py` is its side.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use shopbell_insight::customer_base::{BetaGeometric, Fit, History, Variant};

use crate::{
    measure::{Pair, Paired, rate},
    report::{Goal, Row},
};

const ROUND: Duration = Duration::from_millis(100);
const ROUNDS: usize = 15;

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    let histories = histories();
    let fit = fit(&histories);
    let mut library = Library::start(&histories);
    let (mut rounds, mut theirs) = (Vec::with_capacity(ROUNDS), [0.0; 4]);
    for round in 0..=ROUNDS {
        let ours = rate(1, ROUND, || assert_eq!(self::fit(&histories), fit, "each fit is the same"));
        let (seconds, parameters) = library.fit();
        theirs = parameters;
        // The first one warms up.
        if round > 0 {
            rounds.push(Pair { ours, beside: 1.0 / seconds });
        }
    }
    for (ours, theirs) in fit.model.parameters().into_iter().zip(theirs) {
        assert!((ours / theirs - 1.0).abs() < 1e-3, "both find the same: {fit:?}, {theirs}");
    }
    let beside_is = format!(
        "fits a second of BG/NBD to the {} customers of the CDNOW sample, from their histories to the parameters \
         ({} evaluations of the likelihood, log-likelihood {:.4}), beside BetaGeoFitter().fit of lifetimes 0.11.3 on \
         the same numbers in a Python process, by its own clock",
        fit.customers, fit.evaluations, fit.log_likelihood,
    );
    vec![Row::new("bg-nbd-fit", "/s", Paired::of(&rounds), Goal::RatioAtLeast(20.0), beside_is)]
}

fn fit(histories: &[History]) -> Fit<BetaGeometric> {
    BetaGeometric::fit(Variant::BgNbd, histories).expect("CDNOW can be fitted")
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn data() -> PathBuf {
    here().join("../target/data/lifetimes")
}

/// As the paper's authors sum them up: number, frequency, recency, age.
fn histories() -> Vec<History> {
    let made =
        Command::new(here().join("data/lifetimes.sh")).arg("library").status().expect("the script runs");
    assert!(made.success(), "the script could not bring the data; it says above what is missing");
    let text = fs::read_to_string(data().join("cdnow_customers_summary.csv")).expect("the file is read");
    let row = |line: &str| {
        let fields: Vec<&str> = line.trim().split(',').collect();
        let time = |field: &str| field.parse().expect("a time");
        History::try_new(fields[1].parse().expect("a count"), time(fields[2]), time(fields[3]))
            .expect("a history")
    };
    text.lines().skip(1).map(row).collect()
}

/// The library, waiting in a process of its own.
struct Library {
    process: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    _numbers: tempfile::NamedTempFile,
}

impl Library {
    fn start(histories: &[History]) -> Self {
        let mut text = String::new();
        for history in histories {
            writeln!(text, "{} {} {}", history.frequency(), history.recency(), history.age())
                .expect("a string");
        }
        let mut numbers = tempfile::NamedTempFile::new().expect("a temporary file");
        numbers.write_all(text.as_bytes()).expect("it is written");
        let mut process = Command::new(data().join("venv/bin/python"))
            .arg(here().join("bench/bg_nbd_fit.py"))
            .arg(numbers.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let ask = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, ask, answers, _numbers: numbers }
    }

    /// Seconds and parameters of one fit.
    fn fit(&mut self) -> (f64, [f64; 4]) {
        let mut line = String::new();
        writeln!(self.ask.as_mut().expect("its input"), "fit").expect("Python still runs");
        self.answers.read_line(&mut line).expect("Python answers");
        let numbers: Vec<f64> =
            line.split_whitespace().map(|number| number.parse().expect("a number")).collect();
        let [seconds, r, alpha, a, b] = numbers[..] else { panic!("five numbers, and not {line:?}") };
        (seconds, [r, alpha, a, b])
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // Without input it ends by itself.
        self.ask = None;
        let _ = self.process.wait();
    }
}
