//! One visit with real processes: phone -> capture -> agent -> server -> gRPC-Web tablet, and what the disk holds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, also in its helpers, and says what it measured"
)]

use std::time::Duration;

use shopbell_domain::{id::CustomerId, time::Timestamp, visit::Visit};
use shopbell_proto::{
    customer::v1::SharingLevel,
    floor::v1::{GuestState, Outcome, StarterKind},
};
use shopbell_store::Audit;
use shopbell_tests::{
    phone::{Frame, Phone, Stretch, Tokens},
    world::{FloorView, World},
};

const ORIGIN: &str = "2026-11-20T13:40:00Z";

/// A minute of these worlds takes a second or two, in which a busy machine may do little: what it tells late is shown all the
/// same, though not what is as old as what the agent tells that was offline.
const SHOWN_LATE: &str = "limits.push_age_s=900";

/// Minutes after the world began.
fn minute(world: &World, minutes: u64) -> Timestamp {
    world.clock.origin() + Duration::from_secs(60 * minutes)
}

fn near(world: &World, from: u64, to: u64) -> Stretch {
    Stretch { during: minute(world, from)..minute(world, to), rssi: -58 }
}

fn heard(world: &World, tokens: &Tokens, seed: u64, minutes: &[(u64, u64)]) -> Vec<Frame> {
    let stretches: Vec<Stretch> = minutes.iter().map(|(from, to)| near(world, *from, *to)).collect();
    Phone::android(tokens.clone(), seed).heard(&stretches)
}

/// The visits that count, of one customer.
fn visits_of<'a>(audit: &'a Audit, customer: &str) -> Vec<&'a Visit> {
    let customer = CustomerId::new(customer).unwrap();
    audit.visits.iter().filter(|visit| visit.customer == customer && visit.merged_into.is_none()).collect()
}

fn assert_about(what: &str, found: Timestamp, expected: Timestamp) {
    let apart = found.since(expected).max(expected.since(found));
    assert!(apart <= Duration::from_secs(30), "{what}: {found:?} is {apart:?} from {expected:?}");
}

/// No presence was recorded twice, and none is missing between the first and the high water of its boot.
fn assert_exactly_once(audit: &Audit) {
    for mark in &audit.high_waters {
        let mut sequences: Vec<u64> = audit
            .presences
            .iter()
            .filter(|p| p.agent == mark.agent && p.boot == mark.boot)
            .map(|p| p.sequence)
            .collect();
        sequences.sort_unstable();
        assert_eq!(
            sequences,
            (1..=mark.sequence).collect::<Vec<_>>(),
            "events of {} {}",
            mark.agent,
            mark.boot
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_through_two_zones_and_a_token_rotation_is_one_visit() {
    let agents = [("lyon-entrance", "entrance"), ("lyon-womens", "womens")];
    let mut world = World::at(ORIGIN).speed(30).server_setting(SHOWN_LATE).shop("lyon", &agents);
    world.start_server().await;
    let app = world.app().await;
    let camille = app.customer("camille", SharingLevel::Wishes).await;
    // The token turns at 13:45, in the middle of the stay in women's.
    let _entrance = world.start_agent("lyon-entrance", heard(&world, &camille, 1, &[(1, 3)]));
    let _womens = world.start_agent("lyon-womens", heard(&world, &camille, 1, &[(3, 8)]));

    let mut tablet = world.tablet("lyon");
    let floor = tablet
        .until("camille is at the entrance", |f| f.rows.values().any(|g| g.zone_id == "entrance"))
        .await;
    let visit = floor.rows.keys().next().unwrap().clone();
    assert_eq!(floor.rows[&visit].display_name.as_deref(), Some("camille R."));
    tablet
        .until("camille is in women's", |f| f.rows.get(&visit).is_some_and(|g| g.zone_id == "womens"))
        .await;
    tablet
        .until("camille has left", |f| f.rows.get(&visit).is_some_and(|g| g.state() == GuestState::Left))
        .await;
    assert!(world.clock.now() < minute(&world, 18), "before the visit ends, ten minutes after the last word");
    // What takes this test its forty seconds: five minutes until the token turns, three more that she stays, and then the ten
    // that the visit is kept open for her. Only the world's clock ends it; faster than this, a busy machine falls behind.
    world.clock.wait_until(minute(&world, 21)).await;

    let audit = world.end().await;
    let visits = visits_of(&audit, "camille");
    let [one] = visits[..] else { panic!("one visit expected: {visits:#?}") };
    assert_eq!(one.id.to_string(), visit);
    assert_about("began", one.began, minute(&world, 1));
    assert_about("ended", one.ended.expect("the visit has ended"), minute(&world, 8));
    let zones: Vec<&str> = one.stays.iter().map(|stay| stay.zone.as_str()).collect();
    assert_eq!(zones, ["entrance", "womens"]);
    assert_exactly_once(&audit);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_and_comes_back_is_left_on_the_tablet_meanwhile_and_makes_one_visit() {
    let mut world =
        World::at(ORIGIN).speed(30).server_setting(SHOWN_LATE).shop("lyon", &[("lyon-1", "shop")]);
    world.start_server().await;
    let app = world.app().await;
    let camille = app.customer("camille", SharingLevel::Present).await;
    let _agent = world.start_agent("lyon-1", heard(&world, &camille, 1, &[(1, 3), (9, 11)]));
    let mut tablet = world.tablet("lyon");
    let floor = tablet.until("camille is here", |floor| floor.rows.len() == 1).await;
    let visit = floor.rows.keys().next().unwrap().clone();
    let is = |state: GuestState| move |f: &FloorView| f.rows.values().any(|guest| guest.state() == state);
    let floor = tablet.until("camille has left", is(GuestState::Left)).await;
    let left = Timestamp::from_millis(floor.rows[&visit].left_at_ms.expect("when"));
    assert_about("left", left, minute(&world, 3));
    let refused = tablet.greet(&visit, true).await.expect_err("nobody is there");
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition, "{refused}");
    tablet.until("camille is here again", is(GuestState::Here)).await;
    assert!(world.clock.now() >= minute(&world, 9));
    assert!(tablet.greet(&visit, true).await.expect("the card opens").confirmed, "the same visit goes on");
    tablet.until("camille has left again", is(GuestState::Left)).await;

    let audit = world.end().await;
    let visits = visits_of(&audit, "camille");
    let [one] = visits[..] else { panic!("one visit expected: {visits:#?}") };
    assert_eq!(one.id.to_string(), visit);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_in_mid_visit_takes_the_card_away_and_discards_what_comes_later() {
    let mut world =
        World::at(ORIGIN).speed(20).server_setting(SHOWN_LATE).shop("lyon", &[("lyon-1", "shop")]);
    world.start_server().await;
    let app = world.app().await;
    let (aminata, marc) = (
        app.customer("aminata", SharingLevel::Browsing).await,
        app.customer("marc", SharingLevel::Present).await,
    );
    let mut frames = heard(&world, &aminata, 1, &[(1, 6)]);
    frames.extend(heard(&world, &marc, 2, &[(1, 6)]));
    let _agent = world.start_agent("lyon-1", frames);

    let mut tablet = world.tablet("lyon");
    let floor = tablet.until("both are here", |floor| floor.rows.len() == 2).await;
    let visit = floor
        .rows
        .values()
        .find(|g| g.display_name.as_deref() == Some("aminata R."))
        .unwrap()
        .visit_id
        .clone();
    tablet.greet(&visit, true).await.expect("the card opens");

    app.share("aminata", SharingLevel::Invisible).await.expect("the sharing is set");
    let withdrawn_at = world.clock.now();
    tablet
        .until_within(Duration::from_secs(5), "aminata's row is gone", |floor| {
            !floor.rows.contains_key(&visit)
        })
        .await;
    let refused = tablet.card(&visit, "en").await.expect_err("no card any more");
    assert_eq!(refused.code(), tonic::Code::NotFound, "{refused}");
    world.clock.wait_until(minute(&world, 7)).await;
    assert_eq!(tablet.now().rows.len(), 1, "the phone is still heard, and nobody is shown for it");

    let audit = world.end().await;
    let visits = visits_of(&audit, "aminata");
    let [one] = visits[..] else { panic!("one visit expected: {visits:#?}") };
    assert!(one.ended.is_some_and(|ended| ended <= withdrawn_at + Duration::from_secs(20)), "{one:#?}");
    let aminata = CustomerId::new("aminata").unwrap();
    let late: Vec<_> = audit
        .presences
        .iter()
        .filter(|p| p.customer == aminata && p.observed > withdrawn_at + Duration::from_secs(20))
        .collect();
    assert!(late.is_empty(), "recorded after the withdrawal: {late:#?}");
    assert_eq!(visits_of(&audit, "marc").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_offline_is_told_later_with_the_right_times_and_disturbs_no_tablet() {
    let mut world =
        World::at(ORIGIN).speed(60).server_setting(SHOWN_LATE).shop("lyon", &[("lyon-1", "shop")]);
    world.start_server().await;
    let app = world.app().await;
    let mut frames = Vec::new();
    for (seed, (name, from, to)) in
        [("before", 4, 7), ("within", 20, 35), ("after", 68, 75)].into_iter().enumerate()
    {
        let tokens = app.customer(name, SharingLevel::Present).await;
        frames.extend(heard(&world, &tokens, seed as u64, &[(from, to)]));
    }
    let mut agent = world.start_agent("lyon-1", frames);
    let mut tablet = world.tablet("lyon");
    let name = |floor: &FloorView, name: &str| {
        floor.rows.values().any(|guest| guest.display_name.as_deref() == Some(name))
    };
    tablet.until("the first is here", |floor| name(floor, "before R.")).await;
    world.clock.wait_until(minute(&world, 9)).await;
    world.server.take().expect("the server runs").stop();
    world.clock.wait_until(minute(&world, 66)).await;
    assert!(agent.running(), "the agent ended:\n{}", agent.log());
    world.start_server().await;
    tablet.until("the last is here", |floor| name(floor, "after R.")).await;
    assert!(!name(&tablet.now(), "within R."), "who left half an hour ago is not shown");
    world.clock.wait_until(minute(&world, 80)).await;
    agent.stop();

    let audit = world.end().await;
    for (customer, from, to) in [("before", 4, 7), ("within", 20, 35), ("after", 68, 75)] {
        let visits = visits_of(&audit, customer);
        let [one] = visits[..] else { panic!("one visit of {customer} expected: {visits:#?}") };
        assert_about(customer, one.began, minute(&world, from));
        assert_about(customer, one.last_heard, minute(&world, to));
    }
    assert_exactly_once(&audit);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_opens_with_the_greeting_and_keeps_what_was_said() {
    let mut world =
        World::at(ORIGIN).speed(10).server_setting(SHOWN_LATE).shop("lyon", &[("lyon-1", "shop")]);
    world.start_server().await;
    let app = world.app().await;
    let camille = app.customer("camille", SharingLevel::Wishes).await;
    let _agent = world.start_agent("lyon-1", heard(&world, &camille, 1, &[(0, 10)]));
    let mut tablet = world.tablet("lyon");
    let floor = tablet.until("camille is here", |floor| floor.rows.len() == 1).await;
    let visit = floor.rows.keys().next().unwrap().clone();

    let closed = tablet.card(&visit, "en").await.expect("a card");
    assert!(!closed.confirmed && closed.starters.is_empty(), "{closed:#?}");
    app.help("camille", true).await.expect("help is asked for");
    tablet.until("help is wanted", |f| f.rows.get(&visit).is_some_and(|g| g.help_since_ms.is_some())).await;
    let asked = tablet.card(&visit, "fr").await.expect("a card");
    assert_eq!(asked.starters.len(), 1);
    assert_eq!(asked.starters[0].kind(), StarterKind::HelpWanted);
    assert!(!asked.starters[0].facts.is_empty() && !asked.starters[0].say.is_empty());

    let open = tablet.greet(&visit, true).await.expect("the card opens");
    assert!(open.confirmed);
    let colleague = world.tablet_of("tom-lyon");
    assert!(
        !colleague.card(&visit, "en").await.expect("a card").confirmed,
        "each associate confirms for themselves"
    );
    tablet.outcome(&visit, Outcome::Sold).await.expect("the outcome is kept");
    assert_eq!(tablet.card(&visit, "en").await.expect("a card").outcome(), Outcome::Sold);

    // A server that ends without warning has lost none of it.
    world.server.as_mut().expect("the server runs").kill_9();
    world.start_server().await;
    tablet.until("the tablet is back", |f| f.snapshots >= 2 && f.rows.contains_key(&visit)).await;
    let again = tablet.card(&visit, "en").await.expect("a card");
    assert!(again.confirmed && again.outcome() == Outcome::Sold, "{again:#?}");
}
