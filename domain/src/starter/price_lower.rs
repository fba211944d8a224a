//! An item of the wish list or the cart costs less now than when it was put there.
//!
//! Both prices are everybody's: the one of then is what the web shop told, the one of now is the catalogue's. A price that
//! only one person has is never spoken of.

use std::{cmp::Reverse, time::Duration};

use super::{
    Fact, Rule, Starter, StarterKind,
    fit::{in_stock_here, piece_that_fits},
    listed::{Listed, listed},
};
use crate::{
    catalogue::{Product, Stock},
    money::Money,
    situation::Situation,
};

/// Younger than this, an item was put on the list at a price that the customer still remembers, unless a sale began since:
/// one day.
const REMEMBERED: Duration = Duration::from_secs(86_400);
/// So much lower at least, in percent: less is no news.
const WORTH_SAYING: i64 = 5;

/// Proposes what is at least 5 % lower, by the word of somebody who is believed, and is here in a size that fits; what
/// became cheaper by the most first.
#[derive(Debug, Clone, Copy)]
pub struct PriceLower;

impl Rule for PriceLower {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let mut lower: Vec<Lower<'_>> =
            listed(situation).filter_map(|one| Lower::of(one, situation)).collect();
        lower.sort_by_key(|one| {
            let item = one.listed.item;
            (Reverse((one.permille(), item.at)), item.product.clone(), one.listed.list)
        });
        lower.into_iter().map(|one| one.starter(situation)).collect()
    }
}

struct Lower<'a> {
    listed: Listed<'a>,
    piece: Stock,
    then: Money,
    now: Money,
}

impl<'a> Lower<'a> {
    fn of(listed: Listed<'a>, situation: &'a Situation) -> Option<Self> {
        let item = listed.item;
        let then = listed.price.filter(|_| item.source.is_vouched())?;
        let piece = piece_that_fits(&item.product, item.size.as_deref(), situation)?;
        let product = &situation.shelves.get(&item.product)?.product;
        let now = product.price_at(piece.size.as_deref(), situation.now)?;
        let is_lower = then.currency == now.currency
            && now.minor > 0
            && now.minor.checked_mul(100)? <= then.minor.checked_mul(100 - WORTH_SAYING)?;
        let is_news = situation.now.since(item.at) > REMEMBERED
            || sale_began(product, &piece).is_some_and(|began| item.at < began);
        (is_lower && is_news).then_some(Self { listed, piece, then, now })
    }

    /// How much lower, in thousandths.
    fn permille(&self) -> i64 {
        let lower = self.then.minor.saturating_sub(self.now.minor);
        lower.saturating_mul(1_000).checked_div(self.then.minor).unwrap_or_default()
    }

    fn starter(&self, situation: &Situation) -> Starter {
        let item = self.listed.item;
        let product = item.product.clone();
        let then = Fact::CostThen {
            product: product.clone(),
            price: self.then,
            at: item.at,
            list: self.listed.list,
            source: item.source,
        };
        let now = Fact::CostsNow {
            product: product.clone(),
            size: self.piece.size.clone(),
            price: self.now,
            at: situation.now,
        };
        let here = in_stock_here(&product, &self.piece);
        Starter {
            kind: StarterKind::PriceLower,
            product: Some(product),
            thing: None,
            facts: vec![then, now, self.listed.fact(), here],
        }
    }
}

/// When the sale of these pieces began, where one is told.
fn sale_began(product: &Product, piece: &Stock) -> Option<crate::time::Timestamp> {
    let size = piece.size.as_ref();
    let of_size = product.variants.iter().find(|variant| size.is_some() && variant.size.as_ref() == size);
    let price = of_size.and_then(|variant| variant.price).or(product.price)?;
    price.sale?.from
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue::{Price, Sale},
        consent::Field,
        example::{self, NOW, days_ago, item, product, shelf},
        profile::{Bought, Item, Profile, Source},
        situation::Shelf,
        starter::tests::situation,
        time::Timestamp,
    };

    fn euros(units: i64) -> Money {
        Money { minor: units * 100, currency: "EUR".parse().unwrap() }
    }

    fn coat_at(price: Price) -> Shelf {
        let (_, mut coat) = shelf("coat", "Coats", &[(Some("38"), 2)]);
        coat.product.price = Some(price);
        coat
    }

    fn wished(item: Item, told: Money) -> Profile {
        Profile { wish_list: vec![item], wish_prices: vec![Some(told)], ..Profile::default() }
    }

    fn proposed(profile: &Profile, price: Price) -> Vec<Starter> {
        PriceLower.propose(&situation(profile, [(product("coat"), coat_at(price))].into()))
    }

    fn coat(at: Timestamp) -> Item {
        item("coat", Some("38"), at)
    }

    #[test]
    fn a_wish_that_costs_less_now_is_proposed_with_both_prices() {
        let wish = coat(days_ago(9));
        let starters = proposed(&wished(wish.clone(), euros(100)), Price::of(euros(80)));
        let id = wish.product;
        assert_eq!(
            starters[0].facts,
            [
                Fact::CostThen {
                    product: id.clone(),
                    price: euros(100),
                    at: days_ago(9),
                    list: Field::WishList,
                    source: Source::Web
                },
                Fact::CostsNow { product: id.clone(), size: Some("38".into()), price: euros(80), at: NOW },
                Fact::OnWishList {
                    product: id.clone(),
                    size: Some("38".into()),
                    at: days_ago(9),
                    source: Source::Web
                },
                Fact::InStockHere { product: id, size: Some("38".into()), quantity: 2, at: days_ago(3) },
            ]
        );
        assert_eq!(starters.len(), 1);
    }

    #[test]
    fn only_a_difference_worth_saying_counts() {
        let count = |then: i64, now: i64| {
            let (then, now) =
                (Money { minor: then, ..euros(0) }, Price::of(Money { minor: now, ..euros(0) }));
            proposed(&wished(coat(days_ago(9)), then), now).len()
        };
        assert_eq!([count(10_000, 9_500), count(10_000, 9_501)], [1, 0], "5 %");
        assert_eq!([count(10_000, 10_000), count(10_000, 12_000)], [0, 0], "never that it costs more");
        assert_eq!(count(10_000, 0), 0, "a price of nothing is a mistake");
        assert_eq!(count(i64::MAX, 1), 0, "and so is one beyond all measure");
        let dollars = Money { currency: "USD".parse().unwrap(), ..euros(50) };
        assert!(proposed(&wished(coat(days_ago(9)), euros(100)), Price::of(dollars)).is_empty());
    }

    #[test]
    fn a_wish_of_today_is_news_only_when_a_sale_began_since() {
        let hour = Duration::from_secs(3_600);
        let wish = |at| wished(coat(at), euros(100));
        let sale = |from| Price {
            regular: euros(100),
            sale: Some(Sale { price: euros(70), from: Some(from), until: None }),
        };
        assert!(proposed(&wish(NOW - hour), Price::of(euros(70))).is_empty(), "remembered");
        assert!(proposed(&wish(NOW - hour), sale(NOW - hour * 2)).is_empty(), "it was on sale then");
        assert_eq!(proposed(&wish(NOW - hour * 2), sale(NOW - hour)).len(), 1);
        assert!(proposed(&wish(days_ago(9)), sale(NOW + hour)).is_empty(), "not yet");
        assert_eq!(proposed(&wish(days_ago(2)), Price::of(euros(70))).len(), 1);
    }

    #[test]
    fn what_cannot_be_vouched_for_or_had_is_not_proposed() {
        let by_page = Item { source: Source::Page, ..coat(days_ago(9)) };
        assert!(proposed(&wished(by_page, euros(100)), Price::of(euros(80))).is_empty());
        let untold = Profile { wish_list: vec![coat(days_ago(9))], ..Profile::default() };
        assert!(proposed(&untold, Price::of(euros(80))).is_empty(), "no price was told");
        let other = item("coat", Some("44"), days_ago(9));
        assert!(proposed(&wished(other, euros(100)), Price::of(euros(80))).is_empty(), "not here in it");
        let mut owned = wished(coat(days_ago(9)), euros(100));
        owned.bought = vec![Bought { last: days_ago(1), ..example::bought("coat", &[1]) }];
        assert!(proposed(&owned, Price::of(euros(80))).is_empty());
    }

    #[test]
    fn the_price_of_a_size_counts_and_the_cart_does_too() {
        let mut shelf = coat_at(Price::of(euros(100)));
        shelf.product.variants = vec![crate::catalogue::Variant {
            skus: Vec::new(),
            size: Some("38".into()),
            price: Some(Price::of(euros(60))),
        }];
        let cart = Profile {
            cart: vec![coat(days_ago(9))],
            cart_prices: vec![Some(euros(100))],
            ..Profile::default()
        };
        let shelves = [(product("coat"), shelf)];
        let starters = PriceLower.propose(&situation(&cart, shelves.into()));
        let costs = |fact: &Fact| matches!(fact, Fact::CostsNow { price, .. } if *price == euros(60));
        assert!(starters[0].facts.iter().any(costs));
        let forgotten = Profile { cart: vec![coat(days_ago(31))], ..cart.clone() };
        assert!(proposed(&forgotten, Price::of(euros(60))).is_empty(), "a cart is forgotten");
        let busy = Profile { cart_touched: Some(NOW), ..cart };
        assert!(proposed(&busy, Price::of(euros(60))).is_empty(), "or still in use");
    }
}
