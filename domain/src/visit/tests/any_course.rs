//! Whatever agents, radios, clocks and customers do, the rules of visits hold.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{any_order::check, *};

#[derive(Debug, Clone)]
enum Step {
    Hear { zone: &'static str, token: u8, kind: PresenceKind, ago: f64, rssi: i16 },
    Tick,
    Gone(&'static str),
    Connected(&'static str),
    Blind(&'static str),
    Hearing(&'static str),
    Boot(&'static str),
    Withdraw,
    Restart,
}

fn step() -> impl Strategy<Value = (f64, Step)> {
    let zone = || prop_oneof![Just("door"), Just("shoes")];
    let kind = prop_oneof![
        2 => Just(PresenceKind::Entered),
        3 => Just(PresenceKind::StillHere),
        1 => Just(PresenceKind::Left),
    ];
    let ago = prop_oneof![6 => Just(0.0), 1 => 0.0_f64..200.0];
    let step = prop_oneof![
        20 => (zone(), 0_u8..3, kind, ago, -90_i16..-40)
            .prop_map(|(zone, token, kind, ago, rssi)| Step::Hear { zone, token, kind, ago, rssi }),
        6 => Just(Step::Tick),
        1 => zone().prop_map(Step::Gone),
        2 => zone().prop_map(Step::Connected),
        1 => zone().prop_map(Step::Blind),
        2 => zone().prop_map(Step::Hearing),
        1 => zone().prop_map(Step::Boot),
        1 => Just(Step::Withdraw),
        1 => Just(Step::Restart),
    ];
    let wait = prop_oneof![6 => 0.0_f64..2.0, 1 => 2.0_f64..30.0, 1 => 100.0_f64..300.0];
    (wait, step)
}

/// The records as a store would hold them.
type Disk = BTreeMap<VisitId, Visit>;

fn restart(shop: &mut Shop, disk: &Disk) {
    let mut visits = ShopVisits::new(StoreId::new(STORE).unwrap(), VisitPolicy::default());
    visits.load(disk.values().cloned().collect());
    visits.keep_all();
    shop.visits = visits;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_rules_hold_whatever_happens(steps in prop::collection::vec(step(), 0..120)) {
        let mut shop = Shop::new();
        shop.visits.keep_all();
        let (mut disk, mut now, mut boot) = (Disk::new(), 1_000.0, 10);
        let mut withdrawn: BTreeMap<VisitId, Visit> = BTreeMap::new();
        let mut withdrawn_at = 0.0;
        for (wait, step) in steps {
            now += wait;
            match step {
                Step::Hear { zone, token, kind, ago, rssi } => {
                    let heard = shop.heard(zone, token, kind, now - ago, rssi);
                    let id = shop.apply(&heard);
                    if now - ago < withdrawn_at - 0.001 {
                        prop_assert_eq!(id, None, "heard before the withdrawal");
                    } else if kind != PresenceKind::Left && now - ago > withdrawn_at + 0.001 {
                        prop_assert!(id.is_some());
                    }
                }
                Step::Tick => drop(shop.tick(now)),
                Step::Gone(zone) => shop.visits.agent_gone(&agent(zone), at(now)),
                Step::Connected(zone) => shop.visits.agent_connected(&agent(zone), at(now)),
                Step::Blind(zone) => shop.visits.agent_blind(&agent(zone), at(now)),
                Step::Hearing(zone) => shop.visits.agent_hearing(&agent(zone), at(now)),
                Step::Boot(zone) => {
                    boot += 1;
                    shop.boot(zone, boot, now);
                }
                Step::Withdraw => {
                    let was_open = shop.visits.open_of(&customer("c1")).map(|visit| visit.id);
                    prop_assert_eq!(shop.visits.withdraw(&customer("c1"), at(now)), was_open);
                    prop_assert!(shop.visits.open().is_empty());
                    withdrawn_at = now;
                    let all = shop.visits.all().filter(|visit| visit.withdrawn.is_some());
                    withdrawn = all.map(|visit| (visit.id, visit.clone())).collect();
                }
                Step::Restart => {
                    restart(&mut shop, &disk);
                    // A withdrawal that ended no visit stands in no record of a visit.
                    withdrawn_at = disk.values().filter_map(|visit| visit.withdrawn).max().map_or(0.0, minutes);
                }
            }
            disk.extend(shop.visits.take_changed().into_iter().map(|visit| (visit.id, visit)));
            check(&shop);
            let in_memory: BTreeMap<VisitId, Visit> = shop.visits.all().map(|v| (v.id, v.clone())).collect();
            let on_disk: BTreeMap<VisitId, Visit> =
                disk.iter().filter(|(_, v)| v.merged_into.is_none()).map(|(id, v)| (*id, v.clone())).collect();
            prop_assert_eq!(in_memory, on_disk, "what changed was told");
            for (id, visit) in &withdrawn {
                prop_assert_eq!(shop.visits.get(*id), Some(visit), "nothing is added to a withdrawn visit");
            }
        }
        for zone in ["door", "shoes"] {
            shop.visits.agent_gone(&agent(zone), at(now));
        }
        shop.visits.tick(at(now + 241.0));
        shop.visits.tick(at(now + 252.0));
        prop_assert!(shop.visits.open().is_empty(), "without news every visit ends");
        prop_assert!(shop.visits.all().all(|visit| visit.live.is_empty()));
    }
}
