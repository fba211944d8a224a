//! The charter of a trade: that of the program, with what the trade changes.
//!
//! `forbid` adds subjects, `allow_words` takes words out of them; every other key takes the place of the program's, table by
//! table.

use shopbell_domain::{
    holdout::{Arm, Share},
    id::CustomerId,
};

use super::situation::Trade;

/// As the server reads it.
pub(crate) fn of(trade: &Trade) -> String {
    toml::to_string(&table(trade)).unwrap()
}

fn table(trade: &Trade) -> toml::Table {
    let mut charter: toml::Table = toml::from_str(shopbell_server::charter::DEFAULT).unwrap();
    for (key, value) in &trade.charter {
        match (key.as_str(), value) {
            ("forbid", value) => subjects(&mut charter).extend(value.as_array().unwrap().iter().cloned()),
            ("allow_words", words) => allow(&mut charter, words.as_array().unwrap()),
            (_, toml::Value::Table(changes)) => {
                let part = charter.entry(key.clone()).or_insert_with(|| toml::Table::new().into());
                part.as_table_mut().unwrap().extend(changes.clone());
            }
            (_, value) => drop(charter.insert(key.clone(), value.clone())),
        }
    }
    charter
}

fn subjects(charter: &mut toml::Table) -> &mut Vec<toml::Value> {
    charter["forbidden"].as_array_mut().unwrap()
}

fn allow(charter: &mut toml::Table, words: &[toml::Value]) {
    for subject in subjects(charter) {
        subject["words"].as_array_mut().unwrap().retain(|word| !words.contains(word));
    }
}

/// The control group has exactly those of whom it is told: nobody is held out by chance.
pub(crate) fn assert_held_out_as_told(trade: &Trade) {
    let control = &table(trade)["control"];
    let share = control["holdout_share"].as_float().unwrap();
    let salt = control["salt"].as_str().unwrap();
    let group = |salt: &str| -> Vec<bool> {
        let arm = |id: String| Arm::of(&CustomerId::new(id).unwrap(), salt, Share::new(share).unwrap());
        trade.situations.iter().map(|one| arm(one.customer()) == Arm::Holdout).collect()
    };
    let told: Vec<bool> = trade.situations.iter().map(|one| one.held_out).collect();
    if group(salt) != told {
        let other = (0..100_000).map(|number| format!("{salt}-{number}")).find(|salt| group(salt) == told);
        panic!("{}: the salt {salt:?} holds out others; {other:?} would not", trade.name);
    }
}
