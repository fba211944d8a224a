//! The customer-base models on CDNOW: 23,570 people who first bought in early 1997, and what they bought until mid 1998.
//!
//! Held to the papers' figures, and to those of the Python library `lifetimes`, out of which `tests/data/lifetimes.sh` takes
//! the data; this test calls it. Times are weeks, values dollars.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, also in its helpers, and says what it saw"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use shopbell_insight::customer_base::{
    BetaGeometric, CustomerBase, Fit, GammaGamma, History, Ledger, ParetoNbd, Spending, Variant,
};
use time::{Date, Month};

/// Half of the 78 weeks.
const HOLDOUT_WEEKS: f64 = 39.0;

fn data() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = root.join("tests/data/lifetimes.sh");
    let made = Command::new(&script).status().unwrap();
    assert!(made.success(), "{} could not bring the data; it says above what is missing", script.display());
    root.join("target/data/lifetimes")
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected} to {tolerance}");
}

#[track_caller]
fn all_close<const N: usize>(found: [f64; N], expected: [f64; N], tolerance: f64) {
    for (found, expected) in found.into_iter().zip(expected) {
        close(found, expected, tolerance);
    }
}

/// The tenth of the customers that the papers study, at the end of the 39th week, as the papers' authors sum them up.
fn summaries() -> Vec<(History, Spending)> {
    let file = data().join("cdnow_customers_summary_with_transactions.csv");
    let text = fs::read_to_string(file).unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.trim().split(',').collect();
        let number = |index: usize| fields[index].parse::<f64>().unwrap();
        let frequency: u32 = fields[1].parse().unwrap();
        let history = History::try_new(frequency, number(2), number(3)).unwrap();
        (history, Spending::try_new(frequency, number(4)).unwrap())
    };
    let rows: Vec<_> = text.lines().skip(1).map(row).collect();
    assert_eq!(rows.len(), 2_357);
    assert_eq!(rows.iter().map(|(history, _)| history.frequency()).sum::<u32>(), 2_457);
    rows
}

fn histories() -> Vec<History> {
    summaries().into_iter().map(|(history, _)| history).collect()
}

fn tell<M: std::fmt::Debug>(fit: &Fit<M>) {
    eprintln!("{fit:?}");
}

#[test]
fn bg_nbd_is_what_the_paper_says() {
    let fit = BetaGeometric::fit(Variant::BgNbd, &histories()).unwrap();
    tell(&fit);
    let model = fit.model;
    // Fader, Hardie and Lee 2005, table 2; more digits: `lifetimes`, and an independent fit.
    all_close(model.parameters(), [0.243, 4.414, 0.793, 2.426], 5e-4);
    all_close(model.parameters(), [0.242_592_907, 4.413_531_562, 0.792_886_147, 2.425_753_433], 5e-6);
    close(fit.log_likelihood, -9_582.4, 0.05);
    close(fit.log_likelihood, -9_582.425_561, 1e-6);

    let expected = |frequency, recency, age| {
        let history = History::try_new(frequency, recency, age).unwrap();
        (model.expected_purchases(&history, 39.0).unwrap(), model.probability_alive(&history))
    };
    close(expected(2, 30.43, 38.86).0, 1.226, 5e-4);
    close(expected(2, 30.43, 38.86).0, 1.225_910_4, 2e-6);
    close(expected(2, 30.43, 38.86).1, 0.726_609_14, 2e-7);
    close(expected(26, 30.86, 31.0).1, 0.968_919_72, 2e-7);
    close(expected(0, 0.0, 38.86).1, 1.0, 0.0);
    close(model.expected_purchases(&History::NEW, 39.0).unwrap(), 1.195_016_2, 2e-6);
    close(model.expected_purchases(&History::NEW, 78.0).unwrap(), 1.857_971_7, 2e-6);
    let known =
        [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)];
    for (within, known) in known {
        close(model.expected_purchases(&History::NEW, within).unwrap(), known, 1e-3);
    }
}

#[test]
fn mbg_nbd_is_what_lifetimes_says() {
    let fit = BetaGeometric::fit(Variant::MbgNbd, &histories()).unwrap();
    tell(&fit);
    all_close(fit.model.parameters(), [0.524_837_7, 6.182_988_5, 0.891_356_3, 1.614_000_0], 5e-5);
}

#[test]
fn pareto_nbd_is_what_the_paper_says() {
    let fit = ParetoNbd::fit(&histories()).unwrap();
    tell(&fit);
    // Fader and Hardie 2005; more digits: `lifetimes`. Both stopped a little before the top, which is flat along beta.
    all_close(fit.model.parameters(), [0.553, 10.578, 0.606, 11.669], 1.1e-3);
    let known = [0.553_259_8, 10.577_039, 0.606_263_7, 11.669_263_2];
    all_close(fit.model.parameters(), known, 1.4e-3);
    close(fit.log_likelihood, -9_595.0, 0.05);
    let of_lifetimes = ParetoNbd::try_new(known[0], known[1], known[2], known[3]).unwrap();
    let short_of = fit.log_likelihood - of_lifetimes.log_likelihood(&histories());
    assert!((0.0..1e-5).contains(&short_of), "lifetimes comes {short_of} short of it");
    let best = History::try_new(26, 30.86, 31.0).unwrap();
    close(fit.model.expected_purchases(&best, 52.0).unwrap(), 25.46, 5e-3);
    close(fit.model.probability_alive(&best), 0.9979, 5e-5);
}

#[test]
fn gamma_gamma_is_what_the_paper_says() {
    let spending: Vec<Spending> = summaries().into_iter().map(|(_, spending)| spending).collect();
    let fit = GammaGamma::fit(&spending).unwrap();
    tell(&fit);
    assert_eq!(fit.customers, 946);
    // Fader and Hardie 2013; more digits: `lifetimes`.
    all_close(fit.model.parameters(), [6.25, 3.74, 15.44], 1e-2);
    all_close(fit.model.parameters(), [6.248_802_5, 3.744_588_5, 15.447_748_1], 1e-3);
    close(fit.log_likelihood, -4_055.923_24, 1e-5);
    let expected: Vec<f64> = spending.iter().map(|one| fit.model.expected_value(one).unwrap()).collect();
    all_close([expected[0], expected[1], expected[2]], [24.65, 18.91, 35.17], 1e-2);
    let first: [f64; 5] = expected[..5].try_into().unwrap();
    all_close(first, [24.658_6, 18.911_5, 35.171_0, 35.171_0, 35.171_0], 2e-4);
    close(mean(&expected), 35.252_96, 1e-4);
}

/// What was foretold of the second half by the first, and what came.
#[derive(Debug)]
struct Holdout {
    customers: usize,
    actual: u32,
    predicted: f64,
    mean_error: f64,
    root_mean_square: f64,
    correlation: f64,
    /// Of the expected purchases, and of the chance to be alive, for whether somebody bought again at all.
    area: f64,
    area_of_alive: f64,
    /// Of buying on as before.
    naive_predicted: f64,
    naive_error: f64,
    naive_correlation: f64,
    area_of_frequency: f64,
}

fn day(year: i32, month: Month, day: u8) -> i32 {
    Date::from_calendar_date(year, month, day).unwrap().to_julian_day()
}

/// The purchases of each customer; `columns` are those of customer, date and dollars, `skip` the lines before the data.
fn ledgers(file: &str, skip: usize, [customer, date, dollars]: [usize; 3]) -> Vec<Ledger> {
    let text = fs::read_to_string(data().join(file)).unwrap();
    let mut purchases: BTreeMap<u32, Vec<(i32, f64)>> = BTreeMap::new();
    for line in text.lines().skip(skip) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let digits = |range| fields[date].get::<std::ops::Range<usize>>(range).unwrap();
        let month = Month::try_from(digits(4..6).parse::<u8>().unwrap()).unwrap();
        let on = day(digits(0..4).parse().unwrap(), month, digits(6..8).parse().unwrap());
        let whose = fields[customer].parse().unwrap();
        purchases.entry(whose).or_default().push((on, fields[dollars].parse().unwrap()));
    }
    purchases.into_values().map(Ledger::new).collect()
}

fn hold_out(ledgers: &[Ledger]) -> (Fit<BetaGeometric>, Holdout) {
    let (cut, end) = (day(1997, Month::September, 30), day(1998, Month::June, 30));
    let histories: Vec<History> = ledgers.iter().map(|ledger| ledger.summary(cut).unwrap().history).collect();
    let actual: Vec<f64> =
        ledgers.iter().map(|ledger| f64::from(u32::try_from(ledger.purchases(cut, end)).unwrap())).collect();
    let fit = BetaGeometric::fit(Variant::BgNbd, &histories).unwrap();
    tell(&fit);
    let of_all = |f: &dyn Fn(&History) -> f64| histories.iter().map(f).collect::<Vec<f64>>();
    let predicted = of_all(&|history| fit.model.expected_purchases(history, HOLDOUT_WEEKS).unwrap());
    let naive = of_all(&|history| f64::from(history.frequency()) * HOLDOUT_WEEKS / history.age());
    let errors = |guesses: &[f64]| guesses.iter().zip(&actual).map(|(a, b)| a - b).collect::<Vec<f64>>();
    let mean_error =
        |guesses: &[f64]| mean(&errors(guesses).iter().map(|error| error.abs()).collect::<Vec<_>>());
    let squares: Vec<f64> = errors(&predicted).iter().map(|error| error * error).collect();
    let bought: Vec<bool> = actual.iter().map(|count| *count > 0.0).collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of purchases")]
    let all = actual.iter().sum::<f64>() as u32;
    let holdout = Holdout {
        customers: histories.len(),
        actual: all,
        predicted: predicted.iter().sum(),
        mean_error: mean_error(&predicted),
        root_mean_square: mean(&squares).sqrt(),
        correlation: correlation(&predicted, &actual),
        area: area_under_curve(&predicted, &bought),
        area_of_alive: area_under_curve(&of_all(&|history| fit.model.probability_alive(history)), &bought),
        naive_predicted: naive.iter().sum(),
        naive_error: mean_error(&naive),
        naive_correlation: correlation(&naive, &actual),
        area_of_frequency: area_under_curve(&of_all(&|history| f64::from(history.frequency())), &bought),
    };
    eprintln!("{holdout:#?}");
    (fit, holdout)
}

#[test]
fn the_second_half_of_the_sample_is_foretold_as_well_as_by_lifetimes() {
    let (_, found) = hold_out(&ledgers("CDNOW_sample.txt", 0, [1, 2, 4]));
    assert_eq!((found.customers, found.actual), (2_357, 1_882));
    close(found.predicted, 1_653.41, 5e-3);
    close(found.mean_error, 0.785_45, 5e-6);
    close(found.root_mean_square, 1.607_98, 5e-6);
    // The paper's is .626.
    close(found.correlation, 0.625_65, 5e-6);
    close(found.area, 0.772_52, 5e-6);
    close(found.naive_predicted, 2_930.101, 5e-4);
    close(found.naive_error, 1.023_67, 5e-6);
    close(found.naive_correlation, 0.583_94, 5e-6);
    close(found.area_of_frequency, 0.757_63, 5e-6);
    close(found.area_of_alive, 0.316, 5e-4);
}

#[test]
fn the_second_half_of_everybody_is_foretold_as_well_as_by_lifetimes() {
    let (fit, found) = hold_out(&ledgers("CDNOW_master.txt", 1, [0, 1, 3]));
    all_close(fit.model.parameters(), [0.251_62, 4.788_95, 0.723_43, 2.161_09], 1e-5);
    close(fit.log_likelihood, -95_368.444, 5e-4);
    assert_eq!((found.customers, found.actual), (23_570, 19_684));
    // Of 23,570 expectations together: to where the search of `lifetimes` stopped.
    close(found.predicted, 16_873.74, 1e-2);
    close(found.mean_error, 0.818_74, 5e-6);
    close(found.root_mean_square, 1.732_91, 5e-6);
    close(found.correlation, 0.668_79, 5e-6);
    close(found.area, 0.762_99, 5e-6);
    close(found.naive_predicted, 29_010.645, 5e-4);
    close(found.naive_error, 1.038_05, 5e-6);
    close(found.naive_correlation, 0.650_99, 5e-6);
    close(found.area_of_frequency, 0.752_71, 5e-6);
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap())
}

/// Pearson's.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    both / (of_a * of_b).sqrt()
}

/// The chance that one of those who did has the higher score than one of those who did not; equal ones count half.
fn area_under_curve(scores: &[f64], did: &[bool]) -> f64 {
    let mut ranked: Vec<(f64, bool)> = scores.iter().copied().zip(did.iter().copied()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut won, mut below) = (0.0, 0.0);
    for equal in ranked.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let positive = equal.iter().filter(|(_, did)| *did).map(|_| 1.0).sum::<f64>();
        let negative = equal.iter().filter(|(_, did)| !*did).map(|_| 1.0).sum::<f64>();
        won += positive * (below + negative / 2.0);
        below += negative;
    }
    let positives = did.iter().filter(|did| **did).map(|_| 1.0).sum::<f64>();
    won / (positives * below)
}
