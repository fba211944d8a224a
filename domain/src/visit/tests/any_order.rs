//! Whatever way the batches of two agents interleave, the visits are the same.

use proptest::prelude::*;

use super::*;

/// One presence at one agent, in quarters of a minute from its agent's last one.
#[derive(Debug, Clone)]
struct Stay {
    customer: &'static str,
    token: u8,
    wait: u16,
    /// Gaps between reports. Long ones are what a blind radio leaves.
    reports: Vec<u16>,
    rssi: i16,
    leaves: bool,
}

fn stay() -> impl Strategy<Value = Stay> {
    let customer = prop_oneof![4 => Just("c1"), 1 => Just("c2")];
    let gap = prop_oneof![8 => 1_u16..8, 1 => 40_u16..200];
    let reports = prop::collection::vec(gap, 0..8);
    (customer, 0_u8..3, 0_u16..90, reports, -90_i16..-40, any::<bool>()).prop_map(
        |(customer, token, wait, reports, rssi, leaves)| Stay {
            customer,
            token,
            wait,
            reports,
            rssi,
            leaves,
        },
    )
}

type Told = (CustomerId, Heard);

/// What one agent tells, in its order.
fn told(shop: &Shop, zone: &'static str, stays: &[Stay]) -> Vec<Told> {
    let mut quarters = 0.0_f64;
    let mut events = Vec::new();
    for stay in stays {
        // Phones of two customers never show the same token.
        let token = if stay.customer == "c1" { stay.token } else { 100 + stay.token };
        let mut tell = |kind, quarters: f64, rssi| {
            let heard = shop.heard(zone, token, kind, quarters / 4.0, rssi);
            events.push((customer(stay.customer), heard));
        };
        quarters += f64::from(stay.wait) + 1.0;
        tell(PresenceKind::Entered, quarters, stay.rssi);
        for (number, gap) in stay.reports.iter().enumerate() {
            quarters += f64::from(*gap);
            let fading = i16::try_from(number).unwrap();
            tell(PresenceKind::StillHere, quarters, stay.rssi - fading);
        }
        if stay.leaves {
            tell(PresenceKind::Left, quarters, stay.rssi);
        }
    }
    events
}

/// Both agents' events, each agent's in its order, taken in turns as `turns` says.
fn interleave(one: &[Told], other: &[Told], turns: &[u8]) -> Vec<Told> {
    let (mut one, mut other) = (one.iter(), other.iter());
    let mut events = Vec::new();
    for turn in turns {
        let (agent, count) = if turn % 2 == 0 { (&mut one, turn / 2) } else { (&mut other, turn / 2) };
        events.extend(agent.by_ref().take(usize::from(count)).cloned());
    }
    events.extend(one.cloned());
    events.extend(other.cloned());
    events
}

/// Visits without what depends on the order: identifiers.
type Seen = Vec<(CustomerId, Timestamp, Timestamp, Vec<ZoneStay>, Option<Timestamp>, usize)>;

fn seen(shop: &Shop) -> Seen {
    let mut all: Seen = shop
        .visits
        .all()
        .map(|v| (v.customer.clone(), v.began, v.last_heard, v.stays.clone(), v.ended, v.live.len()))
        .collect();
    all.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    all
}

fn play(events: &[Told]) -> Shop {
    let mut shop = Shop::new();
    for (customer, heard) in events {
        shop.ids += 1;
        let id = shop.visits.apply(customer, heard, shop.ids);
        assert!(id.is_some_and(|id| shop.visits.get(id).is_some_and(|visit| visit.customer == *customer)));
        check(&shop);
    }
    shop
}

pub(super) fn check(shop: &Shop) {
    for name in ["c1", "c2"] {
        let open = shop.visits.open().iter().filter(|visit| visit.customer == customer(name)).count();
        assert!(open <= 1, "{open} open visits of one customer");
    }
    for visit in shop.visits.all() {
        assert!(visit.began <= visit.last_heard);
        assert!(visit.ended.is_none_or(|ended| ended == visit.last_heard));
        assert!(visit.merged_into.is_none());
        assert!(visit.stays.iter().all(|stay| stay.from <= stay.to), "{:?}", visit.stays);
        assert!(visit.stays.windows(2).all(|pair| pair[0].to <= pair[1].from), "{:?}", visit.stays);
        let in_zones: Duration = visit.stays.iter().map(|stay| stay.to.since(stay.from)).sum();
        assert!(in_zones <= visit.dwell());
    }
}

const FAR: f64 = 100_000.0;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_interleaving_gives_the_same_visits(
        door in prop::collection::vec(stay(), 0..6),
        shoes in prop::collection::vec(stay(), 0..6),
        turns in prop::collection::vec(0_u8..10, 0..20),
    ) {
        let plan = Shop::new();
        let (door, shoes) = (told(&plan, "door", &door), told(&plan, "shoes", &shoes));
        let mut one = play(&interleave(&door, &shoes, &[]));
        let mut other = play(&interleave(&door, &shoes, &turns));
        prop_assert_eq!(seen(&one), seen(&other));

        one.visits.keep_all();
        other.visits.keep_all();
        one.tick(FAR);
        other.tick(FAR);
        prop_assert!(one.visits.open().is_empty());
        prop_assert_eq!(seen(&one), seen(&other));
    }

    #[test]
    fn what_is_told_twice_changes_nothing(
        door in prop::collection::vec(stay(), 0..6),
        shoes in prop::collection::vec(stay(), 0..6),
        turns in prop::collection::vec(0_u8..10, 0..20),
        from in 0.0_f64..1.0,
    ) {
        let plan = Shop::new();
        let events = interleave(&told(&plan, "door", &door), &told(&plan, "shoes", &shoes), &turns);
        let mut shop = play(&events);
        let before = seen(&shop);
        shop.visits.take_changed();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "a place in a short list")]
        let from = (events.len() as f64 * from) as usize;
        for (customer, heard) in &events[from..] {
            shop.ids += 1;
            shop.visits.apply(customer, heard, shop.ids);
        }
        prop_assert_eq!(seen(&shop), before);
        prop_assert_eq!(shop.visits.take_changed(), Vec::<Visit>::new());
    }

    #[test]
    fn time_that_passes_between_batches_changes_no_dates(
        door in prop::collection::vec(stay(), 0..6),
        shoes in prop::collection::vec(stay(), 0..6),
        turns in prop::collection::vec(0_u8..10, 0..20),
        ticks in prop::collection::vec(0.0_f64..400.0, 0..40),
    ) {
        let plan = Shop::new();
        let events = interleave(&told(&plan, "door", &door), &told(&plan, "shoes", &shoes), &turns);
        let (mut calm, mut ticked) = (play(&events), Shop::new());
        let mut times = ticks.into_iter();
        for (customer, heard) in &events {
            ticked.ids += 1;
            ticked.visits.apply(customer, heard, ticked.ids);
            if let Some(minutes) = times.next() {
                ticked.tick(minutes);
            }
            check(&ticked);
        }
        calm.visits.keep_all();
        ticked.visits.keep_all();
        calm.tick(FAR);
        ticked.tick(FAR);
        prop_assert_eq!(seen(&calm), seen(&ticked));
    }
}
