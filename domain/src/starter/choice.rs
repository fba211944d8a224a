//! The choice among the candidates of all rules.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rule, Starter, StarterKind, Verdict};
use crate::{
    charter::{Charter, Suppression},
    situation::Situation,
};

/// Most starters on a card: more are not read in two seconds.
pub const MAX_STARTERS: usize = 3;

/// Weighs candidates. The seam where learning comes in: a ranker sees a candidate and can neither make nor change one.
pub trait Ranker: Send + Sync {
    /// How much the candidate is worth here; the highest is shown first. Equal ones keep the order of their rules.
    fn weigh(&self, situation: &Situation, candidate: &Starter) -> f64;
}

/// The same order of kinds for everybody: who asks comes first, then what the customer looks up right now,
/// wishes, left, and is used to.
#[derive(Debug, Clone, Copy)]
pub struct FixedOrder;

impl Ranker for FixedOrder {
    fn weigh(&self, _situation: &Situation, candidate: &Starter) -> f64 {
        match candidate.kind {
            StarterKind::HelpWanted => 5.0,
            StarterKind::LookedUp => 4.0,
            StarterKind::WishArrived => 3.0,
            StarterKind::CartLeft => 2.0,
            StarterKind::UsualDue => 1.0,
        }
    }
}

/// What is shown, and what is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is shown, best first.
    pub shown: Vec<Starter>,
    /// The other candidates, each with the reason.
    pub suppressed: Vec<(Starter, Suppression)>,
}

/// What to show: at most [`MAX_STARTERS`], or as many as the charter allows, best first, at most one for a product.
///
/// A second one of a kind comes only after the best of every other kind: three wishes say less than a wish, a cart
/// and a habit. What did not fit this moment is gone for the visit; what was used stays as long as it is true.
pub fn choose(
    situation: &Situation,
    rules: &[Box<dyn Rule>],
    ranker: &dyn Ranker,
    charter: &Charter,
    verdicts: &[(String, Verdict)],
) -> Choice {
    let (mut weighed, mut suppressed) = (Vec::new(), Vec::new());
    for candidate in rules.iter().flat_map(|rule| rule.propose(situation)) {
        match judge(situation, charter, verdicts, &candidate) {
            Ok(()) => weighed.push((ranker.weigh(situation, &candidate), candidate)),
            Err(why) => suppressed.push((candidate, why)),
        }
    }
    weighed.sort_by(|(a, _), (b, _)| b.total_cmp(a));

    let mut products = BTreeSet::new();
    let mut of_kind: BTreeMap<StarterKind, usize> = BTreeMap::new();
    let mut in_rounds = Vec::new();
    for (_, candidate) in weighed {
        if candidate.product.as_ref().is_some_and(|product| !products.insert(product.clone())) {
            suppressed.push((candidate, Suppression::SameProduct));
            continue;
        }
        let round = of_kind.entry(candidate.kind).or_default();
        in_rounds.push((*round, candidate));
        *round += 1;
    }
    in_rounds.sort_by_key(|(round, _)| *round);
    let mut shown: Vec<Starter> = in_rounds.into_iter().map(|(_, starter)| starter).collect();
    let beyond = shown.split_off(charter.at_most().min(shown.len()));
    suppressed.extend(beyond.into_iter().map(|starter| (starter, Suppression::NoRoom)));
    Choice { shown, suppressed }
}

fn judge(
    situation: &Situation,
    charter: &Charter,
    verdicts: &[(String, Verdict)],
    candidate: &Starter,
) -> Result<(), Suppression> {
    charter.judge(situation, candidate)?;
    let id = candidate.id();
    match verdicts.iter().rev().find(|(of, _)| *of == id) {
        Some((_, Verdict::NotNow)) => Err(Suppression::Declined),
        _ => Ok(()),
    }
}
