use std::{collections::HashMap, time::Duration};

use super::*;
use crate::{floor::GuestState, presence::PresenceKind, signal::Dbm};

mod any_course;
mod any_order;
mod leaving;
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
fn an_hour_late_the_past_is_made_right_and_the_present_stays() {
    let mut shop = Shop::new();
    let now = shop.enter("door", 9, 70.0);
    let past = shop.enter("shoes", 1, 3.0);
    assert_ne!(past, now);
    assert_eq!(shop.visit(past).ended, Some(at(3.0)), "only the newest can be open");
    assert_eq!(shop.still("shoes", 1, 4.0), past);
    assert_eq!(shop.visit(past).ended, Some(at(4.0)));
    assert_eq!(shop.leave("shoes", 1, 4.5), Some(past));
    assert_eq!(shop.spans(), [(3.0, 4.5), (70.0, 70.0)]);
    let open: Vec<VisitId> = shop.visits.open().iter().map(|visit| visit.id).collect();
    assert_eq!(open, [now]);
    shop.tick(71.0);
    assert!(shop.visit(now).is_open());
}

#[test]
fn late_news_between_two_visits_makes_them_one() {
    let mut shop = Shop::new();
    let first = shop.enter("door", 1, 0.0);
    shop.leave("door", 1, 5.0);
    shop.tick(16.0);
    shop.visits.get_mut(first).unwrap().greeted.push(AssociateId::new("ines").unwrap());
    let second = shop.enter("door", 2, 30.0);
    shop.visits.take_changed();

    shop.enter("shoes", 1, 6.0);
    for minute in [12.0, 18.0, 24.0] {
        shop.still("shoes", 1, minute);
    }
    assert_eq!(shop.spans(), [(0.0, 30.0)]);
    let visit = shop.visit(first);
    assert_eq!(visit.id, second, "the open one goes on, since tablets show it");
    assert_eq!(visit.greeted.len(), 1);
    assert!(visit.is_open());
    let stored = shop.visits.take_changed();
    let part = stored.iter().find(|visit| visit.id == first).unwrap();
    assert_eq!((part.merged_into, part.ended), (Some(second), Some(at(24.0))));
    assert!(part.greeted.is_empty() && part.stays.is_empty());

    let mut after_restart = ShopVisits::new(StoreId::new(STORE).unwrap(), VisitPolicy::default());
    after_restart.load(stored);
    assert_eq!(after_restart.get(first).map(|visit| visit.id), Some(second));
}

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
fn a_restart_goes_on_where_the_records_stand() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.still("door", 1, 1.0);
    let stored = shop.visits.take_changed();
    assert_eq!(stored.len(), 1);
    assert!(shop.visits.take_changed().is_empty());

    let mut restarted = ShopVisits::new(StoreId::new(STORE).unwrap(), VisitPolicy::default());
    restarted.load(stored);
    assert!(restarted.is_uncertain(restarted.get(id).unwrap()), "no agent is connected yet");
    let left = shop.heard("door", 1, PresenceKind::Left, 2.0, -70);
    assert_eq!(restarted.apply(&customer("c1"), &left, 5), Some(id));
    assert_eq!(restarted.tick(at(12.1)), [id]);
    assert_eq!(restarted.get(id).unwrap().ended, Some(at(2.0)));
}

#[test]
fn records_that_point_at_each_other_hang_nothing() {
    let mut shop = Shop::new();
    let part = |id: u128, into: u128| Visit {
        merged_into: Some(VisitId(into)),
        ..Visit::new(VisitId(id), customer("c1"), StoreId::new(STORE).unwrap(), at(0.0))
    };
    shop.visits.load(vec![part(1, 2), part(2, 1)]);
    assert!(shop.visits.get(VisitId(1)).is_none());
}

#[test]
fn old_visits_are_forgotten_after_three_days() {
    let mut shop = Shop::new();
    let id = shop.enter("door", 1, 0.0);
    shop.leave("door", 1, 1.0);
    shop.tick(20.0);
    shop.visits.take_changed();
    shop.tick(72.0 * 60.0);
    assert!(shop.visits.get(id).is_some());
    shop.tick(72.0 * 60.0 + 12.0);
    assert!(shop.visits.get(id).is_none());
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
