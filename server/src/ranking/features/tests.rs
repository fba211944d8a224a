use shopbell_domain::{
    consent::{Field, SharingLevel},
    id::VisitId,
    outlook::Outlook,
    profile::{Preference, Source},
    starter::{Declined, Verdict},
};

use super::*;
use crate::ranking::example::{self, DAY, NOW, about, bare, euros, product, situation, wished};

fn of(situation: &Situation, starter: &Starter, name: &str) -> f64 {
    let at = names().iter().position(|known| known == name).unwrap();
    numbers(situation, starter, &ByShop::new())[at]
}

#[test]
fn each_feature_has_a_name_words_and_a_number() {
    let all = names();
    let numbers = numbers(&situation(SharingLevel::Browsing, 1), &bare(StarterKind::Hello), &ByShop::new());
    assert_eq!((all.len(), numbers.len()), (COUNT, COUNT));
    let mut distinct = all.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), COUNT);
    assert!(all.iter().all(|name| in_words(name) != *name));
    assert_eq!(in_words("of a later version"), "of a later version");
}

#[test]
fn a_kind_is_its_own_feature() {
    let here = situation(SharingLevel::Browsing, 1);
    for kind in StarterKind::ALL {
        for other in StarterKind::ALL {
            assert!((of(&here, &bare(kind), &of_kind(other)) - one_if(kind == other)).abs() < 1e-12);
        }
    }
}

#[test]
fn what_a_customer_did_fades() {
    let here = situation(SharingLevel::Browsing, 1);
    let fresh = |days: u32| {
        let fact = wished("coat", NOW - DAY * days, Source::Web);
        of(&here, &about(StarterKind::WishArrived, "coat", vec![fact]), "fresh")
    };
    assert!((fresh(0) - 1.0).abs() < 1e-9 && (fresh(30) - 0.5).abs() < 1e-9 && fresh(300) < 0.01);
    assert!(of(&here, &bare(StarterKind::Hello), "fresh").abs() < 1e-12, "nobody did anything");
}

#[test]
fn pieces_prices_and_sources_count() {
    let here = situation(SharingLevel::Browsing, 1);
    let pieces = |size: Option<&str>, quantity| Fact::InStockHere {
        product: product("coat"),
        size: size.map(str::to_owned),
        quantity,
        at: NOW,
    };
    let with = |fact| about(StarterKind::WishArrived, "coat", vec![wished("coat", NOW, Source::Web), fact]);
    let of = |fact: &Fact, name| of(&here, &with(fact.clone()), name);
    assert!(of(&pieces(None, 2), "here") > 0.9 && of(&pieces(None, 2), "fits").abs() < 1e-12);
    assert!(of(&pieces(Some("38"), 2), "fits") > 0.9);
    assert!(of(&pieces(Some("38"), 0), "here").abs() < 1e-12, "the last one was sold");

    let cost = |minor, day| {
        let (price, at) = (euros(minor), NOW - DAY * day);
        [
            Fact::CostThen {
                product: product("coat"),
                price,
                at,
                list: Field::WishList,
                source: Source::Web,
            },
            Fact::CostsNow { product: product("coat"), size: None, price, at },
        ]
    };
    let [then, _] = cost(20_000, 9);
    let [_, now] = cost(15_000, 0);
    let fell = about(StarterKind::PriceLower, "coat", vec![then.clone(), now]);
    assert!((self::of(&here, &fell, "cheaper") - 0.5).abs() < 1e-9, "a quarter, where a half is all");
    let [_, dearer] = cost(30_000, 0);
    let rose = about(StarterKind::PriceLower, "coat", vec![then, dearer]);
    assert!(self::of(&here, &rose, "cheaper").abs() < 1e-12);

    let by_page = about(StarterKind::WishArrived, "coat", vec![wished("coat", NOW, Source::Page)]);
    assert!(self::of(&here, &by_page, "vouched").abs() < 1e-12);
}

#[test]
fn what_models_say_and_what_was_met_counts() {
    let here = situation(SharingLevel::Browsing, 1);
    let soap = about(StarterKind::UsualDue, "soap", vec![]);
    let towel = about(StarterKind::GoesWith, "towel", vec![]);
    let boots = about(StarterKind::GoesWith, "boots", vec![]);
    assert!((of(&here, &soap, "due") - 0.7).abs() < 0.01 && of(&here, &soap, "often") > 0.4);
    assert!((of(&here, &towel, "pairing") - 0.4).abs() < 0.01);
    assert!(of(&here, &towel, "new") > 0.9 && of(&here, &boots, "new").abs() < 1e-12, "boots were looked at");
}

#[test]
fn nothing_stands_for_what_is_not_shared() {
    // The same starter, in the situation of somebody who shares nothing but to be here: all that is left is the kind, that they
    // are here, and what is the same for everybody.
    let here = situation(SharingLevel::Present, 1);
    for (kind, id) in [(StarterKind::UsualDue, "soap"), (StarterKind::WishArrived, "coat")] {
        let starter = about(kind, id, vec![Fact::IsHere { at: NOW }]);
        for (name, number) in names().iter().zip(numbers(&here, &starter, &ByShop::new())) {
            let told = *name == of_kind(kind) || name == "vouched" || name == "suggestion";
            assert!(told || number.abs() < 1e-12, "{name} tells {number}");
        }
    }
}

#[test]
fn a_day_that_is_near_counts() {
    let here = situation(SharingLevel::Browsing, 1);
    let near = |until| {
        let fact = Fact::Announced { campaign: "linen".to_owned(), until, at: NOW };
        of(&here, &Starter { facts: vec![fact], ..bare(StarterKind::Campaign) }, "near")
    };
    assert!((near(NOW) - 1.0).abs() < 1e-9 && (near(NOW + DAY * 7) - 0.5).abs() < 1e-9);
    assert!(of(&here, &bare(StarterKind::Campaign), "near").abs() < 1e-12, "no day is known");

    let mut here = situation(SharingLevel::Browsing, 1);
    let (name, value) = ("birthday".to_owned(), "11-28".to_owned());
    here.known.preferences = vec![Preference { name, value, at: NOW, source: Source::Customer }];
    let on = Day { year: 2026, month: 11, day: 28 };
    let told = Fact::DayTold { name: "birthday".to_owned(), on, at: NOW, source: Source::Customer };
    let occasion = Starter { facts: vec![told], ..bare(StarterKind::Occasion) };
    assert!((of(&here, &occasion, "near") - 0.5).abs() < 1e-9, "in a week");
    here.known.preferences.clear();
    assert!(of(&here, &occasion, "near").abs() < 1e-12, "it was taken back");
}

#[test]
fn what_the_visit_may_become_counts_for_what_helps_with_it() {
    let mut here = situation(SharingLevel::Browsing, 1);
    here.outlook = vec![Outlook { prospect: Prospect::Replenish, probability: 0.75, grounds: vec![] }];
    assert!((of(&here, &bare(StarterKind::UsualDue), "outlook") - 0.75).abs() < 1e-9);
    assert!(of(&here, &bare(StarterKind::WishArrived), "outlook").abs() < 1e-12);
    assert!(of(&here, &bare(StarterKind::Hello), "outlook").abs() < 1e-12);
}

#[test]
fn how_a_person_and_a_shop_took_it_before_counts() {
    let mut here = situation(SharingLevel::Browsing, 1);
    let starter = bare(StarterKind::CartLeft);
    assert!(of(&here, &starter, "put-aside").abs() < 1e-12);
    let declined = |id: &str, visit| Declined {
        id: id.to_owned(),
        verdict: Verdict::NotNow,
        visit: VisitId(visit),
        at: NOW,
    };
    here.past.declined = vec![declined("cart-left/coat", 5), declined("wish-arrived/coat", 6)];
    assert!((of(&here, &starter, "put-aside") - 0.5).abs() < 1e-9);
    assert!(of(&here, &bare(StarterKind::Hello), "put-aside").abs() < 1e-12);

    let mut shops = ByShop::new();
    shops.count(&example::shop(), StarterKind::CartLeft, NOW, None, 1.0).unwrap();
    let of = |starter: &Starter, name: &str| {
        numbers(&here, starter, &shops)[names().iter().position(|known| known == name).unwrap()]
    };
    assert!(of(&starter, "shop") > 0.1 && of(&starter, "shop-any") > 0.0);
    let another = bare(StarterKind::Story);
    assert!(of(&another, "shop").abs() < 1e-12 && of(&another, "shop-any") > 0.0, "another kind");
}

#[test]
fn what_learning_never_turns_round_is_bounded_where_it_scores() {
    let (low, high) = (vec![-0.5; COUNT], vec![0.5; COUNT]);
    for (name, weight) in names().into_iter().zip(scored(&low, &high, 0.1)) {
        let expected = match name.as_str() {
            "here" | "fits" | "vouched" | "person" | "shop" | "shop-any" => 0.0,
            "suggestion" => -0.05,
            "kind:hello" => 0.5,
            _ => -0.5,
        };
        assert!((weight - expected).abs() < 1e-12, "{name}: {weight}");
    }
    assert_eq!(scored(&high, &high, 1.0), high);
}

#[test]
fn every_suggestion_has_the_same_of_what_they_have_in_common_and_a_hello_has_nothing() {
    for level in [SharingLevel::Present, SharingLevel::Browsing] {
        for kind in StarterKind::ALL {
            let expected = if kind == StarterKind::Hello { 0.0 } else { SUGGESTION };
            assert!((of(&situation(level, 1), &bare(kind), "suggestion") - expected).abs() < 1e-12);
        }
        let hello = numbers(&situation(level, 1), &bare(StarterKind::Hello), &ByShop::new());
        assert_eq!(hello.iter().filter(|number| **number != 0.0).count(), 1);
    }
}
