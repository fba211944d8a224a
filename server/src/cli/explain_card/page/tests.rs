use shopbell_domain::charter::Suppression;

use super::*;

fn part(name: &str, adds: f64) -> ExplainedPart {
    ExplainedPart { name: name.to_owned(), value: 1.0, adds: Some(adds) }
}

fn element(what: &str, value: &str, at_ms: Option<i64>, source: &str, field: &str) -> ExplainedElement {
    let [what, value, source, field] = [what, value, source, field].map(str::to_owned);
    ExplainedElement { what, value, at_ms, source, field }
}

fn card() -> ExplainCardResponse {
    let shown = ExplainedCandidate {
        id: "wish-arrived/coat".to_owned(),
        say: "We have the Loden coat here. Shall I show you?".to_owned(),
        reason: "Put on the wish list on 3 November; 2 here.".to_owned(),
        score: Some(0.639),
        expected: Some(0.551),
        parts: vec![part("what wish-arrived is worth by itself", 0.4703), part("it is in this shop", 0.0807)],
        slot: 1,
        chance: 0.5,
        chance_anywhere: 0.93,
        facts: vec![
            element("wish", "Loden coat (coat), 38", Some(0), "web", "wish_list"),
            element("stock", "Loden coat (coat): 2 here", Some(1_000), "stock", ""),
        ],
        ..ExplainedCandidate::default()
    };
    let not_shown = ExplainedCandidate {
        id: "hello".to_owned(),
        suppressed_by: "NotAlone".to_owned(),
        ..ExplainedCandidate::default()
    };
    ExplainCardResponse {
        shown: true,
        visit_id: "01".to_owned(),
        arm: "open".to_owned(),
        charter: "0a".to_owned(),
        model: "0b".to_owned(),
        seed: "0c".to_owned(),
        moment: "open: met".to_owned(),
        speech: "en, formal".to_owned(),
        elements: vec![element("visit", "lyon", Some(0), "", "presence_on_floor")],
        unknown: vec!["orders: not shared".to_owned()],
        candidates: vec![shown, not_shown],
        outcomes: vec![ExplainedOutcome {
            outcome: "browse".to_owned(),
            probability: 0.071,
            grounds: vec![part("zones", 1.25), part("hour", -0.5)],
        }],
        remarks: vec![ExplainedRemark {
            at_ms: 60_000,
            associate_id: "ines".to_owned(),
            starter_id: "wish-arrived/coat".to_owned(),
            said: "helpful".to_owned(),
        }],
        further: 2,
        left_out: 3,
        ..ExplainCardResponse::default()
    }
}

#[test]
fn a_card_is_a_page_that_a_person_reads() {
    let (customer, store) = (CustomerId::new("camille").unwrap(), StoreId::new("lyon").unwrap());
    assert_eq!(page(&customer, &store, &card()), include_str!("page.txt").trim_end());
}

#[test]
fn what_is_printed_adds_up_to_what_is_printed() {
    let thirds = vec![part("a", 1.0 / 3.0), part("b", 1.0 / 3.0), part("c", 1.0 / 3.0)];
    assert!(parts(&thirds, 1_000).ends_with("+0.001  rounding\n"));
    let seven: Vec<ExplainedPart> = (0..7).map(|_| part("one", 0.1)).collect();
    assert!(parts(&seven, 700).ends_with("+0.200  all else\n"));
    assert_eq!((plain(-5), signed(0), signed(-1_250)), ("-0.005".into(), "+0.000".into(), "-1.250".into()));
}

#[test]
fn every_rule_has_its_words() {
    for name in Suppression::NAMES {
        assert_ne!(why(name), why("no rule"), "{name}");
    }
}
