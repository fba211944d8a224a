//! What of the log matters to what may be said now.

use std::collections::BTreeMap;

use super::{Entry, Fate, Said};
use crate::{
    id::VisitId,
    starter::{Answer, Declined, LATELY, Past, Verdict},
    time::Timestamp,
    visit::Outcome,
};

impl Past {
    /// As the entries of one customer tell, oldest first, at `now` of a visit.
    ///
    /// What an associate said last of a starter of a visit, or of a visit, is what counts of it; taken back, it counts no
    /// more.
    pub fn of(entries: &[Entry], visit: VisitId, now: Timestamp) -> Self {
        let mut past = Self::default();
        let mut verdicts: BTreeMap<(VisitId, &str), (Verdict, Timestamp)> = BTreeMap::new();
        let mut outcomes: BTreeMap<VisitId, (Outcome, Timestamp)> = BTreeMap::new();
        let mut lately: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.at() <= now) {
            match entry {
                Entry::Showing(showing) => {
                    let shown =
                        showing.candidates.iter().filter(|one| matches!(one.fate, Fate::Shown { .. }));
                    for one in shown.filter(|one| one.kind.takes_room()) {
                        if showing.visit == visit {
                            past.shown_this_visit.insert(one.id.clone());
                        }
                        if now.since(showing.at) < LATELY {
                            lately.insert(&one.id, showing.at);
                        }
                    }
                }
                Entry::Remark(remark) => match &remark.said {
                    Said::OfStarter { starter, verdict } => {
                        let of = (remark.visit, starter.as_str());
                        match verdict {
                            Some(verdict) => verdicts.insert(of, (*verdict, remark.at)),
                            None => verdicts.remove(&of),
                        };
                    }
                    Said::OfVisit(outcome) => {
                        match outcome {
                            Some(outcome) => outcomes.insert(remark.visit, (*outcome, remark.at)),
                            None => outcomes.remove(&remark.visit),
                        };
                    }
                },
            }
        }
        past.shown_lately = lately.into_iter().map(|(id, at)| (id.to_owned(), at)).collect();
        for ((visit, id), (verdict, at)) in verdicts {
            past.answers.push((Answer::of(verdict), at));
            if matches!(verdict, Verdict::NotNow | Verdict::Wrong) {
                past.declined.push(Declined { id: id.to_owned(), verdict, visit, at });
            }
        }
        let alone = outcomes.into_values().filter(|(outcome, _)| *outcome == Outcome::LeftAlone);
        past.answers.extend(alone.map(|(_, at)| (Answer::LeftAlone, at)));
        past.answers.sort_by_key(|(_, at)| *at);
        past
    }
}

#[cfg(test)]
mod tests;
