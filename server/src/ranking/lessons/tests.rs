use std::time::Duration;

use shopbell_domain::{
    consent::{Set, SharingLevel},
    id::OrderId,
    profile::{Bought, Order, OrderLine, Source},
    showing::Showing,
    starter::Starter,
};

use super::*;
use crate::ranking::example::{DAY, NOW, about, analysis, bare, card, product, said, shares};

const FOREVER: Timestamp = Timestamp::from_millis(i64::MAX);
const MINUTE: Duration = Duration::from_secs(60);

fn coat() -> Starter {
    about(StarterKind::WishArrived, "coat", vec![])
}

fn taken(entries: impl IntoIterator<Item = Entry>) -> Vec<(VisitId, OfVisit)> {
    let mut lessons = Lessons::default();
    entries.into_iter().for_each(|entry| lessons.take(entry));
    lessons.settled(FOREVER)
}

fn one(showing: Showing) -> Entry {
    Entry::Showing(Box::new(showing))
}

#[test]
fn a_starter_is_one_lesson_of_its_visit_however_many_cards_had_it() {
    let first = card("c1", VisitId(1), NOW, &[coat(), bare(StarterKind::Hello)]);
    let mut later = card("c1", VisitId(1), NOW + MINUTE, &[coat()]);
    later.candidates[0].features[0] = 0.5;
    let mut after = later.clone();
    after.candidates[0].features[0] = 0.9;
    let tap = said(&first, &coat(), Some(Verdict::Used), NOW + MINUTE * 2);
    let found = taken([one(first), one(later), Entry::Remark(tap), one(after)]);
    let [(VisitId(1), visit)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(visit.lessons.len(), 1, "a hello teaches nothing");
    let lesson = &visit.lessons[&coat().id()];
    assert_eq!((lesson.reaction, lesson.at), (Some(Reaction::Used), NOW + MINUTE));
    assert_eq!(lesson.by, Some((AssociateId::new("ines").unwrap(), NOW + MINUTE * 2)), "it is her lesson");
    assert!((lesson.numbers[0] - 0.5).abs() < 1e-12, "as it looked when it was said");
    assert_eq!(visit.last, NOW + MINUTE * 2);
}

#[test]
fn what_was_taken_back_was_not_said() {
    let shown = card("c1", VisitId(1), NOW, &[coat()]);
    let taps = [Some(Verdict::Wrong), None].map(|verdict| Entry::Remark(said(&shown, &coat(), verdict, NOW)));
    let found = taken(std::iter::once(one(shown)).chain(taps));
    let lesson = &found[0].1.lessons[&coat().id()];
    assert_eq!((lesson.reaction, &lesson.by), (None, &None));
}

#[test]
fn neither_the_control_group_nor_what_was_held_back_nor_other_features_teach() {
    let shown = card("c1", VisitId(1), NOW, &[coat()]);
    let held_out = Showing { arm: Arm::Holdout, ..shown.clone() };
    let older = Showing { model: shown.model ^ 1 << 50, ..shown.clone() };
    for other in [held_out, older] {
        assert_eq!(taken([one(other)]), []);
    }
    let mut kept_back = shown;
    kept_back.candidates[0].fate = Fate::Suppressed { rule: "no-room".to_owned() };
    assert!(taken([one(kept_back)])[0].1.lessons.is_empty());
}

#[test]
fn a_visit_settles_when_nothing_is_heard_of_it() {
    let mut lessons = Lessons::default();
    lessons.take(one(card("c1", VisitId(2), NOW, &[coat()])));
    lessons.take(one(card("c2", VisitId(1), NOW + DAY, &[coat()])));
    assert_eq!(lessons.settled(NOW), []);
    assert_eq!(lessons.settled(NOW + DAY).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [VisitId(2)]);
    assert_eq!(lessons.settled(FOREVER).len(), 1);
    assert_eq!(lessons.settled(FOREVER), []);
}

#[test]
fn what_may_be_learnt_is_what_the_customer_lets() {
    let rests_on = |fields: &[Field]| fields.iter().copied().collect::<BTreeSet<Field>>();
    let wish = rests_on(&[Field::WishList, Field::PresenceOnFloor]);
    let of = |consent: &Consent| Allowed::by(consent, &wish, NOW);
    let level = shares(SharingLevel::Browsing);
    assert_eq!(of(&level), Allowed::Taps, "no level allows analysis");
    let given = Consent { given: analysis(), ..level };
    assert_eq!(of(&given), Allowed::Purchases);
    assert_eq!(
        of(&Consent { given: analysis(), ..shares(SharingLevel::Present) }),
        Allowed::Nothing,
        "taken back"
    );
    let objected = |purpose| Consent { objected: Set::from_iter([purpose]), ..given };
    let asked = Consent { privacy_signal: Some(NOW), ..given };
    let paused = Consent { paused_until: Some(NOW + DAY), ..given };
    let restricted = Consent { restricted: true, ..given };
    for consent in [objected(Purpose::Analyse), objected(Purpose::Advise), asked, paused, restricted] {
        assert_eq!(of(&consent), Allowed::Nothing, "{consent:?}");
    }
    assert_eq!(Allowed::by(&given, &rests_on(&[Field::Notes]), NOW), Allowed::Nothing, "never shared");
}

#[test]
fn purchases_count_for_two_weeks_and_a_page_s_word_never() {
    let lesson = |reaction| Lesson {
        at: NOW,
        kind: StarterKind::WishArrived,
        product: Some(product("coat")),
        numbers: vec![],
        reaction,
        by: None,
    };
    let order = |at, source, quantity| Profile {
        orders: vec![Order {
            id: OrderId::new("o1").unwrap(),
            at,
            source,
            lines: vec![OrderLine { product: product("coat"), name: None, size: None, quantity }],
        }],
        ..Profile::default()
    };
    let late = NOW + DAY * 30;
    let worth = |profile: &Profile, now| reward(&lesson(None), Some(profile), now);
    assert_eq!(worth(&order(NOW + DAY, Source::Till, 1), NOW + DAY * 2), Some(1.0));
    assert_eq!(worth(&order(NOW + DAY * 15, Source::Till, 1), late), Some(0.0), "too late");
    assert_eq!(worth(&order(NOW - DAY, Source::Till, 1), late), Some(0.0), "before");
    assert_eq!(worth(&order(NOW + DAY, Source::Till, 0), late), Some(0.0), "all of it was given back");
    assert_eq!(worth(&order(NOW + DAY, Source::Page, 1), late), Some(0.0));
    assert_eq!(worth(&Profile::default(), NOW + DAY * 14), None, "it may still come");
    assert_eq!(reward(&lesson(None), None, late), None, "nobody may look");
    assert_eq!(reward(&lesson(Some(Reaction::Helpful)), None, late), Some(0.8));
    let wrong = lesson(Some(Reaction::Wrong));
    assert_eq!(reward(&wrong, Some(&order(NOW + DAY, Source::Till, 1)), late), Some(0.0));

    let day = u32::try_from(NOW.as_secs() / 86_400).unwrap();
    let by_day = |day| Profile {
        bought: vec![Bought {
            product: product("coat"),
            times: 1,
            first: NOW,
            last: NOW,
            source: Source::Till,
            days: vec![day],
        }],
        ..Profile::default()
    };
    assert_eq!(worth(&by_day(day + 3), late), Some(1.0));
    assert_eq!(worth(&by_day(day), late), Some(0.0), "on that day it may have been before");
}
