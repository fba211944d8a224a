//! A card against what the situation says: what must, may and must never be on it.
//!
//! What a situation does not name is not expected: a starter that is neither in `must` nor in `may` is a fault, too.

use shopbell_domain::words::{Phrase, words_of};
use shopbell_proto::floor::v1::{Card, Starter};

use super::{house::Seen, situation::Situation};

/// Whether a pattern names a starter: `kind`, `kind/thing`, `*/thing`, or several of them with bars between.
pub(crate) fn names(pattern: &str, id: &str) -> bool {
    let (kind, thing) = id.split_once('/').unwrap_or((id, ""));
    pattern.split('|').map(str::trim).any(|one| match one.split_once('/') {
        Some(("*", of)) => of == thing,
        Some(_) => one == id,
        None => one == kind,
    })
}

/// The first starter of a card that a pattern names.
pub(crate) fn starter_of<'a>(card: &'a Card, pattern: &str) -> Option<&'a Starter> {
    card.starters.iter().find(|starter| names(pattern, &starter.id))
}

/// What is wrong with a card, in words; nothing is fine.
pub(crate) fn faults(seen: &Seen) -> Vec<String> {
    let one = &seen.situation;
    let Some(card) = seen.card() else { return Vec::new() };
    let starters = &card.starters;
    let mut faults = Vec::new();
    for pattern in &one.must {
        if starter_of(card, pattern).is_none() {
            faults.push(format!("{pattern} must be on it"));
        }
    }
    for starter in starters {
        let id = &starter.id;
        let is_named = |patterns: &[String]| patterns.iter().any(|pattern| names(pattern, id));
        let is_expected = is_named(&one.must) || is_named(&one.may) || (one.nothing && id == "hello");
        if is_named(&one.never) {
            faults.push(format!("{id} must never be on it"));
        } else if !is_expected {
            faults.push(format!("{id} was not expected"));
        }
    }
    if one.nothing && starters.len() != 1 {
        faults.push("a hello and nothing else was expected".to_owned());
    }
    if let Some(first) = &one.first
        && starters.first().is_none_or(|starter| !names(first, &starter.id))
    {
        faults.push(format!("{first} must come first"));
    }
    let at_most = one.at_most.unwrap_or(3);
    if starters.len() > at_most {
        faults.push(format!("{} starters, where {at_most} are enough", starters.len()));
    }
    faults.extend(faults_of_words(one, card, seen));
    faults
}

fn faults_of_words(one: &Situation, card: &Card, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    for wanted in &one.says {
        if !card.starters.iter().any(|starter| starter.say.contains(wanted.as_str())) {
            faults.push(format!("{wanted:?} must be said"));
        }
    }
    // What must not be said must not be said in either language.
    let both = seen.cards.iter().flatten().flat_map(|card| &card.starters);
    for starter in both {
        for word in one.never_says.iter().filter(|word| is_said(word, &starter.say)) {
            faults.push(format!("{word:?} must not be said: {:?}", starter.say));
        }
    }
    faults.dedup();
    faults
}

/// Words as a charter has them; what has no word in it, such as a sign, as it stands.
pub(crate) fn is_said(words: &str, text: &str) -> bool {
    match Phrase::read(words) {
        Some(phrase) => phrase.is_in(&words_of(text)),
        None => text.contains(words),
    }
}
