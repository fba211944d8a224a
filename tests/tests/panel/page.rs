//! `docs/panel.md`: the situations as prose, with what was said in both languages.
//!
//! The prose is made of `tests/situations/`, the texts of the cards as they came. A starter that may take turns with another
//! has all of its texts on the page; a text that no card has any more is not there.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use super::{
    house::{Played, Seen},
    situation::Situation,
    verdict::names,
};

const INTRODUCTION: &str = include_str!("page.md");
/// Before each pair of texts on the page.
const SAID: &str = "> ";

/// The page tells what is so; with `SHOPBELL_WRITE=1` it is made to.
pub(crate) fn assert_is_so(played: &[Played]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/panel.md");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let now = page(played, &before);
    if writes() {
        std::fs::write(&path, now).unwrap();
        return;
    }
    if let Some((is, should)) = before.lines().zip(now.lines()).find(|(is, should)| is != should) {
        panic!(
            "docs/panel.md is of before; SHOPBELL_WRITE=1 writes it anew.\n it says: {is}\nit is so: {should}"
        );
    }
    assert_eq!(before.lines().count(), now.lines().count(), "docs/panel.md: SHOPBELL_WRITE=1 writes it anew");
}

fn page(played: &[Played], before: &str) -> String {
    let mut page = INTRODUCTION.to_owned();
    for house in played {
        let _ = write!(page, "\n## {}: {}\n", capital(&house.trade.name), house.trade.brand);
        for seen in &house.seen {
            section(&mut page, seen, before);
        }
    }
    page
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn section(page: &mut String, seen: &Seen, before: &str) {
    let one = &seen.situation;
    let language = if one.language == "fr" { "French" } else { "English" };
    let level = one.ends_at_level.unwrap_or(one.level);
    let _ = write!(page, "\n### {}\n\n", one.title);
    page.push_str(&wrapped(&one.story));
    let _ = write!(page, "\n*Shares level {level}. The associate reads {language}.* {}\n", expected(one));
    let said = said(seen, before);
    if !said.is_empty() {
        page.push('\n');
        page.push_str(&said.join(">\n"));
    }
}

/// What the situation expects, in words.
fn expected(one: &Situation) -> String {
    let mut parts = Vec::new();
    if !one.row {
        parts.push("No tablet shows anybody.".to_owned());
    }
    if one.silent {
        parts.push("Nothing is suggested, not even a hello.".to_owned());
    }
    if one.nothing {
        parts.push("A hello, and nothing else.".to_owned());
    }
    let list = |items: &[String]| {
        let items: Vec<String> = items
            .iter()
            .map(|item| {
                item.split('|').map(|one| format!("`{}`", one.trim())).collect::<Vec<_>>().join(" or ")
            })
            .collect();
        items.join(", ")
    };
    for (what, items) in [("Must", &one.must), ("May", &one.may), ("Never", &one.never)] {
        if !items.is_empty() {
            parts.push(format!("{what}: {}.", list(items)));
        }
    }
    if let Some(first) = &one.first {
        parts.push(format!("First: `{first}`."));
    }
    if let Some(at_most) = one.at_most {
        parts.push(format!("At most {at_most}."));
    }
    let quoted = |words: &[String]| {
        let words: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
        words.join(", ")
    };
    if !one.says.is_empty() {
        parts.push(format!("Is said: {}.", quoted(&one.says)));
    }
    if !one.never_says.is_empty() {
        parts.push(format!("Is never said: {}.", quoted(&one.never_says)));
    }
    parts.join(" ")
}

/// What was said, in both languages: in the order of the starters' names, since those that are equally good take turns. Of
/// these the page has what came at some time; only a run that writes it puts down one that never came before.
fn said(seen: &Seen, before: &str) -> Vec<String> {
    let Some([french, english]) = &seen.cards else { return Vec::new() };
    let begins = |id: &str| format!("{SAID}`{id}` ");
    let section =
        before.split("\n### ").find(|section| section.lines().next() == Some(&seen.situation.title));
    let old = || section.into_iter().flat_map(str::lines).filter(|line| line.starts_with(SAID));
    let mut said = BTreeMap::new();
    for line in old() {
        let id = line.split('`').nth(1).unwrap_or_default();
        if takes_turns(&seen.situation, id) {
            said.insert(id.to_owned(), format!("{line}\n"));
        }
    }
    for (french, english) in french.starters.iter().zip(&english.starters) {
        let id = if english.id.starts_with("promise/") { "promise" } else { &english.id };
        let is_new = !said.contains_key(id);
        if takes_turns(&seen.situation, id) && is_new && !writes() {
            continue;
        }
        said.insert(id.to_owned(), format!("{}{} / {}\n", begins(id), english.say, french.say));
    }
    said.into_values().collect()
}

/// Whether a starter is on the card of a situation only sometimes.
fn takes_turns(one: &Situation, id: &str) -> bool {
    let turns = one.must.iter().filter(|pattern| pattern.contains('|')).chain(&one.may);
    turns.into_iter().any(|pattern| names(pattern, id))
}

fn writes() -> bool {
    std::env::var_os("SHOPBELL_WRITE").is_some()
}

/// In lines of at most 120 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is a line");
        if last.chars().count() + 1 + word.chars().count() > 120 && !last.is_empty() {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}
