//! What 2,342 households buy at their next visit, as the models foretell it.
//!
//! `tests/data/next_visit.sh` makes the visits of the Complete Journey data, and its protocol is told there; this test calls it.
//! A model sees the visits before one, and the time of that one; of its ten best labels, recall@10 is the share of what was
//! then bought that they hold, and ndcg@10 counts the better placed ones more. Both are means over households.
//!
//! - last visit out: the last visit of each household; other households' later visits are known;
//! - by time: the first visit from 1 December 2017 on; nothing later is known of anybody.
//!
//! The figures were computed beforehand with NumPy and SciPy, by other code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::approx_constant,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, also in its helpers, and says what it saw and how long it took; days and counts are small; .3180 is a measured share and not 1/pi"
)]

#[path = "next_visit/due.rs"]
mod due;
#[path = "next_visit/goes_with.rs"]
mod goes_with;
#[path = "next_visit/households.rs"]
mod households;
#[path = "next_visit/ranking.rs"]
mod ranking;
#[path = "next_visit/served.rs"]
mod served;

use shopbell_insight::next_visit::{Scores, TifuKnn, TifuOptions, rhythm};

use households::{Level, Split, TEST, level};

/// Figures agree to the digits that the reference has.
const TOLERANCE: f64 = 1e-4;

/// recall@10 and ndcg@10 of the reference.
struct Expected {
    popular: [f64; 2],
    last: [f64; 2],
    personal: [f64; 2],
    half_life: f64,
    decayed: [f64; 2],
    tifu: [f64; 2],
}

fn hold(level: &Level, split: Split, expected: &Expected) {
    let cases = level.cases(split, TEST);
    let options = TifuOptions::default();
    let vectors = cases.cases.iter().map(|case| options.vector(case.before)).collect();
    let tifu = TifuKnn::new(options, vectors);
    let found = [
        ("popularity", cases.measure(|_, _| Scores::default()), expected.popular),
        ("last visit", cases.measure(|_, case| rhythm::last(case.before)), expected.last),
        ("personal", cases.measure(|_, case| rhythm::frequency(case.before)), expected.personal),
        (
            "decayed",
            cases.measure(|_, case| rhythm::decayed(case.before, case.next.day, expected.half_life)),
            expected.decayed,
        ),
        (
            "TIFU-KNN",
            cases.measure(|number, case| tifu.scores(&options.vector(case.before), Some(number))),
            expected.tifu,
        ),
    ];
    let mut off = Vec::new();
    for (model, found, expected) in found {
        eprintln!("{model}: {found:.5?}, expected {expected:.4?}");
        if found.iter().zip(expected).any(|(found, expected)| (found - expected).abs() > TOLERANCE) {
            off.push(model);
        }
    }
    assert_eq!(off, [""; 0]);
}

#[test]
fn categories_are_foretold_as_the_reference_does() {
    let level = level("category");
    assert_eq!(level.labels, 300);
    let last_out = Expected {
        popular: [0.2302, 0.2744],
        last: [0.2493, 0.2707],
        personal: [0.3162, 0.3506],
        half_life: 90.0,
        decayed: [0.3169, 0.3478],
        tifu: [0.3245, 0.3556],
    };
    hold(&level, Split::LastOut, &last_out);
    let by_time = Expected {
        popular: [0.2533, 0.3082],
        last: [0.2696, 0.3129],
        personal: [0.3467, 0.4122],
        half_life: 90.0,
        decayed: [0.3506, 0.4148],
        tifu: [0.3514, 0.4185],
    };
    hold(&level, Split::ByTime, &by_time);
}

#[test]
fn types_are_foretold_as_the_reference_does() {
    let level = level("type");
    assert_eq!(level.labels, 3_329);
    let last_out = Expected {
        popular: [0.1302, 0.1633],
        last: [0.1459, 0.1684],
        personal: [0.2069, 0.2503],
        half_life: 120.0,
        decayed: [0.2134, 0.2547],
        tifu: [0.2137, 0.2569],
    };
    hold(&level, Split::LastOut, &last_out);
    let by_time = Expected {
        popular: [0.1365, 0.1871],
        last: [0.1581, 0.2045],
        personal: [0.2354, 0.3118],
        half_life: 180.0,
        decayed: [0.2418, 0.3180],
        tifu: [0.2453, 0.3211],
    };
    hold(&level, Split::ByTime, &by_time);
}

#[test]
fn products_are_foretold_as_the_reference_does() {
    let level = level("product");
    assert_eq!(level.labels, 67_843);
    let last_out = Expected {
        popular: [0.0400, 0.0622],
        last: [0.0658, 0.0871],
        personal: [0.1142, 0.1574],
        half_life: 90.0,
        decayed: [0.1246, 0.1660],
        tifu: [0.1214, 0.1646],
    };
    hold(&level, Split::LastOut, &last_out);
    let by_time = Expected {
        popular: [0.0432, 0.0756],
        last: [0.0717, 0.1074],
        personal: [0.1348, 0.2012],
        half_life: 90.0,
        decayed: [0.1445, 0.2147],
        tifu: [0.1444, 0.2141],
    };
    hold(&level, Split::ByTime, &by_time);
}
