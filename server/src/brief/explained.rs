//! A card with everything behind it, for those who answer for the server.
//!
//! One that is composed now and one of the log are told by the same lines, of the same record: so a card of last Tuesday is told
//! today as it was then. Nothing here asks a model, a catalogue or a profile.

use shopbell_domain::{
    consent::{Consent, Field},
    outlook::Outlook,
    profile::Source,
    showing::{Candidate, Element, Fate, Remark, Said, Showing, Texts},
    situation::Unknown,
    starter::Verdict,
    time::Timestamp,
    visit::Outcome,
};
use shopbell_proto::admin::v1;

use crate::ranking::Model;

/// A card without what the customer no longer shares. `said` is what was said of it since; `None` of one that is composed for the
/// answer and shown to nobody.
pub(crate) fn explained(
    showing: &Showing,
    said: Option<&[Remark]>,
    consent: &Consent,
    now: Timestamp,
) -> v1::ExplainCardResponse {
    let may = |field: Field| consent.shows(field, now);
    let elements: Vec<_> = kept(&showing.elements, |one| one.field.is_none_or(may));
    let candidates: Vec<_> = kept(&showing.candidates, |one| one.speaks_of().into_iter().all(may));
    // Numbers are made of all that was shared: of some of it taken back they would still tell.
    let numbers = all_shared(showing, may);
    let outlook: &[Outlook] = if numbers { &showing.outlook } else { &[] };
    let of_told = |remark: &&Remark| match &remark.said {
        Said::OfStarter { starter, .. } => candidates.iter().any(|one| one.id == *starter),
        Said::OfVisit(_) => true,
    };
    let known_to_be_shared = |unknown: &&Unknown| match unknown {
        Unknown::NotTold(field) => may(*field),
        _ => true,
    };
    let left_out = (showing.elements.len() - elements.len())
        + (showing.candidates.len() - candidates.len())
        + (showing.outlook.len() - outlook.len());
    v1::ExplainCardResponse {
        elements: elements.into_iter().map(element).collect(),
        unknown: showing.unknown.iter().filter(known_to_be_shared).map(not_known).collect(),
        outcomes: outlook.iter().map(outcome).collect(),
        remarks: said.unwrap_or_default().iter().filter(of_told).map(remark).collect(),
        candidates: candidates.iter().map(|one| candidate(one, showing, numbers)).collect(),
        further: showing.further,
        left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        ..head(showing, said.is_some())
    }
}

fn kept<T>(all: &[T], may: impl Fn(&T) -> bool) -> Vec<&T> {
    all.iter().filter(|one| may(one)).collect()
}

/// Whether all that was shared of what a card may hold still is.
fn all_shared(showing: &Showing, may: impl Fn(Field) -> bool) -> bool {
    let was_shared = |field: &Field| {
        !showing.unknown.iter().any(
            |unknown| matches!(unknown, Unknown::NotShared(other) | Unknown::NotMet(other) if other == field),
        )
    };
    Field::ALL.into_iter().filter(|field| field.needs_confirmation()).filter(was_shared).all(may)
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
        speech: showing.speech.clone(),
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

/// Something that was not known, in words.
pub(crate) fn not_known(unknown: &Unknown) -> String {
    match unknown {
        Unknown::NotShared(field) => format!("{}: not shared", field.name()),
        Unknown::NotTold(field) => format!("{}: shared, and nothing is known", field.name()),
        Unknown::NotMet(field) => format!("{}: waits until the guest is met", field.name()),
        Unknown::LocalTime => "local time: the shop has no time_zone".to_owned(),
        Unknown::Zone => "zone: not heard in any yet".to_owned(),
        Unknown::Stock(products) => format!("stock: not known here of {products} products"),
    }
}

fn candidate(candidate: &Candidate, showing: &Showing, numbers: bool) -> v1::ExplainedCandidate {
    let (slot, chance, chance_anywhere, suppressed_by) = match &candidate.fate {
        Fate::Shown { slot, here, anywhere } => (u32::from(*slot) + 1, *here, *anywhere, String::new()),
        Fate::Suppressed { rule } => (0, 0.0, 0.0, rule.clone()),
    };
    let text = |text: fn(&Texts) -> &String| candidate.texts.as_ref().map(text).cloned().unwrap_or_default();
    let told = v1::ExplainedCandidate {
        id: candidate.id.clone(),
        say: text(|texts| texts.say.reveal()),
        reason: text(|texts| texts.reason.reveal()),
        slot,
        chance,
        chance_anywhere,
        suppressed_by,
        facts: candidate.facts.iter().map(element).collect(),
        ..v1::ExplainedCandidate::default()
    };
    if !numbers {
        return told;
    }
    let grounds = Model::grounds(showing.model, &showing.weights, &candidate.features);
    let expected = candidate.score.is_some().then(|| grounds.iter().map(|(_, adds, _)| adds).sum());
    let parts = grounds.into_iter().map(|(name, adds, value)| part(name, value, adds)).collect();
    v1::ExplainedCandidate { score: candidate.score, expected, parts, ..told }
}

fn part(name: String, value: f64, adds: f64) -> v1::ExplainedPart {
    v1::ExplainedPart { name, value, adds: Some(adds) }
}

fn outcome(outlook: &Outlook) -> v1::ExplainedOutcome {
    v1::ExplainedOutcome {
        outcome: outlook.prospect.name().to_owned(),
        probability: outlook.probability,
        grounds: outlook
            .grounds
            .iter()
            .map(|(sign, adds)| part(sign.replace('_', " "), *adds, *adds))
            .collect(),
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
