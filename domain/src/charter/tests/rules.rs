//! Each rule that is not of subjects: what it takes away, and what it leaves.

use super::*;
use crate::{
    catalogue::{Price, Sale},
    consent::Consent,
    event::{Action, Correction, Disputed, Event, EventId, Line, Origin, Purchase},
    id::{MessageId, OrderId, SourceId},
    moment::{Moment, Trigger},
    money::Money,
    profile::{Customer, Source, View},
    situation::Around,
    starter::{Declined, Fact, Past, Verdict},
    time::{Day, LocalTime, Weekday},
};

fn read(file: &CharterFile) -> Charter {
    Charter::read(file).unwrap()
}

fn situation() -> Situation {
    let around = Around::of(example::shelves());
    Situation::gather(NOW, &example::visit(), &example::customer(), &example::profile(), around, true)
}

/// What is shown, and why the rest is not.
fn told(situation: &Situation, charter: &Charter) -> (Vec<String>, BTreeMap<String, &'static str>) {
    let choice = choose(situation, &rules(CART_LEFT_AFTER), &FixedOrder, charter);
    let why = choice.suppressed().map(|(starter, why)| (starter.id(), why.name())).collect();
    (choice.shown().map(Starter::id).collect(), why)
}

fn only_help_for(situation: &Situation, charter: &Charter, rule: &str) {
    let (shown, why) = told(situation, charter);
    assert_eq!(shown, ["help-wanted"]);
    for id in ["wish-arrived/coat", "cart-left/shirt", "usual-due/soap"] {
        assert_eq!(why.get(id), Some(&rule), "{why:?}");
    }
}

#[test]
fn a_minor_is_suggested_nothing_unless_the_brand_says_so() {
    let minor = Situation { minor: Some(true), ..situation() };
    only_help_for(&minor, &Charter::default(), "Minor");
    let as_others = read(&CharterFile { minors: Some("as-others".into()), ..CharterFile::default() });
    assert_eq!(told(&minor, &as_others).0.len(), 3);
    for grown_up in [Some(false), None] {
        assert_eq!(told(&Situation { minor: grown_up, ..situation() }, &Charter::default()).0.len(), 3);
    }
}

const fn at(weekday: Weekday, minute_of_day: u16) -> LocalTime {
    LocalTime { weekday, minute_of_day, date: Day { year: 2026, month: 11, day: 21 } }
}

#[test]
fn a_shop_keeps_quiet_when_its_clocks_say_so() {
    let quiet = QuietFile {
        days: vec!["saturday".into(), "sunday".into()],
        from: "12:00".into(),
        until: "14:30".into(),
        stores: vec![StoreId::new("lyon").unwrap()],
    };
    let file = CharterFile { quiet: vec![quiet], ..CharterFile::default() };
    let charter = read(&file);
    let shown = |local| told(&Situation { local, ..situation() }, &charter).0.len();
    let saturday = |minute| shown(Some(at(Weekday::Saturday, minute)));
    assert_eq!([saturday(719), saturday(720), saturday(869), saturday(870)], [3, 1, 1, 3]);
    assert_eq!(shown(Some(at(Weekday::Friday, 750))), 3);
    only_help_for(&Situation { local: Some(at(Weekday::Sunday, 720)), ..situation() }, &charter, "QuietTime");
    only_help_for(&Situation { local: None, ..situation() }, &charter, "QuietTime");
    let elsewhere = Situation { store: StoreId::new("nice").unwrap(), ..situation() };
    assert_eq!(told(&elsewhere, &charter).0.len(), 3, "its rule is of another shop");
    assert!(charter.has_quiet_times(&StoreId::new("lyon").unwrap()));
    assert!(!charter.has_quiet_times(&elsewhere.store));
}

#[test]
fn who_is_held_out_or_only_just_came_in_is_still_helped() {
    let held_out = Situation { arm: Arm::Holdout, ..situation() };
    only_help_for(&held_out, &Charter::default(), "Holdout");
    let (shown, why) = told(&Situation { help_since: None, ..held_out }, &Charter::default());
    assert_eq!(shown, ["hello"], "their card looks like one of a guest for whom nothing is worth saying");
    assert!(why.values().all(|rule| *rule == "Holdout"), "{why:?}");
    let moment = |moment| Situation { moment: Some(moment), ..situation() };
    only_help_for(&moment(Moment::Quiet { until: NOW }), &Charter::default(), "NotYet");
    only_help_for(&moment(Moment::Watch { next: None }), &Charter::default(), "NotYet");
    let open = Moment::Open { trigger: Trigger::Dwell, since: NOW, hello_only: false };
    assert_eq!(told(&moment(open), &Charter::default()).0.len(), 3);
}

#[test]
fn what_was_declined_before_is_not_said_again() {
    let day = std::time::Duration::from_secs(86_400);
    let declined = |verdict, visit, days| Declined {
        id: "wish-arrived/coat".into(),
        verdict,
        visit: crate::id::VisitId(visit),
        at: NOW - day * days,
    };
    let with = |declined| Situation { past: Past { declined, ..Past::default() }, ..situation() };
    let rule = |declined| told(&with(declined), &Charter::default()).1.get("wish-arrived/coat").copied();
    assert_eq!(rule(vec![declined(Verdict::Wrong, 1, 300)]), Some("Wrong"));
    assert_eq!(
        rule(vec![declined(Verdict::NotNow, 1, 50), declined(Verdict::NotNow, 2, 3)]),
        Some("DeclinedTwice")
    );
    assert_eq!(rule(vec![declined(Verdict::NotNow, 2, 3)]), None);
}

fn caps(per_visit: usize, per_30_days: usize) -> Charter {
    let caps = CapsFile { per_visit: Some(per_visit), per_30_days: Some(per_30_days) };
    read(&CharterFile { caps, ..CharterFile::default() })
}

#[test]
fn caps_count_each_starter_once_and_never_who_asks() {
    let shown = |ids: &[&str], lately: &[&str], charter: &Charter| {
        let past = Past {
            shown_this_visit: ids.iter().map(|id| (*id).to_owned()).collect(),
            shown_lately: lately.iter().map(|id| ((*id).to_owned(), NOW)).collect(),
            ..Past::default()
        };
        told(&Situation { past, ..situation() }, charter)
    };
    assert_eq!(shown(&[], &[], &caps(0, 0)).0, ["help-wanted"]);
    let (one, why) = shown(&[], &[], &caps(1, 20));
    assert_eq!(one, ["help-wanted", "wish-arrived/coat"]);
    assert_eq!(why["cart-left/shirt"], "VisitCap");
    // What is on the card already stays; the better wish waits for room that never comes.
    let (kept, why) = shown(&["cart-left/shirt"], &[], &caps(1, 20));
    assert_eq!(kept, ["help-wanted", "cart-left/shirt"]);
    assert_eq!(why["wish-arrived/coat"], "VisitCap");
    let (month, why) = shown(&[], &["cart-left/shirt", "other"], &caps(2, 2));
    assert_eq!(month, ["help-wanted", "cart-left/shirt"]);
    assert_eq!(why["usual-due/soap"], "MonthCap");
    let looks = ["looked-up/hat", "looked-up/boots", "usual-due/tea", "usual-due/milk"];
    let (after_looks, _) = shown(&looks, &looks, &caps(3, 3));
    assert_eq!(after_looks[..2], ["help-wanted", "wish-arrived/coat"], "two sentences, and room for a third");
    let nobody_asks = Situation { help_since: None, ..situation() };
    assert_eq!(told(&nobody_asks, &caps(0, 0)).0, ["hello"], "a hello suggests nothing");
}

proptest! {
    /// Whatever was shown before, and however often a card is made, a visit and a month never hold more than the caps.
    #[test]
    fn no_visit_and_no_month_hold_more_than_the_caps(
        per_visit in 0_usize..5, more in 0_usize..4,
        before in prop::collection::btree_set("[a-h]", 0..6), declines in 0_usize..6,
    ) {
        let charter = caps(per_visit, per_visit + more);
        let mut past = Past {
            shown_lately: before.iter().map(|id| (id.clone(), NOW)).collect(),
            ..Past::default()
        };
        let mut verdicts = Vec::new();
        for _ in 0..=declines {
            let situation = Situation { past: past.clone(), verdicts: verdicts.clone(), ..situation() };
            let counted = told(&situation, &charter).0.into_iter().filter(|id| id != "help-wanted");
            past.shown_this_visit.extend(counted.inspect(|id| verdicts.push((id.clone(), Verdict::NotNow))));
        }
        prop_assert!(past.shown_this_visit.len() <= per_visit);
        prop_assert!(past.lately(NOW).len() <= (per_visit + more).max(before.len()));
    }
}

/// A profile by events: soap was bought five times; those orders were corrected as gifts.
fn soap(gifts: [bool; 5]) -> Profile {
    let event = |name: String, days: u64, action| Event {
        id: EventId { source: SourceId::new("till").unwrap(), message: MessageId::new(name).unwrap() },
        at: example::days_ago(days),
        who: Vec::new(),
        origin: Origin::Till,
        privacy_control: false,
        action,
    };
    let order = |n: u64| OrderId::new(format!("o{n}")).unwrap();
    let bought = (1..=5).map(|n| {
        let lines = vec![Line::of(product("soap"))];
        let purchase = Purchase { order: order(n), lines, total: None, coupon: None, store: None };
        event(format!("m{n}"), 30 * n, Action::OrderPlaced(purchase))
    });
    let gifts = (1..=5).zip(gifts).filter(|(_, gift)| *gift).map(|(n, _)| {
        let what = Disputed::OrderLine { order: order(n), product: product("soap") };
        event(format!("c{n}"), 1, Action::Corrected { what, how: Correction::Gift })
    });
    View::rebuild(bought.chain(gifts)).into_profile()
}

fn knowing(profile: &Profile, consent: Consent) -> Situation {
    let customer = Customer { consent, ..example::customer() };
    Situation::gather(NOW, &example::visit(), &customer, profile, Around::of(example::shelves()), true)
}

proptest! {
    /// Proved from the events on: whatever else was bought of it, and whatever is shared, nothing that was bought as a gift
    /// comes up as something that was bought.
    #[test]
    fn what_was_bought_as_a_gift_never_surfaces(gifts: [bool; 5]) {
        let profile = soap(gifts);
        let is_gift = gifts.contains(&true);
        for consent in example::all_levels() {
            let situation = knowing(&profile, consent);
            prop_assert_eq!(situation.gifts.contains(&product("soap")), is_gift);
            let choice = choose(&situation, &rules(CART_LEFT_AFTER), &FixedOrder, &Charter::default());
            let speaks = choice.shown().any(|starter| starter.products().contains(&product("soap")));
            prop_assert!(!(speaks && is_gift));
        }
        let (shown, why) = told(&knowing(&profile, example::everything()), &Charter::default());
        if !is_gift {
            prop_assert!(shown.contains(&"usual-due/soap".to_owned()), "{shown:?}, {why:?}");
        } else if let Some(rule) = why.get("usual-due/soap") {
            prop_assert_eq!(*rule, "Gift");
        }
    }
}

#[test]
fn a_habit_with_a_gift_among_it_is_kept_to_oneself() {
    let habit = soap([false, false, true, false, false]);
    let (_, why) = told(&knowing(&habit, example::everything()), &Charter::default());
    assert_eq!(why.get("usual-due/soap"), Some(&"Gift"));
}

#[test]
fn what_was_a_gift_may_still_be_wished_for() {
    let profile = Profile { wish_list: vec![item("soap", None, example::days_ago(2))], ..soap([true; 5]) };
    let shown = told(&knowing(&profile, example::everything()), &Charter::default()).0;
    assert!(shown.contains(&"wish-arrived/soap".to_owned()), "{shown:?}");
}

fn euros(minor: i64) -> Money {
    Money { minor, currency: "EUR".parse().unwrap() }
}

#[test]
fn a_price_is_everybodys_at_this_moment_or_is_not_spoken_of() {
    let mut situation = situation();
    let sale = Sale { price: euros(6_900), from: Some(NOW), until: None };
    situation.shelves.get_mut(&product("coat")).unwrap().product.price =
        Some(Price { regular: euros(9_900), sale: Some(sale) });
    let now = |minor| Fact::CostsNow { product: product("coat"), size: None, price: euros(minor), at: NOW };
    let then = |list| Fact::CostThen {
        product: product("coat"),
        price: euros(9_900),
        at: example::days_ago(9),
        list,
        source: Source::Web,
    };
    let of = |facts: &[Fact]| {
        let starter = Starter {
            kind: StarterKind::PriceLower,
            product: Some(product("coat")),
            thing: None,
            facts: facts.to_vec(),
        };
        Charter::default().judge(&situation, &starter)
    };
    assert_eq!(of(&[then(Field::WishList), now(6_900)]), Ok(()));
    assert_eq!(of(&[now(9_900)]), Err(Suppression::Price), "the price before the sale");
    assert_eq!(of(&[now(5_900)]), Err(Suppression::Price), "somebody's own price");
    assert_eq!(of(&[then(Field::WishList)]), Err(Suppression::Price), "beside no price of today");
    assert_eq!(of(&[then(Field::OrderDetails), now(6_900)]), Err(Suppression::Price), "what one paid");
    situation.now = NOW - std::time::Duration::from_secs(1);
    let early = Starter {
        kind: StarterKind::PriceLower,
        product: Some(product("coat")),
        thing: None,
        facts: vec![now(6_900)],
    };
    assert_eq!(Charter::default().judge(&situation, &early), Err(Suppression::Price), "before the sale");
}

#[test]
fn mistakes_in_every_rule_are_named_by_their_place() {
    let quiet = |days: &[&str], from: &str, until: &str| QuietFile {
        days: days.iter().map(|day| (*day).to_owned()).collect(),
        from: from.into(),
        until: until.into(),
        stores: Vec::new(),
    };
    let file = CharterFile {
        minors: Some("some".into()),
        address: Some("tu".into()),
        caps: CapsFile { per_visit: Some(30), per_30_days: Some(20) },
        quiet: vec![
            quiet(&["samedi"], "9:00", "24:01"),
            quiet(&[], "22:00", "06:00"),
            quiet(&[], "00:00", "24:00"),
        ],
        control: ControlFile { holdout_share: Some(0.6), salt: Some(String::new()) },
        moment: MomentFile {
            quiet_for: Some("15".into()),
            dwell: Some("61m".into()),
            pause: Some("0s".into()),
            ..MomentFile::default()
        },
        ..CharterFile::default()
    };
    let told: Vec<String> = Charter::read(&file).unwrap_err().iter().map(ToString::to_string).collect();
    let expected = [
        "minors: \"some\" is neither \"none\" nor \"as-others\"",
        "address: \"tu\" is neither \"formal\" nor \"informal\"",
        "caps.per_visit: 30 is more than caps.per_30_days, 20",
        "quiet[0].days: there is no \"samedi\"; the days are: monday,",
        "quiet[0].from: \"9:00\" is no time",
        "quiet[0].until: \"24:01\" is no time",
        "quiet[1]: 06:00 is not after 22:00",
        "control.holdout_share: 0.6 is not between 0 and 0.5",
        "control.salt: must be 1 to 100 characters",
        "moment.quiet_for: \"15\" is no time such as 15s or 3m, at most 60m",
        "moment.dwell: \"61m\"",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told} instead of {expected}");
    }
    let many = CharterFile { quiet: vec![quiet(&[], "00:00", "01:00"); 201], ..CharterFile::default() };
    assert_eq!(Charter::read(&many), Err(vec![InvalidCharter::TooManyTimes { found: 201 }]));
    let much = CapsFile { per_visit: None, per_30_days: Some(1_001) };
    let much = Charter::read(&CharterFile { caps: much, ..CharterFile::default() });
    assert_eq!(much, Err(vec![InvalidCharter::Cap { key: "per_30_days", found: 1_001 }]));
}

fn until(until: &str) -> QuietFile {
    QuietFile { from: "12:00".into(), until: until.into(), ..QuietFile::default() }
}

#[test]
fn an_empty_file_is_the_default_and_each_rule_has_its_fingerprint() {
    assert_eq!(read(&CharterFile::default()), Charter::default());
    let print = |change: fn(&mut CharterFile)| {
        let mut file = CharterFile::default();
        change(&mut file);
        read(&file).digest()
    };
    let prints = [
        print(|_| ()),
        print(|file| file.minors = Some("as-others".into())),
        print(|file| file.address = Some("informal".into())),
        print(|file| file.forbidden = vec![subject("a", &["b", "c"])]),
        print(|file| file.forbidden = vec![subject("a", &["b"]), subject("c", &["d"])]),
        print(|file| file.starters.never = vec!["hello".into()]),
        print(|file| file.starters.at_most = Some(2)),
        print(|file| file.caps.per_visit = Some(5)),
        print(|file| file.caps.per_30_days = Some(21)),
        print(|file| file.quiet = vec![until("13:00")]),
        print(|file| file.quiet = vec![until("13:01")]),
        print(|file| file.control.holdout_share = Some(0.06)),
        print(|file| file.control.salt = Some("2027".into())),
        print(|file| file.moment.quiet_for = Some("16s".into())),
        print(|file| file.moment.returned = Some("16s".into())),
    ];
    let different: std::collections::BTreeSet<u64> = prints.into_iter().collect();
    assert_eq!(different.len(), prints.len());
    assert_eq!(
        Charter::default().digest(),
        9_938_475_307_794_120_389,
        "changes only when a rule comes or its default changes"
    );
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> = Suppression::NAMES.into_iter().collect();
    assert_eq!(names.len(), Suppression::NAMES.len());
}
