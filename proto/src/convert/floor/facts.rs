//! The facts of a card, one function each. What is allowed to cross was decided before.

use shopbell_domain::{
    catalogue::Stock,
    money::Money,
    profile::{
        Bought, BoughtSize, Brand, Checkout, CouponInUse, Design, Evidence, Interest, Item, Lifetime, Order,
        OrderDetail, Preference, Review, Search, Size, Source,
    },
};

use crate::floor::v1;

/// Most names of an order that cross the wire.
pub const MAX_ORDER_ITEMS: usize = 5;

/// An item; `name` is the product's name, or its number where the catalogue does not know it.
pub fn item(item: &Item, name: String, stock: Option<&[Stock]>) -> v1::ItemFact {
    let pieces = |stock: &[Stock]| {
        stock
            .iter()
            .filter(|pieces| item.size.is_none() || pieces.size.is_none() || pieces.size == item.size)
            .fold(0_u32, |sum, pieces| sum.saturating_add(pieces.quantity))
    };
    v1::ItemFact {
        product_id: item.product.to_string(),
        name,
        size: item.size.clone().unwrap_or_default(),
        at_ms: item.at.as_millis(),
        in_stock_here: stock.map(pieces),
        quantity: item.quantity,
        source: source(item.source),
        price: None,
        price_then: None,
    }
}

/// A usual item; `name` as in [`item`].
pub fn usual_item(bought: &Bought, name: String) -> v1::UsualItem {
    let days = |gap: std::time::Duration| u32::try_from(gap.as_secs() / 86_400).unwrap_or(u32::MAX);
    v1::UsualItem {
        product_id: bought.product.to_string(),
        name,
        times: bought.times,
        last_at_ms: bought.last.as_millis(),
        every_days: bought.typical_gap().map(days),
        source: source(bought.source),
        in_stock_here: None,
        price: None,
    }
}

/// An order; `names` are those of its lines, as in [`item`].
pub fn order(order: &Order, names: impl IntoIterator<Item = String>) -> v1::OrderFact {
    v1::OrderFact {
        order_id: order.id.to_string(),
        at_ms: order.at.as_millis(),
        source: source(order.source),
        items: names.into_iter().take(MAX_ORDER_ITEMS).collect(),
        lines: u32::try_from(order.lines.len()).unwrap_or(u32::MAX),
        total: None,
        refunded: Vec::new(),
    }
}

/// An order with what it cost.
pub fn order_with_detail(wire: v1::OrderFact, detail: &OrderDetail) -> v1::OrderFact {
    v1::OrderFact {
        total: detail.total.map(money),
        refunded: detail.refunded.iter().copied().map(money).collect(),
        ..wire
    }
}

/// A size that was told.
pub fn size(size: &Size) -> v1::SizeFact {
    v1::SizeFact {
        of: size.of.clone(),
        size: size.size.clone(),
        at_ms: size.at.as_millis(),
        source: source(size.source),
        times: 0,
    }
}

/// A size that was bought.
pub fn bought_size(size: &BoughtSize) -> v1::SizeFact {
    v1::SizeFact {
        of: size.of.clone(),
        size: size.size.clone(),
        at_ms: size.bought.last.as_millis(),
        source: source(size.bought.source),
        times: size.bought.times,
    }
}

/// An amount.
pub fn money(money: Money) -> v1::Money {
    v1::Money { minor: money.minor, currency: money.currency.to_string() }
}

/// How often something was seen.
pub fn evidence(evidence: &Evidence) -> v1::Evidence {
    v1::Evidence {
        times: evidence.times,
        first_at_ms: evidence.first.as_millis(),
        last_at_ms: evidence.last.as_millis(),
        source: source(evidence.source),
    }
}

/// An open checkout.
pub fn checkout(checkout: &Checkout) -> v1::CheckoutFact {
    v1::CheckoutFact {
        began_at_ms: checkout.began.as_millis(),
        last_at_ms: checkout.last.as_millis(),
        step: checkout.step,
        source: source(checkout.source),
    }
}

/// A brand with the evidence that it holds.
pub fn brand(brand: &Brand) -> v1::BrandFact {
    v1::BrandFact {
        name: brand.name.clone(),
        bought: brand.bought.as_ref().map(evidence),
        wanted: brand.wanted.as_ref().map(evidence),
        looked_at: brand.looked_at.as_ref().map(evidence),
    }
}

/// A preference.
pub fn preference(preference: &Preference) -> v1::PreferenceFact {
    v1::PreferenceFact {
        name: preference.name.clone(),
        value: preference.value.clone(),
        at_ms: preference.at.as_millis(),
        source: source(preference.source),
    }
}

/// A design; `name` as in [`item`].
pub fn design(design: &Design, name: String) -> v1::DesignFact {
    let choice =
        |(name, value): (&String, &String)| v1::DesignChoice { name: name.clone(), value: value.clone() };
    v1::DesignFact {
        design_id: design.design.clone(),
        product_id: design.product.to_string(),
        name,
        choices: design.choices.iter().map(choice).collect(),
        at_ms: design.at.as_millis(),
        source: source(design.source),
    }
}

/// What was searched for.
pub fn search(search: &Search) -> v1::SearchFact {
    v1::SearchFact {
        query: search.query.reveal().clone(),
        at_ms: search.at.as_millis(),
        source: source(search.source),
    }
}

/// A recent interest.
pub fn interest(interest: &Interest) -> v1::InterestFact {
    v1::InterestFact {
        category: interest.category.clone(),
        last_at_ms: interest.last.as_millis(),
        source: source(interest.source),
    }
}

/// A review; `name` as in [`item`].
pub fn review(review: &Review, name: String) -> v1::ReviewFact {
    v1::ReviewFact {
        product_id: review.product.to_string(),
        name,
        rating_tenths: review.rating_tenths.map(u32::from),
        at_ms: review.at.as_millis(),
        source: source(review.source),
    }
}

/// A coupon.
pub fn coupon(coupon: &CouponInUse) -> v1::CouponFact {
    v1::CouponFact {
        code: coupon.code.clone(),
        applied: coupon.applied,
        at_ms: coupon.at.as_millis(),
        source: source(coupon.source),
    }
}

/// The figures of the whole time; `None` without an order.
pub fn lifetime(lifetime: &Lifetime) -> Option<v1::LifetimeFact> {
    let orders = lifetime.orders.as_ref().filter(|orders| orders.times > 0)?;
    Some(v1::LifetimeFact {
        orders: Some(evidence(orders)),
        pieces: lifetime.pieces,
        spend: lifetime.spend.iter().copied().map(money).collect(),
        refunded: lifetime.refunded.iter().copied().map(money).collect(),
    })
}

fn source(source: Source) -> i32 {
    v1::FactSource::from(source).into()
}

#[cfg(test)]
mod tests {
    use shopbell_domain::{id::ProductId, time::Timestamp};

    use super::*;

    #[test]
    fn only_the_chosen_size_counts_as_stock() {
        let at = Timestamp::from_millis(5);
        let pieces = |size: &str, quantity| Stock::new(Some(size.to_owned()), quantity, at);
        let stock = [pieces("38", 2), pieces("40", 7)];
        let mut wish = Item {
            product: ProductId::new("coat").unwrap(),
            size: Some("38".to_owned()),
            quantity: 1,
            at,
            source: Source::Web,
        };
        assert_eq!(item(&wish, "Coat".to_owned(), Some(&stock)).in_stock_here, Some(2));
        wish.size = None;
        assert_eq!(item(&wish, "Coat".to_owned(), Some(&stock)).in_stock_here, Some(9));
        assert_eq!(item(&wish, "Coat".to_owned(), None).in_stock_here, None, "unknown is not zero");
    }
}
