//! Pieces of something on the wish list or in the cart came in after it was put there.
//!
//! A wish that is here ([`super::WishArrived`]) was perhaps here all the time; of this one the shop has news. A card speaks of
//! a product once, so that it shows one of the two.

use std::{cmp::Reverse, time::Duration};

use super::{
    Rule, Starter, StarterKind,
    fit::{in_stock_here, piece_that_fits},
    listed::{Listed, listed},
};
use crate::{catalogue::Stock, situation::Situation};

/// Longer ago than this, pieces that came in are no news: 14 days.
const NEWS: Duration = Duration::from_secs(14 * 86_400);

/// Proposes what came in since, within the last 14 days, in a size that fits; the newest pieces first.
#[derive(Debug, Clone, Copy)]
pub struct BackIn;

impl Rule for BackIn {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let came_in = |one: &Listed<'_>, piece: &Stock| {
            // Where pieces are as old as their first count, nobody said when they came in.
            let told = piece.counted != Some(piece.since);
            told && one.item.at < piece.since && situation.now.since(piece.since) <= NEWS
        };
        let mut back: Vec<(Listed<'_>, Stock)> = listed(situation)
            .filter_map(|one| {
                let piece = piece_that_fits(&one.item.product, one.item.size.as_deref(), situation)?;
                came_in(&one, &piece).then_some((one, piece))
            })
            .collect();
        back.sort_by_key(|(one, piece)| {
            (Reverse((piece.since, one.item.at)), one.item.product.clone(), one.list)
        });
        back.into_iter().map(|(one, piece)| starter(&one, &piece)).collect()
    }
}

fn starter(one: &Listed<'_>, piece: &Stock) -> Starter {
    let product = one.item.product.clone();
    let here = in_stock_here(&product, piece);
    Starter { kind: StarterKind::BackIn, product: Some(product), thing: None, facts: vec![one.fact(), here] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        example::{NOW, bought, days_ago, item, product, shelf},
        profile::{Item, Profile},
        situation::Shelf,
        starter::tests::situation,
    };

    /// What is proposed of a coat on a list whose pieces came in so many days ago.
    fn proposed(profile: &Profile, came_in: u64, pieces: u32) -> Vec<String> {
        let (_, mut coat) = shelf("coat", "Coats", &[(Some("38"), pieces)]);
        for piece in coat.stock.iter_mut().flatten() {
            piece.since = days_ago(came_in);
        }
        let situation = situation(profile, [(product("coat"), coat)].into());
        BackIn.propose(&situation).iter().map(Starter::id).collect()
    }

    fn wish(at: u64) -> Profile {
        Profile { wish_list: vec![item("coat", Some("38"), days_ago(at))], ..Profile::default() }
    }

    #[test]
    fn what_came_in_since_is_news_for_two_weeks() {
        assert_eq!(proposed(&wish(9), 8, 2), ["back-in/coat"]);
        assert_eq!(proposed(&wish(9), 9, 2), [""; 0], "it was here");
        assert_eq!(proposed(&wish(9), 20, 2), [""; 0], "it was here before");
        assert_eq!(proposed(&wish(9), 8, 0), [""; 0], "and is gone again");
        assert_eq!([proposed(&wish(90), 14, 1).len(), proposed(&wish(90), 15, 1).len()], [1, 0]);
    }

    #[test]
    fn what_was_only_counted_did_not_come_in() {
        let (_, coat) = shelf("coat", "Coats", &[]);
        let of = |piece: Stock| {
            let stock = Some(vec![piece]);
            let coat = Shelf { stock, ..coat.clone() };
            !BackIn.propose(&situation(&wish(9), [(product("coat"), coat)].into())).is_empty()
        };
        let size = || Some("38".to_owned());
        assert!(!of(Stock::counted(size(), 2, days_ago(3))), "the day on which the stock was connected");
        assert!(of(Stock::new(size(), 2, days_ago(3))));
        assert!(of(Stock { counted: Some(NOW), ..Stock::new(size(), 2, days_ago(3)) }));
    }

    #[test]
    fn a_cart_counts_while_it_is_not_forgotten() {
        let cart = |at: u64| Profile { cart: vec![item("coat", None, days_ago(at))], ..Profile::default() };
        assert_eq!(proposed(&cart(9), 8, 2), ["back-in/coat"]);
        assert_eq!(proposed(&cart(30), 8, 2), [""; 0]);
        let none = Item { quantity: 0, ..item("coat", None, days_ago(9)) };
        assert_eq!(proposed(&Profile { cart: vec![none], ..Profile::default() }, 8, 2), [""; 0]);
        let touched = Profile { cart_touched: Some(NOW), ..cart(9) };
        assert_eq!(proposed(&touched, 8, 2), [""; 0], "it is still in use");
    }

    #[test]
    fn what_was_bought_since_is_no_news() {
        let owned = Profile { bought: vec![bought("coat", &[5])], ..wish(9) };
        assert_eq!(proposed(&owned, 8, 2), [""; 0]);
        let other_size =
            Profile { wish_list: vec![item("coat", Some("40"), days_ago(9))], ..Profile::default() };
        assert_eq!(proposed(&other_size, 8, 2), [""; 0]);
    }
}
