//! What becomes of visits when an agent is gone, blind, silent, or boots anew.

use super::*;

#[test]
fn an_agent_that_is_gone_leaves_its_visits_uncertain_until_lost() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.visits.agent_gone(&agent("door"), at(1.0));
    assert_eq!(shop.tick(1.1), [id]);
    assert_eq!(shop.visits.guest_state(shop.visit(id)), GuestState::Uncertain);
    assert!(shop.tick(200.0).is_empty());
    shop.visits.agent_connected(&agent("door"), at(201.0));
    assert_eq!(shop.tick(201.1), [id], "certain again");
    shop.visits.agent_gone(&agent("door"), at(202.0));
    shop.tick(202.0);
    assert!(shop.tick(202.0 + 240.0).is_empty());
    assert_eq!(shop.tick(202.0 + 240.1), [id]);
    assert_eq!(shop.visit(id).ended, Some(at(0.0)), "it ended when it was last heard");
}

#[test]
fn an_hour_offline_is_told_later_and_lengthens_the_same_visit() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.visits.agent_gone(&agent("door"), at(1.0));
    shop.tick(60.0);
    shop.visits.agent_connected(&agent("door"), at(61.0));
    shop.tick(61.5);
    for minute in 1..40 {
        assert_eq!(shop.still("door", 1, f64::from(minute)), id);
    }
    assert_eq!(shop.leave("door", 1, 40.0), Some(id));
    shop.tick(62.0);
    assert_eq!(shop.spans(), [(0.0, 40.0)]);
    assert!(!shop.visit(id).is_open());
}

#[test]
fn a_blind_agent_ends_nothing() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.visits.agent_blind(&agent("door"), at(1.0));
    assert_eq!(shop.tick(1.1), [id], "uncertain");
    assert!(shop.tick(120.0).is_empty());
    shop.visits.agent_hearing(&agent("door"), at(120.0));
    shop.tick(120.1);
    assert_eq!(shop.still("door", 1, 121.0), id, "it was here all along");
    assert_eq!(shop.spans(), [(0.0, 121.0)]);
}

#[test]
fn a_silent_presence_of_an_agent_that_hears_is_given_up() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    assert!(shop.tick(10.0).is_empty());
    assert_eq!(shop.tick(10.1), [id]);
    assert!(!shop.visit(id).is_open());
    assert_eq!(shop.still("door", 1, 11.0), id, "the agent knew better");
    assert!(shop.visit(id).is_open());
}

#[test]
fn a_new_boot_ends_what_it_does_not_confirm() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    let other = shop.heard("door", 2, PresenceKind::Entered, 0.0, -60);
    shop.visits.apply(&customer("c2"), &other, 99);
    shop.boot("door", 2, 1.0);
    shop.visits.agent_connected(&agent("door"), at(1.0));
    shop.tick(1.1);
    assert!(shop.visits.is_uncertain(shop.visit(id)));
    assert_eq!(shop.enter("door", 1, 2.0), id);
    assert_eq!(shop.visit(id).live.len(), 1, "the new boot's presence took over");
    shop.tick(6.1);
    assert_eq!(shop.visits.open_of(&customer("c1")).unwrap().live.len(), 1);
    assert!(shop.visits.open_of(&customer("c2")).unwrap().live.is_empty());
    shop.still("door", 1, 11.0);
    shop.tick(11.0);
    assert!(shop.visits.open_of(&customer("c2")).is_none());
    assert!(shop.visits.open_of(&customer("c1")).is_some());
}
