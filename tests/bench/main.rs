//! What Shopbell reaches of its limits: `make bench`, or `make bench ONLY=token-open` for one.
//!
//! Each row stands beside a limit or a peer that is measured in the same run, on the same machine, in turns with ours:
//! machines differ and are noisy, ratios less so. A missed goal is printed and is no failure; a bench that breaks is.
//!
//! | module | what lives there |
//! |---|---|
//! | [`token_open`], [`ingest`], [`frame_to_tablet`], [`tablets`], [`agent`], [`web_events`], [`profile`], [`cards`], [`showing_log`], [`journey`], [`bg_nbd_fit`] | the rows, a file each |
//! | [`report`] | the table, and `target/bench/summary.json` |
//! | [`measure`] | rounds, medians, and what the kernel says of a process |
//! | [`reporter`], [`watchers`], [`guests`] | agents' streams and tablets as a load; customers who are registered |
//! | [`peer`] | the bare programs that stand beside the server and the agent, as processes like them |
//!
//! Never here: a test (what must hold is tested without a clock), and product code.
//!
//! To add a row: a module with `run() -> Vec<Row>`, a line in [`BENCHES`], and the goal from its issue.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking, prints its figures, and measures real time"
)]

mod agent;
mod bg_nbd_fit;
mod cards;
mod frame_to_tablet;
mod guests;
mod ingest;
mod journey;
mod measure;
mod peer;
mod profile;
mod report;
mod reporter;
mod showing_log;
mod tablets;
mod token_open;
mod watchers;
mod web_events;

use std::{panic, path::Path, process::ExitCode};

use report::{Row, Summary};

type Bench = fn() -> Vec<Row>;

/// All benches, in the order in which they run.
const BENCHES: [(&str, Bench); 11] = [
    ("token-open", token_open::run),
    ("ingest-durable", ingest::run),
    ("frame-to-tablet", frame_to_tablet::run),
    ("tablets-1000", tablets::run),
    ("agent-10k", agent::run),
    ("web-events-durable", web_events::run),
    ("profile-read", profile::run),
    ("card", cards::run),
    ("showing-log", showing_log::run),
    ("import-complete-journey", journey::run),
    ("bg-nbd-fit", bg_nbd_fit::run),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(&BENCHES),
        ["--peer", role, ref rest @ ..] => {
            peer::serve(role, rest);
            ExitCode::SUCCESS
        }
        [name] => match BENCHES.iter().find(|(known, _)| *known == name) {
            Some(bench) => run(&[*bench]),
            None => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    let names: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
    eprintln!("name one bench, or none for all: {}", names.join(", "));
    ExitCode::FAILURE
}

fn run(benches: &[(&str, Bench)]) -> ExitCode {
    let load_before = measure::load_average();
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for (name, bench) in benches {
        eprintln!("{name} ...");
        match panic::catch_unwind(bench) {
            Ok(more) => rows.extend(more),
            Err(_) => broken.push((*name).to_owned()),
        }
    }
    let summary =
        Summary { rows, broken, load_before, cores: measure::cores(), release: !cfg!(debug_assertions) };
    println!("{}", summary.table());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench/summary.json");
    summary.write(&path).expect("the summary is written");
    if summary.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
