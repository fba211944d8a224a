//! The facts of a card, one function each. What is allowed to cross was decided before.

use shopbell_domain::{
    catalogue::Stock,
    money::Money,
    profile::{
        AGE, BIRTHDAY, Bought, BoughtSize, Brand, Checkout, CouponInUse, DayTold, Design, Evidence, Interest,
        Item, Lifetime, Order, OrderDetail, Preference, Review, Search, Size, Source,
    },
};

use crate::floor::v1;

/// Most names of an order that cross the wire.
pub const MAX_ORDER_ITEMS: usize = 5;

/// What holds of a product in the shop today.
#[derive(Debug, Clone, Default)]
pub struct Today<'a> {
    /// Its name, or its number where the catalogue does not know it.
    pub name: String,
    /// Pieces in the shop by size; `None` when that is not known.
    pub stock: Option<&'a [Stock]>,
    /// What one piece costs.
    pub price: Option<Money>,
}

impl Today<'_> {
    fn pieces(&self, size: Option<&str>) -> Option<u32> {
        let fits = |pieces: &&Stock| {
            size.is_none_or(|size| pieces.size.as_deref().is_none_or(|of_pieces| of_pieces == size))
        };
        let all = self.stock?.iter().filter(fits);
        Some(all.fold(0, |sum: u32, pieces| sum.saturating_add(pieces.quantity)))
    }
}

/// An item, and what it cost when it was put there or looked at.
pub fn item(item: &Item, today: Today<'_>, price_then: Option<Money>) -> v1::ItemFact {
    v1::ItemFact {
        product_id: item.product.to_string(),
        in_stock_here: today.pieces(item.size.as_deref()),
        name: today.name,
        size: item.size.clone().unwrap_or_default(),
        at_ms: item.at.as_millis(),
        quantity: item.quantity,
        source: source(item.source),
        price: today.price.map(money),
        price_then: price_then.map(money),
    }
}

/// A usual item.
pub fn usual_item(bought: &Bought, today: Today<'_>) -> v1::UsualItem {
    let days = |gap: std::time::Duration| u32::try_from(gap.as_secs() / 86_400).unwrap_or(u32::MAX);
    v1::UsualItem {
        product_id: bought.product.to_string(),
        in_stock_here: today.pieces(None),
        name: today.name,
        times: bought.times,
        last_at_ms: bought.last.as_millis(),
        every_days: bought.typical_gap().map(days),
        source: source(bought.source),
        price: today.price.map(money),
    }
}

/// An order, and what else is known of it; `names` are those of its lines, as in [`Today`].
pub fn order(
    order: &Order,
    detail: Option<&OrderDetail>,
    names: impl IntoIterator<Item = String>,
) -> v1::OrderFact {
    let refunded = detail.map(|detail| detail.refunded.as_slice()).unwrap_or_default();
    v1::OrderFact {
        order_id: order.id.to_string(),
        at_ms: order.at.as_millis(),
        source: source(order.source),
        items: names.into_iter().take(MAX_ORDER_ITEMS).collect(),
        lines: u32::try_from(order.lines.len()).unwrap_or(u32::MAX),
        total: detail.and_then(|detail| detail.total).map(money),
        refunded: refunded.iter().copied().map(money).collect(),
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

/// A preference; `None` of what no associate needs to read: how old somebody is. Of a birthday the day is told and not the year.
pub fn preference(preference: &Preference) -> Option<v1::PreferenceFact> {
    let value = match preference.name.as_str() {
        AGE => return None,
        BIRTHDAY => DayTold { year: None, ..DayTold::read(&preference.value)? }.written(),
        _ => preference.value.clone(),
    };
    Some(v1::PreferenceFact {
        name: preference.name.clone(),
        value,
        at_ms: preference.at.as_millis(),
        source: source(preference.source),
    })
}

/// A design; `name` as in [`Today`].
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

/// A review; `name` as in [`Today`].
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
    fn of_a_birthday_the_day_is_told_and_of_an_age_nothing() {
        let at = Timestamp::from_millis(5);
        let told = |name: &str, value: &str| {
            let (name, value) = (name.to_owned(), value.to_owned());
            preference(&Preference { name, value, at, source: Source::Customer }).map(|fact| fact.value)
        };
        assert_eq!(told("birthday", "1990-05-04").as_deref(), Some("05-04"));
        assert_eq!((told("birthday", "1990, in May"), told("age", "34")), (None, None));
        assert_eq!(told("colour", "green").as_deref(), Some("green"));
    }

    #[test]
    fn only_the_chosen_size_counts_as_stock() {
        let at = Timestamp::from_millis(5);
        let pieces = |size: &str, quantity| Stock::new(Some(size.to_owned()), quantity, at);
        let stock = [pieces("38", 2), pieces("40", 7)];
        let mut wish = Item {
            product: ProductId::new("coat").unwrap(),
            name: None,
            size: Some("38".to_owned()),
            quantity: 1,
            at,
            source: Source::Web,
        };
        let here = |stock| item(&wish, Today { stock, ..Today::default() }, None).in_stock_here;
        assert_eq!(here(Some(&stock)), Some(2));
        assert_eq!(here(None), None, "unknown is not zero");
        wish.size = None;
        let any_size = item(&wish, Today { stock: Some(&stock), ..Today::default() }, None);
        assert_eq!(any_size.in_stock_here, Some(9));
    }

    #[test]
    fn an_item_tells_the_price_of_today_and_of_then() {
        let euros = |minor| Money { minor, currency: "EUR".parse().unwrap() };
        let wish = Item {
            product: ProductId::new("coat").unwrap(),
            name: None,
            size: None,
            quantity: 1,
            at: Timestamp::from_millis(5),
            source: Source::Web,
        };
        let today = Today { name: "Coat".to_owned(), stock: None, price: Some(euros(24_900)) };
        let told = item(&wish, today, Some(euros(29_900)));
        assert_eq!(told.price, Some(v1::Money { minor: 24_900, currency: "EUR".to_owned() }));
        assert_eq!(told.price_then.unwrap().minor, 29_900);
    }

    #[test]
    fn figures_without_an_order_are_none() {
        let mut figures = Lifetime::default();
        assert_eq!(lifetime(&figures), None);
        let at = Timestamp::from_millis(5);
        figures.orders = Some(Evidence { times: 2, first: at, last: at, source: Source::Till });
        assert_eq!(lifetime(&figures).unwrap().orders.unwrap().times, 2);
    }
}
