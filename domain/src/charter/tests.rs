mod rules;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    example::{self, NOW, item, product, shelf},
    id::ProductId,
    profile::Profile,
    situation::{Around, Shelf},
    starter::{CART_LEFT_AFTER, Choice, FixedOrder, choose, rules},
};

fn subject(name: &str, words: &[&str]) -> SubjectFile {
    SubjectFile { subject: name.to_owned(), words: owned(words), ..SubjectFile::default() }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn charter(forbidden: Vec<SubjectFile>) -> Charter {
    Charter::read(&CharterFile { forbidden, ..CharterFile::default() }).unwrap()
}

fn chosen(charter: &Charter, profile: &Profile, shelves: BTreeMap<ProductId, Shelf>) -> Choice {
    let situation =
        Situation::gather(NOW, &example::visit(), &example::customer(), profile, Around::of(shelves), true);
    choose(&situation, &rules(CART_LEFT_AFTER), &FixedOrder, charter)
}

fn ids(choice: &Choice) -> Vec<String> {
    choice.shown().map(Starter::id).collect()
}

#[test]
fn a_product_is_of_a_subject_by_its_category_its_name_or_its_brand() {
    let charter =
        charter(vec![subject("health", &["pharma*", "cold flu"]), subject("intimacy", &["lingerie"])]);
    let (_, shelf) = shelf("coat", "Women / Coats", &[]);
    let with = |category: &str, name: &str, brand: Option<&str>| Product {
        category: category.to_owned(),
        name: name.to_owned(),
        brand: brand.map(str::to_owned),
        ..shelf.product.clone()
    };
    let of = |product: &Product| charter.subject_of(product).map(str::to_owned);
    assert_eq!(of(&with("Women / Coats", "Wool coat", None)), None);
    assert_eq!(of(&with("PHARMACIE", "Wool coat", None)).as_deref(), Some("health"));
    assert_eq!(of(&with("", "Cold & flu tea", None)).as_deref(), Some("health"));
    assert_eq!(of(&with("", "flu, cold", None)), None, "words follow each other");
    assert_eq!(of(&with("", "Bag", Some("Pharmaco"))).as_deref(), Some("health"));
    assert_eq!(of(&with("Dam / Língerie", "", None)).as_deref(), Some("intimacy"));
}

#[test]
fn some_words_count_in_categories_alone_and_exceptions_are_passed_over() {
    let alcohol = SubjectFile {
        categories: owned(&["bordeaux", "champagne*"]),
        except: owned(&["wine red", "champagne flute*"]),
        ..subject("alcohol", &["wine", "red wine"])
    };
    let charter = charter(vec![alcohol.clone()]);
    let (_, shelf) = shelf("coat", "", &[]);
    let is = |category: &str, name: &str| {
        let (category, name) = (category.to_owned(), name.to_owned());
        charter.subject_of(&Product { name, category, ..shelf.product.clone() }).is_some()
    };
    assert!(is("Cellar / Bordeaux", "Margaux") && is("Wine", "") && is("", "A wine"));
    assert!(!is("Bags", "Bag, Bordeaux") && charter.subject_of_text("Bordeaux").is_none());
    assert!(!is("Dresses", "Wine red dress") && !is("Champagne flutes", "Flute"));
    assert!(is("Wine red", "Red wine") && is("", "Wine red wine"), "only where the exception stands");
    let mut other = alcohol;
    other.except.pop();
    let other = Charter::read(&CharterFile { forbidden: vec![other], ..CharterFile::default() }).unwrap();
    assert_ne!(other.digest(), charter.digest());
}

#[test]
fn what_is_forbidden_gives_its_place_to_the_next_and_is_told() {
    let (profile, shelves) = (example::profile(), example::shelves());
    let free = chosen(&Charter::default(), &profile, shelves.clone());
    assert_eq!(ids(&free), ["help-wanted", "wish-arrived/coat", "cart-left/shirt"]);
    let name = shelves.get(&product("coat")).unwrap().product.name.clone();
    let strict = chosen(&charter(vec![subject("coats", &[&name])]), &profile, shelves);
    assert_eq!(ids(&strict), ["help-wanted", "cart-left/shirt", "usual-due/soap"]);
    assert!(strict.suppressed().any(|(starter, why)| {
        starter.id() == "wish-arrived/coat" && *why == Suppression::Subject("coats".to_owned())
    }));
}

#[test]
fn of_a_product_that_the_catalogue_does_not_know_nothing_is_said() {
    let (visit, customer) = (example::visit(), example::customer());
    let known = example::shelves();
    let situation = Situation::gather(NOW, &visit, &customer, &example::profile(), Around::of(known), true);
    let of = |id: &str| {
        let product = Some(product(id));
        Starter { kind: StarterKind::CartLeft, product, thing: None, facts: Vec::new() }
    };
    assert_eq!(Charter::default().judge(&situation, &of("shirt")), Ok(()));
    assert_eq!(Charter::default().judge(&situation, &of("secret")), Err(Suppression::UnknownProduct));
}

#[test]
fn kinds_can_be_turned_off_and_a_card_made_shorter() {
    let written = |never: &[&str], at_most| CharterFile {
        starters: StartersFile { never: never.iter().map(|kind| (*kind).to_owned()).collect(), at_most },
        ..CharterFile::default()
    };
    let shown = |file: &CharterFile| {
        let choice = chosen(&Charter::read(file).unwrap(), &example::profile(), example::shelves());
        ids(&choice)
    };
    assert_eq!(shown(&written(&["cart-left", "usual-due"], None)), ["help-wanted", "wish-arrived/coat"]);
    assert_eq!(shown(&written(&[], Some(1))), ["help-wanted"]);
    assert_eq!(shown(&written(&[], Some(0))), ["help-wanted"], "who asks is answered");
}

#[test]
fn who_asks_is_answered_whatever_a_charter_says() {
    for kind in StarterKind::ALL {
        let starters = StartersFile { never: vec![kind.name().to_owned()], at_most: None };
        let read = Charter::read(&CharterFile { starters, ..CharterFile::default() });
        assert_eq!(read.is_err(), kind.answers(), "{kind:?}");
        if let Err(wrong) = read {
            assert!(wrong[0].to_string().starts_with("starters.never: \"help-wanted\""), "{}", wrong[0]);
        }
    }
}

#[test]
fn every_candidate_is_shown_or_told_why_not() {
    let (profile, shelves) = (example::profile(), example::shelves());
    let all: usize = {
        let (visit, customer) = (example::visit(), example::customer());
        let situation =
            Situation::gather(NOW, &visit, &customer, &profile, Around::of(shelves.clone()), true);
        rules(CART_LEFT_AFTER).iter().map(|rule| rule.propose(&situation).len()).sum()
    };
    let choice = chosen(&Charter::default(), &profile, shelves);
    assert_eq!(choice.shown().count() + choice.suppressed().count(), all);
}

#[test]
fn mistakes_are_named_by_their_place_all_at_once() {
    let file = CharterFile {
        forbidden: vec![
            subject("Health!", &["a"]),
            subject("grief", &[]),
            subject("grief", &["urn"]),
            subject("faith", &["ch*rch", "mosque"]),
            SubjectFile { categories: owned(&["a*b"]), except: owned(&["!"]), ..subject("alcohol", &[]) },
        ],
        starters: StartersFile { never: vec!["small-talk".to_owned()], at_most: Some(4) },
        ..CharterFile::default()
    };
    let told: Vec<String> = Charter::read(&file).unwrap_err().iter().map(ToString::to_string).collect();
    let begin = |at: usize, text: &str| assert!(told[at].starts_with(text), "{told:?}");
    begin(0, "forbidden[0].subject: \"Health!\"");
    begin(1, "forbidden[1].words: \"grief\" has none");
    begin(2, "forbidden[2].subject: \"grief\" stands twice");
    begin(3, "forbidden[3].words: \"ch*rch\"");
    begin(4, "forbidden[4].categories: \"a*b\"");
    begin(5, "forbidden[4].except: \"!\"");
    begin(6, "starters.never: there is no kind \"small-talk\"; the kinds are: help-wanted,");
    begin(7, "starters.at_most: 4");
    let many = CharterFile {
        forbidden: vec![subject("all", &vec!["word"; MAX_WORDS + 1])],
        ..CharterFile::default()
    };
    assert_eq!(Charter::read(&many), Err(vec![InvalidCharter::TooManyWords { found: MAX_WORDS + 1 }]));
}

/// Words that a catalogue and a charter may hold: few, so that they often meet.
const WORDS: [&str; 8] = ["coat", "Manteau", "pharmacy", "Pharmacie", "bébé", "BEBE soins", "wine", "soap"];
const PRODUCTS: [&str; 5] = ["p0", "p1", "p2", "p3", "p4"];

fn any_words() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..3).prop_map(|words| words.join(" / "))
}

fn any_shelves() -> impl Strategy<Value = BTreeMap<ProductId, Shelf>> {
    prop::collection::vec((any_words(), any_words(), any::<bool>(), 0_u32..3), PRODUCTS.len()).prop_map(
        |told| {
            let shelves = PRODUCTS.iter().zip(told).filter(|(_, (.., known, _))| *known);
            let made = shelves.map(|(id, (category, name, _, pieces))| {
                let (id, mut shelf) = shelf(id, &category, &[(None, pieces)]);
                shelf.product.name = name;
                (id, shelf)
            });
            made.collect()
        },
    )
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let items = || prop::collection::vec((prop::sample::select(PRODUCTS.to_vec()), 1_u64..60), 0..4);
    (items(), items(), prop::collection::vec(prop::sample::select(PRODUCTS.to_vec()), 0..4)).prop_map(
        |(wishes, cart, bought)| Profile {
            wish_list: wishes.iter().map(|(id, days)| item(id, None, example::days_ago(*days))).collect(),
            cart: cart.iter().map(|(id, days)| item(id, None, example::days_ago(*days))).collect(),
            bought: bought.iter().map(|id| example::bought(id, &[90, 60, 30])).collect(),
            ..Profile::default()
        },
    )
}

fn any_charter() -> impl Strategy<Value = Vec<SubjectFile>> {
    let words = prop::collection::vec(
        prop::sample::select(vec!["coat", "manteau", "pharmac*", "bebe", "bebe soins", "WINE"]),
        1..3,
    );
    prop::collection::vec(words, 0..3).prop_map(|subjects| {
        let named = subjects.iter().enumerate();
        named.map(|(n, words)| subject(&format!("s{n}"), words)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, ..ProptestConfig::default() })]

    /// Judged here by another way than the charter's own: whole texts, letter by letter.
    #[test]
    fn no_forbidden_subject_ever_appears(
        subjects in any_charter(), profile in any_profile(), shelves in any_shelves(),
    ) {
        let folded = |text: &str| text.to_lowercase().replace('é', "e").replace(" / ", " ");
        let choice = chosen(&charter(subjects.clone()), &profile, shelves.clone());
        for product in choice.shown().flat_map(Starter::products) {
            let Some(shelf) = shelves.get(product) else {
                return Err(TestCaseError::fail("of an unknown product"));
            };
            let texts = [folded(&shelf.product.category), folded(&shelf.product.name)];
            for word in subjects.iter().flat_map(|subject| &subject.words) {
                let word = folded(word.trim_end_matches('*'));
                prop_assert!(!texts.iter().any(|text| text.contains(&word)), "{word} in {texts:?}");
            }
        }
    }
}
