//! Something the customer buys regularly is due again.

use std::cmp::Reverse;

use super::{Fact, Rule, Starter, StarterKind, fit::piece_that_fits};
use crate::{
    profile::{Bought, Review},
    situation::Situation,
};

/// Fewest orders that make a habit.
const HABIT: u32 = 3;
const DAY_SECS: u64 = 86_400;
/// Two stars of five.
const POOR_TENTHS: u8 = 20;

/// Proposes what was bought at least three times and was last bought between 0.8 and 3 typical gaps ago: a little
/// before it runs out, and not after the habit is over. The most often bought first. Not what the shop is known to have
/// run out of, nor what the customer thinks little of.
#[derive(Debug, Clone, Copy)]
pub struct UsualDue;

impl Rule for UsualDue {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let mut due: Vec<(&Bought, u32)> = situation
            .known
            .bought
            .iter()
            .filter_map(|bought| Some((bought, due_every_days(bought, situation)?)))
            .collect();
        due.sort_by_key(|(bought, _)| (Reverse((bought.times, bought.last)), &bought.product));
        due.into_iter().map(|(bought, every_days)| starter(bought, every_days)).collect()
    }
}

/// The typical days between purchases, when one is due.
fn due_every_days(bought: &Bought, situation: &Situation) -> Option<u32> {
    let gap = bought.typical_gap()?;
    let since = situation.now.since(bought.last);
    let is_due = bought.times >= HABIT && since >= gap * 4 / 5 && since <= gap * 3;
    let is_known = situation.shelves.contains_key(&bought.product);
    let meanwhile = situation.bought_after(&bought.product, bought.last);
    (is_due && is_known && !meanwhile && can_be_had(bought, situation) && is_liked(bought, situation))
        .then(|| u32::try_from(gap.as_secs() / DAY_SECS).unwrap_or(u32::MAX))
}

/// Whether it is here, or nobody knows whether it is.
fn can_be_had(bought: &Bought, situation: &Situation) -> bool {
    let counted = situation.shelves.get(&bought.product).is_some_and(|shelf| shelf.stock.is_some());
    !counted || piece_that_fits(&bought.product, None, situation).is_some()
}

/// Unless the customer's own review says otherwise.
fn is_liked(bought: &Bought, situation: &Situation) -> bool {
    let poor = |review: &Review| {
        review.product == bought.product && review.rating_tenths.is_some_and(|tenths| tenths <= POOR_TENTHS)
    };
    !situation.known.reviews.iter().any(poor)
}

fn starter(bought: &Bought, every_days: u32) -> Starter {
    let before = Fact::BoughtBefore {
        product: bought.product.clone(),
        times: bought.times,
        last: bought.last,
        every_days,
        source: bought.source,
    };
    Starter {
        kind: StarterKind::UsualDue,
        product: Some(bought.product.clone()),
        thing: None,
        facts: vec![before],
    }
}
