//! The import of Complete Journey by the real program, beside a bare parser of the same files.
//!
//! `tests/data/completejourney.sh` makes the files (100 MB to fetch, once). The rows are the purchases, 1.47 million, with
//! the products and households that they need.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use serde_json::Value;
use shopbell_tests::world::World;

use crate::{
    measure::{Pair, Paired, memory_kb},
    report::{Goal, Row},
};

const FILES: [&str; 3] = ["customers.jsonl", "products.jsonl", "orders.jsonl"];

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    let data = data();
    let files: Vec<PathBuf> = FILES.iter().map(|file| data.join(file)).collect();
    // Twice, so that the pages are in memory for both.
    parse(&files);
    let began = Instant::now();
    let rows = parse(&files);
    let beside = rows as f64 / began.elapsed().as_secs_f64();

    let world = World::at("2026-11-20T13:52:00Z").shop("lyon", &[("lyon-1", "entrance")]);
    let mut arguments = vec!["import"];
    arguments.extend(files.iter().map(|file| file.to_str().expect("a path of letters")));
    let began = Instant::now();
    let (code, said) = world.command(&arguments);
    let took = began.elapsed();
    assert_eq!(code, Some(0), "the import fails:\n{said}");
    let ours = rows as f64 / took.as_secs_f64();
    let beside_is = format!(
        "rows a second of `shopbell-server import` with its start, its progress and its end ({rows} rows in {:.1} s: {} MB of \
         JSON lines into {} MB of store and vault, each personal value sealed, every customer's profile kept up), beside \
         serde_json reading the same lines into values in this process ({} MB resident)",
        took.as_secs_f64(),
        megabytes(&data),
        megabytes(&world.store_dir()) + megabytes(&world.vault_dir()),
        (memory_kb(std::process::id(), "VmRSS") / 1_000.0).round(),
    );
    let rounds = [Pair { ours, beside }];
    vec![Row::new("import-complete-journey", "rows/s", Paired::of(&rounds), Goal::Told, beside_is)]
}

fn data() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let made = Command::new(root.join("tests/data/completejourney.sh")).status().expect("the script runs");
    assert!(made.success(), "the script could not make the data; it says above what is missing");
    root.join("target/data/completejourney")
}

/// Reads every line; the rows: a purchase is one for each of its lines.
fn parse(files: &[PathBuf]) -> usize {
    let mut rows = 0;
    for file in files {
        for line in BufReader::new(fs::File::open(file).expect("the file opens")).lines() {
            let value: Value =
                serde_json::from_str(&line.expect("the file is read")).expect("a line of JSON");
            rows += value.get("lines").and_then(Value::as_array).map_or(1, Vec::len);
        }
    }
    rows
}

fn megabytes(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).expect("the folder is read").map(|file| file.expect("a file").path());
    let bytes: u64 = files
        .map(|file| {
            if file.is_dir() {
                megabytes(&file) * 1_000_000
            } else {
                fs::metadata(&file).map_or(0, |file| file.len())
            }
        })
        .sum();
    bytes / 1_000_000
}
