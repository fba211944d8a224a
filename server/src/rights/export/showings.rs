//! What was proposed about somebody, and what was said of it, in a form that they can read.

use serde_json::{Value, json};
use shopbell_domain::showing::{Candidate, Element, Entry, Fate, Remark, Said, Showing};

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
        elements,
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
        "considered": candidates.iter().map(considered).collect::<Value>(),
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
        "allowedBy": field.map(|field| field.name()),
    })
}

fn considered(candidate: &Candidate) -> Value {
    let Candidate { id, kind, product, score, features, fate } = candidate;
    let fate = match fate {
        Fate::Shown { slot, here, anywhere } => {
            json!({ "shown": slot, "chanceThere": here, "chanceAnywhere": anywhere })
        }
        Fate::Suppressed { rule } => json!({ "notShownBecauseOf": rule }),
    };
    json!({
        "id": id,
        "kind": kind.name(),
        "product": product.as_ref().map(|product| product.as_str()),
        "score": score,
        "weighedBy": features,
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
