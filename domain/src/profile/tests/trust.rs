//! Who is believed: what a page tells yields to what the web shop's server, a till or an import tells.

use proptest::prelude::*;

use super::{properties::shopping, *};

const PAGE: Origin = Origin::Page { received: Timestamp::from_millis(0) };

/// One minute after each other.
fn told(by: &[(Origin, Action)]) -> Vec<Event> {
    (0..).zip(by).map(|(n, (origin, action))| event(n, n * MINUTE, *origin, action.clone())).collect()
}

fn profile(by: &[(Origin, Action)]) -> Profile {
    of(&told(by))
}

#[test]
fn a_page_changes_no_order_that_was_told_by_who_is_believed() {
    for believed in [Origin::Web, Origin::Till, Origin::Import] {
        let real = (believed, placed("o1", "coat/38 hat"));
        let alone = profile(std::slice::from_ref(&real));
        for lie in [placed("o1", "sock*9"), updated("o1", "sock*9"), refunded("o1", ""), cancelled("o1")] {
            for by in [[real.clone(), (PAGE, lie.clone())], [(PAGE, lie), real.clone()]] {
                let found = profile(&by);
                assert_eq!(
                    orders(&found.orders),
                    orders(&alone.orders)
                        .replace("@0", &format!("@{}", found.orders[0].at.as_millis() / MINUTE))
                );
                assert_eq!(found.orders[0].source, believed.into());
                assert_eq!((usual(&found), &found.order_details[0].refunded), (usual(&alone), &vec![]));
                assert_eq!((found.order_count, found.lifetime.cancelled, found.lifetime.refunds), (1, 0, 0));
                assert_eq!(found.lifetime.pieces, 2);
            }
        }
    }
}

#[test]
fn a_page_that_repeats_a_wish_or_a_cart_takes_nothing_of_what_is_believed() {
    let wished = |by| (by, Action::WishAdded(one("coat")));
    let carted = |by| (by, Action::CartAdded(one("coat")));
    let of_server = profile(&[wished(Origin::Web), carted(Origin::Web)]);
    let repeated = profile(&[wished(Origin::Web), carted(Origin::Web), wished(PAGE), carted(PAGE)]);
    assert_eq!((&repeated.wish_list, &repeated.cart), (&of_server.wish_list, &of_server.cart));
    let confirmed = profile(&[wished(PAGE), carted(PAGE), wished(Origin::Web), carted(Origin::Web)]);
    assert!(confirmed.wish_list.iter().chain(&confirmed.cart).all(|item| item.source.is_vouched()));
}

#[test]
fn what_is_told_of_a_browser_alone_is_on_a_list_by_a_pages_word() {
    let told = |who: &[(IdentifierKind, &str)], origin| {
        let who = who.iter().map(|(kind, text)| Identifier::new(*kind, text).unwrap()).collect();
        let wish = Event { who, ..event(0, 0, origin, Action::WishAdded(one("coat"))) };
        of(&[wish]).wish_list[0].source
    };
    let (browser, user) = ((IdentifierKind::Anonymous, "b-1"), (IdentifierKind::Customer, "camille"));
    assert_eq!(told(&[browser], Origin::Web), Source::Page, "any page may say whose browser it is");
    assert_eq!(told(&[user, browser], Origin::Web), Source::Web);
    assert_eq!(told(&[user], Origin::Web), Source::Web);
    assert_eq!(told(&[user], PAGE), Source::Page);
}

#[test]
fn a_pages_order_is_its_word_until_somebody_who_is_believed_tells_it() {
    let found = profile(&[(PAGE, placed("o1", "coat")), (PAGE, refunded("o1", "coat"))]);
    assert_eq!(
        (found.orders[0].source, orders(&found.orders)),
        (Source::Page, "o1@0[coat*0]".to_owned()),
        "shown as what it is"
    );
    assert_eq!(found.lifetime, Lifetime::default(), "and counted for nothing");
    let found = profile(&[
        (PAGE, placed("o1", "coat")),
        (PAGE, refunded("o1", "coat")),
        (Origin::Till, placed("o1", "coat hat")),
    ]);
    assert_eq!(
        (found.orders[0].source, orders(&found.orders)),
        (Source::Till, "o1@2[coat*1 hat*1]".to_owned())
    );
    assert_eq!(found.lifetime.refunds, 0);
    assert!(found.bought.iter().all(|bought| bought.source == Source::Till));
}

#[test]
fn a_web_shop_may_refund_what_its_page_told() {
    let bought = (PAGE, placed("o1", "coat hat"));
    let found =
        profile(&[bought.clone(), (Origin::Web, refunded("o1", "hat")), (PAGE, refunded("o1", "coat"))]);
    assert_eq!(orders(&found.orders), "o1@0[coat*1 hat*0]");
    let found = profile(&[bought.clone(), (PAGE, cancelled("o1")), (Origin::Web, refunded("o1", "hat"))]);
    assert_eq!(orders(&found.orders), "o1@0[coat*1 hat*0]", "who is believed knows of no cancellation");
    assert_eq!(profile(&[bought, (Origin::Till, cancelled("o1"))]).order_count, 0);
}

#[test]
fn what_only_a_page_told_counts_when_somebody_who_is_believed_tells_it() {
    let rich = Action::OrderPlaced(Purchase {
        order: order_id("o1"),
        lines: vec![Line {
            size: Some("38".to_owned()),
            brand: Some("Lune".to_owned()),
            category: Some("coats".to_owned()),
            price: Some(euros(100)),
            ..Line::of(product("coat"))
        }],
        total: Some(euros(100)),
        coupon: None,
        store: None,
    });
    let counts = |found: &Profile| {
        let brands = found.brands.iter().filter(|brand| brand.bought.is_some()).count();
        (found.order_count, found.bought.len(), found.bought_sizes.len(), brands, found.lifetime.clone())
    };
    let by_page = profile(&[(PAGE, rich.clone())]);
    assert_eq!((by_page.orders.len(), counts(&by_page)), (1, (0, 0, 0, 0, Lifetime::default())));
    let told = [(PAGE, rich.clone()), (Origin::Web, rich.clone()), (PAGE, rich.clone())];
    let confirmed = profile(&told);
    assert_eq!((confirmed.orders.len(), confirmed.orders[0].source), (1, Source::Web));
    let (orders, usual, sizes, brands, lifetime) = counts(&confirmed);
    assert_eq!((orders, usual, sizes, brands), (1, 1, 1, 1));
    assert_eq!((lifetime.pieces, lifetime.spend), (1, vec![euros(100)]));
    // A refund by who is believed is no word about what was bought; it counts when they tell that.
    let refunded = profile(&[(PAGE, rich), (Origin::Web, refunded("o1", "coat"))]);
    assert_eq!((refunded.order_count, refunded.lifetime), (0, Lifetime::default()));
}

#[test]
fn a_pages_size_stands_beside_one_that_is_vouched_for() {
    let size = |size: Option<&str>| Action::Preferred {
        name: "size:shoes".to_owned(),
        value: size.map(str::to_owned),
    };
    let told = |by: &[(Origin, Action)]| {
        let all = profile(by).sizes;
        all.into_iter().map(|size| (size.size, size.source)).collect::<Vec<_>>()
    };
    let (page, web) = (|is: &str| (is.to_owned(), Source::Page), |is: &str| (is.to_owned(), Source::Web));
    let real = (Origin::Web, size(Some("38")));
    let lie = (PAGE, size(Some("45")));
    assert_eq!(told(&[real.clone(), lie.clone()]), [page("45"), web("38")]);
    assert_eq!(told(&[real.clone(), lie.clone(), (PAGE, size(Some("46")))]), [page("46"), web("38")]);
    assert_eq!(told(&[real.clone(), lie.clone(), (PAGE, size(None))]), [web("38")], "it takes back its own");
    assert_eq!(told(&[lie.clone(), real.clone()]), [web("38")], "who is believed tells it anew");
    assert_eq!(told(&[lie, real, (Origin::Web, size(None))]), []);
}

#[test]
fn a_flood_of_made_up_wishes_and_sizes_pushes_out_no_real_ones() {
    let wish = |name: &str| Action::WishAdded(Line::of(product(name)));
    let size = |of: String| Action::Preferred { name: format!("size:{of}"), value: Some("38".to_owned()) };
    let mut by: Vec<(Origin, Action)> = (0..30)
        .flat_map(|n| [(Origin::Web, wish(&format!("real{n}"))), (Origin::Web, size(format!("real{n}")))])
        .collect();
    by.extend((0..300).flat_map(|n| [(PAGE, wish(&format!("x{n}"))), (PAGE, size(format!("x{n}")))]));
    let found = profile(&by);
    let real = |source: Source| source == Source::Web;
    assert_eq!(found.wish_list.iter().filter(|item| real(item.source)).count(), 30);
    assert_eq!(found.sizes.iter().filter(|size| real(size.source)).count(), 30);
    assert_eq!((found.wish_list.len(), found.wish_prices.len()), (Profile::MAX_ITEMS, Profile::MAX_ITEMS));
    assert_eq!(found.sizes.len(), Profile::MAX_ITEMS);
    by.extend((0..40).map(|n| (Origin::Web, wish(&format!("later{n}")))));
    let found = profile(&by);
    assert_eq!(found.wish_list.iter().filter(|item| !real(item.source)).count(), 50, "half are theirs");
    assert_eq!(found.wish_list[0].product, product("later39"));
}

#[test]
fn a_flood_of_made_up_orders_settles_and_hides_no_real_ones() {
    let real = |n: i64| (Origin::Till, placed(&format!("r{n}"), "coat"));
    let lie = |n: i64| (PAGE, placed(&format!("x{n}"), "sock"));
    let mut by: Vec<(Origin, Action)> = (0..10).map(real).collect();
    by.extend((0..500).map(lie));
    let found = profile(&by);
    let shown = found.orders.iter().filter(|order| order.source == Source::Till).count();
    assert_eq!((found.orders.len(), shown), (Profile::MAX_ORDERS, 10));
    by.extend((0..10).map(|n| (Origin::Till, cancelled(&format!("r{n}")))));
    assert!(!usual(&profile(&by)).contains("coat"), "each could still be cancelled");
    // Where nothing else is known, a page's orders have all places.
    let only: Vec<_> = (0..60).map(lie).collect();
    assert_eq!(profile(&only).orders.len(), Profile::MAX_ORDERS);
}

#[test]
fn what_a_page_tells_of_who_is_who_is_dated_by_its_receipt() {
    let mut told = event(1, DAY, Origin::Web, Action::PageViewed { page: None });
    told.who = vec![
        Identifier::new(IdentifierKind::Customer, "c1").unwrap(),
        Identifier::new(IdentifierKind::Anonymous, "b1").unwrap(),
    ];
    let at_of = |event: &Event| crate::identity::Evidence::of(event)[0].at;
    assert_eq!(at_of(&told), at(DAY));
    told.origin = Origin::Page { received: at(9 * DAY) };
    assert_eq!(at_of(&told), at(9 * DAY));
}

proptest! {
    /// Whatever pages say, and wherever in time: an order that was told by who is believed is as if no page had spoken.
    #[test]
    fn pages_change_nothing_of_believed_orders(real in shopping(), lies in shopping()) {
        let real: Vec<Event> = real.into_iter().filter(|event| !matches!(event.origin, Origin::Page { .. })).collect();
        let lies = lies.into_iter().filter(|event| !matches!(event.action, Action::Corrected { .. }));
        let mut all = real.clone();
        all.extend(lies.enumerate().map(|(n, lie)| Event { origin: PAGE, ..event(1_000 + i64::try_from(n).unwrap(), lie.at.as_millis(), PAGE, lie.action) }));
        let (without, with) = (View::rebuild(&real).into_profile(), View::rebuild(&all).into_profile());
        for order in &without.orders {
            let found = with.orders.iter().find(|known| known.id == order.id);
            prop_assert_eq!(found, Some(order));
            prop_assert_eq!(with.detail(&order.id), without.detail(&order.id));
        }
        let believed = |profile: &Profile| {
            let all = profile.services.iter().filter(|known| known.source.is_vouched());
            all.cloned().collect::<Vec<_>>()
        };
        let (found, alone) = (believed(&with), believed(&without));
        prop_assert!(found.iter().all(|known| alone.contains(known)), "{:?} {:?}", found, alone);
        prop_assert!(found.len() >= alone.len().min(Profile::MAX_SERVICES / 2));
        let vouched = with.orders.iter().filter(|order| order.source.is_vouched()).count();
        prop_assert_eq!(vouched, without.orders.len());
        prop_assert_eq!(with.lifetime.cancelled >= without.lifetime.cancelled, true);
    }
}

#[test]
fn a_name_stays_with_the_item_and_a_pages_name_with_pages() {
    let wish = |name: Option<&str>| Action::WishAdded(Line { name: name.map(str::to_owned), ..one("coat") });
    let cart =
        |name: Option<&str>| Action::CartIs(vec![Line { name: name.map(str::to_owned), ..one("coat") }]);
    let called = |told: &[(Origin, Action)]| {
        let profile = profile(told);
        profile.wish_list.iter().chain(&profile.cart).next().and_then(|item| item.name.clone())
    };
    for told in [wish, cart] {
        let by = |first: (Origin, Option<&str>), then: (Origin, Option<&str>)| {
            called(&[(first.0, told(first.1)), (then.0, told(then.1))])
        };
        assert_eq!(by((Origin::Web, Some("Coat")), (Origin::Web, None)).as_deref(), Some("Coat"));
        assert_eq!(by((Origin::Web, Some("Coat")), (Origin::Web, Some("Parka"))).as_deref(), Some("Parka"));
        assert_eq!(by((Origin::Web, Some("Coat")), (PAGE, Some("Call me"))).as_deref(), Some("Coat"));
        assert_eq!(by((PAGE, Some("Call me")), (Origin::Web, None)), None);
        assert_eq!(by((PAGE, Some("Coat")), (PAGE, None)).as_deref(), Some("Coat"));
    }
    let bought = Action::OrderPlaced(Purchase {
        lines: vec![Line { name: Some("Coat".into()), ..one("coat") }],
        ..purchase("o1", "")
    });
    assert_eq!(profile(&[(Origin::Till, bought)]).orders[0].lines[0].name.as_deref(), Some("Coat"));
}
