//! A card with everything behind it, for those who answer for the server.

use std::collections::BTreeSet;

use shopbell_domain::{
    consent::{Consent, Field},
    outlook::Outlook,
    profile::Source,
    showing::{Candidate, Element, Fate, Remark, Said, Showing},
    situation::{Situation, Unknown},
    starter::{Choice, Verdict},
    time::Timestamp,
    visit::Outcome,
};
use shopbell_proto::admin::v1;

use super::words::Words;
use crate::ranking::{Model, features};

/// A card of the log, and what was said of it since, without what the customer no longer shares.
pub(crate) fn of_log(
    showing: &Showing,
    remarks: &[Remark],
    model: &Model,
    consent: &Consent,
    now: Timestamp,
) -> v1::ExplainCardResponse {
    let may = |field: Field| consent.shows(field, now);
    let elements = showing.elements.iter().filter(|element| element.field.is_none_or(may));
    let told = |one: &&Candidate| one.speaks_of.iter().all(|field| may(*field));
    let candidates = showing.candidates.iter().filter(told).map(|one| candidate(one, showing.model, model));
    let candidates: Vec<_> = candidates.collect();
    let shared: BTreeSet<&str> = candidates.iter().map(|one| one.id.as_str()).collect();
    let of_shared = |remark: &&Remark| match &remark.said {
        Said::OfStarter { starter, .. } => shared.contains(starter.as_str()),
        Said::OfVisit(_) => true,
    };
    v1::ExplainCardResponse {
        elements: elements.map(element).collect(),
        remarks: remarks.iter().filter(of_shared).map(remark).collect(),
        candidates,
        ..head(showing, true)
    }
}

/// A card as it would be composed now.
pub(super) fn of_now(
    showing: &Showing,
    situation: &Situation,
    choice: &Choice,
    words: &Words<'_>,
    model: &Model,
) -> v1::ExplainCardResponse {
    let texts = choice.considered.iter().map(|one| words.starter(&one.starter, None));
    let explained = showing.candidates.iter().map(|one| candidate(one, showing.model, model));
    let candidates = explained.zip(texts).map(|(explained, texts)| v1::ExplainedCandidate {
        say: texts.say,
        reason: texts.reason,
        ..explained
    });
    v1::ExplainCardResponse {
        elements: showing.elements.iter().map(element).collect(),
        unknown: situation.unknown().iter().map(not_known).collect(),
        outcomes: situation.outlook.iter().map(outcome).collect(),
        candidates: candidates.collect(),
        ..head(showing, false)
    }
}

fn head(showing: &Showing, shown: bool) -> v1::ExplainCardResponse {
    v1::ExplainCardResponse {
        at_ms: showing.at.as_millis(),
        shown,
        visit_id: showing.visit.to_string(),
        arm: showing.arm.name().to_owned(),
        charter: format!("{:016x}", showing.charter),
        model: format!("{:016x}", showing.model),
        seed: format!("{:016x}", showing.seed),
        moment: showing.moment.clone(),
        ..v1::ExplainCardResponse::default()
    }
}

fn element(element: &Element) -> v1::ExplainedElement {
    v1::ExplainedElement {
        what: element.what.clone(),
        value: element.value.reveal().clone(),
        at_ms: element.at.map(Timestamp::as_millis),
        source: element.source.map(|source| source_name(source).to_owned()).unwrap_or_default(),
        field: element.field.map(|field| field.name().to_owned()).unwrap_or_default(),
    }
}

const fn source_name(source: Source) -> &'static str {
    match source {
        Source::Web => "web",
        Source::Till => "till",
        Source::Stock => "stock",
        Source::Customer => "customer",
        Source::Import => "import",
        Source::Page => "page",
        Source::Associate => "associate",
    }
}

fn not_known(unknown: &Unknown) -> String {
    match unknown {
        Unknown::NotShared(field) => format!("{}: not shared", field.name()),
        Unknown::NotTold(field) => format!("{}: shared, and nothing is known", field.name()),
        Unknown::NotMet(field) => format!("{}: waits until the guest is met", field.name()),
        Unknown::LocalTime => "local time: the shop has no time_zone".to_owned(),
        Unknown::Zone => "zone: not heard in any yet".to_owned(),
        Unknown::Stock(products) => format!("stock: not known here of {products} products"),
    }
}

/// The weights that are at hand explain only what was weighed by the same features.
fn candidate(candidate: &Candidate, weighed_by: u64, model: &Model) -> v1::ExplainedCandidate {
    let (slot, chance, suppressed_by) = match &candidate.fate {
        Fate::Shown { slot, here, .. } => (u32::from(*slot) + 1, *here, String::new()),
        Fate::Suppressed { rule } => (0, 0.0, rule.clone()),
    };
    // What was learnt since would explain another score.
    let parts: Vec<v1::ExplainedPart> = if weighed_by == model.number() {
        let grounds = model.grounds(&candidate.features).into_iter();
        grounds.map(|(name, adds, value)| part(name, value, Some(adds))).collect()
    } else if Model::same_features(weighed_by) {
        let named =
            features::names().into_iter().zip(&candidate.features).filter(|(_, value)| **value != 0.0);
        named.map(|(name, value)| part(features::in_words(&name), *value, None)).collect()
    } else {
        let told = candidate.features.iter().enumerate().filter(|(_, value)| **value != 0.0);
        told.map(|(place, value)| part(format!("number {place}"), *value, None)).collect()
    };
    v1::ExplainedCandidate {
        id: candidate.id.clone(),
        score: candidate.score,
        parts,
        slot,
        chance,
        suppressed_by,
        ..v1::ExplainedCandidate::default()
    }
}

fn part(name: String, value: f64, adds: Option<f64>) -> v1::ExplainedPart {
    v1::ExplainedPart { name, value, adds }
}

fn outcome(outlook: &Outlook) -> v1::ExplainedOutcome {
    let ground = |(sign, adds): &(&str, f64)| part((*sign).replace('_', " "), *adds, Some(*adds));
    v1::ExplainedOutcome {
        outcome: outlook.prospect.name().to_owned(),
        probability: outlook.probability,
        grounds: outlook.grounds.iter().map(ground).collect(),
    }
}

fn remark(remark: &Remark) -> v1::ExplainedRemark {
    let (starter_id, said) = match &remark.said {
        Said::OfStarter { starter, verdict } => (starter.clone(), verdict.map(verdict_name)),
        Said::OfVisit(outcome) => (String::new(), outcome.map(outcome_name)),
    };
    v1::ExplainedRemark {
        at_ms: remark.at.as_millis(),
        associate_id: remark.associate.to_string(),
        starter_id,
        said: said.unwrap_or_default().to_owned(),
    }
}

const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Used => "used",
        Verdict::NotNow => "not now",
        Verdict::Helpful => "helpful",
        Verdict::Wrong => "wrong",
    }
}

const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sold => "sold",
        Outcome::Talked => "talked",
        Outcome::LeftAlone => "left alone",
    }
}
