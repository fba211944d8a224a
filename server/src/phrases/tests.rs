mod page;

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use shopbell_domain::{
    consent::Field,
    event::ServiceKind,
    id::{NoteId, ProductId, ServiceId},
    money::Money,
    profile::Source,
    time::{Day, Timestamp},
    words::tells_of_watching,
};

use super::*;

const NOW: &str = "2026-11-22T10:00:00Z";

fn at(text: &str) -> Timestamp {
    let parsed =
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).expect("a date");
    Timestamp::from_secs(parsed.unix_timestamp())
}

fn speech(language: Language, address: Address) -> Speech {
    Speech { language, address, calendar: Calendar::new(at(NOW), None) }
}

fn formal(language: Language) -> Speech {
    speech(language, Address::Formal)
}

/// Every way to speak.
fn speeches() -> impl Iterator<Item = Speech> {
    let both = [Address::Formal, Address::Informal];
    Language::ALL.into_iter().flat_map(move |language| both.map(|address| speech(language, address)))
}

fn euros(minor: i64) -> Money {
    Money { minor, currency: "EUR".parse().unwrap() }
}

fn full(size: Option<&str>, here: u32, number: u32) -> Terms {
    Terms {
        product: Some("Linen coat".to_owned()),
        size: size.map(str::to_owned),
        wished: size.map(str::to_owned),
        with: Some("Wool scarf".to_owned()),
        people: number,
        here,
        here_since: Some(at("2026-11-20T10:00:00Z")),
        quantity: number,
        times: number,
        days: number,
        date: Some(at("2026-11-12T10:00:00Z")),
        by_page: false,
        price: Some(euros(79_900)),
        price_then: Some(euros(129_900)),
        part: Part::Wishes,
        service: None,
        number: Some("S1".to_owned()),
        until: None,
        due: Some(at("2026-11-23T10:00:00Z")),
        day: Some(Day { year: 2026, month: 11, day: 28 }),
        occasion: None,
        category: Some("Coats".to_owned()),
    }
}

/// What the messages choose by, each value at least once, in every size of number that a language tells apart.
fn all_terms() -> Vec<Terms> {
    let mut all = Vec::new();
    for (here, number) in [(0, 1), (1, 2), (2, 5), (1_000_000, 1_000_000)] {
        for size in [None, Some("38")] {
            all.push(full(size, here, number));
        }
    }
    for occasion in ["birthday", "Anniversaire", "Mariage de Léa", "Crémaillère"] {
        all.push(Terms { occasion: Some(occasion.to_owned()), ..full(None, 1, 1) });
    }
    for part in [Part::Cart, Part::Purchases, Part::Interests] {
        all.push(Terms { part, ..full(None, 1, 1) });
    }
    for service in [ServiceKind::PickUp, ServiceKind::Return, ServiceKind::Repair] {
        for until in [None, Some(at(NOW)), Some(at("2027-01-01T10:00:00Z"))] {
            all.push(Terms { service: Some(service), until, ..full(None, 1, 1) });
        }
    }
    for day in ["2026-11-21T10:00:00Z", NOW, "2026-11-23T10:00:00Z", "2024-02-29T10:00:00Z"] {
        let day = Some(at(day));
        all.push(Terms { due: day, date: day, here_since: day, by_page: true, ..full(Some("38"), 1, 3) });
    }
    all
}

fn facts() -> Vec<Fact> {
    let (product, at, source) = (ProductId::new("coat").unwrap(), Timestamp::from_secs(1), Source::Web);
    let with = product.clone();
    let service = ServiceId::new("S1").unwrap();
    let list = Field::WishList;
    vec![
        Fact::AskedForHelp { at },
        Fact::IsHere { at },
        Fact::LookedUp { product: product.clone(), at, source: Source::Page },
        Fact::OnWishList { product: product.clone(), size: None, at, source },
        Fact::InStockHere { product: product.clone(), size: None, quantity: 1, at },
        Fact::InCart { product: product.clone(), quantity: 1, at, source },
        Fact::BoughtBefore { product: product.clone(), times: 3, last: at, every_days: 30, source },
        Fact::CostThen { product: product.clone(), price: euros(1), at, list, source },
        Fact::CostsNow { product: product.clone(), size: None, price: euros(1), at },
        Fact::Owns { product: product.clone(), at, source },
        Fact::GoesWith { product, with, people: 20, at },
        Fact::Waits { what: ServiceKind::Repair, service, until: None, at, source },
        Fact::Promised { note: NoteId(1), due: at, at, source },
        Fact::DayTold { name: "birthday".into(), on: Day { year: 2026, month: 11, day: 28 }, at, source },
        Fact::LastOrder { at, source },
        Fact::Announced { campaign: "winter".into(), until: at, at },
        Fact::CaresFor { category: "Coats".into(), part: Field::Bought, at, source },
    ]
}

/// The kinds whose texts stand in the message files; what headquarters tells, it writes itself.
fn kinds() -> impl Iterator<Item = StarterKind> {
    StarterKind::ALL.into_iter().filter(|kind| !kind.is_told_by_brand())
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
    // Only some languages tell a stranger from a friend in each sentence.
    let of = |language| {
        let mut all = messages(language);
        for variables in all.values_mut() {
            variables.remove("address");
        }
        all
    };
    let english = of(Language::English);
    assert!(english.len() >= 40, "{} messages", english.len());
    assert_eq!(english, of(Language::French));
}

#[test]
fn the_files_parse_without_junk() {
    for language in Language::ALL {
        assert!(FluentResource::try_new(language.source().to_owned()).is_ok(), "{language:?}");
    }
}

#[test]
fn every_kind_and_fact_has_a_whole_text_however_it_is_said() {
    let phrases = Phrases::load().unwrap();
    for speech in speeches() {
        for terms in all_terms() {
            let of_kinds = kinds()
                .flat_map(|kind| [phrases.say(&speech, kind, &terms), phrases.reason(&speech, kind, &terms)]);
            let of_facts = facts().into_iter().map(|fact| phrases.fact(&speech, &fact, &terms));
            for text in of_kinds.chain(of_facts) {
                assert!(!text.trim().is_empty() && text.trim() == text, "{text:?}");
                assert!(!text.contains(['{', '}', '$']), "a placeable is open in {text:?}");
                assert!(!text.contains('\n') && !text.contains("none") && !text.contains("  "), "{text:?}");
                assert!(!text.contains(" ,") && !text.contains(" .") && !text.contains(" ;"), "{text:?}");
            }
        }
    }
}

#[test]
fn texts_read_naturally() {
    let phrases = Phrases::load().unwrap();
    let terms = Terms { times: 4, days: 30, ..full(Some("38"), 2, 1) };
    let say = |language, kind| phrases.say(&formal(language), kind, &terms);
    let reason = |language, kind| phrases.reason(&formal(language), kind, &terms);
    let (english, french) = (Language::English, Language::French);
    assert_eq!(say(english, StarterKind::WishArrived), "We have the Linen coat here. Shall I show you?");
    assert_eq!(
        reason(english, StarterKind::WishArrived),
        "Put on the wish list on 12 November, in 38; 2 here."
    );
    assert_eq!(
        reason(english, StarterKind::UsualDue),
        "Linen coat: bought 4 times, about every 30 days; the last time on 12 November. Let the guest speak of it first."
    );
    assert_eq!(
        reason(english, StarterKind::LookedUp),
        "Linen coat was looked up during this visit; 2 here. Let the guest speak of it first."
    );
    let by_page = Terms { by_page: true, ..terms.clone() };
    assert_eq!(
        phrases.reason(&formal(french), StarterKind::LookedUp, &by_page),
        "«\u{a0}Linen coat\u{a0}»\u{a0}: recherche faite pendant cette visite, d’après la page web\u{a0}; 2 ici. Attendre que la \
         personne en parle."
    );
    assert_eq!(
        reason(french, StarterKind::UsualDue),
        "«\u{a0}Linen coat\u{a0}»\u{a0}: 4 achats, environ tous les 30 jours\u{a0}; le dernier le 12 novembre. Attendre que la \
         personne en parle."
    );
    assert_eq!(
        say(french, StarterKind::CartLeft),
        "Nous avons «\u{a0}Linen coat\u{a0}» ici, si vous souhaitez vous faire une idée."
    );
    let novel = Terms { product: Some("The Waves".to_owned()), ..terms.clone() };
    assert_eq!(
        phrases.say(&formal(english), StarterKind::CartLeft, &novel),
        "We have the Waves here, if you would like to see for yourself."
    );
    assert_eq!(
        say(french, StarterKind::PriceLower),
        "Nous avons «\u{a0}Linen coat\u{a0}» ici, à 799,00\u{a0}€ en ce moment. Voulez-vous y jeter un œil\u{a0}?"
    );
    assert_eq!(
        reason(english, StarterKind::PriceLower),
        "€799.00 for everybody now; it was €1,299.00 when it was put on the wish list on 12 November. \
         2 here in 38."
    );
}

#[test]
fn what_is_near_is_said_as_people_do() {
    let phrases = Phrases::load().unwrap();
    let reason = |language, date: &str| {
        let terms = Terms { date: Some(at(date)), ..full(None, 2, 1) };
        phrases.reason(&formal(language), StarterKind::CartLeft, &terms)
    };
    let (english, french) = (Language::English, Language::French);
    assert_eq!(reason(english, NOW), "Put into the cart of the web shop today; 2 here.");
    assert_eq!(
        reason(english, "2026-11-21T23:59:59Z"),
        "Put into the cart of the web shop yesterday; 2 here."
    );
    assert_eq!(
        reason(english, "2026-11-20T10:00:00Z"),
        "Put into the cart of the web shop on 20 November; 2 here."
    );
    assert_eq!(reason(french, NOW), "Ajout au panier de la boutique en ligne aujourd’hui\u{a0}; 2 ici.");
    assert_eq!(
        reason(french, "2026-03-01T10:00:00Z"),
        "Ajout au panier de la boutique en ligne le 1er mars\u{a0}; 2 ici."
    );
    let waits = |language, until: Option<&str>| {
        let (until, date) = (until.map(at), Some(at("2026-11-21T10:00:00Z")));
        let terms = Terms { service: Some(ServiceKind::PickUp), until, date, ..full(None, 0, 1) };
        phrases.reason(&formal(language), StarterKind::OrderReady, &terms)
    };
    assert_eq!(waits(english, None), "Pick-up S1 has been ready here since yesterday.");
    assert_eq!(
        waits(english, Some(NOW)),
        "Pick-up S1 has been ready here since yesterday, and is kept until the end of today."
    );
    assert_eq!(
        waits(english, Some("2026-11-30T00:00:00Z")),
        "Pick-up S1 has been ready here since yesterday, and is kept until 29 November."
    );
    assert_eq!(
        waits(french, Some("2027-01-01T10:00:00Z")),
        "Retrait S1\u{a0}: prêt ici depuis hier, conservé jusqu’au 1er janvier 2027."
    );
}

#[test]
fn who_is_no_stranger_is_addressed_as_a_friend() {
    let phrases = Phrases::load().unwrap();
    let words = |text: &str| {
        let split = |c: char| !c.is_alphabetic();
        text.to_lowercase().split(split).map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let (strangers, friends) = (["vous", "votre", "vos"], ["tu", "te", "t", "ton", "ta", "toi"]);
    let mut told_apart = 0;
    for kind in kinds() {
        for terms in all_terms() {
            let said = |address| words(&phrases.say(&speech(Language::French, address), kind, &terms));
            let (formal, informal) = (said(Address::Formal), said(Address::Informal));
            assert!(friends.iter().all(|word| !formal.contains(*word)), "{kind:?}: {formal:?}");
            assert!(strangers.iter().all(|word| !informal.contains(*word)), "{kind:?}: {informal:?}");
            told_apart += usize::from(formal != informal);
        }
    }
    assert!(told_apart > 100, "{told_apart}");
}

/// What an associate could not say without telling the guest that something was followed, or that the shop knows what was
/// bought, wished or told.
const TELLS_OF_WATCHING: [&str; 41] = [
    "saw",
    "seen",
    "looked",
    "noticed",
    "watch",
    "track",
    "follow",
    "web",
    "online",
    "cart",
    "list",
    "bought",
    "purchase",
    "phone",
    "app ",
    "profile",
    "data",
    "birthday",
    "you told",
    "last time",
    "your size",
    "vu",
    "regard",
    "remarqu",
    "ligne",
    "panier",
    "liste",
    "achet",
    "achat",
    "téléphone",
    "suivi",
    "anniversaire",
    "consult",
    "d’après",
    "profil",
    "données",
    "vous avez dit",
    "tu as dit",
    "dernière fois",
    "votre taille",
    "ta taille",
];

#[test]
fn nothing_that_is_said_tells_of_watching() {
    let phrases = Phrases::load().unwrap();
    for speech in speeches() {
        for kind in kinds() {
            for terms in all_terms() {
                let said = phrases.say(&speech, kind, &terms).to_lowercase();
                for word in TELLS_OF_WATCHING {
                    assert!(!said.contains(word), "{said:?} holds {word:?}");
                }
                assert_eq!(tells_of_watching(&said), None, "{said:?}");
                assert!(!said.contains("12 nov") && !said.contains("28 nov"), "{said:?} tells when");
                assert!(!said.contains("wool scarf"), "{said:?} tells what is owned");
            }
        }
    }
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
