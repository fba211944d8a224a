use proptest::prelude::*;

use super::*;
use crate::{example, starter::Answer};

const BEGAN: i64 = 1_795_000_000;

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(BEGAN) + Duration::from_secs(secs)
}

fn zone(name: &str) -> ZoneId {
    ZoneId::new(name).unwrap()
}

/// A visit through these zones, each entered so many seconds after the beginning; heard until `heard`.
fn visit(stays: &[(&str, u64)], heard: u64) -> Visit {
    let ends = stays.iter().skip(1).map(|(_, from)| *from).chain([heard]);
    let stays = stays.iter().zip(ends).map(|((name, from), to)| ZoneStay {
        zone: zone(name),
        from: at(*from),
        to: at(to),
    });
    Visit { began: at(0), last_heard: at(heard), stays: stays.collect(), ..example::visit() }
}

fn answers(answers: &[Answer]) -> Receptiveness {
    Receptiveness::of(answers.iter().map(|answer| (*answer, at(0))), at(0))
}

struct Case {
    now: u64,
    help: Option<u64>,
    met: bool,
    receptiveness: Receptiveness,
}

fn case(now: u64) -> Case {
    Case { now, help: None, met: false, receptiveness: Receptiveness::default() }
}

fn judged(visit: &Visit, case: &Case) -> Moment {
    let fitting_rooms = BTreeSet::from([zone("cabins")]);
    let around = Circumstances {
        now: at(case.now),
        help_since: case.help.map(at),
        met: case.met,
        fitting_rooms: &fitting_rooms,
        receptiveness: case.receptiveness,
    };
    Moment::of(visit, &MomentSettings::default(), &around)
}

fn open(trigger: Trigger, since: u64) -> Moment {
    Moment::Open { trigger, since: at(since), hello_only: false }
}

fn watch(next: u64) -> Moment {
    Moment::Watch { next: Some(at(next)) }
}

/// Each row is a place in the shop and a time, and what a good associate would do.
#[test]
fn a_moment_by_moment_table() {
    let door = visit(&[("door", 0)], 10);
    assert_eq!(judged(&door, &case(0)), Moment::Quiet { until: at(15) });
    assert_eq!(judged(&door, &case(14)), Moment::Quiet { until: at(15) });
    assert_eq!(judged(&door, &case(15)), watch(180), "who stands at the door is arriving");
    assert_eq!(judged(&visit(&[("door", 0)], 100), &case(100)), watch(180));
    assert_eq!(judged(&visit(&[("door", 0)], 170), &case(180)), open(Trigger::Pause, 180));

    let coats = |heard| visit(&[("door", 0), ("coats", 20)], heard);
    assert_eq!(judged(&coats(30), &case(30)), watch(65));
    assert_eq!(judged(&coats(60), &case(65)), open(Trigger::Dwell, 65));
    assert_eq!(judged(&coats(300), &case(300)), open(Trigger::Dwell, 65), "a moment stays what it was");
    assert_eq!(judged(&coats(60), &case(210)), open(Trigger::Dwell, 65));
    assert_eq!(judged(&coats(60), &case(211)), Moment::Watch { next: None }, "nobody knows where");
    let walks_on = visit(&[("door", 0), ("coats", 20), ("shoes", 80)], 85);
    assert_eq!(judged(&walks_on, &case(85)), watch(125), "the moment has passed");
    let back = visit(&[("door", 0), ("coats", 20), ("shoes", 40), ("coats", 60)], 70);
    assert_eq!(judged(&back, &case(70)), watch(75));
    assert_eq!(judged(&back, &case(75)), open(Trigger::Returned, 75));
    let leaving = visit(&[("door", 0), ("coats", 20), ("door", 60)], 110);
    assert_eq!(judged(&leaving, &case(110)), watch(240), "who comes back to the door is leaving");
    let cabins = visit(&[("door", 0), ("cabins", 5)], 20);
    assert_eq!(judged(&cabins, &case(10)), Moment::Quiet { until: at(15) });
    assert_eq!(judged(&cabins, &case(16)), open(Trigger::FittingRoom, 15));
    assert_eq!(judged(&visit(&[], 0), &case(60)), Moment::Watch { next: None }, "before any zone");
}

#[test]
fn who_asks_is_helped_at_once_and_who_is_met_after_the_quiet_time() {
    let door = visit(&[("door", 0)], 1);
    assert_eq!(judged(&door, &Case { help: Some(2), ..case(3) }), open(Trigger::HelpWanted, 2));
    assert_eq!(judged(&door, &Case { met: true, ..case(3) }), Moment::Quiet { until: at(15) });
    assert_eq!(judged(&door, &Case { met: true, ..case(15) }), open(Trigger::Met, 15));
    let asks = judged(&door, &Case { help: Some(2), met: true, ..case(60) });
    assert_eq!(asks, open(Trigger::HelpWanted, 2));
}

#[test]
fn who_takes_words_badly_is_given_time_and_then_left_alone() {
    use Answer::{LeftAlone, Unwelcome, Welcome};
    let coats = visit(&[("door", 0), ("coats", 20)], 60);
    let next = |receptiveness| judged(&coats, &Case { receptiveness, ..case(30) });
    assert_eq!(next(answers(&[Welcome; 20])), watch(65), "nobody is approached sooner");
    assert_eq!(next(answers(&[Welcome, Unwelcome])), watch(65));
    let Moment::Watch { next: Some(later) } = next(answers(&[LeftAlone])) else { panic!("is watched") };
    assert!(later > at(90) && later < at(155), "{later:?}");
    let reserved = answers(&[LeftAlone; 3]);
    assert!(reserved.is_reserved());
    assert_eq!(next(reserved), Moment::Watch { next: None });
    let later = |case: Case| judged(&coats, &Case { receptiveness: reserved, ..case });
    let met = later(Case { met: true, ..case(60) });
    assert_eq!(met, Moment::Open { trigger: Trigger::Met, since: at(15), hello_only: true });
    assert!(met.lets(StarterKind::Hello) && met.lets(StarterKind::HelpWanted));
    assert!(!met.lets(StarterKind::WishArrived));
    assert_eq!(later(Case { help: Some(50), ..case(60) }), open(Trigger::HelpWanted, 50));
}

#[test]
fn receptiveness_fades_to_what_is_assumed_of_everybody() {
    let after = |days: u64| {
        let now = at(0) + Duration::from_secs(days * 86_400);
        Receptiveness::of([(Answer::LeftAlone, at(0)); 3], now)
    };
    assert!((after(0).value() - 0.2).abs() < 1e-12);
    assert!((after(90).value() - 2.0 / 7.0).abs() < 1e-12, "a half-life");
    assert!(after(0).is_reserved() && !after(30).is_reserved());
    assert!((Receptiveness::of([], at(0)).value() - Receptiveness::default().value()).abs() < 1e-12);
}

#[test]
fn before_the_moment_only_who_asked_is_answered() {
    for kind in StarterKind::ALL {
        let answers = kind == StarterKind::HelpWanted;
        assert_eq!(Moment::Quiet { until: at(15) }.lets(kind), answers);
        assert_eq!(Moment::Watch { next: None }.lets(kind), answers);
        assert!(open(Trigger::Dwell, 0).lets(kind));
    }
}

const ZONES: [&str; 4] = ["door", "coats", "shoes", "cabins"];

fn any_visit() -> impl Strategy<Value = Visit> {
    (prop::collection::vec((0_usize..4, 1_u64..120), 0..8), 0_u64..200).prop_map(|(walk, last)| {
        let mut stays: Vec<(&str, u64)> = Vec::new();
        let mut from = 0;
        for (zone, stayed) in walk {
            if stays.last().is_none_or(|(before, _)| *before != ZONES[zone]) {
                stays.push((ZONES[zone], from));
            }
            from += stayed;
        }
        visit(&stays, from + last)
    })
}

fn any_receptiveness() -> impl Strategy<Value = Receptiveness> {
    let answer = prop::sample::select(vec![Answer::Welcome, Answer::Unwelcome, Answer::LeftAlone]);
    prop::collection::vec(answer, 0..8).prop_map(|told| answers(&told))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What is told of the next change is true: before it nothing changes by itself, and then it is there.
    #[test]
    fn the_next_change_is_foretold(
        visit in any_visit(), receptiveness in any_receptiveness(), now in 0_u64..900, met: bool,
    ) {
        let of = |now| judged(&visit, &Case { met, receptiveness, ..case(now) });
        let moment = of(now);
        let next = moment.changes(&visit);
        prop_assert!(next.is_none_or(|next| next > at(now)), "{moment:?} of the past");
        for later in now..now + 300 {
            let then = of(later);
            let lost = at(later).since(visit.last_heard) > HEARD_WITHIN;
            if next.is_none_or(|next| at(later) < next) {
                prop_assert!(lost || then == moment, "{later}: {then:?} for {moment:?}");
            } else if !lost {
                prop_assert_ne!(then, moment);
                break;
            }
        }
    }

    /// Nobody is spoken to in the quiet time, and less receptive people never sooner.
    #[test]
    fn less_receptive_people_are_never_approached_sooner(
        visit in any_visit(), now in 0_u64..900, met: bool,
        one in any_receptiveness(), other in any_receptiveness(),
    ) {
        let (less, more) = if one < other { (one, other) } else { (other, one) };
        let is_open = |receptiveness| {
            matches!(judged(&visit, &Case { met, receptiveness, ..case(now) }), Moment::Open { .. })
        };
        prop_assert!(now >= 15 || !is_open(more));
        prop_assert!(is_open(more) || !is_open(less));
        let answered = judged(&visit, &Case { help: Some(now), ..case(now) });
        prop_assert_eq!(answered, open(Trigger::HelpWanted, now));
    }
}
