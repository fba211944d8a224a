use std::{collections::HashMap, time::Duration};

use super::*;
use crate::{floor::GuestState, presence::PresenceKind, signal::Dbm};

mod agents;
mod any_course;
mod any_order;
mod leaving;
mod records;
mod till;

const STORE: &str = "lyon";
/// 2026-11-21 10:00:00 UTC.
const OPENING: i64 = 1_795_255_200;

fn at(minutes: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "minutes of a test fit")]
    Timestamp::from_millis(OPENING * 1_000 + (minutes * 60_000.0) as i64)
}

fn customer(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

fn agent(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

/// A shop with the verbs of the tests. Agents are named after their zones.
struct Shop {
    visits: ShopVisits,
    ids: u128,
    boots: HashMap<&'static str, u128>,
}

impl Shop {
    fn new() -> Self {
        let visits = ShopVisits::new(StoreId::new(STORE).unwrap(), VisitPolicy::default());
        let mut shop = Self { visits, ids: 0, boots: HashMap::new() };
        for name in ["door", "shoes"] {
            shop.boot(name, 1, 0.0);
            shop.visits.agent_connected(&agent(name), at(0.0));
        }
        shop
    }

    fn boot(&mut self, name: &'static str, boot: u128, minutes: f64) {
        self.boots.insert(name, boot);
        self.visits.agent_booted(&agent(name), BootId(boot), at(minutes));
    }

    fn heard(&self, zone: &'static str, token: u8, kind: PresenceKind, minutes: f64, rssi: i16) -> Heard {
        Heard {
            agent: agent(zone),
            boot: BootId(self.boots[zone]),
            zone: ZoneId::new(zone).unwrap(),
            token: PresenceToken([token; 16]),
            kind,
            at: at(minutes),
            rssi: Dbm::new(rssi).unwrap(),
        }
    }

    fn apply(&mut self, heard: &Heard) -> Option<VisitId> {
        self.ids += 1;
        self.visits.apply(&customer("c1"), heard, self.ids)
    }

    fn hear(&mut self, zone: &'static str, token: u8, kind: PresenceKind, minutes: f64) -> Option<VisitId> {
        let heard = self.heard(zone, token, kind, minutes, -60);
        self.apply(&heard)
    }

    fn enter(&mut self, zone: &'static str, token: u8, minutes: f64) -> VisitId {
        self.hear(zone, token, PresenceKind::Entered, minutes).unwrap()
    }

    fn still(&mut self, zone: &'static str, token: u8, minutes: f64) -> VisitId {
        self.hear(zone, token, PresenceKind::StillHere, minutes).unwrap()
    }

    fn leave(&mut self, zone: &'static str, token: u8, minutes: f64) -> Option<VisitId> {
        self.hear(zone, token, PresenceKind::Left, minutes)
    }

    fn tick(&mut self, minutes: f64) -> Vec<VisitId> {
        self.visits.tick(at(minutes))
    }

    fn visit(&self, id: VisitId) -> &Visit {
        self.visits.get(id).unwrap()
    }

    /// All visits as (began, last heard) in minutes, by beginning.
    fn spans(&self) -> Vec<(f64, f64)> {
        let mut all: Vec<(Timestamp, Timestamp)> =
            self.visits.all().map(|visit| (visit.began, visit.last_heard)).collect();
        all.sort_unstable();
        all.into_iter().map(|(from, to)| (minutes(from), minutes(to))).collect()
    }
}

fn minutes(instant: Timestamp) -> f64 {
    instant.since(at(0.0)).as_secs_f64() / 60.0
}

#[test]
fn a_visit_from_first_presence_to_last() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 1.0);
    assert_eq!(shop.still("door", 1, 2.0), id);
    assert_eq!(shop.visits.guest_state(shop.visit(id)), GuestState::Here);
    assert_eq!(shop.leave("door", 1, 2.5), Some(id));
    assert_eq!(shop.visits.guest_state(shop.visit(id)), GuestState::Left { at: at(2.5) });
    assert!(shop.tick(12.5).is_empty(), "may still come back");
    assert_eq!(shop.tick(12.6), [id]);
    let visit = shop.visit(id);
    assert_eq!(visit.ended, Some(at(2.5)));
    assert_eq!(visit.dwell(), Duration::from_secs(90));
    assert_eq!(visit.dwell_in(&ZoneId::new("door").unwrap()), Duration::from_secs(90));
    assert!(shop.visits.open().is_empty());
    assert!(shop.tick(13.0).is_empty(), "ends once");
}

#[test]
fn coming_back_in_time_goes_on_with_the_visit_and_later_begins_another() {
    let mut shop = Shop::new();
    let first = shop.enter("door", 1, 0.0);
    shop.leave("door", 1, 5.0);
    assert_eq!(shop.enter("door", 2, 15.0), first, "ten minutes are still in time");
    shop.leave("door", 2, 16.0);
    shop.tick(27.0);
    let second = shop.enter("door", 3, 27.0);
    assert_ne!(second, first);
    assert_eq!(shop.visits.open_of(&customer("c1")).map(|visit| visit.id), Some(second));
}

#[test]
fn a_new_token_that_enters_before_the_old_one_left_is_the_same_visit() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.still("door", 1, 14.0);
    assert_eq!(shop.enter("door", 2, 14.9), id);
    assert_eq!(shop.leave("door", 1, 14.8), Some(id), "said two minutes after");
    assert_eq!(shop.visit(id).live.len(), 1);
    assert_eq!(shop.still("door", 2, 16.0), id);
    assert_eq!(shop.spans(), [(0.0, 16.0)]);
}

#[test]
fn two_agents_make_one_visit_with_stays() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.still("door", 1, 1.0);
    let weaker = shop.heard("shoes", 1, PresenceKind::Entered, 1.2, -75);
    shop.apply(&weaker);
    assert_eq!(shop.visit(id).zone().unwrap().as_str(), "door");
    let not_clearly = shop.heard("shoes", 1, PresenceKind::StillHere, 2.2, -55);
    shop.apply(&not_clearly);
    assert_eq!(shop.visit(id).zone().unwrap().as_str(), "door", "5 dB do not move anybody");
    let clearly = shop.heard("shoes", 1, PresenceKind::StillHere, 3.2, -54);
    shop.apply(&clearly);
    let visit = shop.visit(id);
    assert_eq!(visit.zone().unwrap().as_str(), "shoes");
    assert_eq!(visit.stays.len(), 2);
    shop.leave("door", 1, 1.1);
    for minute in 4..20 {
        shop.still("shoes", 1, f64::from(minute));
    }
    let visit = shop.visit(id);
    assert_eq!(visit.stays.len(), 2);
    assert_eq!(shop.spans(), [(0.0, 19.0)]);
}

#[test]
fn a_zone_that_falls_silent_hands_over_from_when_the_other_heard_alone() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    for tenth in 1..8 {
        let weak = shop.heard("shoes", 1, PresenceKind::StillHere, f64::from(tenth), -78);
        shop.apply(&weak);
    }
    let visit = shop.visit(id);
    let stays: Vec<_> =
        visit.stays.iter().map(|stay| (stay.zone.as_str(), minutes(stay.from), minutes(stay.to))).collect();
    assert_eq!(stays, [("door", 0.0, 0.0), ("shoes", 1.0, 7.0)]);
}

#[test]
fn leaving_without_having_come_is_no_visit() {
    let mut shop = Shop::new();
    assert_eq!(shop.leave("door", 1, 3.0), None);
    assert!(shop.spans().is_empty());
    let id = shop.enter("door", 2, 5.0);
    assert_eq!(shop.leave("door", 1, 3.0), Some(id), "beside a visit it tells when it began");
    assert_eq!(shop.spans(), [(3.0, 5.0)]);
}

#[test]
fn withdrawing_ends_the_visit_and_nothing_reopens_it() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.still("door", 1, 1.0);
    assert_eq!(shop.visits.withdraw(&customer("c1"), at(1.5)), Some(id));
    assert_eq!(shop.visits.withdraw(&customer("c1"), at(1.5)), None);
    assert_eq!(shop.visit(id).ended, Some(at(1.0)));
    assert!(shop.visits.open().is_empty());
    for kind in [PresenceKind::Entered, PresenceKind::StillHere, PresenceKind::Left] {
        assert_eq!(shop.hear("shoes", 1, kind, 1.4), None, "heard before, told after");
    }
    let again = shop.still("door", 1, 3.0);
    assert_ne!(again, id, "after a new consent it is another visit");
    assert_eq!(shop.spans(), [(0.0, 1.0), (3.0, 3.0)]);

    let stored = shop.visits.take_changed();
    let mut restarted = Shop::new();
    restarted.visits.load(stored);
    assert_eq!(restarted.hear("shoes", 1, PresenceKind::Entered, 1.4), None);
    assert_eq!(restarted.visits.open().len(), 1);
}

#[test]
fn a_presence_that_was_given_up_does_not_lengthen_a_withdrawn_visit() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.still("shoes", 1, 8.0);
    shop.tick(10.1);
    assert_eq!(shop.visit(id).live.len(), 1, "the door was silent for too long");
    shop.visits.withdraw(&customer("c1"), at(11.0));
    assert_ne!(shop.still("door", 1, 12.0), id);
    assert_eq!(shop.visit(id).last_heard, at(8.0));
}

#[test]
fn a_day_in_the_shop_stays_bounded() {
    let mut shop = Shop::new();
    shop.enter("door", 1, 0.0);
    let mut id = VisitId(0);
    for minute in 1..720 {
        let zone = if minute % 2 == 0 { "door" } else { "shoes" };
        let loud =
            shop.heard(zone, 1, PresenceKind::StillHere, f64::from(minute), -90 + (minute % 60) as i16);
        id = shop.apply(&loud).unwrap();
    }
    let visit = shop.visit(id);
    assert!(visit.stays.len() <= 512, "{} stays", visit.stays.len());
    assert_eq!(visit.dwell(), Duration::from_secs(719 * 60));
}

#[test]
fn policies_name_what_is_wrong() {
    let error =
        VisitPolicy::try_new(VisitSettings { resume_within: Duration::from_secs(1), ..Default::default() });
    assert_eq!(
        error.unwrap_err().to_string(),
        "visit setting `resume_within` is 1000 ms: give at least a minute"
    );
    assert_eq!(VisitPolicy::try_new(VisitSettings::default()), Ok(VisitPolicy::default()));
}
