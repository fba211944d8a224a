use super::*;

fn paid(order: &str, text: &str, total: i64) -> Purchase {
    Purchase { total: Some(euros(total)), ..purchase(order, text) }
}

fn told(text: &str, price: i64, brand: &str, category: &str) -> Line {
    Line {
        price: Some(euros(price)),
        brand: Some(brand.into()),
        category: Some(category.into()),
        ..one(text)
    }
}

fn lifetime(profile: &Profile) -> (u32, u64, i64, u32, i64, u32) {
    let sum = |sums: &[Money]| sums.iter().map(|sum| sum.minor).sum();
    let Lifetime { orders, pieces, spend, refunds, refunded, cancelled } = &profile.lifetime;
    (orders.map_or(0, |orders| orders.times), *pieces, sum(spend), *refunds, sum(refunded), *cancelled)
}

#[test]
fn an_order_number_is_one_order_whoever_tells_it() {
    let mut told = events([placed("o1", "coat"), placed("o1", "hat*5")]);
    told[1].origin = Origin::Till;
    let profile = of(&told);
    assert_eq!(orders(&profile.orders), "o1@0[coat*1]");
    assert_eq!((profile.order_count, profile.orders[0].source), (1, Source::Web));
    assert_eq!(usual(&profile), "coat*1");
}

#[test]
fn placed_again_fills_in_what_was_not_told() {
    let full = Purchase { coupon: Some("TEN".into()), ..paid("o1", "coat", 900) };
    let profile =
        after([placed("o1", ""), Action::OrderPlaced(full), Action::OrderPlaced(paid("o1", "", 1))]);
    assert_eq!(orders(&profile.orders), "o1@0[coat*1]");
    let detail = profile.detail(&order_id("o1")).unwrap();
    assert_eq!((detail.total, detail.coupon.as_deref()), (Some(euros(900)), Some("TEN")));
}

#[test]
fn an_update_stands_against_a_later_placing() {
    let profile = after([updated("o1", "coat*2"), Action::OrderPlaced(paid("o1", "coat", 900))]);
    assert_eq!(orders(&profile.orders), "o1@0[coat*2]");
    assert_eq!(lifetime(&profile), (1, 2, 900, 0, 0, 0));
}

#[test]
fn an_update_replaces_what_it_tells() {
    let profile = after([
        Action::OrderPlaced(paid("o1", "coat hat", 900)),
        Action::OrderUpdated(paid("o1", "hat shoe*2", 500)),
    ]);
    assert_eq!(orders(&profile.orders), "o1@0[hat*1 shoe*2]");
    assert_eq!(usual(&profile), "hat*1 shoe*1");
    assert_eq!(lifetime(&profile), (1, 3, 500, 0, 0, 0));
    assert_eq!(profile.order_details[0].updated, Some(at(MINUTE)));
    let status_only = after([Action::OrderPlaced(paid("o1", "coat", 900)), updated("o1", "")]);
    assert_eq!(orders(&status_only.orders), "o1@0[coat*1]");
    assert_eq!(lifetime(&status_only), (1, 1, 900, 0, 0, 0));
    let kept_back = after([placed("o1", "coat*3"), refunded("o1", "coat*1"), updated("o1", "coat*3")]);
    assert_eq!(orders(&kept_back.orders), "o1@0[coat*2]");
}

#[test]
fn a_refunded_line_is_no_usual_item_any_more() {
    let profile = after([placed("o1", "coat*3 hat"), refunded("o1", "coat*1")]);
    assert_eq!(orders(&profile.orders), "o1@0[coat*2 hat*1]");
    assert_eq!(usual(&profile), "coat*1 hat*1");
    let profile = after([placed("o1", "coat*3 hat"), refunded("o1", "coat*1"), refunded("o1", "coat*7")]);
    assert_eq!(orders(&profile.orders), "o1@0[coat*0 hat*1]");
    assert_eq!(usual(&profile), "hat*1");
    assert_eq!(lifetime(&profile), (1, 1, 0, 2, 0, 0));
    assert_eq!(profile.order_details[0].lines[0].returned, 3);
    let all_sizes = after([placed("o1", "coat/36 coat/38"), refunded("o1", "coat")]);
    assert_eq!(orders(&all_sizes.orders), "o1@0[coat/36*0 coat/38*0]");
    let one_size = after([placed("o1", "coat/36 coat/38"), refunded("o1", "coat/38")]);
    assert_eq!(orders(&one_size.orders), "o1@0[coat/36*1 coat/38*0]");
}

#[test]
fn a_whole_refund_gives_everything_back() {
    let profile = after([Action::OrderPlaced(paid("o1", "coat hat", 900)), refunded("o1", "")]);
    assert_eq!(orders(&profile.orders), "o1@0[coat*0 hat*0]");
    assert_eq!(usual(&profile), "");
    assert_eq!(lifetime(&profile), (1, 0, 900, 1, 900, 0));
}

#[test]
fn a_refund_without_an_amount_is_the_price_of_its_lines_or_of_the_rest() {
    let lines = vec![told("coat*2", 300, "Loden", "Coats"), told("hat", 100, "Loden", "Hats")];
    let order = Action::OrderPlaced(Purchase { lines, ..purchase("o1", "") });
    let one_back = after([order.clone(), refunded("o1", "coat*1")]);
    assert_eq!(lifetime(&one_back), (1, 2, 700, 1, 300, 0));
    let then_all = after([order.clone(), refunded("o1", "coat*1"), refunded("o1", "")]);
    assert_eq!(lifetime(&then_all), (1, 0, 700, 2, 700, 0));
    let amount = Some(euros(250));
    let told =
        Action::OrderRefunded { order: order_id("o1"), refund: None, lines: vec![one("coat*1")], amount };
    assert_eq!(lifetime(&after([order, told])), (1, 2, 700, 1, 250, 0));
    let without_prices = after([placed("o1", "coat"), refunded("o1", "coat")]);
    assert_eq!(lifetime(&without_prices), (1, 0, 0, 1, 0, 0));
}

fn paid_back(number: Option<&str>, cents: i64) -> Action {
    let refund = number.map(str::to_owned);
    Action::OrderRefunded {
        order: order_id("o1"),
        refund,
        lines: lines("coat*1"),
        amount: Some(euros(cents)),
    }
}

#[test]
fn a_refund_that_is_told_again_by_its_number_is_the_same() {
    let order = Action::OrderPlaced(Purchase { total: Some(euros(2_000)), ..purchase("o1", "coat*3") });
    let one = paid_back(Some("r1"), 500);
    let profile = after([order.clone(), one.clone(), one.clone(), paid_back(Some("r2"), 500), one.clone()]);
    assert_eq!(lifetime(&profile), (1, 1, 2_000, 2, 1_000, 0));
    let early = after([one.clone(), one, order]);
    assert_eq!(lifetime(&early), (1, 2, 2_000, 1, 500, 0));
}

#[test]
fn no_more_is_paid_back_than_was_paid() {
    let order = Action::OrderPlaced(Purchase { total: Some(euros(2_000)), ..purchase("o1", "coat*3") });
    let told = [order.clone(), paid_back(None, 1_500), paid_back(None, 1_500)];
    let profile = after(told.clone());
    assert_eq!(lifetime(&profile), (1, 1, 2_000, 2, 2_000, 0));
    assert_eq!(profile.order_details[0].refunded, [euros(2_000)]);
    let early = after([paid_back(None, 1_500), paid_back(None, 1_500), order.clone()]);
    assert_eq!(lifetime(&early), lifetime(&profile), "also when it is told first");
    // The order turns out to have cost more: what was told counts then.
    let more = Action::OrderUpdated(Purchase { total: Some(euros(2_500)), ..purchase("o1", "") });
    assert_eq!(lifetime(&after(told.into_iter().chain([more]))), (1, 1, 2_500, 2, 2_500, 0));
    let all = after([order, paid_back(None, 3_000), refunded("o1", "")]);
    assert_eq!(lifetime(&all), (1, 0, 2_000, 2, 2_000, 0));
}

#[test]
fn a_refund_told_first_waits_for_its_order() {
    let profile = after([refunded("o1", "coat"), placed("o1", "coat hat")]);
    assert_eq!(orders(&profile.orders), "o1@1[coat*0 hat*1]");
    assert_eq!(usual(&profile), "hat*1");
    let alone = paid_back(None, 9_000);
    assert_eq!(after([alone.clone()]), Profile::default(), "nobody knows what was bought");
    let told = Action::OrderPlaced(paid("o1", "coat", 900));
    assert_eq!(lifetime(&after([alone, told])), (1, 0, 900, 1, 900, 0));
}

#[test]
fn a_cancelled_order_leaves_everything() {
    let bought = vec![told("coat/38", 300, "Loden", "Coats")];
    let order = |id: &str| Action::OrderPlaced(Purchase { lines: bought.clone(), ..purchase(id, "") });
    let one = after([order("o1")]);
    let both = after([order("o1"), order("o2")]);
    assert_eq!(usual(&both), "coat*2");
    assert_eq!((both.bought_sizes[0].bought.times, both.brands[0].bought.unwrap().times), (2, 2));
    let cancelled_one = after([order("o1"), order("o2"), refunded("o2", "coat"), cancelled("o2")]);
    let Lifetime { cancelled, .. } = cancelled_one.lifetime;
    assert_eq!(cancelled, 1);
    let as_before = Profile {
        lifetime: Lifetime { cancelled: 0, ..cancelled_one.lifetime.clone() },
        cart_touched: one.cart_touched,
        ..cancelled_one
    };
    assert_eq!(as_before, one);
}

#[test]
fn a_cancelled_order_stays_cancelled() {
    let profile = after([placed("o1", "coat"), cancelled("o1"), updated("o1", "coat"), placed("o1", "coat")]);
    assert_eq!((profile.orders.len(), usual(&profile).as_str()), (0, ""));
    let told_late = after([cancelled("o1"), placed("o1", "coat")]);
    assert_eq!(lifetime(&told_late), (0, 0, 0, 0, 0, 1));
    assert_eq!(
        lifetime(&after([placed("o1", "coat"), cancelled("o1"), cancelled("o1")])),
        (0, 0, 0, 0, 0, 1)
    );
}

#[test]
fn figures_know_first_and_last_and_each_currency() {
    let yen = Money { minor: 5_000, currency: "JPY".parse().unwrap() };
    let profile = after([
        Action::OrderPlaced(paid("o1", "coat", 900)),
        Action::OrderPlaced(Purchase { total: Some(yen), ..purchase("o2", "hat*2") }),
        Action::OrderPlaced(paid("o3", "coat", 100)),
    ]);
    assert_eq!(profile.lifetime.spend, [euros(1_000), yen]);
    let orders = profile.lifetime.orders.unwrap();
    assert_eq!((orders.times, orders.first, orders.last), (3, at(0), at(2 * MINUTE)));
    assert_eq!((profile.order_count, profile.lifetime.pieces), (3, 4));
}

#[test]
fn a_place_among_the_last_orders_is_filled_again() {
    let number = |n: usize| format!("o{n:02}");
    let placing = (0..25).map(|n| placed(&number(n), "coat"));
    let profile = after(placing.chain([cancelled("o24"), cancelled("o10")]));
    let shown: Vec<String> = profile.orders.iter().map(|order| order.id.to_string()).collect();
    let expected: Vec<String> = (3..24).rev().filter(|n| *n != 10).map(number).collect();
    assert_eq!(shown, expected);
    assert!(
        profile.orders.iter().zip(&profile.order_details).all(|(order, detail)| order.id == detail.order)
    );
}

#[test]
fn a_settled_order_changes_no_more() {
    let placing = (0..=MAX_OPEN_ORDERS).map(|n| placed(&format!("o{n}"), "coat hat"));
    let before = after(placing.clone());
    let late = after(placing.chain([cancelled("o0"), updated("o1", "coat"), refunded("o1", "hat")]));
    assert_eq!(usual(&before), "coat*51 hat*51");
    // o0 was settled when the last came, o1 when o0 was spoken of again: its update is an order never heard of.
    assert_eq!(usual(&late), "coat*52 hat*51");
    assert_eq!((late.lifetime.cancelled, late.lifetime.refunds), (1, 1));
}
