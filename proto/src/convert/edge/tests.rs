use super::*;

fn event() -> wire::PresenceEvent {
    wire::PresenceEvent {
        sequence: 7,
        token: vec![0xab; 16],
        kind: wire::PresenceKind::Entered.into(),
        at: Some(wire::AgentTime { wall_ms: 1_700_000_000_123, uptime_ms: 4_567 }),
        rssi_dbm: -61,
        carrier: wire::Carrier::ServiceUuid.into(),
    }
}

fn batch(events: Vec<wire::PresenceEvent>) -> wire::Batch {
    wire::Batch {
        boot_id: (1..=16).collect(),
        sent_at: Some(wire::AgentTime { wall_ms: 1, uptime_ms: 2 }),
        events,
    }
}

#[test]
fn a_batch_comes_back_as_it_was() {
    let wire = batch(vec![event(), wire::PresenceEvent { sequence: 9, kind: 3, carrier: 1, ..event() }]);
    let read = Received::try_from(wire.clone()).unwrap();
    assert_eq!((read.last(), read.rejected.len()), (9, 0));
    let read = read.batch;
    assert_eq!(read.boot, BootId(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10));
    assert_eq!(read.events[0].at.uptime, Duration::from_millis(4_567));
    assert_eq!(read.events[0].rssi, Dbm::new(-61).unwrap());
    assert_eq!(read.events[1].kind, PresenceKind::Left);
    assert_eq!(wire::Batch::from(read), wire);
}

#[test]
fn what_is_wrong_is_named() {
    let rows: [(&str, wire::PresenceEvent); 7] = [
        (
            "batch.events.token is invalid: 15 bytes, and must be 16",
            wire::PresenceEvent { token: vec![0; 15], ..event() },
        ),
        ("batch.events.kind is missing", wire::PresenceEvent { kind: 0, ..event() }),
        (
            "batch.events.kind is invalid: 99 is not known: the agent is newer than this server",
            wire::PresenceEvent { kind: 99, ..event() },
        ),
        ("batch.events.at is missing", wire::PresenceEvent { at: None, ..event() }),
        (
            "batch.events.rssi_dbm is invalid: 127 dBm, and must be -127 to 20",
            wire::PresenceEvent { rssi_dbm: 127, ..event() },
        ),
        (
            "batch.events.rssi_dbm is invalid: 70000 dBm, and must be -127 to 20",
            wire::PresenceEvent { rssi_dbm: 70_000, ..event() },
        ),
        (
            "batch.events.token is invalid: 0 bytes, and must be 16",
            wire::PresenceEvent { token: Vec::new(), ..event() },
        ),
    ];
    for (message, bad) in rows {
        let bad = wire::PresenceEvent { sequence: 9, ..bad };
        let read = Received::try_from(batch(vec![event(), bad])).unwrap();
        assert_eq!(read.batch.events.len(), 1, "the other one is not held up");
        assert_eq!(read.rejected, [Rejection { sequence: 9, reason: message.to_owned() }]);
        assert_eq!(read.last(), 9);
    }
}

#[test]
fn a_batch_is_checked_as_a_whole() {
    let refused = |batch: wire::Batch| Received::try_from(batch).unwrap_err().to_string();
    let no_number = wire::PresenceEvent { sequence: 0, ..event() };
    assert_eq!(refused(batch(vec![no_number])), "batch.events.sequence is missing");
    assert_eq!(refused(batch(Vec::new())), "batch.events is missing");
    assert_eq!(
        refused(batch(vec![event(); 257])),
        "batch.events is invalid: 257 events, and at most 256 are allowed"
    );
    assert_eq!(refused(batch(vec![event(); 2])), "batch.events is invalid: the sequence numbers do not rise");
    let no_boot = wire::Batch { boot_id: Vec::new(), ..batch(vec![event()]) };
    assert_eq!(refused(no_boot), "batch.boot_id is missing");
    let short = wire::Batch { boot_id: vec![1; 3], ..batch(vec![event()]) };
    assert_eq!(refused(short), "batch.boot_id is invalid: 3 bytes, and must be 16");
    let no_time = wire::Batch { sent_at: None, ..batch(vec![event()]) };
    assert_eq!(refused(no_time), "batch.sent_at is missing");
}

#[test]
fn a_newer_agent_is_understood_as_far_as_possible() {
    let report = Report::try_from(wire::PresenceEvent { carrier: 40, ..event() }).unwrap();
    assert_eq!(report.carrier, Carrier::Unknown);
    let heartbeat =
        wire::Heartbeat { sent_at: Some(wire::AgentTime::default()), radio: 40, ..Default::default() };
    assert_eq!(Pulse::try_from(heartbeat).unwrap().radio, RadioHealth::Unknown);
}

#[test]
fn greetings_pulses_and_receipts_come_back_as_they_were() {
    let sent_at = AgentInstant { wall: Timestamp::from_millis(-5), uptime: Duration::from_millis(6) };
    let greeting = Greeting { boot: BootId(3), agent_version: "0.1.0".to_owned(), sent_at };
    assert_eq!(Greeting::try_from(wire::Hello::from(greeting.clone())).unwrap(), greeting);
    let pulse = Pulse {
        sent_at,
        radio: RadioHealth::Blind,
        last_advert_ago: Some(Duration::from_secs(91)),
        outbox_events: 3,
        outbox_oldest: Duration::from_secs(1),
        drops: vec![("outbox_full".to_owned(), 4)],
    };
    assert_eq!(Pulse::try_from(wire::Heartbeat::from(pulse.clone())).unwrap(), pulse);
    let rejected = vec![Rejection { sequence: 3, reason: "batch.events.kind is missing".to_owned() }];
    let receipt = Receipt { boot: BootId(u128::MAX), sequence: u64::MAX, rejected };
    assert_eq!(Receipt::try_from(wire::Ack::from(receipt.clone())).unwrap(), receipt);
    let error = Greeting::try_from(wire::Hello { sent_at: None, boot_id: vec![0; 16], ..Default::default() });
    assert_eq!(error.unwrap_err(), ConversionError::MissingField("hello.sent_at"));
}
