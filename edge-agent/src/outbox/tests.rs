use std::{collections::VecDeque, path::Path, sync::Arc};

use proptest::prelude::*;
use shopbell_domain::{
    presence::PresenceKind,
    signal::{Carrier, Dbm},
    time::{Clock, ManualClock, Timestamp},
    token::PresenceToken,
};
use tokio::task::JoinHandle;

use super::*;
use crate::health::Health;

const HOUR: Duration = Duration::from_secs(3_600);

fn start() -> Timestamp {
    Timestamp::from_millis(1_795_182_060_000)
}

/// An open outbox with its writer running.
struct Rig {
    appender: Option<Appender>,
    outbox: Outbox,
    health: Arc<Health>,
    clock: Arc<ManualClock>,
    writer: JoinHandle<Result<(), OutboxError>>,
    appended: u64,
}

impl Rig {
    #[expect(clippy::disallowed_methods, reason = "a test's helper, joined by `close`")]
    fn open(dir: &Path, boot: u128, max_bytes: u64, now: Timestamp) -> Self {
        let (clock, health) = (Arc::new(ManualClock::new(now)), Arc::new(Health::default()));
        let options = Options { dir: dir.to_owned(), max_bytes, max_age: 72 * HOUR };
        let dyn_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let opened = open(options, BootId(boot), dyn_clock, Arc::clone(&health)).unwrap();
        assert_eq!(opened.quarantined, None);
        let writer = tokio::spawn(opened.writer.run());
        Self { appender: Some(opened.appender), outbox: opened.outbox, health, clock, writer, appended: 0 }
    }

    /// Appends, and waits until it is on the disk.
    async fn append(&mut self, kind: PresenceKind, mark: u8) {
        let presence = Presence {
            token: PresenceToken([mark; 16]),
            kind,
            uptime: self.clock.uptime(),
            rssi: Dbm::new(-60).unwrap(),
            carrier: Carrier::ServiceUuid,
        };
        let at = AgentInstant { wall: self.clock.now(), uptime: presence.uptime };
        self.appender.as_ref().unwrap().append(Event { presence, at }).await.unwrap();
        self.appended += 1;
        let appended = self.appended;
        let written = |level: &Level| level.newest.is_some_and(|newest| newest.sequence == appended);
        self.outbox.level().wait_for(written).await.unwrap();
    }

    async fn acknowledge(&self, up_to: Position, left: u64) {
        self.outbox.acknowledge(up_to, Vec::new()).await.unwrap();
        self.outbox.level().wait_for(|level| level.events == left).await.unwrap();
    }

    fn all(&self) -> Vec<Waiting> {
        self.outbox.read_after(None, 100_000).unwrap()
    }

    async fn close(mut self) {
        drop(self.appender.take());
        drop(self.outbox);
        self.writer.await.unwrap().unwrap();
    }
}

#[derive(Debug, Clone)]
enum Operation {
    Append(u8),
    /// Acknowledge the n-th of those that wait.
    Acknowledge(prop::sample::Index),
    Restart,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => any::<u8>().prop_map(Operation::Append),
        2 => any::<prop::sample::Index>().prop_map(Operation::Acknowledge),
        1 => Just(Operation::Restart),
    ]
}

async fn follows_its_model(operations: Vec<Operation>) -> Result<(), TestCaseError> {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("outbox");
    let mut boot = 1;
    let mut rig = Rig::open(&dir, boot, u64::MAX, start());
    let mut model: VecDeque<(u128, u64, u8)> = VecDeque::new();
    let mut sequence = 0;
    for operation in operations {
        match operation {
            Operation::Append(mark) => {
                sequence += 1;
                rig.append(PresenceKind::Entered, mark).await;
                model.push_back((boot, sequence, mark));
            }
            Operation::Acknowledge(index) if !model.is_empty() => {
                let up_to = rig.all()[index.index(model.len())];
                // A receipt is of one boot: older ones keep what they have.
                model.retain(|(boot, sequence, _)| {
                    *boot != up_to.boot.0 || *sequence > up_to.position.sequence
                });
                rig.acknowledge(up_to.position, model.len() as u64).await;
            }
            Operation::Acknowledge(_) => {}
            Operation::Restart => {
                rig.close().await;
                boot += 1;
                sequence = 0;
                rig = Rig::open(&dir, boot, u64::MAX, start());
            }
        }
        let waiting: VecDeque<_> = rig
            .all()
            .iter()
            .map(|event| (event.boot.0, event.report.sequence, event.report.token.0[0]))
            .collect();
        prop_assert_eq!(&waiting, &model);
        prop_assert_eq!(rig.outbox.level().borrow().events, model.len() as u64);
    }
    rig.close().await;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn first_in_first_out_over_restarts(operations in prop::collection::vec(operation(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(follows_its_model(operations))?;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_acknowledged_goes_with_the_next_event_or_by_itself() {
    let home = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(&home.path().join("outbox"), 7, u64::MAX, start());
    rig.append(PresenceKind::Entered, 1).await;
    let first = rig.all()[0].position;
    rig.outbox.acknowledge(first, Vec::new()).await.unwrap();
    // The writer takes the receipt; time stands still, so it cannot have waited for long enough.
    tokio::task::yield_now().await;
    assert_eq!(rig.all().len(), 1, "nothing is deleted yet");
    rig.append(PresenceKind::Entered, 2).await;
    assert_eq!(rig.all().iter().map(|event| event.report.sequence).collect::<Vec<_>>(), [2]);
    assert_eq!(rig.outbox.store.stats().commits, 2, "one commit wrote and deleted");
    assert_eq!(rig.health.snapshot().acknowledged, 1);

    let second = rig.all()[0].position;
    rig.acknowledge(second, 0).await;
    assert_eq!((rig.outbox.store.stats().commits, rig.health.snapshot().acknowledged), (3, 2));
    rig.close().await;
}

#[tokio::test]
async fn reading_goes_on_behind_a_place() {
    let home = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(&home.path().join("outbox"), 7, u64::MAX, start());
    for mark in 1..=5 {
        rig.append(PresenceKind::Entered, mark).await;
    }
    let first = rig.outbox.read_after(None, 2).unwrap();
    let second = rig.outbox.read_after(Some(first[1].position), 10).unwrap();
    assert_eq!(
        first.iter().chain(&second).map(|event| event.report.sequence).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    rig.close().await;
}

#[tokio::test]
async fn a_full_outbox_drops_repetitions_first_then_the_oldest() {
    let home = tempfile::tempdir().unwrap();
    // An entry has 17 bytes of key and about 70 of value; 2.5 times that on the disk.
    let mut rig = Rig::open(&home.path().join("outbox"), 7, 4_000, start());
    for mark in 0..8 {
        rig.append(PresenceKind::Entered, mark).await;
        rig.append(PresenceKind::StillHere, mark).await;
    }
    let drops = |rig: &Rig| rig.health.snapshot().drops;
    assert!(drops(&rig).iter().all(|(reason, count)| *reason == "outbox_full_still_here" && *count > 0));
    let entered = rig.all().iter().filter(|event| event.report.kind == PresenceKind::Entered).count();
    assert_eq!(entered, 8, "no arrival was dropped");
    for mark in 8..60 {
        rig.append(PresenceKind::Entered, mark).await;
    }
    assert!(drops(&rig).iter().any(|(reason, _)| *reason == "outbox_full_oldest"), "{:?}", drops(&rig));
    let left = rig.all();
    let dropped: u64 = drops(&rig).iter().map(|(_, count)| count).sum();
    assert_eq!(left.len() as u64 + dropped, 68, "every drop is counted");
    assert_eq!(left.last().unwrap().report.token.0[0], 59, "the newest stays");
    rig.close().await;
}

#[tokio::test]
async fn what_is_too_old_is_dropped_at_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("outbox");
    let mut rig = Rig::open(&dir, 1, u64::MAX, start());
    rig.append(PresenceKind::Entered, 1).await;
    rig.clock.advance(HOUR);
    rig.append(PresenceKind::Left, 2).await;
    rig.close().await;
    let rig = Rig::open(&dir, 2, u64::MAX, start() + 72 * HOUR + Duration::from_secs(60));
    rig.outbox.level().wait_for(|level| level.events == 1).await.unwrap();
    assert_eq!(rig.health.snapshot().drops, [("outbox_expired", 1)]);
    let now = AgentInstant { wall: rig.clock.now(), uptime: Duration::ZERO };
    assert_eq!(rig.outbox.oldest_age(now).unwrap(), 71 * HOUR + Duration::from_secs(60));
    rig.close().await;
    // A clock that was years off says nothing about the age.
    let rig = Rig::open(&dir, 3, u64::MAX, start() + 24 * 365 * HOUR + 100 * HOUR);
    assert_eq!(rig.all().len(), 1);
    rig.close().await;
}

#[tokio::test]
async fn a_damaged_outbox_is_moved_aside() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("outbox");
    let mut rig = Rig::open(&dir, 1, u64::MAX, start());
    for mark in 0..20 {
        rig.append(PresenceKind::Entered, mark).await;
    }
    rig.close().await;
    std::fs::write(dir.join("db"), vec![0x5a; 4_096]).unwrap();
    let clock = Arc::new(ManualClock::new(start()));
    let options = Options { dir, max_bytes: u64::MAX, max_age: HOUR };
    let opened = open(options, BootId(2), clock, Arc::new(Health::default())).unwrap();
    let quarantined = opened.quarantined.unwrap();
    assert!(quarantined.moved_to.exists(), "{quarantined:?}");
    assert_eq!(opened.outbox.level().borrow().events, 0);
}

#[tokio::test]
async fn a_damaged_outbox_hands_over_what_can_be_read() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("outbox");
    let mut rig = Rig::open(&dir, 1, u64::MAX, start());
    for mark in 0..20 {
        rig.append(PresenceKind::Entered, mark).await;
    }
    rig.close().await;
    let log = dir.join("db");
    let bytes = std::fs::read(&log).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    std::fs::write(&log, &bytes[..written - 300]).unwrap();
    let clock = Arc::new(ManualClock::new(start()));
    let options = Options { dir: dir.clone(), max_bytes: u64::MAX, max_age: HOUR };
    let opened = open(options, BootId(2), clock, Arc::new(Health::default())).unwrap();
    let quarantined = opened.quarantined.unwrap();
    let waiting = opened.outbox.read_after(None, 100).unwrap();
    let expected: Vec<u64> = (1..=quarantined.carried_over).collect();
    assert_eq!(waiting.iter().map(|event| event.report.sequence).collect::<Vec<_>>(), expected);
    assert!((10..20).contains(&expected.len()), "{quarantined:?}");
    assert!(waiting.iter().all(|event| event.boot == BootId(1) && event.position.run == 1));
    assert_eq!(opened.outbox.level().borrow().events, quarantined.carried_over);
}

#[tokio::test]
async fn an_outbox_in_use_says_so() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("outbox");
    let rig = Rig::open(&dir, 1, u64::MAX, start());
    let options = Options { dir, max_bytes: u64::MAX, max_age: HOUR };
    let second = open(options, BootId(2), Arc::clone(&rig.clock) as _, Arc::new(Health::default()));
    let error = second.map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("in use by another process"), "{error}");
    rig.close().await;
}

#[tokio::test]
async fn what_the_server_rejects_is_set_aside_and_goes_when_it_is_old() {
    let home = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(home.path(), 1, u64::MAX, start());
    for mark in 1..=4 {
        rig.append(PresenceKind::Entered, mark).await;
    }
    let rejection = |sequence| Rejection { sequence, reason: "means nothing".to_owned() };
    let third = Position { run: 1, sequence: 3 };
    // Beyond what is acknowledged nothing may go; and what is not there cannot be set aside.
    rig.outbox.acknowledge(third, vec![rejection(2), rejection(4), rejection(9)]).await.unwrap();
    rig.outbox.level().wait_for(|level| level.events == 1).await.unwrap();
    assert_eq!(rig.all()[0].position.sequence, 4, "what was not acknowledged still waits");
    assert_eq!(rig.outbox.set_aside().unwrap(), 1);
    assert_eq!(rig.health.snapshot().drops, [("server_rejected", 1)]);
    rig.close().await;

    let rig = Rig::open(home.path(), 2, u64::MAX, start() + 71 * HOUR);
    assert_eq!(
        (rig.all().len(), rig.outbox.set_aside().unwrap()),
        (1, 1),
        "it is sent no more, and still kept"
    );
    rig.close().await;
    let rig = Rig::open(home.path(), 3, u64::MAX, start() + 73 * HOUR);
    rig.outbox.level().wait_for(|level| level.events == 0).await.unwrap();
    assert_eq!(rig.outbox.set_aside().unwrap(), 0);
    rig.close().await;
}
