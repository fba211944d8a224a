//! A card and everything behind it, as a page of plain text: the same bytes for the same card, whenever it is asked for.

use std::fmt::Write as _;

use shopbell_domain::{
    id::{CustomerId, StoreId},
    time::Timestamp,
};
use shopbell_proto::admin::v1::{
    ExplainCardResponse, ExplainedCandidate, ExplainedElement, ExplainedOutcome, ExplainedPart,
    ExplainedRemark,
};

use crate::rights::rfc3339;

/// Most parts of a sum that are told.
const PARTS: usize = 5;
/// Widest column; what is longer pushes the others of its line.
const WIDEST: usize = 44;

/// All of it, without the last line's end.
pub(super) fn page(customer: &CustomerId, store: &StoreId, card: &ExplainCardResponse) -> String {
    let mut page = head(customer, store, card);
    section(&mut page, "known", card.elements.len(), &elements(&card.elements, "  "));
    let unknown: Vec<Vec<String>> = card.unknown.iter().map(|one| pair(one)).collect();
    section(&mut page, "not known", card.unknown.len(), &table("  ", &unknown));
    section(&mut page, "may become", card.outcomes.len(), &outcomes(&card.outcomes));
    let candidates: String = card.candidates.iter().map(candidate).collect();
    section(&mut page, "candidates", card.candidates.len(), &candidates);
    if card.further > 0 {
        let _ = writeln!(page, "  and {} more, worth less, which are not kept", card.further);
    }
    section(&mut page, "said of it since", card.remarks.len(), &remarks(&card.remarks));
    if card.left_out > 0 {
        let _ = writeln!(
            page,
            "\n{} further lines are not told: the customer no longer shares what they speak of, or what they were made of",
            card.left_out
        );
    }
    page.truncate(page.trim_end().len());
    page
}

fn head(customer: &CustomerId, store: &StoreId, card: &ExplainCardResponse) -> String {
    let how = if card.shown { "shown to an associate" } else { "composed now, shown to nobody" };
    let moment = if card.moment.is_empty() { "not judged" } else { &card.moment };
    let lines = [
        ("visit", card.visit_id.clone()),
        ("group", card.arm.clone()),
        ("moment", moment.to_owned()),
        ("texts", card.speech.clone()),
        ("charter", card.charter.clone()),
        ("model", format!("{}, seed {}", card.model, card.seed)),
    ];
    let lines: Vec<Vec<String>> =
        lines.into_iter().map(|(what, value)| vec![what.to_owned(), value]).collect();
    format!("card of {customer} in {store}, {}: {how}\n{}", when(card.at_ms), table("  ", &lines))
}

fn section(page: &mut String, title: &str, count: usize, lines: &str) {
    if count > 0 {
        let _ = write!(page, "\n{title} ({count})\n{lines}");
    }
}

fn when(millis: i64) -> String {
    rfc3339(Timestamp::from_millis(millis))
}

/// `orders: not shared` as two columns.
fn pair(line: &str) -> Vec<String> {
    line.split(": ").map(str::to_owned).collect()
}

/// Rows in columns, each as wide as its widest cell.
fn table(indent: &str, rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default().min(WIDEST)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = format!("{indent}{}", cells.collect::<Vec<_>>().join("  "));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn elements(all: &[ExplainedElement], indent: &str) -> String {
    let row = |one: &ExplainedElement| {
        let source = if one.source.is_empty() { String::new() } else { format!("by {}", one.source) };
        let field = if one.field.is_empty() { String::new() } else { format!("({})", one.field) };
        let at = one.at_ms.map(when).unwrap_or_default();
        vec![one.what.clone(), one.value.clone(), at, source, field]
    };
    table(indent, &all.iter().map(row).collect::<Vec<_>>())
}

fn outcomes(all: &[ExplainedOutcome]) -> String {
    let row = |one: &ExplainedOutcome| {
        let grounds = one.grounds.iter().map(|ground| {
            format!("{} {}", signed(thousandths(ground.adds.unwrap_or_default())), ground.name)
        });
        let grounds = grounds.collect::<Vec<_>>().join(", ");
        vec![percent(one.probability), one.outcome.clone(), grounds]
    };
    table("  ", &all.iter().map(row).collect::<Vec<_>>())
}

fn remarks(all: &[ExplainedRemark]) -> String {
    let row = |one: &ExplainedRemark| {
        let of = if one.starter_id.is_empty() { "the visit" } else { &one.starter_id };
        let said = if one.said.is_empty() { "took back what was said" } else { &one.said };
        vec![when(one.at_ms), one.associate_id.clone(), of.to_owned(), said.to_owned()]
    };
    table("  ", &all.iter().map(row).collect::<Vec<_>>())
}

fn candidate(one: &ExplainedCandidate) -> String {
    let mut text = format!("  {}\n", one.id);
    let mut line = |name: &str, told: &str| {
        let _ = writeln!(text, "    {name:<9}{told}");
    };
    if one.slot > 0 {
        let [here, anywhere] =
            [one.chance, one.chance_anywhere].map(|share| format!("{:.0} %", share * 100.0));
        line(
            "shown",
            &format!("in slot {}; of equal draws there in {here}, in any slot in {anywhere}", one.slot),
        );
    } else {
        line("not shown", &format!(" {} ({})", why(&one.suppressed_by), one.suppressed_by));
    }
    for (name, told) in [("say", &one.say), ("reason", &one.reason)] {
        if !told.is_empty() {
            line(name, told);
        }
    }
    if let (Some(expected), Some(drawn)) = (one.expected, one.score) {
        let [expected, drawn] = [expected, drawn].map(thousandths);
        line("worth", &format!("expected {}, ranked by the draw {}", plain(expected), plain(drawn)));
        text.push_str(&parts(&one.parts, expected));
    }
    if !one.facts.is_empty() {
        text.push_str("    rests on\n");
        text.push_str(&elements(&one.facts, "      "));
    }
    text
}

/// The largest parts of a sum, and the rest: as printed, they add up to the sum as printed.
fn parts(all: &[ExplainedPart], sum: i64) -> String {
    let mut left = sum;
    let mut rows = Vec::new();
    for part in all.iter().take(PARTS) {
        let adds = thousandths(part.adds.unwrap_or_default());
        left -= adds;
        rows.push(vec![signed(adds), part.name.clone()]);
    }
    if left != 0 || all.len() > PARTS {
        rows.push(vec![signed(left), if all.len() > PARTS { "all else" } else { "rounding" }.to_owned()]);
    }
    table("      ", &rows)
}

#[expect(clippy::cast_possible_truncation, reason = "a worth is about 1, and a cast stops at the bounds")]
fn thousandths(number: f64) -> i64 {
    (number * 1_000.0).round() as i64
}

fn plain(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", thousandths.unsigned_abs() / 1_000, thousandths.unsigned_abs() % 1_000)
}

fn signed(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "" } else { "+" };
    format!("{sign}{}", plain(thousandths))
}

fn percent(share: f64) -> String {
    format!("{:>3.0} %", share * 100.0)
}

/// What a rule means, to somebody who has not read the charter.
fn why(rule: &str) -> &'static str {
    match rule {
        "ForbiddenSubject" => "the charter forbids the subject",
        "Kind" => "the charter shows no such suggestions",
        "UnknownProduct" => "the catalogue does not know the product",
        "NoLongerSold" => "the product is no longer sold",
        "Minor" => "the guest is a minor",
        "QuietTime" => "the shop keeps quiet at this time",
        "Gift" => "it would tell of a gift",
        "Price" => "its price is not everybody's",
        "VisitCap" => "enough was suggested in this visit",
        "MonthCap" => "enough was suggested in thirty days",
        "Declined" => "it was put aside earlier in this visit",
        "DeclinedTwice" => "it was put aside in two visits",
        "Wrong" => "it was called wrong",
        "Holdout" => "the guest is in the control group",
        "NotYet" => "it is not the moment yet",
        "ToldBefore" => "the guest was told in an earlier visit",
        "NotAlone" => "it is said only where nothing else is",
        "SameProduct" => "a better one speaks of the same product",
        "SameWords" => "a better one is said in the same words",
        "LessThanHello" => "it is worth less than only to say hello",
        "NoRoom" => "there were better ones",
        _ => "a rule that this program does not know",
    }
}

#[cfg(test)]
mod tests;
