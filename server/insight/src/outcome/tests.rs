use std::sync::LazyLock;

use proptest::prelude::*;

use super::{
    features::{COUNT, FEATURES, place},
    *,
};
use crate::chance::Chance;

fn shipped() -> &'static Outcomes {
    static SHIPPED: LazyLock<Outcomes> = LazyLock::new(|| Outcomes::shipped().unwrap());
    &SHIPPED
}

fn of(outcome: Outcome, signs: &VisitSigns) -> Foretold {
    shipped().foretell(signs).into_iter().find(|foretold| foretold.outcome == outcome).unwrap()
}

/// Any number at all, most of them sensible.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..90.0, 1 => any::<f64>()]
}

fn count() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![2 => Just(None), 6 => (0_u32..9).prop_map(Some), 1 => any::<u32>().prop_map(Some)]
}

fn maybe() -> impl Strategy<Value = Option<f64>> {
    prop::option::of(number())
}

prop_compose! {
    fn in_the_shop()(
        minutes_here in number(),
        zones in count(),
        longest_stay in maybe(),
        zone_returns in count(),
        re_entries in count(),
        minutes_in_zone in maybe(),
        in_fitting_room in any::<Option<bool>>(),
        asked in prop::option::of(maybe()),
        greeted in any::<Option<bool>>(),
        looks_here in count(),
    ) -> VisitSigns {
        let help = asked.map(|asked| {
            asked.map_or(HelpWish::NotAsked, |minutes_ago| HelpWish::Asked { minutes_ago })
        });
        VisitSigns {
            minutes_here, zones, longest_stay, zone_returns, re_entries, minutes_in_zone, in_fitting_room, help,
            greeted, looks_here, ..VisitSigns::default()
        }
    }
}

prop_compose! {
    fn visits()(
        in_the_shop in in_the_shop(),
        lists in [count(), count(), count(), count(), count()],
        online in [count(), count(), count()],
        days_since_visit in maybe(),
        visits_before in count(),
        likeliest_usual in prop::option::of(prop_oneof![4 => 0.0..1.0, 1 => any::<f64>()]),
        usual_due in count(),
        hour in prop::option::of(prop_oneof![4 => 0.0..24.0, 1 => any::<f64>()]),
        weekday in any::<Option<u8>>(),
    ) -> VisitSigns {
        let [orders_ready, returns_announced, wished_here, wished_moved, cart_here] = lists;
        let [compared, sessions, looks] = online;
        VisitSigns {
            orders_ready, returns_announced, wished_here, wished_moved, cart_here, compared, sessions, looks,
            days_since_visit, visits_before, likeliest_usual, usual_due, hour, weekday, ..in_the_shop
        }
    }
}

proptest! {
    #[test]
    fn probabilities_are_never_certain_and_their_grounds_add_up(signs in visits()) {
        let foretold = shipped().foretell(&signs);
        prop_assert_eq!(foretold.each_ref().map(|foretold| foretold.outcome), Outcome::ALL);
        for foretold in foretold {
            let probability = foretold.probability;
            prop_assert!(probability > 0.0 && probability < 1.0, "{:?}", foretold);
            let sum: f64 = foretold.usual + foretold.grounds.iter().map(|(_, ground)| ground).sum::<f64>();
            let odds = (probability / (1.0 - probability)).ln();
            prop_assert!((sum - odds).abs() < 1e-6 * odds.abs().max(1.0), "{} is not {}", sum, odds);
            prop_assert_eq!(foretold.grounds.len(), Sign::ALL.len());
            prop_assert!(foretold.grounds.is_sorted_by(|a, b| a.1.abs() >= b.1.abs()));
        }
    }

    #[test]
    fn what_stands_for_an_outcome_never_speaks_against_it(signs in visits(), more in 0_u32..9) {
        let risen = |count: Option<u32>| Some(count.unwrap_or(0).saturating_add(more).max(1));
        let asked = HelpWish::Asked { minutes_ago: f64::from(more) };
        let not_longer = !matches!(signs.help, Some(HelpWish::Asked { .. }));
        let twice = Some(signs.compared.unwrap_or(0).saturating_add(more).max(2));
        let rises = [
            (true, Outcome::PickUp, VisitSigns { orders_ready: risen(signs.orders_ready), ..signs }),
            (true, Outcome::Return, VisitSigns { returns_announced: risen(signs.returns_announced), ..signs }),
            (true, Outcome::BuyWished, VisitSigns { wished_here: risen(signs.wished_here), ..signs }),
            (true, Outcome::BuyWished, VisitSigns { wished_moved: risen(signs.wished_moved), ..signs }),
            (true, Outcome::BuyWished, VisitSigns { cart_here: risen(signs.cart_here), ..signs }),
            (signs.compared.is_some(), Outcome::Compare, VisitSigns { compared: twice, ..signs }),
            (not_longer, Outcome::NeedsHelp, VisitSigns { help: Some(asked), ..signs }),
        ];
        for (_, outcome, with) in rises.into_iter().filter(|(asks, ..)| *asks) {
            let [before, after] = [&signs, &with].map(|signs| of(outcome, signs).probability);
            prop_assert!(after >= before - 1e-12, "{:?}: {} from {}", outcome, after, before);
        }
        let [not, served] =
            [false, true].map(|so| of(Outcome::Leaves, &VisitSigns { greeted: Some(so), ..signs }).probability);
        prop_assert!(served <= not);
    }

    #[test]
    fn the_longer_help_is_waited_for_and_the_likelier_a_usual_item_the_likelier_it_becomes_so(
        signs in visits(),
        rising in [0.001_f64..1.0, 0.001_f64..1.0],
    ) {
        let [less, more] = [rising[0].min(rising[1]), rising[0].max(rising[1])];
        let waits = [less, more].map(|part| {
            let help = Some(HelpWish::Asked { minutes_ago: 60.0 * part });
            of(Outcome::NeedsHelp, &VisitSigns { help, ..signs }).probability
        });
        prop_assert!(waits[0] <= waits[1] + 1e-12);
        let usual_due = signs.usual_due.or(Some(1));
        let likely = [less, more].map(|part| {
            let signs = VisitSigns { likeliest_usual: Some(part), usual_due, ..signs };
            of(Outcome::Replenish, &signs).probability
        });
        prop_assert!(likely[0] <= likely[1] + 1e-12);
    }
}

#[test]
fn the_largest_ground_is_what_a_person_would_say() {
    let signs = VisitSigns { minutes_here: 1.0, ..VisitSigns::default() };
    let cases = [
        (Outcome::PickUp, VisitSigns { orders_ready: Some(1), ..signs }, Sign::OrderReady),
        (Outcome::Return, VisitSigns { returns_announced: Some(1), ..signs }, Sign::ReturnAnnounced),
        (Outcome::Compare, VisitSigns { compared: Some(4), ..signs }, Sign::Compared),
        (
            Outcome::NeedsHelp,
            VisitSigns { help: Some(HelpWish::Asked { minutes_ago: 2.0 }), ..signs },
            Sign::Help,
        ),
        (
            Outcome::Replenish,
            VisitSigns { likeliest_usual: Some(0.7), usual_due: Some(5), ..signs },
            Sign::UsualDue,
        ),
        (
            Outcome::BuyWished,
            VisitSigns { wished_here: Some(4), wished_moved: Some(1), ..signs },
            Sign::Wished,
        ),
        (Outcome::Leaves, VisitSigns { greeted: Some(true), ..signs }, Sign::Greeted),
    ];
    for (outcome, signs, sign) in cases {
        let foretold = of(outcome, &signs);
        let (largest, ground) = foretold.grounds[0];
        assert_eq!(largest, sign, "{foretold:?}");
        assert_eq!(ground > 0.0, outcome != Outcome::Leaves, "{foretold:?}");
        assert!(signs.knows(sign) && !signs.knows(Sign::Online));
    }
}

#[test]
fn that_there_is_nothing_says_more_than_that_nobody_knows() {
    let signs = VisitSigns { minutes_here: 1.0, ..VisitSigns::default() };
    let [unknown, none, some] = [None, Some(0), Some(1)]
        .map(|orders_ready| of(Outcome::PickUp, &VisitSigns { orders_ready, ..signs }).probability);
    assert!(none < unknown && unknown < some, "{none} {unknown} {some}");
    let wishes = |wished_here, cart_here| {
        of(Outcome::BuyWished, &VisitSigns { wished_here, cart_here, ..signs }).probability
    };
    // No wishes, and a cart that nobody knows: nothing is said yet.
    assert!((wishes(Some(0), None) - wishes(None, None)).abs() < 1e-12);
    assert!(wishes(Some(0), Some(0)) < wishes(None, None));
}

#[test]
fn what_is_no_number_is_unknown() {
    let odd = VisitSigns {
        minutes_here: f64::NAN,
        longest_stay: Some(f64::INFINITY),
        days_since_visit: Some(f64::NAN),
        likeliest_usual: Some(f64::NAN),
        hour: Some(24.0),
        weekday: Some(0),
        ..VisitSigns::default()
    };
    let [of_odd, of_none] = [odd, VisitSigns::default()].map(|signs| shipped().foretell(&signs));
    assert_eq!(of_odd, of_none);
}

/// Moments at which an order is ready or not, and what became of it by a coin that heeds it.
fn observed(seed: u64, with: f64, without: f64) -> Vec<Observed> {
    let mut chance = Chance::from_seed(seed);
    let one = |at: u32| {
        let ready = at.is_multiple_of(2);
        let signs = VisitSigns { orders_ready: Some(u32::from(ready)), ..VisitSigns::default() };
        let pick_up = chance.uniform() < if ready { with } else { without };
        Observed {
            signs,
            happened: Outcome::ALL
                .map(|outcome| outcome == Outcome::PickUp && pick_up || chance.uniform() < 0.3),
        }
    };
    (0..4_000).map(one).collect()
}

fn fitted(with: f64, without: f64) -> Outcomes {
    let any_due = AnyDue::fit(&[DueVisit { likeliest: 0.4, due: 1, bought: true }]).unwrap();
    Outcomes::fit(any_due, &observed(1, with, without), &observed(2, with, without)).unwrap()
}

#[test]
fn a_shop_fits_its_own_visits_and_no_sign_is_turned_round() {
    let signs = |ready| VisitSigns { orders_ready: Some(ready), ..VisitSigns::default() };
    let pick_up = |outcomes: &Outcomes, ready| outcomes.foretell(&signs(ready))[0].probability;
    // With what happens anyway, three in ten.
    let found = fitted(0.8, 0.1);
    assert!((pick_up(&found, 1) - 0.86).abs() < 0.03 && (pick_up(&found, 0) - 0.37).abs() < 0.03);
    // Where orders that are ready are fetched less often, by chance: it says nothing, and certainly not that.
    let turned = fitted(0.1, 0.4);
    assert!((pick_up(&turned, 1) - pick_up(&turned, 0)).abs() < 1e-9);
    assert!((pick_up(&turned, 1) - 0.475).abs() < 0.03, "{}", pick_up(&turned, 1));
    assert!(turned.models[0].weights[place("orders_ready").unwrap()].abs() < 1e-9);
    assert_eq!(
        Outcomes::fit(found.any_due, &observed(1, 0.5, 0.5), &[]).unwrap_err().to_string(),
        "pick_up: 0 of 0 happened: to calibrate, some must happen and some not"
    );
    assert!(Outcomes::fit(found.any_due, &[], &[]).is_err());
    assert!(AnyDue::fit(&[]).is_err());
}

#[test]
fn a_shop_mends_probabilities_with_a_few_visits_and_never_turns_them_round() {
    let of_shipped = |outcomes: &Outcomes, ready: u32| {
        let signs = VisitSigns { orders_ready: Some(ready), ..VisitSigns::default() };
        outcomes.foretell(&signs)[0].clone()
    };
    // Here two in five of those orders are fetched: with what happens anyway, .58.
    let mended = shipped().recalibrated(&observed(3, 0.4, 0.02)).unwrap();
    assert!((of_shipped(&mended, 1).probability - 0.58).abs() < 0.03);
    let [before, after] = [shipped(), &mended].map(|outcomes| of_shipped(outcomes, 1).grounds[0]);
    assert_eq!(before.0, after.0);
    let turned = shipped().recalibrated(&observed(4, 0.1, 0.5)).unwrap();
    let [with, without] = [1, 0].map(|ready| of_shipped(&turned, ready).probability);
    assert!((with - without).abs() < 1e-12 && (with - 0.51).abs() < 0.03, "{with} {without}");
    assert!(shipped().recalibrated(&[]).is_err());
}

#[test]
fn more_that_is_due_is_likelier_and_never_certain() {
    let any_due = shipped().any_due;
    let mut before = 0.0;
    for (likeliest, due) in [(0.0, 0), (0.1, 0), (0.3, 1), (0.3, 4), (0.6, 4), (0.9, 12), (1.0, u32::MAX)] {
        let probability = any_due.probability(likeliest, Some(due));
        assert!(probability > before && probability < 1.0, "{likeliest} {due}: {probability}");
        before = probability;
    }
    let [unknown, one] = [None, Some(1)].map(|due| any_due.probability(0.4, due));
    assert!((unknown - one).abs() < 1e-12);
}

#[test]
fn a_file_says_what_is_wrong_with_it() {
    let text = shipped().write("Two\nlines.");
    assert!(text.starts_with("# Two\n# lines.\n"), "{text}");
    assert_eq!(&Outcomes::read(&text).unwrap(), shipped());
    let without = |word: &str| {
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(word)).collect();
        lines.join("\n")
    };
    for (text, expected) in [
        (without("zones "), "has no line `zones`"),
        (format!("{text}more = [0.0, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]\n"), "line `more`"),
        (without("slope"), "missing field `slope`"),
        (
            text.replacen("any_due = [", "any_due = [0.0, ", 1),
            "`any_due` in the file of weights has not the numbers that it needs: 4",
        ),
        (text.replacen("\"pick_up\"", "\"steal\"", 1), "\"steal\""),
    ] {
        let error = Outcomes::read(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let mean = text.lines().find(|line| line.starts_with("zones ")).unwrap();
    let nan = text.replace(mean, "zones = [nan, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]");
    assert_eq!(Outcomes::read(&nan), Err(Unreadable::Numbers("zones", 1)));
}

#[test]
fn names_are_said_once() {
    let mut names: Vec<&str> = FEATURES.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), COUNT);
    // Every sign has a feature, and its place in the list is its number.
    for (at, sign) in Sign::ALL.into_iter().enumerate() {
        assert_eq!(sign as usize, at, "{}", sign.name());
        assert!(FEATURES.iter().any(|(_, of)| *of == Some(sign)), "{}", sign.name());
    }
}
