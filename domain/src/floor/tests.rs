use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn guest(visit: u128, revision: u64) -> Guest {
    Guest {
        visit: VisitId(visit),
        name: None,
        zone: ZoneId::new("door").unwrap(),
        began: Timestamp::from_secs(i64::try_from(visit % 5).unwrap()),
        state: GuestState::Here,
        help_since: None,
        greeted_by: None,
        card_revision: revision,
        sign: None,
        bought: false,
    }
}

#[test]
fn the_same_row_twice_is_one_change() {
    let mut floor = Floor::new(7);
    assert!(floor.upsert(guest(1, 0)).is_some());
    assert_eq!(floor.upsert(guest(1, 0)), None);
    assert!(floor.upsert(guest(1, 1)).is_some());
    assert!(floor.remove(VisitId(1)).is_some());
    assert_eq!(floor.remove(VisitId(1)), None);
    assert_eq!(floor.cursor(), Cursor { epoch: 7, sequence: 3 });
}

#[test]
fn the_snapshot_is_in_order_of_beginning() {
    let mut floor = Floor::new(7);
    for visit in [4, 9, 2, 1, 3] {
        floor.upsert(guest(visit, 0));
    }
    let order: Vec<u128> = floor.snapshot().iter().map(|guest| guest.visit.0).collect();
    assert_eq!(order, [1, 2, 3, 4, 9]);
}

#[test]
fn the_ring_is_bounded_and_too_old_means_snapshot() {
    let mut floor = Floor::new(1);
    let kept = u64::try_from(Floor::KEPT_DELTAS).unwrap();
    for revision in 0..kept + 10 {
        floor.upsert(guest(1, revision));
    }
    let resume = |sequence| floor.resume(&Cursor { epoch: 1, sequence });
    assert!(matches!(resume(10), Resume::Deltas(deltas) if deltas.len() == Floor::KEPT_DELTAS));
    assert_eq!(resume(9), Resume::Snapshot);
    assert_eq!(resume(kept + 10), Resume::Deltas(Vec::new()));
    assert_eq!(resume(kept + 11), Resume::Snapshot, "from the future");
}

#[test]
fn whatever_is_no_cursor_of_this_run_means_snapshot() {
    let mut floor = Floor::new(0xab);
    floor.upsert(guest(1, 0));
    for text in [
        "",
        "-",
        "ab",
        "ab-",
        "-1",
        "ab-+1",
        "ab--1",
        "ab-1-1",
        "zz-1",
        " ab-1",
        "ab-11111111111111111",
        "ac-1",
        "é-1",
    ] {
        assert_eq!(floor.resume_text(text), Resume::Snapshot, "{text:?}");
    }
    assert!(matches!(floor.resume_text("ab-0"), Resume::Deltas(deltas) if deltas.len() == 1));
}

#[derive(Debug, Clone)]
enum Step {
    Upsert(u128, u64),
    Remove(u128),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u128..12, 0_u64..4).prop_map(|(visit, revision)| Step::Upsert(visit, revision)),
        1 => (0_u128..12).prop_map(Step::Remove),
    ]
}

type Rows = BTreeMap<VisitId, Guest>;

fn rows(floor: &Floor) -> Rows {
    floor.snapshot().into_iter().map(|guest| (guest.visit, guest.clone())).collect()
}

fn show(rows: &mut Rows, delta: &Delta) {
    match &delta.change {
        FloorChange::Upsert(guest) => rows.insert(guest.visit, guest.clone()),
        FloorChange::Remove(visit) => rows.remove(visit),
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_a_tablet_shows_is_the_floor_from_whichever_cursor(steps in prop::collection::vec(step(), 0..1_500), look in 0_usize..50) {
        let mut floor = Floor::new(3);
        let mut tablets: Vec<(Cursor, Rows)> = vec![(floor.cursor(), Rows::new())];
        let mut live = Rows::new();
        for (number, step) in steps.iter().enumerate() {
            let said = match step {
                Step::Upsert(visit, revision) => floor.upsert(guest(*visit, *revision)),
                Step::Remove(visit) => floor.remove(VisitId(*visit)),
            };
            if let Some(delta) = said {
                prop_assert_eq!(delta.cursor, floor.cursor());
                show(&mut live, &delta);
            }
            if number % 50 == look {
                tablets.push((floor.cursor(), rows(&floor)));
            }
        }
        prop_assert_eq!(&live, &rows(&floor));
        for (cursor, mut shown) in tablets {
            let missed = floor.cursor().sequence - cursor.sequence;
            match floor.resume_text(&cursor.to_string()) {
                Resume::Deltas(deltas) => {
                    for delta in &deltas {
                        show(&mut shown, delta);
                    }
                    prop_assert_eq!(&shown, &live);
                }
                Resume::Snapshot => prop_assert!(missed > u64::try_from(Floor::KEPT_DELTAS).unwrap()),
            }
        }
    }

    #[test]
    fn cursors_round_trip(epoch: u64, sequence: u64) {
        let cursor = Cursor { epoch, sequence };
        prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
    }

    #[test]
    fn any_text_is_answered(text: String) {
        let floor = Floor::new(u64::MAX);
        prop_assert_eq!(floor.resume_text(&text), Resume::Snapshot);
    }
}
