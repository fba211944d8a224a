//! What associates say of a visit.

use shopbell_domain::{
    id::AssociateId,
    starter::Verdict,
    visit::{Outcome, Visit},
};

/// Most verdicts on starters that a visit keeps; the oldest go first.
const MAX_FEEDBACK: usize = 64;

/// What an associate says of a visit.
#[derive(Debug, Clone)]
pub enum Remark {
    /// Confirmed the person, or took that back.
    Greeted {
        /// Who says so.
        associate: AssociateId,
        /// Whether the person stands before them.
        greeted: bool,
    },
    /// What became of a starter.
    Feedback {
        /// Which starter.
        starter: String,
        /// What became of it; `None` takes it back.
        verdict: Option<Verdict>,
    },
    /// What became of the visit; `None` takes it back.
    Outcome(Option<Outcome>),
}

impl Remark {
    /// Whether it opens a card, for which the person has to stand before the associate.
    pub(super) const fn greets(&self) -> bool {
        matches!(self, Self::Greeted { greeted: true, .. })
    }

    /// Writes it down. Saying it twice is once.
    pub(super) fn note(self, visit: &mut Visit) {
        match self {
            Self::Greeted { associate, greeted } => {
                if greeted && visit.greeted.last() == Some(&associate) {
                    return;
                }
                visit.greeted.retain(|who| *who != associate);
                if greeted {
                    visit.greeted.push(associate);
                }
            }
            Self::Feedback { starter, verdict } => {
                visit.feedback.retain(|(of, _)| *of != starter);
                if let Some(verdict) = verdict {
                    if visit.feedback.len() >= MAX_FEEDBACK {
                        visit.feedback.remove(0);
                    }
                    visit.feedback.push((starter, verdict));
                }
            }
            Self::Outcome(outcome) => visit.outcome = outcome,
        }
    }
}
