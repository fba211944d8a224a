//! Late news, restarts, and what is kept at hand: the past as the records have it.

use super::*;

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
