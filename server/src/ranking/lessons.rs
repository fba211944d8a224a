//! What became of what was shown, as the log tells it: visit by visit, with what may be learnt of it.
//!
//! A starter that was shown in a visit is one lesson, however many cards of the visit had it: with the numbers of the last card
//! before somebody said something of it. What the control group was not shown teaches nothing, and neither does a hello, which is
//! the measure of all others, nor what was weighed by other features.
//!
//! What may be learnt of a customer is asked of their consent when it is learnt, not when it was shown ([`Allowed::by`]):
//!
//! | | needs |
//! |---|---|
//! | what an associate said of a starter | all that the showing rested on is still shared, and the customer neither objects to analysis nor asked for privacy, nor paused, nor restricted |
//! | whether it was bought | the same, and that orders and what was bought may be analysed at headquarters: no level allows that, the customer gives it by name |
//!
//! So of most customers only what was said counts, and a starter of which nobody said anything teaches nothing.

use std::collections::{BTreeMap, BTreeSet};

use shopbell_domain::{
    consent::{Channel, Consent, Field, Purpose},
    holdout::Arm,
    id::{AssociateId, CustomerId, ProductId, StoreId, VisitId},
    profile::Profile,
    showing::{Entry, Fate, Remark, Said, Showing},
    starter::{StarterKind, Verdict},
    time::Timestamp,
};
use shopbell_insight::bandit::{Known, Reaction, Rewards};

use super::{features, learned::Model};
use crate::demand::may_learn;

/// Within so many days after a showing a purchase is one of what it was about.
pub(super) const BOUGHT_WITHIN_DAYS: u32 = 14;

/// A starter that was shown, and what was said of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lesson {
    /// When it was shown.
    pub(super) at: Timestamp,
    /// Its kind.
    pub(super) kind: StarterKind,
    /// What it was about.
    pub(super) product: Option<ProductId>,
    /// By what it was weighed.
    pub(super) numbers: Vec<f64>,
    /// What was said last.
    pub(super) reaction: Option<Reaction>,
    /// Who said it, and when.
    pub(super) by: Option<(AssociateId, Timestamp)>,
}

/// What a visit teaches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OfVisit {
    /// Whose it was.
    pub(super) customer: CustomerId,
    /// In which shop.
    pub(super) store: StoreId,
    /// The last that is known of it.
    pub(super) last: Timestamp,
    /// What the showings rested on.
    pub(super) rests_on: BTreeSet<Field>,
    /// By the starter's identifier.
    pub(super) lessons: BTreeMap<String, Lesson>,
}

/// Visits that may still go on.
#[derive(Debug, Default)]
pub(super) struct Lessons {
    open: BTreeMap<VisitId, OfVisit>,
}

impl Lessons {
    /// The next entry of the log.
    pub(super) fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Showing(showing) => self.show(*showing),
            Entry::Remark(remark) => self.remark(&remark),
        }
    }

    fn show(&mut self, showing: Showing) {
        if showing.arm != Arm::Open || !Model::same_features(showing.model) {
            return;
        }
        let visit = self.open.entry(showing.visit).or_insert_with(|| OfVisit {
            customer: showing.customer,
            store: showing.store,
            last: showing.at,
            rests_on: BTreeSet::new(),
            lessons: BTreeMap::new(),
        });
        visit.last = visit.last.max(showing.at);
        visit.rests_on.extend(showing.elements.iter().filter_map(|element| element.field));
        for candidate in showing.candidates {
            let known = visit.lessons.get(&candidate.id).and_then(|lesson| lesson.reaction);
            let shown = matches!(candidate.fate, Fate::Shown { .. });
            if !shown
                || candidate.kind == StarterKind::Hello
                || known.is_some()
                || candidate.features.len() != features::COUNT
            {
                continue;
            }
            let (kind, product, numbers) = (candidate.kind, candidate.product, candidate.features);
            let lesson = Lesson { at: showing.at, kind, product, numbers, reaction: None, by: None };
            visit.lessons.insert(candidate.id, lesson);
        }
    }

    /// Of what was never shown, as far as this program knows, nothing can be said.
    fn remark(&mut self, remark: &Remark) {
        let Some(visit) = self.open.get_mut(&remark.visit) else { return };
        visit.last = visit.last.max(remark.at);
        if let Said::OfStarter { starter, verdict } = &remark.said
            && let Some(lesson) = visit.lessons.get_mut(starter)
        {
            lesson.reaction = verdict.map(reaction);
            lesson.by = verdict.map(|_| (remark.associate.clone(), remark.at));
        }
    }

    /// The visits of which nothing was heard since `before`, the oldest first; they are not known here any more.
    pub(super) fn settled(&mut self, before: Timestamp) -> Vec<(VisitId, OfVisit)> {
        let old: Vec<VisitId> =
            self.open.iter().filter(|(_, visit)| visit.last < before).map(|(id, _)| *id).collect();
        let mut settled: Vec<(VisitId, OfVisit)> =
            old.into_iter().filter_map(|id| Some((id, self.open.remove(&id)?))).collect();
        settled.sort_by_key(|(id, visit)| (visit.last, *id));
        settled
    }
}

/// A verdict as a reaction.
pub(super) const fn reaction(verdict: Verdict) -> Reaction {
    match verdict {
        Verdict::Used => Reaction::Used,
        Verdict::Helpful => Reaction::Helpful,
        Verdict::NotNow => Reaction::NotNow,
        Verdict::Wrong => Reaction::Wrong,
    }
}

/// What may be learnt of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Nothing.
    Nothing,
    /// What was said of starters.
    Taps,
    /// And what was bought then.
    Purchases,
}

impl Allowed {
    /// By what the customer decided up to `now`, of showings that rested on these fields.
    pub(super) fn by(consent: &Consent, rests_on: &BTreeSet<Field>, now: Timestamp) -> Self {
        let chosen = consent.chosen();
        let shared = |field: &Field| {
            field.on_tablets().is_some_and(|purpose| chosen.holds(purpose, Channel::Tablet, *field))
        };
        let refused = consent.restricted
            || consent.paused(now)
            || consent.objected.holds(Purpose::Analyse)
            || consent.objected.holds(Purpose::Advise)
            || consent.privacy_signal.is_some();
        if refused || !rests_on.iter().all(shared) {
            return Self::Nothing;
        }
        if may_learn(consent, now) { Self::Purchases } else { Self::Taps }
    }
}

/// What a lesson is worth by now; `None` while nothing may be known of it. `profile` is that of the customer where purchases
/// may be learnt from.
pub(super) fn reward(lesson: &Lesson, profile: Option<&Profile>, now: Timestamp) -> Option<f64> {
    let about = profile.zip(lesson.product.as_ref());
    let bought = about.and_then(|(profile, product)| bought(profile, product, lesson.at, now));
    Rewards::default().of(Known { reaction: lesson.reaction, bought })
}

/// Whether the product was bought within [`BOUGHT_WITHIN_DAYS`]; `None` while that may still come. A page's word is none: it
/// could be anybody's, who would teach us what to show.
fn bought(profile: &Profile, product: &ProductId, since: Timestamp, now: Timestamp) -> Option<bool> {
    let until = since + std::time::Duration::from_secs(u64::from(BOUGHT_WITHIN_DAYS) * 86_400);
    let within = |at: Timestamp| since <= at && at <= until;
    let in_order = profile.orders.iter().any(|order| {
        let holds = order.lines.iter().any(|line| line.product == *product && line.quantity > 0);
        holds && order.source.is_vouched() && within(order.at)
    });
    // Of days only those after: on that day it may have been before.
    let day = since.as_secs().div_euclid(86_400);
    let days = day + 1..=day + i64::from(BOUGHT_WITHIN_DAYS);
    let counted =
        profile.bought.iter().filter(|bought| bought.product == *product && bought.source.is_vouched());
    let by_day = counted.flat_map(|bought| &bought.days).any(|day| days.contains(&i64::from(*day)));
    if in_order || by_day { Some(true) } else { (now > until).then_some(false) }
}

#[cfg(test)]
mod tests;
