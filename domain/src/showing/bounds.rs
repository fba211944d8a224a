//! How much is kept of an entry, and of a visit. What is longer is cut, and what is more is counted: a card is shown all the same.

use super::{Candidate, Element, Entry, Fate, Remark, Said, Showing, Texts};
use crate::{outlook::Outlook, redacted::Redacted};

/// Most showings of a visit: one for each change of what may be said. A long visit has ten.
pub const MAX_SHOWINGS: usize = 120;
/// Most remarks of a visit, so that what associates said has room however often cards changed.
pub const MAX_REMARKS: usize = 80;
/// Most elements of a situation.
pub const MAX_ELEMENTS: usize = 100;
/// Most characters of an element's value.
pub const MAX_VALUE_CHARS: usize = 200;
/// Most candidates: those that were shown, and the best of the others.
pub const MAX_CANDIDATES: usize = 60;
/// Most facts of a candidate: rules state five at most.
pub const MAX_FACTS: usize = 12;
/// Most characters of a text: the longest that a rule makes has some 150, and a campaign's 200, beside names of products.
pub const MAX_TEXT_CHARS: usize = 700;
/// Most things that are kept as not known: there are fewer fields.
pub const MAX_UNKNOWN: usize = 100;
/// Most prospects of an outlook, and most grounds of each.
pub const MAX_OUTCOMES: usize = 16;
/// See [`MAX_OUTCOMES`].
pub const MAX_GROUNDS: usize = 8;
/// Most numbers by which a candidate was weighed.
pub const MAX_FEATURES: usize = 64;
/// Most characters of a name: a candidate's, a rule's, what an element is. The longest name of a candidate has 93 today.
pub const MAX_NAME_CHARS: usize = 160;

impl Entry {
    /// The entry as it is kept.
    #[must_use]
    pub fn bounded(self) -> Self {
        match self {
            Self::Showing(showing) => Self::Showing(Box::new(showing.bounded())),
            Self::Remark(remark) => Self::Remark(remark.bounded()),
        }
    }
}

impl Entry {
    /// The entry without what only explains it or is learnt of it: of a showing the candidates that were shown, without their
    /// numbers.
    #[must_use]
    pub fn in_short(&self) -> Self {
        match self {
            Self::Showing(showing) => Self::Showing(Box::new(showing.in_short())),
            Self::Remark(remark) => Self::Remark(remark.clone()),
        }
    }
}

impl Showing {
    fn in_short(&self) -> Self {
        let shown = self.candidates.iter().filter(|one| matches!(one.fate, Fate::Shown { .. }));
        let without = |one: &Candidate| Candidate {
            id: one.id.clone(),
            kind: one.kind,
            product: one.product.clone(),
            facts: Vec::new(),
            texts: None,
            score: None,
            features: Vec::new(),
            fate: one.fate.clone(),
        };
        Self {
            at: self.at,
            customer: self.customer.clone(),
            visit: self.visit,
            store: self.store.clone(),
            arm: self.arm,
            moment: self.moment.clone(),
            charter: self.charter,
            model: self.model,
            seed: self.seed,
            speech: String::new(),
            elements: Vec::new(),
            unknown: Vec::new(),
            outlook: Vec::new(),
            weights: Vec::new(),
            candidates: shown.map(without).collect(),
            further: 0,
        }
    }

    /// The showing as it is kept: its shown candidates, and of the others those with the best scores, in the order in which
    /// they stood.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        cut(&mut self.moment, MAX_NAME_CHARS);
        cut(&mut self.speech, MAX_NAME_CHARS);
        self.unknown.truncate(MAX_UNKNOWN);
        self.outlook.truncate(MAX_OUTCOMES);
        self.outlook.iter_mut().for_each(bound_outlook);
        self.weights.truncate(MAX_FEATURES);
        self.elements.truncate(MAX_ELEMENTS);
        self.elements.iter_mut().for_each(bound_element);
        let candidates = std::mem::take(&mut self.candidates);
        let before = candidates.len();
        self.candidates = best(candidates);
        let dropped = before - self.candidates.len();
        self.further = self.further.saturating_add(u32::try_from(dropped).unwrap_or(u32::MAX));
        self.candidates.iter_mut().for_each(bound_candidate);
        self
    }
}

impl Remark {
    fn bounded(mut self) -> Self {
        if let Said::OfStarter { starter, .. } = &mut self.said {
            cut(starter, MAX_NAME_CHARS);
        }
        self
    }
}

fn best(candidates: Vec<Candidate>) -> Vec<Candidate> {
    if candidates.len() <= MAX_CANDIDATES {
        return candidates;
    }
    let mut ranked: Vec<(usize, Candidate)> = candidates.into_iter().enumerate().collect();
    // A stable sort: among equals, who stood first.
    ranked.sort_by(|(_, a), (_, b)| {
        let place = |one: &Candidate| (matches!(one.fate, Fate::Suppressed { .. }), one.score.is_none());
        let score = |one: &Candidate| one.score.unwrap_or_default();
        place(a).cmp(&place(b)).then_with(|| score(b).total_cmp(&score(a)))
    });
    ranked.truncate(MAX_CANDIDATES);
    ranked.sort_by_key(|(place, _)| *place);
    ranked.into_iter().map(|(_, candidate)| candidate).collect()
}

fn bound_element(element: &mut Element) {
    cut(&mut element.what, MAX_NAME_CHARS);
    cut_personal(&mut element.value, MAX_VALUE_CHARS);
}

fn bound_outlook(outlook: &mut Outlook) {
    outlook.grounds.truncate(MAX_GROUNDS);
    for (sign, _) in &mut outlook.grounds {
        if sign.chars().nth(MAX_NAME_CHARS).is_some() {
            cut(sign.to_mut(), MAX_NAME_CHARS);
        }
    }
}

fn bound_candidate(candidate: &mut Candidate) {
    cut(&mut candidate.id, MAX_NAME_CHARS);
    candidate.facts.truncate(MAX_FACTS);
    candidate.facts.iter_mut().for_each(bound_element);
    if let Some(Texts { say, reason }) = &mut candidate.texts {
        cut_personal(say, MAX_TEXT_CHARS);
        cut_personal(reason, MAX_TEXT_CHARS);
    }
    candidate.features.truncate(MAX_FEATURES);
    if let Fate::Suppressed { rule } = &mut candidate.fate {
        cut(rule, MAX_NAME_CHARS);
    }
}

fn cut_personal(text: &mut Redacted<String>, chars: usize) {
    let mut value = std::mem::take(text).into_revealed();
    cut(&mut value, chars);
    *text = Redacted::new(value);
}

fn cut(text: &mut String, chars: usize) {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
    }
}
