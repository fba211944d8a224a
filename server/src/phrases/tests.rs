use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use shopbell_domain::{id::ProductId, profile::Source};

use super::*;

const KINDS: [StarterKind; StarterKind::ALL.len()] = StarterKind::ALL;

fn at(text: &str) -> Timestamp {
    let parsed =
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).expect("a date");
    Timestamp::from_secs(parsed.unix_timestamp())
}

fn full(size: Option<&str>, here: u32, quantity: u32) -> Terms {
    Terms {
        product: Some("Linen coat".to_owned()),
        size: size.map(str::to_owned),
        here,
        quantity,
        times: 4,
        days: 30,
        date: Some(at("2026-11-12T10:00:00Z")),
        by_page: false,
    }
}

fn facts() -> Vec<Fact> {
    let (product, at) = (ProductId::new("coat").unwrap(), Timestamp::from_secs(1));
    vec![
        Fact::AskedForHelp { at },
        Fact::LookedUp { product: product.clone(), at, source: Source::Page },
        Fact::OnWishList { product: product.clone(), size: None, at, source: Source::Web },
        Fact::InStockHere { product: product.clone(), size: None, quantity: 1, at },
        Fact::InCart { product: product.clone(), quantity: 1, at, source: Source::Web },
        Fact::BoughtBefore { product, times: 3, last: at, every_days: 30, source: Source::Till },
    ]
}

/// The names of messages, each with the variables that its text speaks of.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let source = language.source();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) =
            line.split_once(" = ").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
        {
            current = name.to_owned();
            found.entry(current.clone()).or_default();
        }
        for piece in line.split('$').skip(1) {
            let name: String = piece.chars().take_while(char::is_ascii_alphanumeric).collect();
            found.entry(current.clone()).or_default().insert(name);
        }
    }
    found
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let english = messages(Language::English);
    assert!(english.len() >= 14, "{} messages", english.len());
    assert_eq!(english, messages(Language::French));
}

#[test]
fn the_files_parse_without_junk() {
    for language in Language::ALL {
        assert!(FluentResource::try_new(language.source().to_owned()).is_ok(), "{language:?}");
    }
}

#[test]
fn every_kind_and_fact_has_a_whole_text_in_every_language() {
    let phrases = Phrases::load().unwrap();
    let now = at("2026-11-22T10:00:00Z");
    for language in Language::ALL {
        for terms in [full(None, 0, 1), full(Some("38"), 2, 3), full(Some("38"), 1, 1)] {
            let kinds = KINDS.iter().flat_map(|kind| {
                [phrases.say(language, *kind, &terms, now), phrases.reason(language, *kind, &terms, now)]
            });
            let facts = facts();
            for text in kinds.chain(facts.iter().map(|fact| phrases.fact(language, fact, &terms, now))) {
                assert!(!text.trim().is_empty());
                assert!(!text.contains(['{', '}', '$']), "a placeable is open in {text:?}");
                assert!(!text.contains('\n') && !text.contains("none"), "{text:?}");
            }
        }
    }
}

#[test]
fn texts_read_naturally() {
    let phrases = Phrases::load().unwrap();
    let now = at("2026-11-22T10:00:00Z");
    let terms = full(Some("38"), 2, 1);
    let say = |language, kind| phrases.say(language, kind, &terms, now);
    let reason = |language, kind| phrases.reason(language, kind, &terms, now);
    assert_eq!(
        say(Language::English, StarterKind::WishArrived),
        "We have Linen coat here in 38. Would you like a closer look?"
    );
    assert_eq!(
        reason(Language::English, StarterKind::WishArrived),
        "On the wish list in 38 since 12 November; 2 here."
    );
    assert_eq!(
        reason(Language::English, StarterKind::UsualDue),
        "Bought 4 times, about every 30 days; last on 12 November."
    );
    assert_eq!(reason(Language::English, StarterKind::LookedUp), "Looked up during this visit; 2 here.");
    let by_page = Terms { by_page: true, ..terms.clone() };
    assert_eq!(
        phrases.reason(Language::French, StarterKind::LookedUp, &by_page, now),
        "Recherche faite pendant cette visite, d’après la page web\u{a0}; 2 ici."
    );
    assert_eq!(
        reason(Language::French, StarterKind::UsualDue),
        "4 achats, environ tous les 30 jours\u{a0}; le dernier le 12 novembre."
    );
    assert_eq!(
        say(Language::French, StarterKind::CartLeft),
        "«\u{a0}Linen coat\u{a0}»\u{a0}: nous l’avons ici, si vous souhaitez vous faire une idée."
    );
}

#[test]
fn nothing_that_is_said_tells_of_watching() {
    let phrases = Phrases::load().unwrap();
    let now = at("2026-11-22T10:00:00Z");
    let forbidden = [
        "saw",
        "seen",
        "looked",
        "noticed",
        "watch",
        "track",
        "web",
        "online",
        "cart",
        "list",
        "bought",
        "phone",
        "vu",
        "regard",
        "remarqu",
        "ligne",
        "panier",
        "liste",
        "achet",
        "téléphone",
        "suivi",
    ];
    for language in Language::ALL {
        for kind in KINDS {
            for terms in [full(None, 0, 1), full(Some("38"), 2, 1)] {
                let said = phrases.say(language, kind, &terms, now).to_lowercase();
                for word in forbidden {
                    assert!(!said.contains(word), "{said:?} holds {word:?}");
                }
            }
        }
    }
}

#[test]
fn dates_show_the_year_only_when_it_is_another() {
    let phrases = Phrases::load().unwrap();
    let now = at("2026-01-02T10:00:00Z");
    assert_eq!(phrases.date(Language::English, at("2026-01-01T00:00:00Z"), now), "1 January");
    assert_eq!(phrases.date(Language::French, at("2026-01-01T00:00:00Z"), now), "1er janvier");
    assert_eq!(phrases.date(Language::French, at("2025-08-31T00:00:00Z"), now), "31 août 2025");
}

#[test]
fn tags_choose_the_language() {
    for (tag, language) in [
        ("", Language::English),
        ("fr", Language::French),
        ("FR-ca", Language::French),
        ("de", Language::English),
        ("fro", Language::English),
    ] {
        assert_eq!(Language::of_tag(tag), language, "{tag}");
    }
}
