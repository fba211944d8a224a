use super::*;
use crate::event::{Correction, Disputed};

fn correct(what: Disputed, how: Correction) -> Action {
    Action::Corrected { what, how }
}

fn line_of(order: &str, id: &str) -> Disputed {
    Disputed::OrderLine { order: order_id(order), product: product(id) }
}

fn seen(id: &str) -> Action {
    let line = Line { brand: Some("Loden".into()), category: Some("Coats".into()), ..one(id) };
    Action::ProductViewed(line)
}

fn bought() -> Action {
    let told = |text: &str, price, brand: &str| Line {
        price: Some(euros(price)),
        brand: Some(brand.into()),
        category: Some("Coats".into()),
        ..one(text)
    };
    let lines = vec![told("coat/38", 300, "Loden"), told("parka/40", 200, "Norr")];
    Action::OrderPlaced(Purchase { lines, total: Some(euros(520)), ..purchase("o1", "") })
}

#[test]
fn a_gift_stays_bought_and_says_nothing_of_oneself() {
    let profile = after([bought(), correct(line_of("o1", "coat"), Correction::Gift)]);
    assert_eq!(orders(&profile.orders), "o1@0[coat/38*1 parka/40*1]");
    assert_eq!(usual(&profile), "parka*1");
    assert_eq!(profile.bought_sizes.iter().map(|known| known.size.as_str()).collect::<Vec<_>>(), ["40"]);
    assert_eq!(profile.brands.iter().map(|known| known.name.as_str()).collect::<Vec<_>>(), ["Norr"]);
    let gifts: Vec<_> = profile.order_details[0].lines.iter().map(|line| line.gift).collect();
    assert_eq!(gifts, [true, false]);
    assert_eq!((profile.lifetime.pieces, profile.lifetime.spend), (2, vec![euros(520)]));
}

#[test]
fn not_me_takes_a_line_and_its_price_away() {
    let profile = after([bought(), correct(line_of("o1", "coat"), Correction::NotMe)]);
    assert_eq!(orders(&profile.orders), "o1@0[parka/40*1]");
    assert_eq!((profile.lifetime.pieces, profile.lifetime.spend.as_slice()), (1, &[euros(220)][..]));
    assert_eq!(usual(&profile), "parka*1");
}

#[test]
fn an_order_of_which_nothing_is_mine_is_none() {
    let refund = |text: &str| Action::OrderRefunded {
        order: order_id("o1"),
        refund: None,
        lines: lines(text),
        amount: Some(euros(1)),
    };
    let not_mine = [
        correct(line_of("o1", "coat"), Correction::NotMe),
        correct(line_of("o1", "parka"), Correction::NotMe),
    ];
    let told = [bought(), refund("coat"), refund(""), cancelled("o1")];
    let by_line = after(told.clone().into_iter().chain(not_mine));
    let by_order =
        after(told.into_iter().chain([correct(Disputed::Order(order_id("o1")), Correction::NotMe)]));
    for profile in [by_line, by_order] {
        assert_eq!((&profile.lifetime, profile.orders.len()), (&Lifetime::default(), 0));
        assert_eq!((profile.bought.len(), profile.brands.len(), profile.bought_sizes.len()), (0, 0, 0));
    }
}

#[test]
fn somebody_elses_order_leaves_the_cart_alone() {
    let not_mine = [
        correct(line_of("o1", "coat"), Correction::NotMe),
        correct(line_of("o1", "parka"), Correction::NotMe),
    ];
    let profile = after([Action::CartAdded(one("coat/38")), bought()].into_iter().chain(not_mine));
    assert_eq!(items(&profile.cart), "coat/38*1@0");
}

#[test]
fn not_me_forgets_looks_until_then_and_a_gift_keeps_them_without_interest() {
    let of_coat = Disputed::Viewed(product("coat"));
    let told = [seen("coat"), seen("hat"), correct(of_coat.clone(), Correction::NotMe)];
    let profile = after(told.clone());
    assert_eq!(items(&profile.viewed), "hat*1@1");
    assert_eq!(profile.brands[0].looked_at.unwrap().times, 1);
    let profile = after(told.into_iter().chain([seen("coat")]));
    assert_eq!(items(&profile.viewed), "coat*1@3 hat*1@1");
    let gift = after([seen("coat"), correct(of_coat, Correction::Gift)]);
    assert_eq!(items(&gift.viewed), "coat*1@0");
    assert_eq!((gift.brands.len(), gift.interests.len()), (0, 0));
}

#[test]
fn the_last_correction_stands_and_the_history_is_kept() {
    let what = || line_of("o1", "coat");
    let first = after([bought()]);
    let profile = after([
        bought(),
        correct(what(), Correction::NotMe),
        correct(what(), Correction::Gift),
        correct(what(), Correction::Withdrawn),
    ]);
    let history: Vec<_> = profile.corrections.iter().map(|made| (made.how, made.at)).collect();
    assert_eq!(
        history,
        [
            (Correction::Withdrawn, at(3 * MINUTE)),
            (Correction::Gift, at(2 * MINUTE)),
            (Correction::NotMe, at(MINUTE)),
        ]
    );
    assert_eq!(Profile { corrections: vec![], ..profile }, first);
}

#[test]
fn a_correction_reaches_orders_that_come_later() {
    let profile = after([correct(line_of("o1", "coat"), Correction::Gift), bought()]);
    assert_eq!(usual(&profile), "parka*1");
}

#[test]
fn what_was_said_of_a_product_goes_before_what_was_said_of_the_order() {
    let profile = after([
        bought(),
        correct(line_of("o1", "coat"), Correction::Gift),
        correct(Disputed::Order(order_id("o1")), Correction::Gift),
    ]);
    assert_eq!(usual(&profile), "");
    let profile = after([bought(), correct(Disputed::Order(order_id("o1")), Correction::Gift)]);
    assert_eq!((usual(&profile).as_str(), profile.order_count), ("", 1));
}

#[test]
fn the_newest_corrections_count() {
    let gifts = (0..=MAX_STANDING).map(|n| correct(line_of("o1", &format!("p{n}")), Correction::Gift));
    let bought: Vec<Action> = [0, 1, MAX_STANDING].iter().map(|n| placed("o1", &format!("p{n}"))).collect();
    for (action, expected) in bought.into_iter().zip(["p0*1", "", ""]) {
        let told = events(gifts.clone().chain([action]));
        let profile = View::rebuild(&told).into_profile();
        assert_eq!(
            (usual(&profile).as_str(), profile.corrections.len()),
            (expected, Profile::MAX_CORRECTIONS)
        );
    }
}
