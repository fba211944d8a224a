//! A zone's agent that says that the guest left ends the stay there.

use std::collections::BTreeSet;

use super::*;
use crate::moment::{Circumstances, Moment, MomentSettings, Receptiveness, Trigger};

/// At the door from the beginning, and heard as loudly among the shoes from 1.2 minutes on, until both were heard last.
fn between_door_and_shoes(door: f64, shoes: f64) -> (Shop, VisitId) {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.still("door", 1, 1.0);
    shop.enter("shoes", 1, 1.2);
    shop.still("door", 1, door);
    shop.still("shoes", 1, shoes);
    assert_eq!(shop.visit(id).zone().unwrap().as_str(), "door", "as loud is not clearly louder");
    (shop, id)
}

fn stays(shop: &Shop, id: VisitId) -> Vec<(&str, f64, f64)> {
    let stays = &shop.visit(id).stays;
    stays.iter().map(|stay| (stay.zone.as_str(), minutes(stay.from), minutes(stay.to))).collect()
}

#[test]
fn another_zone_has_the_guest_as_soon_as_the_first_says_that_they_left() {
    let (mut shop, id) = between_door_and_shoes(2.0, 2.5);
    shop.leave("door", 1, 2.0);
    assert_eq!(stays(&shop, id), [("door", 0.0, 2.0), ("shoes", 2.0, 2.5)]);
    shop.still("shoes", 1, 3.5);
    assert_eq!(stays(&shop, id), [("door", 0.0, 2.0), ("shoes", 2.0, 3.5)]);
}

#[test]
fn nobody_waits_for_the_next_report_of_the_other_zone() {
    let (mut shop, id) = between_door_and_shoes(2.0, 1.8);
    shop.leave("door", 1, 2.0);
    assert_eq!(stays(&shop, id), [("door", 0.0, 2.0), ("shoes", 2.0, 2.0)]);
    shop.leave("shoes", 1, 1.8);
    assert_eq!(stays(&shop, id), [("door", 0.0, 2.0)], "who left both was heard last at the door");
}

#[test]
fn a_phone_that_goes_on_under_another_token_has_not_left() {
    let (mut shop, id) = between_door_and_shoes(2.0, 2.5);
    shop.enter("door", 2, 3.0);
    shop.leave("door", 1, 2.0);
    assert_eq!(stays(&shop, id), [("door", 0.0, 3.0)]);
    // And where that one is told later.
    let (mut shop, id) = between_door_and_shoes(2.0, 2.5);
    shop.leave("door", 1, 2.0);
    shop.enter("door", 2, 3.0);
    assert_eq!(stays(&shop, id), [("door", 0.0, 3.0)]);
}

#[test]
fn who_comes_back_after_more_than_a_report_was_away() {
    let (mut shop, id) = between_door_and_shoes(2.0, 2.5);
    shop.leave("door", 1, 2.0);
    shop.enter("door", 1, 3.5);
    assert_eq!(stays(&shop, id), [("door", 0.0, 2.0), ("shoes", 2.0, 2.5)]);
    let louder = shop.heard("door", 1, PresenceKind::StillHere, 3.6, -50);
    shop.apply(&louder);
    assert_eq!(stays(&shop, id).last(), Some(&("door", 3.5, 3.6)));
}

#[test]
fn a_sign_ends_where_its_place_does() {
    let (mut shop, id) = between_door_and_shoes(2.0, 2.5);
    let fitting_rooms = BTreeSet::from([ZoneId::new("door").unwrap()]);
    let moment = |visit: &Visit| {
        let around = Circumstances {
            now: at(4.1),
            help_since: None,
            met: false,
            fitting_rooms: &fitting_rooms,
            receptiveness: Receptiveness::default(),
        };
        Moment::of(visit, &MomentSettings::default(), &around)
    };
    let is_fitting = |moment| matches!(moment, Moment::Open { trigger: Trigger::FittingRoom, .. });
    assert!(is_fitting(moment(shop.visit(id))));
    shop.leave("door", 1, 2.0);
    assert!(!is_fitting(moment(shop.visit(id))));
}
