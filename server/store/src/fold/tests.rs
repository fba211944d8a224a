use proptest::prelude::*;
use shopbell_domain::{
    id::OrderId,
    profile::{OrderLine, Source},
};

use super::*;

const DAY: i64 = 86_400_000;

fn product(number: u32) -> ProductId {
    ProductId::new(format!("p{number}")).unwrap()
}

fn an_order(number: u32, at: i64, lines: &[(u32, u32)]) -> Order {
    let lines = lines
        .iter()
        .map(|(number, quantity)| OrderLine { product: product(*number), size: None, quantity: *quantity })
        .collect();
    let source = if number.is_multiple_of(2) { Source::Till } else { Source::Web };
    Order { id: OrderId::new(format!("o{number}")).unwrap(), at: Timestamp::from_millis(at), source, lines }
}

fn item(number: u32, at: i64) -> Item {
    Item {
        product: product(number),
        size: None,
        quantity: 1,
        at: Timestamp::from_millis(at),
        source: Source::Web,
    }
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let order = (0..400_i64, prop::collection::vec((0..30_u32, 0..3_u32), 0..8));
    prop::collection::vec(order, 0..60).prop_map(|orders| {
        let numbered = (0_u32..).zip(orders);
        numbered.map(|(number, (day, lines))| an_order(number, day * DAY, &lines)).collect()
    })
}

fn folded(orders: impl IntoIterator<Item = Order>) -> Profile {
    let mut record = ProfileRecord::default();
    for one in orders {
        order(&mut record, one);
    }
    record.profile
}

proptest! {
    #[test]
    fn orders_fold_to_the_same_profile_in_any_order(
        (orders, shuffled) in orders().prop_flat_map(|orders| (Just(orders.clone()), Just(orders).prop_shuffle()))
    ) {
        prop_assert_eq!(folded(orders), folded(shuffled));
    }

    #[test]
    fn bought_is_what_counting_by_hand_gives(orders in orders()) {
        let profile = folded(orders.clone());
        for known in &profile.bought {
            let with: Vec<&Order> = orders
                .iter()
                .filter(|order| order.lines.iter().any(|line| line.product == known.product && line.quantity > 0))
                .collect();
            let mut days: Vec<u32> = with.iter().map(|order| day_of(order.at)).collect();
            days.sort_unstable();
            days.dedup();
            let kept = &days[days.len().saturating_sub(Bought::KEPT_DAYS)..];
            prop_assert_eq!(known.times as usize, with.len());
            prop_assert_eq!(Some(known.first), with.iter().map(|order| order.at).min());
            prop_assert_eq!(Some(known.last), with.iter().map(|order| order.at).max());
            prop_assert_eq!(known.days.as_slice(), kept);
        }
        let bought: BTreeSet<&ProductId> = orders.iter().flat_map(products_of).collect();
        prop_assert!(profile.bought.iter().map(|known| &known.product).eq(bought));
        prop_assert_eq!(profile.order_count as usize, orders.len());
        prop_assert_eq!(profile.orders.len(), orders.len().min(Profile::MAX_ORDERS));
        prop_assert!(profile.orders.is_sorted_by_key(|order| Reverse(order.at)));
    }

    #[test]
    fn lists_keep_the_newest_in_any_order(
        (items, shuffled) in prop::collection::vec((0..150_u32, 0..1_000_i64), 0..300)
            .prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle()))
    ) {
        let fold = |items: &[(u32, i64)]| {
            let mut record = ProfileRecord::default();
            for (number, at) in items {
                wish(&mut record, item(*number, *at));
            }
            record.profile.wish_list
        };
        let list = fold(&items);
        prop_assert!(list.len() <= Profile::MAX_ITEMS);
        prop_assert!(list.is_sorted_by_key(|item| Reverse(item.at)));
        prop_assert_eq!(list, fold(&shuffled));
    }

    #[test]
    fn whatever_is_folded_twice_is_known(number in 0..5_u32, at in 0..10_i64) {
        let mut record = ProfileRecord::default();
        let size_of = Size { of: "shoes".into(), size: "38".into(), at: Timestamp::from_millis(at), source: Source::Import };
        prop_assert_eq!(wish(&mut record, item(number, at)), Folded::Changed);
        prop_assert_eq!(view(&mut record, item(number, at)), Folded::Changed);
        prop_assert_eq!(cart(&mut record, Timestamp::from_millis(at), vec![item(number, at)]), Folded::Changed);
        prop_assert_eq!(size(&mut record, size_of.clone()), Folded::Changed);
        let before = record.clone();
        prop_assert_eq!(wish(&mut record, item(number, at)), Folded::Same);
        prop_assert_eq!(view(&mut record, item(number, at)), Folded::Same);
        prop_assert_eq!(cart(&mut record, Timestamp::from_millis(at), vec![item(number, at)]), Folded::Same);
        prop_assert_eq!(size(&mut record, size_of), Folded::Same);
        prop_assert_eq!(record, before);
    }
}

#[test]
fn an_older_cart_changes_nothing_and_an_empty_one_clears() {
    let mut record = ProfileRecord::default();
    assert_eq!(cart(&mut record, Timestamp::from_millis(10), vec![item(1, 10)]), Folded::Changed);
    assert_eq!(cart(&mut record, Timestamp::from_millis(9), vec![item(2, 9)]), Folded::Same);
    assert_eq!(record.profile.cart, vec![item(1, 10)]);
    assert_eq!(cart(&mut record, Timestamp::from_millis(11), vec![]), Folded::Changed);
    assert_eq!(cart(&mut record, Timestamp::from_millis(10), vec![item(1, 10)]), Folded::Same);
    assert!(record.profile.cart.is_empty());
}

#[test]
fn a_newer_size_takes_the_place_of_an_older_one() {
    let told = |size: &str, at| Size {
        of: "shoes".into(),
        size: size.into(),
        at: Timestamp::from_millis(at),
        source: Source::Import,
    };
    let mut record = ProfileRecord::default();
    assert_eq!(size(&mut record, told("38", 5)), Folded::Changed);
    assert_eq!(size(&mut record, told("37", 4)), Folded::Same);
    assert_eq!(size(&mut record, told("39", 6)), Folded::Changed);
    assert_eq!(record.profile.sizes, vec![told("39", 6)]);
}

#[test]
fn the_least_often_and_longest_ago_bought_go_first() {
    let lines: Vec<(u32, u32)> = (0..2_000).map(|number| (number, 1)).collect();
    let profile = folded([
        an_order(1, DAY, &lines),
        an_order(2, 2 * DAY, &lines[1..]),
        an_order(3, 3 * DAY, &[(9_999, 1)]),
    ]);
    assert_eq!(profile.bought.len(), Profile::MAX_BOUGHT);
    assert!(profile.bought.iter().all(|known| known.product != product(0)), "bought once, and longest ago");
    assert!(profile.bought.iter().any(|known| known.product == product(9_999)));
}
