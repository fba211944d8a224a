//! What was proposed about somebody, and what was said of it, in a form that they can read.

use serde_json::{Value, json};
use shopbell_domain::{
    consent::Field,
    id::ProductId,
    outlook::Outlook,
    showing::{Candidate, Element, Entry, Fate, Remark, Said, Showing, Texts},
};

use crate::{brief::not_known, ranking::Model};

/// An entry of the log. Like all of an export, it tells the shop and the role of who said something, and no name.
pub(super) fn suggestion(entry: &Entry) -> Value {
    match entry {
        Entry::Showing(showing) => proposed(showing),
        Entry::Remark(remark) => said(remark),
    }
}

fn proposed(showing: &Showing) -> Value {
    // Without `..`: what is kept more is told.
    let Showing {
        at,
        customer: _,
        visit,
        store,
        arm,
        moment,
        charter,
        model,
        seed,
        speech,
        elements,
        unknown,
        outlook,
        weights,
        candidates,
        further,
    } = showing;
    json!({
        "what": "a card was composed for an associate who had met you",
        "at": at,
        "shop": store.as_str(),
        "visit": visit.to_string(),
        "group": arm.name(),
        "moment": moment,
        "knownThen": elements.iter().map(known).collect::<Value>(),
        "notKnownThen": unknown.iter().map(not_known).collect::<Value>(),
        "mightBecome": outlook.iter().map(might_become).collect::<Value>(),
        "texts": speech,
        "considered": candidates.iter().map(|one| considered(one, *model, weights)).collect::<Value>(),
        "consideredMore": further,
        "rules": format!("{charter:016x}"),
        "model": format!("{model:016x}"),
        "draw": format!("{seed:016x}"),
    })
}

fn known(element: &Element) -> Value {
    let Element { what, value, at, source, field } = element;
    json!({
        "what": what,
        "value": value.reveal(),
        "since": at,
        "from": source,
        "allowedBy": field.map(Field::name),
    })
}

fn might_become(outlook: &Outlook) -> Value {
    let Outlook { prospect, probability, grounds } = outlook;
    let grounds = grounds.iter().map(|(sign, adds)| (sign.replace('_', " "), json!(adds)));
    json!({
        "what": prospect.name(),
        "probability": probability,
        "because": grounds.collect::<serde_json::Map<_, _>>(),
    })
}

fn read(texts: &Texts) -> Value {
    let Texts { say, reason } = texts;
    json!({ "toSay": say.reveal(), "why": reason.reveal() })
}

fn considered(candidate: &Candidate, model: u64, weights: &[f64]) -> Value {
    let Candidate { id, kind, product, facts, texts, score, features, fate } = candidate;
    let weighed = Model::grounds(model, weights, features);
    let expected: f64 = weighed.iter().map(|(_, adds, _)| adds).sum();
    let weighed =
        weighed.into_iter().map(|(name, adds, number)| (name, json!({ "is": number, "adds": adds })));
    let fate = match fate {
        Fate::Shown { slot, here, anywhere } => {
            json!({ "shown": slot, "chanceThere": here, "chanceAnywhere": anywhere })
        }
        Fate::Suppressed { rule } => json!({ "notShownBecauseOf": rule }),
    };
    json!({
        "id": id,
        "kind": kind.name(),
        "product": product.as_ref().map(ProductId::as_str),
        "restsOn": facts.iter().map(known).collect::<Value>(),
        "read": texts.as_ref().map(read),
        "expectedWorth": score.map(|_| expected),
        "rankedByDraw": score,
        "weighedBy": weighed.collect::<serde_json::Map<_, _>>(),
        "outcome": fate,
    })
}

fn said(remark: &Remark) -> Value {
    let Remark { at, customer: _, visit, store, associate: _, said } = remark;
    let (of, word) = match said {
        Said::OfStarter { starter, verdict } => (starter.as_str(), json!(verdict)),
        Said::OfVisit(outcome) => ("the visit", json!(outcome)),
    };
    json!({
        "what": "an associate said what became of it",
        "at": at,
        "shop": store.as_str(),
        "visit": visit.to_string(),
        "role": "associate",
        "of": of,
        "said": word,
    })
}

#[cfg(test)]
mod tests {
    use shopbell_domain::{
        consent::Field,
        holdout::Arm,
        id::{AssociateId, CustomerId, ProductId, StoreId, VisitId},
        redacted::Redacted,
        starter::{StarterKind, Verdict},
        time::Timestamp,
        visit::Outcome,
    };

    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_millis(7)
    }

    fn lyon() -> StoreId {
        StoreId::new("lyon").unwrap()
    }

    #[test]
    fn a_card_is_told_with_what_was_known_and_why_it_said_what_it_did() {
        let element = Element {
            what: "wish".to_owned(),
            value: Redacted::new("a coat in 38".to_owned()),
            at: Some(at()),
            source: None,
            field: Some(Field::WishList),
        };
        let candidate = |fate| Candidate {
            id: "wish-arrived/coat".to_owned(),
            kind: StarterKind::WishArrived,
            product: Some(ProductId::new("coat").unwrap()),
            facts: Vec::new(),
            texts: None,
            score: Some(0.5),
            features: vec![1.0],
            fate,
        };
        let told = suggestion(&Entry::Showing(Box::new(Showing {
            at: at(),
            customer: CustomerId::new("camille").unwrap(),
            visit: VisitId(1),
            store: lyon(),
            arm: Arm::Holdout,
            moment: "pause".to_owned(),
            charter: 0xAB,
            model: 2,
            seed: 3,
            speech: String::new(),
            elements: vec![element],
            unknown: Vec::new(),
            outlook: Vec::new(),
            weights: Vec::new(),
            candidates: vec![
                candidate(Fate::Shown { slot: 0, here: 0.5, anywhere: 0.75 }),
                candidate(Fate::Suppressed { rule: "NoRoom".to_owned() }),
            ],
            further: 4,
        })));
        assert_eq!(
            (&told["shop"], &told["group"], &told["rules"]),
            (&json!("lyon"), &json!("holdout"), &json!("00000000000000ab"))
        );
        let known = json!({ "what": "wish", "value": "a coat in 38", "since": 7, "from": null, "allowedBy": "wish_list" });
        assert_eq!(told["knownThen"], json!([known]));
        assert_eq!(
            told["considered"][0]["outcome"],
            json!({ "shown": 0, "chanceThere": 0.5, "chanceAnywhere": 0.75 })
        );
        assert_eq!(told["considered"][1]["outcome"], json!({ "notShownBecauseOf": "NoRoom" }));
        assert_eq!(told["consideredMore"], 4);
    }

    #[test]
    fn a_word_is_told_without_the_name_of_who_said_it() {
        let remark = |said| {
            suggestion(&Entry::Remark(Remark {
                at: at(),
                customer: CustomerId::new("camille").unwrap(),
                visit: VisitId(1),
                store: lyon(),
                associate: AssociateId::new("zoe-of-the-staff").unwrap(),
                said,
            }))
        };
        let starter = "wish-arrived/coat".to_owned();
        let told = remark(Said::OfStarter { starter, verdict: Some(Verdict::NotNow) });
        assert_eq!((&told["of"], &told["said"]), (&json!("wish-arrived/coat"), &json!("NotNow")));
        assert!(!told.to_string().contains("zoe"), "{told}");
        assert_eq!(remark(Said::OfVisit(Some(Outcome::Talked)))["said"], "Talked");
        assert_eq!(remark(Said::OfVisit(None))["said"], json!(null), "taken back");
    }
}
