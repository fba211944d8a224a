use std::time::Duration;

use super::*;
use crate::{
    example::{self, NOW, days_ago},
    holdout::Arm,
    id::AssociateId,
    showing::{Candidate, Remark, Showing},
    starter::StarterKind,
};

fn shown(visit: VisitId, at: Timestamp, ids: &[(&str, bool)]) -> Entry {
    let candidate = |(id, shown): &(&str, bool)| Candidate {
        id: (*id).to_owned(),
        kind: StarterKind::WishArrived,
        product: None,
        facts: Vec::new(),
        texts: None,
        score: None,
        features: Vec::new(),
        fate: if *shown {
            Fate::Shown { slot: 0, here: 1.0, anywhere: 1.0 }
        } else {
            Fate::Suppressed { rule: "no_room".to_owned() }
        },
    };
    Entry::Showing(Box::new(Showing {
        at,
        customer: example::customer().id,
        visit,
        store: example::visit().store,
        arm: Arm::Open,
        moment: String::new(),
        charter: 0,
        model: 0,
        seed: 0,
        speech: String::new(),
        elements: Vec::new(),
        unknown: Vec::new(),
        outlook: Vec::new(),
        weights: Vec::new(),
        candidates: ids.iter().map(candidate).collect(),
        further: 0,
    }))
}

fn said(visit: VisitId, at: Timestamp, said: Said) -> Entry {
    Entry::Remark(Remark {
        at,
        customer: example::customer().id,
        visit,
        store: example::visit().store,
        associate: AssociateId::new("ines").unwrap(),
        said,
    })
}

fn of_starter(visit: VisitId, at: Timestamp, verdict: Option<Verdict>) -> Entry {
    said(visit, at, Said::OfStarter { starter: "wish-arrived/coat".to_owned(), verdict })
}

#[test]
fn what_was_shown_counts_and_what_was_not_does_not() {
    let (visit, before) = (VisitId(2), VisitId(1));
    let entries = [
        shown(before, days_ago(40), &[("a", true)]),
        shown(before, days_ago(3), &[("b", true), ("c", false)]),
        shown(visit, NOW, &[("d", true), ("b", true)]),
        shown(visit, NOW + Duration::from_secs(1), &[("later", true)]),
    ];
    let past = Past::of(&entries, visit, NOW);
    assert_eq!(past.shown_this_visit.iter().collect::<Vec<_>>(), ["b", "d"]);
    let lately: Vec<&str> = past.shown_lately.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(lately, ["b", "d"]);
}

#[test]
fn the_last_word_counts_and_what_was_taken_back_does_not() {
    let (one, two) = (VisitId(1), VisitId(2));
    let entries = [
        of_starter(one, days_ago(9), Some(Verdict::Used)),
        of_starter(one, days_ago(8), Some(Verdict::NotNow)),
        of_starter(two, days_ago(2), Some(Verdict::Wrong)),
        of_starter(two, days_ago(1), None),
        said(one, days_ago(8), Said::OfVisit(Some(Outcome::LeftAlone))),
        said(two, days_ago(1), Said::OfVisit(Some(Outcome::LeftAlone))),
        said(two, NOW, Said::OfVisit(Some(Outcome::Sold))),
    ];
    let past = Past::of(&entries, two, NOW);
    let declined = Declined {
        id: "wish-arrived/coat".to_owned(),
        verdict: Verdict::NotNow,
        visit: one,
        at: days_ago(8),
    };
    assert_eq!(past.declined, [declined]);
    assert_eq!(past.answers, [(Answer::Unwelcome, days_ago(8)), (Answer::LeftAlone, days_ago(8))]);
}
