//! Entries of the log, with canaries in them.

use shopbell_domain::{
    consent::Field,
    holdout::Arm,
    id::{AssociateId, ProductId, VisitId},
    outlook::{Outlook, Prospect},
    profile::Source,
    redacted::Redacted,
    showing::{Candidate, Element, Entry, Fate, Remark, Said, Showing, Texts},
    situation::Unknown,
    starter::{StarterKind, Verdict},
};

use crate::world::{at, customer, lyon};

/// A showing of somebody; `number` makes it another one.
pub(super) fn showing(who: &str, visit: u128, when: i64, number: u64) -> Entry {
    let fact = Element {
        what: "stock".to_owned(),
        value: Redacted::new("canary-coat: 2 here".to_owned()),
        at: None,
        source: Some(Source::Stock),
        field: None,
    };
    let candidate = Candidate {
        id: "wish-arrived/canary-coat".to_owned(),
        kind: StarterKind::WishArrived,
        product: Some(ProductId::new("canary-coat").unwrap()),
        facts: vec![fact],
        texts: Some(Texts {
            say: Redacted::new("We have the canary coat here.".to_owned()),
            reason: Redacted::new("The canary coat is wished for.".to_owned()),
        }),
        score: Some(0.25),
        features: vec![1.0, -0.5],
        fate: Fate::Shown { slot: 0, here: 0.75, anywhere: 0.875 },
    };
    let element = Element {
        what: "wish".to_owned(),
        value: Redacted::new("a canary coat in 38".to_owned()),
        at: Some(at(when - 10)),
        source: None,
        field: Some(Field::WishList),
    };
    Entry::Showing(Box::new(Showing {
        at: at(when),
        customer: customer(who),
        visit: VisitId(visit),
        store: lyon(),
        arm: Arm::Open,
        moment: "pause".to_owned(),
        charter: 7,
        model: number,
        seed: 0xFEED,
        speech: "en, formal".to_owned(),
        elements: vec![element],
        unknown: vec![Unknown::NotShared(Field::Cart), Unknown::Stock(3)],
        outlook: vec![Outlook {
            prospect: Prospect::BuyWished,
            probability: 0.5,
            grounds: vec![("wished_here".into(), 1.5)],
        }],
        weights: vec![0.25, 0.125],
        candidates: vec![candidate],
        further: 0,
    }))
}

pub(super) fn remark(who: &str, visit: u128, when: i64, said: Said) -> Entry {
    Entry::Remark(Remark {
        at: at(when),
        customer: customer(who),
        visit: VisitId(visit),
        store: lyon(),
        associate: AssociateId::new("zoe").unwrap(),
        said,
    })
}

/// A card, and a word on it.
pub(crate) fn shown_and_said(who: &str, visit: u128) -> Vec<Entry> {
    vec![showing(who, visit, 1_100, 1), remark(who, visit, 1_101, verdict(Verdict::Used))]
}

pub(super) fn verdict(verdict: Verdict) -> Said {
    Said::OfStarter { starter: "wish-arrived/canary-coat".to_owned(), verdict: Some(verdict) }
}
