//! The panel: sixty situations as people with experience of shops tell them, played through the doors of real servers, with
//! what may, must and must never be proposed. `docs/panel.md` holds them for those who would rather read than run them.
//!
//! Everything comes in as a retailer brings it: catalogue and stock as CSV, customers and histories as lines of an import,
//! events of SDKs over HTTP, what customers decide over the app's API, and visits over the stream of an agent. The card is the
//! one that Inès gets when she has greeted the guest. To add a situation: a table in `tests/situations/`, and
//! `SHOPBELL_WRITE=1 cargo test -p shopbell-tests --test panel` for the page.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

#[path = "panel/associate.rs"]
mod associate;
#[path = "panel/backend.rs"]
mod backend;
#[path = "panel/charter.rs"]
mod charter;
#[path = "panel/days.rs"]
mod days;
#[path = "panel/house.rs"]
mod house;
#[path = "panel/known.rs"]
mod known;
#[path = "panel/page.rs"]
mod page;
#[path = "panel/shops.rs"]
mod shops;
#[path = "panel/situation.rs"]
mod situation;
#[path = "panel/span.rs"]
mod span;
#[path = "panel/truth.rs"]
mod truth;
#[path = "panel/verdict.rs"]
mod verdict;

use std::fmt::Write as _;

use house::{Played, Seen, play};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_situations_come_to_what_an_experienced_associate_would_say_and_to_nothing_untrue() {
    let trades = situation::trades();
    situation::assert_whole(&trades);
    trades.iter().for_each(charter::assert_held_out_as_told);
    let mut houses: JoinSet<Played> = trades.into_iter().map(play).collect();
    let mut played = Vec::new();
    while let Some(house) = houses.join_next().await {
        played.push(house.expect("the trade is played to its end"));
    }
    played.sort_by(|a, b| a.trade.name.cmp(&b.trade.name));
    let mut wrong = Vec::new();
    for house in &played {
        println!("\n{}", house.trade.brand);
        for seen in &house.seen {
            let mut faults = verdict::faults(seen);
            faults.extend(truth::faults(house, seen));
            println!("{}", line(seen, faults.is_empty()));
            if !faults.is_empty() {
                wrong.push(told(seen, &faults));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of 60 situations went wrong:\n{}", wrong.len(), wrong.join("\n"));
    page::assert_is_so(&played);
}

/// One line of the table.
fn line(seen: &Seen, good: bool) -> String {
    let one = &seen.situation;
    let ids: Vec<&str> =
        seen.card().into_iter().flat_map(|card| &card.starters).map(|one| &*one.id).collect();
    let came = match (one.row, ids.is_empty()) {
        (false, _) => "nobody is shown".to_owned(),
        (true, true) => "silence".to_owned(),
        (true, false) => ids.join(", "),
    };
    let good = if good { "ok" } else { "NO" };
    format!("  {good}  {} {}  {:<46} {came}", one.level, one.language, one.title)
}

/// A situation that went wrong, with the card as it came.
fn told(seen: &Seen, faults: &[String]) -> String {
    let mut text = format!("\n{} ({}): {}", seen.situation.title, seen.situation.who, faults.join("; "));
    for starter in seen.cards.iter().flatten().flat_map(|card| &card.starters) {
        let _ = write!(text, "\n  {}: {:?} because {:?}", starter.id, starter.say, starter.reason);
        for fact in &starter.facts {
            let _ = write!(text, "\n      {} ({:?})", fact.text, fact.source());
        }
    }
    text
}
