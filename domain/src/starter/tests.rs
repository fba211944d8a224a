mod any;
mod once;
mod truth;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::*;
use crate::{
    charter::{Charter, Suppression},
    consent::{Channel, Consent, Decision, Purpose, Sharing, SharingLevel, Use},
    example::{self, NOW, bought, days_ago, item, product, shelf},
    profile::{Bought, Customer, Profile, Size, Source},
    situation::{Around, Shelf},
    time::Timestamp,
};

/// Of somebody who shares all of it, and was met.
pub(super) fn situation(profile: &Profile, shelves: BTreeMap<ProductId, Shelf>) -> Situation {
    let customer = Customer { consent: lets_note(example::everything()), ..example::customer() };
    Situation::gather(NOW, &example::visit(), &customer, profile, Around::of(shelves), true)
}

/// And lets associates note something, which no level does.
fn lets_note(consent: Consent) -> Consent {
    let notes = Use { purpose: Purpose::Advise, channel: Channel::Tablet, field: Field::Notes };
    Decision::give([notes]).after(consent)
}

/// What is shown by all rules under a charter that forbids nothing.
fn shown(situation: &Situation, ranker: &dyn Ranker, verdicts: &[(String, Verdict)]) -> Vec<Starter> {
    let situation = Situation { verdicts: verdicts.to_vec(), ..situation.clone() };
    choose(&situation, &rules(CART_LEFT_AFTER), ranker, &Charter::default()).shown().cloned().collect()
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
fn nothing_to_say_is_a_hello_where_something_is_shared_and_nothing_where_not() {
    let mut nothing = situation(&Profile::default(), example::shelves());
    nothing.help_since = None;
    assert_eq!(kinds(&nothing, &[]), ["hello"]);
    assert!(kinds(&nothing, &[("hello".to_owned(), Verdict::NotNow)]).is_empty());
    let here = example::at_level(SharingLevel::Present);
    let customer = Customer { consent: here, help_since: None, ..example::customer() };
    let around = Around::of(example::shelves());
    let only_here = Situation::gather(NOW, &example::visit(), &customer, &example::profile(), around, true);
    assert!(kinds(&only_here, &[]).is_empty());
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
fn a_product_that_did_not_fit_comes_back_in_no_other_words() {
    let mut profile = example::profile();
    profile.cart = vec![item("coat", None, days_ago(20)), item("shirt", None, days_ago(2))];
    let situation = situation(&profile, example::shelves());
    let speaks_of_coat = |verdict| {
        let verdicts = [("wish-arrived/coat".to_owned(), verdict)];
        kinds(&situation, &verdicts).iter().any(|id| id.ends_with("/coat"))
    };
    assert!(speaks_of_coat(Verdict::Used) && speaks_of_coat(Verdict::Helpful));
    assert!(!speaks_of_coat(Verdict::NotNow) && !speaks_of_coat(Verdict::Wrong));
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
        fn draw(&self, _: &Situation, all: &[Starter], select: &dyn Fn(&[f64]) -> Vec<usize>) -> Drawn {
            let score = |one: &Starter| if one.kind == StarterKind::UsualDue { f64::INFINITY } else { -1.0 };
            let scores: Vec<f64> = all.iter().map(score).collect();
            let slot = |candidate| Slot { candidate, here: 1.0, anywhere: 1.0 };
            Drawn { slots: select(&scores).into_iter().map(slot).collect(), scores, ..Drawn::default() }
        }
    }
    let situation = situation(&example::profile(), example::shelves());
    let chosen = shown(&situation, &HabitFirst, &[]);
    assert_eq!(chosen[0].kind, StarterKind::HelpWanted, "who asks comes first");
    assert_eq!(chosen[1].kind, StarterKind::UsualDue);
    assert_eq!(chosen.len(), MAX_STARTERS);
}

#[test]
fn what_is_worth_less_than_a_hello_is_not_said_even_where_that_is_not_said_either() {
    struct Sour;
    impl Ranker for Sour {
        fn draw(&self, _: &Situation, all: &[Starter], select: &dyn Fn(&[f64]) -> Vec<usize>) -> Drawn {
            let score = |one: &Starter| if one.kind == StarterKind::CartLeft { 0.2 } else { 0.1 };
            let scores: Vec<f64> = all.iter().map(score).collect();
            let slot = |candidate| Slot { candidate, here: 1.0, anywhere: 1.0 };
            Drawn { slots: select(&scores).into_iter().map(slot).collect(), scores, ..Drawn::default() }
        }

        fn worth_of_a_hello(&self) -> f64 {
            0.15
        }
    }
    let ids = |situation: &Situation, verdicts: &[_]| -> Vec<String> {
        shown(situation, &Sour, verdicts).iter().map(Starter::id).collect()
    };
    let mut situation = situation(&example::profile(), example::shelves());
    assert_eq!(ids(&situation, &[]), ["help-wanted", "cart-left/shirt"], "who asks is answered");
    situation.help_since = None;
    assert_eq!(ids(&situation, &[]), ["cart-left/shirt"]);
    let choice = choose(&situation, &rules(CART_LEFT_AFTER), &Sour, &Charter::default());
    let why: BTreeSet<&Suppression> = choice.suppressed().map(|(_, why)| why).collect();
    assert_eq!(why.into_iter().collect::<Vec<_>>(), [&Suppression::NotAlone, &Suppression::LessThanHello]);
    let no = [("cart-left/shirt".to_owned(), Verdict::NotNow)];
    assert_eq!(ids(&situation, &no), ["hello"]);
    let no = [no[0].clone(), ("hello".to_owned(), Verdict::NotNow)];
    assert_eq!(ids(&situation, &no), [""; 0]);
}

#[test]
fn what_is_looked_up_in_the_shop_is_proposed_and_what_was_looked_at_before_is_not() {
    let began = example::visit().began;
    let proposed = |at: &[(&str, Timestamp)], profile: Profile| {
        let viewed = at.iter().map(|(id, at)| item(id, None, *at)).collect();
        let situation = situation(&Profile { viewed, ..profile }, example::shelves());
        LookedUp.propose(&situation).iter().map(Starter::id).collect::<Vec<_>>()
    };
    let tick = Duration::from_millis(1);
    let none = Profile::default;
    assert_eq!(proposed(&[("boots", began)], none()), ["looked-up/boots"]);
    assert_eq!(proposed(&[("boots", began - tick)], none()), [""; 0], "on the sofa");
    assert_eq!(proposed(&[("boots", NOW + tick)], none()), [""; 0], "of the future");
    assert_eq!(proposed(&[("hat", began)], none()), [""; 0], "none is here");
    assert_eq!(proposed(&[("gone", began)], none()), [""; 0], "unknown to the catalogue");
    assert_eq!(
        proposed(&[("coat", NOW - tick), ("boots", NOW)], none()),
        ["looked-up/boots", "looked-up/coat"],
        "the newest first, each once"
    );
    let mut bought_since = none();
    bought_since.bought = vec![Bought { last: NOW, ..bought("boots", &[9]) }];
    assert_eq!(proposed(&[("boots", began)], bought_since), [""; 0]);
    let mut other_size = none();
    other_size.sizes =
        vec![Size { of: "shoes".into(), size: "38".into(), at: NOW, source: Source::Customer }];
    assert_eq!(proposed(&[("boots", began)], other_size), [""; 0], "only a 40 is here");
}

#[test]
fn who_looks_something_up_wants_to_know_it_more_than_an_old_wish() {
    let mut profile = example::profile();
    profile.viewed = vec![item("boots", None, NOW)];
    assert_eq!(
        kinds(&situation(&profile, example::shelves()), &[]),
        ["help-wanted", "looked-up/boots", "wish-arrived/coat"]
    );
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
        Some(here(None, 7)),
        "a shoe size says nothing of a coat: no size is named"
    );
    assert_eq!(wish(None, &[], "", &[(None, 1)]), Some(here(None, 1)));
    assert_eq!(wish(Some("38"), &[], "", &[(None, 1)]), None, "whether it is a 38 is not known");
    assert_eq!(wish(None, &[], "", &[(None, 0)]), None);
}

#[test]
fn what_came_in_after_the_wish_is_told_first() {
    let profile = Profile {
        wish_list: vec![item("boots", None, days_ago(1)), item("coat", None, days_ago(30))],
        ..Profile::default()
    };
    let proposed = WishArrived.propose(&situation(&profile, example::shelves()));
    let order: Vec<&str> =
        proposed.iter().filter_map(|s| s.product.as_ref()).map(ProductId::as_str).collect();
    assert_eq!(order, ["coat", "boots"]);
}

#[test]
fn of_a_product_the_news_is_told() {
    let profile = Profile { wish_list: vec![item("coat", None, days_ago(30))], ..Profile::default() };
    let came_in = |days: u64| {
        let mut shelves = example::shelves();
        let coat = shelves.get_mut(&product("coat")).unwrap();
        coat.stock.iter_mut().flatten().for_each(|piece| piece.since = days_ago(days));
        kinds(&situation(&profile, shelves), &[])
    };
    assert!(came_in(3).contains(&"back-in/coat".to_owned()));
    assert!(came_in(40).contains(&"wish-arrived/coat".to_owned()));
}

#[test]
fn what_is_no_longer_sold_is_not_spoken_of() {
    let mut shelves = example::shelves();
    shelves.get_mut(&product("coat")).unwrap().product.ended = Some(NOW);
    let chosen = kinds(&situation(&example::profile(), shelves), &[]);
    assert!(chosen.iter().all(|id| !id.ends_with("/coat")), "{chosen:?}");
}

#[test]
fn what_the_brand_tells_everybody_is_told_in_one_visit_a_month() {
    let told = |lately: &[(&str, u64)], visit: &[&str]| {
        let past = Past {
            shown_this_visit: visit.iter().map(|id| (*id).to_owned()).collect(),
            shown_lately: lately.iter().map(|(id, days)| ((*id).to_owned(), days_ago(*days))).collect(),
            ..Past::default()
        };
        let campaign = Starter {
            kind: StarterKind::Campaign,
            product: None,
            thing: Some("spring".to_owned()),
            facts: Vec::new(),
        };
        past.refuses(&campaign, NOW)
    };
    assert_eq!(told(&[], &[]), None);
    assert_eq!(told(&[("campaign/spring", 3)], &[]), Some(crate::charter::Suppression::ToldBefore));
    assert_eq!(told(&[("campaign/spring", 0)], &["campaign/spring"]), None, "it stays for this visit");
    assert_eq!(told(&[("campaign/spring", 30), ("campaign/autumn", 3)], &[]), None);
}

#[test]
fn a_habit_is_not_proposed_where_it_has_run_out_or_is_not_liked() {
    let proposed = |pieces: Option<u32>, tenths: Option<u8>| {
        let mut shelves = example::shelves();
        let soap = shelves.get_mut(&product("soap")).unwrap();
        soap.stock = pieces.map(|quantity| vec![crate::catalogue::Stock::new(None, quantity, days_ago(9))]);
        let review = tenths.map(|rating| crate::profile::Review {
            product: product("soap"),
            rating_tenths: Some(rating),
            at: days_ago(5),
            source: Source::Web,
        });
        let profile = Profile { reviews: review.into_iter().collect(), ..example::profile() };
        UsualDue.propose(&situation(&profile, shelves)).len()
    };
    assert_eq!([proposed(Some(9), None), proposed(None, None), proposed(Some(0), None)], [1, 1, 0]);
    assert_eq!([proposed(Some(9), Some(30)), proposed(Some(9), Some(10))], [1, 0]);
}

#[test]
fn what_was_bought_and_given_back_is_wished_for_no_more() {
    let mut profile = example::profile();
    let wished = |profile: &Profile| !WishArrived.propose(&situation(profile, example::shelves())).is_empty();
    assert!(wished(&profile));
    profile.orders[0].at = days_ago(2);
    profile.orders[0].lines[0].product = product("coat");
    profile.orders[0].lines[0].quantity = 0;
    assert!(!wished(&profile));
    profile.orders[0].source = Source::Page;
    assert!(wished(&profile), "anybody may say so");
}

#[test]
fn a_cart_is_left_after_half_an_hour_and_forgotten_after_a_month() {
    let proposed = |age: Duration| {
        let profile = Profile { cart: vec![item("shirt", None, NOW - age)], ..Profile::default() };
        CartLeft::default().propose(&situation(&profile, example::shelves())).len()
    };
    let (month, tick) = (Duration::from_secs(30 * 86_400), Duration::from_millis(1));
    // The visit began ten minutes ago, and what was put there on the way to it is of the visit.
    let half_hour = Duration::from_secs(600) + crate::situation::HELP_BEFORE_VISIT;
    assert_eq!([proposed(half_hour), proposed(half_hour + tick)], [0, 1]);
    let alone = |after: Duration| {
        let cart = vec![item("shirt", None, NOW - half_hour - tick)];
        let profile = Profile { cart, ..Profile::default() };
        CartLeft { after }.propose(&situation(&profile, example::shelves())).len()
    };
    assert_eq!([alone(half_hour + tick), alone(half_hour)], [0, 1]);
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
    assert_eq!(kinds(&unknown, &[]), ["hello"]);
}
