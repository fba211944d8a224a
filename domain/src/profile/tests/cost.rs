//! What 10,000 events of one customer cost and take: bounded lists, and work that does not grow.

use super::{
    super::lists::{MAX_TEXT, take_touched},
    *,
};
use crate::event::{CouponStep, ServiceKind, ServiceStep, ServiceTold};

const EVENTS: i64 = 10_000;

/// A busy customer who never does the same twice: every bound is reached.
fn busy(number: i64) -> Action {
    let n = number / 16;
    let id = |kind: &str| format!("{kind}{n}");
    let told = |quantity| Line {
        size: Some(id("s")),
        quantity: Some(quantity),
        price: Some(Money { minor: 1, currency: currency(n) }),
        brand: Some(id("b")),
        category: Some(id("c")),
        ..line(&id("p"))
    };
    let basket = |order: i64| {
        let lines = (0..12).map(|k| Line { product: product(&format!("p{order}-{k}")), ..told(1) });
        Purchase { lines: lines.collect(), ..purchase(&format!("o{order}"), "") }
    };
    match number % 16 {
        0 => Action::ProductViewed(told(1)),
        1 => Action::WishAdded(told(1)),
        2 => Action::CartAdded(told(2)),
        3 => Action::Searched { query: Redacted::new(id("") + &"q".repeat(200)) },
        4 => Action::OrderPlaced(basket(n)),
        5 => Action::Preferred { name: id("size:"), value: Some("38".into()) },
        6 => Action::Preferred { name: id("like"), value: Some("yes".into()) },
        7 => Action::Reviewed { product: product(&id("p")), rating_tenths: Some(50) },
        8 => Action::Designed { product: product("p"), design: id("d"), choices: many_choices() },
        9 => Action::Coupon { code: id("k"), step: CouponStep::Applied },
        10 => Action::WishRemoved(Line { quantity: None, ..told(1) }),
        11 => Action::CheckoutStarted((0..5).map(|k| one(&format!("x{n}-{k}"))).collect()),
        12 => Action::OrderUpdated(basket(n)),
        13 => Action::OrderRefunded {
            order: order_id(&id("o")),
            refund: Some(id("r")),
            lines: vec![one(&format!("p{n}-1"))],
            amount: None,
        },
        14 if n % 5 == 1 => Action::Service(ServiceTold {
            service: id("v").parse().unwrap(),
            kind: ServiceKind::PickUp,
            step: ServiceStep::Ready,
            store: None,
            until: None,
            order: Some(order_id(&id("o"))),
            lines: (0..80).map(|k| one(&format!("z{n}-{k}"))).collect(),
        }),
        14 if n % 5 == 0 => Action::OrderCancelled { order: order_id(&id("o")) },
        14 => Action::WishAdded(Line { size: None, ..told(1) }),
        _ => Action::CartIs((0..150).map(|k| one(&format!("y{n}-{k}*2"))).collect()),
    }
}

fn currency(n: i64) -> crate::money::Currency {
    let letter = |n: i64| char::from(b'A' + u8::try_from(n % 26).unwrap());
    format!("{}{}X", letter(n), letter(n / 26)).parse().unwrap()
}

fn many_choices() -> BTreeMap<String, String> {
    (0..50).map(|n| (format!("part{n}"), "red".repeat(100))).collect()
}

/// Till orders, so that coupons pile up, a minute apart.
fn told() -> impl Iterator<Item = Event> {
    (0..EVENTS).map(|number| event(number, number * MINUTE, Origin::Till, busy(number)))
}

#[test]
fn every_list_is_bounded_and_reaches_its_bound() {
    let mut view = View::default();
    for event in told() {
        assert_eq!(view.take(&event), Taken::Folded);
        let Profile { cart, cart_prices, .. } = view.profile();
        assert_eq!(cart.len(), cart_prices.len(), "prices stand beside items");
    }
    let [open, subjects, order_lines, returned] = view.memory().lengths();
    assert_eq!((open, order_lines, returned), (MAX_OPEN_ORDERS, 12, 1));
    assert!(subjects <= MAX_OPEN_ORDERS * 3 * 12 + 1, "{subjects}");
    let profile = view.into_profile();
    let lengths = [
        (profile.wish_list.len(), Profile::MAX_ITEMS),
        (profile.wish_prices.len(), Profile::MAX_ITEMS),
        (profile.cart.len(), Profile::MAX_ITEMS),
        (profile.viewed.len(), Profile::MAX_ITEMS),
        (profile.viewed_prices.len(), Profile::MAX_ITEMS),
        (profile.sizes.len(), Profile::MAX_ITEMS),
        (profile.orders.len(), Profile::MAX_ORDERS),
        (profile.order_details.len(), Profile::MAX_ORDERS),
        (profile.removed_wishes.len(), Profile::MAX_REMOVED_WISHES),
        (profile.coupons.len(), Profile::MAX_COUPONS),
        (profile.bought_sizes.len(), Profile::MAX_ITEMS),
        (profile.brands.len(), Profile::MAX_BRANDS),
        (profile.preferences.len(), Profile::MAX_PREFERENCES),
        (profile.designs.len(), Profile::MAX_DESIGNS),
        (profile.reviews.len(), Profile::MAX_REVIEWS),
        (profile.searches.len(), Profile::MAX_SEARCHES),
        (profile.services.len(), Profile::MAX_SERVICES),
        (profile.interests.len(), Profile::MAX_INTERESTS),
        (profile.lifetime.spend.len(), Profile::MAX_CURRENCIES),
    ];
    for (found, bound) in lengths {
        assert_eq!(found, bound);
    }
    let bought = profile.bought.len();
    assert!((Profile::MAX_BOUGHT * 9 / 10..=Profile::MAX_BOUGHT).contains(&bought), "{bought}");
    assert!(profile.services.iter().all(|known| known.lines.len() == MAX_SERVICE_LINES));
    assert!(profile.designs.iter().all(|design| design.choices.len() == 20));
    assert!(profile.searches.iter().all(|search| search.query.reveal().chars().count() == MAX_TEXT));
}

#[test]
fn an_event_costs_the_same_after_ten_thousand() {
    let mut view = View::default();
    let mut costs = Vec::new();
    take_touched();
    for event in told() {
        assert_eq!(view.take(&event), Taken::Folded);
        costs.push(take_touched());
    }
    // From 2,000 events on every list but the usual items is full; those are cut once in 200 new ones.
    let mean = |part: &[usize]| part.iter().sum::<usize>() / part.len();
    let (early, late) = (mean(&costs[2_000..4_000]), mean(&costs[8_000..]));
    assert!(early > 0 && late <= early + early / 4, "{early} entries an event early, {late} late");
    let (most, limit) = (costs.iter().max().unwrap(), 40_000);
    assert!(*most < limit, "one event walked over {most} entries");
}

#[test]
fn the_least_bought_and_longest_ago_falls_out() {
    let once = |n: usize| placed(&format!("o{n}"), &format!("p{n:04}"));
    let told = [placed("a", "p0000"), placed("b", "p0000")].into_iter().chain((1..=2_000).map(once));
    let profile = View::rebuild(events(told)).into_profile();
    assert_eq!(profile.bought.len(), Profile::MAX_BOUGHT * 9 / 10 + 1);
    let kept = |id: &str| profile.bought.iter().any(|known| known.product == product(id));
    assert_eq!([kept("p0000"), kept("p0001"), kept("p0200"), kept("p0201")], [true, false, false, true]);
}
