//! The customer is here again after long.

use std::time::Duration;

use super::{Fact, Rule, Starter, StarterKind};
use crate::{situation::Situation, time::Timestamp};

/// Nothing bought and nothing talked about for longer than this: 180 days.
const LONG: Duration = Duration::from_secs(180 * 86_400);

/// Proposes to welcome who last ordered more than 180 days ago, as far as orders and notes are shared.
#[derive(Debug, Clone, Copy)]
pub struct WelcomeBack;

impl Rule for WelcomeBack {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let known = &situation.known;
        let orders = known.orders.iter().filter(|order| order.source.is_vouched());
        let Some(last) = orders.max_by_key(|order| order.at) else { return Vec::new() };
        let bought = known.bought.iter().map(|bought| bought.last);
        let lifetime = known.lifetime.orders.iter().map(|orders| orders.last);
        // Who wrote a note had the guest before them.
        let notes = known.notes.iter().map(|note| note.at);
        let mut others = bought.chain(lifetime).chain(notes).chain(situation.last_in_shop());
        let is_long_ago = |at: Timestamp| situation.now.since(at) > LONG;
        if !is_long_ago(last.at) || others.any(|at| !is_long_ago(at)) {
            return Vec::new();
        }
        vec![Starter {
            kind: StarterKind::WelcomeBack,
            product: None,
            thing: None,
            facts: vec![Fact::LastOrder { at: last.at, source: last.source }],
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        example::{NOW, bought, days_ago, profile},
        profile::{Order, Profile, Source},
        starter::tests::situation,
    };

    fn proposed(profile: &Profile) -> usize {
        WelcomeBack.propose(&situation(profile, [].into())).len()
    }

    fn ordered(days: u64) -> Profile {
        let order = Order { at: days_ago(days), ..profile().orders.remove(0) };
        Profile { orders: vec![order], ..Profile::default() }
    }

    #[test]
    fn half_a_year_without_an_order_is_long() {
        assert_eq!([proposed(&ordered(180)), proposed(&ordered(181))], [0, 1]);
        assert_eq!(proposed(&Profile::default()), 0, "who never ordered is not back");
        let mut of_the_future = ordered(1);
        of_the_future.orders[0].at = NOW + LONG;
        assert_eq!(proposed(&of_the_future), 0);
    }

    #[test]
    fn what_a_page_says_welcomes_nobody_and_other_signs_count() {
        let mut by_page = ordered(400);
        by_page.orders[0].source = Source::Page;
        assert_eq!(proposed(&by_page), 0);
        let lately = Profile { bought: vec![bought("soap", &[10])], ..ordered(400) };
        assert_eq!(proposed(&lately), 0);
    }
}
