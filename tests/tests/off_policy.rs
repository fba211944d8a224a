//! Off-policy estimates on the samples of the Open Bandit Dataset: what a rule of Thompson sampling would have got in a
//! fashion shop, by the log of a rule that showed anything at random.
//!
//! `tests/data/open_bandit.sh` brings the samples: 10,000 slots a campaign and rule, with propensities. The rule that is judged
//! shows an item at a position as often as its own log does; that log's share of clicks is the truth that the estimates aim
//! at. The figures were computed beforehand with NumPy, by other code. All intervals are half as wide as what
//! they enclose: 38 to 69 clicks tell formulas apart, and no rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, also in its helpers, and says what it saw"
)]

use std::{fs, path::Path, process::Command};

use shopbell_insight::evaluation::{
    bootstrap::{self, Options},
    off_policy::{Modelled, Round, direct, doubly_robust, effective_sample, ips, snips},
};

const POSITIONS: usize = 3;
/// How many rounds at the mean rate each cell of the model of rewards begins with.
const SMOOTHING: f64 = 50.0;

/// One slot of a log.
struct Slot {
    item: usize,
    position: usize,
    click: f64,
    propensity: f64,
}

/// A number for each item and position.
type Table = Vec<[f64; POSITIONS]>;

fn log(rule: &str, campaign: &str) -> Vec<Slot> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = root.join("tests/data/open_bandit.sh");
    let made = Command::new(&script).status().unwrap();
    assert!(made.success(), "{} could not bring the data; it says above what is missing", script.display());
    let text =
        fs::read_to_string(root.join(format!("target/data/open_bandit/{rule}/{campaign}.csv"))).unwrap();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with(",timestamp,item_id,position,click,propensity_score,"));
    let slot = |line: &str| {
        let fields: Vec<&str> = line.splitn(7, ',').collect();
        Slot {
            item: fields[2].parse().unwrap(),
            position: fields[3].parse::<usize>().unwrap() - 1,
            click: fields[4].parse().unwrap(),
            propensity: fields[5].parse().unwrap(),
        }
    };
    let slots: Vec<Slot> = lines.map(slot).collect();
    assert_eq!(slots.len(), 10_000);
    slots
}

fn sum(slots: &[Slot], items: usize, of: impl Fn(&Slot) -> f64) -> Table {
    let mut table = vec![[0.0; POSITIONS]; items];
    for slot in slots {
        table[slot.item][slot.position] += of(slot);
    }
    table
}

/// How often a rule shows each item at each position, by its own log.
fn shares(slots: &[Slot], items: usize) -> Table {
    let mut table = sum(slots, items, |_| 1.0);
    for position in 0..POSITIONS {
        let all: f64 = table.iter().map(|row| row[position]).sum();
        for row in &mut table {
            row[position] /= all;
        }
    }
    table
}

/// The share of clicks of each item at each position, drawn towards the mean.
fn model(slots: &[Slot], items: usize) -> Table {
    let mean = slots.iter().map(|slot| slot.click).sum::<f64>() / slots.len() as f64;
    let (mut clicks, shown) = (sum(slots, items, |slot| slot.click), sum(slots, items, |_| 1.0));
    for (clicks, shown) in clicks.iter_mut().flatten().zip(shown.iter().flatten()) {
        *clicks = (*clicks + mean * SMOOTHING) / (shown + SMOOTHING);
    }
    clicks
}

fn rounds(random: &[Slot], judged: &Table, model: &Table) -> Vec<Round> {
    let expected = |position: usize| -> f64 {
        judged.iter().zip(model).map(|(judged, model)| judged[position] * model[position]).sum()
    };
    let expected: Vec<f64> = (0..POSITIONS).map(expected).collect();
    let round = |slot: &Slot| {
        let at = |table: &Table| table[slot.item][slot.position];
        let modelled = Modelled { shown: at(model), judged: expected[slot.position] };
        Round::try_new(slot.click, slot.propensity, at(judged)).unwrap().with_model(modelled).unwrap()
    };
    random.iter().map(round).collect()
}

/// What the reference has of a campaign.
struct Expected {
    items: usize,
    /// Clicks in the log of the random rule, and of the one that is judged.
    clicks: [f64; 2],
    ips: f64,
    snips: f64,
    direct: f64,
    doubly_robust: f64,
    effective: f64,
    interval: [f64; 2],
}

fn hold(campaign: &str, expected: &Expected) {
    let (random, thompson) = (log("random", campaign), log("bts", campaign));
    let clicks = [&random, &thompson].map(|slots| slots.iter().map(|slot| slot.click).sum::<f64>());
    let rounds = rounds(&random, &shares(&thompson, expected.items), &model(&random, expected.items));
    let options = Options { seed: 12_345, ..Options::default() };
    let interval = bootstrap::interval(&rounds, |drawn| snips(drawn.iter().copied()), options).unwrap();
    let truth = clicks[1] / thompson.len() as f64;
    let found = [
        ("IPS", ips(&rounds).unwrap(), expected.ips, 5e-7),
        ("SNIPS", snips(&rounds).unwrap(), expected.snips, 5e-7),
        ("DM", direct(&rounds).unwrap(), expected.direct, 5e-7),
        ("DR", doubly_robust(&rounds).unwrap(), expected.doubly_robust, 5e-7),
        ("effective sample", effective_sample(&rounds), expected.effective, 0.5),
        ("clicks of the random rule", clicks[0], expected.clicks[0], 0.0),
        ("clicks of the judged rule", clicks[1], expected.clicks[1], 0.0),
        // Other draws than the reference's: a percentile of 1,000 wanders by about .0002.
        ("interval, low", interval.low, expected.interval[0], 3e-4),
        ("interval, high", interval.high, expected.interval[1], 5e-4),
    ];
    eprintln!("{campaign}: truth {truth:.4}, interval {interval:.6?}");
    let mut off = Vec::new();
    for (name, found, expected, tolerance) in found {
        eprintln!("  {name}: {found:.6}, expected {expected:.6}");
        if (found - expected).abs() > tolerance {
            off.push(name);
        }
    }
    assert_eq!(off, [""; 0]);
    assert!(interval.low < truth && truth < interval.high);
}

#[test]
fn what_all_campaigns_would_have_got_is_what_the_reference_says() {
    let expected = Expected {
        items: 80,
        clicks: [38.0, 42.0],
        ips: 0.005_035,
        snips: 0.005_253,
        direct: 0.004_394,
        doubly_robust: 0.005_091,
        effective: 2_639.0,
        interval: [0.002_77, 0.008_09],
    };
    hold("all", &expected);
}

#[test]
fn what_the_mens_campaign_would_have_got_is_what_the_reference_says() {
    let expected = Expected {
        items: 34,
        clicks: [46.0, 69.0],
        ips: 0.005_656,
        snips: 0.005_740,
        direct: 0.005_329,
        doubly_robust: 0.005_697,
        effective: 2_869.0,
        interval: [0.003_17, 0.008_69],
    };
    hold("men", &expected);
}

#[test]
fn what_the_womens_campaign_would_have_got_is_what_the_reference_says() {
    let expected = Expected {
        items: 46,
        clicks: [46.0, 46.0],
        ips: 0.005_806,
        snips: 0.005_833,
        direct: 0.005_358,
        doubly_robust: 0.005_881,
        effective: 3_492.0,
        interval: [0.003_62, 0.008_31],
    };
    hold("women", &expected);
}
