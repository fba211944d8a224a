//! Batches: once in effect, dated right, old ones kept and not shown.

use shopbell_domain::{consent::SharingLevel, id::BootId, ports::Ledger as _};
use shopbell_proto::{
    admin::v1::{AgentState, ListAgentsRequest, admin_service_client::AdminServiceClient},
    edge::v1::{self as edge, PresenceKind, report_request::Body as Up, report_response::Body as Down},
    floor::v1 as floor,
};
use tonic::Code;

use crate::{
    clients::{Agent, at, boot_bytes},
    world::{Bearer, World, token_of},
};

#[tokio::test]
async fn a_batch_sent_again_changes_nothing_and_is_acknowledged_again() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let mut agent = world.agent("lyon-door").await;
    let token = world.shown_by(phone);
    let events = vec![
        agent.event(&world, token, PresenceKind::Entered, 20),
        agent.event(&world, token, PresenceKind::StillHere, 0),
    ];
    assert_eq!(agent.report(&world, events.clone()).await, 2);
    let visits = world.store.visits_of(&id).await.unwrap();
    let audit = world.store.audit().await.unwrap();
    assert_eq!(agent.report(&world, events.clone()).await, 2);
    let boot = agent.boot;
    drop(agent);
    let mut again = Agent::open(&world, "lyon-door", boot, 2).await;
    assert_eq!(again.report(&world, events).await, 2, "also on a new stream");
    assert_eq!(world.store.visits_of(&id).await.unwrap(), visits);
    assert_eq!(format!("{audit:?}"), format!("{:?}", world.store.audit().await.unwrap()));
    assert!(world.server.metrics().text().contains("{fate=\"Duplicate\"} 4"));
}

#[tokio::test]
async fn what_is_older_than_two_minutes_is_kept_and_never_shown() {
    let mut world = World::new().await;
    let (id, late_phone) = world.customer("Late", SharingLevel::Present).await;
    let (_, fresh_phone) = world.customer("Fresh", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    let token = world.shown_by(late_phone);
    let event = agent.event(&world, token, PresenceKind::Entered, 121);
    agent.report(&world, vec![event]).await;
    agent.entered(&mut world, fresh_phone).await;
    assert_eq!(
        tablet.row().await.display_name.as_deref(),
        Some("Fresh"),
        "the first change is the fresh one"
    );
    let visits = world.store.visits_of(&id).await.unwrap();
    assert_eq!(visits.len(), 1);
    assert_eq!(world.now().since(visits[0].began).as_secs(), 121);
    let (_, snapshot) = world.tablet("tom").await;
    assert_eq!(snapshot.guests.len(), 1);
    agent.still_here(&mut world, late_phone).await;
    assert_eq!(tablet.row().await.display_name.as_deref(), Some("Late"), "what is heard now is shown now");
}

/// A real agent tells of leaving after at least `presence.exit_min_s`, and dates it at the last hearing.
#[tokio::test]
async fn a_leaving_is_shown_however_long_the_agent_waited_to_be_sure() {
    for ago in [120, 121, 300] {
        let mut world = World::new().await;
        let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
        let (mut tablet, _) = world.tablet("ines").await;
        let mut agent = world.agent("lyon-door").await;
        agent.entered(&mut world, phone).await;
        let here = tablet.row().await;
        let (token, heard) = (world.shown_by(phone), world.now());
        world.pass(ago);
        let left = agent.event(&world, token, PresenceKind::Left, ago);
        agent.report(&world, vec![left]).await;
        let row = tablet.vouched_row().await;
        assert_eq!((&row.visit_id, row.state()), (&here.visit_id, floor::GuestState::Left), "{ago} s ago");
        assert_eq!(row.left_at_ms, Some(heard.as_millis()));
        let (_, snapshot) = world.tablet("tom").await;
        assert_eq!(snapshot.guests[0].state(), floor::GuestState::Left);
        assert!(world.server.metrics().text().contains("ingest_late_events_total 0"), "leaving is told late");
        agent.entered(&mut world, phone).await;
        let row = tablet.row().await;
        assert_eq!((&row.visit_id, row.state()), (&snapshot.guests[0].visit_id, floor::GuestState::Here));
    }
}

/// Another agent's word counts as long as it is newer: where a guest was an hour ago changes nothing.
#[tokio::test]
async fn an_old_leaving_takes_nobody_away_who_is_heard_since() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (_, other) = world.customer("Other", SharingLevel::Present).await;
    let mut shoes = world.agent("lyon-shoes").await;
    let token = world.shown_by(phone);
    world.pass(600);
    let mut door = world.agent("lyon-door").await;
    let (mut tablet, _) = world.tablet("ines").await;
    door.entered(&mut world, phone).await;
    assert_eq!(tablet.vouched_row().await.zone_id, "door");
    let told_late = vec![
        shoes.event(&world, token, PresenceKind::Entered, 500),
        shoes.event(&world, token, PresenceKind::StillHere, 440),
        shoes.event(&world, token, PresenceKind::Left, 400),
    ];
    for event in told_late {
        shoes.report(&world, vec![event]).await;
    }
    door.entered(&mut world, other).await;
    let row = tablet.row().await;
    assert_eq!(row.display_name.as_deref(), Some("Other"), "nothing was told of Camille: {row:?}");
    let (_, snapshot) = world.tablet("tom").await;
    assert!(snapshot.guests.iter().all(|guest| guest.state() == floor::GuestState::Here));
    assert_eq!(world.store.visits_of(&id).await.unwrap().len(), 1, "it belongs to the same visit");
}

/// What is told late of coming and going makes no row, not even of somebody who has left.
#[tokio::test]
async fn a_visit_that_is_told_late_makes_no_row() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (_, other) = world.customer("Other", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    let token = world.shown_by(phone);
    let told_late = vec![
        agent.event(&world, token, PresenceKind::Entered, 400),
        agent.event(&world, token, PresenceKind::Left, 300),
    ];
    agent.report(&world, told_late).await;
    agent.entered(&mut world, other).await;
    assert_eq!(tablet.row().await.display_name.as_deref(), Some("Other"));
    let (_, snapshot) = world.tablet("tom").await;
    assert_eq!(snapshot.guests.len(), 1);
}

#[tokio::test]
async fn an_agent_whose_wall_clock_is_years_off_is_dated_right_and_reported() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = Agent::raw(&world, "lyon-door").await;
    agent.boot = BootId(77);
    let off = |ago| edge::AgentTime { wall_ms: 86_400_000, ..at(&world, ago) };
    let hello =
        edge::Hello { boot_id: boot_bytes(agent.boot), agent_version: String::new(), sent_at: Some(off(0)) };
    let token_at = off(15);
    let sent_at = off(0);
    agent.send(Up::Hello(hello)).await;
    assert!(matches!(agent.answer().await, Down::Welcome(_)));
    let token = world.shown_by(phone);
    let mut event = agent.event(&world, token, PresenceKind::Entered, 0);
    event.at = Some(token_at);
    let batch = edge::Batch { boot_id: boot_bytes(agent.boot), sent_at: Some(sent_at), events: vec![event] };
    agent.send(Up::Batch(batch)).await;
    assert!(matches!(agent.answer().await, Down::Ack(_)));
    let row = tablet.row().await;
    assert_eq!(world.now().as_millis() - row.began_at_ms, 15_000);
    assert_eq!(world.store.visits_of(&id).await.unwrap().len(), 1);
    assert_eq!(world.server.metrics().clock_alarms.get(), 1);

    // Events of an older boot can only be dated by that clock: kept, and not pushed.
    let (_, other) = world.customer("Other", SharingLevel::Present).await;
    let token = world.shown_by(other);
    let mut old = agent.event(&world, token, PresenceKind::Entered, 0);
    old.at = Some(edge::AgentTime { wall_ms: 86_400_000, uptime_ms: 5 });
    old.sequence = 1;
    let older = edge::Batch {
        boot_id: boot_bytes(BootId(76)),
        sent_at: Some(edge::AgentTime { wall_ms: 86_400_000, ..at(&world, 0) }),
        events: vec![old],
    };
    agent.send(Up::Batch(older)).await;
    assert!(matches!(agent.answer().await, Down::Ack(_)));
    let (_, snapshot) = world.tablet("tom").await;
    assert_eq!(snapshot.guests.len(), 1, "only the one of the present boot");
}

#[tokio::test]
async fn what_means_nothing_is_discarded_counted_and_acknowledged() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let mut agent = world.agent("lyon-door").await;
    let stale = world.shown_by(phone);
    world.pass(3_600);
    let unknown = world.shown_by(shopbell_domain::id::PhoneId(99));
    let forged = shopbell_domain::token::PresenceToken([1; 16]);
    let events = vec![
        agent.event(&world, stale, PresenceKind::Entered, 0),
        agent.event(&world, unknown, PresenceKind::Entered, 0),
        agent.event(&world, forged, PresenceKind::Entered, 0),
    ];
    assert_eq!(agent.report(&world, events).await, 3);
    let text = world.server.metrics().text();
    for fate in ["Stale", "UnknownPhone", "Forged"] {
        assert!(text.contains(&format!("{{fate=\"{fate}\"}} 1")), "{fate} in {text}");
    }
    let (_, snapshot) = world.tablet("ines").await;
    assert!(snapshot.guests.is_empty());
}

#[tokio::test]
async fn events_that_mean_nothing_are_named_and_hold_up_no_others() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let mut agent = world.agent("lyon-door").await;
    let token = world.shown_by(phone);
    let mut next = || agent.event(&world, token, PresenceKind::StillHere, 0);
    let bad = [
        (edge::PresenceEvent { token: vec![1; 15], ..next() }, "batch.events.token"),
        (edge::PresenceEvent { kind: 0, ..next() }, "batch.events.kind is missing"),
        (edge::PresenceEvent { kind: 77, ..next() }, "batch.events.kind is invalid"),
        (edge::PresenceEvent { at: None, ..next() }, "batch.events.at"),
        (edge::PresenceEvent { rssi_dbm: 127, ..next() }, "batch.events.rssi_dbm"),
    ];
    let mut events = vec![edge::PresenceEvent { kind: PresenceKind::Entered.into(), ..next() }];
    events[0].sequence = 1;
    for (at, (event, _)) in bad.iter().enumerate() {
        events.push(edge::PresenceEvent { sequence: at as u64 + 2, ..event.clone() });
    }
    for times in 1..=2_usize {
        agent.send_batch(&world, events.clone()).await;
        let Down::Ack(ack) = agent.answer().await else { panic!("no ack") };
        assert_eq!(ack.sequence, 6, "the last one, though it was rejected");
        assert_eq!(ack.rejected.len(), bad.len(), "told each time");
        for (rejection, (at, (_, reason))) in ack.rejected.iter().zip(bad.iter().enumerate()) {
            assert_eq!(rejection.sequence, at as u64 + 2);
            assert!(rejection.reason.starts_with(reason), "{reason}: {}", rejection.reason);
        }
        let text = world.server.metrics().text();
        assert!(text.contains("{fate=\"Rejected\"} 5"), "counted once, not {times} times: {text}");
    }
    assert_eq!(world.store.visits_of(&id).await.unwrap().len(), 1);
    agent.send_batch(&world, vec![edge::PresenceEvent { sequence: 7, ..bad[0].0.clone() }]).await;
    let Down::Ack(ack) = agent.answer().await else { panic!("no ack") };
    assert_eq!((ack.sequence, ack.rejected.len()), (7, 1), "alone, too");
}

#[tokio::test]
async fn what_no_agent_keeps_so_long_is_discarded() {
    let mut world = World::with(&["limits.event_age_s=600"]).await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let mut agent = world.agent("lyon-door").await;
    let token = world.shown_by(phone);
    let events = vec![
        agent.event(&world, token, PresenceKind::Entered, 601),
        agent.event(&world, token, PresenceKind::StillHere, 600),
    ];
    assert_eq!(agent.report(&world, events).await, 2);
    assert!(world.server.metrics().text().contains("{fate=\"TooOld\"} 1"));
    let visits = world.store.visits_of(&id).await.unwrap();
    assert_eq!(world.now().since(visits[0].began).as_secs(), 600);
}

#[tokio::test]
async fn the_newest_stream_of_an_agent_wins() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let mut older = world.agent("lyon-door").await;
    let mut newer = world.agent("lyon-door").await;
    assert_eq!(older.result().await.unwrap_err().code(), Code::Aborted);
    drop(older);
    newer.entered(&mut world, phone).await;
    let (_, snapshot) = world.tablet("ines").await;
    assert_eq!(snapshot.guests.len(), 1);
}

async fn agent_state(world: &World, agent: &str) -> AgentState {
    let mut operator =
        AdminServiceClient::with_interceptor(world.channel().await, Bearer(token_of("operator")));
    let request = ListAgentsRequest { store_id: "lyon".to_owned() };
    let agents = operator.list_agents(request).await.unwrap().into_inner().agents;
    agents.iter().find(|status| status.id == agent).unwrap().state()
}

#[tokio::test]
async fn while_an_agent_is_gone_nobody_can_tell() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    assert_eq!(tablet.row().await.state(), floor::GuestState::Here);
    assert_eq!(agent_state(&world, "lyon-door").await, AgentState::Hearing);
    assert_eq!(agent_state(&world, "lyon-shoes").await, AgentState::Down, "never heard of");

    let (boot, sequence) = (agent.boot, agent.sequence);
    drop(agent);
    let seen = &world;
    world
        .eventually("the end of the stream is noticed", || async move {
            (agent_state(seen, "lyon-door").await == AgentState::Late).then_some(())
        })
        .await;
    world.pass(10);
    assert_eq!(tablet.row().await.state(), floor::GuestState::Uncertain);
    let agent = Agent::open(&world, "lyon-door", boot, sequence).await;
    assert_eq!(tablet.row().await.state(), floor::GuestState::Here);

    let pulse = |radio: edge::RadioState| edge::Heartbeat {
        sent_at: Some(at(&world, 0)),
        radio: radio.into(),
        ..edge::Heartbeat::default()
    };
    agent.send(Up::Heartbeat(pulse(edge::RadioState::Blind))).await;
    assert_eq!(tablet.row().await.state(), floor::GuestState::Uncertain, "a blind agent cannot tell either");
    assert_eq!(agent_state(&world, "lyon-door").await, AgentState::Blind);
    agent.send(Up::Heartbeat(pulse(edge::RadioState::Hearing))).await;
    assert_eq!(tablet.row().await.state(), floor::GuestState::Here);
}

#[tokio::test]
async fn heartbeats_are_answered_with_the_servers_time() {
    let world = World::new().await;
    let mut agent = world.agent("lyon-door").await;
    let sent_at = at(&world, 0);
    let heartbeat = edge::Heartbeat { sent_at: Some(sent_at), ..edge::Heartbeat::default() };
    agent.send(Up::Heartbeat(heartbeat)).await;
    match agent.answer().await {
        Down::Heartbeat(answer) => {
            assert_eq!(answer.answers_uptime_ms, sent_at.uptime_ms);
            assert_eq!(answer.server_time_ms, world.now().as_millis());
        }
        other => panic!("no answer but {other:?}"),
    }
}

#[tokio::test]
async fn an_event_that_belongs_to_no_visit_is_counted_once() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let mut agent = world.agent("lyon-door").await;
    let token = world.shown_by(phone);
    let left = agent.event(&world, token, PresenceKind::Left, 0);
    agent.report(&world, vec![left]).await;
    let text = world.server.metrics().text();
    assert!(text.contains("{fate=\"NoVisit\"} 1"), "{text}");
    assert!(!text.contains("{fate=\"Visit\"} 1"), "{text}");
    agent.entered(&mut world, phone).await;
    assert!(world.server.metrics().text().contains("{fate=\"Visit\"} 1"));
}
