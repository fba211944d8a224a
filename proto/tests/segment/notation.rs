//! A profile in the notation of the README here.

use serde_json::{Value, json};
use shopbell_domain::{
    money::Money,
    profile::{
        Bought, Brand, Checkout, CouponInUse, Design, Evidence, Interest, Item, Lifetime, LineDetail, Order,
        OrderDetail, OrderLine, Profile, RemovedWish, Service, Source,
    },
    time::Timestamp,
};

use super::{RECEIVED, date};

/// The whole profile in the notation. Names every field, so that a new one is not forgotten here.
pub(super) fn shown(profile: &Profile) -> Value {
    let Profile {
        wish_list,
        cart,
        viewed,
        sizes,
        orders,
        order_count,
        bought,
        wish_prices,
        cart_prices,
        viewed_prices,
        order_details,
        removed_wishes,
        cart_touched,
        checkout,
        coupons,
        bought_sizes,
        brands,
        preferences,
        designs,
        reviews,
        searches,
        interests,
        lifetime,
        corrections,
        notes,
        services,
    } = profile;
    json!({
        "wish_list": priced(wish_list, wish_prices),
        "cart": priced(cart, cart_prices),
        "viewed": priced(viewed, viewed_prices),
        "sizes": all(sizes, |size| format!("{} {}{}", size.of, size.size, from(size.at, size.source))),
        "orders": both(orders, order_details).map(|(order, detail)| one_order(order, detail)).collect::<Vec<_>>(),
        "order_count": order_count,
        "bought": all(bought, usual),
        "removed_wishes": all(removed_wishes, ended),
        "cart_touched": cart_touched.map(word),
        "checkout": checkout.map(at_checkout),
        "coupons": all(coupons, |CouponInUse { code, applied, at, source }| {
            format!("{code} {}{}", if *applied { "applied" } else { "entered" }, from(*at, *source))
        }),
        "bought_sizes": all(bought_sizes, |size| format!("{} {} {}", size.of, size.size, evidence(&size.bought))),
        "brands": all(brands, brand),
        "preferences": all(preferences, |told| format!("{} = {}{}", told.name, told.value, from(told.at, told.source))),
        "designs": all(designs, design),
        "reviews": all(reviews, |review| {
            let stars = review.rating_tenths.map_or("words".to_owned(), |tenths| format!("{tenths}/50"));
            format!("{} {stars}{}", review.product, from(review.at, review.source))
        }),
        "searches": all(searches, |search| format!("{}{}", search.query.reveal(), from(search.at, search.source))),
        "interests": all(interests, interest),
        "lifetime": figures(lifetime),
        "corrections": all(corrections, |made| format!("{made:?}")),
        "notes": all(notes, |note| format!("{note:?}")),
        "services": all(services, service),
    })
}

/// `PickUp p-7 Ready: p-1/38; order o-1; shop lyon; until 12-01;`
fn service(known: &Service) -> String {
    let line =
        |line: &OrderLine| format!(" {};", piece(line.product.as_str(), line.size.as_deref(), line.quantity));
    let begun = format!("{:?} {} {:?}{}:", known.kind, known.id, known.step, from(known.at, known.source));
    let lines = known.lines.iter().map(line);
    let order = known.order.iter().map(|order| format!(" order {order};"));
    let store = known.store.iter().map(|store| format!(" shop {store};"));
    let until = known.until.iter().map(|until| format!(" until {};", word(*until)));
    std::iter::once(begun).chain(lines).chain(order).chain(store).chain(until).collect()
}

fn all<T>(list: &[T], one: impl Fn(&T) -> String) -> Vec<String> {
    list.iter().map(one).collect()
}

fn both<'a, A, B>(one: &'a [A], beside: &'a [B]) -> impl Iterator<Item = (&'a A, &'a B)> {
    assert_eq!(one.len(), beside.len());
    one.iter().zip(beside)
}

fn priced(items: &[Item], prices: &[Option<Money>]) -> Vec<String> {
    let one = |(item, price): (&Item, &Option<Money>)| {
        let price = price.map_or(String::new(), |price| format!(" {}", money(price)));
        format!("{}{price}{}", plain(item), from(item.at, item.source))
    };
    both(items, prices).map(one).collect()
}

fn plain(item: &Item) -> String {
    piece(item.product.as_str(), item.size.as_deref(), item.quantity)
}

fn piece(product: &str, size: Option<&str>, quantity: u32) -> String {
    let size = size.map_or(String::new(), |size| format!("/{size}"));
    let quantity = if quantity == 1 { String::new() } else { format!("*{quantity}") };
    format!("{product}{size}{quantity}")
}

fn one_order(order: &Order, detail: &OrderDetail) -> String {
    assert_eq!(order.id, detail.order);
    let line = |(line, more): (&OrderLine, &LineDetail)| {
        let piece = piece(line.product.as_str(), line.size.as_deref(), line.quantity);
        let price = more.price.map_or(String::new(), |price| format!(" {}", money(price)));
        let back = if more.returned > 0 { format!(" ({} back)", more.returned) } else { String::new() };
        format!(" {piece}{price}{back}{};", if more.gift { " (gift)" } else { "" })
    };
    let mut parts = vec![format!("{}{}:", order.id, from(order.at, order.source))];
    parts.extend(both(&order.lines, &detail.lines).map(line));
    parts.extend(detail.total.map(|total| format!(" total {};", money(total))));
    parts.extend(detail.refunded.iter().map(|sum| format!(" refunded {};", money(*sum))));
    parts.extend(detail.coupon.iter().map(|coupon| format!(" coupon {coupon};")));
    parts.extend(detail.updated.map(|at| format!(" updated {};", word(at))));
    parts.concat()
}

fn usual(bought: &Bought) -> String {
    let Bought { product, times, first, last, source, days } = bought;
    let mut known: Vec<_> = [first, last].map(|at| at.as_secs() / 86_400).to_vec();
    known.dedup();
    assert!(days.iter().map(|day| i64::from(*day)).eq(known), "{bought:?}");
    format!(
        "{product} {}",
        evidence(&Evidence { times: *times, first: *first, last: *last, source: *source })
    )
}

fn ended(wish: &RemovedWish) -> String {
    let RemovedWish { item, at, source, why } = wish;
    format!("{}{}, {why:?}{}", plain(item), from(item.at, item.source), from(*at, *source))
}

fn at_checkout(checkout: Checkout) -> String {
    let Checkout { began, last, step, source } = checkout;
    let step = step.map_or(String::new(), |step| format!(", step {step}"));
    format!("began {}{step}, last {}{}", word(began), word(last), place(source))
}

fn design(design: &Design) -> String {
    let Design { design, product, choices, at, source } = design;
    let choices: Vec<_> = choices.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    format!("{design} of {product}:{}{}", choices.concat(), from(*at, *source))
}

fn brand(brand: &Brand) -> String {
    let parts = [("bought", &brand.bought), ("wanted", &brand.wanted), ("looked at", &brand.looked_at)];
    let told = parts.iter().filter_map(|(name, part)| Some(format!("{name} {}", evidence(part.as_ref()?))));
    format!("{}: {}", brand.name, told.collect::<Vec<_>>().join(", "))
}

/// With its sum in looks.
fn interest(interest: &Interest) -> String {
    let looks = interest.strength(interest.last);
    format!("{} {looks}{}", interest.category, from(interest.last, interest.source))
}

fn figures(lifetime: &Lifetime) -> Value {
    let Lifetime { orders, pieces, spend, refunds, refunded, cancelled } = lifetime;
    let sums = |sums: &[Money]| all(sums, |sum| money(*sum));
    json!({
        "orders": orders.as_ref().map(evidence),
        "pieces": pieces,
        "spend": sums(spend),
        "refunds": refunds,
        "refunded": sums(refunded),
        "cancelled": cancelled,
    })
}

fn evidence(evidence: &Evidence) -> String {
    let Evidence { times, first, last, source } = *evidence;
    let until = if first == last { String::new() } else { format!("..{}", word(last)) };
    format!("{times}x {}{until}{}", word(first), place(source))
}

fn money(money: Money) -> String {
    format!("{} {}", money.minor, money.currency)
}

/// ` @11-17` after what is not from the moment of receipt.
fn from(at: Timestamp, source: Source) -> String {
    let date = if at == RECEIVED { String::new() } else { format!(" @{}", word(at)) };
    format!("{date}{}", place(source))
}

fn place(source: Source) -> String {
    if source == Source::Web { String::new() } else { format!(" ({source:?})") }
}

fn word(at: Timestamp) -> String {
    let date = date(at);
    match date.strip_prefix("2026-").and_then(|date| date.strip_suffix("T14:00:00Z")) {
        _ if at == RECEIVED => "now".to_owned(),
        Some(day) => day.to_owned(),
        None => date,
    }
}
