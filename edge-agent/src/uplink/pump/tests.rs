use proptest::prelude::*;
use shopbell_domain::{
    presence::PresenceKind,
    signal::{Carrier, Dbm},
    time::Timestamp,
    token::PresenceToken,
};
use shopbell_proto::convert::edge::{AgentInstant, Report};

use super::*;

const LIMITS: Limits = Limits { batch_events: 4, batch_wait: Duration::from_millis(250), in_flight: 2 };

fn event(run: u64, sequence: u64) -> Waiting {
    let at = AgentInstant { wall: Timestamp::EPOCH, uptime: Duration::ZERO };
    let report = Report {
        sequence,
        token: PresenceToken([0; 16]),
        kind: PresenceKind::Entered,
        at,
        rssi: Dbm::new(-60).unwrap(),
        carrier: Carrier::ServiceData,
    };
    Waiting { position: Position { run, sequence }, boot: BootId(run.into()), report }
}

fn events(run: u64, sequences: std::ops::RangeInclusive<u64>) -> Vec<Waiting> {
    sequences.map(|sequence| event(run, sequence)).collect()
}

fn receipt(run: u64, sequence: u64) -> Receipt {
    Receipt { boot: BootId(run.into()), sequence, rejected: Vec::new() }
}

#[tokio::test(start_paused = true)]
async fn the_first_goes_at_once_and_small_ones_wait_behind_it() {
    let mut pump = Pump::new(LIMITS);
    let now = Instant::now();
    assert_eq!(pump.next(&[], now), Next::Idle);
    assert_eq!(pump.next(&events(1, 1..=1), now), Next::Send(1));
    pump.did_send(&events(1, 1..=1));
    let look_again = now + LIMITS.batch_wait;
    assert_eq!(pump.next(&events(1, 2..=2), now), Next::WaitUntil(look_again));
    assert_eq!(pump.next(&events(1, 2..=5), now), Next::Send(4), "a full batch does not wait");
    assert_eq!(pump.next(&events(1, 2..=3), look_again), Next::Send(2));
    pump.did_send(&events(1, 2..=3));
    assert_eq!(pump.next(&events(1, 4..=7), look_again), Next::Idle, "two are in flight");
    assert_eq!(pump.receipt(&receipt(1, 1)), Some(Position { run: 1, sequence: 1 }));
    assert!(pump.has_room());
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_of_one_boot() {
    let mut pump = Pump::new(LIMITS);
    let waiting = [events(1, 8..=9), events(2, 1..=1)].concat();
    assert_eq!(pump.next(&waiting, Instant::now()), Next::Send(2));
    pump.did_send(&waiting[..2]);
    pump.did_send(&waiting[2..]);
    assert_eq!(pump.receipt(&receipt(2, 1)), Some(Position { run: 2, sequence: 1 }));
    assert!(!pump.flight.is_empty(), "the older boot still waits for its own receipt");
}

#[tokio::test(start_paused = true)]
async fn strange_receipts_delete_nothing_that_was_not_sent() {
    let mut pump = Pump::new(LIMITS);
    pump.did_send(&events(1, 3..=5));
    assert_eq!(pump.receipt(&receipt(9, 100)), None, "another boot");
    assert_eq!(pump.receipt(&receipt(1, 0)), None);
    assert_eq!(pump.receipt(&receipt(1, 4)), Some(Position { run: 1, sequence: 4 }), "a part of a batch");
    assert!(!pump.flight.is_empty());
    assert_eq!(
        pump.receipt(&receipt(1, u64::MAX)),
        Some(Position { run: 1, sequence: 5 }),
        "no further than sent"
    );
    assert!(pump.flight.is_empty());
}

proptest! {
    #[test]
    fn everything_is_sent_once_in_order_and_never_more_than_allowed(
        runs in prop::collection::vec(1_u64..12, 1..5),
        acknowledge_every in 1_usize..4,
    ) {
        let all: Vec<Waiting> = (1..).zip(&runs).flat_map(|(run, count)| events(run, 1..=*count)).collect();
        let mut pump = Pump::new(LIMITS);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _guard = runtime.enter();
        let (mut now, mut sent, mut rounds) = (Instant::now(), 0, 0);
        let mut unacknowledged: VecDeque<Receipt> = VecDeque::new();
        while sent < all.len() {
            rounds += 1;
            prop_assert!(rounds < 1_000, "it comes to an end");
            match pump.next(&all[sent..], now) {
                Next::Send(count) => {
                    prop_assert!((1..=LIMITS.batch_events).contains(&count) && pump.has_room());
                    let batch = &all[sent..sent + count];
                    prop_assert!(batch.iter().all(|event| event.boot == batch[0].boot));
                    pump.did_send(batch);
                    sent += count;
                    let last = batch[count - 1];
                    unacknowledged.push_back(receipt(last.position.run, last.position.sequence));
                    prop_assert_eq!(pump.sent(), Some(last.position));
                }
                Next::WaitUntil(moment) => now = moment,
                Next::Idle => {}
            }
            let acknowledge = rounds % acknowledge_every == 0 || !pump.has_room();
            if let Some(first) = acknowledge.then(|| unacknowledged.pop_front()).flatten() {
                prop_assert_eq!(pump.receipt(&first).map(|up_to| up_to.sequence), Some(first.sequence));
            }
        }
    }
}
