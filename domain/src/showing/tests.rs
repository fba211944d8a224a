use proptest::prelude::*;

use super::*;
use crate::{outlook::Prospect, visit::Outcome};

fn candidate(place: usize, score: Option<f64>, fate: Fate) -> Candidate {
    Candidate {
        id: format!("cart-left/p{place}"),
        kind: StarterKind::CartLeft,
        product: None,
        facts: Vec::new(),
        texts: None,
        score,
        features: vec![0.5; 3],
        fate,
    }
}

fn suppressed() -> Fate {
    Fate::Suppressed { rule: "NoRoom".to_owned() }
}

fn showing(candidates: Vec<Candidate>) -> Showing {
    Showing {
        at: Timestamp::from_millis(7),
        customer: CustomerId::new("anna").unwrap(),
        visit: VisitId(1),
        store: StoreId::new("lyon").unwrap(),
        arm: Arm::Open,
        moment: "open: met".to_owned(),
        charter: 1,
        model: 2,
        seed: 3,
        speech: String::new(),
        elements: Vec::new(),
        unknown: Vec::new(),
        outlook: Vec::new(),
        weights: Vec::new(),
        candidates,
        further: 0,
    }
}

#[test]
fn what_was_shown_and_the_best_of_the_rest_are_kept_in_their_order() {
    let shown = |slot| Fate::Shown { slot, here: 0.5, anywhere: 0.7 };
    let mut all = vec![candidate(0, Some(-9.0), shown(0)), candidate(1, Some(-8.0), shown(1))];
    all.extend((2_u8..90).map(|place| candidate(usize::from(place), Some(f64::from(place)), suppressed())));
    all.push(candidate(90, None, suppressed()));
    let kept = Showing { further: 4, ..showing(all) }.bounded();
    assert_eq!((kept.candidates.len(), kept.further), (MAX_CANDIDATES, 4 + 91 - 60));
    let ids: Vec<&str> = kept.candidates.iter().map(|one| one.id.as_str()).collect();
    let expected: Vec<String> = [0, 1].into_iter().chain(32..90).map(|n| format!("cart-left/p{n}")).collect();
    assert_eq!(ids, expected, "the two that were shown, then the 58 best of the others");
}

#[test]
fn in_short_only_what_was_shown_is_told() {
    let shown = candidate(1, Some(2.0), Fate::Shown { slot: 0, here: 0.5, anywhere: 0.75 });
    let element =
        Element { what: "cart".to_owned(), value: Redacted::default(), at: None, source: None, field: None };
    let bare =
        Candidate { score: None, features: Vec::new(), facts: Vec::new(), texts: None, ..shown.clone() };
    let with_texts = Candidate {
        facts: vec![element.clone()],
        texts: Some(Texts { say: Redacted::new("s".to_owned()), reason: Redacted::default() }),
        ..shown
    };
    let long = Showing {
        speech: "en, formal".to_owned(),
        elements: vec![element],
        unknown: vec![Unknown::Zone],
        outlook: vec![outlook(1, "hour")],
        weights: vec![0.5],
        further: 3,
        ..showing(vec![with_texts, candidate(2, Some(1.0), suppressed())])
    };
    let short = Entry::Showing(Box::new(long)).in_short();
    assert_eq!(short, Entry::Showing(Box::new(showing(vec![bare]))));
    assert_eq!(short.in_short(), short);
}

#[test]
fn the_same_again_is_told_from_something_else() {
    let one = showing(vec![candidate(0, Some(1.0), suppressed())]);
    assert!(one.says_as(&Showing { at: Timestamp::from_millis(9), seed: 99, ..one.clone() }));
    assert!(!one.says_as(&Showing { candidates: Vec::new(), ..one.clone() }));
    assert!(!one.says_as(&Showing { visit: VisitId(2), ..one.clone() }));
    assert!(!one.says_as(&Showing { arm: Arm::Holdout, ..one.clone() }));
    assert!(!one.says_as(&Showing { model: 3, ..one.clone() }));
    assert!(!one.says_as(&Showing { further: 1, ..one.clone() }));
    assert!(!one.says_as(&Showing { speech: "fr, formal".to_owned(), ..one.clone() }));
    assert!(!one.says_as(&Showing { unknown: vec![Unknown::Zone], ..one.clone() }));
    assert!(!one.says_as(&Showing { weights: vec![0.5], ..one.clone() }));
    assert!(
        one.says_as(&Showing { outlook: vec![outlook(1, "hour")], ..one.clone() }),
        "it changes by the second"
    );
}

fn outlook(grounds: usize, sign: &str) -> Outlook {
    let grounds = vec![(sign.to_owned().into(), 0.5); grounds];
    Outlook { prospect: Prospect::Browse, probability: 0.5, grounds }
}

#[test]
fn an_entry_prints_no_value_and_tells_of_whom_when_and_where() {
    let value = Redacted::new("a silk scarf".to_owned());
    let element = Element { what: "cart".to_owned(), value, at: None, source: None, field: None };
    let entry = Entry::Showing(Box::new(Showing { elements: vec![element], ..showing(Vec::new()) }));
    let said = |text: &str| Redacted::new(text.to_owned());
    let texts = Some(Texts { say: said("the scarf is here"), reason: said("a scarf is wished for") });
    let read =
        Entry::Showing(Box::new(showing(vec![Candidate { texts, ..candidate(0, None, suppressed()) }])));
    assert!(!format!("{entry:?} {read:?}").contains("scarf"));
    assert_eq!(
        (entry.at(), entry.customer().as_str(), entry.visit()),
        (Timestamp::from_millis(7), "anna", VisitId(1))
    );
    let remark = Entry::Remark(Remark {
        at: Timestamp::from_millis(8),
        customer: CustomerId::new("ben").unwrap(),
        visit: VisitId(2),
        store: StoreId::new("lyon").unwrap(),
        associate: AssociateId::new("zoe").unwrap(),
        said: Said::OfVisit(Some(Outcome::Talked)),
    });
    assert_eq!(
        (remark.at(), remark.customer().as_str(), remark.visit()),
        (Timestamp::from_millis(8), "ben", VisitId(2))
    );
}

#[test]
fn what_a_candidate_speaks_of_is_what_its_facts_are_of() {
    let fact =
        |field| Element { what: "x".to_owned(), value: Redacted::default(), at: None, source: None, field };
    let facts = vec![fact(Some(Field::Cart)), fact(None), fact(Some(Field::Cart)), fact(Some(Field::Bought))];
    let speaks_of = Candidate { facts, ..candidate(0, None, suppressed()) }.speaks_of();
    assert_eq!(speaks_of, BTreeSet::from([Field::Cart, Field::Bought]));
}

proptest! {
    #[test]
    fn numbers_are_read_as_they_were_written(
        features in prop::collection::vec(prop_oneof![Just(0.0), -5.0..5.0], 0..=MAX_FEATURES),
    ) {
        let one = Candidate { features, ..candidate(0, Some(0.5), suppressed()) };
        let written = serde_json::to_string(&one).unwrap();
        let read: Candidate = serde_json::from_str(&written).unwrap();
        // What JSON makes of the last digit is not this test's.
        prop_assert_eq!(read.features.len(), one.features.len());
        prop_assert!(read.features.iter().zip(&one.features).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn numbers_that_are_none_are_refused(len in 0_usize..200, place in 0_usize..200) {
        let one = candidate(0, Some(0.5), suppressed());
        let mut value = serde_json::to_value(&one).unwrap();
        value["features"] = serde_json::json!([len, [[place, 1.0]]]);
        let read = serde_json::from_value::<Candidate>(value);
        prop_assert_eq!(read.is_ok(), len <= MAX_FEATURES && place < len);
    }

    #[test]
    fn nothing_is_larger_than_its_bound_and_bounding_twice_is_once(
        values in prop::collection::vec(".{0,400}", 0..130),
        scores in prop::collection::vec(prop::option::of(-5.0..5.0), 0..150),
        names in ".{0,300}",
    ) {
        let elements = values.iter().map(|value| Element {
            what: names.clone(),
            value: Redacted::new(value.clone()),
            at: None,
            source: None,
            field: None,
        });
        let candidates = scores.iter().map(|score| Candidate {
            id: names.clone(),
            facts: elements.clone().collect(),
            texts: values.first().map(|text| Texts {
                say: Redacted::new(text.repeat(3)),
                reason: Redacted::new(text.repeat(3)),
            }),
            features: vec![1.0; 70],
            ..candidate(0, *score, Fate::Suppressed { rule: names.clone() })
        });
        let candidates = candidates.collect();
        let all = Showing {
            speech: names.clone(),
            elements: elements.collect(),
            unknown: vec![Unknown::Zone; 120],
            outlook: vec![outlook(10, &names); 20],
            weights: vec![1.0; 70],
            ..showing(candidates)
        };
        let count = all.candidates.len();
        let kept = all.bounded();
        prop_assert!(kept.elements.len() <= MAX_ELEMENTS);
        prop_assert!(kept.elements.iter().all(|one| one.value.reveal().chars().count() <= MAX_VALUE_CHARS));
        prop_assert!(kept.elements.iter().all(|one| one.what.chars().count() <= MAX_NAME_CHARS));
        prop_assert!(kept.candidates.iter().all(|one| one.id.chars().count() <= MAX_NAME_CHARS));
        prop_assert!(kept.candidates.iter().all(|one| one.features.len() <= MAX_FEATURES));
        prop_assert!(kept.candidates.iter().all(|one| one.facts.len() <= MAX_FACTS));
        let texts = kept.candidates.iter().filter_map(|one| one.texts.as_ref());
        let texts = texts.flat_map(|texts| [&texts.say, &texts.reason]);
        prop_assert!(texts.into_iter().all(|text| text.reveal().chars().count() <= MAX_TEXT_CHARS));
        prop_assert!(kept.speech.chars().count() <= MAX_NAME_CHARS && kept.weights.len() <= MAX_FEATURES);
        prop_assert!(kept.unknown.len() <= MAX_UNKNOWN && kept.outlook.len() <= MAX_OUTCOMES);
        let grounds = kept.outlook.iter().map(|one| &one.grounds);
        prop_assert!(grounds.clone().all(|all| all.len() <= MAX_GROUNDS));
        prop_assert!(grounds.flatten().all(|(sign, _)| sign.chars().count() <= MAX_NAME_CHARS));
        prop_assert_eq!(kept.candidates.len() + kept.further as usize, count);
        prop_assert_eq!(kept.clone().bounded(), kept);
    }
}
