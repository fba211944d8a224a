//! What has a form of its own, in words that a row can hold.

use std::collections::BTreeMap;

use shopbell_domain::{
    event::{Correction, Disputed, Line, ServiceKind, ServiceStep, ServiceTold, Traits},
    id::ProductId,
};

use super::tables::Said;

/// A review.
pub(super) fn reviewed(product: &ProductId, rating_tenths: Option<u8>) -> Said {
    let words = rating_tenths.map(|tenths| format!("{}.{} of 5 stars", tenths / 10, tenths % 10));
    Said { words, ..of_product("reviewed", product) }
}

/// A product of one's own.
pub(super) fn designed(product: &ProductId, design: &str, choices: &BTreeMap<String, String>) -> Said {
    let words = list(std::iter::once(("design", design)).chain(pairs(choices)));
    Said { words: Some(words), ..of_product("designed", product) }
}

/// A preference, or its end.
pub(super) fn preferred(name: &str, value: Option<&str>) -> Said {
    match value {
        Some(value) => Said { words: Some(list([(name, value)])), ..Said::bare("preference") },
        None => Said { words: Some(name.to_owned()), ..Said::bare("preference taken back") },
    }
}

/// Who one is.
pub(super) fn told_of_oneself(traits: &Traits) -> Said {
    let Traits { name, first_name, last_name, language, preferences, other } = traits;
    let own = [("name", name), ("first name", first_name), ("last name", last_name)].into_iter();
    let own = own.filter_map(|(what, text)| Some((what, text.as_ref()?.reveal().as_str())));
    let language = language.iter().map(|language| ("language", language.as_str()));
    let other = other.iter().map(|(name, value)| (name.as_str(), value.reveal().as_str()));
    let words = list(own.chain(language).chain(pairs(preferences)).chain(other));
    Said { words: Some(words), ..Said::bare("told of yourself") }
}

/// A pick-up, a return or a repair.
pub(super) fn service(told: &ServiceTold) -> Said {
    let what = match told.kind {
        ServiceKind::PickUp => "pick-up",
        ServiceKind::Return => "return",
        ServiceKind::Repair => "repair",
    };
    let step = match told.step {
        ServiceStep::Announced => "announced",
        ServiceStep::Ready => "ready",
        ServiceStep::Done => "done",
        ServiceStep::Cancelled => "cancelled",
    };
    let store = told.store.iter().map(|store| ("shop", store.as_str()));
    let words = list([("number", told.service.as_str()), ("step", step)].into_iter().chain(store));
    let order = told.order.as_ref().map(ToString::to_string);
    Said { lines: told.lines.clone(), order, words: Some(words), ..Said::bare(what) }
}

/// A correction.
pub(super) fn corrected(what: &Disputed, how: Correction) -> Said {
    let how = match how {
        Correction::Gift => "it was for somebody else",
        Correction::NotMe => "it was somebody else",
        Correction::Withdrawn => "an earlier correction was wrong",
    };
    let (lines, order, words) = match what {
        Disputed::Order(order) => (Vec::new(), Some(order), how.to_owned()),
        Disputed::OrderLine { order, product } => {
            (vec![Line::of(product.clone())], Some(order), how.to_owned())
        }
        Disputed::Viewed(product) => (vec![Line::of(product.clone())], None, format!("looked at: {how}")),
        Disputed::Note(note) => (Vec::new(), None, format!("note {note}: {how}")),
    };
    Said { what: "corrected", lines, order: order.map(ToString::to_string), words: Some(words) }
}

fn of_product(what: &'static str, product: &ProductId) -> Said {
    Said { lines: vec![Line::of(product.clone())], ..Said::bare(what) }
}

fn pairs(of: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    of.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// As `name: value`, one after the other.
fn list<'a>(of: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    of.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use shopbell_domain::{id::OrderId, redacted::Redacted};

    use super::*;

    #[test]
    fn a_customer_reads_words_and_no_structures_of_this_program() {
        let coat = ProductId::new("coat").unwrap();
        let words = |said: Said| said.words.unwrap_or_default();
        assert_eq!(words(preferred("size:shoes", Some("42"))), "size:shoes: 42");
        let back = preferred("colour", None);
        assert_eq!((back.what, words(back)), ("preference taken back", "colour".to_owned()));
        assert_eq!(words(reviewed(&coat, Some(45))), "4.5 of 5 stars");
        let sole = BTreeMap::from([("sole".to_owned(), "red".to_owned())]);
        let mine = designed(&coat, "d7", &sole);
        assert_eq!(mine.lines, [Line::of(coat.clone())]);
        assert_eq!(words(mine), "design: d7; sole: red");
        let told = Traits {
            name: Some(Redacted::new("Camille".to_owned())),
            preferences: sole,
            other: BTreeMap::from([("age".to_owned(), Redacted::new("31".to_owned()))]),
            ..Traits::default()
        };
        assert_eq!(words(told_of_oneself(&told)), "name: Camille; sole: red; age: 31");
        let order = OrderId::new("o1").unwrap();
        let gift = corrected(&Disputed::OrderLine { order, product: coat.clone() }, Correction::Gift);
        assert_eq!((gift.order.as_deref(), gift.lines.len()), (Some("o1"), 1));
        assert_eq!(words(gift), "it was for somebody else");
        let viewed = corrected(&Disputed::Viewed(coat), Correction::NotMe);
        assert_eq!(words(viewed), "looked at: it was somebody else");
    }
}
