//! The page that tells of all kinds, `docs/starters.md`, says what is so.

use std::fmt::Write as _;

use shopbell_domain::time::Day;

use super::*;

const PAGE: &str = include_str!("../../../../docs/starters.md");

fn example() -> Terms {
    Terms {
        times: 4,
        days: 30,
        people: 120,
        quantity: 1,
        until: Some(at("2026-11-28T10:00:00Z")),
        occasion: Some("birthday".to_owned()),
        day: Some(Day { year: 2026, month: 11, day: 28 }),
        ..full(Some("38"), 2, 1)
    }
}

fn table() -> String {
    let phrases = Phrases::load().unwrap();
    let mut table = String::from("| kind | | said aloud | for the associate |\n|---|---|---|---|\n");
    for kind in kinds() {
        for language in Language::ALL {
            let terms = example();
            let (say, reason) = (
                phrases.say(&formal(language), kind, &terms),
                phrases.reason(&formal(language), kind, &terms),
            );
            let name =
                if language == Language::English { format!("`{}`", kind.name()) } else { String::new() };
            writeln!(table, "| {name} | {} | {say} | {reason} |", language.tag()).unwrap();
        }
    }
    table
}

#[test]
fn the_page_says_what_the_messages_say() {
    let (_, rest) = PAGE.split_once("<!-- texts: begin -->\n").unwrap();
    let (told, _) = rest.split_once("<!-- texts: end -->").unwrap();
    let table = table();
    assert_eq!(told, table, "put this between the two marks of docs/starters.md:\n{table}");
}

#[test]
fn the_page_has_every_kind_in_order_with_what_of_consent_it_may_touch() {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `"));
    let first: Vec<&str> = rows.take(StarterKind::ALL.len()).collect();
    for (kind, row) in StarterKind::ALL.into_iter().zip(first) {
        assert!(row.starts_with(&format!("{}`", kind.name())), "{}: {row}", kind.name());
        let consent = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for name in consent.split(", ") {
            assert!(name.trim_matches('`').parse::<Field>().is_ok(), "{}: {name} is no field", kind.name());
        }
    }
}
