//! How much is kept of an entry, and of a visit. What is longer is cut, and what is more is counted: a card is shown all the same.

use super::{Candidate, Element, Entry, Fate, Remark, Said, Showing};
use crate::redacted::Redacted;

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
        let without = |one: &Candidate| Candidate { score: None, features: Vec::new(), ..one.clone() };
        Self { elements: Vec::new(), candidates: shown.map(without).collect(), further: 0, ..self.clone() }
    }

    /// The showing as it is kept: its shown candidates, and of the others those with the best scores, in the order in which
    /// they stood.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        cut(&mut self.moment, MAX_NAME_CHARS);
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
    let mut value = std::mem::take(&mut element.value).into_revealed();
    cut(&mut value, MAX_VALUE_CHARS);
    element.value = Redacted::new(value);
}

fn bound_candidate(candidate: &mut Candidate) {
    cut(&mut candidate.id, MAX_NAME_CHARS);
    candidate.features.truncate(MAX_FEATURES);
    if let Fate::Suppressed { rule } = &mut candidate.fate {
        cut(rule, MAX_NAME_CHARS);
    }
}

fn cut(text: &mut String, chars: usize) {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
    }
}
