//! The default charter's words against products of all trades, in both languages: `delicate.txt`, `ordinary.txt`. A product
//! that was caught by mistake, or was not, is a line there.

use super::*;

fn rows<const COLUMNS: usize>(text: &str) -> Vec<[&str; COLUMNS]> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let cells = |line| -> [&str; COLUMNS] {
        let cells: Vec<&str> = str::split(line, " | ").collect();
        cells.try_into().unwrap_or_else(|cells| panic!("{cells:?} are not {COLUMNS}"))
    };
    lines.map(cells).collect()
}

#[test]
fn delicate_products_are_of_a_subject_and_ordinary_ones_of_none() {
    let charter = of(&config::Charter { file: None }, &[]).unwrap();
    let told = |category: &str, name: &str| {
        charter.subject_of(&product(category, name)).map_or_else(|| "none".to_owned(), str::to_owned)
    };
    let delicate = rows::<3>(include_str!("delicate.txt"));
    let ordinary = rows::<2>(include_str!("ordinary.txt"));
    assert!(delicate.len() >= 150 && ordinary.len() >= 150);
    let expected =
        delicate.into_iter().chain(ordinary.into_iter().map(|[category, name]| ["none", category, name]));
    let wrong: Vec<String> = expected
        .filter(|[of, category, name]| told(category, name) != *of)
        .map(|[of, category, name]| format!("{category} / {name}: {}, not {of}", told(category, name)))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
