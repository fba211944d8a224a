//! What is remembered of earlier showings to one customer, and what follows: what was declined is not said again.
//!
//! All of it is read from the log of showings at the moment of use. Who is erased has no past.
//!
//! Never here: what was *not* shown, and anything of other customers.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Starter, Verdict};
use crate::{charter::Suppression, id::VisitId, moment::Receptiveness, time::Timestamp};

/// For how long showings count for what may be shown in a month.
pub const LATELY: Duration = Duration::from_secs(30 * 86_400);
/// What did not fit in two visits within this time is left alone for as long.
pub const DECLINED_TWICE: Duration = Duration::from_secs(90 * 86_400);
/// What was wrong is not said again for so long.
pub const WRONG: Duration = Duration::from_secs(365 * 86_400);
/// How far back answers of a person tell how welcome a word is: four half-lives.
pub const ANSWERS: Duration = Duration::from_secs(360 * 86_400);

/// A starter that was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    /// The starter's identifier.
    pub id: String,
    /// How; only [`Verdict::NotNow`] and [`Verdict::Wrong`] matter here.
    pub verdict: Verdict,
    /// In which visit: two taps in one visit are one decline.
    pub visit: VisitId,
    /// When.
    pub at: Timestamp,
}

/// How a person took a word in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// A starter was used, or helped.
    Welcome,
    /// A starter did not fit, or was wrong.
    Unwelcome,
    /// The customer wished to be left alone: said of a whole visit.
    LeftAlone,
}

impl Answer {
    /// What a verdict on a starter tells.
    pub const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Used | Verdict::Helpful => Self::Welcome,
            Verdict::NotNow | Verdict::Wrong => Self::Unwelcome,
        }
    }
}

/// What is remembered of earlier showings to one customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Past {
    /// Identifiers of the starters that were shown in this visit so far.
    pub shown_this_visit: BTreeSet<String>,
    /// Identifiers of the starters that were shown in any visit within [`LATELY`], and when last.
    pub shown_lately: Vec<(String, Timestamp)>,
    /// What was put aside within [`WRONG`], this visit included.
    pub declined: Vec<Declined>,
    /// How the person took words within [`ANSWERS`].
    pub answers: Vec<(Answer, Timestamp)>,
}

impl Past {
    /// Why a starter is not to be said again, if so. What the brand tells everybody is told once in [`LATELY`]. What was wrong to say of a product is not said in other words either.
    ///
    /// A verdict that was changed is told once, as it stands.
    pub fn refuses(&self, starter: &Starter, now: Timestamp) -> Option<Suppression> {
        let id = starter.id();
        let is_it = |(of, at): &(String, Timestamp)| *of == id && *at <= now && now.since(*at) < LATELY;
        let told = starter.kind.is_told_by_brand() && !self.shown_this_visit.contains(&id);
        if told && self.shown_lately.iter().any(is_it) {
            return Some(Suppression::ToldBefore);
        }
        let of_it = || self.declined.iter().filter(|declined| declined.id == id && declined.at <= now);
        let about = |of: &str| starter.product.as_ref().is_some_and(|product| product.as_str() == of);
        let of_its_product = self
            .declined
            .iter()
            .filter(|declined| declined.id.split_once('/').is_some_and(|(_, of)| about(of)));
        let wrong =
            |declined: &Declined| declined.verdict == Verdict::Wrong && now.since(declined.at) < WRONG;
        if of_it().chain(of_its_product.filter(|declined| declined.at <= now)).any(wrong) {
            return Some(Suppression::Wrong);
        }
        let mut not_now: Vec<(VisitId, Timestamp)> = of_it()
            .filter(|declined| declined.verdict == Verdict::NotNow)
            .map(|declined| (declined.visit, declined.at))
            .collect();
        not_now.sort_by_key(|(visit, at)| (*at, *visit));
        // Each visit counts from its last decline; so the two that matter are those that ended last.
        let (visit, last) = not_now.pop()?;
        let before = not_now.into_iter().rev().find(|(other, _)| *other != visit);
        let twice = before.is_some_and(|(_, at)| last.since(at) <= DECLINED_TWICE);
        (twice && now.since(last) < DECLINED_TWICE).then_some(Suppression::DeclinedTwice)
    }

    /// The different starters that were shown within [`LATELY`], this visit included.
    pub fn lately(&self, now: Timestamp) -> BTreeSet<&str> {
        let recent = |at: Timestamp| at <= now && now.since(at) < LATELY;
        let shown = self.shown_lately.iter().filter(|(_, at)| recent(*at)).map(|(id, _)| id.as_str());
        shown.chain(self.shown_this_visit.iter().map(String::as_str)).collect()
    }

    /// How welcome a word is to this person, by how they took earlier ones.
    pub fn receptiveness(&self, now: Timestamp) -> Receptiveness {
        Receptiveness::of(self.answers.iter().copied(), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{example::NOW, starter::StarterKind};

    const DAY: Duration = Duration::from_secs(86_400);

    fn declined(id: &str, verdict: Verdict, visit: u128, days: u64) -> Declined {
        let at = NOW - DAY * u32::try_from(days).unwrap();
        Declined { id: id.to_owned(), verdict, visit: VisitId(visit), at }
    }

    fn refused(past: &[Declined]) -> Option<Suppression> {
        let product = Some(crate::example::product("coat"));
        let starter = Starter { kind: StarterKind::WishArrived, product, thing: None, facts: Vec::new() };
        Past { declined: past.to_vec(), ..Past::default() }.refuses(&starter, NOW)
    }

    #[test]
    fn what_did_not_fit_twice_rests_for_ninety_days() {
        let not_now = |visit, days| declined("wish-arrived/coat", Verdict::NotNow, visit, days);
        assert_eq!(refused(&[not_now(1, 10)]), None, "once is the moment's fault");
        assert_eq!(refused(&[not_now(1, 10), not_now(1, 10)]), None, "two taps in one visit are one");
        assert_eq!(refused(&[not_now(1, 40), not_now(2, 10)]), Some(Suppression::DeclinedTwice));
        assert_eq!(refused(&[not_now(2, 10), not_now(1, 40)]), Some(Suppression::DeclinedTwice), "any order");
        assert_eq!(refused(&[not_now(1, 101), not_now(2, 10)]), None, "91 days between");
        assert_eq!(refused(&[not_now(1, 100), not_now(2, 10)]), Some(Suppression::DeclinedTwice));
        assert_eq!(refused(&[not_now(1, 120), not_now(2, 90)]), None, "it rested long enough");
        assert_eq!(refused(&[not_now(1, 120), not_now(2, 89)]), Some(Suppression::DeclinedTwice));
        let other = declined("cart-left/coat", Verdict::NotNow, 2, 5);
        assert_eq!(refused(&[not_now(1, 40), other]), None, "another thing to say");
        let used = declined("wish-arrived/coat", Verdict::Used, 2, 5);
        assert_eq!(refused(&[not_now(1, 40), used]), None);
    }

    #[test]
    fn what_was_wrong_is_not_said_for_a_year() {
        let wrong = |days| refused(&[declined("wish-arrived/coat", Verdict::Wrong, 1, days)]);
        assert_eq!([wrong(0), wrong(364)], [Some(Suppression::Wrong), Some(Suppression::Wrong)]);
        assert_eq!(wrong(365), None);
        let of = |id| refused(&[declined(id, Verdict::Wrong, 1, 3)]);
        assert_eq!(of("cart-left/coat"), Some(Suppression::Wrong), "the same coat in other words");
        assert_eq!([of("cart-left/dress"), of("welcome-back")], [None, None]);
    }

    #[test]
    fn what_counts_for_the_month_is_each_starter_once() {
        let past = Past {
            shown_this_visit: BTreeSet::from(["a".to_owned(), "b".to_owned()]),
            shown_lately: vec![
                ("a".to_owned(), NOW - DAY),
                ("c".to_owned(), NOW - DAY * 29),
                ("c".to_owned(), NOW - DAY * 3),
                ("d".to_owned(), NOW - LATELY),
            ],
            ..Past::default()
        };
        assert_eq!(past.lately(NOW), BTreeSet::from(["a", "b", "c"]));
    }
}
