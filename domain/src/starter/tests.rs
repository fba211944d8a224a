use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::{
    charter::Charter,
    consent::{Consent, Sharing, SharingLevel},
    example::{self, NOW, bought, days_ago, item, product, shelf},
    profile::{Bought, Customer, Profile, Size},
    situation::Shelf,
};

fn situation(profile: &Profile, shelves: BTreeMap<ProductId, Shelf>) -> Situation {
    Situation::gather(NOW, &example::visit(), &example::customer(), profile, shelves, true)
}

/// What is shown by all rules under a charter that forbids nothing.
fn shown(situation: &Situation, ranker: &dyn Ranker, verdicts: &[(String, Verdict)]) -> Vec<Starter> {
    choose(situation, &rules(CART_LEFT_AFTER), ranker, &Charter::default(), verdicts).shown
}

fn kinds(situation: &Situation, verdicts: &[(String, Verdict)]) -> Vec<String> {
    shown(situation, &FixedOrder, verdicts).iter().map(Starter::id).collect()
}

#[test]
fn who_asks_for_help_comes_first_then_the_wish_the_cart_and_the_habit() {
    let mut situation = situation(&example::profile(), example::shelves());
    assert_eq!(kinds(&situation, &[]), ["help-wanted", "wish-arrived/coat", "cart-left/shirt"]);
    situation.help_since = None;
    assert_eq!(kinds(&situation, &[]), ["wish-arrived/coat", "cart-left/shirt", "usual-due/soap"]);
}

#[test]
fn nothing_to_say_is_fine() {
    let mut nothing = situation(&Profile::default(), example::shelves());
    nothing.help_since = None;
    assert!(kinds(&nothing, &[]).is_empty());
}

#[test]
fn what_did_not_fit_is_gone_and_what_was_used_stays() {
    let situation = situation(&example::profile(), example::shelves());
    let verdicts =
        [("help-wanted".to_owned(), Verdict::Used), ("wish-arrived/coat".to_owned(), Verdict::NotNow)];
    assert_eq!(kinds(&situation, &verdicts), ["help-wanted", "cart-left/shirt", "usual-due/soap"]);
    let taken_back = [verdicts[1].clone(), ("wish-arrived/coat".to_owned(), Verdict::Used)];
    assert!(
        kinds(&situation, &taken_back).contains(&"wish-arrived/coat".to_owned()),
        "the last verdict counts"
    );
}

#[test]
fn a_product_is_spoken_of_once() {
    let mut profile = example::profile();
    profile.cart = vec![item("coat", None, days_ago(1))];
    assert_eq!(
        kinds(&situation(&profile, example::shelves()), &[]),
        ["help-wanted", "wish-arrived/coat", "usual-due/soap"]
    );
}

#[test]
fn three_wishes_do_not_push_out_the_habit() {
    let mut profile = example::profile();
    profile.wish_list = ["coat", "boots", "socks"].map(|id| item(id, None, days_ago(40))).to_vec();
    profile.bought.retain(|bought| bought.product == product("soap"));
    profile.orders.clear();
    profile.sizes.clear();
    let mut situation = situation(&profile, example::shelves());
    situation.help_since = None;
    let chosen = kinds(&situation, &[]);
    assert_eq!(&chosen[1..], ["cart-left/shirt", "usual-due/soap"]);
}

#[test]
fn a_ranker_weighs_and_cannot_invent() {
    struct HabitFirst;
    impl Ranker for HabitFirst {
        fn weigh(&self, _: &Situation, candidate: &Starter) -> f64 {
            if candidate.kind == StarterKind::UsualDue { f64::INFINITY } else { -1.0 }
        }
    }
    let situation = situation(&example::profile(), example::shelves());
    let chosen = shown(&situation, &HabitFirst, &[]);
    assert_eq!(chosen[0].kind, StarterKind::UsualDue);
    assert_eq!(chosen.len(), MAX_STARTERS);
}

/// The one fact about stock, when the wish `coat` is proposed.
fn wish(
    size: Option<&str>,
    sizes: &[(&str, &str)],
    category: &str,
    pieces: &[(Option<&str>, u32)],
) -> Option<Fact> {
    let size_of = |(of, size): &(&str, &str)| Size {
        of: (*of).to_owned(),
        size: (*size).to_owned(),
        at: days_ago(1),
        source: Source::Customer,
    };
    let profile = Profile {
        wish_list: vec![item("coat", size, days_ago(9))],
        sizes: sizes.iter().map(size_of).collect(),
        ..Profile::default()
    };
    let situation = situation(&profile, BTreeMap::from([shelf("coat", category, pieces)]));
    WishArrived.propose(&situation).pop().map(|starter| starter.facts[1].clone())
}

fn here(size: Option<&str>, quantity: u32) -> Fact {
    Fact::InStockHere { product: product("coat"), size: size.map(str::to_owned), quantity, at: days_ago(3) }
}

#[test]
fn a_wish_is_proposed_in_a_size_that_fits() {
    let pieces = [(Some("36"), 5), (Some("38"), 2), (Some("40"), 0)];
    let in_shop = |size, sizes: &[_]| wish(size, sizes, "Women / Coats", &pieces);
    assert_eq!(in_shop(Some("38"), &[("coats", "36")]), Some(here(Some("38"), 2)), "the wished size counts");
    assert_eq!(in_shop(Some("40"), &[]), None, "none left of it");
    assert_eq!(in_shop(Some("42"), &[]), None);
    assert_eq!(
        in_shop(None, &[("Coats", "38"), ("shoes", "36")]),
        Some(here(Some("38"), 2)),
        "the customer's own"
    );
    assert_eq!(in_shop(None, &[("coats", "44")]), None, "here, and of no use");
    assert_eq!(
        in_shop(None, &[("shoes", "38")]),
        Some(here(Some("36"), 5)),
        "a shoe size says nothing of a coat"
    );
    assert_eq!(wish(None, &[], "", &[(None, 1)]), Some(here(None, 1)));
    assert_eq!(wish(Some("38"), &[], "", &[(None, 1)]), None, "whether it is a 38 is not known");
    assert_eq!(wish(None, &[], "", &[(None, 0)]), None);
}

#[test]
fn what_came_in_after_the_wish_is_told_first() {
    let profile = Profile {
        wish_list: vec![item("boots", None, days_ago(1)), item("coat", None, days_ago(9))],
        ..Profile::default()
    };
    let proposed = WishArrived.propose(&situation(&profile, example::shelves()));
    let order: Vec<&str> =
        proposed.iter().filter_map(|s| s.product.as_ref()).map(ProductId::as_str).collect();
    assert_eq!(order, ["coat", "boots"]);
}

#[test]
fn a_cart_is_left_after_half_an_hour_and_forgotten_after_a_month() {
    let proposed = |age: Duration| {
        let profile = Profile { cart: vec![item("shirt", None, NOW - age)], ..Profile::default() };
        CartLeft::default().propose(&situation(&profile, example::shelves())).len()
    };
    let (half_hour, month, tick) =
        (Duration::from_secs(1_800), Duration::from_secs(30 * 86_400), Duration::from_millis(1));
    assert_eq!([proposed(half_hour), proposed(half_hour + tick)], [0, 1]);
    assert_eq!([proposed(Duration::from_millis(30 * 86_400_000 - 1)), proposed(month)], [1, 0]);
}

#[test]
fn a_cart_is_not_left_while_it_or_a_checkout_is_touched() {
    let proposed = |touched: Duration, after: Duration| {
        let profile = Profile {
            cart: vec![item("shirt", None, days_ago(2))],
            cart_touched: Some(NOW - touched),
            ..Profile::default()
        };
        CartLeft { after }.propose(&situation(&profile, example::shelves())).len()
    };
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    assert_eq!([proposed(minutes(29), minutes(30)), proposed(minutes(30), minutes(30))], [0, 1]);
    assert_eq!(
        [proposed(minutes(30), minutes(31)), proposed(minutes(10), minutes(10))],
        [0, 1],
        "as configured"
    );
}

#[test]
fn what_was_bought_since_is_not_spoken_of() {
    let mut profile = example::profile();
    profile.bought = vec![bought("coat", &[1]), bought("shirt", &[1])];
    let situation = situation(&profile, example::shelves());
    assert!(WishArrived.propose(&situation).is_empty());
    assert!(CartLeft::default().propose(&situation).is_empty());
}

#[test]
fn a_habit_is_due_from_four_fifths_of_its_gap_to_three_gaps() {
    let due = |last: u64| {
        let days = [last + 60, last + 30, last];
        let profile = Profile { bought: vec![bought("soap", &days)], ..Profile::default() };
        UsualDue.propose(&situation(&profile, example::shelves())).len()
    };
    assert_eq!([due(23), due(24), due(90), due(91)], [0, 1, 1, 0]);
    let twice = Profile { bought: vec![bought("soap", &[60, 30])], ..Profile::default() };
    assert!(UsualDue.propose(&situation(&twice, example::shelves())).is_empty(), "twice is no habit");
}

#[test]
fn what_the_catalogue_does_not_know_cannot_be_named() {
    let mut unknown = situation(&example::profile(), BTreeMap::new());
    unknown.help_since = None;
    assert!(kinds(&unknown, &[]).is_empty());
}

// ---- The truth of every fact, for any profile ----

fn any_item() -> impl Strategy<Value = crate::profile::Item> {
    (0_u8..5, prop::option::of(0_u8..3), 0_u32..3, -2_i64..60 * 24, 0_u8..3).prop_map(
        |(id, size, quantity, hours, source)| {
            let source = [Source::Web, Source::Customer, Source::Import][usize::from(source)];
            let at = Timestamp::from_secs(NOW.as_secs() - hours * 3_600);
            let size = size.map(|size| format!("s{size}"));
            let product = product(&format!("p{id}"));
            crate::profile::Item { product, name: None, size, quantity, at, source }
        },
    )
}

fn any_bought() -> impl Strategy<Value = Vec<Bought>> {
    let rhythm = (1_u64..40, 0_u64..60, 0_usize..6);
    prop::collection::vec(rhythm, 0..5).prop_map(|rhythms| {
        let with = |(number, (gap, last, times)): (usize, (u64, u64, usize))| {
            let days: Vec<u64> = (0..=times).rev().map(|k| last + gap * k as u64).collect();
            bought(&format!("p{number}"), &days)
        };
        rhythms.into_iter().enumerate().map(with).collect()
    })
}

fn any_shelves() -> impl Strategy<Value = BTreeMap<ProductId, Shelf>> {
    let pieces = prop::collection::vec((prop::option::of(0_u8..3), 0_u32..3), 0..4);
    prop::collection::vec(prop::option::of(pieces), 5).prop_map(|shelves| {
        type Pieces = Vec<(Option<u8>, u32)>;
        let of = |(number, pieces): (usize, Option<Pieces>)| {
            let pieces = pieces?;
            let sizes: Vec<(Option<String>, u32)> =
                pieces.into_iter().map(|(size, n)| (size.map(|size| format!("s{size}")), n)).collect();
            let sizes: Vec<(Option<&str>, u32)> =
                sizes.iter().map(|(size, n)| (size.as_deref(), *n)).collect();
            Some(shelf(&format!("p{number}"), "things", &sizes))
        };
        shelves.into_iter().enumerate().filter_map(of).collect()
    })
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let items = || prop::collection::vec(any_item(), 0..6);
    (items(), items(), any_bought(), prop::option::of(0_u8..3)).prop_map(|(wish_list, cart, bought, size)| {
        Profile {
            wish_list,
            cart,
            bought,
            sizes: size
                .map(|size| Size {
                    of: "things".into(),
                    size: format!("s{size}"),
                    at: days_ago(1),
                    source: Source::Web,
                })
                .into_iter()
                .collect(),
            ..Profile::default()
        }
    })
}

/// Derives a fact anew from what is stored, without a look at the rules.
fn is_true(
    fact: &Fact,
    customer: &Customer,
    profile: &Profile,
    shelves: &BTreeMap<ProductId, Shelf>,
) -> bool {
    match fact {
        Fact::AskedForHelp { at } => customer.help_since == Some(*at) && *at <= NOW,
        Fact::OnWishList { product, size, at, source } => profile
            .wish_list
            .iter()
            .any(|i| (&i.product, &i.size, i.at, i.source) == (product, size, *at, *source) && i.at <= NOW),
        Fact::InCart { product, quantity, at, source } => profile.cart.iter().any(|i| {
            (&i.product, i.quantity, i.at, i.source) == (product, *quantity, *at, *source) && *quantity > 0
        }),
        Fact::InStockHere { product, size, quantity, at } => {
            let pieces = shelves.get(product).and_then(|shelf| shelf.stock.as_ref());
            *quantity > 0
                && pieces.is_some_and(|pieces| {
                    pieces.iter().any(|p| (&p.size, p.quantity, p.since) == (size, *quantity, *at))
                })
        }
        Fact::BoughtBefore { product, times, last, every_days, source } => profile.bought.iter().any(|b| {
            let gap = Duration::from_secs(u64::from(*every_days) * 86_400);
            (&b.product, b.times, b.last, b.source) == (product, *times, *last, *source)
                && *times >= 3
                && b.typical_gap() == Some(gap)
                && NOW.since(*last) <= gap * 3
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_fact_of_every_starter_is_true_and_allowed(
        profile in any_profile(),
        shelves in any_shelves(),
        level in 0_u8..6,
        confirmed: bool,
        help: bool,
    ) {
        let sharing = Sharing {
            level: SharingLevel::from_number(level).unwrap(),
            greet_by_name: false,
            alone_until: None,
        };
        let help_since = help.then(|| NOW - Duration::from_secs(60));
        let consent = Consent::from(sharing);
        let customer = Customer { consent, help_since, ..example::customer() };
        let situation = Situation::gather(NOW, &example::visit(), &customer, &profile, shelves.clone(), confirmed);
        let starters = shown(&situation, &FixedOrder, &[]);

        prop_assert!(starters.len() <= MAX_STARTERS);
        for starter in &starters {
            prop_assert!(!starter.facts.is_empty());
            for fact in &starter.facts {
                prop_assert!(is_true(fact, &customer, &profile, &shelves), "{:?}", fact);
            }
            let field = starter.kind.rests_on();
            prop_assert!(consent.shows(field, NOW) && (confirmed || !field.needs_confirmation()));
            let Some(product) = &starter.product else { continue };
            prop_assert_eq!(starters.iter().filter(|other| other.product.as_ref() == Some(product)).count(), 1);
            prop_assert!(shelves.contains_key(product));
            if level >= 4 && starter.kind != StarterKind::UsualDue {
                let since = starter.facts.iter().find_map(|fact| match fact {
                    Fact::OnWishList { at, .. } | Fact::InCart { at, .. } => Some(*at),
                    _ => None,
                });
                let bought = profile.bought.iter().any(|b| b.product == *product && Some(b.last) >= since);
                prop_assert!(!bought, "bought since");
            }
        }
    }

    #[test]
    fn choosing_is_the_same_every_time(profile in any_profile(), shelves in any_shelves()) {
        let situation = situation(&profile, shelves);
        let once = shown(&situation, &FixedOrder, &[]);
        prop_assert_eq!(shown(&situation, &FixedOrder, &[]), once);
    }

    #[test]
    fn what_did_not_fit_never_comes_back(profile in any_profile(), shelves in any_shelves()) {
        let situation = situation(&profile, shelves);
        let mut verdicts = Vec::new();
        // Said "not now" to everything, again and again, until nothing is left.
        for _ in 0..20 {
            let chosen = shown(&situation, &FixedOrder, &verdicts);
            prop_assert!(chosen.iter().all(|starter| !verdicts.iter().any(|(id, _)| *id == starter.id())));
            verdicts.extend(chosen.iter().map(|starter| (starter.id(), Verdict::NotNow)));
        }
        prop_assert!(shown(&situation, &FixedOrder, &verdicts).is_empty());
    }
}
